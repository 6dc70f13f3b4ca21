//! The directory of a day's index on a real disk: mapped files, with word to the kernel how each kind is read.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Advice, DirectoryLock, FileHandle, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr,
};

/// Files of which a question reads a few pages here and there: dictionaries, lists of events, positions. Where the
/// kernel reads ahead around each of them, a question about one person reads hundreds of megabytes.
const SCATTERED: [&str; 4] = ["term", "idx", "pos", "exact"];

/// Two views of one directory, which differ in what the kernel is told about reading.
#[derive(Clone, Debug)]
pub(super) struct IndexDirectory {
    plain: MmapDirectory,
    scattered: MmapDirectory,
}

impl IndexDirectory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let plain = MmapDirectory::open(path).map_err(io::Error::other)?;
        let scattered = MmapDirectory::open_with_madvice(path, Advice::Random).map_err(io::Error::other)?;
        Ok(Self { plain, scattered })
    }

    fn of(&self, path: &Path) -> &MmapDirectory {
        let kind = path.extension().and_then(|kind| kind.to_str());
        if kind.is_some_and(|kind| SCATTERED.contains(&kind)) { &self.scattered } else { &self.plain }
    }
}

impl Directory for IndexDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.of(path).get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.of(path).delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.plain.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.of(path).open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.plain.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.plain.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.plain.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.plain.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.plain.watch(callback)
    }
}
