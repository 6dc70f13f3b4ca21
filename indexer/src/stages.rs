//! Single stages of the store, for benchmarks that measure each of them.

use std::io;
use std::path::Path;
use std::sync::Arc;

use steplog_model::event::StoredEvent;
use tantivy::directory::RamDirectory;

use crate::config::APPENDED_FRAME_BYTES;
use crate::disk::RealDisk;
use crate::index::{DayIndex, IndexCache, SegmentBuilder};
use crate::log::append::Appender;
use crate::log::frame::{Compressor, FrameEncoder};

/// Frames of a record log, compressed as the store does it, without a dictionary.
#[derive(Debug)]
pub struct Append {
    appender: Appender,
    encoder: FrameEncoder,
    compressor: Compressor,
}

impl Append {
    /// A log in an empty directory.
    ///
    /// # Errors
    /// As the compressor says.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let appender = Appender::new(Arc::new(RealDisk), directory, 64 << 20, None);
        Ok(Self { appender, encoder: FrameEncoder::default(), compressor: Compressor::new(1)? })
    }

    /// Encodes, compresses and writes events whose seqs have no gaps, without a sync.
    ///
    /// # Errors
    /// As the disk says.
    pub fn append(&mut self, events: &[StoredEvent]) -> io::Result<()> {
        for stored in events {
            if self.encoder.ends_before(stored, APPENDED_FRAME_BYTES) {
                self.end_frame()?;
            }
            self.encoder.add(stored);
        }
        if self.encoder.count() > 0 {
            self.end_frame()?;
        }
        self.encoder.forget_origins();
        self.appender.write()
    }

    fn end_frame(&mut self) -> io::Result<()> {
        self.appender.append(&mut self.encoder, &mut self.compressor, None)
    }

    /// Syncs what was appended since the last call.
    ///
    /// # Errors
    /// As the disk says.
    pub fn sync(&mut self) -> io::Result<()> {
        self.appender.sync().map(|_| ())
    }
}

/// The index of a day, in memory.
pub struct Index(DayIndex);

/// A segment that is being filled.
pub struct Segment(SegmentBuilder);

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Index")
    }
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Segment")
    }
}

impl Index {
    /// An empty index.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn new() -> io::Result<Self> {
        let cache = Arc::new(IndexCache::new(64 << 20));
        DayIndex::open(Box::new(RamDirectory::create()), &cache).map(Self).map_err(io::Error::other)
    }

    /// An empty segment of it.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn segment(&self) -> io::Result<Segment> {
        self.0.builder().map(Segment).map_err(io::Error::other)
    }

    /// Writes a segment and its side files, and makes it searchable.
    ///
    /// # Errors
    /// Where it cannot be written, or its events arrived before those of one that was committed.
    pub fn commit(&self, segment: Segment) -> io::Result<()> {
        self.0.commit(segment.0, 0).map_err(io::Error::other)
    }
}

impl Segment {
    /// Adds events in the order of their arrival numbers.
    ///
    /// # Errors
    /// Where they are not in that order.
    pub fn add(&mut self, events: &[StoredEvent]) -> io::Result<()> {
        events.iter().try_for_each(|stored| self.0.add(stored)).map_err(io::Error::other)
    }
}
