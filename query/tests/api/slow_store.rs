//! A store that takes its time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use steplog_model::event::{EventBatch, StoredEvent};
use steplog_model::ids::{EventId, Tenant};
use steplog_model::query::{
    Arrivals, ArrivalsRequest, Count, FacetRequest, Facets, Histogram, HistogramRequest, Hotspots,
    HotspotsRequest, Page, PageRequest, Query,
};
use steplog_model::store::{Budget, EventStore, Health, IngestError, IngestFuture, StoreError};

/// A store whose pages and hot-spots take until their budget ends, and which tells when one begins and how it ends.
/// Asking it for the event 1 fails within; the event 2 waits to be searchable.
pub(crate) struct SlowStore {
    began: Mutex<Sender<()>>,
    ended: Mutex<Sender<StoreError>>,
    /// Whether asking for its health fails within.
    pub(crate) fails: AtomicBool,
    /// What its health waits for, once.
    pub(crate) health_waits: Mutex<Option<Receiver<()>>>,
}

impl SlowStore {
    pub(crate) fn new() -> (Arc<Self>, Receiver<()>, Receiver<StoreError>) {
        let ((began, begins), (ended, ends)) = (channel(), channel());
        (
            Arc::new(Self {
                began: Mutex::new(began),
                ended: Mutex::new(ended),
                fails: AtomicBool::default(),
                health_waits: Mutex::default(),
            }),
            begins,
            ends,
        )
    }

    fn until_the_end(&self, budget: &Budget) -> StoreError {
        let _ = self.began.lock().unwrap_or_else(PoisonError::into_inner).send(());
        loop {
            if let Err(error) = budget.check() {
                let _ = self.ended.lock().unwrap_or_else(PoisonError::into_inner).send(error.clone());
                return error;
            }
            std::thread::yield_now();
        }
    }
}

impl EventStore for SlowStore {
    fn ingest(&self, _: EventBatch) -> IngestFuture {
        Box::pin(async { Err(IngestError::Stopping) })
    }

    fn page(&self, _: &PageRequest, budget: &Budget) -> Result<Page, StoreError> {
        Err(self.until_the_end(budget))
    }

    fn event(&self, _: &Tenant, id: EventId, _: &Budget) -> Result<Option<StoredEvent>, StoreError> {
        assert_ne!(id, EventId(1), "secret words");
        Ok(None)
    }

    fn is_waiting(&self, _: &Tenant, id: EventId) -> bool {
        id == EventId(2)
    }

    fn facets(&self, _: &FacetRequest, _: &Budget) -> Result<Facets, StoreError> {
        Err(StoreError::failed("it is a test"))
    }

    fn histogram(&self, _: &HistogramRequest, _: &Budget) -> Result<Histogram, StoreError> {
        Err(StoreError::TooBroad("the prefix stands for too many words; write more of it".to_owned()))
    }

    fn count(&self, _: &Query, _: &Budget) -> Result<Count, StoreError> {
        Ok(Count { events: 0, complete: true })
    }

    fn hotspots(&self, _: &HotspotsRequest, budget: &Budget) -> Result<Hotspots, StoreError> {
        Err(self.until_the_end(budget))
    }

    fn arrivals(&self, _: &ArrivalsRequest, _: &Budget) -> Result<Arrivals, StoreError> {
        Ok(Arrivals::default())
    }

    fn health(&self) -> Health {
        assert!(!self.fails.load(Ordering::Relaxed), "secret words");
        let waits = self.health_waits.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waits) = waits {
            let _ = self.began.lock().unwrap_or_else(PoisonError::into_inner).send(());
            let _ = waits.recv_timeout(Duration::from_secs(10));
        }
        Health::default()
    }
}
