//! Moments and days: nanoseconds since the Unix epoch in UTC, and the UTC days that partitions are named after.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

/// Nanoseconds of one second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;
/// Nanoseconds of one UTC day (POSIX days: no leap seconds).
pub const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;

/// A moment: nanoseconds since 1970-01-01T00:00:00Z. Spans the years 1677 to 2262.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixNanos(pub i64);

impl UnixNanos {
    /// The earliest moment.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest moment.
    pub const MAX: Self = Self(i64::MAX);

    /// The wall clock's reading. The only place in the product that asks it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub fn now() -> Self {
        let now = Timestamp::now().as_nanosecond();
        Self(i64::try_from(now).unwrap_or(i64::MAX))
    }

    /// The UTC day that holds this moment.
    #[must_use]
    pub fn day(self) -> UtcDay {
        // A day number of an i64 of nanoseconds lies within ±106,752.
        UtcDay(self.0.div_euclid(NANOS_PER_DAY) as i32)
    }

    /// This moment moved by `nanos`, stopping at the ends of the range.
    #[must_use]
    pub fn saturating_add(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

/// When something was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// What the clock said.
    pub clock: UnixNanos,
    /// What time it may be at most, as far as the store knows: the clock may be behind.
    pub latest: UnixNanos,
}

impl Received {
    /// 2000-01-01T00:00:00Z: older records are unlikely, and numbers of another unit (seconds, milliseconds,
    /// microseconds since 1970) fall before it.
    const EARLIEST: UnixNanos = UnixNanos(946_684_800_000_000_000);

    /// How far ahead of the receipt a time may be: clocks go wrong, and time zones are mistaken.
    const MAX_AHEAD_NANOS: i64 = NANOS_PER_DAY;

    /// Whether something that was received then may have happened at `time`.
    #[must_use]
    pub fn is_plausible(self, time: UnixNanos) -> bool {
        time >= Self::EARLIEST && time <= self.latest.saturating_add(Self::MAX_AHEAD_NANOS)
    }
}

impl From<UnixNanos> for Received {
    /// By a clock that is believed.
    fn from(clock: UnixNanos) -> Self {
        Self { clock, latest: clock }
    }
}

impl fmt::Display for UnixNanos {
    /// RFC 3339 in UTC, always with nine digits: `2026-11-23T09:52:11.804000000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(timestamp) => write!(f, "{timestamp:.9}"),
            Err(_) => write!(f, "{}ns", self.0),
        }
    }
}

/// A text that is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time; write RFC 3339 such as 2026-11-23T09:00:00Z, or nanoseconds since 1970")]
pub struct ParseTimeError(pub String);

impl FromStr for UnixNanos {
    type Err = ParseTimeError;

    /// Reads RFC 3339 or a whole number of Unix nanoseconds. A moment before [`Self::MIN`] is that, one after
    /// [`Self::MAX`] that: the year 9999 is written for an end that never comes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(nanos) = text.parse::<i64>() {
            return Ok(Self(nanos));
        }
        rfc_3339(text).ok_or_else(|| ParseTimeError(text.to_owned()))
    }
}

/// A moment of RFC 3339, moved into the range.
fn rfc_3339(text: &str) -> Option<UnixNanos> {
    // The RFC's hours of an offset end at 23.
    const LONGEST_OFFSET_SECONDS: i32 = 86_400;
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    let offset =
        pieces.to_numeric_offset().filter(|offset| offset.seconds().abs() < LONGEST_OFFSET_SECONDS)?;
    let (date, time) = (pieces.date(), pieces.time()?);
    let days = date.since(jiff::civil::date(1970, 1, 1)).ok()?.get_days();
    // In 128 bits: ten thousand years of nanoseconds are more than 64 hold.
    let of_day = time.duration_since(jiff::civil::Time::midnight()).as_nanos();
    let offset = i128::from(offset.seconds()) * i128::from(NANOS_PER_SECOND);
    let nanos = i128::from(days) * i128::from(NANOS_PER_DAY) + of_day - offset;
    Some(UnixNanos(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })))
}

/// A UTC day, counted from 1970-01-01. Names a partition's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcDay(pub i32);

impl UtcDay {
    /// The day's first moment.
    #[must_use]
    pub fn start(self) -> UnixNanos {
        UnixNanos(i64::from(self.0).saturating_mul(NANOS_PER_DAY))
    }

    /// The first moment after the day.
    #[must_use]
    pub fn end(self) -> UnixNanos {
        UtcDay(self.0.saturating_add(1)).start()
    }
}

impl fmt::Display for UtcDay {
    /// `2026-11-23`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(self.0));
        write!(f, "{date}")
    }
}

impl FromStr for UtcDay {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseTimeError(text.to_owned());
        let date: jiff::civil::Date = text.parse().map_err(|_| error())?;
        let span = date.since(jiff::civil::date(1970, 1, 1)).map_err(|_| error())?;
        let day = Self(span.get_days());
        // Only the one spelling that `Display` writes names a day.
        if day.to_string() == text { Ok(day) } else { Err(error()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<i64>) {
        assert_eq!(text.parse::<UnixNanos>().ok().map(|t| t.0), want, "{text}");
    }

    #[test]
    fn reads_and_writes_moments() {
        check("0", Some(0));
        check("1970-01-01T00:00:01Z", Some(NANOS_PER_SECOND));
        check("1970-01-01T01:00:00.000000001+01:00", Some(1));
        check("9223372036854775807", Some(i64::MAX));
        check("9999-12-31T23:59:59Z", Some(i64::MAX));
        check("0001-01-01T00:00:00Z", Some(i64::MIN));
        check("0000-01-01T00:00:00+23:59", Some(i64::MIN));
        check("1970-01-01t05:45:00+05:45", Some(0));
        check("1969-12-31T12:00:00.5-12:00", Some(NANOS_PER_SECOND / 2));
        check("2016-12-31T23:59:60Z", Some(1_483_228_799 * NANOS_PER_SECOND));
        check("2026-11-23T09:00:00+25:00", None);
        check("2026-11-23T09:00:00+24:00", None);
        check("2026-11-23T09:00:00", None);
        check("2026-11-23", None);
        check("yesterday", None);
        assert_eq!(UnixNanos(1).to_string(), "1970-01-01T00:00:00.000000001Z");
        assert_eq!(UnixNanos::MAX.to_string(), "2262-04-11T23:47:16.854775807Z");
        assert_eq!(UnixNanos::MIN.to_string().parse(), Ok(UnixNanos::MIN));
    }

    #[test]
    fn days_and_their_names() {
        assert_eq!(UnixNanos(-1).day(), UtcDay(-1));
        assert_eq!(UtcDay(-1).to_string(), "1969-12-31");
        for day in [-106_751, -1, 0, 1, 20_780, 106_751].map(UtcDay) {
            assert_eq!(day.to_string().parse(), Ok(day));
            assert_eq!(day.start().day(), day);
            assert_eq!(UnixNanos(day.end().0 - 1).day(), day);
        }
        assert!("2026-1-02".parse::<UtcDay>().is_err());
        assert!("2026-11-23x".parse::<UtcDay>().is_err());
    }
}
