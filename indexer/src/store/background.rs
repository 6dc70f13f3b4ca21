//! What the background threads are sent, and how they learn that the store ends.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::writer::TrainingJob;

/// What the background thread is to do.
pub(super) enum Work {
    /// Look for merges, checks and days that are too old. Before that, train a dictionary where there is a job.
    Look { training: Option<TrainingJob> },
    /// The store ends.
    End,
}

#[derive(Default)]
struct State {
    training: Option<TrainingJob>,
    woken: bool,
    closed: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Background {
    state: Mutex<State>,
    /// There is work for the background thread, or the store ends.
    called: Condvar,
    /// The store ends.
    closing: Condvar,
}

impl Background {
    /// Gives the background thread a dictionary to train.
    pub(super) fn train(&self, job: TrainingJob) {
        self.locked().training = Some(job);
        self.called.notify_one();
    }

    /// Makes the background thread look for work at once.
    pub(super) fn wake(&self) {
        self.locked().woken = true;
        self.called.notify_one();
    }

    /// Ends the background threads.
    pub(super) fn close(&self) {
        self.locked().closed = true;
        self.called.notify_one();
        self.closing.notify_all();
    }

    /// Waits for so long; `false` once the store ends.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let open = |state: &mut State| !state.closed;
        let waited = self.closing.wait_timeout_while(self.locked(), time, open);
        !waited.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    /// Whether the store goes on.
    pub(super) fn is_open(&self) -> bool {
        !self.locked().closed
    }

    /// Waits for a call, `limit` at most.
    pub(super) fn next_work(&self, limit: Duration) -> Work {
        let uncalled = |state: &mut State| state.training.is_none() && !state.woken && !state.closed;
        let waited = self.called.wait_timeout_while(self.locked(), limit, uncalled);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if state.closed {
            return Work::End;
        }
        state.woken = false;
        Work::Look { training: state.training.take() }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
