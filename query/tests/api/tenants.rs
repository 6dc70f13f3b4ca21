//! Whoever asks sees the events and views of their own tenant alone, whatever the route.

use axum::Extension;
use http::{Method, StatusCode};
use serde_json::json;
use std::sync::Arc;
use steplog_model::asker::Asker;
use steplog_model::column::Column;
use steplog_model::event::{Event, EventBatch};
use steplog_model::ids::Tenant;
use steplog_model::store::EventStore as _;

use crate::description;
use crate::support::{Server, ago, step};
use crate::tail::Listener;

/// A word of the first tenant's events and views, and one of the second's.
const WORDS: [(&str, &str); 2] = [("default", "zebra"), ("acme", "walrus")];

fn event(word: &str) -> Event {
    let column = |event: steplog_model::testing::build::EventBuilder, column| event.cell(column, word);
    let event = step(7, ago(5), word, "failure");
    [Column::Object, Column::Element, Column::Reason].into_iter().fold(event, column).build()
}

/// The same server as somebody of the tenant reaches it.
fn as_tenant(server: &Server, tenant: &str) -> Server {
    let asker = Asker { tenant: tenant.parse().unwrap() };
    Server { store: Arc::clone(&server.store), router: server.router.clone().layer(Extension(asker)) }
}

async fn with_two_tenants() -> [Server; 2] {
    let server = Server::with(Vec::new()).await;
    let mut doors = Vec::new();
    for (tenant, word) in WORDS {
        let tenant: Tenant = tenant.parse().unwrap();
        let door = as_tenant(&server, tenant.as_str());
        server.store.ingest(EventBatch { tenant, events: vec![event(word)] }).await.unwrap();
        let view = json!({"name": word, "query": ""}).to_string();
        let added = door.send(Method::POST, "/api/v1/views", Some("application/json"), view).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
        doors.push(door);
    }
    doors.try_into().ok().unwrap()
}

/// The addresses of a description's route, asked in a way that shows as much as it can.
fn address(path: &str) -> String {
    let path = path.replace("/events/{id}", &format!("/events/{:032x}", 7));
    let path = path.replace("/interactions/{id}", "/interactions/i-1").replace("{id}", "1");
    match &*path {
        "/api/v1/facets" => format!("{path}?columns=event,object,element"),
        "/api/v1/export" => format!("{path}?format=ndjson"),
        _ => path,
    }
}

#[tokio::test]
async fn no_route_tells_of_another_tenant() {
    let doors = with_two_tenants().await;
    let described = description::description(&doors[0].router).await;
    let mut told = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        // The tail never ends, and has a test of its own; metrics are another router's, and of no tenant.
        if methods.get("get").is_none() || path == "/api/v1/tail" || path == "/metrics" {
            continue;
        }
        for (number, door) in doors.iter().enumerate() {
            let answer = door.get(&address(path)).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text);
            let (own, other) = (WORDS[number].1, WORDS[1 - number].1);
            assert!(
                !answer.text.contains(other),
                "{path} tells {} of {other}: {}",
                WORDS[number].0,
                answer.text
            );
            if answer.text.contains(own) {
                told.push(path.as_str());
            }
        }
    }
    told.dedup();
    assert_eq!(
        told,
        [
            "/api/v1/events",
            "/api/v1/events/{id}",
            "/api/v1/export",
            "/api/v1/facets",
            "/api/v1/hotspots",
            "/api/v1/interactions/{id}",
            "/api/v1/views",
        ]
    );
}

#[tokio::test]
async fn what_counts_counts_the_own_events() {
    let doors = with_two_tenants().await;
    for door in &doors {
        assert_eq!(door.ok("/api/v1/count").await["count"], 1);
        let bars = door.ok("/api/v1/histogram").await;
        let bars = bars["buckets"].as_array().unwrap();
        let sum: u64 = bars.iter().map(|bar| bar["counts"]["failure"].as_u64().unwrap_or_default()).sum();
        assert_eq!(sum, 1);
    }
}

#[tokio::test]
async fn a_view_of_another_tenant_cannot_be_changed() {
    let doors = with_two_tenants().await;
    let more = json!({"name": "second", "query": ""}).to_string();
    let json_type = Some("application/json");
    let second = doors[0].send(Method::POST, "/api/v1/views", json_type, more.clone()).await.json();
    let path = format!("/api/v1/views/{}", second["id"].as_str().unwrap());
    for method in [Method::PUT, Method::DELETE] {
        let answer = doors[1].send(method, &path, json_type, more.clone()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
    }
    assert_eq!(doors[0].ok("/api/v1/views").await["views"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_tail_tells_the_own_events() {
    let doors = with_two_tenants().await;
    for (number, door) in doors.iter().enumerate() {
        let mut listener = Listener::new(door, "", Some("0")).await;
        assert_eq!(listener.next().await.name, "ready");
        assert_eq!(listener.next().await.data["event"], WORDS[number].1);
        assert!(!listener.text.contains(WORDS[1 - number].1), "{}", listener.text);
    }
}
