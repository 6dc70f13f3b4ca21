//! The one walk over an event that says what its texts and exact values are.

use super::floor_char_boundary;
use crate::column::{Column, ColumnKind};
use crate::event::{Event, Origin};
use crate::ids::TermKind;
use crate::limits;
use crate::record::leaves::visit_leaves;
use crate::record::value::AnyValue;
use crate::record::{LogRecordRef, ScopeRef, resource_attributes};
use crate::text::{looks_like_identifier, readable};

/// The longest bytes, as such and before they are written in base64, that are a text: what is longer is no word.
const MAX_TEXT_OF_BYTES: usize = 64;

/// Takes the parts of an event.
pub(super) trait Parts {
    /// Whether texts are wanted; reading them costs more than the rest.
    const TEXTS: bool;

    /// A text, as a person reads it, as much of it as the bounds leave.
    fn text(&mut self, text: &str);

    /// An exact value, and what it is in the event.
    fn value(&mut self, kind: TermKind, key: &str, value: &str);

    /// A value that is no text, or not all of it: only its identifiers are looked for.
    fn unread(&mut self, value: &str);

    /// The event has this column or attribute; also several times.
    fn key(&mut self, _kind: TermKind, _key: &str) {}
}

/// What the value of an attribute is as a term.
const fn kind_of(leaf: AnyValue<'_>) -> TermKind {
    match leaf {
        AnyValue::Int(_) | AnyValue::Double(_) => TermKind::Number,
        _ => TermKind::Attribute,
    }
}

/// Whether the text of a value is one that is searched.
const fn is_text(leaf: AnyValue<'_>) -> bool {
    !matches!(leaf, AnyValue::Bytes(bytes) if bytes.len() > MAX_TEXT_OF_BYTES)
}

/// One walk over an event, with what its bounds leave.
pub(super) struct Walk<'p, P> {
    parts: &'p mut P,
    text_left: usize,
    pub(super) leaves_left: usize,
    /// Whether a text was cut.
    pub(super) text_cut: bool,
    /// Whether an attribute was left out.
    pub(super) leaf_cut: bool,
}

impl<'p, P: Parts> Walk<'p, P> {
    pub(super) const fn new(parts: &'p mut P) -> Self {
        let (text_left, leaves_left) = (limits::MAX_INDEXED_TEXT_BYTES, limits::MAX_INDEXED_LEAVES);
        Self { parts, text_left, leaves_left, text_cut: false, leaf_cut: false }
    }

    /// The whole event.
    pub(super) fn event(&mut self, event: &Event) {
        self.record(event);
        self.origin(&event.origin);
    }

    /// Body and attributes of the record, then the columns that are not among them.
    pub(super) fn record(&mut self, event: &Event) {
        let record = LogRecordRef::new(&event.record);
        let mut stated: Vec<&str> = Vec::with_capacity(16);
        let mut key = String::new();
        if let Some(body) = record.body_value().filter(|_| P::TEXTS) {
            let mut scratch = String::new();
            visit_leaves(&mut key, body, &mut |_, leaf| {
                if is_text(leaf)
                    && let Some(text) = leaf.scalar_text(&mut scratch)
                {
                    self.text(text);
                }
                if let AnyValue::String(text) = leaf {
                    stated.push(text);
                }
                true
            });
        }
        let mut scratch = String::new();
        for (name, value) in record.attributes() {
            key.clear();
            key.push_str(name);
            visit_leaves(&mut key, value, &mut |key, leaf| {
                let text = leaf.scalar_text(&mut scratch);
                let whole = P::TEXTS && is_text(leaf) && text.is_some_and(|text| self.text(text));
                self.attribute(key, kind_of(leaf), text, !whole);
                if let AnyValue::String(text) = leaf {
                    stated.push(text);
                }
                true
            });
        }
        self.cells(event, &stated);
    }

    /// The attributes of scope and resource.
    pub(super) fn origin(&mut self, origin: &Origin) {
        let lists = [ScopeRef::new(&origin.scope).attributes(), resource_attributes(&origin.resource)];
        let (mut dotted, mut scratch) = (String::new(), String::new());
        for (key, value) in lists.into_iter().flatten() {
            dotted.clear();
            dotted.push_str(key);
            let go_on = visit_leaves(&mut dotted, value, &mut |key, leaf| {
                self.attribute(key, kind_of(leaf), leaf.scalar_text(&mut scratch), true);
                !self.leaf_cut || self.leaves_left > 0
            });
            if !go_on {
                break;
            }
        }
    }

    /// Hands over a text that a value of the record is; returns whether that was all of it.
    fn text(&mut self, text: &str) -> bool {
        let text = readable(text);
        let kept = floor_char_boundary(&text, self.text_left);
        self.text_left -= kept.len();
        if !kept.is_empty() {
            self.parts.text(kept);
        }
        let whole = kept.len() == text.len();
        self.text_cut |= !whole;
        whole
    }

    /// Hands over an attribute with its text, where it has one; `unread` where its identifiers are not among those of
    /// the texts.
    fn attribute(&mut self, key: &str, kind: TermKind, text: Option<&str>, unread: bool) {
        if self.leaves_left == 0 {
            self.leaf_cut = true;
            return;
        }
        self.leaves_left -= 1;
        self.parts.key(TermKind::Attribute, key);
        match text {
            Some(text) if text.len() <= limits::MAX_INDEXED_VALUE_BYTES => {
                self.parts.value(kind, key, text);
                if unread {
                    self.parts.unread(text);
                }
            }
            Some(_) => self.leaf_cut = true,
            None => {}
        }
    }

    /// All columns: they are short, so that no bound leaves one out.
    fn cells(&mut self, event: &Event, stated: &[&str]) {
        for cell in &event.cells {
            self.parts.key(TermKind::Column, cell.column.name());
            if cell.column.kind() != ColumnKind::Facet {
                self.parts.value(TermKind::Column, cell.column.name(), &cell.value);
            }
            let of_trace = matches!(cell.column, Column::TraceId | Column::SpanId);
            if of_trace && looks_like_identifier(&cell.value) {
                // As a whole only: each beginning would be a word that no other event has.
                self.parts.unread(&cell.value);
            } else if !P::TEXTS || stated.iter().any(|text| *text == &*cell.value) {
                // Where a text that states it was cut, its identifiers are still wanted.
                if self.text_cut {
                    self.parts.unread(&cell.value);
                }
            } else {
                self.parts.text(&readable(&cell.value));
            }
        }
    }
}
