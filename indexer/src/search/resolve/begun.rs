//! Words with a beginning behind them: `checkout-v2-re*`.

use std::sync::Arc;

use steplog_model::store::{Budget, StoreError};
use tantivy::postings::TermInfo;
use tantivy::{TERMINATED, Term};

use super::super::bits::Bits;
use super::super::cursor::Cursor;
use super::super::node::Node;
use super::{WALKED_WORDS, WORDS_PER_CHECK, exclude, identifiers_of, look_up, or, words_of};
use crate::index::{SegmentView, TEXT};

/// The events that have the words and, right behind them, one that starts with this; or the words, and somewhere an
/// identifier that does.
pub(super) fn resolve(
    words: &[Term],
    start: &str,
    view: &SegmentView,
    budget: &Budget,
) -> Result<Node, StoreError> {
    let infos = words.iter().map(|word| look_up(word, view)).collect::<Result<Option<Vec<_>>, _>>()?;
    let Some(infos) = infos else { return Ok(Node::Nothing) };
    let behind = behind(&infos, words_of(start, view, budget)?, view, budget)?;
    let identified = match identifiers_of(start, view, budget)? {
        Node::Nothing => Node::Nothing,
        some => exclude(vec![some, phrase(infos)], vec![], view),
    };
    Ok(or(vec![behind, identified]))
}

fn phrase(mut words: Vec<TermInfo>) -> Node {
    match words.len() {
        1 => Node::Postings(TEXT, words.remove(0)),
        _ => Node::Phrase(words),
    }
}

/// A phrase for each word that may be the last one. Many are put into a bit set once: each is walked from its rarest
/// word on, mostly the last.
fn behind(
    words: &[TermInfo],
    last: Vec<TermInfo>,
    view: &SegmentView,
    budget: &Budget,
) -> Result<Node, StoreError> {
    let few = last.len() <= WALKED_WORDS;
    let phrases = last.into_iter().map(|last| Node::Phrase([words, &[last]].concat()));
    if few {
        return Ok(or(phrases.collect()));
    }
    let mut bits = Bits::new(view.side.num_docs);
    for (number, phrase) in phrases.enumerate() {
        if number.is_multiple_of(WORDS_PER_CHECK) {
            budget.check()?;
        }
        let mut cursor = Cursor::open(&phrase, view)?;
        let mut doc = cursor.seek(0, TERMINATED);
        while doc < TERMINATED {
            bits.insert(doc);
            doc = cursor.seek(doc + 1, TERMINATED);
        }
    }
    Ok(Node::Bits(Arc::new(bits)))
}
