//! Whether a day is kept, is being dropped, or was dropped.

use std::sync::atomic::{AtomicU8, Ordering};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Kept,
    /// A drop has begun and may still fail: merges and compaction of the day end.
    Leaving,
    /// Its directory is gone: whoever still holds the day ignores its errors.
    Dropped,
}

/// The life of one day. Whoever calls [`Self::settle`] holds the lock of the index (see [`super::Partition::drop_with`]).
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

    /// Begins a drop. A day that was dropped stays so.
    pub(super) fn begin_to_leave(&self) {
        let (kept, leaving) = (Life::Kept as u8, Life::Leaving as u8);
        // It fails where the day is leaving already, or was dropped.
        let _ = self.0.compare_exchange(kept, leaving, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Ends a drop.
    pub(super) fn settle(&self, dropped: bool) {
        let life = if dropped { Life::Dropped } else { Life::Kept };
        self.0.store(life as u8, Ordering::Release);
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
}
