//! Appends frames to a day's log, group by group. Each group is synced or rolled back as a whole.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use steplog_model::ids::Seq;

use super::dictionary::Dictionary;
use super::file_header::{FILE_HEADER_BYTES, FileHeader};
use super::file_name::{self, LogFile};
use super::frame::{Compressor, Draft, FrameEncoder};
use super::table::FramePlace;
use crate::disk::{Disk, DiskDir, DiskFile, OpenMode};

/// How far files are preallocated ahead of their end, at least and at most, so that a sync need not wait for the file
/// system to allocate. A day of few events stays small.
const ALLOCATE_BYTES: std::ops::RangeInclusive<u64> = (256 << 10)..=(8 << 20);

/// Where the next frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) file: LogFile,
    /// The salt of its frames.
    pub(crate) salt: u32,
    /// The end of its last frame. All before is synced.
    pub(crate) end: u64,
}

/// The writing end of a day's log.
#[derive(Debug)]
pub(crate) struct Appender {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    /// The largest size of a file. A larger one is followed by a new file.
    file_bytes: u64,
    open: Option<OpenFile>,
    /// The directory, while a file is open. With it a new file can be created and rolled back without another
    /// descriptor.
    dir: Option<Arc<dyn DiskDir>>,
    /// Where the log ended when the group began, if it had a file.
    before_group: Option<Tail>,
    /// Files created by this group.
    new_files: Vec<LogFile>,
    /// Frames of this group.
    frames: Vec<FramePlace>,
    /// Frames that are not yet in the file.
    buffer: Vec<u8>,
    /// Whether a group is still to be rolled back. Nothing is written before.
    unsettled: bool,
    /// Whether a sync failed. Then it is unknown which writes are durable.
    sync_failed: bool,
}

#[derive(Debug)]
struct OpenFile {
    /// `None` while the day is idle.
    handle: Option<Arc<dyn DiskFile>>,
    file: LogFile,
    salt: u32,
    end: u64,
    synced: u64,
    allocated: u64,
}

impl Appender {
    /// Appends at `tail`; where there is none, to a new file.
    pub(crate) fn new(disk: Arc<dyn Disk>, directory: &Path, file_bytes: u64, tail: Option<Tail>) -> Self {
        let open = tail.map(OpenFile::at);
        Self {
            disk,
            directory: directory.to_owned(),
            file_bytes,
            open,
            dir: None,
            before_group: tail,
            new_files: Vec::new(),
            frames: Vec::new(),
            buffer: Vec::new(),
            unsettled: false,
            sync_failed: false,
        }
    }

