//! Batches for days whose stored ids are not known yet. Such an event may be a duplicate or not, so the batch is
//! refused and its sender retries.

use std::collections::BTreeSet;
use std::time::Duration;

use steplog_model::event::EventBatch;
use steplog_model::store::IngestError;
use steplog_model::time::UtcDay;

use crate::config::READ_AT_ONCE_EVENTS;

use super::Writer;
use super::day::unread;
use super::group::own_day_only;

/// When senders retry: a day's ids are read within seconds.
const RETRY_UNREAD: Duration = Duration::from_secs(1);

impl Writer {
    /// Finds the days whose ids are not known.
    pub(super) fn look_for_unread(&mut self) {
        if !self.state.env.ids.is_in_use() && self.unread.is_empty() {
            return;
        }
        self.unread.clear();
        let mut few = READ_AT_ONCE_EVENTS;
        for (key, writer) in self.days.iter_mut().rev() {
            if writer.partition.ids.is_in_use() {
                writer.refresh();
                // The thread that reads ids retries, and reports failures. Other days take events meanwhile.
                let read = writer.read_few_ids(&mut few);
                if read.is_err() || !writer.knows_ids() {
                    self.unread.push(key.clone());
                }
            }
        }
        metrics::gauge!("steplog_append_unready_days").set(self.unread.len() as f64);
    }

    /// Why a batch is refused: one of its events may be in a day whose ids are not known.
    pub(super) fn unread_refusal(&self, batch: &EventBatch) -> Option<IngestError> {
        let mut unread_days = self.unread.iter().filter(|key| key.0 == batch.tenant).peekable();
        unread_days.peek()?;
        let anywhere = batch.events.iter().any(|event| !own_day_only(event));
        let days: BTreeSet<UtcDay> = batch.events.iter().map(|event| event.time.day()).collect();
        let concerned = unread_days.filter(|key| anywhere || days.contains(&key.1));
        let mut reason = None;
        for writer in concerned.filter_map(|key| self.days.get(key)) {
            // All of these days are marked, so that they are read next.
            writer.partition.ids.want();
            reason.get_or_insert_with(|| unread(&writer.partition));
        }
        Some(unready(reason?))
    }
}

/// The reply to a batch that its sender is to retry.
pub(super) fn unready(reason: String) -> IngestError {
    metrics::counter!("steplog_append_unready_batches_total").increment(1);
    IngestError::Unready { reason, retry_after: RETRY_UNREAD }
}
