//! Round widths for the bars of a histogram.

use steplog_model::limits;
use steplog_model::query::Period;
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, UnixNanos};

/// The bars of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bars {
    /// The start of the first bar, a multiple of the width.
    pub(crate) start: UnixNanos,
    pub(crate) step_nanos: i64,
    pub(crate) count: usize,
}

/// The bars that cover the period: the narrowest round width with which they are not more than
/// `wanted`, or one more where the period's ends lie inside of bars.
pub(crate) fn bars(period: Period, wanted: usize) -> Bars {
    let most = wanted.saturating_add(1).clamp(2, limits::MAX_BUCKETS);
    let fitting = widths().find_map(|step_nanos| {
        let bars = with_width(period, step_nanos);
        (bars.count <= most).then_some(bars)
    });
    // All of time is three bars of the widest width.
    fitting.unwrap_or_else(|| with_width(period, i64::MAX))
}

fn with_width(period: Period, step_nanos: i64) -> Bars {
    let first = period.from.0.div_euclid(step_nanos);
    let last = period.to.0.saturating_sub(1).max(period.from.0).div_euclid(step_nanos);
    // In 128 bits: for narrow widths the number of bars is beyond 64.
    let count = i128::from(last) - i128::from(first) + 1;
    Bars {
        start: UnixNanos(first.saturating_mul(step_nanos)),
        step_nanos,
        count: usize::try_from(count).unwrap_or(usize::MAX),
    }
}

/// Round widths from narrow to wide.
fn widths() -> impl Iterator<Item = i64> {
    const MINUTE: i64 = 60 * NANOS_PER_SECOND;
    const HOUR: i64 = 60 * MINUTE;
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
        let found = bars(Period { from, to: from.saturating_add(length_nanos) }, wanted);
        assert_eq!(found.step_nanos as f64 / 1e9, want_step_seconds, "{found:?}");
    }

    #[test]
    fn widths_are_round() {
        check(NANOS_PER_DAY, 60, 1_800.0);
        check(NANOS_PER_DAY, 96, 900.0);
        check(NANOS_PER_DAY, 1, 86_400.0);
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

    proptest! {
        #[test]
        fn bars_cover_the_period(from: i64, length in 1_i64.., wanted in 1_usize..=1_000) {
            let period = Period { from: UnixNanos(from), to: UnixNanos(from.saturating_add(length)) };
            prop_assume!(period.from < period.to);
            let found = bars(period, wanted);
            prop_assert!((1..=(wanted + 1).max(3)).contains(&found.count) && found.count <= limits::MAX_BUCKETS);
            prop_assert!(found.start <= period.from);
            let end = i128::from(found.start.0) + found.count as i128 * i128::from(found.step_nanos);
            prop_assert!(end >= i128::from(period.to.0));
        }
    }
}
