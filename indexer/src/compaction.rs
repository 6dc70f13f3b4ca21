//! Compaction of closed days: few index segments, and records in larger frames with a higher compression.
//!
//! A day is compacted once it has ended, all of it is searchable, and its log files are sealed. Later events go to
//! another file and to other segments. A step is one merge or one log file. Each replaces the old files by one rename,
//! so an interruption leaves a whole day that is partly compacted. The next start continues, and removes incomplete
//! files.

mod dictionary;
mod done;
mod remap;
mod rewrite;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use rapidhash::{RapidHashMap, RapidHashSet};
use steplog_model::ids::Seq;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use crate::log::file_name::{self, LogFile};
use crate::log::table::FileTable;
use crate::pace::Pace;
use crate::partition::Partition;
use crate::state::StoreState;
pub(crate) use done::CompactedFiles;
pub(crate) use remap::remap_day;
use rewrite::{Rewrite, Rewritten};

/// A file that grew by less than an eighth of itself since it was compacted stays as it is.
const MIN_GROWTH_DIVISOR: u64 = 8;

/// How long a day must have got no event. Otherwise a day that is being imported would be compacted repeatedly.
const QUIET_NANOS: i64 = if cfg!(test) { 0 } else { 600 * NANOS_PER_SECOND };

/// The compaction of one store. Driven by one thread.
pub(crate) struct Compaction {
    state: Arc<StoreState>,
    /// By the partition's number: the seq up to which it is compacted.
    done: RapidHashMap<u64, Seq>,
    /// By the partition's number: its last seq, and since when it has that.
    quiet: RapidHashMap<u64, (Seq, UnixNanos)>,
    /// By the partition's number: when compaction put a dictionary into its directory.
    new_dictionaries: RapidHashMap<u64, UnixNanos>,
    /// Damaged files, by the partition's number. They are not compacted.
    damaged: RapidHashSet<(u64, LogFile)>,
    /// What failed last, and how.
    failure: Option<String>,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Something was compacted; there may be more.
    Worked,
    /// Nothing can be done now.
    Rested,
    /// Something failed, and may fail again soon.
    Failed,
}

impl Compaction {
    pub(crate) fn new(state: Arc<StoreState>) -> Self {
        Self {
            state,
            done: RapidHashMap::default(),
            quiet: RapidHashMap::default(),
            new_dictionaries: RapidHashMap::default(),
            damaged: RapidHashSet::default(),
            failure: None,
        }
    }

    /// What failed last, and how.
    pub(crate) fn take_failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    /// Does one step, which `pace` throttles and may end.
    pub(crate) fn step(&mut self, pace: &Pace) -> Step {
        if self.state.check_place().is_err() {
            // The writer reports it.
            return Step::Rested;
        }
        let partitions = self.state.partitions();
        let mut closed: Vec<_> = partitions.into_iter().filter(|partition| self.is_due(partition)).collect();
        // The newest first: it is kept longest. If days passed faster than they are compacted, the oldest would each be
        // dropped in the middle of their compaction.
        closed.sort_by_key(|partition| std::cmp::Reverse(partition.key.1));
        metrics::gauge!("steplog_compaction_waiting_days").set(closed.len() as f64);
        let known: Vec<u64> = self.state.partitions().iter().map(|partition| partition.number).collect();
        self.done.retain(|number, _| known.contains(number));
        self.quiet.retain(|number, _| known.contains(number));
        self.new_dictionaries.retain(|number, _| known.contains(number));
        self.damaged.retain(|(number, _)| known.contains(number));
        let mut step = Step::Rested;
        for partition in closed {
            match self.compact(&partition, pace) {
                Ok(Step::Worked) => return Step::Worked,
                Ok(_) => {}
                Err(_) if partition.is_dropped() => {}
                Err(error) => {
                    metrics::counter!("steplog_compaction_failures_total").increment(1);
                    tracing::warn!(partition = partition.label(), %error, "compaction failed; it is tried again");
                    self.failure = Some(format!("{} could not be compacted: {error}", partition.label()));
                    step = Step::Failed;
                }
            }
        }
        step
    }

    /// How long after its end a day is compacted.
    fn wait_nanos(&self) -> i64 {
        let hours = self.state.settings.store_compact_after_hours;
        i64::from(hours).saturating_mul(3_600 * NANOS_PER_SECOND)
    }

