//! What of an event can be searched: its texts, its exact terms. One definition for the index, for
//! verifying hits, and for the brute-force scan that tests compare with.

mod searchable;

pub use searchable::{OriginTerms, Searchable, visit_searchable};

use crate::column::{Column, ColumnKind};
use crate::event::Event;
use crate::ids::{TermKind, term_hash};
use crate::limits;
use crate::record::leaves::visit_leaves;
use crate::record::value::{AnyValue, KeyValues};
use crate::record::{LogRecordRef, ScopeRef, resource_attributes};
use crate::text::{Token, visit_tokens};

/// The columns whose values are part of the text where the record does not state them itself.
const TEXT_COLUMNS: [Column; 6] =
    [Column::Event, Column::Object, Column::Element, Column::PerformedBy, Column::Channel, Column::Reason];

/// Calls `visit` with each text of the event that free text searches, in order: the body, the
/// string values of the record's attributes, then the columns that are not among them.
///
/// Returns whether the texts were cut at [`limits::MAX_INDEXED_TEXT_BYTES`].
pub fn visit_texts(event: &Event, visit: &mut impl FnMut(&str)) -> bool {
    let record = LogRecordRef::new(&event.record);
    let mut budget = limits::MAX_INDEXED_TEXT_BYTES;
    let mut cut = false;
    let mut stated: Vec<&str> = Vec::new();
    let mut key = String::new();
    let mut take = |text: &str| {
        let kept = floor_char_boundary(text, budget);
        cut |= kept.len() < text.len();
        budget -= kept.len();
        if !kept.is_empty() {
            visit(kept);
        }
    };
    let strings = record.body_value().into_iter().chain(record.attributes().map(|(_, value)| value));
    for value in strings {
        visit_leaves(&mut key, value, &mut |_, leaf| {
            if let AnyValue::String(text) = leaf {
                take(text);
                stated.push(text);
            }
            true
        });
    }
    for cell in event.cells.iter().filter(|cell| TEXT_COLUMNS.contains(&cell.column)) {
        if !stated.iter().any(|text| *text == &*cell.value) {
            take(&cell.value);
        }
    }
    cut
}

/// `text` cut to at most `length` bytes, at a character's border.
fn floor_char_boundary(text: &str, length: usize) -> &str {
    text.get(..text.floor_char_boundary(length)).unwrap_or_default()
}

/// Calls `visit` with the dotted key and the value of each attribute leaf of record, scope and
/// resource, in that order.
///
/// Leaves beyond [`limits::MAX_INDEXED_LEAVES`] or longer than [`limits::MAX_INDEXED_VALUE_BYTES`]
/// are left out; returns whether there were any.
pub fn visit_attributes(event: &Event, visit: &mut impl FnMut(&str, &str)) -> bool {
    visit_typed_attributes(event, &mut |key, value, _| visit(key, value))
}

/// As [`visit_attributes`], with what each value is: [`TermKind::Number`] or another [`TermKind::Attribute`].
pub fn visit_typed_attributes(event: &Event, visit: &mut impl FnMut(&str, &str, TermKind)) -> bool {
    let mut cut = false;
    let mut scratch = String::new();
    let beyond = visit_attribute_leaves(event, &mut |key, leaf| match leaf.scalar_text(&mut scratch) {
        Some(text) if text.len() <= limits::MAX_INDEXED_VALUE_BYTES => visit(key, text, kind_of(leaf)),
        Some(_) => cut = true,
        None => {}
    });
    cut || beyond
}

/// Calls `visit` with the dotted key of each attribute leaf, as far as the index knows which an event has.
pub fn visit_attribute_keys(event: &Event, visit: &mut impl FnMut(&str)) {
    visit_attribute_leaves(event, &mut |key, _| visit(key));
}

/// What the value of an attribute is as a term.
const fn kind_of(leaf: AnyValue<'_>) -> TermKind {
    match leaf {
        AnyValue::Int(_) | AnyValue::Double(_) => TermKind::Number,
        _ => TermKind::Attribute,
    }
}

/// Calls `visit` with the first [`limits::MAX_INDEXED_LEAVES`] leaves; returns whether there are more.
fn visit_attribute_leaves<'a>(event: &'a Event, visit: &mut impl FnMut(&str, AnyValue<'a>)) -> bool {
    let record = LogRecordRef::new(&event.record).attributes();
    let origin = &event.origin;
    let lists: [KeyValues<'a>; 3] =
        [record, ScopeRef::new(&origin.scope).attributes(), resource_attributes(&origin.resource)];
    let mut left = limits::MAX_INDEXED_LEAVES;
    let mut cut = false;
    let mut dotted = String::new();
    for (key, value) in lists.into_iter().flatten() {
        dotted.clear();
        dotted.push_str(key);
        let go_on = visit_leaves(&mut dotted, value, &mut |key, leaf| {
            if left == 0 {
                cut = true;
                return false;
            }
            left -= 1;
            visit(key, leaf);
            true
        });
        if !go_on {
            break;
        }
    }
    cut
}

/// Whether the event is larger than what an index keeps of it: a part of it is shown but not found.
#[must_use]
pub fn exceeds_index(event: &Event) -> bool {
    // An attribute takes four bytes at least, so that what is smaller is within every bound.
    const SMALL_BYTES: usize = 4 * limits::MAX_INDEXED_LEAVES;
    let origin = &event.origin;
    if event.record.len() + origin.scope.len() + origin.resource.len() <= SMALL_BYTES {
        return false;
    }
    let texts_cut = visit_texts(event, &mut |_| {});
    texts_cut || visit_attributes(event, &mut |_, _| {})
}

/// Calls `visit` with every exact term of the event, hashed: columns that are no facets, attribute
/// leaves, and identifiers found in texts and attribute values. A term may come more than once.
///
/// Facet columns have terms of their own in the index and are not among these.
pub fn visit_terms(event: &Event, visit: &mut impl FnMut(u64)) {
    for cell in event.cells.iter().filter(|cell| cell.column.kind() != ColumnKind::Facet) {
        visit(term_hash(TermKind::Column, cell.column.name(), &cell.value));
    }
    visit_typed_attributes(event, &mut |key, value, kind| visit(term_hash(kind, key, value)));
    visit_identifiers(event, &mut |identifier| visit(term_hash(TermKind::Identifier, "", identifier)));
}

/// Calls `visit` with each identifier of the event: the runs of its texts, cells and attribute
/// values that [`crate::text`] takes for identifiers, and its own id. In lower case.
pub fn visit_identifiers(event: &Event, visit: &mut impl FnMut(&str)) {
    visit(&event.id.to_string());
    let mut from = |text: &str| visit_identifiers_in(text, visit);
    visit_texts(event, &mut from);
    visit_attributes(event, &mut |_, value| from(value));
    for cell in &event.cells {
        from(&cell.value);
    }
}

fn visit_identifiers_in(text: &str, visit: &mut impl FnMut(&str)) {
    // Shorter texts hold no identifier; most values are.
    if text.len() >= 16 {
        visit_tokens(text, &mut |token, _| {
            if let Token::Identifier(run) = token {
                visit(&run);
            }
        });
    }
}
