//! `steplog search`: events as a table, or as lines of JSON.

use std::process::ExitCode;

use serde::Deserialize;
use serde_json::value::RawValue;
use steplog_model::settings::units::Unit;

use super::api::{Api, Row};
use super::clock::Clock;
use super::filters::Question;
use super::output::{self, Form};
use super::source::SourceArgs;
use super::table::{self, Field, Reader};
use super::unknown::tell_unknown_values;
use super::words::printable;

/// The most events of one page of the API.
const PAGE: usize = steplog_model::limits::MAX_PAGE;

#[derive(Debug, clap::Args)]
pub(super) struct SearchArgs {
    #[command(flatten)]
    question: Question,
    /// How many events at most.
    #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = Unit::Number.within::<usize>(1..))]
    limit: usize,
    /// Go on where an earlier search with the same question ended: it told so.
    #[arg(long)]
    cursor: Option<String>,
    /// Order by time: -time is newest first.
    #[arg(long, default_value = "-time", value_parser = ["-time", "time"], allow_hyphen_values = true)]
    sort: String,
    /// These columns in this order, separated by commas: names, id, seq, time, received, duration, attr.KEY, with a \
    /// before a comma of a key. Without it: all that fit and have values.
    #[arg(long, value_name = "NAMES", value_parser = fields)]
    columns: Option<Fields>,
    #[command(flatten)]
    source: SourceArgs,
}

/// Columns of a table.
#[derive(Clone, Debug)]
struct Fields(Vec<Field>);

fn fields(list: &str) -> Result<Fields, String> {
    let names = steplog_query::columns::split(list);
    names.iter().map(|name| Field::named(name)).collect::<Result<_, _>>().map(Fields)
}

/// One page of events, the rows as they came.
#[derive(Debug, Deserialize)]
struct Page {
    events: Vec<Box<RawValue>>,
    next: Option<String>,
    complete: bool,
    #[serde(default)]
    why: Vec<Without>,
    #[serde(default)]
    near: Vec<Near>,
    #[serde(default)]
    hints: Vec<Hint>,
}

/// What to know about a value that never finds anything.
#[derive(Debug, Deserialize)]
struct Hint {
    parameter: String,
    value: String,
    hint: String,
}

/// What finds something instead of a condition.
#[derive(Debug, Deserialize)]
struct Near {
    parameter: String,
    value: String,
    instead: String,
    events: u64,
}

/// How many events an empty result would have without one of its conditions.
#[derive(Debug, Deserialize)]
struct Without {
    without: String,
    events: u64,
}

/// How the rows are written.
enum Shape {
    Lines,
    Chosen(Vec<Field>),
    Table(Vec<Field>, Clock),
}

pub(super) async fn run(args: SearchArgs, form: Form) -> anyhow::Result<ExitCode> {
    let api = args.source.open().await?;
    let chosen = args.columns.clone().map(|fields| fields.0).unwrap_or_default();
    args.question.tell_guess();
    let form = match (form.is_for_people(), chosen.is_empty()) {
        (true, _) => Shape::Table(chosen, args.question.clock()),
        (false, false) => Shape::Chosen(chosen),
        (false, true) => Shape::Lines,
    };
    let parameters = parameters(&args, &form);
    let mut walk = Walk { parameters, cursor: args.cursor, found: 0, complete: true, offered: Vec::new() };
    let mut begun = false;
    while walk.found < args.limit && !(begun && walk.cursor.is_none()) {
        let page = walk.page(&api, (args.limit - walk.found).min(PAGE)).await?;
        write(&form, &page, !begun, args.question.is_narrowed())?;
        begun = true;
    }
    walk.tell_end(&form);
    if walk.found == 0 {
        tell_unknown_values(&api, &args.question, &walk.offered).await;
    }
    Ok(ExitCode::SUCCESS)
}

