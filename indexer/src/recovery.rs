//! Recovers a day's log, so that the writer can append to it. [`judge`] decides:
//!
//! - An incomplete last append is cut off. A crash leaves it, and it looks the same as damage to just these bytes.
//! - Damage anywhere else is copied to `damaged/`, reported and counted. A hole takes its place in the file, and
//!   everything after it is kept.
//! - For events of which no byte is left, a note is put into `damaged/`.
//! - What a killed process wrote and may not have synced is synced, since retries now get it reported as stored.
//! - An I/O error ends the start: it says nothing about the data.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use steplog_model::ids::Seq;

use crate::damage;
use crate::disk::{Disk, DiskFile, OpenMode};
use crate::log::append::Tail;
use crate::log::file_header::FileHeader;
use crate::log::file_name::{self, LogFile};
use crate::log::frame::FrameHeader;
use crate::log::judge::{Fate, Known, judge};
use crate::log::read::{LogReader, Opened, report_misnamed};
use crate::log::table::{DayTable, FileTable};

/// How much of damage is copied at once.
const COPY_BYTES: u64 = 1 << 20;

/// Why a log cannot be recovered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecoveryError {
    /// The disk fails.
    #[error("cannot recover {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// A newer program wrote the file.
    #[error(
        "{} has format {version}, which this version of steplog does not know: use the version that wrote it",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: u16,
    },
}

/// A recovered log.
#[derive(Debug, Default)]
pub(crate) struct RecoveredLog {
    pub(crate) table: DayTable,
    /// Where to append; `None` where there is no file.
    pub(crate) tail: Option<Tail>,
    /// Reports of damage, for operators.
    pub(crate) damage: Vec<String>,
    /// Whether a torn tail was cut off.
    pub(crate) torn: bool,
    /// Whether records are gone that the index still has.
    pub(crate) lost_indexed: bool,
    /// Whether the directory may have names that are not durable yet.
    names_unsynced: bool,
}

/// How many more bytes of frames that the index lacks are verified although tables cover them. The others are verified
/// when the index is built from them, so that a start need not wait.
#[derive(Debug)]
pub(crate) struct Verifying(AtomicU64);

impl Verifying {
    /// So many bytes.
    pub(crate) fn up_to(bytes: u64) -> Self {
        Self(AtomicU64::new(bytes))
    }

    /// Every byte.
    pub(crate) fn all() -> Self {
        Self::up_to(u64::MAX)
    }

    fn takes(&self, bytes: u64) -> bool {
        let less = |left: u64| if left == u64::MAX { Some(left) } else { left.checked_sub(bytes) };
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_ok()
    }
}

/// Recovers the log in a day's directory. The index has the events up to `checkpoint`, so their frames are only read
/// where no table covers them. Later frames are verified, but for those that `verifying` leaves to the tables.
pub(crate) fn recover_log(
    disk: &dyn Disk,
    directory: &Path,
    checkpoint: Seq,
    verifying: &Verifying,
) -> Result<RecoveredLog, RecoveryError> {
    let at = |source| RecoveryError::Io { path: directory.to_owned(), source };
    let entries = disk.list(directory).map_err(at)?;
    for half in entries.iter().filter(|entry| file_name::is_compacting(&entry.name)) {
        // A compaction was interrupted. The file that it was to replace is whole.
        disk.remove_file(&directory.join(&half.name)).map_err(at)?;
    }
    let files: Vec<LogFile> = entries.iter().filter_map(|entry| file_name::parse_log(&entry.name)).collect();
    let recovered = RecoveredLog::default();
    let may_be_copy = damage::may_be_copy(disk, directory).map_err(at)?;
    let mut recovery = Recovery { disk, directory, checkpoint, verifying, may_be_copy, recovered };
    for (place, file) in files.iter().enumerate() {
        let is_last = place + 1 == files.len();
        recovery.file(*file, is_last)?;
    }
    let last_seq = recovery.recovered.table.last_seq();
    if last_seq < checkpoint {
        if recovery.recovered.damage.is_empty() {
            let problem = format!("records up to {checkpoint} were here; those after {last_seq} are gone");
            recovery.report_missing(directory, last_seq, &problem).map_err(at)?;
        }
        recovery.recovered.lost_indexed = true;
    }
    let recovered = recovery.recovered;
    if recovered.names_unsynced {
        disk.sync_dir(directory).map_err(at)?;
    }
    if recovered.torn {
        metrics::counter!("steplog_recovery_torn_tails_total").increment(1);
        tracing::info!(
            directory = %directory.display(),
            "cut off the last append, which is not whole: a crash in the middle of it leaves that"
        );
    }
    Ok(recovered)
}

