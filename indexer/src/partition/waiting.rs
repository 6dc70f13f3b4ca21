//! Events that are durable and that questions may not see yet.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use steplog_model::ids::{EventId, Seq};

/// By their ids, which senders choose: the hasher has a random key. The writer alone changes it.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<HashMap<EventId, Seq>>);

impl Waiting {
    pub(crate) fn new(events: Vec<(EventId, Seq)>) -> Self {
        Self(Mutex::new(events.into_iter().collect()))
    }

    pub(crate) fn holds(&self, id: EventId) -> bool {
        self.locked().contains_key(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.locked().len()
    }

    pub(crate) fn extend(&self, events: impl Iterator<Item = (EventId, Seq)>) {
        self.locked().extend(events);
    }

    pub(crate) fn replace(&self, events: HashMap<EventId, Seq>) {
        *self.locked() = events;
    }

    /// Forgets what questions see by now.
    pub(crate) fn forget_up_to(&self, checkpoint: Seq) {
        let mut events = self.locked();
        events.retain(|_, seq| *seq > checkpoint);
        if events.capacity() > 8 * events.len().max(1_024) {
            events.shrink_to_fit();
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<EventId, Seq>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
