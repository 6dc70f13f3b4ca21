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
    pub(crate) complete: bool,
}

impl Drawn {
    /// Counts. Every event that the same question finds elsewhere is in a bar.
    pub(crate) fn ask(
        store: &dyn EventStore,
        params: HistogramParams,
        budget: &Budget,
    ) -> Result<Self, StoreError> {
        let mut ends = Ends { store, budget, query: &params.query, complete: true };
        let period = ends.drawn(params.now)?;
        let bars = steps::bars(period, params.wanted, &params.zone);
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
        Ok(Self { period, bars, buckets, complete })
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
    /// The period with ends: an open one ends at the later of now and the newest event, since the clock of a sender
    /// may be ahead; one from 1970 or before begins at the first event that there is. What the question asks for
    /// besides moves neither, so that the bars of one period are the same under all filters.
    fn drawn(&mut self, now: UnixNanos) -> Result<Period, StoreError> {
        let mut period = self.query.period;
        if period.to == UnixNanos::MAX {
            let newest =
                self.time_of(Order::NewestFirst)?.map_or(UnixNanos::MIN, |time| time.saturating_add(1));
            period.to = newest.max(now).max(period.from.saturating_add(1));
        }
        if period.from <= UnixNanos(0) {
            let day_before = period.to.saturating_add(-NANOS_PER_DAY);
            let oldest = self.time_of(Order::OldestFirst)?.unwrap_or(day_before);
            period.from = oldest.max(period.from).min(period.to.saturating_add(-1));
        }
        Ok(period)
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
