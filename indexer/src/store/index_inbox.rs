//! What the indexing thread is sent: durable events from the writer, bounded in bytes, and the outcomes of commits.
//! Others wait here until it has made events searchable.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use steplog_model::event::size_bytes;

use crate::indexing::CommitOutcome;
use crate::writer::DayGroup;

/// What the indexing thread found in its inbox.
#[derive(Default)]
pub(super) struct Mail {
    pub(super) groups: Vec<DayGroup>,
    pub(super) outcome: Option<CommitOutcome>,
    /// Whether the writer has ended: no more groups will come.
    pub(super) closed: bool,
}

impl Mail {
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.outcome.is_none() && !self.closed
    }
}

#[derive(Default)]
struct State {
    groups: VecDeque<DayGroup>,
    bytes: usize,
    outcome: Option<CommitOutcome>,
    closed: bool,
    /// How many groups were announced, and how many of them were searchable when the indexing was idle last.
    sent: u64,
    indexed: u64,
    /// Whether the indexing thread has nothing to do.
    idle: bool,
    /// Whether a thread failed: the next start reads what was sent from the logs.
    abandoned: bool,
}

/// See the module.
pub(super) struct IndexInbox {
    limit_bytes: usize,
    state: Mutex<State>,
    /// Something arrived.
    filled: Condvar,
    /// Something was taken, or the indexing made progress.
    drained: Condvar,
}

impl IndexInbox {
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            state: Mutex::new(State::default()),
            filled: Condvar::new(),
            drained: Condvar::new(),
        }
    }

    /// Counts groups before their senders learn that they are durable. So whoever then asks whether they are
    /// searchable gets no until the indexing thread has committed them.
    pub(super) fn announce(&self, groups: usize) {
        let mut state = self.locked();
        state.sent += groups as u64;
        state.idle &= groups == 0;
    }

    /// Sends durable events that were announced; waits while too many bytes are in the inbox.
    pub(super) fn send(&self, group: DayGroup) {
        let bytes = size_bytes(group.events.iter().map(|stored| &stored.event));
        let mut state = self.locked();
        let full =
            |state: &mut State| !state.abandoned && state.bytes > 0 && state.bytes + bytes > self.limit_bytes;
        if full(&mut state) {
            metrics::counter!("steplog_index_queue_waits_total").increment(1);
            state = self.drained.wait_while(state, full).unwrap_or_else(PoisonError::into_inner);
        }
        if state.abandoned {
            return;
        }
        state.bytes += bytes;
        state.groups.push_back(group);
        drop(state);
        self.filled.notify_one();
    }

    /// Says that no more groups will come.
    pub(super) fn close(&self) {
        self.locked().closed = true;
        self.filled.notify_one();
    }

    /// Ends all waits. A thread failed, so nothing would end them.
    pub(super) fn abandon(&self) {
        let mut state = self.locked();
        state.abandoned = true;
        state.closed = true;
        drop(state);
        self.filled.notify_all();
        self.drained.notify_all();
    }

    /// Returns the outcome of the running commit.
    pub(super) fn finish(&self, outcome: CommitOutcome) {
        self.locked().outcome = Some(outcome);
        self.filled.notify_one();
    }

    /// Waits until something arrives, or until the time. Groups stay in the inbox unless `want_groups`.
    pub(super) fn receive(&self, until: Instant, want_groups: bool, knew_closed: bool) -> Mail {
        let nothing = |state: &mut State| {
            let groups = want_groups && !state.groups.is_empty();
            let closed = state.closed && !knew_closed;
            !groups && !closed && state.outcome.is_none()
        };
        let left = until.saturating_duration_since(Instant::now());
        let waited = self.filled.wait_timeout_while(self.locked(), left, nothing);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let mut mail = Mail { outcome: state.outcome.take(), closed: state.closed, groups: Vec::new() };
        if want_groups {
            mail.groups.extend(state.groups.drain(..));
            state.bytes = 0;
            self.drained.notify_all();
        }
        mail.closed &= state.groups.is_empty();
        mail
    }

    /// Waits until there is something to receive, `limit` at most; returns whether there is.
    pub(super) fn wait_for_mail(&self, limit: Duration) -> bool {
        let nothing = |state: &mut State| state.groups.is_empty() && state.outcome.is_none() && !state.closed;
        let waited = self.filled.wait_timeout_while(self.locked(), limit, nothing);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Notes whether the indexing thread is idle. If so, the first `groups` groups are searchable.
    pub(super) fn note_progress(&self, groups: u64, idle: bool) {
        let mut state = self.locked();
        if idle {
            state.indexed = groups;
        }
        state.idle = idle && state.groups.is_empty();
        drop(state);
        self.drained.notify_all();
    }

    /// Waits until all groups sent before the call are searchable and the indexing thread is idle.
    pub(super) fn wait_until_indexed(&self, limit: Duration) -> bool {
        let state = self.locked();
        let sent = state.sent;
        let is_done = |state: &State| state.indexed >= sent && state.idle;
        let waiting = |state: &mut State| !is_done(state) && !state.abandoned;
        let waited = self.drained.wait_timeout_while(state, limit, waiting);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        is_done(&state)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
