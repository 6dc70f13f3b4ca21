//! Time, places and askers that go away.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use steplog_model::event::{EventBatch, StoredEvent};
use steplog_model::ids::{EventId, Tenant};
use steplog_model::query::{
    Count, FacetRequest, Facets, Histogram, HistogramRequest, Page, PageRequest, Query,
};
use steplog_model::store::{Budget, EventStore, Health, IngestError, IngestFuture, StoreError};
use steplog_query::router;
use tower::ServiceExt as _;

use crate::support::settings;

/// A store whose pages take until their budget ends, and which tells when one begins and how it ends.
struct SlowStore {
    began: Mutex<Sender<()>>,
    ended: Mutex<Sender<StoreError>>,
}

impl SlowStore {
    fn new() -> (Arc<Self>, Receiver<()>, Receiver<StoreError>) {
        let ((began, begins), (ended, ends)) = (channel(), channel());
        (Arc::new(Self { began: Mutex::new(began), ended: Mutex::new(ended) }), begins, ends)
    }
}

impl EventStore for SlowStore {
    fn ingest(&self, _: EventBatch) -> IngestFuture {
        Box::pin(async { Err(IngestError::Stopping) })
    }

    fn page(&self, _: &PageRequest, budget: &Budget) -> Result<Page, StoreError> {
        let _ = self.began.lock().unwrap_or_else(PoisonError::into_inner).send(());
        loop {
            if let Err(error) = budget.check() {
                let _ = self.ended.lock().unwrap_or_else(PoisonError::into_inner).send(error.clone());
                return Err(error);
            }
            std::thread::yield_now();
        }
    }

    fn event(&self, _: &Tenant, _: EventId, _: &Budget) -> Result<Option<StoredEvent>, StoreError> {
        Ok(None)
    }

    fn facets(&self, _: &FacetRequest, _: &Budget) -> Result<Facets, StoreError> {
        Err(StoreError::Failed("it is a test".to_owned()))
    }

    fn histogram(&self, _: &HistogramRequest, _: &Budget) -> Result<Histogram, StoreError> {
        Err(StoreError::TooBroad("the prefix stands for too many words; write more of it".to_owned()))
    }

    fn count(&self, _: &Query, _: &Budget) -> Result<Count, StoreError> {
        Ok(Count { events: 0, complete: true })
    }

    fn health(&self) -> Health {
        Health::default()
    }
}

fn request(path: &str) -> Request<Body> {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_ends_with_its_time() {
    let (store, _begins, ends) = SlowStore::new();
    let settings = steplog_query::QuerySettings { query_timeout_ms: 50, ..settings() };
    let answer = router(store, &settings).oneshot(request("/api/v1/events")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(ends.recv().unwrap(), StoreError::TimedOut { limit: Duration::from_millis(50) });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_ends_when_its_asker_goes_away() {
    let (store, begins, ends) = SlowStore::new();
    let settings = steplog_query::QuerySettings { query_timeout_ms: 600_000, ..settings() };
    let asking = tokio::spawn(router(store, &settings).oneshot(request("/api/v1/events")));
    tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
    asking.abort();
    let end = tokio::task::spawn_blocking(move || ends.recv()).await.unwrap().unwrap();
    assert_eq!(end, StoreError::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_place_is_sent_away_at_once() {
    let (store, begins, _ends) = SlowStore::new();
    let settings = steplog_query::QuerySettings {
        query_timeout_ms: 600_000,
        query_concurrency: 1,
        query_queue: 0,
        ..settings()
    };
    let router = router(store, &settings);
    let asking = tokio::spawn(router.clone().oneshot(request("/api/v1/events")));
    tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
    let refused = router.clone().oneshot(request("/api/v1/events")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "1");
    // Health needs no place.
    let live = router.oneshot(request("/health/live")).await.unwrap();
    assert_eq!(live.status(), StatusCode::OK);
    asking.abort();
}

#[tokio::test]
async fn failures_of_the_store_have_their_own_status() {
    let (store, _begins, _ends) = SlowStore::new();
    let router = router(store, &settings());
    for (path, status) in [
        ("/api/v1/facets?columns=event", StatusCode::INTERNAL_SERVER_ERROR),
        ("/api/v1/histogram", StatusCode::BAD_REQUEST),
    ] {
        let answer = router.clone().oneshot(request(path)).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}
