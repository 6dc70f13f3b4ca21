//! One walk over an event that finds all that an index keeps of it.

use super::visit_identifiers_in;
use super::walk::{Parts, Walk};
use crate::event::{Event, Origin};
use crate::ids::{TermHasher, TermKind, key_hash};
use crate::limits;
use crate::text::{Token, beginning, visit_tokens};

/// Takes what of an event can be searched, in one walk over it: see [`visit_searchable`].
pub trait Searchable {
    /// A word of the current text, folded.
    fn word(&mut self, word: &str);

    /// The beginning of an identifier of the current text; part of no phrase.
    fn beginning(&mut self, beginning: &str);

    /// The current text ends: no phrase spans this.
    fn end_text(&mut self);

    /// An exact value, and what it is in the event.
    fn value(&mut self, kind: TermKind, key: &str, value: &str);

    /// An exact value of the origin, as its [`TermHasher::term`].
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
    /// The terms of scope and resource, as `hasher` has them.
    #[must_use]
    pub fn new(origin: &Origin, hasher: &TermHasher) -> Self {
        let mut collector = Collector { hasher, found: Self::default() };
        let mut walk = Walk::new(&mut collector);
        walk.origin(origin);
        let leaves = limits::MAX_INDEXED_LEAVES - walk.leaves_left;
        let mut found = Self { leaves, ..collector.found };
        found.keys.sort_unstable();
        found.keys.dedup();
        found
    }
}

/// Collects terms and keys.
struct Collector<'h> {
    hasher: &'h TermHasher,
    found: OriginTerms,
}

impl Parts for Collector<'_> {
    const TEXTS: bool = false;

    fn text(&mut self, _: &str) {}

    fn value(&mut self, kind: TermKind, key: &str, value: &str) {
        self.found.terms.push(self.hasher.term(kind, key, value));
    }

    fn unread(&mut self, value: &str) {
        visit_identifiers_in(value, &mut |run| self.value(TermKind::Identifier, "", run));
    }

    fn key(&mut self, kind: TermKind, key: &str) {
        self.found.keys.push(key_hash(kind, key));
    }
}

/// Hands over, in one walk, the words of [`visit_texts`](super::visit_texts) and the values
/// whose terms [`visit_terms`](super::visit_terms) tells, but for the
/// event's own id. `origin` is of the event's origin, made once for many events.
pub fn visit_searchable(event: &Event, origin: &OriginTerms, visitor: &mut impl Searchable) {
    let mut tokens = Tokens(visitor);
    let mut walk = Walk::new(&mut tokens);
    walk.record(event);
    if origin.leaves > walk.leaves_left {
        walk.origin(&event.origin);
    } else {
        origin.terms.iter().for_each(|term| visitor.origin_term(*term));
        origin.keys.iter().for_each(|key| visitor.key(*key));
    }
}

/// Cuts texts for a visitor.
struct Tokens<'v, V>(&'v mut V);

impl<V: Searchable> Parts for Tokens<'_, V> {
    const TEXTS: bool = true;

    fn text(&mut self, text: &str) {
        visit_tokens(text, &mut |token, _| match token {
            Token::Word(word) => self.0.word(word),
            Token::Identifier(run) => {
                self.0.value(TermKind::Identifier, "", run);
                self.0.beginning(&beginning(run));
            }
        });
        self.0.end_text();
    }

    fn value(&mut self, kind: TermKind, key: &str, value: &str) {
        self.0.value(kind, key, value);
    }

    fn unread(&mut self, value: &str) {
        visit_identifiers_in(value, &mut |run| self.0.value(TermKind::Identifier, "", run));
    }

    fn key(&mut self, kind: TermKind, key: &str) {
        self.0.key(key_hash(kind, key));
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::content::{visit_attribute_keys, visit_terms, visit_texts};
    use crate::testing::arbitrary::event;
    use proptest::prelude::*;

    const HASHER: TermHasher = TermHasher::new(3);

    #[derive(Default)]
    struct Found {
        texts: Vec<Vec<String>>,
        words: Vec<String>,
        beginnings: Vec<String>,
        terms: Vec<u64>,
        keys: Vec<u32>,
    }

    impl Searchable for Found {
        fn word(&mut self, word: &str) {
            self.words.push(word.to_owned());
        }

        fn beginning(&mut self, beginning: &str) {
            self.beginnings.push(beginning.to_owned());
        }

        fn end_text(&mut self) {
            self.texts.push(std::mem::take(&mut self.words));
        }

        fn value(&mut self, kind: TermKind, key: &str, value: &str) {
            self.terms.push(HASHER.term(kind, key, value));
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
        visit_searchable(event, &OriginTerms::new(&event.origin, &HASHER), &mut found);
        let (mut texts, mut beginnings) = (Vec::new(), Vec::new());
        visit_texts(event, &mut |text| {
            let mut words = Vec::new();
            visit_tokens(text, &mut |token, _| match token {
                Token::Word(word) => words.push(word.to_owned()),
                Token::Identifier(run) => beginnings.push(beginning(run).into_owned()),
            });
            texts.push(words);
        });
        assert_eq!((&found.texts, &found.beginnings), (&texts, &beginnings));
        let own = HASHER.term(TermKind::Identifier, "", &event.id.to_string());
        let mut terms = vec![own];
        visit_terms(event, &HASHER, &mut |term| terms.push(term));
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
