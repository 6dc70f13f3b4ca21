//! The clock by which a command shows times and reads them.

use steplog_model::time::UnixNanos;
use steplog_query::zone::Zone;

use super::output;

/// The zone of times.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ZoneArgs {
    /// The zone of times that are shown, and of those that are written without one: a name such as Europe/Zagreb, UTC, or
    /// an offset such as +05:45. Without it: this machine's zone on a terminal, UTC into a pipe or a file. JSON has UTC.
    #[arg(long, value_name = "ZONE", value_parser = zone, allow_hyphen_values = true)]
    tz: Option<Zone>,
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name)
        .ok_or_else(|| "write a name such as Europe/Zagreb, UTC, or an offset such as +05:45".to_owned())
}

impl ZoneArgs {
    /// The clock that was asked for, else that of whoever reads.
    pub(super) fn clock(&self) -> Clock {
        let usual = || if output::is_for_people() { Zone::local() } else { Zone::utc() };
        Clock(self.tz.clone().unwrap_or_else(usual))
    }

    /// UTC, unless another zone was asked for: what goes into a file is the same wherever it is written.
    pub(super) fn or_utc(&mut self) -> &Zone {
        self.tz.get_or_insert_with(Zone::utc)
    }

    /// Where a time without a zone is not read as this machine's clock shows it: what is done instead.
    pub(super) fn guess(&self) -> Option<String> {
        let local = Zone::local();
        if self.tz.is_some() || output::is_for_people() || local == Zone::utc() {
            return None;
        }
        Some(format!(
            "is read as UTC, since no terminal reads the answer; --tz {} reads it as this machine's",
            local.name()
        ))
    }
}

/// Shows times of the API as people read them.
#[derive(Clone, Debug)]
pub(super) struct Clock(Zone);

impl Clock {
    #[cfg(test)]
    pub(super) fn named(zone: &str) -> Self {
        Self(Zone::named(zone).unwrap())
    }

    /// `2026-11-23T09:52:11.804000000Z` as the day and the time of day, `2026-11-23` and `09:52:11.804`.
    pub(super) fn moment(&self, time: &str) -> (String, String) {
        let Ok(moment) = time.parse::<UnixNanos>() else { return (time.to_owned(), String::new()) };
        let shown = self.0.text(moment);
        let (day, clock) = shown.split_once(' ').unwrap_or((&shown, ""));
        (day.to_owned(), clock.to_owned())
    }

    /// A time with its zone; empty where there is none.
    pub(super) fn full(&self, time: &str) -> String {
        let (day, clock) = self.moment(time);
        if time.is_empty() { String::new() } else { format!("{day} {clock} {}", self.short([time])) }
    }

    /// The zone of these times in few letters: its distance to UTC, or its name where that changes among them.
    pub(super) fn short<'a>(&self, times: impl IntoIterator<Item = &'a str>) -> String {
        if self.0 == Zone::utc() {
            return self.0.name().to_owned();
        }
        let moments = times.into_iter().filter_map(|time| time.parse::<UnixNanos>().ok());
        let mut distances: Vec<_> = moments.map(|moment| self.0.distance(moment)).collect();
        distances.dedup();
        match distances.as_slice() {
            [only] => only.clone(),
            _ => self.0.name().to_owned(),
        }
    }

    /// The zone's name.
    pub(super) fn name(&self) -> &str {
        self.0.name()
    }

    /// A time as a table shows it, `2026-11-23 09:52:11.804` or a day, for the API; nothing where it is no such time.
    pub(super) fn read(&self, text: &str) -> Option<String> {
        lacks_zone(text).then(|| self.0.read(text)).flatten().map(|moment| moment.to_string())
    }
}

/// Whether a text is a day, alone or with a time of day, that tells no zone.
pub(super) fn lacks_zone(text: &str) -> bool {
    let shape: String = text.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    let whole = shape.split('.').next().unwrap_or_default().replace('T', " ");
    matches!(whole.as_str(), "0000-00-00 00:00:00" | "0000-00-00 00:00" | "0000-00-00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_shown() {
        let zagreb = Clock::named("Europe/Zagreb");
        let (day, clock) = zagreb.moment("2026-11-23T23:52:11.804000000Z");
        assert_eq!((day.as_str(), clock.as_str()), ("2026-11-24", "00:52:11.804"));
        let check = |text: &str, want: Option<&str>| assert_eq!(zagreb.read(text).as_deref(), want, "{text}");
        check("2026-11-24 00:52:11.804", Some("2026-11-23T23:52:11.804000000Z"));
        check("2026-11-24T00:52", Some("2026-11-23T23:52:00.000000000Z"));
        check("2026-07-01", Some("2026-06-30T22:00:00.000000000Z"));
        check("2026-11-23T09:00:00Z", None);
        check("now-24h", None);
        check("1764000000000000000", None);
        check("2026-13-01", None);
    }

    #[test]
    fn zones_are_told_in_few_letters() {
        let (winter, summer) = ("2026-11-23T09:52:11Z", "2026-07-23T09:52:11Z");
        let zagreb = Clock::named("Europe/Zagreb");
        assert_eq!(zagreb.short([winter]), "+01:00");
        assert_eq!(zagreb.short([winter, summer]), "Europe/Zagreb");
        assert_eq!(Clock::named("UTC").short([winter]), "UTC");
        assert_eq!(zagreb.full(winter), "2026-11-23 10:52:11.000 +01:00");
        assert_eq!((zagreb.full("").as_str(), zagreb.moment("soon").0.as_str()), ("", "soon"));
    }
}
