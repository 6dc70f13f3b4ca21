//! The data directory as it was opened, and whether it still is ours.
//!
//! Files below it are written under their names by commits, merges, compaction and retention. Where the directory is
//! another one by now, or somebody took the lock file for one that was left behind and started a second process, these
//! would write into what is not ours.

use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, FileId};
use crate::log::file_name;

/// See the module.
pub(crate) struct Place {
    data: PathBuf,
    directory: FileId,
    /// The lock file, where the disk has one.
    lock: Option<FileId>,
    /// Held for as long as the store is open.
    _held: Box<dyn Any + Send + Sync>,
}

impl Place {
    /// Takes the lock of a data directory; `None` where another process holds it.
    ///
    /// # Errors
    /// As the disk says.
    pub(crate) fn take(disk: &dyn Disk, data: &Path) -> io::Result<Option<Self>> {
        let path = data.join(file_name::LOCK_FILE);
        let Some(held) = disk.lock(&path)? else { return Ok(None) };
        let (directory, lock) = (disk.file_id(data)?, disk.file_id(&path).ok());
        Ok(Some(Self { data: data.to_owned(), directory, lock, _held: held }))
    }

    /// Whether the data directory is still the one that was opened, and nobody else can have opened it meanwhile; the
    /// error is the text for senders and operators.
    pub(crate) fn check(&self, disk: &dyn Disk) -> Result<(), String> {
        if disk.file_id(&self.data).ok() != Some(self.directory) {
            return Err(format!(
                "{} was removed, renamed or replaced while steplog runs: put it back, or restart steplog; no event \
                 is taken meanwhile",
                self.data.display()
            ));
        }
        let lock = self.data.join(file_name::LOCK_FILE);
        if disk.file_id(&lock).ok() != self.lock {
            return Err(format!(
                "{} was removed or replaced while steplog runs: another steplog may write to the same directory now; \
                 stop both, then start one; no event is taken meanwhile",
                lock.display()
            ));
        }
        Ok(())
    }
}
