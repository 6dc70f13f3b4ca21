//! One walk over an event that finds all that an index keeps of it.

use super::{TEXT_COLUMNS, floor_char_boundary, kind_of, visit_identifiers_in};
use crate::column::ColumnKind;
use crate::event::{Event, Origin};
use crate::ids::{TermKind, key_hash, term_hash};
use crate::limits;
use crate::record::leaves::visit_leaves;
use crate::record::value::AnyValue;
use crate::record::{LogRecordRef, ScopeRef, resource_attributes};
use crate::text::{Token, visit_tokens};

/// Takes what of an event can be searched, in one walk over it: see [`visit_searchable`].
pub trait Searchable {
    /// A word of the current text, folded.
    fn word(&mut self, word: &str);

    /// The current text ends: no phrase spans this.
    fn end_text(&mut self);

    /// An exact value, and what it is in the event.
    fn value(&mut self, kind: TermKind, key: &str, value: &str);

    /// An exact value of the origin, as [`term_hash`].
    fn origin_term(&mut self, term: u64);

    /// The event has this column or attribute, as [`key_hash`]; also several times.
    fn key(&mut self, key: u32);
}

/// The exact terms that all events of one origin share: those of its attributes.
#[derive(Clone, Debug, Default)]
pub struct OriginTerms {
    terms: Vec<u64>,
    keys: Vec<u32>,
    leaves: usize,
}

impl OriginTerms {
    /// The terms of scope and resource.
    #[must_use]
    pub fn new(origin: &Origin) -> Self {
        let mut found = Self::default();
        let mut walk = Walk::new(&mut found);
        walk.origin(origin);
        found.leaves = limits::MAX_INDEXED_LEAVES - walk.leaves_left;
        found.keys.sort_unstable();
        found.keys.dedup();
        found
    }
}

/// Collects terms and keys.
impl Searchable for OriginTerms {
    fn word(&mut self, _: &str) {}

    fn end_text(&mut self) {}

    fn value(&mut self, kind: TermKind, key: &str, value: &str) {
        self.terms.push(term_hash(kind, key, value));
    }

    fn origin_term(&mut self, term: u64) {
        self.terms.push(term);
    }

    fn key(&mut self, key: u32) {
        self.keys.push(key);
    }
}

/// Hands over, in one walk, the words of [`visit_texts`](super::visit_texts) and the values
/// whose terms [`visit_terms`](super::visit_terms) tells, but for the
/// event's own id. `origin` is of the event's origin, made once for many events.
pub fn visit_searchable(event: &Event, origin: &OriginTerms, visitor: &mut impl Searchable) {
    let record = LogRecordRef::new(&event.record);
    let mut walk = Walk::new(visitor);
    let mut stated: Vec<&str> = Vec::with_capacity(16);
    let mut key = String::new();
    if let Some(body) = record.body_value() {
        visit_leaves(&mut key, body, &mut |_, leaf| {
            if let AnyValue::String(text) = leaf {
                walk.text(text);
                stated.push(text);
            }
            true
        });
    }
    for (name, value) in record.attributes() {
        key.clear();
        key.push_str(name);
        visit_leaves(&mut key, value, &mut |key, leaf| {
            walk.record_attribute(key, leaf);
            if let AnyValue::String(text) = leaf {
                stated.push(text);
            }
            true
        });
    }
    walk.cells(event, &stated);
    if origin.leaves <= walk.leaves_left {
        origin.terms.iter().for_each(|term| walk.visitor.origin_term(*term));
        origin.keys.iter().for_each(|key| walk.visitor.key(*key));
    } else {
        walk.origin(&event.origin);
    }
}

/// One walk over an event, with what its bounds leave.
struct Walk<'v, V> {
    visitor: &'v mut V,
    text_left: usize,
    leaves_left: usize,
    scratch: String,
}

impl<'v, V: Searchable> Walk<'v, V> {
    const fn new(visitor: &'v mut V) -> Self {
        let (text_left, leaves_left) = (limits::MAX_INDEXED_TEXT_BYTES, limits::MAX_INDEXED_LEAVES);
        Self { visitor, text_left, leaves_left, scratch: String::new() }
    }

    /// Takes words and identifiers of as much of a text as the bound leaves; returns whether that is all of it.
    fn text(&mut self, text: &str) -> bool {
        let kept = floor_char_boundary(text, self.text_left);
        self.text_left -= kept.len();
        if !kept.is_empty() {
            visit_tokens(kept, &mut |token, _| match token {
                Token::Word(word) => self.visitor.word(&word),
                Token::Identifier(run) => self.visitor.value(TermKind::Identifier, "", &run),
            });
            self.visitor.end_text();
        }
        kept.len() == text.len()
    }

    /// Takes the identifiers of a value that is no text, or not all of it.
    fn identifiers(&mut self, value: &str) {
        visit_identifiers_in(value, &mut |run| self.visitor.value(TermKind::Identifier, "", run));
    }

