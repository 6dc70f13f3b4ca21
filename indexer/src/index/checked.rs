//! Files of a segment that are verified as they are read.
//!
//! While a file is written, a checksum of each of its blocks is taken. The side file has the checksums. Files are read
//! in whole blocks, and each is compared with its checksum. So a question notices every changed byte that it reads, and
//! a start need not read the files.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use tantivy::directory::error::OpenReadError;
use tantivy::directory::{AntiCallToken, FileHandle, OwnedBytes, TerminatingWrite, WritePtr};

use tantivy::{Directory, HasLen};

use super::cache::IndexCache;

/// The size of a block: that of a page of the kernel.
pub(super) const SUM_BLOCK_BYTES: usize = if cfg!(test) { 64 } else { 4_096 };

/// How much is read at once where all of a file is compared.
const VERIFY_BYTES: usize = SUM_BLOCK_BYTES << 8;

/// What a file was when it was written: its length, and the CRC-32C of each block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileSums {
    pub(super) len: u64,
    pub(super) sums: Vec<u32>,
}

impl FileSums {
    /// The number of blocks of a file.
    pub(super) const fn num_blocks(len: u64) -> u64 {
        len.div_ceil(SUM_BLOCK_BYTES as u64)
    }

    /// Whether the bytes, which begin with a block, are what was written.
    fn agrees(&self, first_block: usize, bytes: &[u8]) -> bool {
        let sums = self.sums.get(first_block..).unwrap_or_default();
        let blocks = bytes.chunks(SUM_BLOCK_BYTES);
        blocks.len() <= sums.len() && blocks.zip(sums).all(|(block, sum)| crc32c::crc32c(block) == *sum)
    }
}

/// The sums of all files of an index that are written or open, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownSums(Arc<Mutex<HashMap<PathBuf, Arc<FileSums>>>>);

impl KnownSums {
    pub(super) fn get(&self, path: &Path) -> Option<Arc<FileSums>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    pub(super) fn note(&self, path: &Path, sums: Arc<FileSums>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), sums);
    }

    pub(super) fn forget(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
    }
}

/// Where the bytes of a file come from. It is opened when it is read: only so many are open at once.
pub(super) struct Source {
    directory: Box<dyn Directory>,
    path: PathBuf,
    len: u64,
    cache: Arc<IndexCache>,
    number: u64,
    /// The open file, once its name is gone.
    kept: OnceLock<Arc<dyn FileHandle>>,
}

impl Source {
    /// The open file.
    fn open(&self) -> io::Result<Arc<dyn FileHandle>> {
        if let Some(open) = self.kept.get().cloned().or_else(|| self.cache.file(self.number)) {
            return Ok(open);
        }
        let open = self.directory.get_file_handle(&self.path).map_err(|error| match error {
            OpenReadError::FileDoesNotExist(path) => {
                io::Error::new(io::ErrorKind::NotFound, format!("{} is missing", path.display()))
            }
            OpenReadError::IoError { io_error, .. } => io::Error::new(io_error.kind(), io_error),
            other => io::Error::other(other),
        })?;
        if open.len() as u64 != self.len {
            return Err(self.damaged());
        }
        self.cache.keep_file(self.number, &open);
        Ok(open)
    }

    fn damaged(&self) -> io::Error {
        let problem = format!("{} is not what was written", self.path.display());
        io::Error::new(io::ErrorKind::InvalidData, problem)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.cache.forget_file(self.number);
    }
}

/// Who reads which file. Before a file is removed it is opened for them, so that their questions can continue.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers(Arc<Mutex<HashMap<PathBuf, Vec<Weak<Source>>>>>);

impl Readers {
    /// Notes that the file is read.
    pub(super) fn note(&self, file: &CheckedFile) {
        let mut readers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_file = readers.entry(file.source.path.clone()).or_default();
        of_file.retain(|reader| reader.strong_count() > 0);
        of_file.push(Arc::downgrade(&file.source));
    }

    /// Opens the file for all who read it, before it is removed. Where that fails they miss the file, and retry.
    pub(super) fn keep_open(&self, path: &Path) {
        let readers = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        for source in readers.into_iter().flatten().filter_map(|reader| reader.upgrade()) {
            if let Ok(open) = source.open() {
                source.kept.get_or_init(|| open);
            }
        }
    }
}

/// A file whose bytes are compared as they are read.
pub(super) struct CheckedFile {
    source: Arc<Source>,
    sums: Arc<FileSums>,
}

impl CheckedFile {
    /// The file of a directory; notices where it is not there, or has another length.
    pub(super) fn new(
        directory: Box<dyn Directory>,
        path: &Path,
        sums: Arc<FileSums>,
        cache: &Arc<IndexCache>,
    ) -> io::Result<Self> {
        let (path, cache, kept) = (path.to_owned(), Arc::clone(cache), OnceLock::new());
        let source = Source { directory, path, len: sums.len, number: cache.next_number(), cache, kept };
        source.open()?;
        Ok(Self { source: Arc::new(source), sums })
    }

    /// Reads whole blocks and compares them.
    fn read_blocks(&self, blocks: &Range<usize>) -> io::Result<OwnedBytes> {
        let end = (blocks.end * SUM_BLOCK_BYTES).min(self.len());
        // Bytes that the disk cannot read count as damaged.
        let read = self.source.open()?.read_bytes(blocks.start * SUM_BLOCK_BYTES..end);
        let bytes = read.map_err(|error| {
            let problem = format!("{} cannot be read: {error}", self.source.path.display());
            io::Error::new(io::ErrorKind::InvalidData, problem)
        })?;
        if self.sums.agrees(blocks.start, &bytes) { Ok(bytes) } else { Err(self.source.damaged()) }
    }

