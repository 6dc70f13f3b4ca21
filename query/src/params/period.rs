//! `from` and `to`.

use steplog_model::query::Period;
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, UnixNanos};

use super::fields::{Fields, shortened};

/// The period where none is asked for.
const DEFAULT_NANOS: i64 = NANOS_PER_DAY;

/// Whole numbers nearer to 0 than this (March 1973) are taken for seconds, milli- or microseconds.
const LEAST_PLAUSIBLE_NANOS: u64 = 100_000_000_000_000_000;

/// The period of a request.
pub(super) fn read(fields: &mut Fields<'_>, now: UnixNanos) -> Period {
    let from = moment(fields, "from", now);
    let to = moment(fields, "to", now);
    // An end that never comes is none.
    let end = to.filter(|to| *to < UnixNanos::MAX).unwrap_or(now);
    let period = Period {
        from: from.unwrap_or_else(|| end.saturating_add(-DEFAULT_NANOS)),
        // No end where none is stated: the clock of a sender may be ahead of ours.
        to: to.unwrap_or(UnixNanos::MAX),
    };
    if period.from >= period.to && !fields.has_errors() {
        let problem = format!("the period ends ({}) where it begins ({}) or before", period.to, period.from);
        fields.error(if to.is_some() { "to" } else { "from" }, &problem, "let it end after its beginning");
    }
    period
}

fn moment(fields: &mut Fields<'_>, name: &str, now: UnixNanos) -> Option<UnixNanos> {
    let text = fields.single(name)?;
    match parse(text, now) {
        Ok(moment) => Some(moment),
        Err(hint) => {
            fields.error(name, &format!("{:?} is not a time", shortened(text)), hint);
            None
        }
    }
}

/// Reads a moment; the error says what to write instead.
pub(crate) fn parse(text: &str, now: UnixNanos) -> Result<UnixNanos, &'static str> {
    if let Some(offset) = text.strip_prefix("now") {
        let hint = "write now, or now-24h with s, m, h, d or w";
        return relative(offset).map(|nanos| now.saturating_add(nanos)).ok_or(hint);
    }
    let moment: UnixNanos = text.parse().map_err(|_| {
        // A plus sign in an address arrives as a space.
        let with_plus = text.rsplit_once(' ').map(|(time, zone)| format!("{time}+{zone}"));
        if with_plus.is_some_and(|text| text.parse::<UnixNanos>().is_ok()) {
            "write RFC 3339, such as 2026-11-23T09:00:00Z; in an address write + as %2B"
        } else {
            "write RFC 3339, such as 2026-11-23T09:00:00Z, or Unix nanoseconds, or now-24h"
        }
    })?;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'+');
    if is_number && moment.0 != 0 && moment.0.unsigned_abs() < LEAST_PLAUSIBLE_NANOS {
        return Err("a number means nanoseconds since 1970, 19 digits today: add zeros, or write RFC 3339");
    }
    Ok(moment)
}

/// The nanoseconds of ``, `-24h`, `+5m`.
fn relative(offset: &str) -> Option<i64> {
    if offset.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match offset.strip_prefix('-') {
        Some(rest) => (-1, rest),
        // A plus sign in an address arrives as a space.
        None => (1, offset.strip_prefix(['+', ' '])?),
    };
    let unit = rest.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let digits = rest.strip_suffix(unit)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: i64 = digits.parse().ok()?;
    count.checked_mul(seconds)?.checked_mul(NANOS_PER_SECOND)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixNanos = UnixNanos(1_795_420_800_000_000_000);

    #[track_caller]
    fn check(text: &str, want: Option<i64>) {
        assert_eq!(parse(text, NOW).ok().map(|moment| moment.0), want, "{text}");
    }

    #[test]
    fn moments_of_every_kind() {
        check("now", Some(NOW.0));
        check("now-24h", Some(NOW.0 - 86_400_000_000_000));
        check("now-1w", Some(NOW.0 - 604_800_000_000_000));
        check("now+5m", Some(NOW.0 + 300_000_000_000));
        check("now 5s", Some(NOW.0 + 5_000_000_000));
        check("1795420800000000001", Some(1_795_420_800_000_000_001));
        check("0", Some(0));
        check("2026-11-23T09:00:00+01:00", Some(1_795_420_800_000_000_000));
        check("9999-12-31T23:59:59Z", Some(i64::MAX));
        check("0001-01-01T00:00:00Z", Some(i64::MIN));
    }

    #[test]
    fn what_is_no_moment() {
        for bad in [
            "now-",
            "now-h",
            "now-24",
            "now--1h",
            "now-1y",
            "now-1.5h",
            "now1h",
            "nowhere",
            "now-99999999999w",
        ] {
            check(bad, None);
        }
        // Seconds and milliseconds would silently mean 1970.
        check("1795420800", None);
        check("1795420800000", None);
        check("2026-11-23", None);
        check("2026-11-23T09:00:00", None);
        check("yesterday", None);
    }
}
