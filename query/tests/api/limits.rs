//! Time, places and askers that go away.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use steplog_model::store::StoreError;
use steplog_query::router;
use tower::ServiceExt as _;

use crate::slow_store::SlowStore;
use crate::support::settings;

fn request(path: &str) -> Request<Body> {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_ends_with_its_time() {
    let (store, _begins, ends) = SlowStore::new();
    let settings = steplog_query::QuerySettings { query_timeout_millis: 50, ..settings() };
    let answer = router(store, &settings).oneshot(request("/api/v1/events")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(ends.recv().unwrap(), StoreError::TimedOut { limit: Duration::from_millis(50) });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_ends_when_its_asker_goes_away() {
    let (store, begins, ends) = SlowStore::new();
    let settings = steplog_query::QuerySettings { query_timeout_millis: 600_000, ..settings() };
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
        query_timeout_millis: 600_000,
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
async fn a_store_that_is_slow_to_say_how_it_is_holds_nobody_up() {
    let (store, begins, _ends) = SlowStore::new();
    let (release, released) = std::sync::mpsc::channel();
    *store.health_waits.lock().unwrap() = Some(released);
    let router = router(store, &settings());
    let asking = tokio::spawn(router.clone().oneshot(request("/health/ready")));
    tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
    let live = router.oneshot(request("/health/live")).await.unwrap();
    assert_eq!(live.status(), StatusCode::OK);
    release.send(()).expect("it still waits");
    assert_eq!(asking.await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn failures_of_the_store_have_their_own_status() {
    let (store, _begins, _ends) = SlowStore::new();
    let router = router(store, &settings());
    for (path, status) in [
        ("/api/v1/facets?columns=event", StatusCode::INTERNAL_SERVER_ERROR),
        ("/api/v1/histogram?to=now", StatusCode::BAD_REQUEST),
    ] {
        let answer = router.clone().oneshot(request(path)).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}

#[tokio::test]
async fn an_event_that_is_not_searchable_yet_is_not_told_to_be_absent() {
    for (id, status, retry_after, kind) in [
        (2, StatusCode::SERVICE_UNAVAILABLE, Some("1"), "/problems/event-not-searchable"),
        (3, StatusCode::NOT_FOUND, None, "/problems/event-not-found"),
    ] {
        let (store, _begins, _ends) = SlowStore::new();
        let asked = request(&format!("/api/v1/events/{id:032x}"));
        let answer = router(store, &settings()).oneshot(asked).await.unwrap();
        assert_eq!(answer.status(), status);
        let header = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header.as_deref(), retry_after);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["type"], kind, "{problem}");
    }
}