struct Recovery<'a> {
    disk: &'a dyn Disk,
    directory: &'a Path,
    checkpoint: Seq,
    verifying: &'a Verifying,
    /// Whether the log may be a copy that was made while a server wrote.
    may_be_copy: bool,
    recovered: RecoveredLog,
}

/// What one file still needs when it was walked through.
struct FileState {
    table: FileTable,
    /// Whether something was written and may not be synced.
    unsynced: bool,
    /// Whether a frame states that the file was synced.
    was_synced: bool,
    /// Up to where the file was synced, by its table: tables are stored only of synced frames.
    synced: u64,
}

impl Recovery<'_> {
    fn file(&mut self, name: LogFile, is_last: bool) -> Result<(), RecoveryError> {
        let path = self.directory.join(file_name::log(name));
        let at = |source| RecoveryError::Io { path: path.clone(), source };
        let file = self.disk.open(&path, OpenMode::Write).map_err(at)?;
        let (mut reader, opened) = LogReader::open(&*file, name, self.checkpoint).map_err(at)?;
        let known = FileTable::load(self.disk, self.directory, name).map_err(at)?;
        let synced = known.as_ref().map_or(0, |table| table.end);
        match opened {
            Opened::Newer(version) => return Err(RecoveryError::Newer { path, version }),
            Opened::Unreadable => return self.give_up(&path, name, is_last && synced == 0).map_err(at),
            Opened::Misnamed(found) => {
                return self.put_aside(&path, name, &report_misnamed(found)).map_err(at);
            }
            Opened::Whole | Opened::DamagedHeader => {}
        }
        let trusted = known.filter(|table| {
            table.end <= reader.len()
                && (table.last_seq <= self.checkpoint || !self.verifying.takes(table.end))
        });
        let mut state = FileState {
            table: trusted.unwrap_or_else(|| FileTable::new(name)),
            unsynced: false,
            was_synced: !is_last || self.checkpoint >= name.0 || synced > 0,
            synced,
        };
        if state.table.end > 0 {
            reader.seek(state.table.end);
        }
        self.frames(&mut reader, &*file, is_last, &mut state).map_err(at)?;
        if opened == Opened::DamagedHeader {
            file.write_at(&FileHeader { salt: reader.salt(), first_seq: name.0 }.encode(), 0).map_err(at)?;
            state.unsynced = true;
            if state.was_synced {
                self.report(&path, "its header was damaged and is written anew");
            }
        }
        // A killed process may not have synced its writes, which count as stored from now on.
        if state.unsynced {
            file.sync_data().map_err(at)?;
        }
        self.recovered.names_unsynced |= state.unsynced || !state.was_synced;
        let end = reader.position();
        self.recovered.tail = Some(Tail { file: name, salt: reader.salt(), end });
        self.recovered.table.files.push(state.table);
        Ok(())
    }

    fn frames(
        &mut self,
        reader: &mut LogReader<'_>,
        file: &dyn DiskFile,
        is_last: bool,
        state: &mut FileState,
    ) -> io::Result<()> {
        loop {
            let position = reader.position();
            let scanned = reader.next()?;
            let known = Known {
                is_last,
                synced: state.synced,
                reached_checkpoint: self.reached_checkpoint(&state.table),
            };
            let next = match judge(scanned, position, known) {
                Fate::Keep(header, place) => {
                    state.table.push(place);
                    state.was_synced |= header.synced > 0;
                    if header.last_seq() > self.checkpoint {
                        state.unsynced = true;
                    }
                    continue;
                }
                Fate::Skip => continue,
                Fate::EndsEarly => {
                    self.recovered.lost_indexed |= !known.reached_checkpoint;
                    let path = self.directory.join(file_name::log(reader.name()));
                    let problem = format!("it ends at {position}, {} bytes were written", state.synced);
                    self.report_missing(&path, state.table.last_seq, &problem)?;
                    return self.forget_table(reader.name());
                }
                Fate::End => return Ok(()),
                Fate::CutOff => {
                    self.recovered.torn = true;
                    state.unsynced = true;
                    return file.set_len(position);
                }
                Fate::SetAside { next } => next,
            };
            state.unsynced = true;
            state.was_synced = true;
            self.recovered.lost_indexed |= !self.reached_checkpoint(&state.table);
            self.set_aside(file, reader, position, next)?;
            match next {
                Some(next) => reader.seek(next),
                None => return file.set_len(position),
            }
        }
    }

    /// Whether the log has every event that the index has, so that the index lacks what follows.
    fn reached_checkpoint(&self, current: &FileTable) -> bool {
        self.recovered.table.last_seq().max(current.last_seq) >= self.checkpoint
    }

    /// Copies damage aside and puts a hole in its place.
    fn set_aside(
        &mut self,
        file: &dyn DiskFile,
        reader: &LogReader<'_>,
        from: u64,
        next: Option<u64>,
    ) -> io::Result<()> {
        let name = reader.name();
        let to = next.unwrap_or(reader.len());
        let aside = self.aside_path(&file_name::damaged(name, from))?;
        let copy = match self.disk.open(&aside, OpenMode::CreateNew) {
            // An earlier recovery was interrupted at this point.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.disk.open(&aside, OpenMode::Write)?
            }
            other => other?,
        };
        let mut at = from;
        while at < to {
            let mut bytes = vec![0; (to - at).min(COPY_BYTES) as usize];
            let read = file.read_at(&mut bytes, at)?;
            if read == 0 {
                break;
            }
            copy.write_at(bytes.get(..read).unwrap_or_default(), at - from)?;
            at += read as u64;
        }
        copy.sync_data()?;
        self.disk.sync_dir(&self.directory.join(file_name::DAMAGED_DIR))?;
        self.forget_table(name)?;
        if let Some(hole) = next.and_then(|next| FrameHeader::hole(reader.salt(), next - from)) {
            file.write_at(&hole.encode(), from)?;
        }
        let problem = format!("{} damaged bytes at {from} are set aside in {}", to - from, aside.display());
        self.report(&self.directory.join(file_name::log(name)), &problem);
        Ok(())
    }

    /// Removes the table of a file before the file changes within its range.
    fn forget_table(&self, name: LogFile) -> io::Result<()> {
        match self.disk.remove_file(&self.directory.join(file_name::table(name))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.and_then(|()| self.disk.sync_dir(self.directory)),
        }
    }

    /// Handles a file that has neither a header nor a frame.
    fn give_up(&mut self, path: &Path, name: LogFile, may_be_torn: bool) -> io::Result<()> {
        if may_be_torn && self.recovered.table.last_seq() >= self.checkpoint {
            // A crash interrupted the creation of the file. Nothing in it was acknowledged.
            self.recovered.torn = true;
            self.disk.remove_file(path)?;
            return self.disk.sync_dir(self.directory);
        }
        self.put_aside(path, name, "it is no log any more")
    }

    /// Sets a whole file aside.
    fn put_aside(&mut self, path: &Path, name: LogFile, problem: &str) -> io::Result<()> {
        let aside = self.aside_path(&file_name::damaged(name, 0))?;
        self.forget_table(name)?;
        self.disk.rename(path, &aside)?;
        self.disk.sync_dir(&self.directory.join(file_name::DAMAGED_DIR))?;
        self.report(path, &format!("{problem}; it is set aside as {}", aside.display()));
        self.recovered.lost_indexed |= self.recovered.table.last_seq() < self.checkpoint;
        self.disk.sync_dir(self.directory)
    }

    fn aside_path(&self, name: &str) -> io::Result<PathBuf> {
        let directory = self.directory.join(file_name::DAMAGED_DIR);
        self.disk.create_dir(&directory)?;
        self.disk.sync_dir(self.directory)?;
        Ok(directory.join(name))
    }

    /// Reports and notes that events are missing without a byte left.
    fn report_missing(&mut self, path: &Path, after: Seq, problem: &str) -> io::Result<()> {
        if !self.may_be_copy {
            damage::note(self.disk, self.directory, after, &format!("{}: {problem}", path.display()))?;
        }
        self.report(path, problem);
        Ok(())
    }

    fn report(&mut self, path: &Path, problem: &str) {
        metrics::counter!("steplog_recovery_damages_total").increment(1);
        tracing::error!(path = %path.display(), problem, "damage in the record log");
        self.recovered.damage.push(format!("{}: {problem}", path.display()));
    }
}
