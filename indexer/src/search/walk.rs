//! Finds the first events of a segment, or of a day, in an order, from a position on.

use std::cell::RefCell;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::sync::Arc;

use rapidhash::RapidHashMap;
use steplog_model::store::{Budget, StoreError};
use tantivy::DocId;
use tantivy::columnar::ColumnValues;

use super::Day;
use super::cursor::Cursor;
use super::key::{Direction, Key, Span};
use super::node::Node;
use super::plan::Plan;
use super::resolve::resolve;
use super::unreadable;
use crate::index::SegmentView;

/// Blocks of the first window; each window is four times the one before.
const FIRST_WINDOW: usize = 2;
/// Blocks of the largest window.
const MAX_WINDOW: usize = 64;
/// With at most so many matches in the whole segment there is one window: it is cheaper to look at each.
const FEW_MATCHES: u32 = if cfg!(test) { 3 } else { 512 };
/// Blocks between two checks of the budget.
pub(super) const STRIDE_BLOCKS: u32 = 8;

/// A plan over days, with what was found out about each segment.
pub(super) struct Searcher<'a> {
    days: &'a [Day],
    plan: &'a Plan,
    budget: &'a Budget,
    nodes: RefCell<RapidHashMap<(usize, usize), Rc<Node>>>,
}

impl<'a> Searcher<'a> {
    /// Questions `days`, which are sorted, newest first.
    pub(super) fn new(days: &'a [Day], plan: &'a Plan, budget: &'a Budget) -> Self {
        Self { days, plan, budget, nodes: RefCell::default() }
    }

    /// The first `want` matches of a day from the start of `span` on, in order; fewer only where
    /// there are no more.
    pub(super) fn first_of_day(
        &self,
        day: usize,
        direction: Direction,
        span: Span,
        want: usize,
    ) -> Result<Vec<Key>, StoreError> {
        let mut best = Best { heap: BinaryHeap::with_capacity(want + 1), want, span };
        let Some(Day { snapshot, .. }) = self.days.get(day) else { return Ok(Vec::new()) };
        let mut order: Vec<(Key, usize)> =
            snapshot.segments.iter().map(|view| bound(view, direction)).zip(0..).collect();
        order.sort_unstable();
        for (bound, place) in order {
            self.budget.check()?;
            let Some(view) = snapshot.segments.get(place) else { continue };
            if !best.may_take(bound) {
                break;
            }
            if last_bound(view, direction) < span.first {
                continue;
            }
            let node = self.node(day, place, view)?;
            let walk = Walk { view, direction, budget: self.budget };
            walk.run(&node, &mut best)?;
        }
        Ok(best.heap.into_sorted_vec())
    }

    /// The plan in a segment, looked up once.
    fn node(&self, day: usize, place: usize, view: &SegmentView) -> Result<Rc<Node>, StoreError> {
        if let Some(node) = self.nodes.borrow().get(&(day, place)) {
            return Ok(Rc::clone(node));
        }
        let node = Rc::new(resolve(&self.plan.logic, view, self.budget)?);
        self.nodes.borrow_mut().insert((day, place), Rc::clone(&node));
        Ok(node)
    }
}

/// No event of the segment comes before this.
fn bound(view: &SegmentView, direction: Direction) -> Key {
    let side = &view.side;
    match direction {
        Direction::Down => direction.key(side.max_time(), side.last_seq),
        Direction::Up => direction.key(side.min_time(), side.first_seq()),
    }
}

/// No event of the segment comes after this.
fn last_bound(view: &SegmentView, direction: Direction) -> Key {
    let side = &view.side;
    match direction {
        Direction::Down => direction.key(side.min_time(), side.first_seq()),
        Direction::Up => direction.key(side.max_time(), side.last_seq),
    }
}

/// The first events found so far.
struct Best {
    /// The one that comes last is on top.
    heap: BinaryHeap<Key>,
    want: usize,
    span: Span,
}

impl Best {
    /// Whether an event at `key` would be kept, as far as its end goes.
    fn may_take(&self, key: Key) -> bool {
        key <= self.span.last
            && (self.heap.len() < self.want || self.heap.peek().is_some_and(|last| key < *last))
    }

    fn offer(&mut self, key: Key) {
        if key >= self.span.first && self.may_take(key) {
            self.heap.push(key);
            if self.heap.len() > self.want {
                self.heap.pop();
            }
        }
    }
}

/// Times and arrival numbers of a segment.
type Keys = (Arc<dyn ColumnValues<i64>>, Arc<dyn ColumnValues<u64>>);

