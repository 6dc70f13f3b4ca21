//! Strategies for property tests: small, realistic events over few values, and questions about them.
//!
//! Values repeat so that filters hit, words occur in several texts, and questions of every kind are
//! asked for values that exist as well as for some that do not.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::column::{Column, ColumnKind};
use crate::content::ENDING_COLUMNS;
use crate::event::{Cell, Event, Flags, Origin, TimeSource};
use crate::ids::{EventId, Tenant};
use crate::query::{Endings, Expr, Filter, Period, Phrase, Presence, Query, Target};
use crate::record::LogRecordRef;
use crate::record::value::put_string_attribute;
use crate::record::wire::{put_bytes_field, put_fixed64_field, put_message_field, put_varint_field};
use crate::time::{NANOS_PER_DAY, UnixNanos};

/// The first moment at which events of [`event`] happen: the start of a day.
pub const FIRST: UnixNanos = UnixNanos(20_000 * NANOS_PER_DAY);

/// How many days the events of [`event`] spread over.
pub const DAYS: i64 = 3;

/// Words in several scripts; some are prefixes of others, some differ by case only, some are names of several parts,
/// JSON with escapes, or coloured.
const WORDS: [&str; 24] = [
    "don’t",
    "ﾒｯｾｰｼﾞ",
    "checkout-v2-step-3-retry",
    "user_550e8400-e29b-41d4-a716-446655440000",
    "“deadbeef00112233”",
    r#"{"say":"Gr\u00fc\u00dfe\nnow"}"#,
    "\u{1b}[32mDEBUG\u{1b}[0m",
    "İPTAL",
    "payment",
    "pay",
    "Payment",
    "failed",
    "order",
    "orders",
    "GRÜSSE",
    "Größe",
    "заказ",
    "Заказы",
    "订单",
    "e\u{301}tude",
    "✅",
    "timeout",
    "3.14",
    "error_code",
];

/// Runs that are found as identifiers.
const IDENTIFIERS: [&str; 4] = [
    "550E8400-e29b-41d4-a716-446655440000",
    "deadbeef00112233",
    "aB3dE6gH9jK2mN5pQ8sT",
    "0000000000000000000000000000002a",
];

/// Ends of ids in questions.
const ENDS: [&str; 4] = ["0000", "40000", "P-1", "none"];

const KEYS: [&str; 5] = ["steplog.note", "gen_ai.tool", "a", "a.b", "order"];

/// The values of a column in events and questions: few, one of them with strange characters.
#[must_use]
pub fn column_values(column: Column) -> &'static [&'static str] {
    match column {
        Column::Status => &["success", "failure", "in_progress"],
        Column::Event => &["order failed", "step", "Step", "message.sent"],
        Column::Person | Column::Interaction | Column::Parent => &["p-1", "P-1", IDENTIFIERS[0]],
        Column::TraceId => &["4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000000000000000000001"],
        Column::Object => &["checkout", "Checkout", "\u{1}\"о́б\n"],
        _ => &["x", "order", "payment failed"],
    }
}

fn one_of(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(values).prop_map(str::to_owned)
}

/// A text of up to six words, with an identifier now and then.
pub fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![9 => select(&WORDS[..]), 1 => select(&IDENTIFIERS[..])];
    let mark = select(&[" ", ", ", "-", ". "][..]);
    vec((piece, mark), 0..6).prop_map(|pieces| pieces.into_iter().flat_map(|(a, b)| [a, b]).collect())
}

/// A value tree; what its encoding as `AnyValue` holds.
#[derive(Clone, Debug)]
enum Tree {
    Text(String),
    Int(i64),
    Bool(bool),
    Double(f64),
    Bytes(Vec<u8>),
    Empty,
    List(Vec<Tree>),
    Members(Vec<(String, Tree)>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        6 => text().prop_map(Tree::Text),
        1 => select(&IDENTIFIERS[..]).prop_map(|run| Tree::Text(run.to_owned())),
        1 => (-2_i64..3).prop_map(Tree::Int),
        1 => Just(Tree::Int(4_711_121)),
        1 => any::<bool>().prop_map(Tree::Bool),
        1 => select(&[0.5, -1.0, 1e300][..]).prop_map(Tree::Double),
        1 => vec(any::<u8>(), 0..20).prop_map(Tree::Bytes),
        1 => Just(Tree::Empty),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Tree::List),
            vec((one_of(&KEYS), inner), 0..3).prop_map(Tree::Members),
        ]
    })
}

