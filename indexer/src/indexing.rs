//! Adds durable events to their days' indexes.
//!
//! The writer sends events in order. Events that it did not send (after a start, after a failed commit, while an index
//! is rebuilt) are read from the record log. A day's events fill a segment builder. A commit takes the builder, and
//! indexing continues with a new one. A long backfill from a log fills several builders in parallel.

mod day;
mod pause;
mod stretches;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rapidhash::RapidHashMap;
use steplog_model::ids::Seq;

use crate::health::cannot_index;
use crate::index::{IndexError, SegmentBuilder};
use crate::pace::Pace;
use crate::partition::Partition;
use crate::state::StoreState;
use crate::workers::threads;
use crate::writer::DayGroup;
use day::IndexedDay;
use pause::Pause;
use stretches::Portion;

/// How many bytes of records are read from a log before other work gets a turn.
const CATCH_UP_BYTES: usize = if cfg!(test) { 16 << 10 } else { 4 << 20 };

/// The indexing of one store. Driven by one thread.
pub(crate) struct Indexing {
    state: Arc<StoreState>,
    /// Days that have events to index, by the partition's number.
    days: RapidHashMap<u64, IndexedDay>,
    /// How many days had been dropped when `days` was cleaned last.
    drops: u64,
    /// When the oldest uncommitted event was added.
    oldest: Option<Instant>,
    /// Whether a commit is running.
    committing: bool,
    /// The memory of the builders in that commit.
    committing_bytes: usize,
    /// The pause after an index could not be replaced.
    replacing: Pause,
}

/// Builders to be committed, by another thread.
pub(crate) struct CommitJob {
    state: Arc<StoreState>,
    parts: Vec<CommitPart>,
}

struct CommitPart {
    partition: Arc<Partition>,
    generation: u64,
    /// In the order of their events.
    builders: Vec<SegmentBuilder>,
    checkpoint: Seq,
}

/// The result of a [`CommitJob`].
pub(crate) struct CommitOutcome {
    parts: Vec<(Arc<Partition>, Committed)>,
}

/// The result of one day's commit; `None` where the index was replaced since.
type Committed = Option<Result<(), IndexError>>;

impl CommitJob {
    /// Writes the segments and makes their events searchable.
    pub(crate) fn run(self) -> CommitOutcome {
        let start = Instant::now();
        let commit = |part: CommitPart| {
            let CommitPart { partition, generation, builders, checkpoint } = part;
            let result = partition.with_index(generation, |index| {
                self.state.check_place().map_err(IndexError::Io)?;
                index.commit_all(builders, checkpoint)
            });
            (partition, result)
        };
        let parts = self.parts.into_iter().map(commit).collect();
        metrics::histogram!("steplog_commit_seconds").record(start.elapsed().as_secs_f64());
        CommitOutcome { parts }
    }
}

impl Indexing {
    /// Starts with the events that the logs have and the indexes lack.
    pub(crate) fn new(state: Arc<StoreState>) -> Self {
        let drops = state.drops();
        let mut indexing = Self {
            state,
            days: RapidHashMap::default(),
            drops,
            oldest: None,
            committing: false,
            committing_bytes: 0,
            replacing: Pause::default(),
        };
        for partition in indexing.state.partitions() {
            if partition.records.last_seq() > partition.index().0.checkpoint() {
                indexing.days.insert(partition.number, IndexedDay::behind(partition));
            }
        }
        indexing
    }

    /// Adds durable events. Events that cannot be added now are read from the log later.
    pub(crate) fn index_group(&mut self, group: &DayGroup, now: Instant) {
        let partition = &group.partition;
        if partition.is_dropped() {
            return;
        }
        let is_full = self.is_full();
        let day = self.days.entry(partition.number);
        let day = day.or_insert_with(|| IndexedDay::new(Arc::clone(partition)));
        if is_full && day.memory_bytes() == 0 {
            // A builder needs megabytes for its first event. Where a group has many days, those that find no memory are
            // read from the log once others are committed.
            day.fall_behind();
        } else {
            day.add_group(group, now);
        }
        if day.has_new() {
            self.oldest.get_or_insert(now);
        }
    }

    /// Releases dropped days and their builders.
    pub(crate) fn forget_dropped_days(&mut self) {
        let drops = self.state.drops();
        if drops != self.drops {
            self.days.retain(|_, day| !day.partition().is_dropped());
            self.drops = drops;
        }
    }

    /// Backfills a portion of one day's events from its log. Returns `false` where no day needs that now.
    pub(crate) fn catch_up(&mut self, now: Instant) -> bool {
        let due = |day: &&mut IndexedDay| day.is_behind() && day.pause().is_over(now);
        // Days that senders wait for come first, then the newest: it gets most questions.
        let first = |day: &&mut IndexedDay| (day.partition().ids.is_wanted(), day.partition().key.1);
        let Some(day) = self.days.values_mut().filter(due).max_by_key(first) else { return false };
        let ahead_bytes = self.state.settings.store_builder_bytes / (2 * threads());
        if let Err(error) = day.catch_up(Portion { bytes: CATCH_UP_BYTES, ahead_bytes }, now)
            && !day.partition().is_dropped()
        {
            report(&self.state, day.partition(), &error);
        }
        if day.has_new() {
            self.oldest.get_or_insert(now);
        }
        true
    }

