//! Tantivy's view of the disk in memory.

use std::any::Any;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, DirectoryLock, FileHandle, Lock, TerminatingWrite, WatchCallback, WatchHandle, WritePtr,
};

use super::SimDisk;
use crate::disk::index_file::IndexFile;
use crate::disk::{Disk, DiskFile, OpenMode, read_file};

#[derive(Clone, Debug)]
pub(super) struct SimDirectory {
    pub(super) disk: SimDisk,
    pub(super) path: PathBuf,
}

impl SimDirectory {
    fn read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        read_file(&self.disk, &self.path.join(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(path.to_owned()),
            _ => OpenReadError::wrap_io_error(error, path.to_owned()),
        })
    }
}

impl Directory for SimDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(IndexFile::open(path, || self.disk.open(&self.path.join(path), OpenMode::Read))?))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.disk.remove_file(&self.path.join(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => DeleteError::FileDoesNotExist(path.to_owned()),
            _ => DeleteError::IoError { io_error: Arc::new(error), filepath: path.to_owned() },
        })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        match self.disk.open(&self.path.join(path), OpenMode::Read) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(OpenReadError::wrap_io_error(error, path.to_owned())),
        }
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let file = self.disk.open(&self.path.join(path), OpenMode::CreateNew).map_err(|error| match error
            .kind()
        {
            io::ErrorKind::AlreadyExists => OpenWriteError::FileAlreadyExists(path.to_owned()),
            _ => OpenWriteError::wrap_io_error(error, path.to_owned()),
        })?;
        Ok(BufWriter::new(Box::new(SimWriter { file, written: 0 })))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        // As Tantivy's own directory does it: the name lasts only after the directory is synced.
        let target = self.path.join(path);
        let temporary = self.path.join(format!(".{}.tmp", path.display()));
        match self.disk.remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.disk.open(&temporary, OpenMode::CreateNew)?;
        file.write_at(data, 0)?;
        file.sync_data()?;
        self.disk.rename(&temporary, &target)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.disk.sync_dir(&self.path)
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        let path = self.path.join(&lock.filepath);
        let taken: Option<Box<dyn Any + Send + Sync>> =
            self.disk.lock(&path).map_err(LockError::wrap_io_error)?;
        taken.map(|held| DirectoryLock::from(Box::new(held))).ok_or(LockError::LockBusy)
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

struct SimWriter {
    file: Arc<dyn DiskFile>,
    written: u64,
}

impl Write for SimWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(bytes, self.written)?;
        self.written += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for SimWriter {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.file.sync_data()
    }
}
