//! A block of a log file in memory.

use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;

use super::frame::{DecodeError, DecodedFrame};

/// The frames of one block in memory.
#[derive(Debug)]
pub(crate) struct DecodedBlock {
    pub(super) frames: Vec<DecodedFrame>,
    /// How many frames could not be read.
    pub(super) damaged: usize,
    /// The seq after the last one that the block held when it was read.
    pub(super) end_seq: Seq,
}

impl DecodedBlock {
    /// A block to which frames are to be added.
    pub(super) fn empty(first_seq: Seq) -> Self {
        Self { frames: Vec::new(), damaged: 0, end_seq: first_seq }
    }

    pub(super) fn size_bytes(&self) -> usize {
        size_of::<Self>() + self.frames.iter().map(DecodedFrame::size_bytes).sum::<usize>()
    }

    /// The events of seqs, which ascend; `None` for those that the block does not have.
    pub(super) fn pick(&self, seqs: &[Seq]) -> Vec<Option<Result<StoredEvent, DecodeError>>> {
        let mut picked = Vec::with_capacity(seqs.len());
        let mut rest = seqs;
        while let Some(first) = rest.first() {
            let after = self.frames.partition_point(|frame| frame.first_seq() <= *first);
            let end = self.frames.get(after).map_or(Seq::MAX, DecodedFrame::first_seq);
            let (own, others) = rest.split_at(rest.partition_point(|seq| *seq < end).max(1));
            match after.checked_sub(1).and_then(|frame| self.frames.get(frame)) {
                Some(frame) => picked.extend(frame.pick(own)),
                None => picked.extend(own.iter().map(|_| None)),
            }
            rest = others;
        }
        picked
    }
}
