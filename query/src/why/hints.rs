//! What a question asks for that is never found so, whatever the store has.

use serde::Serialize;
use steplog_model::column::Column;
use steplog_model::content::ENDING_COLUMNS;
use steplog_model::query::{Expr, Query, Target};
use steplog_model::text::MIN_IDENTIFIER_CHARS;

use super::facts;
use crate::columns::name_of;
use crate::text::SHOWN_MARK;

/// What to know about a value of an empty result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Hint {
    /// The parameter.
    pub(super) parameter: String,
    /// What was asked for.
    pub(super) value: String,
    /// Why nothing is found by it, and what to do.
    pub(super) hint: String,
}

impl Hint {
    pub(super) fn parameter(&self) -> &str {
        &self.parameter
    }

    pub(super) fn is_of_the_same(&self, other: &Self) -> bool {
        self.parameter == other.parameter && self.value == other.value
    }

    pub(super) fn of_search(text: &str) -> Self {
        let hint = "the search looks at what the record of an event says and at all columns, not at other attributes of \
                    resource and scope, which attr.KEY:VALUE finds";
        Self { parameter: "q".to_owned(), value: text.to_owned(), hint: hint.to_owned() }
    }
}

const TRACE_ID_DIGITS: usize = 32;
const SPAN_ID_DIGITS: usize = 16;

/// Of events that are kept and in no answer yet: whatever an answer without them says may be wrong in a second.
pub(super) fn of_waiting(events: u64) -> Hint {
    let are = if events == 1 { "event was received and is" } else { "events were received and are" };
    let hint = format!("{events} {are} not searchable yet; ask again in a second");
    Hint { parameter: "to".to_owned(), value: "now".to_owned(), hint }
}

pub(super) fn of(query: &Query, text: Option<&str>) -> Vec<Hint> {
    let mut hints = Vec::new();
    let fact = text.and_then(|text| Some((text, facts::of(text)?)));
    let is_fact = fact.is_some();
    hints.extend(fact.map(|(value, hint)| Hint {
        parameter: "q".to_owned(),
        value: value.to_owned(),
        hint: hint.to_owned(),
    }));
    for filter in &query.filters {
        let name = name_of(&filter.target);
        let told = filter.any_of.iter().filter_map(|value| Some((value, of_value(&filter.target, value)?)));
        hints.extend(told.map(|(value, hint)| Hint { parameter: name.clone(), value: value.clone(), hint }));
    }
    if let Some(expr) = query.text.as_ref().filter(|_| !is_fact) {
        of_text(expr, &mut hints);
    }
    hints
}

/// What to know about an exact value.
fn of_value(target: &Target, value: &str) -> Option<String> {
    let digits = value.trim_matches('*');
    let of_id = |what: &str, whole: usize| {
        let is_part = digits.len() < whole && !digits.is_empty() && is_hex(digits);
        is_part.then(|| format!("{what} is compared as a whole: paste all of its {whole} hex digits"))
    };
    match target {
        Target::Column(Column::TraceId) => of_id("the id of a trace", TRACE_ID_DIGITS),
        Target::Column(Column::SpanId) => of_id("the id of a span", SPAN_ID_DIGITS),
        Target::Column(column) if ENDING_COLUMNS.contains(column) && value.ends_with('*') => {
            let hint = "an id is compared as a whole, or by its end, as *0041; a search by text finds it by its beginning";
            Some(hint.to_owned())
        }
        _ if value.contains(SHOWN_MARK) => {
            let hint = "\u{fffd} may stand for a mark that turns the direction of text: a value is compared with the mark \
                        itself, which is part of the answer; a search by text finds the value by its words";
            Some(hint.to_owned())
        }
        _ if value.len() > 1 && (value.ends_with('*') || value.starts_with('*')) => {
            let hint = "a value is compared as a whole, and the star is part of it; a search by text finds words by their \
                        beginning, and * alone stands for any value";
            Some(hint.to_owned())
        }
        _ => None,
    }
}

