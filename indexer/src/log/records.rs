//! Reads events back: from a seq to its frame, by positioned reads.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use steplog_model::event::StoredEvent;
use steplog_model::ids::{EventId, Seq};

use super::block::DecodedBlock;
use super::cache::ReadCache;
use super::dictionary::Dictionaries;
use super::file_name::{self, LogFile};
use super::frame::{DecodedFrame, FRAME_HEADER_BYTES, FrameHeader, open_frame};
use super::table::{Block, DayTable, FileKey, FileTable, FramePlace};
use crate::disk::{Disk, DiskFile, OpenMode, read_exact_at};
use crate::unindexed_ids::Records;

/// Events read, and how many could not be.
#[derive(Debug, Default)]
pub(crate) struct ReadEvents {
    pub(crate) events: Vec<StoredEvent>,
    /// Frames or events that are damaged; their events are missing above.
    pub(crate) damaged: usize,
    /// How many of the requested seqs, from the first on, were read.
    pub(crate) taken: usize,
}

/// The reading end of a day's log.
#[derive(Debug)]
pub(crate) struct LogRecords {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    /// The directory after its day was dropped.
    moved: OnceLock<PathBuf>,
    dictionaries: Arc<Dictionaries>,
    cache: Arc<ReadCache>,
    number: u64,
    table: RwLock<DayTable>,
    /// Held while the table of a file is stored, and while a file is replaced.
    keeping: Mutex<()>,
}

/// A block, and the open file that it is in.
struct Located {
    key: FileKey,
    block: Block,
    handle: Arc<dyn DiskFile>,
}

impl LogRecords {
    /// The records of a directory.
    pub(crate) fn new(
        disk: &Arc<dyn Disk>,
        dictionaries: &Arc<Dictionaries>,
        cache: &Arc<ReadCache>,
        directory: &Path,
        table: DayTable,
    ) -> Self {
        Self {
            disk: Arc::clone(disk),
            directory: directory.to_owned(),
            moved: OnceLock::new(),
            dictionaries: Arc::clone(dictionaries),
            cache: Arc::clone(cache),
            number: cache.next_number(),
            table: RwLock::new(table),
            keeping: Mutex::default(),
        }
    }

    /// Identifies this log in the store, also against a later one of the same directory.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Renames the directory. Whoever still reads the records finds them there.
    pub(crate) fn move_to(&self, directory: &Path) -> io::Result<()> {
        // A reader that misses a file looks here: the new name is known before the old one is gone. It is the same name
        // at each try.
        let _ = self.moved.set(directory.to_owned());
        self.disk.rename(&self.directory, directory)
    }

