//! The events that the checks work with, and the questions that they ask.

use std::sync::OnceLock;

use crate::column::Column;
use crate::event::{Event, Flags};
use crate::query::{Expr, Filter, Period, Phrase, Presence, Query, Target};
use crate::testing::build::EventBuilder;
use crate::time::{NANOS_PER_DAY, NANOS_PER_SECOND, UnixNanos};

/// The first moment of the corpus: the start of the day before yesterday, so that no retention touches it.
pub(super) fn start() -> UnixNanos {
    // One answer for all checks, also while midnight passes.
    static START: OnceLock<UnixNanos> = OnceLock::new();
    *START.get_or_init(|| UnixNanos::now().day().start().saturating_add(-2 * NANOS_PER_DAY))
}

/// The nanoseconds between two groups of events of one time. A group has eight; 400 events take two days.
const GROUP_STEP_NANOS: i64 = 2 * NANOS_PER_DAY / 50;

const EVENTS: [&str; 5] = ["Message sent", "API called", "Journey entered", "Intent matched", "Überwiesen"];
const STATUSES: [&str; 4] = ["success", "failure", "success", "timed_out"];
const BODIES: [&str; 4] = [
    "The order was shipped to Berlin today",
    "Payment refused: card expired, order held back",
    "订单失败 заказ отменён",
    "handed over to agent 7f3e9a0c11d24b55 for order",
];

/// `count` events (a prime number of 401 at most), out of order, over two UTC days; eight share each time.
#[must_use]
pub fn corpus(start: UnixNanos, count: usize) -> Vec<Event> {
    (0..count).map(|arrival| corpus_event(start, arrival * 197 % 401)).collect()
}

