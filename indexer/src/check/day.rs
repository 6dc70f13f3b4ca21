//! Checks one day.

use std::io;
use std::path::Path;

use steplog_model::ids::Seq;

use super::Reporting;
use super::report::{CheckStage, DamagedPlace, DayReport, DiskBytes, IndexState, LogState};
use crate::compaction::CompactedFiles;
use crate::damage;
use crate::disk::{DirEntry, Disk, OpenMode};
use crate::env::StoreEnv;
use crate::error::OpenError;
use crate::index::{DayIndex, IndexOpenError};
use crate::log::file_name::{self, LogFile};
use crate::log::frame::{FrameHeader, open_frame};
use crate::log::judge::{Fate, Known, judge};
use crate::log::read::{LogReader, Opened, report_misnamed};
use crate::log::table::FileTable;

/// What the record log has.
#[derive(Default)]
struct Found {
    events: u64,
    /// First seq and number of events of each whole frame.
    frames: Vec<(Seq, u32)>,
    last_seq: Seq,
    damage: Vec<DamagedPlace>,
    torn: Option<DamagedPlace>,
}

impl Found {
    fn push(&mut self, header: &FrameHeader) {
        self.frames.push((header.first_seq, header.count));
        self.last_seq = self.last_seq.max(header.last_seq());
    }

    fn events_after(&self, checkpoint: Seq) -> u64 {
        let after = |(first, count): &(Seq, u32)| {
            (first + u64::from(*count)).saturating_sub((checkpoint + 1).max(*first))
        };
        self.frames.iter().map(after).sum()
    }
}

pub(super) fn check_day(env: &StoreEnv, reporting: &mut Reporting<'_>) -> Result<DayReport, OpenError> {
    let directory = env.directory(reporting.key);
    let at = |source| OpenError::Io { path: directory.clone(), source };
    let entries = env.disk.list(&directory).map_err(at)?;
    let bytes = measure(&*env.disk, &directory, &entries).map_err(at)?;
    reporting.report(CheckStage::Log, 0, bytes.log);
    let has_index = entries.iter().any(|entry| entry.name == file_name::INDEX_DIR);
    let opened = if has_index { Some(open_index(env, &directory)?) } else { None };
    let checkpoint = opened.iter().flatten().next().map_or(0, DayIndex::checkpoint);
    let found = check_log(env, &directory, &entries, reporting, checkpoint)?;
    reporting.report(CheckStage::Index, 0, bytes.index);
    let index = match opened {
        Some(Ok(index)) => check_index(&index, &found),
        Some(Err(why)) => IndexState::Damaged { why },
        None => IndexState::Behind { events: found.events },
    };
    let damage: Vec<String> = damage::report(&*env.disk, &directory).map_err(at)?.into_iter().collect();
    reporting.report(CheckStage::Index, bytes.index, bytes.index);
    let last_seq = found.last_seq;
    let compacted = CompactedFiles::load(&*env.disk, &directory).map_err(at)?;
    let of = |entry: &DirEntry| Some(compacted.bytes_of(file_name::parse_log(&entry.name)?, entry.len));
    let compacted_log_bytes = entries.iter().filter_map(of).sum();
    let log = match (found.damage.is_empty(), found.torn) {
        (true, None) => LogState::Clean,
        (true, Some(place)) => LogState::TornTail { place },
        (false, _) => LogState::Damaged { places: found.damage },
    };
    Ok(DayReport {
        tenant: reporting.key.0.to_string(),
        day: reporting.key.1.to_string(),
        events: found.events,
        bytes,
        compacted_log_bytes,
        log,
        index,
        checkpoint,
        last_seq,
        damage,
    })
}

fn measure(disk: &dyn Disk, directory: &Path, entries: &[DirEntry]) -> io::Result<DiskBytes> {
    let mut bytes = DiskBytes::default();
    let below = |name: &str| -> io::Result<u64> {
        Ok(disk.list(&directory.join(name))?.iter().map(|entry| entry.len).sum())
    };
    for entry in entries {
        match entry.name.as_str() {
            file_name::INDEX_DIR if entry.is_dir => bytes.index += below(&entry.name)?,
            file_name::DAMAGED_DIR if entry.is_dir => bytes.damaged += below(&entry.name)?,
            name if file_name::parse_log(name).is_some() => bytes.log += entry.len,
            name if file_name::parse_dictionary(name).is_some() || file_name::is_pieces_dictionary(name) => {
                bytes.dictionaries += entry.len;
            }
            name if file_name::is_table(name) => bytes.tables += entry.len,
            _ => bytes.other += entry.len,
        }
    }
    Ok(bytes)
}

