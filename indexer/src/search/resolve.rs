//! Looks a plan up in one segment: finds terms and the words of prefixes, and leaves out what is absent.

mod begun;

use std::sync::Arc;

use steplog_model::limits::MAX_PREFIX_WORDS;
use steplog_model::store::{Budget, StoreError};
use steplog_model::text::MIN_BEGINNING_CHARS;
use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet as _, TERMINATED, Term};

use super::bits::Bits;
use super::node::Node;
use super::plan::Logic;
use super::unreadable;
use crate::index::{DocList, FACET, SHAPES, SegmentView, TEXT, beginning_start, shape_has};

/// Up to this many words of a prefix are iterated together. More are collected in a bit set once.
const WALKED_WORDS: usize = if cfg!(test) { 2 } else { 16 };

/// How many words are added to a bit set between two checks of the budget.
const WORDS_PER_CHECK: usize = 64;

/// Looks up what `logic` means in a segment.
pub(super) fn resolve(logic: &Logic, view: &SegmentView, budget: &Budget) -> Result<Node, StoreError> {
    Ok(match logic {
        Logic::All => Node::All,
        Logic::Nothing => Node::Nothing,
        Logic::Term(term) => match look_up(term, view)? {
            Some(info) => Node::Postings(term.field(), info),
            None => Node::Nothing,
        },
        Logic::Exact(value) => docs(view.exact.find(value).map_err(unreadable)?),
        Logic::Id(id) => docs(view.exact.find_id(*id).map_err(unreadable)?),
        Logic::Phrase(words) => {
            let infos =
                words.iter().map(|word| look_up(word, view)).collect::<Result<Option<Vec<_>>, _>>()?;
            infos.map_or(Node::Nothing, Node::Phrase)
        }
        Logic::Prefix(start) => {
            let words = union(TEXT, &words_of(start, view, budget)?, view, budget)?;
            or(vec![words, identifiers_of(start, view, budget)?])
        }
        Logic::Begun(words, start) => begun::resolve(words, start, view, budget)?,
        Logic::Ending(start) => {
            let too_broad =
                || format!("more than {MAX_PREFIX_WORDS} ids end so; write more of the last characters");
            let wanted = Start { field: FACET, start, too_broad: &too_broad };
            union(FACET, &terms_of(wanted, view, budget)?, view, budget)?
        }
        Logic::Has(key) => union(FACET, &shapes_of(*key, view, budget)?, view, budget)?,
        Logic::And(parts) => resolve_and(parts, view, budget)?,
        Logic::Or(parts) => {
            let parts = parts.iter().map(|part| resolve(part, view, budget));
            or(parts.collect::<Result<_, _>>()?)
        }
        Logic::Not(part) => exclude(vec![], vec![resolve(part, view, budget)?], view),
    })
}

fn docs(lists: Vec<DocList>) -> Node {
    or(lists.into_iter().map(Node::Docs).collect())
}

fn look_up(term: &Term, view: &SegmentView) -> Result<Option<TermInfo>, StoreError> {
    view.inverted(term.field()).get_term_info(term).map_err(unreadable)
}

fn resolve_and(parts: &[Logic], view: &SegmentView, budget: &Budget) -> Result<Node, StoreError> {
    let (mut all, mut none) = (Vec::new(), Vec::new());
    // Required terms first: where one is absent, nothing else need be looked up.
    for part in parts.iter().filter(|part| !matches!(part, Logic::Not(_))) {
        match resolve(part, view, budget)? {
            Node::Nothing => return Ok(Node::Nothing),
            node => all.push(node),
        }
    }
    for part in parts {
        if let Logic::Not(excluded) = part {
            none.push(resolve(excluded, view, budget)?);
        }
    }
    Ok(exclude(all, none, view))
}

fn exclude(mut all: Vec<Node>, mut none: Vec<Node>, view: &SegmentView) -> Node {
    all.retain(|part| !matches!(part, Node::All));
    none.retain(|part| !matches!(part, Node::Nothing));
    if none.iter().any(|part| matches!(part, Node::All)) {
        return Node::Nothing;
    }
    if none.is_empty() {
        if all.is_empty() {
            return Node::All;
        }
        if let [_] = all[..] {
            return all.remove(0);
        }
    }
    // The rarest leads, the others only follow by seeking.
    all.sort_by_key(|part| part.at_most(view.side.num_docs));
    Node::And(all, none)
}