    /// Replaces damaged indexes, unless a commit is running.
    pub(crate) fn replace_damaged(&mut self, now: Instant) {
        if self.committing || !self.replacing.is_over(now) {
            return;
        }
        for partition in self.state.partitions().into_iter().filter(|partition| partition.is_index_damaged())
        {
            let label = partition.label();
            let replaced = self.state.check_place();
            let replaced =
                replaced.and_then(|()| partition.replace_index().map_err(|error| error.to_string()));
            let notice = match replaced {
                Ok(()) => {
                    self.replacing.forget();
                    format!("the index of {label} was damaged and is built anew from the records")
                }
                Err(error) => {
                    self.replacing.begin(now);
                    format!("the index of {label} is damaged and cannot be replaced yet: {error}")
                }
            };
            if self.state.health.notice(&format!("index {label}"), notice.clone()) {
                tracing::error!(notice, "an index is replaced");
            }
            if !partition.is_index_damaged() {
                self.days.insert(partition.number, IndexedDay::behind(partition));
            }
        }
    }

    /// Whether an index is damaged.
    pub(crate) fn has_damaged(&self) -> bool {
        self.state.partitions().iter().any(|partition| partition.is_index_damaged())
    }

    /// When work is due even if nothing arrives.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let wait = Duration::from_millis(self.state.settings.store_commit_millis);
        let commit = self.oldest.filter(|_| !self.committing).map(|oldest| oldest + wait);
        let behind = self.days.values().filter(|day| day.is_behind());
        let retry = behind.filter_map(|day| day.pause().until()).min();
        [commit, retry, self.replacing.until()].into_iter().flatten().min()
    }

    /// Whether the builders should be committed now.
    pub(crate) fn commit_due(&self, now: Instant) -> bool {
        let wait = Duration::from_millis(self.state.settings.store_commit_millis);
        let old = self.oldest.is_some_and(|oldest| now >= oldest + wait);
        !self.committing && (old || self.is_full())
    }

    /// Whether the builders, with those in a running commit, use up their memory limit.
    /// `false` where no commit could free memory because earlier events are still missing.
    pub(crate) fn is_full(&self) -> bool {
        let can_be_freed = self.committing || self.days.values().any(IndexedDay::has_new);
        can_be_freed && self.memory_bytes() >= self.state.settings.store_builder_bytes
    }

    /// The memory of all builders, of those in a running commit, and of the ids of unindexed events.
    pub(crate) fn memory_bytes(&self) -> usize {
        let filled: usize = self.days.values().map(IndexedDay::memory_bytes).sum();
        filled + self.committing_bytes + self.state.env.ids.bytes()
    }

    /// Whether no event waits for a commit, nor to be read from a log.
    pub(crate) fn is_idle(&self) -> bool {
        !self.committing && self.days.values().all(|day| !day.has_new() && !day.is_behind())
    }

    /// Takes the builders. There is no next job before [`Self::finish`].
    pub(crate) fn take_job(&mut self, now: Instant) -> Option<CommitJob> {
        if self.committing {
            return None;
        }
        self.oldest = None;
        self.committing_bytes = self.days.values().map(IndexedDay::memory_bytes).sum();
        let parts: Vec<CommitPart> = self.days.values_mut().filter_map(|day| day.take_part(now)).collect();
        self.committing = !parts.is_empty();
        self.committing.then_some(CommitJob { state: Arc::clone(&self.state), parts })
    }

    /// Notes the result of the last job.
    pub(crate) fn finish(&mut self, outcome: CommitOutcome, now: Instant) {
        self.committing = false;
        self.committing_bytes = 0;
        for (partition, result) in outcome.parts {
            let about = format!("index {}", partition.label());
            if let Some(Err(error)) = &result {
                metrics::counter!("steplog_commit_failures_total").increment(1);
                partition.note(error);
                report(&self.state, &partition, error);
            }
            if let Some(day) = self.days.get_mut(&partition.number) {
                day.committed(result, now);
            }
            if partition.is_complete() {
                self.state.health.clear_notice(&about);
            }
        }
        self.days.retain(|_, day| !day.is_done());
    }
}

/// Reports, once, that a day cannot be indexed.
fn report(state: &StoreState, partition: &Partition, error: &IndexError) {
    let text = cannot_index(&partition.label(), &state.env.data, error);
    if state.health.notice(&format!("index {}", partition.label()), text.clone()) {
        tracing::error!(text, %error, "indexing failed; it is tried again");
    }
}

/// Runs one merge, in the first day where one is due; returns whether there was one.
pub(crate) fn merge_step(state: &StoreState, pace: &Pace) -> bool {
    if state.check_place().is_err() {
        // The writer reports it.
        return false;
    }
    for partition in state.partitions() {
        let (index, generation) = partition.index();
        if !index.merge_due() || partition.is_index_damaged() {
            continue;
        }
        let start = Instant::now();
        let pace = partition.pace_of_merges(pace);
        match partition.with_index(generation, |index| index.merge(&pace)) {
            Some(Ok(false)) => {}
            Some(Ok(true)) => {
                state.health.clear_notice(&format!("merge {}", partition.label()));
                metrics::histogram!("steplog_merge_seconds").record(start.elapsed().as_secs_f64());
                return true;
            }
            Some(Err(error)) => {
                metrics::counter!("steplog_merge_failures_total").increment(1);
                let label = partition.label();
                if state
                    .health
                    .notice(&format!("merge {label}"), format!("merging the index of {label}: {error}"))
                {
                    tracing::warn!(partition = label, %error, "a merge failed; it is tried again");
                }
                partition.note(&error);
            }
            None => {}
        }
    }
    false
}
