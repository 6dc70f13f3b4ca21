//! Where the frames of a day are: from a seq to a place in a file.
//!
//! Neighbouring small frames are one block, so that the table of a day of single-event frames stays
//! small too. Inside a block the headers lead from frame to frame.

use std::io;
use std::path::Path;

use steplog_model::ids::Seq;

use super::file_header::{FILE_HEADER_BYTES, FileHeader, ParsedFileHeader};
use super::file_name::{self, LogFile};
use crate::disk::{Disk, OpenMode, read_file, replace_file};

/// A block ends once it has this many bytes.
const BLOCK_BYTES: u32 = 8 << 10;
const MAGIC: [u8; 4] = *b"SLT2";
/// The magic of older tables, which have no salt of their file.
const FIRST_MAGIC: [u8; 4] = *b"SLT1";
const ENTRY_BYTES: usize = 24;

/// A frame's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FramePlace {
    pub(crate) file: LogFile,
    pub(crate) offset: u64,
    pub(crate) length: u32,
    pub(crate) first_seq: Seq,
    pub(crate) count: u32,
}

/// The place of neighbouring frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) first_seq: Seq,
    pub(crate) offset: u64,
    pub(crate) length: u32,
    pub(crate) events: u32,
}

/// The blocks of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileTable {
    pub(crate) file: LogFile,
    pub(crate) blocks: Vec<Block>,
    /// The end of the last frame.
    pub(crate) end: u64,
    /// The last seq; 0 where there are no frames.
    pub(crate) last_seq: Seq,
    /// Rises when the file is replaced by one that holds the same events otherwise; not kept.
    pub(crate) generation: u32,
}

/// Where a block is: in this file, of this generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileKey {
    pub(crate) file: LogFile,
    pub(crate) generation: u32,
}

impl FileTable {
    pub(crate) fn new(file: LogFile) -> Self {
        Self { file, ..Self::default() }
    }

    /// Which file of which generation it is about.
    pub(crate) fn key(&self) -> FileKey {
        FileKey { file: self.file, generation: self.generation }
    }

    /// The number of events.
    pub(crate) fn events(&self) -> u64 {
        self.blocks.iter().map(|block| u64::from(block.events)).sum()
    }

    /// Adds the next frame.
    pub(crate) fn push(&mut self, frame: FramePlace) {
        self.end = frame.offset + u64::from(frame.length);
        self.last_seq = (frame.first_seq + u64::from(frame.count)).saturating_sub(1).max(self.last_seq);
        if let Some(last) = self.blocks.last_mut()
            && last.length < BLOCK_BYTES
            && last.offset + u64::from(last.length) == frame.offset
            && let Some(length) = last.length.checked_add(frame.length)
            && let Some(events) = last.events.checked_add(frame.count)
        {
            (last.length, last.events) = (length, events);
            return;
        }
        let FramePlace { offset, length, first_seq, count, .. } = frame;
        self.blocks.push(Block { first_seq, offset, length, events: count });
    }

    /// Stores the table next to its file, so that the next start need not read all frames.
    pub(crate) fn store(&self, disk: &dyn Disk, directory: &Path) -> io::Result<()> {
        // The salt distinguishes it from the table of another file with this name.
        let Some(salt) = salt_of(disk, directory, self.file)? else { return Ok(()) };
        let mut bytes = Vec::with_capacity(40 + self.blocks.len() * ENTRY_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&salt.to_le_bytes());
        bytes.extend_from_slice(&self.file.0.to_le_bytes());
        bytes.extend_from_slice(&self.end.to_le_bytes());
        bytes.extend_from_slice(&self.last_seq.to_le_bytes());
        for block in &self.blocks {
            bytes.extend_from_slice(&block.first_seq.to_le_bytes());
            bytes.extend_from_slice(&block.offset.to_le_bytes());
            bytes.extend_from_slice(&block.length.to_le_bytes());
            bytes.extend_from_slice(&block.events.to_le_bytes());
        }
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        replace_file(disk, &directory.join(file_name::table(self.file)), &bytes)
    }

