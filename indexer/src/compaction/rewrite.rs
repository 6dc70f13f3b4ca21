//! Rewrites one log file in larger frames, in pieces, with a higher compression.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use steplog_model::event::{Event, StoredEvent};

use crate::disk::{Disk, DiskFile, OpenMode};
use crate::env::StoreEnv;
use crate::log::dictionary::Dictionary;
use crate::log::file_header::{FILE_HEADER_BYTES, FileHeader};
use crate::log::file_name::{self, LogFile};
use crate::log::frame::{
    Compressor, Draft, Encoding, FRAME_HEADER_BYTES, FrameEncoder, FrameHeader, PiecesEncoder, open_frame,
};
use crate::log::judge::{Fate, Known, judge};
use crate::log::read::{LogReader, Opened};
use crate::log::table::{FileTable, FramePlace};
use crate::pace::Pace;
use crate::partition::Partition;

/// About how many bytes of events, before compression, make a frame when a day is compacted: a single event of a closed
/// day is read less often.
pub(super) const COMPACTED_FRAME_BYTES: usize = if cfg!(test) { 2 << 10 } else { 256 << 10 };
/// The zstd level. The highest one saves 2 % more for over twice the work.
const LEVEL: i32 = 12;
/// How many bytes are written before a sync. It bounds how long the writer's syncs wait.
const SYNC_BYTES: u64 = 4 << 20;

/// The rewriting of log files of one day.
pub(super) struct Rewrite<'a> {
    env: &'a StoreEnv,
    partition: &'a Partition,
    compressor: Compressor,
    /// For frames in pieces.
    dictionary: Option<Dictionary>,
    /// Changes each event.
    change: Option<&'a mut dyn FnMut(&mut Event)>,
}

/// The outcome for a file.
pub(super) enum Rewritten {
    /// It was replaced; the table of the new one.
    Done(FileTable),
    /// The day was dropped, or the pace ended the work.
    CalledOff,
    /// Some of it cannot be read. A check reports where.
    Damaged,
}

/// The new file.
struct Output<'a> {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    salt: u32,
    encoder: FrameEncoder,
    pieces: PiecesEncoder,
    /// The events of the frame.
    events: Vec<StoredEvent>,
    /// For frames in pieces.
    pieces_dictionary: Option<&'a Dictionary>,
    /// For frames that stay in rows.
    dictionary: Option<Dictionary>,
    table: FileTable,
    buffer: Vec<u8>,
    unsynced: u64,
}

impl<'a> Rewrite<'a> {
    /// `dictionary` is for frames in pieces, and durable in the day's directory.
    pub(super) fn new(
        env: &'a StoreEnv,
        partition: &'a Partition,
        dictionary: Option<&Dictionary>,
    ) -> io::Result<Self> {
        let dictionary = dictionary.map(|dictionary| dictionary.at_level(LEVEL)).transpose()?;
        Ok(Self { env, partition, compressor: Compressor::new(LEVEL)?, dictionary, change: None })
    }

    /// Calls `change` for each event.
    pub(super) fn changing(mut self, change: &'a mut dyn FnMut(&mut Event)) -> Self {
        self.change = Some(change);
        self
    }

    /// Replaces the file of a table.
    pub(super) fn run(&mut self, old: &FileTable, pace: &Pace) -> io::Result<Rewritten> {
        let path = self.partition.directory.join(file_name::compacting(old.file));
        let written = match self.write(old, pace) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Rewritten::Damaged),
            other => other,
        };
        match written {
            Ok(Rewritten::Done(table)) => {
                self.partition.records.replace(&path, table.clone())?;
                Ok(Rewritten::Done(table))
            }
            other => {
                // If that fails, a start removes it.
                let _ = self.env.disk.remove_file(&path);
                other
            }
        }
    }

    fn write(&mut self, old: &FileTable, pace: &Pace) -> io::Result<Rewritten> {
        let directory = &self.partition.directory;
        let source = self.env.disk.open(&directory.join(file_name::log(old.file)), OpenMode::Read)?;
        let (mut reader, opened) = LogReader::open(&*source, old.file, 0)?;
        if opened != Opened::Whole {
            return Ok(Rewritten::Damaged);
        }
        let path = directory.join(file_name::compacting(old.file));
        let mut output = Output::create(&*self.env.disk, path, old.file, self.dictionary.as_ref())?;
        while reader.position() < old.end {
            if self.partition.is_dropped() || !pace.goes_on() {
                return Ok(Rewritten::CalledOff);
            }
            // All of it was synced, so nothing in it is a torn append.
            let known = Known { is_last: false, synced: old.end, reached_checkpoint: true };
            let position = reader.position();
            let header = match judge(reader.next()?, position, known) {
                Fate::Keep(header, _) => header,
                Fate::Skip => continue,
                Fate::End | Fate::EndsEarly | Fate::CutOff | Fate::SetAside { .. } => {
                    return Ok(Rewritten::Damaged);
                }
            };
            if output.dictionary.is_none() && header.dictionary != 0 && header.tag.encoding == Encoding::Rows
            {
                output.dictionary = Some(self.dictionary(header.dictionary)?);
            }
            let get = |id| self.env.dictionaries.get(&*self.env.disk, directory, id);
            for stored in open_frame(&header, reader.payload(), get)?.events() {
                let mut stored = stored.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                if let Some(change) = &mut self.change {
                    change(&mut stored.event);
                }
                output.add(stored, &mut self.compressor)?;
            }
        }
        output.finish(&mut self.compressor)
    }

    fn dictionary(&self, id: u32) -> io::Result<Dictionary> {
        let directory = &self.partition.directory;
        let found = self.env.dictionaries.get(&*self.env.disk, directory, id);
        // Without its dictionary a frame is damaged.
        let found = found.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(io::ErrorKind::InvalidData, error),
            _ => error,
        });
        found?.at_level(LEVEL)
    }
}

