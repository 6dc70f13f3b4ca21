//! Where a merge writes. Tantivy merges in one call, but all that it writes passes through here. So a merge can pause,
//! and end early, between two writes.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, DirectoryLock, FileHandle, Lock, TerminatingWrite, WatchCallback, WatchHandle, WritePtr,
};
use tantivy::index::SegmentId;

use super::directory::{SegmentDirectory, file_name};
use crate::pace::Pace;

/// The directory of the index that a merge makes: its one segment lands in ours, its meta file nowhere.
#[derive(Clone, Debug)]
pub(super) struct MergeTarget {
    inner: SegmentDirectory,
    target: SegmentId,
    small: Arc<Mutex<HashMap<PathBuf, Vec<u8>>>>,
    pace: Pace,
    called_off: Arc<AtomicBool>,
}

impl MergeTarget {
    /// All files of the one segment get the id `target`. What is written is written at the pace.
    pub(super) fn new(inner: &SegmentDirectory, target: SegmentId, pace: &Pace) -> Self {
        let (inner, pace) = (inner.clone(), pace.clone());
        Self { inner, target, small: Arc::default(), pace, called_off: Arc::default() }
    }

    /// Whether the pace has ended the merge, which then failed for no other reason.
    pub(super) fn was_called_off(&self) -> bool {
        self.called_off.load(Ordering::Relaxed)
    }

    /// A file that is written at the pace, too.
    pub(super) fn at_pace(&self, file: WritePtr) -> WritePtr {
        let paced = PacedFile { file, pace: self.pace.clone(), called_off: Arc::clone(&self.called_off) };
        WritePtr::new(Box::new(paced))
    }

    fn in_ours(&self, path: &Path) -> PathBuf {
        let name = path.to_string_lossy();
        let extension = name.split_once('.').map_or("", |(_, extension)| extension);
        file_name(self.target, extension)
    }
}

impl Directory for MergeTarget {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.inner.get_file_handle(&self.in_ours(path))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(&self.in_ours(path))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        let small = self.small.lock().unwrap_or_else(PoisonError::into_inner);
        if small.contains_key(path) { Ok(true) } else { self.inner.exists(&self.in_ours(path)) }
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Ok(self.at_pace(self.inner.open_write(&self.in_ours(path))?))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let small = self.small.lock().unwrap_or_else(PoisonError::into_inner);
        small.get(path).cloned().ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let mut small = self.small.lock().unwrap_or_else(PoisonError::into_inner);
        small.insert(path.to_owned(), data.to_owned());
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        // Our own commit syncs it.
        Ok(())
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}

/// A file that is written at a pace.
struct PacedFile {
    file: WritePtr,
    pace: Pace,
    called_off: Arc<AtomicBool>,
}

impl Write for PacedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.pace.goes_on() {
            self.called_off.store(true, Ordering::Relaxed);
            return Err(io::Error::other("the merge was called off"));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TerminatingWrite for PacedFile {
    fn terminate_ref(&mut self, token: AntiCallToken) -> io::Result<()> {
        self.file.terminate_ref(token)
    }
}
