//! Iterates all matches of a period in a segment, to count them.

use std::ops::Range;
use std::sync::Arc;

use steplog_model::query::Period;
use steplog_model::store::{Budget, StoreError};
use tantivy::DocId;
use tantivy::columnar::ColumnValues;

use super::cursor::Cursor;
use super::node::Node;
use super::unreadable;
use super::walk::STRIDE_BLOCKS;
use crate::index::{BLOCK_DOCS, SegmentView};

/// Some of the matches.
pub(super) enum Hits<'a> {
    /// A whole block.
    Block(usize),
    /// These documents, all of one block.
    Docs(usize, &'a [DocId]),
}

/// Times from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) first: i64,
    pub(super) last: i64,
}

/// How much of a span of time lies in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    None,
    Part,
    Whole,
}

impl Times {
    /// The times of a period; `None` where it is empty.
    pub(super) fn of(period: Period) -> Option<Self> {
        Self::new(period.from.0, period.to.0.checked_sub(1)?)
    }

    fn new(first: i64, last: i64) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The times that are not these.
    pub(super) fn others(self) -> impl Iterator<Item = Self> {
        let before = self.first.checked_sub(1).and_then(|last| Self::new(i64::MIN, last));
        let after = self.last.checked_add(1).and_then(|first| Self::new(first, i64::MAX));
        before.into_iter().chain(after)
    }

    /// How much of the times from `min` to `max` are these.
    pub(super) const fn overlap(self, min: i64, max: i64) -> Overlap {
        if max < self.first || min > self.last {
            Overlap::None
        } else if min >= self.first && max <= self.last {
            Overlap::Whole
        } else {
            Overlap::Part
        }
    }

    /// How much of a block lies in these times.
    pub(super) fn overlap_of_block(self, view: &SegmentView, place: usize) -> Overlap {
        view.side.blocks.get(place).map_or(Overlap::None, |block| self.overlap(block.min, block.max))
    }

    /// How much of a segment lies in these times.
    pub(super) fn overlap_of(self, view: &SegmentView) -> Overlap {
        self.overlap(view.side.min_time(), view.side.max_time())
    }
}

/// Calls `visit` with every match in `times`, block by block.
pub(super) fn visit_hits(
    view: &SegmentView,
    node: &Node,
    times: Times,
    budget: &Budget,
    visit: &mut impl FnMut(Hits<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let side = &view.side;
    let mut cursor = Cursor::open(node, view)?;
    let every = matches!(node, Node::All);
    let mut hits = Hitlist { docs: Vec::new(), times: Vec::new(), column: None };
    let mut doc = 0;
    let mut looked = 0;
    while doc < side.num_docs {
        looked += 1;
        if looked % STRIDE_BLOCKS == 1 {
            budget.check()?;
        }
        let place = (doc / BLOCK_DOCS) as usize;
        let docs = doc..side.docs_of(place).end;
        doc = docs.end;
        let overlap = times.overlap_of_block(view, place);
        match overlap {
            Overlap::None => continue,
            Overlap::Whole if every => {
                visit(Hits::Block(place))?;
                continue;
            }
            _ => doc = hits.collect(&mut cursor, docs.clone()),
        }
        if overlap == Overlap::Part {
            hits.keep_in(times, view, docs)?;
        }
        if !hits.docs.is_empty() {
            visit(Hits::Docs(place, &hits.docs))?;
        }
    }
    Ok(())
}

/// The matches of a block, with room to use again.
struct Hitlist {
    docs: Vec<DocId>,
    times: Vec<i64>,
    /// Open once a block needs it.
    column: Option<Arc<dyn ColumnValues<i64>>>,
}

impl Hitlist {
    /// Collects a block's matches; returns from where to go on.
    fn collect(&mut self, cursor: &mut Cursor, docs: Range<DocId>) -> DocId {
        self.docs.clear();
        let mut doc = cursor.seek(docs.start, docs.end);
        while doc < docs.end {
            self.docs.push(doc);
            doc = cursor.seek(doc + 1, docs.end);
        }
        doc
    }

    fn keep_in(&mut self, wanted: Times, view: &SegmentView, docs: Range<DocId>) -> Result<(), StoreError> {
        let column = match self.column.take() {
            Some(column) => column,
            None => view.columns.time().map_err(unreadable)?,
        };
        self.times.resize(docs.len(), 0);
        column.get_range(u64::from(docs.start), &mut self.times);
        self.column = Some(column);
        let inside = |doc: &DocId| {
            let time = self.times.get((doc - docs.start) as usize);
            time.is_some_and(|time| (wanted.first..=wanted.last).contains(time))
        };
        self.docs.retain(inside);
        Ok(())
    }
}
