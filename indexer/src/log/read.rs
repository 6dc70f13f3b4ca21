//! Reads a log file frame by frame and reports what it finds. It decides and changes nothing.

use std::collections::BTreeMap;
use std::io;

use super::file_header::{FILE_HEADER_BYTES, FileHeader, ParsedFileHeader};
use super::file_name::{self, LogFile};
use super::frame::{FRAME_HEADER_BYTES, FrameHeader, MAX_PLAIN_BYTES};
use super::table::FramePlace;
use crate::disk::{DiskFile, read_exact_at};
use steplog_model::ids::Seq;

/// How much is read at once where no frame tells how much to read.
const CHUNK_BYTES: usize = 256 << 10;

/// What the reader found at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// A frame; its payload is in [`LogReader::payload`] where it was to be verified.
    Frame(FrameHeader, FramePlace),
    /// A hole that an earlier recovery left.
    Hole,
    /// The end: nothing but zeros from here.
    Clean,
    /// A torn append: nothing in the file shows that anything from here was acknowledged.
    TornTail {
        /// The next whole frame.
        next: Option<u64>,
    },
    /// Damage: what was here was acknowledged. The next frame is at `next`; without one, the rest of the file is
    /// damaged.
    Corrupt {
        /// The next whole frame.
        next: Option<u64>,
    },
}

/// What the start of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// A header.
    Whole,
    /// The header is damaged; the frames' salt was learnt from the frames.
    DamagedHeader,
    /// The header of another log file, under this one's name.
    Misnamed(LogFile),
    /// Neither a header nor a frame.
    Unreadable,
    /// A format that this program does not know.
    Newer(u16),
}

/// The report of a file that is [`Opened::Misnamed`].
pub(crate) fn report_misnamed(found: LogFile) -> String {
    format!("it is {} under another name, as after a restore that mixed files up", file_name::log(found))
}

/// Walks through one log file.
#[derive(Debug)]
pub(crate) struct LogReader<'a> {
    file: &'a dyn DiskFile,
    name: LogFile,
    len: u64,
    salt: u32,
    at: u64,
    /// Frames with a last seq above this are verified. Of others only the header is read.
    verify_after: Seq,
    payload: Vec<u8>,
}

impl<'a> LogReader<'a> {
    /// A reader at the first frame of the file `name`.
    pub(crate) fn open(
        file: &'a dyn DiskFile,
        name: LogFile,
        verify_after: Seq,
    ) -> io::Result<(Self, Opened)> {
        let len = file.len()?;
        let at = FILE_HEADER_BYTES as u64;
        let mut reader = Self { file, name, len, salt: 0, at, verify_after, payload: Vec::new() };
        let mut header = [0; FILE_HEADER_BYTES];
        file.read_at(&mut header, 0)?;
        let opened = match FileHeader::parse(&header) {
            ParsedFileHeader::Known(header) => {
                reader.salt = header.salt;
                let found = LogFile(header.first_seq);
                if found == name { Opened::Whole } else { Opened::Misnamed(found) }
            }
            ParsedFileHeader::Newer(version) => Opened::Newer(version),
            ParsedFileHeader::Bad => reader.learn_salt()?,
        };
        Ok((reader, opened))
    }

    /// Finds the salt of the first frame. Where that is damaged too, it is the salt that most bytes of frames have: a
    /// sender may have put bytes that look like frames into records, but those are fewer than the real frames.
    fn learn_salt(&mut self) -> io::Result<Opened> {
        if let Some(header) = self.header_at(self.at)? {
            self.salt = header.salt;
            return Ok(Opened::DamagedHeader);
        }
        let mut bytes_of: BTreeMap<u32, u64> = BTreeMap::new();
        let mut from = self.at;
        while let Some((at, header)) = self.search_prefix(from, &FrameHeader::prefix(0)[..4])? {
            *bytes_of.entry(header.salt).or_default() += header.frame_bytes();
            from = at + header.frame_bytes();
        }
        let most = bytes_of.into_iter().max_by_key(|(_, bytes)| *bytes);
        Ok(most.map_or(Opened::Unreadable, |(salt, _)| {
            self.salt = salt;
            Opened::DamagedHeader
        }))
    }

    /// The salt of the file's frames.
    pub(crate) fn salt(&self) -> u32 {
        self.salt
    }

    /// Which file it reads.
    pub(crate) fn name(&self) -> LogFile {
        self.name
    }

