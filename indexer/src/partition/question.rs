//! What one question reads of a day's records.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;
use steplog_model::store::StoreError;

use super::Partition;
use crate::search::Records;

/// Why a question about a day failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot read records of {day}")]
pub(crate) struct UnreadableRecords {
    pub(crate) day: String,
    pub(crate) source: io::Error,
}

/// Reads the records of a partition for one question, and remembers whether some were unreadable.
pub(crate) struct QuestionRecords {
    partition: Arc<Partition>,
    damaged: AtomicBool,
}

impl QuestionRecords {
    pub(crate) fn new(partition: &Arc<Partition>) -> Self {
        Self { partition: Arc::clone(partition), damaged: AtomicBool::new(false) }
    }

    /// Whether events were left out because they could not be read.
    pub(crate) fn left_some_out(&self) -> bool {
        self.damaged.load(Ordering::Acquire)
    }
}

impl Records for QuestionRecords {
    fn read_within(&self, seqs: &[Seq], bytes: usize) -> Result<(Vec<StoredEvent>, usize), StoreError> {
        let read = match self.partition.records.read_within(seqs, bytes) {
            Ok(read) => read,
            // The day was dropped, and its files removed, during the question.
            Err(_) if self.partition.is_dropped() => {
                self.damaged.store(true, Ordering::Release);
                return Ok((Vec::new(), seqs.len()));
            }
            Err(source) => {
                return Err(StoreError::failed(UnreadableRecords { day: self.partition.label(), source }));
            }
        };
        if read.damaged > 0 {
            self.partition.note_damaged_records(seqs.iter().min().copied().unwrap_or_default());
            self.damaged.store(true, Ordering::Release);
        }
        Ok((read.events, read.taken))
    }
}