fn or(mut parts: Vec<Node>) -> Node {
    parts.retain(|part| !matches!(part, Node::Nothing));
    if parts.iter().any(|part| matches!(part, Node::All)) {
        return Node::All;
    }
    match parts.len() {
        0 => Node::Nothing,
        1 => parts.remove(0),
        _ => Node::Or(parts),
    }
}

/// Terms of a field that start alike, and what to say where they are too many.
struct Start<'a> {
    field: Field,
    start: &'a str,
    too_broad: &'a dyn Fn() -> String,
}

/// The events that have one of the terms.
fn union(field: Field, terms: &[TermInfo], view: &SegmentView, budget: &Budget) -> Result<Node, StoreError> {
    if terms.len() <= WALKED_WORDS {
        return Ok(or(terms.iter().map(|info| Node::Postings(field, info.clone())).collect()));
    }
    let mut bits = Bits::new(view.side.num_docs);
    for chunk in terms.chunks(WORDS_PER_CHECK) {
        budget.check()?;
        for info in chunk {
            let postings = view.inverted(field).read_postings_from_terminfo(info, IndexRecordOption::Basic);
            let mut postings = postings.map_err(unreadable)?;
            while postings.doc() != TERMINATED {
                bits.insert(postings.doc());
                postings.advance();
            }
        }
    }
    Ok(Node::Bits(Arc::new(bits)))
}

/// The words that start with this.
fn words_of(start: &str, view: &SegmentView, budget: &Budget) -> Result<Vec<TermInfo>, StoreError> {
    let too_broad =
        || format!("more than {MAX_PREFIX_WORDS} words start with {start:?}; write more letters of the word");
    terms_of(Start { field: TEXT, start, too_broad: &too_broad }, view, budget)
}

/// The events that have an identifier that starts with this. Few letters mean words alone: nearly every pair of letters
/// begins some identifier.
fn identifiers_of(start: &str, view: &SegmentView, budget: &Budget) -> Result<Node, StoreError> {
    if start.chars().count() < MIN_BEGINNING_CHARS {
        return Ok(Node::Nothing);
    }
    let too_broad = || {
        format!("more than {MAX_PREFIX_WORDS} identifiers start with {start:?}; write more of the identifier")
    };
    let wanted = Start { field: FACET, start: &beginning_start(start), too_broad: &too_broad };
    union(FACET, &terms_of(wanted, view, budget)?, view, budget)
}

fn terms_of(wanted: Start<'_>, view: &SegmentView, budget: &Budget) -> Result<Vec<TermInfo>, StoreError> {
    let Start { field, start, too_broad } = wanted;
    let mut range = view.inverted(field).terms().range().ge(start);
    if let Some(end) = end_of_prefix(start) {
        range = range.lt(end);
    }
    let mut stream = range.into_stream().map_err(unreadable)?;
    let mut terms = Vec::new();
    let mut passed = 0_usize;
    while let Some((_, info)) = stream.next() {
        passed += 1;
        if passed.is_multiple_of(4_096) {
            budget.check()?;
        }
        if terms.len() == MAX_PREFIX_WORDS {
            return Err(StoreError::TooBroad(too_broad()));
        }
        terms.push(info.clone());
    }
    Ok(terms)
}

/// The shapes of events that have a column or attribute.
fn shapes_of(key: u32, view: &SegmentView, budget: &Budget) -> Result<Vec<TermInfo>, StoreError> {
    let range = view.inverted(FACET).terms().range().ge(SHAPES.start).lt(SHAPES.end);
    let mut stream = range.into_stream().map_err(unreadable)?;
    let mut shapes = Vec::new();
    let mut looked = 0_usize;
    while let Some((term, info)) = stream.next() {
        if looked.is_multiple_of(4_096) {
            budget.check()?;
        }
        looked += 1;
        if shape_has(term, key) {
            shapes.push(info.clone());
        }
    }
    Ok(shapes)
}

/// The first bytes after all that start with the prefix; `None` where there are none.
pub(super) fn end_of_prefix(prefix: &str) -> Option<Vec<u8>> {
    let mut end = prefix.as_bytes().to_vec();
    // No byte of UTF-8 is 0xff.
    *end.last_mut()? += 1;
    Some(end)
}
