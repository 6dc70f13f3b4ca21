//! Seqs: each is given once, also where events are lost.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use steplog_model::ids::Seq;

use crate::config::RESERVED_SEQS;
use crate::disk::{Disk, read_file, replace_file};
use crate::error::OpenError;
use crate::log::file_name;

/// Raised when older programs can no longer read the directory. It is written before the first event after a start,
/// since this program may append to a log file that an older one began.
pub(crate) const STORE_FORMAT: u32 = 3;
/// The oldest format that is still read.
pub(crate) const FIRST_STORE_FORMAT: u32 = 1;

/// The content of `store.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoreFile {
    /// The format of the whole directory.
    pub(crate) format: u32,
    /// The lowest seq that is certainly free.
    pub(crate) next_seq: Seq,
}

impl StoreFile {
    /// The file of a data directory: `Ok(None)` where there is none, `Err(InvalidData)` where it makes no sense.
    pub(crate) fn load(disk: &dyn Disk, data: &Path) -> io::Result<Option<Self>> {
        match read_file(disk, &data.join(file_name::STORE_FILE)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn store(&self, disk: &dyn Disk, data: &Path) -> io::Result<()> {
        replace_file(disk, &data.join(file_name::STORE_FILE), &serde_json::to_vec(self)?)
    }
}

/// The state of `store.json`.
pub(crate) enum StoreFileState {
    Absent,
    /// The lowest free seq.
    Known(Seq),
    Damaged(io::Error),
}

/// Reads `store.json`; refuses a directory that another version wrote, before anything in it is touched.
pub(crate) fn read_store_file(disk: &dyn Disk, data: &Path) -> Result<StoreFileState, OpenError> {
    let path = data.join(file_name::STORE_FILE);
    match StoreFile::load(disk, data) {
        Ok(None) => Ok(StoreFileState::Absent),
        Ok(Some(file)) if (FIRST_STORE_FORMAT..=STORE_FORMAT).contains(&file.format) => {
            Ok(StoreFileState::Known(file.next_seq))
        }
        Ok(Some(file)) => Err(OpenError::Newer { path, format: file.format }),
        Err(error) if is_about_json(&error) => Ok(StoreFileState::Damaged(error)),
        Err(source) => Err(OpenError::Io { path, source }),
    }
}

/// Whether the error is about the text of a file rather than the disk.
fn is_about_json(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<serde_json::Error>())
}

/// Gives seqs. They are reserved on disk in large steps, so that none is given twice even where the last events are
/// lost.
#[derive(Debug)]
pub(crate) struct SeqSource {
    disk: Arc<dyn Disk>,
    data: PathBuf,
    next: Seq,
    reserved: Seq,
}

impl SeqSource {
    /// Gives seqs from `next` on.
    pub(crate) fn new(disk: Arc<dyn Disk>, data: &Path, next: Seq) -> Self {
        Self { disk, data: data.to_owned(), next, reserved: next }
    }

    /// Writes `store.json` where there is none, which marks the directory as a store.
    pub(crate) fn mark_where_absent(&self, floor: Option<Seq>) {
        let file = StoreFile { format: STORE_FORMAT, next_seq: self.next };
        if floor.is_none()
            && let Err(error) = file.store(&*self.disk, &self.data)
        {
            // The disk is full. The first event writes the file.
            tracing::warn!(%error, "store.json cannot be written yet");
        }
    }

    /// Takes `count` consecutive seqs; returns the first. None is given again, used or not.
    pub(crate) fn take(&mut self, count: u64) -> io::Result<Seq> {
        let first = self.next;
        let end = first.checked_add(count).ok_or_else(|| io::Error::other("no arrival numbers are left"))?;
        if end > self.reserved {
            let reserved = end.saturating_add(RESERVED_SEQS);
            StoreFile { format: STORE_FORMAT, next_seq: reserved }.store(&*self.disk, &self.data)?;
            self.reserved = reserved;
        }
        self.next = end;
        Ok(first)
    }

    /// Returns unused reserved seqs at an orderly stop.
    pub(crate) fn give_back(&mut self) -> io::Result<()> {
        if self.reserved > self.next {
            StoreFile { format: STORE_FORMAT, next_seq: self.next }.store(&*self.disk, &self.data)?;
            self.reserved = self.next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;

    #[test]
    fn numbers_are_reserved_before_they_are_given() {
        let disk = SimDisk::default();
        let data = Path::new("/data");
        disk.create_dir(data).unwrap();
        disk.sync_dir(Path::new("/")).unwrap();
        let mut seqs = SeqSource::new(Arc::new(disk.clone()), data, 1);
        assert_eq!([seqs.take(3).unwrap(), seqs.take(2).unwrap()], [1, 4]);
        let after = StoreFile::load(&disk.after_power_cut(0), data).unwrap().unwrap();
        assert!(after.next_seq >= 6);
        seqs.give_back().unwrap();
        assert_eq!(StoreFile::load(&disk.after_power_cut(0), data).unwrap().unwrap().next_seq, 6);
        assert_eq!(seqs.take(1).unwrap(), 6);
    }

    #[test]
    fn a_number_that_could_not_be_reserved_is_not_given() {
        let disk = SimDisk::default();
        let data = Path::new("/data");
        disk.create_dir(data).unwrap();
        let mut seqs = SeqSource::new(Arc::new(disk.clone()), data, 7);
        disk.set_capacity(Some(0));
        assert!(seqs.take(1).is_err());
        disk.set_capacity(None);
        assert_eq!(seqs.take(1).unwrap(), 7);
    }
}
