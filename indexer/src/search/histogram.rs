//! Counts over time, by status.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use steplog_model::column::Column;
use steplog_model::query::{Bucket, Histogram, HistogramRequest};
use steplog_model::store::{Budget, StoreError};
use tantivy::DocId;
use tantivy::columnar::ColumnValues as _;

use super::Day;
use super::hits::{Hits, Overlap, Times, visit_hits};
use super::plan::Plan;
use super::resolve::resolve;
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
    let step = i128::from(request.step_nanos.max(0));
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
    start: i64,
    step: u64,
    /// One more than there are statuses: the last stands for none.
    width: usize,
    /// By number of bar times `width` plus ordinal of status.
    counts: Counts,
    ords: Vec<Option<u64>>,
}

impl<'a> Bars<'a> {
    fn new(view: &'a SegmentView, request: &HistogramRequest) -> Self {
        let place = facet_place(Column::Status).unwrap_or_default();
        let width = view.side.facets.get(place).map_or(0, |facet| facet.counts.len()) + 1;
        Self {
            view,
            place,
            start: request.start.0,
            step: request.step_nanos.unsigned_abs().max(1),
            width,
            counts: Counts::new(request.buckets.saturating_mul(width)),
            ords: Vec::new(),
        }
    }

    /// The number of the bar of a time, which lies at or after the start.
    const fn bar(&self, time: i64) -> u32 {
        (time.wrapping_sub(self.start) as u64 / self.step) as u32
    }

    fn add(&mut self, hits: Hits<'_>) {
        let (place, docs) = match hits {
            Hits::Block(place) => (place, None),
            Hits::Docs(place, docs) => (place, Some(docs)),
        };
        let one_bar = self.view.side.blocks.get(place).and_then(|block| {
            // Bounds outside of the bars are no bar.
            let bar = (block.min >= self.start).then(|| self.bar(block.min))?;
            (bar == self.bar(block.max)).then_some(bar)
        });
        match (one_bar, docs) {
            (Some(bar), None) => {
                for (ord, count) in self.view.side.statuses_of(place) {
                    self.counts.add(slot(self.width, bar, *ord), u64::from(*count));
                }
            }
            (bar, Some(docs)) => self.add_docs(bar, docs),
            (None, None) => {
                let docs: Vec<DocId> = self.view.side.docs_of(place).collect();
                self.add_docs(None, &docs);
            }
        }
    }

    fn add_docs(&mut self, bar: Option<u32>, docs: &[DocId]) {
        self.ords.clear();
        self.ords.resize(docs.len(), None);
        if let Some(column) = self.view.columns.facets.get(self.place).and_then(Option::as_ref) {
            column.ords().first_vals(docs, &mut self.ords);
        }
        for (doc, ord) in docs.iter().zip(&self.ords) {
            let bar = bar.unwrap_or_else(|| self.bar(self.view.columns.time.get_val(*doc)));
            let ord = ord.map_or(ABSENT, |ord| ord as u32);
            self.counts.add(slot(self.width, bar, ord), 1);
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

fn slot(width: usize, bar: u32, ord: u32) -> usize {
    bar as usize * width + if ord == ABSENT { width - 1 } else { ord as usize }
}

/// Counters by slot: all of them where they are few, else those that are in use.
enum Counts {
    Dense(Vec<u64>),
    Sparse(FxHashMap<usize, u64>),
}

impl Counts {
    const MAX_DENSE: usize = if cfg!(test) { 40 } else { 1 << 16 };

    fn new(slots: usize) -> Self {
        if slots <= Self::MAX_DENSE {
            Self::Dense(vec![0; slots])
        } else {
            Self::Sparse(FxHashMap::default())
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