    /// Compares all of the file.
    pub(super) fn verify(&self) -> io::Result<()> {
        let step = VERIFY_BYTES / SUM_BLOCK_BYTES;
        let num_blocks = self.sums.sums.len();
        let blocks = |start: usize| start..num_blocks.min(start + step);
        (0..num_blocks).step_by(step).try_for_each(|start| self.read_blocks(&blocks(start)).map(|_| ()))
    }
}

impl fmt::Debug for CheckedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedFile({})", self.source.path.display())
    }
}

impl HasLen for CheckedFile {
    fn len(&self) -> usize {
        self.sums.len as usize
    }
}

impl FileHandle for CheckedFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.is_empty() {
            return Ok(OwnedBytes::empty());
        }
        if range.end > self.len() {
            return Err(self.source.damaged());
        }
        let blocks = range.start / SUM_BLOCK_BYTES..range.end.div_ceil(SUM_BLOCK_BYTES);
        let key = (self.source.number, blocks.start, blocks.end);
        let bytes = match self.source.cache.blocks(&key) {
            Some(known) => known,
            None => {
                let read = self.read_blocks(&blocks)?;
                self.source.cache.keep_blocks(key, &read);
                read
            }
        };
        let before = blocks.start * SUM_BLOCK_BYTES;
        Ok(bytes.slice(range.start - before..range.end - before))
    }
}

/// A file that is being written, with the sums of what was written so far.
struct SummedFile {
    file: WritePtr,
    path: PathBuf,
    known: KnownSums,
    sums: FileSums,
    /// The sum of the block that is not full yet.
    last: u32,
}

/// Has the sums of what is written to a file noted once it is whole.
pub(super) fn summed(file: WritePtr, path: &Path, known: &KnownSums) -> WritePtr {
    let (path, known) = (path.to_owned(), known.clone());
    BufWriter::new(Box::new(SummedFile { file, path, known, sums: FileSums::default(), last: 0 }))
}

impl SummedFile {
    fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let filled = (self.sums.len % SUM_BLOCK_BYTES as u64) as usize;
            let (part, rest) = bytes.split_at(bytes.len().min(SUM_BLOCK_BYTES - filled));
            self.last = crc32c::crc32c_append(self.last, part);
            self.sums.len += part.len() as u64;
            if filled + part.len() == SUM_BLOCK_BYTES {
                self.sums.sums.push(std::mem::take(&mut self.last));
            }
            bytes = rest;
        }
    }
}

impl Write for SummedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.add(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TerminatingWrite for SummedFile {
    fn terminate_ref(&mut self, token: AntiCallToken) -> io::Result<()> {
        self.file.terminate_ref(token)?;
        let mut sums = std::mem::take(&mut self.sums);
        if !sums.len.is_multiple_of(SUM_BLOCK_BYTES as u64) {
            sums.sums.push(self.last);
        }
        self.known.note(&self.path, Arc::new(sums));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tantivy::directory::RamDirectory;

    proptest! {
        #[test]
        fn ranges_are_what_was_written_and_a_changed_byte_is_noticed_where_it_is_read(
            content in prop::collection::vec(any::<u8>(), 1..400),
            pieces in prop::collection::vec(1..90_usize, 1..8),
            (start, end, changed) in (0..400_usize, 0..400_usize, 0..400_usize),
        ) {
            let (ram, path, known) = (RamDirectory::create(), Path::new("x"), KnownSums::default());
            let mut file = summed(ram.open_write(path).unwrap(), path, &known);
            let mut rest = content.as_slice();
            for piece in pieces {
                let (part, behind) = rest.split_at(piece.min(rest.len()));
                file.write_all(part).unwrap();
                rest = behind;
            }
            file.write_all(rest).unwrap();
            file.terminate().unwrap();
            let sums = known.get(path).unwrap();
            prop_assert_eq!(sums.sums.len() as u64, FileSums::num_blocks(content.len() as u64));
            let cache = Arc::new(IndexCache::new(1 << 20));
            let open = |bytes: Vec<u8>| {
                let other = RamDirectory::create();
                let mut file = other.open_write(path).unwrap();
                file.write_all(&bytes).unwrap();
                file.terminate().unwrap();
                CheckedFile::new(Box::new(other), path, Arc::clone(&sums), &cache)
            };
            let (start, end) = (start.min(content.len()), end.min(content.len()));
            let range = start.min(end)..start.max(end);
            let whole = open(content.clone()).unwrap();
            whole.verify().unwrap();
            for _ in 0..2 {
                let read = whole.read_bytes(range.clone()).unwrap();
                prop_assert_eq!(read.as_slice(), &content[range.clone()]);
            }
            prop_assert!(open(content[1..].to_vec()).is_err());
            let place = changed % content.len();
            let mut bytes = content.clone();
            bytes[place] ^= 1;
            let damaged = open(bytes).unwrap();
            prop_assert!(damaged.verify().is_err());
            match damaged.read_bytes(range.clone()) {
                Ok(bytes) => prop_assert_eq!(bytes.as_slice(), &content[range]),
                Err(error) => prop_assert_eq!(error.kind(), io::ErrorKind::InvalidData),
            }
        }
    }
}
