//! The store as the ports see it: ready until the application stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use steplog_model::event::{EventBatch, StoredEvent};
use steplog_model::ids::{EventId, Tenant};
use steplog_model::query::{
    Arrivals, ArrivalsRequest, Count, FacetRequest, Facets, Histogram, HistogramRequest, Hotspots,
    HotspotsRequest, Page, PageRequest, Query,
};
use steplog_model::store::{Budget, EventStore, Health, IngestFuture, StoreError};
use steplog_model::time::Received;

/// A store whose health says "stopping" from [`Gate::close`] on, while requests under way are still taken.
///
/// Whoever routes traffic here by the readiness check thus turns away before the ports close.
pub(super) struct Gate {
    store: Arc<dyn EventStore>,
    closed: AtomicBool,
}

impl Gate {
    pub(super) fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store, closed: AtomicBool::new(false) }
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

impl EventStore for Gate {
    fn ingest(&self, batch: EventBatch) -> IngestFuture {
        self.store.ingest(batch)
    }

    fn page(&self, request: &PageRequest, budget: &Budget) -> Result<Page, StoreError> {
        self.store.page(request, budget)
    }

    fn event(
        &self,
        tenant: &Tenant,
        id: EventId,
        budget: &Budget,
    ) -> Result<Option<StoredEvent>, StoreError> {
        self.store.event(tenant, id, budget)
    }

    fn facets(&self, request: &FacetRequest, budget: &Budget) -> Result<Facets, StoreError> {
        self.store.facets(request, budget)
    }

    fn histogram(&self, request: &HistogramRequest, budget: &Budget) -> Result<Histogram, StoreError> {
        self.store.histogram(request, budget)
    }

    fn count(&self, query: &Query, budget: &Budget) -> Result<Count, StoreError> {
        self.store.count(query, budget)
    }

    fn hotspots(&self, request: &HotspotsRequest, budget: &Budget) -> Result<Hotspots, StoreError> {
        self.store.hotspots(request, budget)
    }

    fn arrivals(&self, request: &ArrivalsRequest, budget: &Budget) -> Result<Arrivals, StoreError> {
        self.store.arrivals(request, budget)
    }

    fn received(&self) -> Received {
        self.store.received()
    }

    fn health(&self) -> Health {
        let health = self.store.health();
        if self.closed.load(Ordering::Relaxed) {
            return Health { not_writable: Some("steplog is stopping".to_owned()), ..health };
        }
        health
    }
}