    fn record_attribute(&mut self, key: &str, leaf: AnyValue<'_>) {
        let AnyValue::String(text) = leaf else { return self.attribute(key, leaf) };
        let whole = self.text(text);
        if self.take_leaf(key) && text.len() <= limits::MAX_INDEXED_VALUE_BYTES {
            self.visitor.value(TermKind::Attribute, key, text);
            if !whole {
                self.identifiers(text);
            }
        }
    }

    fn attribute(&mut self, key: &str, leaf: AnyValue<'_>) {
        if !self.take_leaf(key) {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        if let Some(text) = leaf.scalar_text(&mut scratch)
            && text.len() <= limits::MAX_INDEXED_VALUE_BYTES
        {
            self.visitor.value(kind_of(leaf), key, text);
            self.identifiers(text);
        }
        self.scratch = scratch;
    }

    fn take_leaf(&mut self, key: &str) -> bool {
        let taken = self.leaves_left > 0;
        if taken {
            self.visitor.key(key_hash(TermKind::Attribute, key));
        }
        self.leaves_left = self.leaves_left.saturating_sub(1);
        taken
    }

    fn cells(&mut self, event: &Event, stated: &[&str]) {
        for cell in &event.cells {
            self.visitor.key(key_hash(TermKind::Column, cell.column.name()));
            if cell.column.kind() != ColumnKind::Facet {
                self.visitor.value(TermKind::Column, cell.column.name(), &cell.value);
            }
            let is_text =
                TEXT_COLUMNS.contains(&cell.column) && !stated.iter().any(|text| *text == &*cell.value);
            if !(is_text && self.text(&cell.value)) {
                self.identifiers(&cell.value);
            }
        }
    }

    fn origin(&mut self, origin: &Origin) {
        let lists = [ScopeRef::new(&origin.scope).attributes(), resource_attributes(&origin.resource)];
        let mut dotted = String::new();
        for (key, value) in lists.into_iter().flatten() {
            dotted.clear();
            dotted.push_str(key);
            let go_on = visit_leaves(&mut dotted, value, &mut |key, leaf| {
                self.attribute(key, leaf);
                self.leaves_left > 0
            });
            if !go_on {
                break;
            }
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::content::{visit_attribute_keys, visit_terms, visit_texts};
    use crate::testing::arbitrary::event;
    use proptest::prelude::*;

    #[derive(Default)]
    struct Found {
        texts: Vec<Vec<String>>,
        words: Vec<String>,
        terms: Vec<u64>,
        keys: Vec<u32>,
    }

    impl Searchable for Found {
        fn word(&mut self, word: &str) {
            self.words.push(word.to_owned());
        }

        fn end_text(&mut self) {
            self.texts.push(std::mem::take(&mut self.words));
        }

        fn value(&mut self, kind: TermKind, key: &str, value: &str) {
            self.terms.push(term_hash(kind, key, value));
        }

        fn origin_term(&mut self, term: u64) {
            self.terms.push(term);
        }

        fn key(&mut self, key: u32) {
            self.keys.push(key);
        }
    }

    fn check(event: &Event) {
        let mut found = Found::default();
        visit_searchable(event, &OriginTerms::new(&event.origin), &mut found);
        let mut texts = Vec::new();
        visit_texts(event, &mut |text| {
            let mut words = Vec::new();
            visit_tokens(text, &mut |token, _| {
                if let Token::Word(word) = token {
                    words.push(word.into_owned());
                }
            });
            texts.push(words);
        });
        assert_eq!(found.texts, texts);
        let own = term_hash(TermKind::Identifier, "", &event.id.to_string());
        let mut terms = vec![own];
        visit_terms(event, &mut |term| terms.push(term));
        found.terms.push(own);
        for list in [&mut terms, &mut found.terms] {
            list.sort_unstable();
            list.dedup();
        }
        assert_eq!(found.terms, terms);
        let mut keys: Vec<u32> = Vec::new();
        visit_attribute_keys(event, &mut |key| keys.push(key_hash(TermKind::Attribute, key)));
        keys.extend(event.cells.iter().map(|cell| key_hash(TermKind::Column, cell.column.name())));
        for list in [&mut keys, &mut found.keys] {
            list.sort_unstable();
            list.dedup();
        }
        assert_eq!(found.keys, keys);
    }

    proptest! {
        #[test]
        fn one_walk_finds_what_the_separate_ones_find(event in event()) {
            check(&event);
        }
    }

    #[test]
    fn bounds_cut_alike() {
        use crate::testing::build::EventBuilder;
        use crate::time::UnixNanos;
        let id = "0123456789abcdef0123456789abcde";
        let words = "word 0123456789abcdef01 ".repeat(3_000);
        let mut builder = EventBuilder::new(1, UnixNanos(0)).body(&words).attribute("long", &words);
        for number in 0..limits::MAX_INDEXED_LEAVES + 5 {
            builder = builder.attribute(&format!("k{number}"), &format!("{id}{}", number % 10));
            if number == 1_000 {
                check(&builder.clone().build());
            }
        }
        check(&builder.cell(crate::column::Column::Reason, "late 00112233445566778899").build());
    }
}
