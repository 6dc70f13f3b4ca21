//! The question of the API as flags: search text, period, and a filter for each column.

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command};
use steplog_model::column::{Column, ColumnKind};
use steplog_model::status;
use steplog_model::time::UnixNanos;
use steplog_query::zone::Zone;

use super::clock::{Clock, ZoneArgs, lacks_zone};
use super::output;

/// Which events: search text, period, and filters by column and attribute, named as in the API.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Question {
    /// Search text: words that must all occur, "a phrase", begin*, -not, this OR that, column:value.
    #[arg()]
    text: Vec<String>,
    /// From when: now-24h, a time as tables show it (2026-11-23 09:00, in the zone of --tz), 2026-11-23T09:00:00Z, or
    /// Unix nanoseconds. By default the last 24 hours.
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<String>,
    /// Until when; this moment is not part of it.
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<String>,
    #[command(flatten)]
    zone: ZoneArgs,
    #[command(flatten)]
    filters: Filters,
}

/// Stands for the hyphen of an excluded word while the command line is read.
const EXCLUDED: &str = "\u{1}-";

/// The same arguments with `-word` marked as a word of the search text, where it would be read as flags: one hyphen
/// before two characters or more, not right after a flag, whose value it might be.
pub(super) fn with_excluded_words(args: Vec<OsString>) -> Vec<OsString> {
    let mut after_flag = false;
    let mark = |arg: OsString| {
        let text = arg.to_string_lossy();
        let is_word = !after_flag && text.len() > 2 && text.starts_with('-') && !text.starts_with("--");
        after_flag = text.starts_with("--") && !text.contains('=');
        if is_word { format!("{EXCLUDED}{}", &text[1..]).into() } else { arg }
    };
    args.into_iter().map(mark).collect()
}

impl Question {
    /// The query parameters that say the same.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let single =
            [("q", Some(self.text.join(" ").replace(EXCLUDED, "-")).filter(|text| !text.is_empty()))];
        let single = single.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        single.chain(self.period()).chain(self.filters.0.iter().cloned()).collect()
    }

    /// The clock by which times are shown and read.
    pub(super) fn clock(&self) -> Clock {
        self.zone.clock()
    }

    /// The same with times in UTC, unless another zone was asked for; and the zone.
    pub(super) fn in_utc(&mut self) -> &steplog_query::zone::Zone {
        self.zone.or_utc()
    }

    /// Says so where an end of the period is read by another clock than this machine's.
    pub(super) fn tell_guess(&self) {
        let ends = [("from", &self.from), ("to", &self.to)];
        let without = ends.into_iter().find(|(_, end)| end.as_deref().is_some_and(lacks_zone));
        if let (Some((name, Some(end))), Some(guess)) = (without, self.zone.guess()) {
            output::tell(format_args!("--{name} {end} {guess}"));
        }
    }

    /// The filters for one of the values of a column, and the period: where the names of values are looked up.
    pub(super) fn wanted_values(&self) -> impl Iterator<Item = (Column, &str)> {
        let wanted = self.filters.0.iter().filter(|(_, value)| !value.starts_with('!'));
        wanted.filter_map(|(name, value)| Some((name.parse::<Column>().ok()?, value.as_str())))
    }

    /// The period alone.
    pub(super) fn period(&self) -> Vec<(String, String)> {
        let (ends, clock) = ([("from", &self.from), ("to", &self.to)], self.clock());
        let read = |end: &String| clock.read(end).unwrap_or_else(|| end.clone());
        ends.into_iter().filter_map(|(name, end)| Some((name.to_owned(), end.as_ref().map(read)?))).collect()
    }

    /// The search text, where it reads like the name of a file.
    pub(super) fn file_name(&self) -> Option<&str> {
        const ENDS: [&str; 8] = ["ndjson", "json", "jsonl", "csv", "xlsx", "txt", "gz", "zst"];
        let [name] = self.text.as_slice() else { return None };
        let end = name.rsplit_once('.')?.1.to_ascii_lowercase();
        ENDS.contains(&&*end).then_some(name)
    }

    /// Whether it has no period.
    pub(super) const fn is_of_all_time(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Whether anything but the period narrows it.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.text.is_empty() || !self.filters.0.is_empty()
    }
}

