//! Time zones: what a clock on a wall shows, and when.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

/// A time zone: one of the IANA database, or a fixed distance to UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self { zone: TimeZone::UTC, name: "UTC".to_owned() }
    }

    /// The zone of this machine, as `TZ` or its settings say; UTC where they say nothing.
    #[must_use]
    pub fn local() -> Self {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        let name = zone.iana_name().unwrap_or("local time").to_owned();
        if name == "Etc/UTC" || zone == TimeZone::UTC { Self::utc() } else { Self { zone, name } }
    }

    /// The zone of a name: `Europe/Zagreb` in whatever case, `UTC`, `+05:45`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("z") {
            return Some(Self::utc());
        }
        if let Some(offset) = offset(name) {
            return Some(Self { zone: TimeZone::fixed(offset), name: name.to_owned() });
        }
        // The database takes other texts for a zone without rules.
        let zone = TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some())?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Some(Self { zone, name })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How far it is from UTC at a moment: `+01:00`.
    #[must_use]
    pub fn distance(&self, moment: UnixNanos) -> String {
        let seconds = self.offset(moment).seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.unsigned_abs() / 60;
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    fn offset(&self, moment: UnixNanos) -> Offset {
        let timestamp = Timestamp::from_nanosecond(i128::from(moment.0));
        timestamp.map_or(Offset::UTC, |timestamp| self.zone.to_offset(timestamp))
    }

    /// The moment at which a clock shows a date and a time such as `2026-11-23 09:52:11.804`; as [`Self::text`] writes it.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<UnixNanos> {
        let wall: DateTime = text.parse().ok()?;
        Some(self.moment(Offset::UTC.to_timestamp(wall).ok()?.as_nanosecond()))
    }

    /// What a clock shows at a moment: nanoseconds since the beginning of 1970 there.
    pub(crate) fn wall(&self, moment: UnixNanos) -> i128 {
        i128::from(moment.0) + i128::from(self.offset(moment).seconds()) * i128::from(NANOS_PER_SECOND)
    }

    /// When a clock shows so much: the first time where it does so twice, and the moment right behind the gap where
    /// it never does.
    pub(crate) fn moment(&self, wall: i128) -> UnixNanos {
        let ambiguous = civil(wall).map(|wall| self.zone.to_ambiguous_timestamp(wall));
        let nanos = match ambiguous.and_then(|ambiguous| ambiguous.compatible().ok()) {
            Some(timestamp) => timestamp.as_nanosecond(),
            None => wall,
        };
        UnixNanos(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }

    /// A moment as spreadsheets and people read it: `2026-11-23 09:52:11.804`.
    #[must_use]
    pub fn text(&self, moment: UnixNanos) -> String {
        match civil(self.wall(moment)) {
            Some(wall) => wall.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
            None => moment.to_string(),
        }
    }
}

fn civil(wall: i128) -> Option<DateTime> {
    Some(Offset::UTC.to_datetime(Timestamp::from_nanosecond(wall).ok()?))
}

/// `+05:45`, `-03:00`; a plus sign in an address arrives as a space.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix(['+', ' '])?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |digits: &str, most: i32| {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i32>().ok().filter(|number| two && *number <= most)
    };
    Offset::from_seconds(sign * (number(hours, 23)? * 3_600 + number(minutes, 59)? * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, moment: &str, want: &str) {
        let zone = Zone::named(zone).unwrap();
        let moment: UnixNanos = moment.parse().unwrap();
        assert_eq!(zone.text(moment), want);
    }

    #[test]
    fn moments_as_clocks_show_them() {
        check("UTC", "2026-11-23T09:52:11.804999999Z", "2026-11-23 09:52:11.804");
        check("europe/zagreb", "2026-11-23T09:52:11Z", "2026-11-23 10:52:11.000");
        check("Europe/Zagreb", "2026-07-01T09:52:11Z", "2026-07-01 11:52:11.000");
        check("+05:45", "2026-11-23T09:52:11Z", "2026-11-23 15:37:11.000");
        check("-03:00", "1969-12-31T23:59:59.9999Z", "1969-12-31 20:59:59.999");
        check("UTC", "9999-12-31T00:00:00Z", "2262-04-11 23:47:16.854");
    }

    #[test]
    fn what_is_shown_is_read() {
        for (zone, moment) in
            [("Europe/Zagreb", "2026-07-01T09:52:11.804Z"), ("+05:45", "2026-01-01T00:00:00Z")]
        {
            let (zone, moment) = (Zone::named(zone).unwrap(), moment.parse::<UnixNanos>().unwrap());
            assert_eq!(zone.read(&zone.text(moment)), Some(moment));
        }
        assert_eq!(
            Zone::named("Europe/Zagreb").unwrap().distance("2026-07-01T00:00:00Z".parse().unwrap()),
            "+02:00"
        );
        assert_eq!(Zone::named("-03:30").unwrap().distance(UnixNanos(0)), "-03:30");
        assert_eq!(Zone::utc().read("2026-11-23 25:00"), None);
    }

    #[test]
    fn what_is_no_zone() {
        for other in
            ["", "Europe", "Mars/Olympus", "+5", "+24:00", "+05:60", "EST5EDT,M3.2.0,M11.1.0", "../etc"]
        {
            assert_eq!(Zone::named(other), None, "{other}");
        }
    }
}