fn check_log(
    env: &StoreEnv,
    directory: &Path,
    entries: &[DirEntry],
    reporting: &mut Reporting<'_>,
    checkpoint: Seq,
) -> Result<Found, OpenError> {
    let mut found = Found::default();
    let files: Vec<(LogFile, u64)> =
        entries.iter().filter_map(|entry| Some((file_name::parse_log(&entry.name)?, entry.len))).collect();
    let total = files.iter().map(|(_, len)| len).sum();
    let mut done = 0;
    for (place, (name, len)) in files.iter().enumerate() {
        let path = directory.join(file_name::log(*name));
        let at = |source| OpenError::Io { path: path.clone(), source };
        let file = env.disk.open(&path, OpenMode::Read).map_err(at)?;
        let (reader, opened) = LogReader::open(&*file, *name, 0).map_err(at)?;
        let table = FileTable::load(&*env.disk, directory, *name).map_err(at)?;
        let mut check = FileCheck {
            env,
            directory,
            reader,
            is_last: place + 1 == files.len(),
            synced: table.map_or(0, |table| table.end),
            checkpoint,
            found: &mut found,
        };
        match opened {
            Opened::Newer(version) => return Err(OpenError::Newer { path, format: u32::from(version) }),
            Opened::Unreadable => check.unreadable(),
            Opened::Misnamed(found) => check.damaged(0, None, &report_misnamed(found)),
            Opened::DamagedHeader => {
                check.damaged(
                    0,
                    Some(crate::log::file_header::FILE_HEADER_BYTES as u64),
                    "the file's header",
                );
                check.frames().map_err(at)?;
            }
            Opened::Whole => check.frames().map_err(at)?,
        }
        done += len;
        reporting.report(CheckStage::Log, done, total);
    }
    Ok(found)
}

struct FileCheck<'a> {
    env: &'a StoreEnv,
    directory: &'a Path,
    reader: LogReader<'a>,
    is_last: bool,
    /// What is known to have been synced, by the file's table.
    synced: u64,
    /// Up to where the index has the events.
    checkpoint: Seq,
    found: &'a mut Found,
}

impl FileCheck<'_> {
    fn frames(&mut self) -> io::Result<()> {
        loop {
            let position = self.reader.position();
            let scanned = self.reader.next()?;
            let reached_checkpoint = self.found.last_seq >= self.checkpoint;
            let known = Known { is_last: self.is_last, synced: self.synced, reached_checkpoint };
            let next = match judge(scanned, position, known) {
                Fate::Keep(header, place) => {
                    self.frame(&header, position, u64::from(place.length))?;
                    continue;
                }
                Fate::Skip => continue,
                Fate::EndsEarly => {
                    self.damaged(position, None, "the file ends before what was written to it, by its table");
                    return Ok(());
                }
                Fate::End => return Ok(()),
                Fate::CutOff => {
                    self.found.torn = Some(self.place(position, None, "the last append was cut off"));
                    return Ok(());
                }
                Fate::SetAside { next } => next,
            };
            self.damaged(position, next, "no frame, although one was written here");
            match next {
                Some(next) => self.reader.seek(next),
                None => return Ok(()),
            }
        }
    }

    /// Counts a frame whose checksum is right, if its events can be read, too.
    fn frame(&mut self, header: &FrameHeader, position: u64, bytes: u64) -> io::Result<()> {
        let dictionary = |id| self.env.dictionaries.get(&*self.env.disk, self.directory, id);
        match open_frame(header, self.reader.payload(), dictionary) {
            Ok(frame) => {
                let mut problem = None;
                for event in frame.events() {
                    match event {
                        Ok(_) => self.found.events += 1,
                        Err(error) => problem = problem.or(Some(error)),
                    }
                }
                if let Some(error) = problem {
                    let problem = format!("an event of seqs {} on: {error}", header.first_seq);
                    self.damaged(position, Some(position + bytes), &problem);
                }
                self.found.push(header);
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.found.push(header);
                let problem = format!("the events of this frame cannot be read: {error}");
                self.damaged(position, Some(position + bytes), &problem);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn unreadable(&mut self) {
        if self.is_last && self.synced == 0 && self.found.last_seq >= self.checkpoint {
            self.found.torn = Some(self.place(0, None, "a crash cut off the making of this file"));
        } else {
            self.damaged(0, None, "neither a header nor a frame");
        }
    }

    fn damaged(&mut self, offset: u64, next: Option<u64>, problem: &str) {
        let place = self.place(offset, next, problem);
        self.found.damage.push(place);
    }

    fn place(&self, offset: u64, next: Option<u64>, problem: &str) -> DamagedPlace {
        let bytes = next.unwrap_or(self.reader.len()).saturating_sub(offset);
        let file = file_name::log(self.reader.name());
        DamagedPlace { file, offset, bytes, problem: problem.to_owned() }
    }
}

/// The day's index, or what is wrong with it.
fn open_index(env: &StoreEnv, directory: &Path) -> Result<Result<DayIndex, String>, OpenError> {
    let path = directory.join(file_name::INDEX_DIR);
    let at = |source| OpenError::Io { path: path.clone(), source };
    match DayIndex::open(env.disk.index_directory(&path).map_err(at)?, &env.index_cache) {
        Ok(index) => Ok(Ok(index)),
        Err(IndexOpenError::Io(reason) | IndexOpenError::NoRoom(reason)) => Err(at(io::Error::other(reason))),
        Err(IndexOpenError::Damaged(why) | IndexOpenError::OtherFormat(why)) => Ok(Err(why)),
    }
}

fn check_index(index: &DayIndex, found: &Found) -> IndexState {
    let checkpoint = index.checkpoint();
    let behind = found.events_after(checkpoint);
    let all: u64 = found.frames.iter().map(|(_, count)| u64::from(*count)).sum();
    let (expected, indexed) = (all - behind, index.snapshot().num_events());
    match index.verify() {
        Err(error) => IndexState::Damaged { why: error.to_string() },
        Ok(()) if indexed != expected => IndexState::Damaged {
            why: format!("it has {indexed} events, the record log has {expected} up to seq {checkpoint}"),
        },
        Ok(()) if behind > 0 => IndexState::Behind { events: behind },
        Ok(()) => IndexState::Ok,
    }
}
