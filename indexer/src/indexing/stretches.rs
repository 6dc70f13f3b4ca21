//! A day's events on their way into segments.
//!
//! A stretch is a range of seqs; ranges follow each other. Normally there is one, which has no end. While a day's log
//! is far ahead of its index, there are several, filled in parallel from the log. All but the last have an end. A
//! stretch is committed once everything before it is there.

use std::collections::VecDeque;
use std::sync::Arc;

use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;

use crate::index::{IndexError, SegmentBuilder};
use crate::partition::Partition;
use crate::workers::{side_by_side, threads};

/// The most events of one of several stretches: about a third of a second of work.
const MOST_EVENTS: u64 = if cfg!(test) { 40 } else { 16 << 10 };
/// The fewest events of one: with fewer, the cost of another segment outweighs the gain.
const FEWEST_EVENTS: u64 = if cfg!(test) { 10 } else { 2 << 10 };

/// The day, and the generation of the index that its events are for.
pub(super) struct Target {
    pub(super) partition: Arc<Partition>,
    pub(super) generation: u64,
}

/// How much of the log is read at a time.
#[derive(Clone, Copy)]
pub(super) struct Portion {
    /// The bytes of records for each stretch.
    pub(super) bytes: usize,
    /// A stretch that cannot be committed yet gets no more events once its builder has this much memory.
    pub(super) ahead_bytes: usize,
}

impl Target {
    fn new_builder(&self) -> Result<SegmentBuilder, IndexError> {
        let made = self.partition.with_index(self.generation, |index| index.builder());
        made.unwrap_or_else(|| Err(IndexError::Io("the index was just replaced".to_owned())))
    }
}

/// See the module. The last stretch has no end.
pub(super) struct Stretches(VecDeque<Stretch>);

struct Stretch {
    builder: Option<SegmentBuilder>,
    /// All events up to this are in the builder, in one that was taken, or of stretches in front.
    added: Seq,
    /// The last arrival number that belongs to it.
    end: Seq,
}

impl Stretches {
    /// None yet, of events above `seq`.
    pub(super) fn after(seq: Seq) -> Self {
        Self(VecDeque::from([Stretch { builder: None, added: seq, end: Seq::MAX }]))
    }

    /// The last seq before which no event is missing.
    pub(super) fn added(&self) -> Seq {
        // That is in the first unfinished stretch. The last stretch never ends.
        self.0.iter().find(|stretch| !stretch.is_whole()).map_or(0, |stretch| stretch.added)
    }

    /// The memory of all builders.
    pub(super) fn memory_bytes(&self) -> usize {
        self.0.iter().map(Stretch::memory_bytes).sum()
    }

    /// Adds events to the last stretch. Events that it has already are skipped.
    pub(super) fn add(&mut self, events: &[StoredEvent], target: &Target) -> Result<(), IndexError> {
        self.0.back_mut().map_or(Ok(()), |last| last.add(events, target))
    }

    /// Adds a portion of what the log has to each stretch; returns whether there is more.
    pub(super) fn fill(&mut self, target: &Target, portion: Portion) -> Result<bool, IndexError> {
        self.divide(target);
        let unfinished = self.0.iter_mut().filter(|stretch| !stretch.is_whole());
        let (to_fill, left_alone): (Vec<_>, Vec<_>) = unfinished
            .enumerate()
            .partition(|(place, stretch)| *place == 0 || stretch.memory_bytes() < portion.ahead_bytes);
        let left_alone = !left_alone.is_empty();
        let filled = side_by_side(to_fill, |(_, stretch)| stretch.fill(target, portion.bytes));
        let more = filled.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(left_alone || more.contains(&true))
    }

    /// Splits the last stretch, as long as there are threads and events for one more.
    fn divide(&mut self, target: &Target) {
        let threads = threads();
        while self.0.iter().filter(|stretch| !stretch.is_whole()).count() < threads {
            let Some(last) = self.0.back_mut() else { return };
            let left = target.partition.records.events_after(last.added);
            let events = (left / threads as u64).min(MOST_EVENTS);
            // Seqs in between belong to other days. The split assumes the average number of them for each event.
            let numbers = u128::from(target.partition.records.last_seq().saturating_sub(last.added));
            let numbers = numbers * u128::from(events) / u128::from(left.max(1));
            if events < FEWEST_EVENTS || numbers == 0 {
                return;
            }
            last.end = last.added + numbers as Seq;
            let next = Stretch { builder: None, added: last.end, end: Seq::MAX };
            self.0.push_back(next);
        }
    }

    /// Takes the builders before which nothing is missing, one at least, and starts new ones. Together they have all
    /// events up to [`added`](Self::added).
    pub(super) fn take(&mut self, target: &Target) -> Result<Vec<SegmentBuilder>, IndexError> {
        let mut taken = Vec::new();
        while let Some(whole) = self.0.pop_front_if(|stretch| stretch.is_whole()) {
            taken.extend(whole.builder);
        }
        taken.extend(self.0.front_mut().and_then(|first| first.builder.take()));
        if taken.is_empty() {
            taken.push(target.new_builder()?);
        }
        Ok(taken)
    }
}

impl Stretch {
    fn is_whole(&self) -> bool {
        self.added >= self.end
    }

    fn memory_bytes(&self) -> usize {
        self.builder.as_ref().map_or(0, SegmentBuilder::memory_bytes)
    }

    fn add(&mut self, events: &[StoredEvent], target: &Target) -> Result<(), IndexError> {
        let mut builder = match self.builder.take() {
            Some(builder) => builder,
            None => target.new_builder()?,
        };
        let mut added = 0;
        for stored in events.iter().filter(|stored| stored.seq <= self.end) {
            if stored.seq > self.added {
                builder.add(stored)?;
                self.added = stored.seq;
                added += 1;
            }
        }
        metrics::counter!("steplog_index_events_total").increment(added);
        self.builder = Some(builder);
        Ok(())
    }

    /// Adds about so many bytes of the log's events; returns whether the log may have more for this stretch.
    fn fill(&mut self, target: &Target, bytes: usize) -> Result<bool, IndexError> {
        let mut left = bytes;
        while left > 0 && !self.is_whole() {
            let read = target.partition.records.read_after(self.added);
            let unread = |error| IndexError::Io(format!("the records cannot be read: {error}"));
            let (read, next) = read.map_err(unread)?;
            if next == self.added {
                // The rest of a stretch with an end belongs to other days.
                self.added = if self.end < Seq::MAX { self.end } else { self.added };
                return Ok(false);
            }
            let size: usize = read.events.iter().map(|stored| stored.event.size_bytes()).sum();
            self.add(&read.events, target)?;
            if read.damaged > 0 {
                target.partition.note_unread();
            }
            // This skips damaged records, too.
            self.added = self.added.max(next.min(self.end));
            left = left.saturating_sub(size.max(1));
        }
        Ok(!self.is_whole())
    }
}
