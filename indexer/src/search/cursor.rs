//! Iterates the matching events of a segment, in the order of their documents.

use std::sync::Arc;

use steplog_model::store::StoreError;
use tantivy::postings::{Postings as _, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet as _, TERMINATED};

use super::bits::Bits;
use super::node::Node;
use super::unreadable;
use crate::index::{DocCursor, SegmentView, TEXT};

/// A place in the matching documents. Only ever goes forward.
pub(super) enum Cursor {
    All,
    Nothing,
    Postings(Box<SegmentPostings>),
    Docs(DocCursor),
    Phrase(Box<PhraseCursor>),
    Bits(Arc<Bits>),
    And(AndCursor),
    Or(Vec<Cursor>),
}

impl Cursor {
    pub(super) fn open(node: &Node, view: &SegmentView) -> Result<Self, StoreError> {
        let many = |nodes: &[Node]| nodes.iter().map(|node| Self::open(node, view)).collect::<Result<_, _>>();
        Ok(match node {
            Node::All => Self::All,
            Node::Nothing => Self::Nothing,
            Node::Postings(field, info) => {
                let inverted = view.inverted(*field);
                let postings = inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic);
                Self::Postings(Box::new(postings.map_err(unreadable)?))
            }
            Node::Docs(docs) => Self::Docs(DocCursor::new(docs)),
            Node::Phrase(infos) => {
                let inverted = view.inverted(TEXT);
                let option = IndexRecordOption::WithFreqsAndPositions;
                let open = |info| inverted.read_postings_from_terminfo(info, option).map_err(unreadable);
                let words = infos.iter().map(open).collect::<Result<_, _>>()?;
                Self::Phrase(Box::new(PhraseCursor::new(words)))
            }
            Node::Bits(bits) => Self::Bits(Arc::clone(bits)),
            Node::And(all, none) => Self::And(AndCursor { all: many(all)?, none: many(none)?, at: 0 }),
            Node::Or(parts) => Self::Or(many(parts)?),
        })
    }

    /// `target` where it matches, else a lower bound of the next match after `target` that is cheap to find. For
    /// callers that have other conditions to check.
    fn approach(&mut self, target: DocId, end: DocId) -> DocId {
        match self {
            Self::Phrase(phrase) => phrase.approach(target, end),
            other => other.seek(target, end),
        }
    }

    /// The first match at or after `target`, if it is before `end`; else a lower bound, at or after `end`, of the next
    /// match. Targets never decrease.
    pub(super) fn seek(&mut self, target: DocId, end: DocId) -> DocId {
        match self {
            Self::All => target,
            Self::Nothing => TERMINATED,
            Self::Postings(postings) => seek_postings(postings, target),
            Self::Docs(docs) => docs.seek(target),
            Self::Phrase(phrase) => phrase.seek(target, end),
            Self::Bits(bits) => bits.seek(target),
            Self::And(and) => and.seek(target, end),
            Self::Or(parts) => {
                parts.iter_mut().map(|part| part.seek(target, end)).min().unwrap_or(TERMINATED)
            }
        }
    }
}

fn seek_postings(postings: &mut SegmentPostings, target: DocId) -> DocId {
    if postings.doc() >= target { postings.doc() } else { postings.seek(target) }
}

/// What all of some have and none of others.
pub(super) struct AndCursor {
    all: Vec<Cursor>,
    none: Vec<Cursor>,
    /// The last answer: no match comes before it. Others that lag behind ask again from before it,
    /// where the parts cannot go back to.
    at: DocId,
}

impl AndCursor {
    fn seek(&mut self, target: DocId, end: DocId) -> DocId {
        self.at = self.next_match(target.max(self.at), end);
        self.at
    }

    fn next_match(&mut self, mut target: DocId, end: DocId) -> DocId {
        'next: while target < end {
            for part in &mut self.all {
                let found = part.approach(target, end);
                if found > target {
                    target = found;
                    continue 'next;
                }
            }
            for part in &mut self.none {
                if part.approach(target, end) == target {
                    target += 1;
                    continue 'next;
                }
            }
            return target;
        }
        target
    }
}

/// Words side by side.
pub(super) struct PhraseCursor {
    /// Each with its place in the phrase; the rarest first.
    words: Vec<(u32, SegmentPostings)>,
    /// The last answer, and whether it is a match: whoever combines cursors asks for the same place again.
    at: DocId,
    at_match: bool,
    starts: Vec<u32>,
    others: Vec<u32>,
}

impl PhraseCursor {
    fn new(words: Vec<SegmentPostings>) -> Self {
        let mut words: Vec<_> = (0..).zip(words).collect();
        words.sort_by_key(|(_, postings)| postings.doc_freq());
        Self { words, at: 0, at_match: false, starts: Vec::new(), others: Vec::new() }
    }

    fn seek(&mut self, target: DocId, end: DocId) -> DocId {
        if target > self.at || !self.at_match {
            (self.at, self.at_match) = self.next_match(target.max(self.at), end);
        }
        self.at
    }

    /// Like [`Cursor::approach`]: positions are read of `target` alone.
    fn approach(&mut self, target: DocId, end: DocId) -> DocId {
        if target > self.at || !self.at_match {
            let target = target.max(self.at);
            let together = self.next_together(target, end);
            (self.at, self.at_match) = if together > target || together >= end {
                (together, false)
            } else if self.side_by_side() {
                (target, true)
            } else {
                (target + 1, false)
            };
        }
        self.at
    }

    fn next_match(&mut self, mut target: DocId, end: DocId) -> (DocId, bool) {
        loop {
            target = self.next_together(target, end);
            if target >= end {
                return (target, false);
            }
            if self.side_by_side() {
                return (target, true);
            }
            target += 1;
        }
    }

    /// The first document at or after `target` that has all words, if it is before `end`.
    fn next_together(&mut self, mut target: DocId, end: DocId) -> DocId {
        'next: while target < end {
            for (_, postings) in &mut self.words {
                let found = seek_postings(postings, target);
                if found > target {
                    target = found;
                    continue 'next;
                }
            }
            return target;
        }
        target
    }

    /// Whether the words, all in the current document, stand side by side in it somewhere.
    fn side_by_side(&mut self) -> bool {
        let Self { words, starts, others, .. } = self;
        starts.clear();
        for (number, (place, postings)) in words.iter_mut().enumerate() {
            // Positions less the word's place are where the phrase would start; shifted, to stay above zero.
            let shift = u32::MAX / 2 - *place;
            let positions = if number == 0 { &mut *starts } else { &mut *others };
            postings.positions_with_offset(shift, positions);
            if number > 0 {
                keep_common(starts, others);
            }
            if starts.is_empty() {
                return false;
            }
        }
        true
    }
}

/// Keeps of `kept` what is in `other` too; both rise.
fn keep_common(kept: &mut Vec<u32>, other: &[u32]) {
    let mut rest = other.iter().copied().peekable();
    kept.retain(|start| {
        while rest.next_if(|other| other < start).is_some() {}
        rest.peek() == Some(start)
    });
}
