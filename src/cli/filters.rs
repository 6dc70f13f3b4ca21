//! The filters of the API as flags: one for each column that can be asked for.

use clap::{Arg, ArgAction, ArgMatches, Command};
use steplog_model::column::{Column, ColumnKind};

/// Filters by column and attribute, named as in the API.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters(Vec<(String, String)>);

impl Filters {
    /// The query parameters that say the same.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The columns with flags: those of the page's filters and value lists, and the identifiers.
fn columns() -> impl Iterator<Item = Column> {
    Column::ALL.iter().copied().filter(|column| column.kind() != ColumnKind::Detail)
}

/// The flag of a column: its name, with dashes as flags have them.
const fn flag(column: Column) -> &'static str {
    match column {
        Column::OccurredIn => "occurred-in",
        Column::PerformedBy => "performed-by",
        Column::TraceId => "trace-id",
        Column::SpanId => "span-id",
        one_word => one_word.name(),
    }
}

impl clap::Args for Filters {
    fn augment_args(command: Command) -> Command {
        let columns = columns().map(|column| {
            Arg::new(column.name())
                .long(flag(column))
                .alias(column.name())
                .value_name("VALUE")
                .action(ArgAction::Append)
                .help_heading("Filters: repeated for any of, !VALUE for none of")
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
            .help_heading("Filters: repeated for any of, !VALUE for none of")
            .help("Any attribute by its key");
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
        for column in columns() {
            self.0.extend(values(column.name()).map(|value| (column.name().to_owned(), value)));
        }
        let attributes = values("attr").filter_map(|text| {
            text.split_once('=').map(|(key, value)| (format!("attr.{key}"), value.to_owned()))
        });
        self.0.extend(attributes);
        Ok(())
    }
}
