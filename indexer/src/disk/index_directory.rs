//! The directory of a day's index on a real disk. It writes as Tantivy's own does, and maps no file into memory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    DirectoryLock, FileHandle, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr,
};

use super::index_file::IndexFile;
use super::real_file::open_to_read;

/// Files of which a question reads a few scattered blocks: dictionaries, lists of events, positions. With the kernel's
/// read-ahead around each of them, a question about one person would read hundreds of megabytes.
const SCATTERED: [&str; 4] = ["term", "idx", "pos", "exact"];

/// Writes as Tantivy does, reads by positions.
#[derive(Clone, Debug)]
pub(super) struct IndexDirectory {
    path: PathBuf,
    inner: MmapDirectory,
}

impl IndexDirectory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let inner = MmapDirectory::open(path).map_err(io::Error::other)?;
        Ok(Self { path: path.to_owned(), inner })
    }
}

impl Directory for IndexDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let kind = path.extension().and_then(|kind| kind.to_str());
        let is_scattered = kind.is_some_and(|kind| SCATTERED.contains(&kind));
        Ok(Arc::new(IndexFile::open(path, || open_to_read(&self.path.join(path), is_scattered))?))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.inner.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.inner.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}
