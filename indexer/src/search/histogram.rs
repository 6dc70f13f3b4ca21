//! Counts over time, by status.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapidhash::RapidHashMap;
use steplog_model::column::Column;
use steplog_model::query::{Bucket, Histogram, HistogramRequest};
use steplog_model::store::{Budget, StoreError};
use tantivy::DocId;
use tantivy::columnar::{ColumnValues, StrColumn};

use super::Day;
use super::hits::{Hits, Overlap, Times, visit_hits};
use super::plan::Plan;
use super::resolve::resolve;
use super::unreadable;
use super::values::value_of;
use crate::index::{ABSENT, SegmentView, facet_place};

pub(super) fn histogram(
    days: &[Day],
    request: &HistogramRequest,
    budget: &Budget,
) -> Result<Histogram, StoreError> {
    let mut bars: Vec<BTreeMap<String, u64>> = vec![BTreeMap::new(); request.buckets];
    if let Some(times) = counted_times(request) {
        let plan = Plan::new(&request.query);
        for view in days.iter().flat_map(|day| &day.snapshot.segments) {
            budget.check()?;
            if times.overlap_of(view) == Overlap::None {
                continue;
            }
            let node = resolve(&plan.logic, view, budget)?;
            let mut counted = Bars::new(view, request);
            visit_hits(view, &node, times, budget, &mut |hits| counted.add(hits))?;
            counted.add_to(&mut bars)?;
        }
    }
    let bucket = |bar: BTreeMap<String, u64>| Bucket { counts: bar.into_iter().collect() };
    Ok(Histogram { buckets: bars.into_iter().map(bucket).collect(), complete: true })
}

/// The times of the period that the bars cover; `None` where there are none.
fn counted_times(request: &HistogramRequest) -> Option<Times> {
    let times = Times::of(request.query.period)?;
    let step = i128::from(request.step_nanos.max(1));
    let length = step.checked_mul(i128::try_from(request.buckets).ok()?)?;
    let last = i128::from(request.start.0).checked_add(length)? - 1;
    // Beyond what a time can be, all the rest is covered.
    let last = i64::try_from(last).unwrap_or(i64::MAX).min(times.last);
    let first = request.start.0.max(times.first);
    (first <= last).then_some(Times { first, last })
}

/// The bars of one segment.
struct Bars<'a> {
    view: &'a SegmentView,
    place: usize,
    edges: Edges,
    /// One more than there are statuses: the last stands for none.
    width: usize,
    /// By number of bar times `width` plus ordinal of status.
    counts: Counts,
    read: Read,
    columns: Option<Opened>,
}

/// The columns of status and time, open once a block needs them.
#[derive(Clone)]
struct Opened {
    status: Option<StrColumn>,
    time: Arc<dyn ColumnValues<i64>>,
}

/// What was read of some events, with room to use again.
#[derive(Default)]
struct Read {
    times: Vec<i64>,
    /// Ordinals of statuses.
    ords: Vec<u64>,
    found: Vec<Option<u64>>,
}

impl<'a> Bars<'a> {
    fn new(view: &'a SegmentView, request: &HistogramRequest) -> Self {
        let place = facet_place(Column::Status).unwrap_or_default();
        let width = view.side.facets.get(place).map_or(0, |facet| facet.counts.len()) + 1;
        Self {
            view,
            place,
            edges: Edges::new(request.start.0, request.step_nanos),
            width,
            counts: Counts::new(request.buckets.saturating_mul(width)),
            read: Read::default(),
            columns: None,
        }
    }

