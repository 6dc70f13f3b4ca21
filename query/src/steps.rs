//! Round widths for the bars of a histogram.

use steplog_model::limits;
use steplog_model::query::Period;
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, UnixNanos};

use crate::zone::Zone;

const HOUR: i64 = 3_600 * NANOS_PER_SECOND;

/// The bars of a histogram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bars {
    /// Where each begins.
    pub(crate) starts: Vec<UnixNanos>,
    /// Where the last one ends.
    pub(crate) end: UnixNanos,
    /// Their width, but for those that the zone's clock makes longer or shorter.
    pub(crate) step_nanos: i64,
}

/// Bars of one width, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: UnixNanos,
    pub(crate) step_nanos: i64,
    pub(crate) count: usize,
}

impl Bars {
    /// The bars as stretches of equal ones: most often a single stretch, in a year of days five.
    pub(crate) fn runs(&self) -> Vec<Run> {
        let ends = self.starts.iter().skip(1).chain([&self.end]);
        let mut runs: Vec<Run> = Vec::new();
        for (start, end) in self.starts.iter().zip(ends) {
            let step_nanos = end.0.saturating_sub(start.0).max(1);
            match runs.last_mut() {
                Some(run) if run.step_nanos == step_nanos => run.count += 1,
                _ => runs.push(Run { start: *start, step_nanos, count: 1 }),
            }
        }
        runs
    }
}

/// The bars that cover the period: the narrowest round width with which they are not more than
/// `wanted`, or one more where the period's ends lie inside of bars. One is the period itself.
pub(crate) fn bars(period: Period, wanted: usize, zone: &Zone) -> Bars {
    let length = i128::from(period.to.0) - i128::from(period.from.0);
    if wanted <= 1
        && let Ok(step_nanos) = i64::try_from(length)
    {
        return Bars { starts: vec![period.from], end: period.to, step_nanos: step_nanos.max(1) };
    }
    let most = wanted.saturating_add(1).clamp(2, limits::MAX_BUCKETS);
    let fitting = widths().find_map(|step| with_width(period, step, zone, most));
    // All of time is three bars of the widest width.
    fitting.unwrap_or_else(|| Bars {
        starts: vec![period.from, UnixNanos(0)],
        end: period.to,
        step_nanos: i64::MAX,
    })
}

/// The bars of a width; `None` where there would be more than `most`.
fn with_width(period: Period, step: i64, zone: &Zone, most: usize) -> Option<Bars> {
    let length = i128::from(period.to.0) - i128::from(period.from.0);
    if length / i128::from(step) > most as i128 {
        return None;
    }
    let mut starts = Vec::new();
    let mut next = bar_of(period.from, step, zone);
    while next < period.to || starts.is_empty() {
        if starts.len() == most {
            return None;
        }
        starts.push(next);
        let after = bar_behind(next, step, zone);
        if after <= next {
            // The last bar that there can be.
            return Some(Bars { starts, end: UnixNanos::MAX, step_nanos: step });
        }
        next = after;
    }
    Some(Bars { starts, end: next, step_nanos: step })
}

/// Where the bar that holds a moment begins: at a multiple of its width on the zone's clock.
fn bar_of(moment: UnixNanos, step: i64, zone: &Zone) -> UnixNanos {
    let wall = zone.wall(moment);
    let into = wall.rem_euclid(i128::from(step));
    let start = if step <= HOUR { moved(moment, -into) } else { zone.moment(wall - into) };
    start.min(moment)
}

/// Where the next bar begins. Bars of up to an hour are as long as they say; longer ones end when the clock shows the
/// next multiple, so that a day is a day over a change of summer time.
fn bar_behind(start: UnixNanos, step: i64, zone: &Zone) -> UnixNanos {
    let wall = zone.wall(start);
    let left = i128::from(step) - wall.rem_euclid(i128::from(step));
    if step <= HOUR {
        return moved(start, left);
    }
    let next = zone.moment(wall + left);
    if next > start { next } else { moved(start, i128::from(step)) }
}