    /// Whether it holds a file open.
    pub(crate) fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.handle.is_some())
    }

    /// Whether a sync failed. Nothing may be written until a restart has found what is durable.
    pub(crate) fn sync_failed(&self) -> bool {
        self.sync_failed
    }

    /// Whether a group is still to be rolled back.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.unsettled
    }

    /// Whether the open file is still at its path, and was not moved or removed with a directory above it.
    pub(crate) fn is_in_place(&self) -> bool {
        let Some((file, handle)) =
            self.open.as_ref().and_then(|open| Some((open.file, open.handle.as_ref()?)))
        else {
            return true;
        };
        let named = self.disk.file_id(&self.directory.join(file_name::log(file)));
        matches!((named, handle.id()), (Ok(named), Ok(written)) if named == written)
    }

    /// Adds the events of the encoder as the next frame of the group, and clears the encoder.
    pub(crate) fn append(
        &mut self,
        encoder: &mut FrameEncoder,
        compressor: &mut Compressor,
        dictionary: Option<&Dictionary>,
    ) -> io::Result<()> {
        let start = self.buffer.len();
        let (first_seq, count) = (encoder.first_seq(), encoder.count() as u32);
        let draft = Draft { first_seq, count, rows: encoder.finish(), pieces: None, dictionary };
        let mut header = draft.write(compressor, &mut self.buffer)?;
        encoder.clear();
        let mut frame = self.buffer.split_off(start);
        self.roll_if_full(first_seq, frame.len() as u64)?;
        let Some(open) = &self.open else { return Err(io::Error::other("no log file")) };
        let offset = open.end + self.buffer.len() as u64;
        header.place(open.salt, open.synced, &mut frame);
        let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
        self.buffer.extend_from_slice(&frame);
        self.frames.push(FramePlace { file: open.file, offset, length, first_seq, count });
        Ok(())
    }

    /// Writes the group's frames to the file. They are durable only after [`Self::sync`].
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if self.buffer.is_empty() {
            return Ok(());
        }
        let handle = open.handle(&*self.disk, &self.directory)?;
        let end = open.end + self.buffer.len() as u64;
        if end > open.allocated {
            let ahead = end.clamp(*ALLOCATE_BYTES.start(), *ALLOCATE_BYTES.end());
            let wanted = (end + ahead).min(self.file_bytes).max(end);
            // Where there is no room ahead, the write itself may still fit.
            open.allocated = if handle.allocate(wanted).is_ok() { wanted } else { end };
        }
        handle.write_at(&self.buffer, open.end)?;
        open.end = end;
        self.buffer.clear();
        Ok(())
    }

    /// Makes the group durable. Returns its frames, and the files that it filled up.
    pub(crate) fn sync(&mut self) -> io::Result<(Vec<FramePlace>, Vec<LogFile>)> {
        let mut filled = Vec::new();
        if let Some(open) = &mut self.open {
            let handle = open.handle(&*self.disk, &self.directory)?;
            handle.sync_data().inspect_err(|_| self.sync_failed = true)?;
            open.synced = open.end;
            let before = self.before_group.map(|tail| tail.file);
            filled
                .extend(before.into_iter().chain(self.new_files.drain(..)).filter(|file| *file != open.file));
            self.before_group = Some(open.tail());
        }
        Ok((std::mem::take(&mut self.frames), filled))
    }

    /// Rolls the group back, durably. A failure is retried before anything else is written. After a failed sync nothing
    /// is retried or written: another sync would succeed without proving anything.
    pub(crate) fn roll_back(&mut self) -> io::Result<()> {
        if self.sync_failed {
            return Err(io::Error::other("a sync failed"));
        }
        self.buffer.clear();
        self.frames.clear();
        self.unsettled = true;
        self.roll_back_files()?;
        self.unsettled = false;
        Ok(())
    }

    fn roll_back_files(&mut self) -> io::Result<()> {
        let tail = self.before_group;
        if self.open.as_ref().map(|open| open.file) != tail.map(|tail| tail.file) {
            self.open = tail.map(OpenFile::at);
        }
        if !self.new_files.is_empty() {
            let dir = self.dir()?;
            for file in &self.new_files {
                match self.disk.remove_file(&self.directory.join(file_name::log(*file))) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            dir.sync().inspect_err(|_| self.sync_failed = true)?;
            self.new_files.clear();
        }
        let (Some(open), Some(tail)) = (&mut self.open, tail) else { return Ok(()) };
        let handle = open.handle(&*self.disk, &self.directory)?;
        handle.set_len(tail.end)?;
        (open.end, open.synced, open.allocated) = (tail.end, tail.end, tail.end);
        handle.sync_data().inspect_err(|_| self.sync_failed = true)
    }

    /// Closes the file for good: the next group starts another one. To be called between groups only.
    pub(crate) fn seal(&mut self) -> io::Result<()> {
        self.close()?;
        self.open = None;
        self.before_group = None;
        Ok(())
    }

    /// Cuts off the zeros behind the last frame, and closes the file until the next group.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        if self.unsettled {
            self.roll_back()?;
        }
        self.dir = None;
        let Some(open) = &mut self.open else { return Ok(()) };
        if let Some(handle) = open.handle.take() {
            handle.set_len(open.synced)?;
            handle.sync_data().inspect_err(|_| self.sync_failed = true)?;
            open.allocated = open.synced;
        }
        Ok(())
    }

    fn dir(&mut self) -> io::Result<Arc<dyn DiskDir>> {
        if let Some(dir) = &self.dir {
            return Ok(Arc::clone(dir));
        }
        let dir = self.disk.open_dir(&self.directory)?;
        self.dir = Some(Arc::clone(&dir));
        Ok(dir)
    }

    /// Opens a new file where there is none or the frame would make it too long.
    fn roll_if_full(&mut self, first_seq: Seq, frame_bytes: u64) -> io::Result<()> {
        if let Some(open) = &self.open {
            let end = open.end + self.buffer.len() as u64;
            if end <= FILE_HEADER_BYTES as u64 || end + frame_bytes <= self.file_bytes {
                return Ok(());
            }
        }
        self.write()?;
        if let Some(open) = &mut self.open {
            // All files but the last are whole: damage in them is never a torn append.
            let handle = open.handle(&*self.disk, &self.directory)?;
            handle.set_len(open.end)?;
            handle.sync_data().inspect_err(|_| self.sync_failed = true)?;
        }
        let dir = self.dir()?;
        // Before the file is created, so that a rollback removes it after a failure, too.
        let file = LogFile(first_seq);
        self.new_files.push(file);
        let path = self.directory.join(file_name::log(file));
        let handle = self.disk.open(&path, OpenMode::CreateNew)?;
        let salt = steplog_model::random::number() as u32;
        handle.write_at(&FileHeader { salt, first_seq }.encode(), 0)?;
        dir.sync().inspect_err(|_| self.sync_failed = true)?;
        let end = FILE_HEADER_BYTES as u64;
        self.open = Some(OpenFile { handle: Some(handle), file, salt, end, synced: 0, allocated: end });
        Ok(())
    }
}

impl OpenFile {
    fn at(tail: Tail) -> Self {
        let Tail { file, salt, end } = tail;
        Self { handle: None, file, salt, end, synced: end, allocated: end }
    }

    fn tail(&self) -> Tail {
        Tail { file: self.file, salt: self.salt, end: self.end }
    }

    fn handle(&mut self, disk: &dyn Disk, directory: &Path) -> io::Result<Arc<dyn DiskFile>> {
        if let Some(handle) = &self.handle {
            return Ok(Arc::clone(handle));
        }
        let handle = disk.open(&directory.join(file_name::log(self.file)), OpenMode::Write)?;
        self.handle = Some(Arc::clone(&handle));
        Ok(handle)
    }
}
