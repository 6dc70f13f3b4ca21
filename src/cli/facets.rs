//! `steplog facets`: which values the columns have, and how often.

use std::collections::BTreeMap;
use std::process::ExitCode;

use indicatif::HumanCount;
use serde::{Deserialize, Serialize};
use steplog_model::column::Column;
use steplog_model::settings::units::Unit;
use steplog_query::nearest::nearest;
use unicode_width::UnicodeWidthStr as _;

use super::filters::Question;
use super::output::{self, Form};
use super::source::SourceArgs;
use super::unknown::tell_unknown_values;
use super::words::{Paint, padded, printable};

#[derive(Debug, clap::Args)]
pub(super) struct FacetsArgs {
    #[command(flatten)]
    question: Question,
    /// The columns, separated by commas. Without it: all that have value lists.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = listed)]
    columns: Vec<String>,
    /// Only values that hold this, or have a label that does, whatever its case.
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// How many values of each column at most.
    #[arg(long, default_value_t = 20, value_name = "NUMBER", value_parser = Unit::Number.within::<usize>(1..))]
    limit: usize,
    #[command(flatten)]
    source: SourceArgs,
}

#[derive(Debug, Deserialize)]
struct Answer {
    facets: BTreeMap<String, Facet>,
    complete: bool,
}

#[derive(Debug, Deserialize)]
struct Facet {
    values: Vec<FacetValue>,
    more: bool,
}

#[derive(Debug, Deserialize)]
struct FacetValue {
    value: String,
    count: u64,
    matching: u64,
}

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    column: &'a str,
    value: &'a str,
    count: u64,
    matching: u64,
}

pub(super) async fn run(args: FacetsArgs, form: Form) -> anyhow::Result<ExitCode> {
    args.question.tell_guess();
    let api = args.source.open().await?;
    let mut parameters = args.question.parameters();
    parameters.push(("limit".to_owned(), args.limit.to_string()));
    parameters.extend(args.prefix.iter().map(|prefix| ("prefix".to_owned(), prefix.clone())));
    if !args.columns.is_empty() {
        parameters.push(("columns".to_owned(), args.columns.join(",")));
    }
    let answer: Answer = api.json(&["facets"], &parameters).await?;
    let text = if form.is_for_people() {
        let paint = Paint(output::has_colours());
        told(&answer, output::width(), args.question.is_narrowed(), paint)
    } else {
        lines(&answer)?
    };
    output::put_text(&text)?;
    tell_unknown_values(&api, &args.question, &[]).await;
    if !answer.complete {
        output::tell(format_args!("a part of the store could not be read: the counts may be too low"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The name of a column that has a value list.
fn listed(name: &str) -> Result<String, String> {
    let names = || Column::facets().map(Column::name);
    if names().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let all = names().collect::<Vec<_>>().join(", ");
    if name.parse::<Column>().is_ok() {
        return Err(format!(
            "{name} has no list of values, since nearly each event has one of its own: \
             `steplog search --columns {name}` shows them. There are lists of {all}"
        ));
    }
    match nearest(name, names()) {
        Some(near) => Err(format!("there is no such column; did you mean {near:?}?")),
        None => Err(format!("there is no such column; there are lists of {all}")),
    }
}

/// The facets in the order of the columns.
fn in_order(answer: &Answer) -> impl Iterator<Item = (Column, &Facet)> {
    Column::ALL.iter().filter_map(|column| Some((*column, answer.facets.get(column.name())?)))
}

fn lines(answer: &Answer) -> serde_json::Result<String> {
    let mut lines = String::new();
    for (column, facet) in in_order(answer) {
        for FacetValue { value, count, matching } in &facet.values {
            let line = Line { column: column.name(), value, count: *count, matching: *matching };
            lines.push_str(&serde_json::to_string(&line)?);
            lines.push('\n');
        }
    }
    Ok(lines)
}

/// A list for each column that has values; under a filter with the matching count beside the whole one.
fn told(answer: &Answer, width: usize, narrowed: bool, paint: Paint) -> String {
    const NUMBER: usize = 12;
    let numbers = if narrowed { 2 * NUMBER } else { NUMBER };
    let facets: Vec<_> = in_order(answer).filter(|(_, facet)| !facet.values.is_empty()).collect();
    let widest = facets.iter().flat_map(|(_, facet)| &facet.values).map(|value| value.value.width()).max();
    let name_width = widest.unwrap_or_default().clamp(20, width.saturating_sub(numbers + 2).max(20));
    let mut text = String::new();
    for (column, facet) in facets {
        let mut head = padded(column.label(), name_width + 2) + &format!("{:>NUMBER$}", "events");
        if narrowed {
            head += &format!("{:>NUMBER$}", "matching");
        }
        text.push_str(&format!("{}\n", paint.bold(&head)));
        for value in &facet.values {
            let count = HumanCount(value.count).to_string();
            let mut line = format!("  {}{count:>NUMBER$}", padded(&printable(&value.value), name_width));
            if narrowed {
                line += &format!("{:>NUMBER$}", HumanCount(value.matching).to_string());
            }
            let line = if narrowed && value.matching == 0 { paint.dim(&line) } else { line };
            text.push_str(&format!("{line}\n"));
        }
        if facet.more {
            text.push_str(&format!("  {}\n", paint.dim("… and more: a larger --limit, or --prefix")));
        }
        text.push('\n');
    }
    if text.is_empty() {
        return "No values: no event of the period has any.\n".to_owned();
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        serde_json::from_str(
            r#"{"facets":{"status":{"values":[{"value":"success","count":12000,"matching":3},
                {"value":"fail\u001bure","count":7,"matching":0}],"more":true},
                "object":{"values":[],"more":false}},"complete":true}"#,
        )
        .unwrap()
    }

    #[test]
    fn lists_fit_their_line() {
        let text = told(&answer(), 60, true, Paint(false));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "Status                      events    matching");
        assert_eq!(lines[1], "  success                   12,000           3");
        assert_eq!(lines[2], "  fail\u{fffd}ure                       7           0");
        assert_eq!(lines.len(), 4, "{text}");
        assert!(!told(&answer(), 60, false, Paint(false)).contains("matching"));
    }

    #[test]
    fn only_columns_with_lists_are_listed() {
        assert_eq!(listed("status").as_deref(), Ok("status"));
        let person = listed("person").unwrap_err();
        assert!(person.contains("search --columns person") && !person.contains("did you mean"), "{person}");
        assert!(listed("statsu").unwrap_err().contains("\"status\""));
    }

    #[test]
    fn lines_have_the_column() {
        let text = lines(&answer()).unwrap();
        assert_eq!(
            text.lines().next().unwrap(),
            r#"{"column":"status","value":"success","count":12000,"matching":3}"#
        );
    }
}
