//! Which of its times an event is filed under.

use steplog_model::event::{Flags, TimeSource};
use steplog_model::record::exported::Exported;
use steplog_model::time::{Received, UnixNanos};

/// Times further ahead of the receipt are flagged; clocks that are set by NTP differ by less.
const TOLD_AHEAD_NANOS: i64 = 60_000_000_000;

/// An event's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) time: UnixNanos,
    pub(super) source: TimeSource,
    /// Whether a time was passed over because it cannot be right. Zero means unset and is normal.
    pub(super) implausible: bool,
    /// Whether it is still to come, by more than clocks differ.
    pub(super) ahead: bool,
}

/// The time that an export states as it was judged when the event was received first, where it may be right at all; else
/// as for any record.
pub(super) fn choose_exported(
    exported: Option<&Exported>,
    (time_nanos, observed_nanos): (u64, u64),
    received: Received,
) -> Chosen {
    match exported.and_then(|exported| Some((exported.time?, exported.flags))) {
        Some(((source, time), flags)) if received.is_plausible(time) => Chosen {
            time,
            source,
            implausible: flags.contains(Flags::TIME_IMPLAUSIBLE),
            ahead: flags.contains(Flags::TIME_AHEAD),
        },
        _ => choose(time_nanos, observed_nanos, received),
    }
}

/// The first plausible one of the record's time, the time it was observed, and the time of receipt.
fn choose(time_nanos: u64, observed_nanos: u64, received: Received) -> Chosen {
    let mut implausible = false;
    for (nanos, source) in [(time_nanos, TimeSource::Record), (observed_nanos, TimeSource::Observed)] {
        match i64::try_from(nanos).map(UnixNanos) {
            Ok(UnixNanos(0)) => {}
            Ok(time) if received.is_plausible(time) => {
                let ahead = time > received.latest.saturating_add(TOLD_AHEAD_NANOS);
                return Chosen { time, source, implausible, ahead };
            }
            _ => implausible = true,
        }
    }
    Chosen { time: received.clock, source: TimeSource::Received, implausible, ahead: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    use steplog_model::time::NANOS_PER_DAY;

    const EARLIEST: u64 = 946_684_800_000_000_000;
    const NOW: i64 = 1_795_000_000_000_000_000;

    #[track_caller]
    fn check(time: u64, observed: u64, want: (i64, TimeSource, bool)) {
        let chosen = choose(time, observed, UnixNanos(NOW).into());
        assert_eq!((chosen.time.0, chosen.source, chosen.implausible), want, "{time} {observed}");
    }

    #[test]
    fn a_time_that_is_to_come_is_told() {
        let ahead =
            |time: i64, observed: i64| choose(time as u64, observed as u64, UnixNanos(NOW).into()).ahead;
        assert!(!ahead(NOW + 60_000_000_000, 0));
        assert!(ahead(NOW + 60_000_000_001, 0));
        assert!(ahead(0, NOW + 300_000_000_000));
        // A time that is replaced is flagged as implausible, not as ahead, too.
        assert!(!ahead(NOW + 2 * NANOS_PER_DAY, NOW));
        assert!(!ahead(0, 0));
    }

    #[test]
    fn the_first_plausible_time_is_taken() {
        use TimeSource::{Observed, Received, Record};
        let now = NOW as u64;
        let day = NANOS_PER_DAY as u64;
        check(now - 5, now, (NOW - 5, Record, false));
        check(0, now - 7, (NOW - 7, Observed, false));
        check(0, 0, (NOW, Received, false));
        // 1970, 2262, beyond an i64, ten years ahead.
        check(1, now, (NOW, Observed, true));
        check(i64::MAX as u64, now, (NOW, Observed, true));
        check(u64::MAX, 0, (NOW, Received, true));
        check(now + 3_650 * day, u64::MAX, (NOW, Received, true));
        // Milliseconds and microseconds in the place of nanoseconds.
        check(now / 1_000_000, now, (NOW, Observed, true));
        check(now / 1_000, 0, (NOW, Received, true));
        // The borders.
        check(now + day, 0, (NOW + NANOS_PER_DAY, Record, false));
        check(now + day + 1, 0, (NOW, Received, true));
        check(EARLIEST, 0, (EARLIEST as i64, Record, false));
        check(EARLIEST - 1, 0, (NOW, Received, true));
        // A time that is not needed is not judged.
        check(now, 1, (NOW, Record, false));
    }

    #[test]
    fn a_clock_that_is_behind_what_the_store_knows_makes_no_time_implausible() {
        let behind = Received { clock: UnixNanos(NOW - 40 * NANOS_PER_DAY), latest: UnixNanos(NOW) };
        let chosen = choose(NOW as u64, 0, behind);
        assert_eq!((chosen.time.0, chosen.source, chosen.implausible), (NOW, TimeSource::Record, false));
        let chosen = choose((NOW + 2 * NANOS_PER_DAY) as u64, 0, behind);
        assert_eq!(
            (chosen.time, chosen.source, chosen.implausible),
            (behind.clock, TimeSource::Received, true)
        );
    }
}
