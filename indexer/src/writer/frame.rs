//! From a day's events to the frames of its log.

use std::io;

use steplog_model::event::StoredEvent;
use steplog_model::ids::Tenant;

use super::day::DayWriter;
use super::training::Training;
use crate::config::FRAME_BYTES;
use crate::log::dictionary::{Compressor, Dictionary};
use crate::log::payload::FrameEncoder;

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
    /// Appends all of the events. A frame ends where it is large enough, and where the numbers have a
    /// gap because events of other days came in between: in a frame they are consecutive.
    pub(super) fn append(&mut self, events: &[StoredEvent]) -> io::Result<()> {
        let appended = self.append_runs(events);
        self.encoder.forget_origins();
        appended
    }

    fn append_runs(&mut self, events: &[StoredEvent]) -> io::Result<()> {
        for run in events.chunk_by(|one, next| one.seq + 1 == next.seq) {
            let mut first_seq = 0;
            for stored in run {
                if self.encoder.is_full(FRAME_BYTES, &stored.event) {
                    self.end_frame(first_seq)?;
                }
                if self.encoder.count() == 0 {
                    first_seq = stored.seq;
                }
                self.encoder.push(&stored.event);
            }
            if self.encoder.count() > 0 {
                self.end_frame(first_seq)?;
            }
        }
        Ok(())
    }

    fn end_frame(&mut self, first_seq: u64) -> io::Result<()> {
        if self.dictionary.is_none() {
            self.training.gather(self.tenant, self.encoder);
        }
        self.writer.plain_bytes += self.encoder.plain_bytes() as u64;
        self.writer.appender.append(first_seq, self.encoder, self.compressor, self.dictionary)
    }
}
