//! How far one day's index has come.

use std::sync::Arc;
use std::time::Instant;

use steplog_model::ids::Seq;

use super::CommitPart;
use super::pause::Pause;
use super::stretches::{Portion, Stretches, Target};
use crate::index::IndexError;
use crate::partition::Partition;
use crate::writer::DayGroup;

/// One day that has events to index.
pub(super) struct IndexedDay {
    target: Target,
    /// Events that are neither in the index nor in a running commit.
    stretches: Stretches,
    /// The checkpoint of the last commit, running or done.
    submitted: Seq,
    committing: bool,
    /// Whether the log has events that did not come from the writer.
    behind: bool,
    pause: Pause,
}

impl IndexedDay {
    /// A day whose index has every event.
    pub(super) fn new(partition: Arc<Partition>) -> Self {
        let (index, generation) = partition.index();
        let added = index.checkpoint();
        Self {
            target: Target { partition, generation },
            stretches: Stretches::after(added),
            submitted: added,
            committing: false,
            behind: false,
            pause: Pause::default(),
        }
    }

    /// A day whose log has events that its index lacks.
    pub(super) fn behind(partition: Arc<Partition>) -> Self {
        Self { behind: true, ..Self::new(partition) }
    }

    pub(super) fn partition(&self) -> &Arc<Partition> {
        &self.target.partition
    }

    /// Whether there is something to commit.
    pub(super) fn has_new(&self) -> bool {
        self.stretches.added() > self.submitted
    }

    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// The pause after a failure.
    pub(super) fn pause(&self) -> Pause {
        self.pause
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.stretches.memory_bytes()
    }

    /// Whether nothing is left to do.
    pub(super) fn is_done(&self) -> bool {
        self.partition().is_dropped() || !(self.behind || self.committing || self.has_new())
    }

    /// Leaves events from the writer to be read from the log.
    pub(super) fn fall_behind(&mut self) {
        self.behind = true;
    }

    /// Adds events from the writer, if they are the next ones.
    pub(super) fn add_group(&mut self, group: &DayGroup, now: Instant) {
        self.follow_replacement();
        if self.behind || group.previous > self.stretches.added() {
            // The log has them, after others that are to be added first.
            self.behind = true;
            return;
        }
        if let Err(error) = self.stretches.add(&group.events, &self.target) {
            self.fail(&error, now);
        }
    }

    /// Adds a portion of the log's events.
    pub(super) fn catch_up(&mut self, portion: Portion, now: Instant) -> Result<(), IndexError> {
        self.follow_replacement();
        self.pause.end();
        let more = self.stretches.fill(&self.target, portion);
        self.behind = more.inspect_err(|error| self.fail(error, now))?;
        Ok(())
    }

    /// The builders that can be committed, with the checkpoint that they reach.
    pub(super) fn take_part(&mut self, now: Instant) -> Option<CommitPart> {
        if !self.has_new() || self.partition().is_dropped() {
            return None;
        }
        let checkpoint = self.stretches.added();
        let taken = self.stretches.take(&self.target);
        let builders = taken.inspect_err(|error| self.fail(error, now)).ok()?;
        self.submitted = checkpoint;
        self.committing = true;
        let Target { ref partition, generation } = self.target;
        Some(CommitPart { partition: Arc::clone(partition), generation, builders, checkpoint })
    }

    /// Notes the end of a commit; `None` where the index was replaced since.
    pub(super) fn committed(&mut self, result: Option<Result<(), IndexError>>, now: Instant) {
        self.committing = false;
        match result {
            Some(Ok(())) => self.pause.forget(),
            Some(Err(error)) => self.fail(&error, now),
            None => self.follow_replacement(),
        }
    }

    /// Starts over where the index was replaced.
    fn follow_replacement(&mut self) {
        if self.partition().index().1 != self.target.generation {
            *self = Self::behind(Arc::clone(self.partition()));
        }
    }

    /// Drops what is not committed: it is read from the log again.
    fn fail(&mut self, error: &IndexError, now: Instant) {
        self.partition().note(error);
        self.partition().fall_behind();
        self.behind = true;
        // A running commit may still succeed. Its events need not be added again.
        let checkpoint = self.partition().index().0.checkpoint();
        let added = if self.committing { self.submitted } else { checkpoint };
        self.stretches = Stretches::after(added);
        self.submitted = added;
        self.pause.begin(now);
    }
}