/// A walk over one segment.
struct Walk<'a> {
    view: &'a SegmentView,
    direction: Direction,
    budget: &'a Budget,
}

impl Walk<'_> {
    fn run(&self, node: &Node, best: &mut Best) -> Result<(), StoreError> {
        let num_blocks = self.view.side.blocks.len();
        let matches = node.at_most(self.view.side.num_docs);
        if matches == 0 {
            return Ok(());
        }
        let every = matches!(node, Node::All);
        let mut window = if every { 1 } else { FIRST_WINDOW };
        if !every && matches <= FEW_MATCHES {
            window = num_blocks;
        }
        let (mut hits, mut columns) = (Vec::new(), None);
        // Blocks are counted in the order of the walk.
        let mut step = 0;
        while step < num_blocks && best.may_take(self.bound_from(step)) {
            if !self.may_hold(self.block(step), best) {
                step += 1;
                continue;
            }
            let end = num_blocks.min(step + window);
            let blocks = match self.direction {
                Direction::Up => step..end,
                Direction::Down => num_blocks - end..num_blocks - step,
            };
            self.budget.check()?;
            if every {
                hits.extend(self.view.side.docs_of(blocks.start));
            } else {
                self.collect(node, blocks, best, &mut hits)?;
                window = (window * 4).min(MAX_WINDOW.max(window));
            }
            if !hits.is_empty() {
                let columns = match &columns {
                    Some(columns) => columns,
                    None => columns.insert(self.columns()?),
                };
                self.offer(&mut hits, columns, best);
            }
            step = end;
        }
        Ok(())
    }

    fn columns(&self) -> Result<Keys, StoreError> {
        let columns = &self.view.columns;
        Ok((columns.time().map_err(unreadable)?, columns.seq().map_err(unreadable)?))
    }

    const fn block(&self, step: usize) -> usize {
        match self.direction {
            Direction::Up => step,
            Direction::Down => self.view.side.blocks.len() - 1 - step,
        }
    }

    /// No event from this step of the walk on comes before this.
    fn bound_from(&self, step: usize) -> Key {
        let side = &self.view.side;
        let block = self.block(step);
        match self.direction {
            Direction::Up => {
                let first_seq = side.blocks.get(block).map_or(0, |block| block.first_seq);
                self.direction.key(side.min_from(block), first_seq)
            }
            Direction::Down => self.direction.key(side.max_before(block + 1), side.last_seq_of(block)),
        }
    }

    /// Whether the block may hold an event that would be kept.
    fn may_hold(&self, place: usize, best: &Best) -> bool {
        let side = &self.view.side;
        let Some(block) = side.blocks.get(place) else { return false };
        let low = self.direction.key(block.min, block.first_seq);
        let high = self.direction.key(block.max, side.last_seq_of(place));
        best.may_take(low.min(high)) && low.max(high) >= best.span.first
    }

    /// Collects the matches in those of the blocks that may hold an event worth keeping.
    fn collect(
        &self,
        node: &Node,
        blocks: std::ops::Range<usize>,
        best: &Best,
        hits: &mut Vec<DocId>,
    ) -> Result<(), StoreError> {
        let side = &self.view.side;
        let mut cursor = Cursor::open(node, self.view)?;
        let window_end = side.docs_of(blocks.end - 1).end;
        let mut doc = side.docs_of(blocks.start).start;
        let mut looked = 0;
        while doc < window_end {
            let place = (doc / crate::index::BLOCK_DOCS) as usize;
            let block_end = side.docs_of(place).end;
            looked += 1;
            if looked % STRIDE_BLOCKS == 0 {
                self.budget.check()?;
            }
            if !self.may_hold(place, best) {
                doc = block_end;
                continue;
            }
            doc = cursor.seek(doc, block_end);
            while doc < block_end {
                hits.push(doc);
                doc = cursor.seek(doc + 1, block_end);
            }
        }
        Ok(())
    }

    /// Offers the matches in the order of the walk, so that most are rejected early.
    fn offer(&self, hits: &mut Vec<DocId>, (times, seqs): &Keys, best: &mut Best) {
        let first_seq = if self.direction == Direction::Down { u64::MAX } else { 0 };
        let mut offer = |doc: DocId| {
            let time = times.get_val(doc);
            if best.may_take(self.direction.key(time, first_seq)) {
                best.offer(self.direction.key(time, seqs.get_val(doc)));
            }
        };
        match self.direction {
            Direction::Up => hits.drain(..).for_each(&mut offer),
            Direction::Down => hits.drain(..).rev().for_each(&mut offer),
        }
    }
}
