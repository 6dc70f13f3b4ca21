//! Errors of an index, by what its owner does about them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rustix::io::Errno;
use tantivy::TantivyError;
use tantivy::directory::error::{OpenReadError, OpenWriteError};

/// Why an index cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IndexOpenError {
    /// Its files are not what was written: remove it and rebuild it from the records.
    #[error("the index is damaged: {0}")]
    Damaged(String),
    /// Another version wrote it: remove it and rebuild it from the records.
    #[error("the index has another format: {0}")]
    OtherFormat(String),
    /// The disk is full; the index may be whole.
    #[error("the index needs room on the disk: {0}")]
    NoRoom(String),
    /// The disk fails; the index may be whole.
    #[error("the index cannot be read: {0}")]
    Io(String),
}

/// Why an index did not do what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IndexError {
    /// The disk is full. What was committed before stays; the rest is to be added again once there is room.
    #[error("the index needs room on the disk: {0}")]
    NoRoom(String),
    /// The disk fails. What was committed before stays; the rest is to be added again.
    #[error("the index cannot be read or written: {0}")]
    Io(String),
    /// Its files are not what was written: rebuild it from the records.
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
            // Failures of the disk, of which only the words are left: whether files are what was written is
            // for whoever read them to find out.
            TantivyError::InternalError(reason) | TantivyError::SystemError(reason) => in_words(reason),
            TantivyError::LockFailure(..) => Self::Io(error.to_string()),
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
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            IndexOpenError::NoRoom(error.to_string())
        }
        _ => IndexOpenError::Io(error.to_string()),
    }
}

/// Classifies a failure of the disk of which only the message is known.
fn in_words(reason: String) -> IndexOpenError {
    let codes = [Errno::NOSPC, Errno::DQUOT].map(io::Error::from);
    let kinds = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].map(io::Error::from);
    let is_full = codes.iter().chain(&kinds).any(|full| reason.contains(&full.to_string()));
    if is_full { IndexOpenError::NoRoom(reason) } else { IndexOpenError::Io(reason) }
}

impl IndexError {
    /// What an error says that came up while something new was written: of what was committed before nothing was
    /// read, so none of it is damaged.
    pub(super) fn in_writing(self) -> Self {
        match self {
            Self::Damaged(reason) => in_words(reason).into(),
            other => other,
        }
    }
}

impl From<IndexOpenError> for IndexError {
    fn from(error: IndexOpenError) -> Self {
        match error {
            IndexOpenError::NoRoom(reason) => Self::NoRoom(reason),
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

/// Runs `work`; a panic in it becomes an error. Tantivy panics on files that make no sense. The error has no text of
/// the panic, which may contain data of events. The log has the place.
pub(crate) fn guarded<T, E>(
    work: impl FnOnce() -> Result<T, E>,
    damaged: impl FnOnce(String) -> E,
) -> Result<T, E> {
    let failed = |_| Err(damaged("reading it failed within; the log names the place".to_owned()));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_damage_whatever_its_message() {
        let full = || io::Error::from(Errno::NOSPC);
        let errors = [
            TantivyError::InternalError(full().to_string()),
            TantivyError::InternalError(io::Error::from(io::ErrorKind::StorageFull).to_string()),
            full().into(),
            OpenWriteError::wrap_io_error(full(), "x.term".into()).into(),
        ];
        for error in errors {
            let text = format!("{error:?}");
            assert!(matches!(IndexError::from(error), IndexError::NoRoom(_)), "{text}");
        }
        let other = IndexError::from(TantivyError::InternalError("input/output error".to_owned()));
        assert!(matches!(other, IndexError::Io(_)), "{other}");
    }
}
