//! A file of an index, read by positions.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use tantivy::HasLen;
use tantivy::directory::error::OpenReadError;
use tantivy::directory::{FileHandle, OwnedBytes};

use super::{DiskFile, read_exact_at};

/// An open file of an index. It is not mapped: where a mapped file is truncated, or its disk fails, the kernel ends the
/// process. Here only the read, and its question, fail.
pub(super) struct IndexFile {
    file: Arc<dyn DiskFile>,
    len: usize,
}

impl IndexFile {
    /// The file `name` of a directory, opened by `open`.
    pub(super) fn open(
        name: &Path,
        open: impl FnOnce() -> io::Result<Arc<dyn DiskFile>>,
    ) -> Result<Self, OpenReadError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(name.to_owned()),
            _ => OpenReadError::wrap_io_error(error, name.to_owned()),
        };
        let file = open().map_err(failed)?;
        let len =
            file.len().and_then(|len| usize::try_from(len).map_err(io::Error::other)).map_err(failed)?;
        Ok(Self { file, len })
    }
}

impl fmt::Debug for IndexFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexFile({} bytes)", self.len)
    }
}

impl HasLen for IndexFile {
    fn len(&self) -> usize {
        self.len
    }
}

impl FileHandle for IndexFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let mut bytes = vec![0; range.len()];
        read_exact_at(&*self.file, &mut bytes, range.start as u64)?;
        Ok(OwnedBytes::new(bytes))
    }
}