    /// The reader's position.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// The length of the file.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Moves to a position where a frame is known to start.
    pub(crate) fn seek(&mut self, to: u64) {
        self.at = to;
    }

    /// The payload of the frame that was read last, if it was verified.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Reads at the position. After a frame or hole the reader moves behind it; otherwise it stays.
    pub(crate) fn next(&mut self) -> io::Result<Scanned> {
        match self.frame_at(self.at, false)? {
            Some(header) => {
                let offset = self.at;
                self.at += header.frame_bytes();
                if header.count == 0 {
                    return Ok(Scanned::Hole);
                }
                Ok(Scanned::Frame(header, self.place(&header, offset)))
            }
            None if self.zeros_from(self.at)? => Ok(Scanned::Clean),
            None => self.judge_damage(),
        }
    }

    fn place(&self, header: &FrameHeader, offset: u64) -> FramePlace {
        let length = u32::try_from(header.frame_bytes()).unwrap_or(u32::MAX);
        FramePlace { file: self.name, offset, length, first_seq: header.first_seq, count: header.count }
    }

    /// Looks for later frames. One that states this position as synced proves that it was acknowledged.
    fn judge_damage(&mut self) -> io::Result<Scanned> {
        let damaged = self.at;
        let mut next = None;
        let mut from = damaged + 1;
        while let Some((at, header)) = self.search(from)? {
            next = next.or(Some(at));
            if header.synced > damaged {
                return Ok(Scanned::Corrupt { next });
            }
            from = at + header.frame_bytes();
        }
        Ok(Scanned::TornTail { next })
    }

    /// The first whole frame at or after `from`, wherever it starts.
    fn search(&mut self, from: u64) -> io::Result<Option<(u64, FrameHeader)>> {
        self.search_prefix(from, &FrameHeader::prefix(self.salt))
    }

    fn search_prefix(&mut self, from: u64, prefix: &[u8]) -> io::Result<Option<(u64, FrameHeader)>> {
        let any_salt = prefix.len() < 8;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut at = from;
        while at + FRAME_HEADER_BYTES as u64 <= self.len {
            let read = self.file.read_at(&mut chunk, at)?;
            let bytes = chunk.get(..read).unwrap_or_default();
            let starts = bytes.windows(prefix.len()).enumerate().filter(|(_, window)| *window == prefix);
            for (start, _) in starts {
                let candidate = at + start as u64;
                if any_salt {
                    self.salt = self.header_at(candidate)?.map_or(0, |header| header.salt);
                }
                if let Some(header) = self.frame_at(candidate, true)? {
                    return Ok(Some((candidate, header)));
                }
            }
            if read < chunk.len() {
                break;
            }
            at += (read - (prefix.len() - 1)) as u64;
        }
        Ok(None)
    }

    fn header_at(&self, at: u64) -> io::Result<Option<FrameHeader>> {
        if at.saturating_add(FRAME_HEADER_BYTES as u64) > self.len {
            return Ok(None);
        }
        let mut bytes = [0; FRAME_HEADER_BYTES];
        read_exact_at(self.file, &mut bytes, at)?;
        Ok(FrameHeader::parse(&bytes))
    }

    /// The frame at a place, if there is a whole one.
    fn frame_at(&mut self, at: u64, verify: bool) -> io::Result<Option<FrameHeader>> {
        self.payload.clear();
        let Some(header) = self.header_at(at)? else { return Ok(None) };
        if header.salt != self.salt || at + header.frame_bytes() > self.len {
            return Ok(None);
        }
        let hole = header.count == 0;
        if hole || !(verify || header.last_seq() > self.verify_after) {
            return Ok(Some(header));
        }
        // Compressed bytes are hardly ever more than plain ones.
        if header.payload_bytes as usize > 2 * MAX_PLAIN_BYTES {
            return Ok(None);
        }
        self.payload.resize(header.payload_bytes as usize, 0);
        read_exact_at(self.file, &mut self.payload, at + FRAME_HEADER_BYTES as u64)?;
        Ok((crc32c::crc32c(&self.payload) == header.payload_crc).then_some(header))
    }

    fn zeros_from(&self, from: u64) -> io::Result<bool> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut at = from;
        while at < self.len {
            let read = self.file.read_at(&mut chunk, at)?;
            if chunk.iter().take(read).any(|byte| *byte != 0) {
                return Ok(false);
            }
            if read < chunk.len() {
                break;
            }
            at += read as u64;
        }
        Ok(true)
    }
}
