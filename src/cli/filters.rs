//! The question of the API as flags: search text, period, and a filter for each column.

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command};
use steplog_model::column::{Column, ColumnKind};

/// Which events: search text, period, and filters by column and attribute, named as in the API.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Question {
    /// Search text: words that must all occur, "a phrase", begin*, -not, this OR that, column:value.
    #[arg()]
    text: Vec<String>,
    /// From when: 2026-11-23T09:00:00Z, a time as tables show it (UTC), Unix nanoseconds, or now-24h. By default the
    /// last 24 hours.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<String>,
    /// Until when; this moment is not part of it.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<String>,
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
        let single = [
            ("q", Some(self.text.join(" ").replace(EXCLUDED, "-")).filter(|text| !text.is_empty())),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
        ];
        let single = single.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        single.chain(self.filters.0.iter().cloned()).collect()
    }

    /// The filters for one of the values of a column, and the period: where the names of values are looked up.
    pub(super) fn wanted_values(&self) -> impl Iterator<Item = (Column, &str)> {
        let wanted = self.filters.0.iter().filter(|(_, value)| !value.starts_with('!'));
        wanted.filter_map(|(name, value)| Some((name.parse::<Column>().ok()?, value.as_str())))
    }

    /// The period alone.
    pub(super) fn period(&self) -> Vec<(String, String)> {
        let ends = [("from", &self.from), ("to", &self.to)];
        ends.into_iter().filter_map(|(name, end)| Some((name.to_owned(), end.clone()?))).collect()
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

/// A time as the API reads it: one that a table shows, `2026-11-23 09:52:11.804` or a day, is one of UTC.
fn moment(text: &str) -> Result<String, String> {
    let shape: String = text.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    let whole = shape.split('.').next().unwrap_or_default();
    match whole {
        "0000-00-00 00:00:00" => Ok(format!("{}Z", text.replace(' ', "T"))),
        "0000-00-00 00:00" => Ok(format!("{}:00Z", text.replace(' ', "T"))),
        "0000-00-00" => Ok(format!("{text}T00:00:00Z")),
        "00:00:00" | "00:00" => {
            Err(format!("{text} has no day: write it before the time, such as 2026-11-23 {text} (UTC)"))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Filters by column and attribute.
#[derive(Clone, Debug, Default)]
struct Filters(Vec<(String, String)>);

const HEADING: &str = "Filters: repeated for any of, !VALUE for none of, * for any value, !* for none at all";

/// The flag of a column: its name, with dashes as flags have them.
const fn flag(column: Column) -> &'static str {
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
                .help(column.label())
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
    fn times_are_read_as_tables_show_them() {
        let check = |text: &str, want: &str| assert_eq!(moment(text).as_deref(), Ok(want));
        check("2026-11-23 09:52:11.804", "2026-11-23T09:52:11.804Z");
        check("2026-11-23 09:52", "2026-11-23T09:52:00Z");
        check("2026-11-23", "2026-11-23T00:00:00Z");
        check("2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z");
        check("now-24h", "now-24h");
        check("1764000000000000000", "1764000000000000000");
        check("yesterday", "yesterday");
        assert!(moment("09:52:11.804").unwrap_err().contains("2026-11-23 09:52:11.804"));
    }
}
