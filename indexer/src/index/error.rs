//! What can go wrong with an index, sorted by what its owner does about it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tantivy::TantivyError;
use tantivy::directory::error::{OpenReadError, OpenWriteError};

/// Why an index cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IndexOpenError {
    /// Its files are not what was written: remove it and build it anew from the records.
    #[error("the index is damaged: {0}")]
    Damaged(String),
    /// Another version wrote it: remove it and build it anew from the records.
    #[error("the index has another format: {0}")]
    OtherFormat(String),
    /// The disk fails; the index may be well.
    #[error("the index cannot be read: {0}")]
    Io(String),
}

/// Why an index did not do what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IndexError {
    /// The disk fails. What was committed before stays; what was to be committed is to be added anew.
    #[error("the index cannot be read or written: {0}")]
    Io(String),
    /// Its files are not what was written: build it anew from the records.
    #[error("the index is damaged: {0}")]
    Damaged(String),
    /// An event was added after one that had arrived later.
    #[error("event {seq} was added after event {after}")]
    OutOfOrder {
        /// The event's arrival number.
        seq: u64,
        /// That of the one before it.
        after: u64,
    },
}

impl From<TantivyError> for IndexOpenError {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::OpenReadError(error) => error.into(),
            TantivyError::IncompatibleIndex(reason) => Self::OtherFormat(format!("{reason:?}")),
            TantivyError::IoError(error) => io_error(&error),
            TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: error, .. }) => io_error(&error),
            TantivyError::LockFailure(..) | TantivyError::SystemError(_) => Self::Io(error.to_string()),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<OpenReadError> for IndexOpenError {
    fn from(error: OpenReadError) -> Self {
        match error {
            OpenReadError::FileDoesNotExist(path) => Self::Damaged(format!("{} is missing", path.display())),
            OpenReadError::IncompatibleIndex(reason) => Self::OtherFormat(format!("{reason:?}")),
            OpenReadError::IoError { io_error: error, .. } => io_error(&error),
        }
    }
}

impl From<io::Error> for IndexOpenError {
    fn from(error: io::Error) -> Self {
        io_error(&error)
    }
}

/// Tantivy reports files that end too early or make no sense as I/O errors.
fn io_error(error: &io::Error) -> IndexOpenError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::NotFound => {
            IndexOpenError::Damaged(error.to_string())
        }
        _ => IndexOpenError::Io(error.to_string()),
    }
}

impl From<IndexOpenError> for IndexError {
    fn from(error: IndexOpenError) -> Self {
        match error {
            IndexOpenError::Io(reason) => Self::Io(reason),
            IndexOpenError::Damaged(reason) | IndexOpenError::OtherFormat(reason) => Self::Damaged(reason),
        }
    }
}

impl From<TantivyError> for IndexError {
    fn from(error: TantivyError) -> Self {
        IndexOpenError::from(error).into()
    }
}

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        io_error(&error).into()
    }
}

/// Runs `work`; a panic in it becomes the text of an error. Tantivy panics on files that make no sense.
pub(crate) fn guarded<T, E>(
    work: impl FnOnce() -> Result<T, E>,
    damaged: impl FnOnce(String) -> E,
) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        Err(damaged(format!("reading it panicked: {text}")))
    })
}
