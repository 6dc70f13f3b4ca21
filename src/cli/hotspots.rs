//! `steplog hotspots`: where things go wrong, by object, version and element.

use std::process::ExitCode;

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};
use indicatif::HumanCount;
use serde::Deserialize;
use steplog_model::settings::units::Unit;

use super::filters::Question;
use super::output::{self, Form};
use super::source::SourceArgs;
use super::unknown::tell_unknown_values;
use super::words::{self, cut, printable};

#[derive(Debug, clap::Args)]
pub(super) struct HotspotsArgs {
    #[command(flatten)]
    question: Question,
    /// How many objects at most, those that failed in the most interactions first.
    #[arg(long, default_value_t = 20, value_name = "NUMBER", value_parser = Unit::Number.within::<usize>(1..))]
    limit: usize,
    /// Elements of every version too; they are told anyway where one --object is asked for.
    #[arg(long)]
    elements: bool,
    /// Compare two versions of the one --object.
    #[arg(long, num_args = 2, value_names = ["VERSION", "VERSION"])]
    compare: Vec<String>,
    #[command(flatten)]
    source: SourceArgs,
}

#[derive(Debug, Deserialize)]
struct Answer {
    objects: Vec<Object>,
    more: bool,
    complete: bool,
    compare: Option<Comparison>,
}

