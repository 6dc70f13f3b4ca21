//! Ids in order of their hashes.

use steplog_model::ids::Seq;

/// Bits of an event's place.
const PLACE_BITS: u32 = 24;

/// How many arrival numbers a run spans, at most.
pub(super) const MOST_PLACES: u64 = 1 << PLACE_BITS;

/// Events of a stretch of arrival numbers: the upper bits of the id's hash, then the place in the stretch.
#[derive(Debug, Default)]
pub(super) struct Run {
    base: Seq,
    entries: Vec<u64>,
    last: Seq,
}

impl Run {
    pub(super) fn with_capacity(events: usize) -> Self {
        Self { entries: Vec::with_capacity(events), ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<u64>()
    }

    /// Adds an event behind all others; `false` where that is too far from the first one. [`sort`](Self::sort) follows.
    pub(super) fn push(&mut self, hash: u64, seq: Seq) -> bool {
        if self.entries.is_empty() {
            self.base = seq;
        }
        let Some(place) = seq.checked_sub(self.base).filter(|place| *place < MOST_PLACES) else {
            return false;
        };
        self.entries.push(upper(hash) | place);
        self.last = self.last.max(seq);
        true
    }

    pub(super) fn sort(&mut self) {
        // What was sorted before is one run to this sort.
        self.entries.sort();
        self.entries.shrink_to_fit();
    }

    /// Adds the events whose id may have this hash.
    pub(super) fn find(&self, hash: u64, found: &mut Vec<Seq>) {
        let lowest = upper(hash);
        let from = self.entries.partition_point(|entry| *entry < lowest);
        let same = self.entries.iter().skip(from).take_while(|entry| upper(**entry) == lowest);
        found.extend(same.map(|entry| self.base + (entry & (MOST_PLACES - 1))));
    }

    /// Removes events up to a seq.
    pub(super) fn forget_up_to(&mut self, seq: Seq) {
        if self.last <= seq {
            *self = Self::default();
        } else if let Some(place) = seq.checked_sub(self.base) {
            self.entries.retain(|entry| entry & (MOST_PLACES - 1) > place);
            // Not each time: the copy would free little memory.
            if self.entries.capacity() > 2 * self.entries.len() {
                self.entries.shrink_to_fit();
            }
        }
    }
}

/// The part of a hash that is kept.
fn upper(hash: u64) -> u64 {
    hash & !(MOST_PLACES - 1)
}
