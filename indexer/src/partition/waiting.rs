//! Events that are durable and that questions may not see yet.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use steplog_model::ids::{EventId, Seq};

use super::Partition;
use crate::unindexed_ids::{GoesOn, UnindexedIds};

/// Maps ids to seqs. Senders choose ids, so the hasher has a random key. Only the writer changes the map.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<HashMap<EventId, Seq>>);

impl Waiting {
    pub(crate) fn holds(&self, id: EventId) -> bool {
        self.locked().contains_key(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.locked().len()
    }

    pub(crate) fn extend(&self, events: impl Iterator<Item = (EventId, Seq)>) {
        self.locked().extend(events);
    }

    /// Moves all events to `ids`, which needs less memory. At every moment one of the two has each event.
    pub(crate) fn hand_over(&self, ids: &UnindexedIds) {
        let mut events = self.locked();
        ids.absorb(events.iter().map(|(id, seq)| (*id, *seq)));
        *events = HashMap::new();
    }

    /// Removes events that questions can see.
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

impl Partition {
    /// Reads the ids of the events that the index lacks, until `goes_on` returns `false`. Returns `false` where there
    /// is no memory for them yet.
    pub(crate) fn read_ids(&self, goes_on: &GoesOn<'_>) -> io::Result<bool> {
        let (index, generation) = self.index();
        let goes_on = || goes_on() && !self.is_leaving();
        let read = self.ids.read(&self.records, (generation, index.checkpoint()), &goes_on);
        // Nobody needs the ids of a dropped day.
        if self.is_dropped() { Ok(true) } else { read }
    }

    /// Whether the ids of all events of the day are known.
    pub(crate) fn knows_ids(&self) -> bool {
        let (index, generation) = self.index();
        self.is_dropped() || self.ids.is_known(generation, index.checkpoint())
    }

    /// Whether an event of this id is durable and may not be visible yet.
    pub(crate) fn is_waiting(&self, id: EventId) -> bool {
        let (index, generation) = self.index();
        // Only ids that the writer handed over count here. Those that a damaged index lacks make answers incomplete.
        let handed_over = self.ids.candidates(id, generation, index.snapshot().checkpoint);
        self.waiting.holds(id) || handed_over.is_some_and(|found| !found.is_empty())
    }
}
