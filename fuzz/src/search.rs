//! The grammar of the search box, what it means, and what is marked.

use steplog_model::event::Event;
use steplog_model::limits::{MAX_SEARCH_BYTES, MAX_SEARCH_DEPTH};
use steplog_model::query::{Expr, Target};
use steplog_model::testing::build::EventBuilder;
use steplog_query::fuzzing::snippet;
use steplog_query::text::{TextError, clauses, parse, parse_typed};

use crate::{NOW, text};

pub(crate) fn run(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let event = EventBuilder::new(1, NOW)
        .body(text)
        .attribute("k", "Order 4711 wurde an Größe 🙂 verschickt")
        .build();
    for parsed in [parse(text), parse_typed(text)] {
        match parsed {
            Ok(expr) => check_meaning(text, &expr, &event),
            Err(errors) => check_errors(text, &errors),
        }
    }
}

fn check_meaning(text: &str, expr: &Expr, event: &Event) {
    let _ = expr.matches(event);
    check_snippet(expr, event);
    if has_begun(expr) {
        return;
    }
    let printed = print(expr);
    let depth = printed.chars().scan(0_usize, |depth, c| {
        *depth = match c {
            '(' => *depth + 1,
            ')' => depth.saturating_sub(1),
            _ => *depth,
        };
        Some(*depth)
    });
    if printed.len() > MAX_SEARCH_BYTES || depth.max().unwrap_or(0) > MAX_SEARCH_DEPTH {
        return;
    }
    let again = parse(&printed).unwrap_or_else(|errors| panic!("{text:?} as {printed:?}: {errors:?}"));
    assert_eq!(again, *expr, "{text:?} as {printed:?}");
    assert_eq!(clauses(&again), clauses(expr));
}

fn check_errors(text: &str, errors: &[TextError]) {
    assert!(!errors.is_empty() && errors.len() <= 16, "{text:?}: {errors:?}");
    let end = text.chars().count();
    for error in errors {
        assert!(
            error.position <= end && !error.problem.is_empty() && !error.hint.is_empty(),
            "{text:?}: {error:?}"
        );
    }
}

/// What is marked lies in the text, in order and apart, and is there where a text is hit.
pub(crate) fn check_snippet(expr: &Expr, event: &Event) {
    let Some((text, hits)) = snippet(expr, event) else { return };
    let (end, mut last) = (text.chars().count(), 0);
    assert!(!hits.is_empty(), "{expr:?}: {text:?}");
    for [from, to] in hits {
        assert!(last <= from && from < to && to <= end, "{expr:?}: {text:?} {from}..{to}");
        last = to;
    }
}

/// Whether a word's beginning stands behind other words somewhere: what was between them is not known any more.
fn has_begun(expr: &Expr) -> bool {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().any(has_begun),
        Expr::Not(inner) => has_begun(inner),
        other => matches!(other, Expr::Begun(..)),
    }
}

/// A search text that means this.
fn print(expr: &Expr) -> String {
    let all = |parts: &[Expr], between: &str| parts.iter().map(part).collect::<Vec<_>>().join(between);
    match expr {
        Expr::And(parts) => all(parts, " "),
        Expr::Or(parts) => all(parts, " OR "),
        other => part(other),
    }
}

fn part(expr: &Expr) -> String {
    match expr {
        Expr::And(_) | Expr::Or(_) => format!("({})", print(expr)),
        Expr::Not(inner) => format!("NOT {}", part(inner)),
        Expr::Column(column, value) => format!("{}:{}", column.name(), quoted(value)),
        Expr::Attribute(key, value) => format!("attr.{}:{}", bare(key), quoted(value)),
        Expr::Has(Target::Column(column)) => format!("{}:*", column.name()),
        Expr::Has(Target::Attribute(key)) => format!("attr.{}:*", bare(key)),
        Expr::Prefix(start) => format!("{}*", bare(start)),
        Expr::Ending(None, end) => format!("*{}", bare(end)),
        Expr::Ending(Some(column), end) => format!("{}:*{}", column.name(), bare(end)),
        Expr::Phrase(phrase) | Expr::Begun(phrase, _) => {
            let parts: Vec<_> = phrase.words.iter().chain(&phrase.identifiers).map(String::as_str).collect();
            quoted(&parts.join(" "))
        }
    }
}

/// A text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text as a part of a word: whatever is no letter or digit might mean something else.
fn bare(text: &str) -> String {
    let one = |c: char| if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") };
    text.chars().map(one).collect()
}