/// A time that can be read. A time of day alone is none: it might be of any day.
fn time(text: &str) -> Result<String, String> {
    let is_clock = |text: &str| lacks_zone(&format!("2026-11-23 {text}"));
    if is_clock(text) {
        return Err(format!("{text} has no day: write it before the time, such as 2026-11-23 {text}"));
    }
    let is_read = if lacks_zone(text) {
        Zone::utc().read(text).is_some()
    } else {
        // What follows is told by the API where it is wrong.
        text.starts_with("now") || text.parse::<UnixNanos>().is_ok()
    };
    if !is_read {
        return Err(
            "write a day with a time or without, such as 2026-11-23 09:52, or how long ago, such as now-2h"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// Filters by column and attribute.
#[derive(Clone, Debug, Default)]
struct Filters(Vec<(String, String)>);

const HEADING: &str = "Filters: repeated for any of, !VALUE for none of, * for any value, !* for none at all";

/// The values that a column has by itself. All columns take others as well.
pub(super) const fn own_values(column: Column) -> &'static [&'static str] {
    match column {
        Column::Status => &status::STATUSES,
        Column::OccurredIn => &status::CONTEXTS,
        _ => &[],
    }
}

/// What a column is, and the values that it has by itself.
fn help(column: Column) -> String {
    match own_values(column) {
        [] => column.label().to_owned(),
        own => format!("{}: {}, or another value", column.label(), own.join(", ")),
    }
}

/// The flag of a column: its name, with dashes as flags have them.
pub(super) const fn flag(column: Column) -> &'static str {
    match column {
        Column::OccurredIn => "occurred-in",
        Column::PerformedBy => "performed-by",
        Column::TraceId => "trace-id",
        Column::SpanId => "span-id",
        Column::ObjectId => "object-id",
        Column::ElementId => "element-id",
        Column::ElementType => "element-type",
        Column::PerformedByType => "performed-by-type",
        Column::StatusRaw => "status-raw",
        Column::OccurredInRaw => "occurred-in-raw",
        one_word => one_word.name(),
    }
}

impl clap::Args for Filters {
    fn augment_args(command: Command) -> Command {
        let columns = Column::ALL.iter().copied().map(|column| {
            Arg::new(column.name())
                .long(flag(column))
                .alias(column.name())
                .value_name("VALUE")
                .action(ArgAction::Append)
                .help_heading(HEADING)
                // The help of -h has those that the page has; --help has all.
                .hide_short_help(column.kind() == ColumnKind::Detail)
                .help(help(column))
        });
        let attribute = Arg::new("attr")
            .long("attr")
            .value_name("KEY=VALUE")
            .action(ArgAction::Append)
            .value_parser(|text: &str| match text.split_once('=') {
                Some((key, _)) if !key.is_empty() => Ok(text.to_owned()),
                _ => Err("write KEY=VALUE"),
            })
            .help_heading(HEADING)
            .help("Any attribute by its key; KEY= for the empty value");
        command.args(columns).arg(attribute)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Filters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut filters = Self::default();
        filters.update_from_arg_matches(matches)?;
        Ok(filters)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let values = |id: &str| matches.get_many::<String>(id).into_iter().flatten().cloned();
        for column in Column::ALL {
            self.0.extend(values(column.name()).map(|value| (column.name().to_owned(), value)));
        }
        let attributes = values("attr").filter_map(|text| {
            text.split_once('=').map(|(key, value)| (format!("attr.{key}"), value.to_owned()))
        });
        self.0.extend(attributes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Only {
        #[command(flatten)]
        question: Question,
    }

    #[test]
    fn words_are_excluded_and_flags_stay_flags() {
        use clap::Parser as _;
        let check = |arguments: &[&str], want: &[(&str, &str)]| {
            let all = std::iter::once("search").chain(arguments.iter().copied()).map(OsString::from);
            let found =
                Only::try_parse_from(with_excluded_words(all.collect())).unwrap().question.parameters();
            let want: Vec<_> = want.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            assert_eq!(found, want);
        };
        check(&["alpha", "-beta", "--status", "failed"], &[("q", "alpha -beta"), ("status", "failed")]);
        check(&["-hotel", "--from", "now-2h", "x"], &[("q", "-hotel x"), ("from", "now-2h")]);
        check(&["--attr", "note=", "--person", "!*"], &[("person", "!*"), ("attr.note", "")]);
    }

    #[test]
    fn times_are_read_by_the_clock_that_shows_them() {
        use clap::Parser as _;
        let period = |arguments: &[&str]| {
            let all = std::iter::once("search").chain(arguments.iter().copied());
            Only::try_parse_from(all).map(|only| only.question.period())
        };
        let from = |want: &str| vec![("from".to_owned(), want.to_owned())];
        let check = |arguments: &[&str], want: &str| assert_eq!(period(arguments).unwrap(), from(want));
        check(&["--tz", "UTC", "--from", "2026-11-23 09:52"], "2026-11-23T09:52:00.000000000Z");
        check(&["--tz", "Europe/Zagreb", "--from", "2026-11-23"], "2026-11-22T23:00:00.000000000Z");
        check(&["--tz", "-03:30", "--from", "2026-11-23 09:52:11.804"], "2026-11-23T13:22:11.804000000Z");
        check(&["--tz", "Europe/Zagreb", "--from", "2026-11-23T09:00:00Z"], "2026-11-23T09:00:00Z");
        check(&["--tz", "Europe/Zagreb", "--from", "now-24h"], "now-24h");
        let refused = period(&["--from", "09:52:11.804"]).unwrap_err().to_string();
        assert!(refused.contains("2026-11-23 09:52:11.804"), "{refused}");
        for unread in ["30.11.2026 15:00", "yesterday", "2026-13-01", "2026-11-30 25:00", "2h", ""] {
            let refused = period(&["--from", unread]).unwrap_err().to_string();
            assert!(refused.contains("such as 2026-11-23 09:52, or how long ago"), "{refused}");
        }
        assert!(period(&["--tz", "Mars"]).unwrap_err().to_string().contains("Europe/Zagreb"));
    }
}
