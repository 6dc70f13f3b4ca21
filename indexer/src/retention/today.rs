//! Which day it is, for retention: what is dropped by a clock that is wrong never comes back.
//!
//! A clock that is wrong when a machine starts is mostly set soon after. So a clock is believed at once where it goes
//! on from the newest day of the store, or from itself; where it leaps ahead by more than a day, after an hour.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use steplog_model::time::UtcDay;

/// How long a clock that leapt ahead has to stay there.
const BELIEVED_AFTER: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 3_600 });

/// The day that is believed.
#[derive(Debug)]
pub(super) struct Today {
    believed: AtomicI32,
    /// Since when the clock is ahead of it.
    ahead_since: Mutex<Option<Instant>>,
    believed_after: Duration,
}

impl Today {
    /// For a store whose newest day is `newest`; the first clock that an empty one sees is believed.
    pub(super) fn new(newest: Option<UtcDay>) -> Self {
        Self {
            // No clock is ahead of the last day.
            believed: AtomicI32::new(newest.map_or(i32::MAX, |day| day.0)),
            ahead_since: Mutex::default(),
            believed_after: BELIEVED_AFTER,
        }
    }

    /// The day, where the clock says `clock`: never one after that.
    pub(super) fn of(&self, clock: UtcDay, now: Instant) -> UtcDay {
        let believed = self.believed.load(Ordering::Acquire);
        if believed == i32::MAX {
            self.believed.store(clock.0, Ordering::Release);
            return clock;
        }
        let mut ahead_since = self.ahead_since.lock().unwrap_or_else(PoisonError::into_inner);
        if clock.0 > believed.saturating_add(1) {
            let since = *ahead_since.get_or_insert(now);
            if now.saturating_duration_since(since) < self.believed_after {
                return UtcDay(believed);
            }
        }
        *ahead_since = None;
        self.believed.fetch_max(clock.0, Ordering::AcqRel);
        clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn today(newest: Option<i32>) -> Today {
        Today { believed_after: HOUR, ..Today::new(newest.map(UtcDay)) }
    }

    #[test]
    fn a_clock_that_goes_on_is_believed_and_one_that_goes_back_changes_nothing() {
        let (today, now) = (today(Some(100)), Instant::now());
        for (clock, want) in [(101, 101), (102, 102), (90, 90), (103, 103), (103, 103)] {
            assert_eq!(today.of(UtcDay(clock), now), UtcDay(want));
        }
    }

    #[test]
    fn a_clock_that_leaps_is_believed_after_an_hour_there() {
        let (today, start) = (today(Some(100)), Instant::now());
        assert_eq!(today.of(UtcDay(140), start), UtcDay(100));
        assert_eq!(today.of(UtcDay(140), start + HOUR / 2), UtcDay(100));
        // Set right, and wrong again: the hour begins anew.
        assert_eq!(today.of(UtcDay(101), start + HOUR / 2), UtcDay(101));
        assert_eq!(today.of(UtcDay(140), start + HOUR), UtcDay(101));
        assert_eq!(today.of(UtcDay(140), start + HOUR * 2), UtcDay(140));
        assert_eq!(today.of(UtcDay(141), start + HOUR * 2), UtcDay(141));
    }

    #[test]
    fn an_empty_store_believes_the_first_clock() {
        let (today, now) = (today(None), Instant::now());
        assert_eq!([200, 201, 240].map(|clock| today.of(UtcDay(clock), now)), [200, 201, 201].map(UtcDay));
    }
}
