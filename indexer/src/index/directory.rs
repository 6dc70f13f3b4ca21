//! Tantivy's directory with two changes. A small journal of started segments replaces Tantivy's list of files, which is
//! rewritten with every file. And there are no locks, as the store has its own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, WatchCallback, WatchHandle, WritePtr};
use tantivy::index::SegmentId;

use super::cache::IndexCache;
use super::checked::{CheckedFile, FileSums, KnownSums, Readers, summed};
use super::error::IndexOpenError;
use super::in_flight::{InFlight, InFlightSegments};

/// Ids that were written to the journal. Files of any other name are never made.
const JOURNAL: &str = "segments.txt";

/// How many ids the journal gets at a time, so that it is not rewritten for each segment.
const IDS_AT_ONCE: usize = 32;

/// What Tantivy itself would keep its list of files in.
const MANAGED: &str = ".managed.json";

/// The files of a segment that hold its content: those that Tantivy makes, and its exact terms.
pub(super) const EXTENSIONS: [&str; 7] =
    ["term", "idx", "pos", "fast", "fieldnorm", "store", EXACT_EXTENSION];

/// Our own file of a segment, of its exact terms.
pub(super) const EXACT_EXTENSION: &str = "exact";

/// Our own file of a segment, which follows from the others.
pub(super) const SIDE_EXTENSION: &str = "side";

/// The name of a segment's file.
pub(super) fn file_name(segment: SegmentId, extension: &str) -> PathBuf {
    PathBuf::from(format!("{}.{extension}", segment.uuid_string()))
}

#[derive(Clone, Debug)]
pub(super) struct SegmentDirectory {
    inner: Box<dyn Directory>,
    ids: Arc<Mutex<Ids>>,
    /// Of files of segments that are open, or were written since.
    sums: KnownSums,
    readers: Readers,
    cache: Arc<IndexCache>,
}

#[derive(Debug, Default)]
struct Ids {
    /// All in the journal; their files may exist.
    known: Vec<SegmentId>,
    /// Those of them that are unused.
    free: Vec<SegmentId>,
}

impl SegmentDirectory {
    pub(super) fn new(inner: Box<dyn Directory>, cache: &Arc<IndexCache>) -> Result<Self, IndexOpenError> {
        let known = match inner.atomic_read(Path::new(JOURNAL)) {
            Ok(bytes) => parse_journal(&bytes)
                .ok_or_else(|| IndexOpenError::Damaged(format!("{JOURNAL} is not what was written")))?,
            Err(OpenReadError::FileDoesNotExist(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let ids = Arc::new(Mutex::new(Ids { known, free: Vec::new() }));
        let (sums, readers) = (KnownSums::default(), Readers::default());
        Ok(Self { inner, ids, sums, readers, cache: Arc::clone(cache) })
    }

    /// Where open columns and blocks are kept.
    pub(super) fn cache(&self) -> &Arc<IndexCache> {
        &self.cache
    }

    /// What a file was when it was written.
    pub(super) fn sums(&self, path: &Path) -> Option<Arc<FileSums>> {
        self.sums.get(path)
    }

    /// From now on what is read of the file is compared with this.
    pub(super) fn expect(&self, path: &Path, sums: &Arc<FileSums>) {
        self.sums.note(path, Arc::clone(sums));
    }

    /// The file as it is now, compared as it is read.
    pub(super) fn open_checked(
        &self,
        path: &Path,
        sums: Arc<FileSums>,
    ) -> Result<CheckedFile, OpenReadError> {
        let file = CheckedFile::new(self.inner.clone(), path, sums, &self.cache);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(path.to_owned()),
            _ => OpenReadError::wrap_io_error(error, path.to_owned()),
        })?;
        self.readers.note(&file);
        Ok(file)
    }

    /// An id for a new segment, journaled before any of its files exists, and in flight.
    pub(super) fn begin(&self, in_flight: &InFlightSegments) -> io::Result<InFlight> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let id = self.free_id(&mut ids)?;
        ids.free.retain(|free| *free != id);
        // Under the lock, so that its files are not removed as those of an abandoned segment.
        Ok(in_flight.begin(id))
    }

