//! How far one day's index has come.

use std::sync::Arc;
use std::time::Instant;

use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;

use super::CommitPart;
use super::pause::Pause;
use crate::index::{IndexError, SegmentBuilder};
use crate::partition::Partition;
use crate::writer::DayGroup;

/// One day that has events to index.
pub(super) struct IndexedDay {
    pub(super) partition: Arc<Partition>,
    generation: u64,
    /// All events up to this are in the index, in a commit under way, or in the builder.
    added: Seq,
    /// What the last commit, under way or done, was to reach.
    submitted: Seq,
    builder: Option<SegmentBuilder>,
    committing: bool,
    /// Whether the log has events that did not come from the writer.
    behind: bool,
    pause: Pause,
}

impl IndexedDay {
    /// A day whose index has all events so far.
    pub(super) fn new(partition: Arc<Partition>) -> Self {
        let (index, generation) = partition.index();
        let added = index.checkpoint();
        Self {
            partition,
            generation,
            added,
            submitted: added,
            builder: None,
            committing: false,
            behind: false,
            pause: Pause::default(),
        }
    }

    /// A day whose log has more than its index.
    pub(super) fn behind(partition: Arc<Partition>) -> Self {
        Self { behind: true, ..Self::new(partition) }
    }

    /// Whether there is something to commit.
    pub(super) fn has_new(&self) -> bool {
        self.added > self.submitted
    }

    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// The pause after a failure.
    pub(super) fn pause(&self) -> Pause {
        self.pause
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.builder.as_ref().map_or(0, SegmentBuilder::memory_bytes)
    }

    /// Whether nothing is left to do.
    pub(super) fn is_done(&self) -> bool {
        self.partition.is_dropped() || !(self.behind || self.committing || self.has_new())
    }

    /// Adds events from the writer, if they are the next ones.
    pub(super) fn add_group(&mut self, group: &DayGroup, now: Instant) {
        self.follow_replacement();
        if self.behind || group.previous > self.added {
            // They are in the log, behind others that come first.
            self.behind = true;
            return;
        }
        if let Err(error) = self.add(&group.events) {
            self.fail(&error, now);
        }
    }

    /// Adds events from the log, about `bytes` of them.
    pub(super) fn catch_up(&mut self, bytes: usize, now: Instant) -> Result<(), IndexError> {
        self.follow_replacement();
        self.pause.end();
        let mut left = bytes;
        while left > 0 {
            let read = self.partition.records.read_after(self.added);
            let (read, next) = read.map_err(|error| {
                self.give_up(now);
                IndexError::Io(format!("the records cannot be read: {error}"))
            })?;
            if next == self.added {
                self.behind = false;
                return Ok(());
            }
            let size: usize = read.events.iter().map(|stored| stored.event.size_bytes()).sum();
            if let Err(error) = self.add(&read.events) {
                self.fail(&error, now);
                return Err(error);
            }
            // Over what is damaged, too.
            self.added = self.added.max(next);
            left = left.saturating_sub(size.max(1));
        }
        Ok(())
    }

    fn add(&mut self, events: &[StoredEvent]) -> Result<(), IndexError> {
        let mut builder = match self.builder.take() {
            Some(builder) => builder,
            None => self.new_builder()?,
        };
        let mut added = 0;
        for stored in events {
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

    fn new_builder(&self) -> Result<SegmentBuilder, IndexError> {
        let made = self.partition.with_index(self.generation, |index| index.builder());
        made.unwrap_or_else(|| Err(IndexError::Io("the index was just replaced".to_owned())))
    }

    /// The builder and how far it goes.
    pub(super) fn take_part(&mut self, now: Instant) -> Option<CommitPart> {
        if !self.has_new() || self.partition.is_dropped() {
            return None;
        }
        let builder = match self.builder.take().map_or_else(|| self.new_builder(), Ok) {
            Ok(builder) => builder,
            Err(error) => {
                self.fail(&error, now);
                return None;
            }
        };
        self.submitted = self.added;
        self.committing = true;
        let partition = Arc::clone(&self.partition);
        Some(CommitPart { partition, generation: self.generation, builder, checkpoint: self.added })
    }

    /// Notes the end of a commit; `None` where the index is another one by now.
    pub(super) fn committed(&mut self, result: Option<Result<(), IndexError>>, now: Instant) {
        self.committing = false;
        match result {
            Some(Ok(())) => self.pause.forget(),
            Some(Err(error)) => self.fail(&error, now),
            None => self.follow_replacement(),
        }
    }

    /// Begins again where the index was replaced.
    fn follow_replacement(&mut self) {
        if self.partition.index().1 != self.generation {
            *self = Self::behind(Arc::clone(&self.partition));
        }
    }

    /// Drops what is not committed: it is read from the log again.
    fn fail(&mut self, error: &IndexError, now: Instant) {
        self.partition.note(error);
        self.give_up(now);
    }

    fn give_up(&mut self, now: Instant) {
        self.partition.fell_behind();
        self.builder = None;
        self.behind = true;
        // A commit under way may still succeed; what it has need not be added again.
        let checkpoint = self.partition.index().0.checkpoint();
        self.added = if self.committing { self.submitted } else { checkpoint };
        self.submitted = self.added;
        self.pause.begin(now);
    }
}
