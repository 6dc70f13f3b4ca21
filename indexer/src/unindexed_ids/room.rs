//! The memory limit of the ids of all days.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};

use steplog_model::ids::EventId;

/// How many ids the writer keeps in its own map, where they are found quicker and need some 40 bytes each.
const MOST_WHOLE: usize = 128 << 10;

/// What all days' ids take together.
#[derive(Debug)]
pub(crate) struct IdRoom {
    limit_bytes: usize,
    bytes: AtomicUsize,
    /// Days of which something is unknown, or kept.
    days: AtomicUsize,
    /// How many ids the writer keeps in its own map.
    whole: AtomicUsize,
    /// Senders choose ids, so the hasher has a random key.
    hasher: RandomState,
}

impl IdRoom {
    #[expect(clippy::disallowed_methods, reason = "the key of a hasher that stays")]
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            bytes: AtomicUsize::new(0),
            days: AtomicUsize::new(0),
            whole: AtomicUsize::new(0),
            hasher: RandomState::new(),
        }
    }

    /// What is taken.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Acquire)
    }

    /// Whether so many bytes of a log's ids fit; an eighth is left for those of events that come.
    pub(super) fn has(&self, bytes: usize) -> bool {
        self.bytes().saturating_add(bytes) <= self.limit_bytes / 8 * 7
    }

    /// Whether they take more than they may.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes() > self.limit_bytes
    }

    /// Whether there is a day of which something is unknown, or kept.
    pub(crate) fn is_in_use(&self) -> bool {
        self.days.load(Ordering::Acquire) > 0
    }

    /// Whether the writer keeps so many ids in its own map that it is to hand them over.
    pub(crate) fn is_crowded(&self) -> bool {
        self.whole.load(Ordering::Acquire) > MOST_WHOLE
    }

    /// Notes how many the writer kept of a day, and keeps.
    pub(crate) fn whole_changed(&self, before: usize, after: usize) {
        self.whole.fetch_add(after, Ordering::AcqRel);
        self.whole.fetch_sub(before, Ordering::AcqRel);
    }

    pub(super) fn hash(&self, id: EventId) -> u64 {
        self.hasher.hash_one(id)
    }

    /// Notes what a day took and takes, and whether it counted and counts.
    pub(super) fn changed(&self, (before, after): (usize, usize), (counted, counts): (bool, bool)) {
        self.bytes.fetch_add(after, Ordering::AcqRel);
        self.bytes.fetch_sub(before, Ordering::AcqRel);
        self.days.fetch_add(usize::from(counts), Ordering::AcqRel);
        self.days.fetch_sub(usize::from(counted), Ordering::AcqRel);
    }
}
