//! What an empty answer says of what it was asked for, and how much it asks to know it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::Value;
use steplog_model::column::Column;
use steplog_model::delegate_store;
use steplog_model::query::SpellingsRequest;
use steplog_model::store::{Budget, EventStore, Health, StoreError};
use steplog_model::testing::scan_store::ScanStore;
use steplog_query::router;
use tower::ServiceExt as _;

use crate::asking::query;
use crate::support::{Server, ago, settings, step};

/// A store that counts what it is asked, with some events that are not searchable yet.
struct Watched {
    store: Arc<ScanStore>,
    asked: AtomicU64,
    waiting: u64,
}

impl Watched {
    fn asked(&self) -> &ScanStore {
        self.asked.fetch_add(1, Ordering::Relaxed);
        &self.store
    }
}

impl EventStore for Watched {
    delegate_store! { self => self.store; ingest }
    delegate_store! { self => self.asked(); page event facets histogram count hotspots arrivals }

    fn spellings(&self, request: &SpellingsRequest, budget: &Budget) -> Result<Vec<String>, StoreError> {
        self.asked().spellings(request, budget)
    }

    fn health(&self) -> Health {
        Health { unindexed_events: self.waiting, ..self.store.health() }
    }
}

async fn watched(waiting: u64) -> (Arc<Watched>, Router) {
    let event = step(1, ago(60), "order.paid", "success").cell(Column::Object, "Order updates");
    let server =
        Server::with(vec![event.body("order 4711 paid by 550e8400e29b41d4a716446655440000").build()]).await;
    let store = Arc::new(Watched { store: server.store, asked: AtomicU64::new(0), waiting });
    let asked = Arc::clone(&store) as Arc<dyn EventStore>;
    (store, router(asked, &settings()))
}

async fn page(router: &Router, asked: &[(&str, &str)]) -> Value {
    let request = Request::get(format!("/api/v1/events?why=1&{}", query(asked)));
    let response = router.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap();
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

fn hints(page: &Value) -> Vec<(String, String)> {
    let hints = page["hints"].as_array().cloned().unwrap_or_default();
    let text = |hint: &Value, name: &str| hint[name].as_str().unwrap().to_owned();
    hints.iter().map(|hint| (text(hint, "parameter"), text(hint, "hint"))).collect()
}

#[tokio::test]
async fn what_finds_something_alone_is_not_blamed() {
    let (_, router) = watched(0).await;
    for asked in [
        &[("q", "4711"), ("status", "cancelled")][..],
        &[("q", "order"), ("status", "cancelled")],
        &[("q", "4711"), ("person", "p-1"), ("status", "fialure")],
        &[("q", "4711"), ("attr.nope", "1")],
        &[("person", "p-1"), ("reason", "late")],
    ] {
        let found = hints(&page(&router, asked).await);
        let (blamed, _) = asked.last().unwrap();
        assert!(found.iter().any(|(parameter, _)| parameter == blamed), "{asked:?}: {found:?}");
        assert!(found.iter().all(|(parameter, _)| parameter == blamed), "{asked:?}: {found:?}");
    }
    let found = hints(&page(&router, &[("q", "9999"), ("status", "success")]).await);
    assert!(found.iter().any(|(parameter, hint)| parameter == "q" && hint.contains("a number")), "{found:?}");
    // Nothing is wrong with either alone.
    let both = hints(
        &page(&router, &[("q", "4711"), ("object", "Order updates"), ("to", "now-1h"), ("from", "now-2h")])
            .await,
    );
    assert!(both.iter().all(|(_, hint)| hint.contains("period") || hint.contains("number")), "{both:?}");
}

#[tokio::test]
async fn a_value_that_is_not_there_is_told_with_those_that_are() {
    let (_, router) = watched(0).await;
    for (name, value, want) in [
        ("status", "occured", "no event of this period has it; there are success"),
        ("q", "status:occured", "no event of this period has it; there are success"),
        (
            "status",
            "timedout",
            "no event of this period has it; timed_out may be meant, which none has either; there are success",
        ),
        ("occurred_in", "jorney", "no event of this period has occurred_in at all"),
    ] {
        let found = hints(&page(&router, &[(name, value)]).await);
        assert!(found.iter().any(|(_, hint)| hint == want), "{name}={value}: {found:?}");
    }
    let near = page(&router, &[("status", "sucess")]).await;
    assert_eq!(near["near"][0]["instead"], "success");
    assert!(near["hints"].is_null(), "told once: {near}");
}

#[tokio::test]
async fn events_that_are_not_searchable_yet_are_told_first() {
    for (waiting, want) in
        [(1, "1 event was received and is not"), (12, "12 events were received and are not")]
    {
        let (_, router) = watched(waiting).await;
        for asked in [&[("reason", "x")][..], &[("q", "zebra")], &[("status", "failure"), ("q", "order")]] {
            let found = hints(&page(&router, asked).await);
            assert!(found[0].1.starts_with(want) && found[0].1.contains("again"), "{asked:?}: {found:?}");
            assert!(found.iter().all(|(_, hint)| !hint.contains("at all")), "{asked:?}: {found:?}");
        }
        assert!(hints(&page(&router, &[("q", "4711")]).await).is_empty(), "it has events");
    }
}

#[tokio::test]
async fn times_are_asked_for_as_the_period() {
    let (_, router) = watched(0).await;
    for text in
        ["15:46:02.617", "2026-11-30 15:46:02.617", "30 Nov 16:47:11.570", "2026-11-30", "30.11.2026 15:00"]
    {
        let found = hints(&page(&router, &[("q", text)]).await);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].1.contains("from and to"), "{text}: {found:?}");
    }
    let took = hints(&page(&router, &[("q", "Took 14.4 s")]).await);
    assert!(took[0].1.contains("the column Duration"), "{took:?}");
}

#[tokio::test]
async fn an_empty_answer_asks_some_forty_times_at_most() {
    let (store, router) = watched(0).await;
    let long = "zebra 550e8400-e29b-41d4-a716-44665544 E4711 O'Reilly customer9 2026 lion's status:fialure tiger puma or and";
    for asked in [
        &[("q", long)][..],
        &[("q", "0a1b2c3d-0a1b-41d4-a716-44665544")],
        &[("q", "unbelievably"), ("person", "customer99"), ("status", "fialure"), ("reason", "Some-Thing9")],
        &[("q", "CU… 273-XK41"), ("interaction", "urn:uuid:550e8400-e29b-41d4-a716-446655440999")],
        &[("q", "AbCdEf GhIjKl MnOpQr")],
        &[("q", "a=1234&b=2345&c=3456&d=4567&e=5678&f=6789")],
    ] {
        store.asked.store(0, Ordering::Relaxed);
        page(&router, asked).await;
        let times = store.asked.load(Ordering::Relaxed);
        assert!(times <= 45, "{asked:?}: {times}");
    }
}
