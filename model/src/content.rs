//! What of an event can be searched: its texts, its exact terms. One definition for the index, for
//! verifying hits, and for the brute-force scan that tests compare with.

mod searchable;
mod walk;

pub use searchable::{OriginTerms, Searchable, visit_searchable};

use crate::column::{Column, ColumnKind};
use crate::event::Event;
use crate::ids::{TermHasher, TermKind};
use crate::limits;
use crate::text::{Token, beginning, visit_tokens};
use walk::{Parts, Walk};

/// The columns whose values are found by their last characters: people read out the last four.
pub const ENDING_COLUMNS: [Column; 3] = [Column::Person, Column::Interaction, Column::Conversation];

/// The fewest characters of an ending that is looked for.
pub const MIN_ENDING_CHARS: usize = 4;

/// The most characters of an ending that is looked for: as many as the index keeps.
pub const MAX_ENDING_CHARS: usize = 24;

/// The last characters of a value of [`ENDING_COLUMNS`], the last one first, in lower case.
#[must_use]
pub fn reversed_ending(value: &str) -> String {
    if value.is_ascii() {
        return value
            .bytes()
            .rev()
            .take(MAX_ENDING_CHARS)
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
    }
    value.chars().rev().flat_map(char::to_lowercase).take(MAX_ENDING_CHARS).collect()
}

/// Calls `visit` with each text of the event that free text searches, as a person reads it (see
/// [`crate::text::readable`]), in order: the scalar values of the body and of the record's attributes, then the
/// columns that are not among them.
///
/// Returns whether the texts were cut at [`limits::MAX_INDEXED_TEXT_BYTES`].
pub fn visit_texts(event: &Event, visit: &mut impl FnMut(&str)) -> bool {
    let mut texts = Texts(visit);
    let mut walk = Walk::new(&mut texts);
    walk.record(event);
    walk.text_cut
}

struct Texts<'v, V>(&'v mut V);

impl<V: FnMut(&str)> Parts for Texts<'_, V> {
    const TEXTS: bool = true;

    fn text(&mut self, text: &str) {
        (self.0)(text);
    }

    fn value(&mut self, _: TermKind, _: &str, _: &str) {}

    fn unread(&mut self, _: &str) {}
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
    let mut attributes = Attributes(visit);
    let mut walk = Walk::new(&mut attributes);
    walk.event(event);
    walk.leaf_cut
}

struct Attributes<'v, V>(&'v mut V);

impl<V: FnMut(&str, &str, TermKind)> Parts for Attributes<'_, V> {
    const TEXTS: bool = false;

    fn text(&mut self, _: &str) {}

    fn value(&mut self, kind: TermKind, key: &str, value: &str) {
        if matches!(kind, TermKind::Attribute | TermKind::Number) {
            (self.0)(key, value, kind);
        }
    }

    fn unread(&mut self, _: &str) {}
}

/// Calls `visit` with the dotted key of each attribute leaf, as far as the index knows which an event has.
pub fn visit_attribute_keys(event: &Event, visit: &mut impl FnMut(&str)) {
    let mut keys = Keys(visit);
    Walk::new(&mut keys).event(event);
}

struct Keys<'v, V>(&'v mut V);

impl<V: FnMut(&str)> Parts for Keys<'_, V> {
    const TEXTS: bool = false;

    fn text(&mut self, _: &str) {}

    fn value(&mut self, _: TermKind, _: &str, _: &str) {}

    fn unread(&mut self, _: &str) {}

    fn key(&mut self, kind: TermKind, key: &str) {
        if matches!(kind, TermKind::Attribute) {
            (self.0)(key);
        }
    }
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

/// Calls `visit` with every exact term of the event, as `hasher` has it: columns that are no facets, attribute
/// leaves, and identifiers found in texts and attribute values. A term may come more than once.
///
/// Facet columns have terms of their own in the index and are not among these.
pub fn visit_terms(event: &Event, hasher: &TermHasher, visit: &mut impl FnMut(u64)) {
    for cell in event.cells.iter().filter(|cell| cell.column.kind() != ColumnKind::Facet) {
        visit(hasher.term(TermKind::Column, cell.column.name(), &cell.value));
    }
    visit_typed_attributes(event, &mut |key, value, kind| visit(hasher.term(kind, key, value)));
    visit_identifiers(event, &mut |identifier| visit(hasher.term(TermKind::Identifier, "", identifier)));
}

/// Calls `visit` with each identifier of the event: the runs of its texts, cells and attribute
/// values that [`crate::text`] takes for identifiers, and its own id. In lower case.
pub fn visit_identifiers(event: &Event, visit: &mut impl FnMut(&str)) {
    visit(&event.id.to_string());
    let mut identifiers = Identifiers(visit);
    Walk::new(&mut identifiers).event(event);
}

struct Identifiers<'v, V>(&'v mut V);

impl<V: FnMut(&str)> Parts for Identifiers<'_, V> {
    const TEXTS: bool = true;

    fn text(&mut self, text: &str) {
        visit_identifiers_in(text, self.0);
    }

    fn value(&mut self, _: TermKind, _: &str, _: &str) {}

    fn unread(&mut self, value: &str) {
        visit_identifiers_in(value, self.0);
    }
}

fn visit_identifiers_in(text: &str, visit: &mut impl FnMut(&str)) {
    // Shorter texts hold no identifier; most values are.
    if text.len() >= crate::text::MIN_IDENTIFIER_CHARS {
        visit_tokens(text, &mut |token, _| {
            if let Token::Identifier(run) = token {
                visit(run);
            }
        });
    }
}

/// Whether a text has an identifier that begins like this.
#[must_use]
pub fn has_identifier_beginning(text: &str, prefix: &str) -> bool {
    let mut found = false;
    if prefix.chars().count() >= crate::text::MIN_BEGINNING_CHARS {
        visit_tokens(text, &mut |token, _| {
            found |= matches!(token, Token::Identifier(run) if beginning(run).starts_with(prefix));
        });
    }
    found
}

/// Whether a text has a word, or an identifier, that begins like this.
#[must_use]
pub fn has_beginning(text: &str, prefix: &str) -> bool {
    let mut found = has_identifier_beginning(text, prefix);
    visit_tokens(text, &mut |token, _| {
        found |= matches!(token, Token::Word(word) if word.starts_with(prefix));
    });
    found
}