fn put_tree(out: &mut Vec<u8>, tree: &Tree) {
    match tree {
        Tree::Text(text) => put_bytes_field(out, 1, text.as_bytes()),
        Tree::Bool(truth) => put_varint_field(out, 2, u64::from(*truth)),
        Tree::Int(int) => put_varint_field(out, 3, *int as u64),
        Tree::Double(double) => put_fixed64_field(out, 4, double.to_bits()),
        Tree::Bytes(bytes) => put_bytes_field(out, 7, bytes),
        Tree::Empty => {}
        Tree::List(values) => put_message_field(out, 5, |out| {
            for value in values {
                put_message_field(out, 1, |out| put_tree(out, value));
            }
        }),
        Tree::Members(members) => put_message_field(out, 6, |out| {
            for (key, value) in members {
                put_key_value(out, 1, key, value);
            }
        }),
    }
}

fn put_key_value(out: &mut Vec<u8>, field: u32, key: &str, value: &Tree) {
    put_message_field(out, field, |out| {
        put_bytes_field(out, 1, key.as_bytes());
        put_message_field(out, 2, |out| put_tree(out, value));
    });
}

/// A log record: maybe a body, up to four attributes, keys possibly twice.
fn record() -> impl Strategy<Value = Bytes> {
    let attributes = vec((one_of(&KEYS), tree()), 0..4);
    (proptest::option::of(tree()), attributes).prop_map(|(body, attributes)| {
        let mut out = Vec::new();
        if let Some(body) = body {
            put_message_field(&mut out, 5, |out| put_tree(out, &body));
        }
        for (key, value) in attributes {
            put_key_value(&mut out, LogRecordRef::ATTRIBUTES, &key, &value);
        }
        Bytes::from(out)
    })
}

/// One of two origins, with attributes of resource and scope.
fn origin() -> impl Strategy<Value = Arc<Origin>> {
    let make = |service: &str| {
        let (mut resource, mut scope) = (Vec::new(), Vec::new());
        put_string_attribute(&mut resource, 1, "service.name", service);
        put_string_attribute(&mut resource, 1, "host.id", IDENTIFIERS[1]);
        put_string_attribute(&mut scope, 3, "order", "x");
        Arc::new(Origin { resource: resource.into(), scope: scope.into(), ..Origin::default() })
    };
    select(vec![make("shop"), make("bot")])
}

fn cells() -> impl Strategy<Value = Vec<Cell>> {
    let all = Column::ALL.to_vec();
    let values = vec(0_usize..8, all.len());
    (subsequence(all, 0..8), values).prop_map(|(columns, picks)| {
        let cell = |(column, pick): (Column, usize)| {
            let values = column_values(column);
            let value = ByteString::from_static(values[pick % values.len()]);
            Cell { column, value, rule: None }
        };
        columns.into_iter().zip(picks).map(cell).collect()
    })
}

/// A moment within [`DAYS`] days from [`FIRST`]; many events share one.
pub fn time() -> impl Strategy<Value = UnixNanos> {
    let spread = (0..DAYS * NANOS_PER_DAY).prop_map(|nanos| FIRST.saturating_add(nanos));
    let shared = (0..DAYS, -1_i64..3)
        .prop_map(|(day, nanos)| FIRST.saturating_add((day * NANOS_PER_DAY + nanos).max(0)));
    prop_oneof![1 => spread, 3 => shared]
}

/// An event; its id may be that of another, give it a new one where that matters.
pub fn event() -> impl Strategy<Value = Event> {
    let ids = prop_oneof![8 => any::<u128>(), 1 => Just(0x2a)];
    let durations = proptest::option::of(select(&[0, 1, 999, 1_000_000, u64::MAX][..]));
    (ids, time(), durations, cells(), origin(), record()).prop_map(
        |(id, time, duration_nanos, cells, origin, record)| Event {
            id: EventId(id),
            time,
            time_source: TimeSource::Record,
            received: time,
            flags: Flags::default(),
            has_exported_id: false,
            duration_nanos,
            cells,
            origin,
            record,
        },
    )
}

/// A period: all of time, the days, or one that cuts them.
pub fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        Just(Period::ALL),
        (time(), time()).prop_map(|(a, b)| Period { from: a.min(b), to: a.max(b) }),
        (0..DAYS, 1..=DAYS).prop_map(|(from, days)| Period {
            from: FIRST.saturating_add(from * NANOS_PER_DAY),
            to: FIRST.saturating_add((from + days) * NANOS_PER_DAY),
        }),
    ]
}

fn column_and_value() -> impl Strategy<Value = (Column, String)> {
    (select(Column::ALL), 0_usize..8).prop_map(|(column, pick)| {
        let values = column_values(column);
        let absent = if column.kind() == ColumnKind::Facet { "absent" } else { "" };
        (column, values.get(pick % (values.len() + 1)).unwrap_or(&absent).to_string())
    })
}