    /// Closes all files, so that the disk frees the space of removed ones.
    pub(crate) fn close_files(&self) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        for file in &table.files {
            self.cache.files.remove(&(self.number, file.key()));
        }
    }

    /// Makes synced frames readable.
    pub(crate) fn publish(&self, frames: &[FramePlace]) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        for frame in frames {
            table.push(*frame);
        }
    }

    /// Stores the table of a file.
    pub(crate) fn store_table(&self, file: LogFile) -> io::Result<()> {
        let _held = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        let tables = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let table = tables.files.iter().find(|table| table.file == file).cloned();
        drop(tables);
        table.map_or(Ok(()), |table| table.store(&*self.disk, &self.directory))
    }

    /// The last readable seq; 0 where there is none.
    pub(crate) fn last_seq(&self) -> Seq {
        self.table.read().unwrap_or_else(PoisonError::into_inner).last_seq()
    }

    /// The last file.
    pub(crate) fn last_file(&self) -> Option<LogFile> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.files.last().map(|file| file.file)
    }

    /// About how many readable events have seqs above one, estimated from the tables.
    pub(crate) fn events_after(&self, seq: Seq) -> u64 {
        self.table.read().unwrap_or_else(PoisonError::into_inner).events_after(seq)
    }

    /// The number of readable events.
    pub(crate) fn events(&self) -> u64 {
        self.table.read().unwrap_or_else(PoisonError::into_inner).events()
    }

    /// The events of the seqs, in their order; seqs that are not there are left out.
    pub(crate) fn read(&self, seqs: &[Seq]) -> io::Result<ReadEvents> {
        self.read_within(seqs, usize::MAX)
    }

    /// Like [`Self::read`], for as many of the first seqs as fit into so many bytes, one at least.
    ///
    /// Each block is visited once, in the order of the log. Events that do not fit are dropped at once.
    pub(crate) fn read_within(&self, seqs: &[Seq], bytes: usize) -> io::Result<ReadEvents> {
        let mut order: Vec<usize> = (0..seqs.len()).collect();
        order.sort_unstable_by_key(|place| seqs.get(*place));
        let mut found: Vec<Option<StoredEvent>> = vec![None; seqs.len()];
        let (mut damaged, mut held, mut taken) = (0, 0, seqs.len());
        let mut rest = order.as_slice();
        while let Some((place, others)) = rest.split_first() {
            rest = others;
            let Some(seq) = seqs.get(*place).copied().filter(|_| *place < taken) else { continue };
            let Some(located) = self.locate(|table| table.find(seq))? else { continue };
            let decoded = self.block(&located, seq)?;
            // All seqs of the block at once.
            let is_in_block = |place: &usize| seqs.get(*place).is_some_and(|seq| *seq < decoded.end_seq);
            let (block, others) = rest.split_at(rest.partition_point(is_in_block));
            rest = others;
            let places: Vec<usize> = std::iter::once(place).chain(block).copied().collect();
            let wanted: Vec<Seq> = places.iter().filter_map(|place| seqs.get(*place).copied()).collect();
            for (place, event) in places.into_iter().zip(decoded.pick(&wanted)) {
                match event {
                    _ if place >= taken => {}
                    Some(Ok(event)) => {
                        held += event.event.whole_bytes();
                        _ = found.get_mut(place).map(|slot| slot.insert(event));
                        while held > bytes && taken > 1 {
                            taken -= 1;
                            let dropped = found.pop().flatten();
                            held -= dropped.map_or(0, |dropped| dropped.event.whole_bytes());
                        }
                    }
                    Some(Err(_)) => damaged += 1,
                    None => damaged += decoded.damaged.min(1),
                }
            }
        }
        Ok(ReadEvents { events: found.into_iter().flatten().collect(), damaged, taken })
    }

    /// The events above a seq, in order: those of the next block that has any. Empty at the end.
    ///
    /// Also returns the seq to continue from.
    pub(crate) fn read_after(&self, seq: Seq) -> io::Result<(ReadEvents, Seq)> {
        let Some(decoded) = self.next_block(seq)? else { return Ok((ReadEvents::default(), seq)) };
        let mut read = ReadEvents { damaged: decoded.damaged, ..ReadEvents::default() };
        for event in decoded.frames.iter().flat_map(DecodedFrame::events) {
            match event {
                Ok(event) if event.seq > seq => read.events.push(event),
                Ok(_) => {}
                Err(_) => read.damaged += 1,
            }
        }
        Ok((read, decoded.end_seq.saturating_sub(1).max(seq)))
    }

    /// The next block that has an event above a seq.
    fn next_block(&self, seq: Seq) -> io::Result<Option<DecodedBlock>> {
        let mut next = self.locate(|table| table.next_after(seq))?;
        while let Some(located) = next {
            let decoded = self.load(&located)?;
            // Seqs have gaps, where other days' events or holes are: a block may end before its successor begins.
            if decoded.end_seq > seq + 1 {
                return Ok(Some(decoded));
            }
            let Located { key, block, .. } = located;
            next = self.locate(|table| match table.has(key) {
                true => table.following(key, block.offset),
                // The file was replaced meanwhile, and has other blocks.
                false => table.next_after(seq),
            })?;
        }
        Ok(None)
    }

    /// Finds a block and opens its file, both of one generation.
    fn locate(
        &self,
        find: impl FnOnce(&DayTable) -> Option<(FileKey, Block)>,
    ) -> io::Result<Option<Located>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let Some((key, block)) = find(&table) else { return Ok(None) };
        // Under the lock, which is also held to replace the file.
        let handle = self.file(key)?;
        Ok(Some(Located { key, block, handle }))
    }

    /// The block from the cache, if it was not read before it had `seq`.
    fn block(&self, located: &Located, seq: Seq) -> io::Result<Arc<DecodedBlock>> {
        let key = (self.number, located.key, located.block.offset);
        if let Some(known) = self.cache.block(&key)
            && known.end_seq > seq
        {
            return Ok(known);
        }
        let decoded = Arc::new(self.load(located)?);
        self.cache.keep(key, &decoded);
        Ok(decoded)
    }

    fn load(&self, located: &Located) -> io::Result<DecodedBlock> {
        let Located { key, block, handle } = located;
        let mut bytes = vec![0; block.length as usize];
        read_exact_at(&**handle, &mut bytes, block.offset)?;
        let mut decoded = DecodedBlock::empty(block.first_seq);
        let mut rest = bytes.as_slice();
        while let Some(header) = rest.first_chunk::<FRAME_HEADER_BYTES>() {
            let header = FrameHeader::parse(header);
            let end = header.and_then(|header| usize::try_from(header.frame_bytes()).ok());
            let (Some(header), Some((frame, after))) =
                (header, end.and_then(|end| rest.split_at_checked(end)))
            else {
                decoded.damaged += 1;
                break;
            };
            rest = after;
            decoded.end_seq = header.first_seq + u64::from(header.count);
            match self.decode(&header, frame.get(FRAME_HEADER_BYTES..).unwrap_or_default()) {
                Ok(frame) => decoded.frames.push(frame),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => decoded.damaged += 1,
                Err(error) => return Err(error),
            }
        }
        if decoded.damaged > 0 {
            // The damaged part is skipped, so that nobody reads it again.
            decoded.end_seq = decoded.end_seq.max(block.first_seq + u64::from(block.events));
            metrics::counter!("steplog_search_damaged_frames_total").increment(decoded.damaged as u64);
            tracing::warn!(directory = %self.directory.display(), file = file_name::log(key.file), offset = block.offset, "damaged frames");
        }
        Ok(decoded)
    }

    /// A frame of a verified or unverified payload.
    fn decode(&self, header: &FrameHeader, payload: &[u8]) -> io::Result<DecodedFrame> {
        if crc32c::crc32c(payload) != header.payload_crc {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a payload of another checksum"));
        }
        open_frame(header, payload, |id| {
            self.wherever(|directory| self.dictionaries.get(&*self.disk, directory, id))
        })
    }

    /// Reads from the directory, or from where it was moved.
    fn wherever<T>(&self, read: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
        match (read(&self.directory), self.moved.get()) {
            (Err(error), Some(moved)) if error.kind() == io::ErrorKind::NotFound => read(moved),
            (other, _) => other,
        }
    }

    fn file(&self, key: FileKey) -> io::Result<Arc<dyn DiskFile>> {
        let cached = (self.number, key);
        if let Some(file) = self.cache.files.get(&cached) {
            return Ok(file);
        }
        let name = file_name::log(key.file);
        let file = self.wherever(|directory| self.disk.open(&directory.join(&name), OpenMode::Read))?;
        self.cache.files.insert(cached, Arc::clone(&file));
        Ok(file)
    }

    /// The tables of the files that have no event above `seq`.
    pub(crate) fn files_up_to(&self, seq: Seq) -> Vec<FileTable> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.files.iter().filter(|file| file.last_seq <= seq).cloned().collect()
    }

    /// Replaces a sealed file by a synced one with the same events. After a crash there is the old or the new file,
    /// with its own table or none.
    pub(crate) fn replace(&self, new: &Path, mut table: FileTable) -> io::Result<()> {
        let _held = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        // The table of the old file must not be used for the new one.
        match self.disk.remove_file(&self.directory.join(file_name::table(table.file))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.disk.sync_dir(&self.directory)?;
        let mut tables = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let old = tables.files.iter_mut().find(|old| old.file == table.file);
        let old = old.ok_or_else(|| io::Error::other("a log file is gone"))?;
        if old.last_seq != table.last_seq || old.events() != table.events() {
            return Err(io::Error::other("a log file has grown"));
        }
        self.disk.rename(new, &self.directory.join(file_name::log(table.file)))?;
        self.cache.files.remove(&(self.number, old.key()));
        table.generation = old.generation + 1;
        *old = table.clone();
        drop(tables);
        self.disk.sync_dir(&self.directory)?;
        table.store(&*self.disk, &self.directory)
    }
}

impl Records for LogRecords {
    fn events_after(&self, seq: Seq) -> u64 {
        self.events_after(seq)
    }

    /// Those that cannot be read are left out.
    fn ids_after(&self, seq: Seq) -> io::Result<(Vec<(EventId, Seq)>, Seq)> {
        let Some(decoded) = self.next_block(seq)? else { return Ok((Vec::new(), seq)) };
        let ids = decoded.frames.iter().flat_map(DecodedFrame::ids).filter_map(Result::ok);
        Ok((ids.filter(|(_, of)| *of > seq).collect(), decoded.end_seq.saturating_sub(1).max(seq)))
    }
}
