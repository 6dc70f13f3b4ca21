//! From a day's events to the frames of its log.

use std::io;

use steplog_model::event::StoredEvent;
use steplog_model::ids::Tenant;

use super::day::DayWriter;
use super::training::Training;
use crate::config::APPENDED_FRAME_BYTES;
use crate::log::dictionary::Dictionary;
use crate::log::frame::{Compressor, FrameEncoder};

/// Fills frames with a day's events.
pub(super) struct Framing<'a> {
    pub(super) writer: &'a mut DayWriter,
    pub(super) training: &'a mut Training,
    pub(super) tenant: &'a Tenant,
    pub(super) encoder: &'a mut FrameEncoder,
    pub(super) compressor: &'a mut Compressor,
    pub(super) dictionary: Option<&'a Dictionary>,
}

impl Framing<'_> {
    /// Appends all of the events.
    pub(super) fn append(&mut self, events: &[StoredEvent]) -> io::Result<()> {
        let appended = self.append_frames(events);
        self.encoder.forget_origins();
        appended
    }

    fn append_frames(&mut self, events: &[StoredEvent]) -> io::Result<()> {
        for stored in events {
            if self.encoder.ends_before(stored, APPENDED_FRAME_BYTES) {
                self.end_frame()?;
            }
            self.encoder.add(stored);
        }
        if self.encoder.count() > 0 { self.end_frame() } else { Ok(()) }
    }

    fn end_frame(&mut self) -> io::Result<()> {
        if self.dictionary.is_none() {
            self.training.gather(self.tenant, self.encoder);
        }
        self.writer.plain_bytes += self.encoder.plain_bytes() as u64;
        self.writer.appender.append(self.encoder, self.compressor, self.dictionary)
    }
}