    fn add(&mut self, hits: Hits<'_>) -> Result<(), StoreError> {
        match hits {
            Hits::Block(place) => match self.one_bar(place) {
                Some(bar) => self.add_kept(place, bar),
                None => {
                    let columns = self.open()?;
                    self.add_block(place, &columns);
                }
            },
            Hits::Docs(place, docs) => {
                let columns = self.open()?;
                self.add_docs(self.one_bar(place), docs, &columns);
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Result<Opened, StoreError> {
        if let Some(columns) = &self.columns {
            return Ok(columns.clone());
        }
        let columns = &self.view.columns;
        let status = columns.facet(self.place).map_err(unreadable)?;
        let opened = Opened { status, time: columns.time().map_err(unreadable)? };
        Ok(self.columns.insert(opened).clone())
    }

    /// The bar that all events of a block are in.
    fn one_bar(&self, place: usize) -> Option<u64> {
        self.bars_of(place).filter(|(first, last)| first == last).map(|(bar, _)| bar)
    }

    /// The bars of a block's first and last event; `None` where some are before all bars.
    fn bars_of(&self, place: usize) -> Option<(u64, u64)> {
        let block = self.view.side.blocks.get(place).filter(|block| block.min >= self.edges.start)?;
        Some((self.edges.number(block.min), self.edges.number(block.max)))
    }

    fn add_kept(&mut self, place: usize, bar: u64) {
        for (ord, count) in self.view.side.statuses_of(place) {
            let ord = (*ord != ABSENT).then_some(u64::from(*ord));
            self.counts.add(slot(self.width, bar, ord), u64::from(*count));
        }
    }

    /// Adds a block that edges of bars cut.
    fn add_block(&mut self, place: usize, columns: &Opened) {
        let docs = self.view.side.docs_of(place);
        let rows = columns
            .status
            .as_ref()
            .map(|column| (column, column.ords().index.docid_range_to_rowids(docs.clone())));
        let Some((column, rows)) = rows.filter(|(_, rows)| rows.len() == docs.len()) else {
            let docs: Vec<DocId> = docs.collect();
            return self.add_docs(None, &docs, columns);
        };
        // Every event has a status: they lie side by side, as the times do.
        let near = self.bars_of(place);
        let Self { edges, width, counts, read, .. } = self;
        read.times.resize(docs.len(), 0);
        columns.time.get_range(u64::from(docs.start), &mut read.times);
        read.ords.resize(docs.len(), 0);
        column.ords().values.get_range(u64::from(rows.start), &mut read.ords);
        if let Some((first, last)) = near
            && (last - first + 1).saturating_mul(*width as u64) <= NEAR_SLOTS as u64
        {
            return count_near(read, edges, first, *width, counts);
        }
        for (time, ord) in read.times.iter().zip(&read.ords) {
            counts.add(slot(*width, edges.bar(*time), Some(*ord)), 1);
        }
    }

    fn add_docs(&mut self, bar: Option<u64>, docs: &[DocId], columns: &Opened) {
        let Self { edges, width, counts, read, .. } = self;
        read.found.clear();
        read.found.resize(docs.len(), None);
        if let Some(column) = &columns.status {
            column.ords().first_vals(docs, &mut read.found);
        }
        if let Some(bar) = bar {
            return read.found.iter().for_each(|ord| counts.add(slot(*width, bar, *ord), 1));
        }
        read.times.resize(docs.len(), 0);
        columns.time.get_vals(docs, &mut read.times);
        for (time, ord) in read.times.iter().zip(&read.found) {
            counts.add(slot(*width, edges.bar(*time), *ord), 1);
        }
    }

    fn add_to(self, bars: &mut [BTreeMap<String, u64>]) -> Result<(), StoreError> {
        for (slot, count) in self.counts.found() {
            let (bar, ord) = (slot / self.width, slot % self.width);
            let absent = ord + 1 == self.width;
            let status = if absent { String::new() } else { value_of(self.view, self.place, ord as u32)? };
            if let Some(bar) = bars.get_mut(bar) {
                *bar.entry(status).or_default() += count;
            }
        }
        Ok(())
    }
}

/// Slots of the few bars that a block is mostly in.
const NEAR_SLOTS: usize = 64;
/// Counters side by side: most events have the same status, and a counter waits for its last increase.
const LANES: usize = 4;

/// Counts events that are in a few bars from `first` on.
fn count_near(read: &Read, edges: &mut Edges, first: u64, width: usize, counts: &mut Counts) {
    let mut lanes = [[0_u32; NEAR_SLOTS]; LANES];
    for (place, (time, ord)) in read.times.iter().zip(&read.ords).enumerate() {
        let near = slot(width, edges.bar(*time) - first, Some(*ord));
        lanes[place % LANES][near % NEAR_SLOTS] += 1;
    }
    for near in 0..NEAR_SLOTS {
        let count: u32 = lanes.iter().map(|lane| lane[near]).sum();
        if count > 0 {
            counts.add(first as usize * width + near, u64::from(count));
        }
    }
}

fn slot(width: usize, bar: u64, ord: Option<u64>) -> usize {
    bar as usize * width + ord.map_or(width - 1, |ord| ord as usize)
}

/// Where bars begin and end.
struct Edges {
    start: i64,
    step: u64,
    /// The bar of the last time asked for, with its first and last time: times come nearly sorted, so
    /// that most of them need no division.
    last: (u64, i64, i64),
}

impl Edges {
    fn new(start: i64, step_nanos: i64) -> Self {
        let step = step_nanos.unsigned_abs().max(1);
        Self { start, step, last: (0, start, start.saturating_add_unsigned(step - 1)) }
    }

    /// The number of the bar of a time, which lies at or after the start.
    const fn number(&self, time: i64) -> u64 {
        time.wrapping_sub(self.start) as u64 / self.step
    }

    /// The same, quick where the time is in the bar of the time before.
    fn bar(&mut self, time: i64) -> u64 {
        let (bar, first, last) = self.last;
        if first <= time && time <= last {
            return bar;
        }
        let bar = self.number(time);
        // At most `time`, so that it cannot wrap.
        let first = self.start.wrapping_add(bar.wrapping_mul(self.step) as i64);
        self.last = (bar, first, first.saturating_add_unsigned(self.step - 1));
        bar
    }
}

/// Counters by slot: all of them where they are few, else those that are in use.
enum Counts {
    Dense(Vec<u64>),
    Sparse(RapidHashMap<usize, u64>),
}

impl Counts {
    const MAX_DENSE: usize = if cfg!(test) { 40 } else { 1 << 16 };

    fn new(slots: usize) -> Self {
        if slots <= Self::MAX_DENSE {
            Self::Dense(vec![0; slots])
        } else {
            Self::Sparse(RapidHashMap::default())
        }
    }

    fn add(&mut self, slot: usize, number: u64) {
        match self {
            Self::Dense(counts) => {
                if let Some(count) = counts.get_mut(slot) {
                    *count += number;
                }
            }
            Self::Sparse(counts) => *counts.entry(slot).or_default() += number,
        }
    }

    fn found(self) -> Box<dyn Iterator<Item = (usize, u64)>> {
        match self {
            Self::Dense(counts) => Box::new((0..).zip(counts).filter(|(_, count)| *count > 0)),
            Self::Sparse(counts) => Box::new(counts.into_iter()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn extreme() -> impl Strategy<Value = i64> {
        prop_oneof![any::<i64>(), -5_i64..5, Just(i64::MIN), Just(i64::MAX)]
    }

    proptest! {
        #[test]
        fn bars_are_those_of_a_division(
            start in extreme(),
            step in prop_oneof![1_i64..5, Just(1 << 32), Just(i64::MAX), 1..i64::MAX],
            times in prop::collection::vec((extreme(), 0_i64..6), 1..20),
        ) {
            let mut edges = Edges::new(start, step);
            for (time, beside) in times {
                for time in [time.max(start), time.max(start).saturating_add(beside)] {
                    let want = (i128::from(time) - i128::from(start)) / i128::from(step);
                    prop_assert_eq!(i128::from(edges.bar(time)), want);
                }
            }
        }
    }
}