fn moved(moment: UnixNanos, nanos: i128) -> UnixNanos {
    let nanos = i128::from(moment.0) + nanos;
    UnixNanos(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
}

/// Round widths from narrow to wide.
fn widths() -> impl Iterator<Item = i64> {
    const MINUTE: i64 = 60 * NANOS_PER_SECOND;
    let below_a_second = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power)));
    let clock = [1, 2, 5, 10, 15, 30]
        .map(|count| count * NANOS_PER_SECOND)
        .into_iter()
        .chain([1, 2, 5, 10, 15, 30].map(|count| count * MINUTE))
        .chain([1, 2, 3, 6, 12].map(|count| count * HOUR));
    let calendar = [1, 2, 7, 14, 28].map(|count| count * NANOS_PER_DAY).into_iter();
    let beyond = (0..).map_while(|power: u32| 56_i64.checked_shl(power)?.checked_mul(NANOS_PER_DAY));
    below_a_second.chain(clock).chain(calendar).chain(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 1_795_392_000 * NANOS_PER_SECOND;

    #[track_caller]
    fn check(length_nanos: i64, wanted: usize, want_step_seconds: f64) {
        let from = UnixNanos(DAY + 1_234_567_891);
        let found = bars(Period { from, to: from.saturating_add(length_nanos) }, wanted, &Zone::utc());
        assert_eq!(found.step_nanos as f64 / 1e9, want_step_seconds, "{found:?}");
    }

    #[test]
    fn widths_are_round() {
        check(NANOS_PER_DAY, 60, 1_800.0);
        check(NANOS_PER_DAY, 96, 900.0);
        check(NANOS_PER_DAY, 1, 86_400.0);
        check(3_600_000_000_123, 1, 3_600.000_000_123);
        check(7 * NANOS_PER_DAY, 60, 10_800.0);
        check(3_600 * NANOS_PER_SECOND, 60, 60.0);
        check(NANOS_PER_SECOND, 10, 0.1);
        check(10, 60, 1e-9);
        check(14 * NANOS_PER_DAY, 2, 604_800.0);
    }

    #[test]
    fn widths_rise() {
        let widths: Vec<i64> = widths().collect();
        assert!(widths.windows(2).all(|pair| pair[0] < pair[1]), "{widths:?}");
        assert!(widths.len() < 100);
    }

    fn texts(from: &str, to: &str, wanted: usize, zone: &str) -> Vec<String> {
        let zone = Zone::named(zone).unwrap();
        let period = Period { from: from.parse().unwrap(), to: to.parse().unwrap() };
        bars(period, wanted, &zone).starts.iter().map(|start| zone.text(*start)).collect()
    }

    #[test]
    fn days_are_days_over_a_change_of_summer_time() {
        let found = texts("2026-10-23T22:00:00Z", "2026-10-27T23:00:00Z", 5, "Europe/Zagreb");
        let want = ["24", "25", "26", "27"].map(|day| format!("2026-10-{day} 00:00:00.000"));
        assert_eq!(found, want);
        let zone = Zone::named("Europe/Zagreb").unwrap();
        let period = Period {
            from: "2026-03-27T23:00:00Z".parse().unwrap(),
            to: "2026-03-31T22:00:00Z".parse().unwrap(),
        };
        let runs = bars(period, 4, &zone).runs();
        let found: Vec<_> = runs.iter().map(|run| (run.step_nanos / HOUR, run.count)).collect();
        assert_eq!(found, [(24, 1), (23, 1), (24, 2)]);
    }

    #[test]
    fn hours_are_those_of_the_zone() {
        let found = texts("2026-11-23T00:00:00Z", "2026-11-23T03:00:00Z", 3, "+05:45");
        assert_eq!(found[..2], ["2026-11-23 05:00:00.000", "2026-11-23 06:00:00.000"]);
        // The clock is set by half an hour: the bars are those of the clock again right after it.
        let found = texts("2026-04-04T12:00:00Z", "2026-04-04T18:00:00Z", 6, "Australia/Lord_Howe");
        assert_eq!(found.last().map(String::as_str), Some("2026-04-05 04:00:00.000"));
    }

    proptest! {
        #[test]
        fn bars_cover_the_period(
            from: i64,
            length in prop_oneof![1_i64.., 1_i64..100 * NANOS_PER_DAY],
            wanted in 1_usize..=1_000,
            zone in prop::sample::select(&["UTC", "Europe/Zagreb", "Australia/Lord_Howe", "+05:45", "America/St_Johns"][..]),
        ) {
            let period = Period { from: UnixNanos(from), to: UnixNanos(from.saturating_add(length)) };
            prop_assume!(period.from < period.to);
            let found = bars(period, wanted, &Zone::named(zone).unwrap());
            let count = found.starts.len();
            let most = if wanted == 1 { 1 } else { (wanted + 1).max(3) };
            prop_assert!((1..=most).contains(&count) && count <= limits::MAX_BUCKETS);
            prop_assert!(found.starts[0] <= period.from && found.end >= period.to);
            prop_assert!(found.starts.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(found.runs().iter().map(|run| run.count).sum::<usize>(), count);
        }
    }
}
