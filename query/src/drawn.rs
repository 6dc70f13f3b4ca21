//! A histogram as it is drawn: over a period with ends, in bars of a zone's clock.

use steplog_model::query::{Bucket, HistogramRequest, Order, PageRequest, Period, Query};
use steplog_model::store::{Budget, EventStore, StoreError};
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use crate::params::HistogramParams;
use crate::steps::{self, Bars};

/// The bars of a period, counted.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// From where to where.
    pub(crate) period: Period,
    pub(crate) bars: Bars,
    /// One for each bar.
    pub(crate) buckets: Vec<Bucket>,
    /// What an open period has behind its last bar.
    pub(crate) ahead: Option<Ahead>,
    pub(crate) complete: bool,
}

/// Events that are ahead of the clock: drawn, a single one would make all others a sliver.
#[derive(Debug)]
pub(crate) struct Ahead {
    pub(crate) bucket: Bucket,
    /// The time of the newest.
    pub(crate) last: UnixNanos,
}

impl Drawn {
    /// Counts. Every event that the same question finds elsewhere is in a bar or ahead of them.
    pub(crate) fn ask(
        store: &dyn EventStore,
        params: HistogramParams,
        budget: &Budget,
    ) -> Result<Self, StoreError> {
        let mut ends = Ends { store, budget, query: &params.query, complete: true };
        let period = ends.drawn(params.now)?;
        let bars = steps::bars(period, params.wanted, &params.zone);
        let ahead = ends.ahead(bars.end)?;
        let mut complete = ends.complete;
        let mut buckets = Vec::with_capacity(bars.starts.len());
        for run in bars.runs() {
            let request = HistogramRequest {
                query: params.query.clone(),
                start: run.start,
                step_nanos: run.step_nanos,
                buckets: run.count,
            };
            let answer = store.histogram(&request, budget)?;
            complete &= answer.complete;
            buckets.extend(answer.buckets);
        }
        Ok(Self { period, bars, buckets, ahead, complete })
    }
}

/// Finds the ends of what is drawn where the period has none.
struct Ends<'a> {
    store: &'a dyn EventStore,
    budget: &'a Budget,
    query: &'a Query,
    complete: bool,
}

impl Ends<'_> {
    /// The period with ends: an open one ends now, or behind the newest event where nothing of it is over yet; one from
    /// 1970 or before begins at the first event that there is. What the question asks for besides moves neither, so that
    /// the bars of one period are the same under all filters.
    fn drawn(&mut self, now: UnixNanos) -> Result<Period, StoreError> {
        let Period { mut from, mut to } = self.query.period;
        let is_open = to == UnixNanos::MAX;
        if is_open {
            to = now;
        }
        if from <= UnixNanos(0) {
            let day_before = to.saturating_add(-NANOS_PER_DAY);
            from = self.time_of(Order::OldestFirst)?.unwrap_or(day_before).max(from);
        }
        if is_open && from >= to {
            to = self.time_of(Order::NewestFirst)?.map_or(UnixNanos::MIN, |time| time.saturating_add(1));
            to = to.max(from.saturating_add(1));
        }
        Ok(Period { from: from.min(to.saturating_add(-1)), to })
    }

    /// What the question finds behind the bars, where its period has no end.
    fn ahead(&mut self, end: UnixNanos) -> Result<Option<Ahead>, StoreError> {
        if self.query.period.to < UnixNanos::MAX || end == UnixNanos::MAX {
            return Ok(None);
        }
        let step_nanos = i64::MAX.saturating_sub(end.0);
        let query = Query { period: Period { from: end, to: UnixNanos::MAX }, ..self.query.clone() };
        let request = HistogramRequest { query: query.clone(), start: end, step_nanos, buckets: 1 };
        let counted = self.store.histogram(&request, self.budget)?;
        self.complete &= counted.complete;
        let Some(bucket) = counted.buckets.into_iter().next().filter(|bucket| !bucket.counts.is_empty())
        else {
            return Ok(None);
        };
        let page = self.store.page(&PageRequest::first(query, Order::NewestFirst, 1), self.budget)?;
        let last = page.events.first().map_or(end, |stored| stored.event.time);
        Ok(Some(Ahead { bucket, last }))
    }

    /// The time of the first event of the period in an order.
    fn time_of(&mut self, order: Order) -> Result<Option<UnixNanos>, StoreError> {
        let query = Query::all(self.query.tenant.clone(), self.query.period);
        let request = PageRequest::first(query, order, 1);
        let page = self.store.page(&request, self.budget)?;
        self.complete &= page.complete;
        Ok(page.events.first().map(|stored| stored.event.time))
    }
}
