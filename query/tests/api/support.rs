//! A router over a store with some events, and how to ask it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use steplog_model::column::Column;
use steplog_model::event::{Event, EventBatch};
use steplog_model::ids::Tenant;
use steplog_model::store::EventStore;
use steplog_model::testing::build::EventBuilder;
use steplog_model::testing::scan_store::ScanStore;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};
use steplog_query::{QuerySettings, router};
use tower::ServiceExt as _;

use crate::description;

/// What a request came to.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct Server {
    pub(crate) store: Arc<ScanStore>,
    pub(crate) router: Router,
}

pub(crate) fn settings() -> QuerySettings {
    use clap::Parser;
    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        settings: QuerySettings,
    }
    Only::parse_from(["query"]).settings
}

impl Server {
    pub(crate) async fn with(events: Vec<Event>) -> Self {
        let store = Arc::new(ScanStore::new());
        let router = router(Arc::clone(&store) as Arc<dyn EventStore>, &settings());
        let server = Self { store, router };
        server.add(events).await;
        server
    }

    pub(crate) async fn add(&self, events: Vec<Event>) {
        self.store.ingest(EventBatch { tenant: Tenant::default(), events }).await.unwrap();
    }

    pub(crate) async fn request(&self, method: Method, path: &str) -> Answer {
        self.send(method, path, None, String::new()).await
    }

    /// A request with a body of a media type. Whatever it comes to is as the API's description says.
    pub(crate) async fn send(&self, method: Method, path: &str, kind: Option<&str>, body: String) -> Answer {
        let asked = method.clone();
        let request = Request::builder().method(method).uri(path);
        let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
        let request = request.body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let answer = Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() };
        description::check(&description::description(&self.router).await, &asked, path, &answer);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).await
    }

    /// The JSON of an answer that must be good.
    pub(crate) async fn ok(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }
}

/// So many seconds before now.
pub(crate) fn ago(seconds: i64) -> UnixNanos {
    UnixNanos::now().saturating_add(-seconds * NANOS_PER_SECOND)
}

/// A step of the interaction `i-1` of person `p-1`.
pub(crate) fn step(id: u128, time: UnixNanos, name: &str, status: &str) -> EventBuilder {
    EventBuilder::new(id, time)
        .cell(Column::Event, name)
        .cell(Column::Status, status)
        .cell(Column::Person, "p-1")
        .cell(Column::Interaction, "i-1")
}

/// The ids of a list of rows, as numbers.
pub(crate) fn ids(page: &Value) -> Vec<u128> {
    let rows = page["events"].as_array().unwrap();
    rows.iter().map(|row| u128::from_str_radix(row["id"].as_str().unwrap(), 16).unwrap()).collect()
}