    /// Whether the journal has the id, so that its files will be removed.
    pub(super) fn knows(&self, id: SegmentId) -> bool {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).known.contains(&id)
    }

    fn free_id(&self, ids: &mut Ids) -> io::Result<SegmentId> {
        if let Some(id) = ids.free.last() {
            return Ok(*id);
        }
        let fresh: Vec<SegmentId> =
            std::iter::repeat_with(SegmentId::generate_random).take(IDS_AT_ONCE).collect();
        let known: Vec<SegmentId> = ids.known.iter().chain(&fresh).copied().collect();
        self.inner.atomic_write(Path::new(JOURNAL), &print_journal(&known))?;
        *ids = Ids { known, free: fresh };
        ids.free.last().copied().ok_or_else(|| io::Error::other("no segment id was made"))
    }

    /// Removes the files of all segments but those that `living` lists.
    pub(super) fn keep_only(&self, living: impl FnOnce() -> Vec<SegmentId>) -> io::Result<()> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let living = living();
        let (known, dead): (Vec<SegmentId>, Vec<SegmentId>) =
            ids.known.iter().partition(|id| living.contains(id) || ids.free.contains(id));
        if dead.is_empty() {
            return Ok(());
        }
        // The meta file, which does not name them, must be durable before they are removed.
        self.inner.sync_directory()?;
        for id in dead {
            for extension in EXTENSIONS.into_iter().chain([SIDE_EXTENSION]) {
                let path = file_name(id, extension);
                self.sums.forget(&path);
                self.readers.keep_open(&path);
                match self.inner.delete(&path) {
                    Ok(()) | Err(DeleteError::FileDoesNotExist(_)) => {}
                    Err(DeleteError::IoError { io_error, .. }) => {
                        return Err(io::Error::new(io_error.kind(), io_error));
                    }
                }
            }
        }
        self.inner.sync_directory()?;
        self.inner.atomic_write(Path::new(JOURNAL), &print_journal(&known))?;
        ids.known = known;
        Ok(())
    }
}

pub(super) fn print_journal(ids: &[SegmentId]) -> Vec<u8> {
    let mut text: String = ids.iter().map(|id| id.uuid_string() + "\n").collect();
    let sum = crc32c::crc32c(text.as_bytes());
    text.push_str(&format!("{sum:08x}\n"));
    text.into_bytes()
}

pub(super) fn parse_journal(bytes: &[u8]) -> Option<Vec<SegmentId>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let lines: Option<Vec<SegmentId>> =
        text.lines().rev().skip(1).map(|line| SegmentId::from_uuid_string(line).ok()).collect();
    let mut ids = lines?;
    ids.reverse();
    (print_journal(&ids) == bytes).then_some(ids)
}

impl Directory for SegmentDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        match self.sums(path) {
            Some(sums) => Ok(Arc::new(self.open_checked(path, sums)?)),
            None => self.inner.get_file_handle(path),
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.readers.keep_open(path);
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Ok(summed(self.inner.open_write(path)?, path, &self.sums))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new(MANAGED) {
            return Err(OpenReadError::FileDoesNotExist(path.to_owned()));
        }
        self.inner.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(MANAGED) {
            return Ok(());
        }
        self.inner.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use tantivy::directory::{RamDirectory, TerminatingWrite};

    fn open(ram: &RamDirectory) -> SegmentDirectory {
        SegmentDirectory::new(Box::new(ram.clone()), &Arc::new(IndexCache::new(1 << 20))).unwrap()
    }

    fn begin(directory: &SegmentDirectory) -> SegmentId {
        directory.begin(&InFlightSegments::default()).unwrap().id()
    }

    fn write(directory: &SegmentDirectory, id: SegmentId) {
        let mut file = directory.open_write(&file_name(id, "idx")).unwrap();
        file.write_all(b"x").unwrap();
        file.terminate().unwrap();
    }

    #[test]
    fn files_of_segments_begun_before_a_crash_are_removed() {
        let ram = RamDirectory::create();
        let directory = open(&ram);
        let ids: Vec<SegmentId> = (0..IDS_AT_ONCE + 2).map(|_| begin(&directory)).collect();
        ids.iter().for_each(|id| write(&directory, *id));
        let again = open(&ram);
        again.keep_only(|| ids[..1].to_vec()).unwrap();
        assert!(again.exists(&file_name(ids[0], "idx")).unwrap());
        assert!(ids[1..].iter().all(|id| !again.exists(&file_name(*id, "idx")).unwrap()));
        // An unused id stays in the journal.
        let fresh = begin(&again);
        again.keep_only(Vec::new).unwrap();
        assert!(!ids.contains(&fresh));
    }

    #[test]
    fn a_damaged_journal_is_noticed() {
        let ram = RamDirectory::create();
        begin(&open(&ram));
        let whole = ram.atomic_read(Path::new(JOURNAL)).unwrap();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            assert_eq!(parse_journal(&bytes), None, "{place}");
            assert_eq!(parse_journal(&whole[..place]), None, "{place}");
        }
        assert!(parse_journal(&whole).is_some());
    }
}