fn parameters(args: &SearchArgs, form: &Shape) -> Vec<(String, String)> {
    let mut parameters = args.question.parameters();
    parameters.push(("sort".to_owned(), args.sort.clone()));
    let columns = match form {
        Shape::Lines => table::all_columns(),
        Shape::Chosen(fields) => table::further_columns(fields),
        Shape::Table(fields, _) if fields.is_empty() => table::further_columns(&table::usual()),
        Shape::Table(fields, _) => table::further_columns(fields),
    };
    if !columns.is_empty() {
        parameters.push(("columns".to_owned(), columns));
    }
    if matches!(form, Shape::Table(..)) {
        parameters.push(("why".to_owned(), "1".to_owned()));
    }
    parameters
}

/// The way through the pages.
struct Walk {
    parameters: Vec<(String, String)>,
    cursor: Option<String>,
    found: usize,
    complete: bool,
    /// The parameters for which an empty answer has something that finds events.
    offered: Vec<String>,
}

impl Walk {
    async fn page(&mut self, api: &Api, limit: usize) -> anyhow::Result<Page> {
        let mut parameters = self.parameters.clone();
        parameters.push(("limit".to_owned(), limit.to_string()));
        parameters.extend(self.cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
        let page: Page = api.json(&["events"], &parameters).await?;
        self.found += page.events.len();
        self.complete &= page.complete;
        self.offered.extend(page.near.iter().map(|near| near.parameter.clone()));
        self.cursor.clone_from(&page.next);
        Ok(page)
    }

    fn tell_end(&self, form: &Shape) {
        if let Shape::Table(_, clock) = form
            && self.found > 0
        {
            output::tell(format_args!("{}; times in {}", output::events(self.found as u64), clock.name()));
        }
        if let Some(cursor) = &self.cursor {
            output::tell(format_args!("there are more: a larger --limit, or --cursor {cursor}"));
        }
        if !self.complete {
            output::tell(format_args!("a part of the store could not be read: events may be missing"));
        }
    }
}

fn write(form: &Shape, page: &Page, first: bool, narrowed: bool) -> anyhow::Result<()> {
    let mut lines = String::new();
    match form {
        Shape::Lines => page.events.iter().for_each(|row| {
            lines.push_str(row.get());
            lines.push('\n');
        }),
        Shape::Chosen(fields) => {
            for row in &page.events {
                let row: Row = serde_json::from_str(row.get())?;
                lines.push_str(&table::chosen(&row, fields)?);
                lines.push('\n');
            }
        }
        Shape::Table(..) if page.events.is_empty() && first => lines = nothing(page, narrowed),
        Shape::Table(fields, clock) => {
            let rows: Result<Vec<Row>, _> =
                page.events.iter().map(|row| serde_json::from_str(row.get())).collect();
            let reader = Reader { width: output::width(), colours: output::has_colours(), clock };
            lines = table::of(&rows?, fields, reader);
        }
    }
    Ok(output::put_text(&lines)?)
}

/// What an empty result says: which condition to give up.
fn nothing(page: &Page, narrowed: bool) -> String {
    let Page { why, near, hints, .. } = page;
    let mut lines = String::from("No events.\n");
    for Hint { parameter, value, hint } in hints {
        lines.push_str(&format!("  {} {}: {hint}.\n", printable(parameter), printable(value)));
    }
    for Near { parameter, value, instead, events } in near {
        let (value, instead) = (printable(value), printable(instead));
        let events = indicatif::HumanCount(*events);
        let what = if parameter == "q" { "the search" } else { parameter };
        lines.push_str(&format!("  with {what} {instead} instead of {value}: {events}\n"));
    }
    for Without { without, events } in why.iter().filter(|reason| reason.events > 0) {
        let events = indicatif::HumanCount(*events);
        let what = match without.as_str() {
            "q" => "the search text".to_owned(),
            "period" => "the period (the last 24 hours unless --from says otherwise)".to_owned(),
            column => format!("the filter {column}"),
        };
        lines.push_str(&format!("  without {what}: {events}\n"));
    }
    if narrowed && why.iter().all(|reason| reason.events == 0) {
        lines.push_str(
            "  No single condition is the reason: without any one of them there are none either.\n",
        );
    }
    lines
}