    /// Whether the day has ended some time ago and has something that is not compacted.
    fn is_due(&mut self, partition: &Partition) -> bool {
        let wait = self.wait_nanos();
        let last = partition.records.last_seq();
        let now = self.state.retention.now();
        let quiet = self.quiet.entry(partition.number).or_insert((last, now));
        if quiet.0 != last {
            *quiet = (last, now);
        }
        now >= quiet.1.saturating_add(QUIET_NANOS.min(wait))
            && now >= partition.key.1.end().saturating_add(wait)
            && self.done.get(&partition.number) != Some(&last)
            && last > 0
            && !partition.is_index_damaged()
            && partition.index().0.checkpoint() >= last
    }

    fn compact(&mut self, partition: &Arc<Partition>, pace: &Pace) -> io::Result<Step> {
        let last = partition.records.last_seq();
        let disk = &*self.state.env.disk;
        let mut compacted = CompactedFiles::load(disk, &partition.directory)?;
        let tables = partition.records.files_up_to(last);
        if !partition.is_sealed_up_to(last) {
            if compacted.is_all_but_little(&tables) {
                // Otherwise each few late events would begin another file.
                self.done.insert(partition.number, last);
            } else {
                // The writer seals between groups.
                partition.request_seal();
            }
            return Ok(Step::Rested);
        }
        let (index, generation) = partition.index();
        if index.compact_due() {
            let start = Instant::now();
            let pace = partition.pace_of_merges(pace);
            return match partition.with_index(generation, |index| index.compact(&pace)) {
                // Another thread merges, or the pace ended the merge.
                Some(Ok(false)) => Ok(Step::Rested),
                Some(Ok(true)) => {
                    metrics::counter!("steplog_compaction_merges_total").increment(1);
                    metrics::histogram!("steplog_compaction_merge_seconds")
                        .record(start.elapsed().as_secs_f64());
                    Ok(Step::Worked)
                }
                Some(Err(error)) => {
                    partition.note(&error);
                    Err(io::Error::other(error))
                }
                None => Ok(Step::Rested),
            };
        }
        let Some(table) = tables.iter().find(|table| {
            compacted.is_worth_it(table) && !self.damaged.contains(&(partition.number, table.file))
        }) else {
            self.done.insert(partition.number, last);
            return Ok(Step::Rested);
        };
        let before = compacted.compressed_with;
        let dictionary = dictionary::choose(&self.state, partition, &mut compacted, &tables, pace)?;
        let now = self.state.retention.now();
        if compacted.compressed_with != before {
            self.new_dictionaries.insert(partition.number, now);
        }
        // A backup program may have listed the directory before the dictionary came. It must not copy a file that needs
        // the dictionary.
        if let Some(since) = self.new_dictionaries.get(&partition.number)
            && now < since.saturating_add(QUIET_NANOS.min(self.wait_nanos()))
        {
            return Ok(Step::Rested);
        }
        let mut rewrite = Rewrite::new(&self.state.env, partition, dictionary.as_deref())?;
        let replaced = match rewrite.run(table, pace)? {
            Rewritten::Done(replaced) => replaced,
            Rewritten::CalledOff => return Ok(Step::Rested),
            Rewritten::Damaged => {
                metrics::counter!("steplog_compaction_failures_total").increment(1);
                let (label, file) = (partition.label(), file_name::log(table.file));
                let notice =
                    format!("{label}: {file} is damaged and not compacted; `steplog check` tells where");
                tracing::error!(partition = label, file, "damaged: it is not compacted");
                self.state.health.notice(&format!("compaction {label}"), notice);
                self.damaged.insert((partition.number, table.file));
                partition.note_damaged_records(table.file.0);
                return Ok(Step::Worked);
            }
        };
        report(partition, table, &replaced);
        compacted.note(&replaced);
        compacted.store(disk, &partition.directory)?;
        Ok(Step::Worked)
    }
}

fn report(partition: &Partition, before: &FileTable, after: &FileTable) {
    metrics::counter!("steplog_compaction_files_total").increment(1);
    metrics::counter!("steplog_compaction_read_bytes_total").increment(before.end);
    metrics::counter!("steplog_compaction_written_bytes_total").increment(after.end);
    tracing::info!(
        partition = partition.label(),
        file = file_name::log(before.file),
        before = before.end,
        after = after.end,
        "compacted a log file"
    );
}