#[derive(Debug, Deserialize)]
struct Stats {
    events: u64,
    interactions: u64,
    failed_interactions: u64,
    rate: f64,
    rate_low: f64,
    rate_high: f64,
    duration_p50_nanos: Option<f64>,
    duration_p95_nanos: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Object {
    object: Option<String>,
    occurred_in: Option<String>,
    #[serde(flatten)]
    stats: Stats,
    versions: Vec<Version>,
}

#[derive(Debug, Deserialize)]
struct Version {
    version: Option<String>,
    #[serde(flatten)]
    stats: Stats,
    #[serde(default)]
    elements: Vec<Element>,
}

#[derive(Debug, Deserialize)]
struct Element {
    element: Option<String>,
    #[serde(flatten)]
    stats: Stats,
}

#[derive(Debug, Deserialize)]
struct Comparison {
    a: Version,
    b: Version,
    elements: Vec<Compared>,
}

#[derive(Debug, Deserialize)]
struct Compared {
    element: Option<String>,
    a: Option<Stats>,
    b: Option<Stats>,
    change: Option<f64>,
}

pub(super) async fn run(args: HotspotsArgs, form: Form) -> anyhow::Result<ExitCode> {
    args.question.tell_guess();
    let api = args.source.open().await?;
    let mut parameters = args.question.parameters();
    parameters.push(("limit".to_owned(), args.limit.to_string()));
    if args.elements {
        parameters.push(("elements".to_owned(), "1".to_owned()));
    }
    let sides = ["compare_a", "compare_b"].map(str::to_owned);
    parameters.extend(sides.into_iter().zip(args.compare.iter().cloned()));
    let body = api.body(&["hotspots"], &parameters).await?;
    let answer: Answer = serde_json::from_slice(&body)?;
    if let Some(Comparison { a, b, .. }) = &answer.compare {
        for version in [a, b].into_iter().filter(|version| version.stats.events == 0) {
            output::tell(format_args!(
                "{} has no events in this period: there is nothing to compare with",
                version_name(version)
            ));
        }
    }
    if form.is_for_people() {
        output::put_text(&told(&answer, output::width(), output::has_colours()))?;
    } else {
        output::put_line(format_args!("{}", String::from_utf8_lossy(&body)))?;
    }
    if answer.objects.is_empty() {
        tell_unknown_values(&api, &args.question, &[]).await;
    }
    if !answer.complete {
        output::tell(format_args!("a part of the store could not be read: the counts may be too low"));
    }
    Ok(ExitCode::SUCCESS)
}

fn told(answer: &Answer, width: usize, colours: bool) -> String {
    if answer.objects.is_empty() {
        return "No events. The period is the last 24 hours unless --from says otherwise.\n".to_owned();
    }
    let mut text = match &answer.compare {
        Some(comparison) => compared(comparison, width, colours),
        None => listed(answer, width, colours),
    };
    if answer.more {
        text.push_str("… and more: a larger --limit\n");
    }
    text
}

fn new_table(heads: &[&str], colours: bool) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if colours {
        table.enforce_styling();
    }
    table.set_header(heads.iter().map(|head| {
        let cell = Cell::new(head);
        if colours { cell.add_attribute(Attribute::Bold) } else { cell }
    }));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn lines(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The columns of numbers, those first that are kept on a narrow terminal, and how wide all of them are.
const NUMBERS: [(&str, usize); 7] = [
    ("failed", 10),
    ("interactions", 14),
    ("rate", 8),
    ("95 %", 15),
    ("p95", 13),
    ("events", 12),
    ("p50", 13),
];

fn number(stats: &Stats, name: &str) -> String {
    let length = |nanos: Option<f64>| nanos.map(|nanos| words::length(nanos as i64)).unwrap_or_default();
    match name {
        "failed" => HumanCount(stats.failed_interactions).to_string(),
        "events" => HumanCount(stats.events).to_string(),
        "rate" => percent(stats.rate),
        "95 %" => format!("{} to {}", percent(stats.rate_low), percent(stats.rate_high)),
        "p95" => length(stats.duration_p95_nanos),
        "interactions" => HumanCount(stats.interactions).to_string(),
        _ => length(stats.duration_p50_nanos),
    }
}

fn percent(rate: f64) -> String {
    format!("{:.1} %", rate * 100.0)
}

/// Objects, below each its versions, below each of them its elements.
fn listed(answer: &Answer, width: usize, colours: bool) -> String {
    const LEAST_NAME: usize = 28;
    let mut left = width.saturating_sub(LEAST_NAME);
    let fits = |(_, needed): &&(&str, usize)| match left.checked_sub(*needed) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let names: Vec<&str> = NUMBERS.iter().take_while(fits).map(|(name, _)| *name).collect();
    let used: usize = NUMBERS.iter().take(names.len()).map(|(_, needed)| needed).sum();
    let name_width = width.saturating_sub(used + 2).clamp(16, 60);
    let heads: Vec<&str> = std::iter::once("Object").chain(names.iter().copied()).collect();
    let mut table = new_table(&heads, colours);
    let mut add = |depth: usize, name: &str, stats: &Stats| {
        let name = cut(&format!("{}{}", "  ".repeat(depth), printable(name)), name_width);
        table.add_row(std::iter::once(name).chain(names.iter().map(|column| number(stats, column))));
    };
    for object in &answer.objects {
        let context = object.occurred_in.as_ref().map(|context| format!(" ({context})")).unwrap_or_default();
        let name = object.object.as_deref().unwrap_or("without an object");
        add(0, &format!("{name}{context}"), &object.stats);
        for version in &object.versions {
            add(1, &version_name(version), &version.stats);
            for element in &version.elements {
                add(2, element.element.as_deref().unwrap_or("without an element"), &element.stats);
            }
        }
    }
    lines(&table)
}

fn version_name(version: &Version) -> String {
    version
        .version
        .as_ref()
        .map_or_else(|| "without a version".to_owned(), |version| format!("version {version}"))
}

/// Two versions side by side, element by element; what got worse comes first.
fn compared(comparison: &Comparison, width: usize, colours: bool) -> String {
    let Comparison { a, b, elements } = comparison;
    let (name_a, name_b) = (version_name(a), version_name(b));
    let heads = ["Element", &name_a, "of", &name_b, "of", "change"];
    let mut table = new_table(&heads, colours);
    let name_width = width.saturating_sub(62).clamp(12, 60);
    let side = |stats: Option<&Stats>| match stats {
        Some(stats) => [percent(stats.rate), HumanCount(stats.interactions).to_string()],
        None => [String::new(), "none".to_owned()],
    };
    let mut add = |name: &str, a: Option<&Stats>, b: Option<&Stats>, change: String| {
        let name = std::iter::once(cut(&printable(name), name_width));
        table.add_row(name.chain(side(a)).chain(side(b)).chain([change]));
    };
    let [whole_a, whole_b] = [a, b].map(|version| Some(&version.stats).filter(|stats| stats.events > 0));
    let change = whole_a.zip(whole_b).map_or_else(|| "too few".to_owned(), |(a, b)| points(b.rate - a.rate));
    add("all", whole_a, whole_b, change);
    for Compared { element, a, b, change } in elements {
        let change = change.map_or_else(|| "too few".to_owned(), points);
        add(element.as_deref().unwrap_or("without an element"), a.as_ref(), b.as_ref(), change);
    }
    lines(&table) + "Shares of interactions that failed; a change needs 30 interactions on both sides.\n"
}

/// A difference of rates in percentage points.
fn points(change: f64) -> String {
    format!("{:+.1} points", change * 100.0)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    const STATS: &str = r#""events":12345,"interactions":6000,"failures":617,"failed_interactions":300,"rate":0.05,"rate_low":0.046,
        "rate_high":0.054,"duration_p50_nanos":151608000,"duration_p95_nanos":null,"durations":3,"first":null,"last":null"#;

    fn answer(compare: &str) -> Answer {
        let element = format!(r#"{{"element":"Send\u001b","element_type":null,{STATS}}}"#);
        let version = format!(r#"{{"version":"15",{STATS},"elements":[{element}]}}"#);
        let object =
            format!(r#"{{"object":"Cart reminder","occurred_in":"journey",{STATS},"versions":[{version}]}}"#);
        serde_json::from_str(&format!(r#"{{"objects":[{object}],"more":false,"complete":true{compare}}}"#))
            .unwrap()
    }

    #[test]
    fn objects_versions_and_elements_are_a_tree_that_fits() {
        for width in [60, 80, 120, 200] {
            let text = told(&answer(""), width, false);
            let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert!(widest <= width, "{widest} of {width}:\n{text}");
            let names: Vec<_> =
                text.lines().map(|line| line.split("  300").next().unwrap().trim_end()).collect();
            assert!(names[1].starts_with(" Cart reminder (journey)"), "{text}");
            assert!(
                names[2].starts_with("   version 15") && names[3].starts_with("     Send\u{fffd}"),
                "{text}"
            );
        }
        let text = told(&answer(""), 200, false);
        assert!(
            text.contains("4.6 % to 5.4 %") && text.contains("152 ms") && text.contains("12,345"),
            "{text}"
        );
    }

    #[test]
    fn versions_are_compared_by_element() {
        let version = |name| format!(r#"{{"version":"{name}",{STATS}}}"#);
        let elements = format!(
            r#"[{{"element":"Send","element_type":null,"a":{{{STATS}}},"b":{{{STATS}}},"change":0.123,"few":false}},
                {{"element":"New","element_type":null,"a":null,"b":{{{STATS}}},"change":null,"few":true}}]"#
        );
        let compare = format!(
            r#","compare":{{"object":"Cart reminder","a":{},"b":{},"elements":{elements}}}"#,
            version("14"),
            version("15")
        );
        let text = told(&answer(&compare), 80, false);
        let line = |name: &str| {
            let line = text.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("Element"), "Element version 14 of version 15 of change");
        assert_eq!(line("all"), "all 5.0 % 6,000 5.0 % 6,000 +0.0 points");
        assert_eq!(line("Send"), "Send 5.0 % 6,000 5.0 % 6,000 +12.3 points");
        assert_eq!(line("New"), "New none 5.0 % 6,000 too few");
    }
}