fn corpus_event(start: UnixNanos, number: usize) -> Event {
    let time = start.saturating_add(number as i64 / 8 * GROUP_STEP_NANOS);
    let pick = |values: &[&'static str]| values[number * 7 % values.len()];
    let mut builder = EventBuilder::new(0x00c0_ffee_0000 + number as u128, time)
        .cell(Column::Event, pick(&EVENTS))
        .cell(Column::OccurredIn, pick(&["journey", "chatbot", "ai_agent"]))
        .derived(Column::Person, &format!("person-{:04}", number % 20), "attribute enduser.id")
        .cell(Column::Interaction, &format!("7f3e9a0c-11d2-4b55-8a3e-0000000000{:02}", number % 13))
        .cell(Column::Sequence, &number.to_string())
        .attribute("order.total", &(number % 10).to_string())
        .attribute("note", if number.is_multiple_of(3) { "gift wrapping" } else { "plain" })
        .body(pick(&BODIES));
    if !number.is_multiple_of(11) {
        builder = builder.cell(Column::Status, STATUSES[number % 4]);
    }
    if number.is_multiple_of(5) {
        builder = builder.duration_nanos(number as u64 * 1_000_000).flag(Flags::DUPLICATE_KEYS);
    }
    builder.build()
}

fn filter(target: Target, any_of: &[&str], none_of: &[&str]) -> Filter {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    Filter { any_of: owned(any_of), none_of: owned(none_of), ..Filter::on(target) }
}

/// With a value, or without one.
fn having(target: Target, presence: Presence) -> Filter {
    Filter { presence, ..filter(target, &[], &[]) }
}

fn column(column: Column, any_of: &[&str], none_of: &[&str]) -> Filter {
    filter(Target::Column(column), any_of, none_of)
}

/// Lists of filters: one value, several, none of, absent values, identifiers, attributes, together.
pub(super) fn filters() -> Vec<Vec<Filter>> {
    let attribute = |key: &str| Target::Attribute(key.to_owned());
    vec![
        vec![],
        vec![column(Column::Status, &["failure"], &[])],
        vec![column(Column::Status, &["failure", "timed_out"], &[])],
        vec![column(Column::Status, &[], &["success"])],
        vec![column(Column::Status, &["success", "failure"], &["failure"])],
        vec![column(Column::Event, &["überwiesen"], &[])],
        vec![column(Column::Event, &["Überwiesen"], &[])],
        vec![column(Column::Person, &["person-0003"], &[])],
        vec![column(Column::Person, &["Person-0003"], &[])],
        vec![column(Column::Sequence, &["17", "18"], &[])],
        vec![column(Column::Channel, &["sms"], &[])],
        vec![column(Column::Channel, &[], &["sms"])],
        vec![filter(attribute("order.total"), &["7"], &[])],
        vec![filter(attribute("note"), &[], &["plain"])],
        vec![filter(attribute("service.name"), &["shop"], &[])],
        vec![having(Target::Column(Column::Status), Presence::Missing)],
        vec![having(Target::Column(Column::Person), Presence::Present)],
        vec![having(attribute("note"), Presence::Present)],
        vec![having(attribute("none"), Presence::Missing)],
        vec![Filter { presence: Presence::Missing, ..column(Column::Status, &["failure"], &["timed_out"]) }],
        vec![
            column(Column::Status, &["success"], &[]),
            column(Column::OccurredIn, &["journey"], &[]),
            filter(attribute("order.total"), &["1", "2", "3"], &[]),
        ],
    ]
}

/// Search texts of every kind.
pub(super) fn texts() -> Vec<Expr> {
    let phrase = |text: &str| Expr::Phrase(Phrase::new(text));
    let not = |expr: Expr| Expr::Not(Box::new(expr));
    vec![
        phrase("order"),
        phrase("ORDER"),
        phrase("card expired"),
        phrase("expired card"),
        phrase("订单"),
        phrase("заказ"),
        phrase("7f3e9a0c11d24b55"),
        phrase("7F3E9A0C-11D2-4B55-8A3E-000000000003"),
        phrase("--"),
        phrase("absent"),
        Expr::Prefix("ship".to_owned()),
        Expr::Prefix("zz".to_owned()),
        Expr::Prefix("7f3e9a0c11".to_owned()),
        Expr::Ending(None, "0003".to_owned()),
        Expr::Ending(Some(Column::Interaction), "0000000003".to_owned()),
        phrase("person-0003"),
        not(phrase("order")),
        Expr::And(vec![phrase("order"), not(phrase("shipped"))]),
        Expr::And(vec![]),
        Expr::Or(vec![]),
        Expr::Or(vec![phrase("berlin"), phrase("gift"), Expr::Column(Column::Status, "failure".to_owned())]),
        Expr::Column(Column::Interaction, "7f3e9a0c-11d2-4b55-8a3e-000000000005".to_owned()),
        Expr::Attribute("note".to_owned(), "gift wrapping".to_owned()),
        Expr::Has(Target::Column(Column::Status)),
        not(Expr::Has(Target::Attribute("note".to_owned()))),
        not(Expr::Attribute("note".to_owned(), "gift wrapping".to_owned())),
    ]
}

/// Periods that hold everything, cut days, hold one group, hold nothing.
pub(super) fn periods(start: UnixNanos) -> Vec<Period> {
    let group = |number: i64, nanos: i64| start.saturating_add(number * GROUP_STEP_NANOS + nanos);
    vec![
        Period::ALL,
        Period { from: group(3, 0), to: group(40, 0) },
        Period { from: group(3, 1), to: group(40, 1) },
        Period { from: group(7, 0), to: group(7, 1) },
        Period { from: group(7, 1), to: group(8, 0) },
        Period { from: start.saturating_add(NANOS_PER_DAY), to: start.saturating_add(2 * NANOS_PER_DAY) },
        Period { from: start.saturating_add(-NANOS_PER_SECOND), to: start },
    ]
}

/// The questions that the filters, texts and periods make: each once under all of time, and mixed.
pub(super) fn questions(start: UnixNanos) -> Vec<Query> {
    let periods = periods(start);
    let all = Query::all(crate::ids::Tenant::default(), Period::ALL);
    let mut questions = Vec::new();
    for (place, filters) in filters().into_iter().enumerate() {
        questions.push(Query { filters: filters.clone(), ..all.clone() });
        questions.push(Query { filters, period: periods[place % periods.len()], ..all.clone() });
    }
    for (place, text) in texts().into_iter().enumerate() {
        let period = periods[place % periods.len()];
        let filters = filters();
        let filters = filters[place % filters.len()].clone();
        questions.push(Query { text: Some(text.clone()), ..all.clone() });
        questions.push(Query { text: Some(text), period, filters, ..all.clone() });
    }
    questions
}