impl<'a> Output<'a> {
    fn create(
        disk: &dyn Disk,
        path: PathBuf,
        of: LogFile,
        pieces_dictionary: Option<&'a Dictionary>,
    ) -> io::Result<Self> {
        match disk.remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = disk.open(&path, OpenMode::CreateNew)?;
        let salt = steplog_model::random::number() as u32;
        file.write_at(&FileHeader { salt, first_seq: of.0 }.encode(), 0)?;
        let mut table = FileTable::new(of);
        table.end = FILE_HEADER_BYTES as u64;
        Ok(Self {
            file,
            path,
            salt,
            encoder: FrameEncoder::default(),
            pieces: PiecesEncoder::default(),
            events: Vec::new(),
            pieces_dictionary,
            dictionary: None,
            table,
            buffer: Vec::new(),
            unsynced: 0,
        })
    }

    /// Adds the next event.
    fn add(&mut self, stored: StoredEvent, compressor: &mut Compressor) -> io::Result<()> {
        if self.encoder.ends_before(&stored, COMPACTED_FRAME_BYTES) {
            self.end_frame(compressor)?;
        }
        self.encoder.add(&stored);
        self.events.push(stored);
        Ok(())
    }

    fn end_frame(&mut self, compressor: &mut Compressor) -> io::Result<()> {
        let (first_seq, count) = (self.encoder.first_seq(), self.encoder.count() as u32);
        let rows = self.encoder.finish();
        let pieces = self.pieces.encode(rows, count);
        let dictionary = if pieces.is_some() { self.pieces_dictionary } else { self.dictionary.as_ref() };
        self.buffer.clear();
        let draft = Draft { first_seq, count, rows, pieces, dictionary };
        let mut header = draft.write(compressor, &mut self.buffer)?;
        let offset = self.table.end;
        let length = u32::try_from(self.buffer.len()).map_err(io::Error::other)?;
        // The file replaces the old one only once it is synced, so nothing in it is a torn append.
        header.place(self.salt, offset + u64::from(length), &mut self.buffer);
        let payload = self.buffer.get(FRAME_HEADER_BYTES..).unwrap_or_default();
        comes_back(&header, payload, dictionary, &self.events)?;
        self.encoder.clear();
        self.events.clear();
        self.file.write_at(&self.buffer, offset)?;
        self.table.push(FramePlace { file: self.table.file, offset, length, first_seq, count });
        self.unsynced += u64::from(length);
        if self.unsynced >= SYNC_BYTES {
            self.file.sync_data()?;
            self.unsynced = 0;
        }
        Ok(())
    }

    fn finish(mut self, compressor: &mut Compressor) -> io::Result<Rewritten> {
        if self.encoder.count() > 0 {
            self.end_frame(compressor)?;
        }
        self.file.sync_data()?;
        tracing::debug!(path = %self.path.display(), bytes = self.table.end, "a compacted log file is ready");
        Ok(Rewritten::Done(self.table))
    }
}

/// Checks that the frame, as it will be written, has the events. It replaces their only copy.
fn comes_back(
    header: &FrameHeader,
    payload: &[u8],
    dictionary: Option<&Dictionary>,
    events: &[StoredEvent],
) -> io::Result<()> {
    let frame = open_frame(header, payload, |_| dictionary.ok_or_else(|| io::ErrorKind::NotFound.into()))?;
    let same = frame.count() == events.len()
        && frame.events().zip(events).all(|(read, event)| read.is_ok_and(|read| read == *event));
    let problem = || io::Error::other("a frame that would not come back as it was: nothing is replaced");
    same.then_some(()).ok_or_else(problem)
}