/// Parts of ids in a search text; what it excludes is not looked at.
fn of_text(expr: &Expr, hints: &mut Vec<Hint>) {
    let mut add = |value: &str, hint: String| {
        let hint = Hint { parameter: "q".to_owned(), value: value.to_owned(), hint };
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    };
    let part = "no part of the id of a trace, span or event is found: paste all 32 hex digits (16 of a span). Other \
                identifiers are found by 4 to 15 of their first characters, with a * behind them";
    match expr {
        Expr::Phrase(phrase) if is_moment(&phrase.words) => {
            add(&phrase.words.join(" "), facts::OF_MOMENT.to_owned());
        }
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| of_text(part, hints)),
        Expr::Prefix(start) if may_be_part(start) => add(start, part.to_owned()),
        Expr::Phrase(phrase) => {
            if let ([word], []) = (&phrase.words[..], &phrase.identifiers[..])
                && may_be_part(word)
            {
                add(word, part.to_owned());
            }
            let whole = [SPAN_ID_DIGITS, TRACE_ID_DIGITS];
            let is_part = |run: &&String| {
                is_mixed_hex(run) && run.len() < TRACE_ID_DIGITS && !whole.contains(&run.len())
            };
            for run in phrase.identifiers.iter().filter(is_part) {
                add(run, part.to_owned());
            }
        }
        Expr::Column(column, value) => {
            if let Some(hint) = of_value(&Target::Column(*column), value) {
                add(value, hint);
            }
        }
        Expr::Attribute(key, value) => {
            if let Some(hint) = of_value(&Target::Attribute(key.clone()), value) {
                add(value, hint);
            }
        }
        _ => {}
    }
}

/// Whether words are those of a moment as events have it: `2026-11-30T07:39:57Z`.
fn is_moment(words: &[String]) -> bool {
    const LENGTHS: [usize; 6] = [4, 2, 2, 2, 2, 2];
    let digits = |(word, length): (&String, usize)| {
        word.len() == length && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    words.len() >= LENGTHS.len() && words.iter().zip(LENGTHS).all(digits)
}

/// Whether a word reads like the beginning of the id of a trace, span or event. Shorter ones are mostly codes, such as
/// `E4711`.
fn may_be_part(word: &str) -> bool {
    const LEAST_DIGITS: usize = 8;
    (LEAST_DIGITS..MIN_IDENTIFIER_CHARS).contains(&word.len()) && is_mixed_hex(word)
}

/// Hex digits, decimal ones and others: digits alone are a number, letters alone a word.
fn is_mixed_hex(text: &str) -> bool {
    is_hex(text)
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use steplog_model::ids::Tenant;
    use steplog_model::query::{Filter, Period};

    #[test]
    fn parts_of_what_is_found_as_a_whole_are_told() {
        let of_filter = |column: Column, value: &str| {
            let filter = Filter { any_of: vec![value.to_owned()], ..Filter::on(Target::Column(column)) };
            of(&Query { filters: vec![filter], ..Query::all(Tenant::default(), Period::ALL) }, None).len()
        };
        let of_search = |text: &str| {
            let text = Some(crate::text::parse(text).unwrap());
            of(&Query { text, ..Query::all(Tenant::default(), Period::ALL) }, None).len()
        };
        for (column, value, want) in [
            (Column::TraceId, "4bf92f35", 1),
            (Column::TraceId, "4bf92f35*", 1),
            (Column::TraceId, "4bf92f3577b34da6a3ce929d0e0e4736", 0),
            (Column::SpanId, "4bf9", 1),
            (Column::SpanId, "4bf92f3577b34da6", 0),
            (Column::Person, "customer-0*", 1),
            (Column::Person, "customer-0041", 0),
            (Column::Object, "Order*", 1),
            (Column::Object, "*", 0),
            (Column::Object, "Order updates", 0),
        ] {
            assert_eq!(of_filter(column, value), want, "{column} {value}");
        }
        for (text, want) in [
            ("4bf92f35", 1),
            ("4bf92f35*", 1),
            ("4bf92f3577b34da6a3ce", 1),
            ("order 4bf92f35", 1),
            ("-4bf92f35", 0),
            ("4bf92f3577b34da6a3ce929d0e0e4736", 0),
            ("2026", 0),
            ("2026-11-30", 0),
            ("2026-11-30T07:39:57.773000000Z", 1),
            ("\"2026-11-30T07:39:57+01:00\"", 1),
            ("face", 0),
            ("E4711", 0),
            ("9912AB", 0),
            ("12345678901234567890", 0),
            ("4bf92f3577b34da6a3ce929d0e0e47365", 0),
            ("trace_id:4bf92f35", 1),
        ] {
            assert_eq!(of_search(text), want, "{text}");
        }
    }
}
