//! What a day is, and what its index is worth: states of which one holds at a time.

use std::sync::atomic::{AtomicU8, Ordering};

/// Whether a day is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Kept,
    /// It is being dropped, and may stay yet: work on it that can wait ends.
    Leaving,
    /// Nothing of it is wanted any more.
    Dropped,
}

/// Who changes it but from kept to leaving holds the day's lock of replacements.
#[derive(Debug, Default)]
pub(super) struct DayLife(AtomicU8);

impl DayLife {
    pub(super) fn get(&self) -> Life {
        match self.0.load(Ordering::Acquire) {
            0 => Life::Kept,
            1 => Life::Leaving,
            _ => Life::Dropped,
        }
    }

    /// A day that was dropped does not begin to leave.
    pub(super) fn begin_to_leave(&self) {
        let (kept, leaving) = (Life::Kept as u8, Life::Leaving as u8);
        // Another state is as far, or farther.
        let _ = self.0.compare_exchange(kept, leaving, Ordering::AcqRel, Ordering::Acquire);
    }

    /// The end of leaving.
    pub(super) fn settle(&self, dropped: bool) {
        let life = if dropped { Life::Dropped } else { Life::Kept };
        self.0.store(life as u8, Ordering::Release);
    }
}

/// What the index of a day is worth; the worse hides the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum IndexWorth {
    /// It has what it went over.
    Whole,
    /// It went over records that could not be read: answers lack them, also once they can be.
    Lacking,
    /// It turned out to be damaged: it is to be replaced.
    Suspect,
}

#[derive(Debug)]
pub(super) struct WorthOfIndex(AtomicU8);

impl WorthOfIndex {
    pub(super) const fn new(worth: IndexWorth) -> Self {
        Self(AtomicU8::new(worth as u8))
    }

    pub(super) fn get(&self) -> IndexWorth {
        match self.0.load(Ordering::Acquire) {
            0 => IndexWorth::Whole,
            1 => IndexWorth::Lacking,
            _ => IndexWorth::Suspect,
        }
    }

    /// Notes that it is worth this at most; returns whether it was worth more.
    pub(super) fn lower(&self, to: IndexWorth) -> bool {
        self.0.fetch_max(to as u8, Ordering::AcqRel) < to as u8
    }

    /// Another index took its place.
    pub(super) fn begin_anew(&self) {
        self.0.store(IndexWorth::Whole as u8, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_day_stays_dropped() {
        let life = DayLife::default();
        assert_eq!(life.get(), Life::Kept);
        life.begin_to_leave();
        assert_eq!(life.get(), Life::Leaving);
        life.settle(false);
        assert_eq!(life.get(), Life::Kept);
        life.begin_to_leave();
        life.settle(true);
        life.begin_to_leave();
        assert_eq!(life.get(), Life::Dropped);
    }

    #[test]
    fn an_index_is_worth_no_more_until_another_takes_its_place() {
        let worth = WorthOfIndex::new(IndexWorth::Whole);
        assert!(worth.lower(IndexWorth::Lacking) && worth.lower(IndexWorth::Suspect));
        assert!(!worth.lower(IndexWorth::Suspect) && !worth.lower(IndexWorth::Lacking));
        assert_eq!(worth.get(), IndexWorth::Suspect);
        worth.begin_anew();
        assert_eq!(worth.get(), IndexWorth::Whole);
    }
}