    /// The stored table of a file; `None` where there is none that can be trusted.
    pub(crate) fn load(disk: &dyn Disk, directory: &Path, file: LogFile) -> io::Result<Option<Self>> {
        match read_file(disk, &directory.join(file_name::table(file))) {
            Ok(bytes) => {
                let Some((table, salt)) = Self::parse(&bytes).filter(|(table, _)| table.file == file) else {
                    return Ok(None);
                };
                // Without a salt to compare, the table is used: the header of the file is damaged, or the table is old.
                let is_of_file = match (salt, salt_of(disk, directory, file)?) {
                    (Some(of_table), Some(of_file)) => of_table == of_file,
                    _ => true,
                };
                Ok(is_of_file.then_some(table))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A table, and the salt of its file if the table has it.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Self, Option<u32>)> {
        let (body, checksum) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(body).to_le_bytes() != *checksum {
            return None;
        }
        let (salt, entries) = match body.strip_prefix(&FIRST_MAGIC) {
            Some(entries) => (None, entries),
            None => {
                let (salt, entries) = body.strip_prefix(&MAGIC)?.split_first_chunk::<4>()?;
                (Some(u32::from_le_bytes(*salt)), entries)
            }
        };
        let (file, entries) = entries.split_first_chunk::<8>()?;
        let (end, entries) = entries.split_first_chunk::<8>()?;
        let (last_seq, entries) = entries.split_first_chunk::<8>()?;
        let mut blocks = Vec::with_capacity(entries.len() / ENTRY_BYTES);
        for entry in entries.as_chunks::<ENTRY_BYTES>().0 {
            let (first_seq, rest) = entry.split_first_chunk::<8>()?;
            let (offset, rest) = rest.split_first_chunk::<8>()?;
            let (length, events) = rest.split_first_chunk::<4>()?;
            blocks.push(Block {
                first_seq: u64::from_le_bytes(*first_seq),
                offset: u64::from_le_bytes(*offset),
                length: u32::from_le_bytes(*length),
                events: u32::from_le_bytes(*events.first_chunk::<4>()?),
            });
        }
        let (file, end) = (LogFile(u64::from_le_bytes(*file)), u64::from_le_bytes(*end));
        let last_seq = u64::from_le_bytes(*last_seq);
        let table = Self { file, blocks, end, last_seq, generation: 0 };
        table.makes_sense().then_some((table, salt))
    }

    /// Whether the numbers are possible: blocks follow each other in the file and in their seqs.
    fn makes_sense(&self) -> bool {
        let ends = self.blocks.iter().map(|block| {
            let seqs = block.first_seq.checked_add(u64::from(block.events))?;
            Some((seqs, block.offset.checked_add(u64::from(block.length))?))
        });
        let Some(ends) = ends.collect::<Option<Vec<_>>>() else { return false };
        let next = self.blocks.iter().skip(1).map(|block| (block.first_seq, block.offset));
        let behind = self.last_seq.checked_add(1).map(|seq| (seq, self.end));
        let Some(behind) = behind else { return false };
        ends.iter().zip(next.chain([behind])).all(|(end, next)| end.0 <= next.0 && end.1 <= next.1)
    }
}

/// The salt in the header of a log file; `None` where there is no such file or header.
fn salt_of(disk: &dyn Disk, directory: &Path, file: LogFile) -> io::Result<Option<u32>> {
    let file = match disk.open(&directory.join(file_name::log(file)), OpenMode::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut header = [0; FILE_HEADER_BYTES];
    file.read_at(&mut header, 0)?;
    Ok(match FileHeader::parse(&header) {
        ParsedFileHeader::Known(header) => Some(header.salt),
        ParsedFileHeader::Newer(_) | ParsedFileHeader::Bad => None,
    })
}

/// The frames of a day, over all of its files. Seqs rise from file to file and inside each.
#[derive(Clone, Debug, Default)]
pub(crate) struct DayTable {
    /// In the order of their seqs.
    pub(crate) files: Vec<FileTable>,
}

impl DayTable {
    /// The number of events.
    pub(crate) fn events(&self) -> u64 {
        self.files.iter().map(FileTable::events).sum()
    }

    /// About how many events have seqs above one, estimated from the blocks.
    pub(crate) fn events_after(&self, seq: Seq) -> u64 {
        let files = self.files.iter().filter(|table| table.last_seq > seq);
        files
            .flat_map(|table| &table.blocks)
            .map(|block| {
                let events = u64::from(block.events);
                block.first_seq.saturating_add(events).saturating_sub(seq + 1).min(events)
            })
            .sum()
    }

    /// An upper bound of the number of events up to a seq.
    pub(crate) fn events_up_to(&self, seq: Seq) -> u64 {
        self.events() - self.events_after(seq)
    }

    /// The last seq; 0 where there are no events.
    pub(crate) fn last_seq(&self) -> Seq {
        self.files.iter().map(|file| file.last_seq).max().unwrap_or(0)
    }

    /// Adds the next frame.
    pub(crate) fn push(&mut self, frame: FramePlace) {
        match self.files.last_mut() {
            Some(last) if last.file == frame.file => last.push(frame),
            _ => {
                let mut table = FileTable::new(frame.file);
                table.push(frame);
                self.files.push(table);
            }
        }
    }

    /// The file and block that holds `seq`, if any does.
    pub(crate) fn find(&self, seq: Seq) -> Option<(FileKey, Block)> {
        let table = self
            .files
            .iter()
            .rev()
            .find(|table| table.blocks.first().is_some_and(|block| block.first_seq <= seq))?;
        let after = table.blocks.partition_point(|block| block.first_seq <= seq);
        Some((table.key(), *table.blocks.get(after.checked_sub(1)?)?))
    }

    /// The first block that may hold a seq above `seq`.
    pub(crate) fn next_after(&self, seq: Seq) -> Option<(FileKey, Block)> {
        let table = self.files.iter().find(|table| table.last_seq > seq)?;
        let after = table.blocks.partition_point(|block| block.first_seq <= seq);
        let blocks = table.blocks.get(after.saturating_sub(1)..)?;
        // A block ends where the next one begins, at the latest.
        let mut pairs = blocks.iter().zip(blocks.iter().skip(1).map(|next| next.first_seq).chain([Seq::MAX]));
        pairs.find(|(_, next_first)| *next_first > seq + 1).map(|(block, _)| (table.key(), *block))
    }

    /// Whether the file is the one that it was.
    pub(crate) fn has(&self, key: FileKey) -> bool {
        self.files.iter().any(|table| table.key() == key)
    }

    /// The block behind the one at `offset` of a file.
    pub(crate) fn following(&self, key: FileKey, offset: u64) -> Option<(FileKey, Block)> {
        let place = self.files.iter().position(|table| table.key() == key)?;
        let mut files = self.files.get(place..)?.iter();
        let table = files.next()?;
        let after = table.blocks.partition_point(|block| block.offset <= offset);
        let next = table.blocks.get(after).map(|block| (table.key(), *block));
        next.or_else(|| files.find_map(|table| Some((table.key(), *table.blocks.first()?))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;

    fn place(file: Seq, offset: u64, length: u32, first_seq: Seq, count: u32) -> FramePlace {
        FramePlace { file: LogFile(file), offset, length, first_seq, count }
    }

    fn day() -> DayTable {
        let mut day = DayTable::default();
        day.push(place(1, 32, 100, 1, 2));
        day.push(place(1, 132, BLOCK_BYTES, 3, 1));
        day.push(place(1, 132 + u64::from(BLOCK_BYTES), 50, 10, 5));
        day.push(place(20, 32, 60, 20, 1));
        day
    }

    #[test]
    fn small_frames_share_a_block() {
        let day = day();
        assert_eq!(day.files.iter().map(|file| file.blocks.len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((day.events(), day.last_seq()), (9, 20));
    }

    #[test]
    fn a_seq_leads_to_its_block() {
        let day = day();
        let found = |seq| day.find(seq).map(|(key, block)| (key.file.0, block.first_seq));
        assert_eq!(found(0), None);
        assert_eq!([found(1), found(3), found(9)], [Some((1, 1)); 3]);
        assert_eq!([found(10), found(14)], [Some((1, 10)); 2]);
        assert_eq!(found(20), Some((20, 20)));
    }

    #[test]
    fn blocks_are_walked_in_order() {
        let day = day();
        let next = |seq| day.next_after(seq).map(|(key, block)| (key.file.0, block.first_seq));
        assert_eq!([next(0), next(2), next(8)], [Some((1, 1)); 3]);
        assert_eq!([next(9), next(10), next(13)], [Some((1, 10)); 3]);
        assert_eq!([next(14), next(19)], [Some((20, 20)); 2]);
        assert_eq!(next(20), None);
        let following = |file, offset| {
            let key = FileKey { file: LogFile(file), generation: 0 };
            day.following(key, offset).map(|(key, block)| (key.file.0, block.first_seq))
        };
        assert_eq!(following(1, 32), Some((1, 10)));
        assert_eq!(following(1, 132 + u64::from(BLOCK_BYTES)), Some((20, 20)));
        assert_eq!(following(20, 32), None);
    }

    #[test]
    fn numbers_that_no_file_has_are_not_believed() {
        let sealed = |numbers: &[u64]| {
            let mut bytes = [MAGIC.as_slice(), &7_u32.to_le_bytes()].concat();
            bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
            FileTable::parse(&bytes).is_some()
        };
        // Name, end, last seq; then of each block its first seq, its place, its length with the number of events.
        let block = |length: u64, events: u64| events << 32 | length;
        assert!(sealed(&[1, 300, 9, 1, 32, block(100, 3), 5, 132, block(100, 5)]));
        assert!(sealed(&[1, 0, 0]));
        assert!(!sealed(&[1, 300, u64::MAX]), "no seq is left behind it");
        assert!(!sealed(&[1, 300, 9, u64::MAX, 32, block(100, 3)]), "seqs beyond the range");
        assert!(!sealed(&[1, 300, 9, 1, u64::MAX, block(100, 3)]), "a place beyond the range");
        assert!(!sealed(&[1, 300, 9, 5, 32, block(100, 3), 1, 132, block(100, 1)]), "seqs that fall");
        assert!(!sealed(&[1, 300, 9, 1, 132, block(100, 3), 5, 32, block(100, 1)]), "places that fall");
        assert!(!sealed(&[1, 300, 2, 1, 32, block(100, 3)]), "seqs behind the last");
        assert!(!sealed(&[1, 100, 9, 1, 32, block(100, 3)]), "bytes behind the end");
    }

    #[test]
    fn a_table_is_kept_and_a_damaged_one_is_not_trusted() {
        let disk = SimDisk::default();
        let directory = Path::new("/day");
        disk.create_dir(directory).unwrap();
        let table = day().files.remove(0);
        table.store(&disk, directory).unwrap();
        assert_eq!(FileTable::load(&disk, directory, LogFile(1)).unwrap(), None, "a table of no file");
        let log = disk.open(&directory.join(file_name::log(LogFile(1))), OpenMode::CreateNew).unwrap();
        let begin = |salt| log.write_at(&FileHeader { salt, first_seq: 1 }.encode(), 0).unwrap();
        begin(7);
        table.store(&disk, directory).unwrap();
        assert_eq!(FileTable::load(&disk, directory, LogFile(1)).unwrap(), Some(table));
        begin(8);
        assert_eq!(FileTable::load(&disk, directory, LogFile(1)).unwrap(), None, "another file of the name");
        begin(7);
        let path = directory.join(file_name::table(LogFile(1)));
        let bytes = read_file(&disk, &path).unwrap();
        for place in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[place] ^= 1;
            assert_eq!(FileTable::parse(&bytes), None, "byte {place}");
            assert_eq!(FileTable::parse(&bytes[..place]), None, "cut at {place}");
        }
    }
}