fn attribute_and_value() -> impl Strategy<Value = (String, String)> {
    let keys = select(&["steplog.note", "a", "a.b", "a.a", "order", "service.name", "host.id", "none"][..]);
    let values = prop_oneof![
        text(),
        select(&["x", "1", "1.0", "-1", "true", "0.5", "+5e-1", "shop", "", "deadbeef00112233"][..])
            .prop_map(str::to_owned),
    ];
    (keys.prop_map(str::to_owned), values)
}

fn presence() -> impl Strategy<Value = Presence> {
    prop_oneof![4 => Just(Presence::Any), 1 => Just(Presence::Present), 2 => Just(Presence::Missing)]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        column_and_value().prop_map(|(column, _)| Target::Column(column)),
        attribute_and_value().prop_map(|(key, _)| Target::Attribute(key)),
    ]
}

/// A filter on a column or an attribute: values to have, values not to have, or both, or none at all.
pub fn filter() -> impl Strategy<Value = Filter> {
    let ends = (vec(select(&ENDS[..]), 0..2), vec(select(&ENDS[..]), 0..2));
    let on_column = (column_and_value(), vec(0_usize..8, 0..3), any::<bool>(), presence(), ends).prop_map(
        |((column, value), more, exclude, presence, (any_end, no_end))| {
            let mut endings = Endings::default();
            if ENDING_COLUMNS.contains(&column) {
                endings.any_of.extend(any_end.into_iter().map(str::to_owned));
                endings.none_of.extend(no_end.into_iter().map(str::to_owned));
            }
            let values = column_values(column);
            let further = more.into_iter().map(|pick| values[pick % values.len()].to_owned());
            let (one, rest) = (vec![value], further.collect());
            let (any_of, none_of) = if exclude { (rest, one) } else { (one, rest) };
            Filter { any_of, none_of, presence, endings, ..Filter::on(Target::Column(column)) }
        },
    );
    let further = proptest::option::of(attribute_and_value());
    let on_attribute = (attribute_and_value(), further, any::<bool>(), presence()).prop_map(
        |((key, value), further, exclude, presence)| {
            let values = [Some(value), further.map(|(_, value)| value)].into_iter().flatten().collect();
            let (any_of, none_of) = if exclude { (vec![], values) } else { (values, vec![]) };
            Filter { any_of, none_of, presence, ..Filter::on(Target::Attribute(key)) }
        },
    );
    prop_oneof![3 => on_column, 1 => on_attribute]
}

/// A search text, parsed.
pub fn expr() -> impl Strategy<Value = Expr> {
    let words = vec(select(&WORDS[..]), 1..3).prop_map(|words| Expr::Phrase(Phrase::new(&words.join(" "))));
    let leaf = prop_oneof![
        4 => words,
        1 => text().prop_map(|text| Expr::Phrase(Phrase::new(&text))),
        1 => select(&IDENTIFIERS[..]).prop_map(|run| Expr::Phrase(Phrase::new(run))),
        1 => select(&["p", "pay", "order", "за", "订", "gr", "0", "zz", "", "550e8400e2", "dead", "de", "471", "ip"][..])
            .prop_map(|prefix| Expr::Prefix(prefix.to_owned())),
        1 => (vec(select(&WORDS[..]), 1..3), select(&["", "p", "pay", "o", "за", "550e", "dead", "4711"][..]))
            .prop_map(|(words, start)| match Phrase::new(&words.join(" ")) {
                // Something begins behind a word only.
                phrase if phrase.words.is_empty() => Expr::Phrase(phrase),
                phrase => Expr::Begun(phrase, start.to_owned()),
            }),
        1 => (proptest::option::of(select(&ENDING_COLUMNS[..])), select(&ENDS[..]))
            .prop_map(|(column, ending)| Expr::Ending(column, ending.to_owned())),
        2 => column_and_value().prop_map(|(column, value)| Expr::Column(column, value)),
        1 => attribute_and_value().prop_map(|(key, value)| Expr::Attribute(key, value)),
        1 => target().prop_map(Expr::Has),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Expr::And),
            vec(inner.clone(), 0..3).prop_map(Expr::Or),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

/// A question of the default tenant: a period, up to two filters on different targets, maybe a search text.
pub fn query() -> impl Strategy<Value = Query> {
    (period(), vec(filter(), 0..3), proptest::option::of(expr())).prop_map(|(period, mut filters, text)| {
        let mut seen: Vec<Target> = Vec::new();
        filters.retain(|filter| {
            let new = !seen.contains(&filter.target);
            seen.push(filter.target.clone());
            new
        });
        Query { tenant: Tenant::default(), period, filters, text }
    })
}
