//! Saved views, links and counts.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use steplog_model::column::Column;
use steplog_model::store::EventStore;
use steplog_model::testing::scan_store::ScanStore;
use steplog_query::links::{LinkKind, LinkTemplate};
use steplog_query::{ApiContext, router_with};

use crate::support::{Server, ago, settings, step};

fn view(name: &str) -> String {
    json!({"name": name, "query": "status=failure&cols=event,status"}).to_string()
}

#[tokio::test]
async fn views_are_saved_changed_and_deleted() {
    let server = Server::with(Vec::new()).await;
    let path = "/api/v1/views";
    let json_type = Some("application/json; charset=utf-8");
    let added = server.send(Method::POST, path, json_type, view("mine")).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    let saved = added.json();
    assert_eq!(
        (&saved["name"], &saved["query"]),
        (&json!("mine"), &json!("status=failure&cols=event,status"))
    );
    let own = format!("{path}/{}", saved["id"].as_str().unwrap());
    assert_eq!(added.header("location"), own);
    let changed = server.send(Method::PUT, &own, json_type, view("ours")).await.json();
    assert_eq!((&changed["name"], &changed["created"]), (&json!("ours"), &saved["created"]));
    assert_eq!(server.ok(path).await, json!({"views": [changed]}));
    let deleted = server.send(Method::DELETE, &own, None, String::new()).await;
    assert_eq!((deleted.status, &*deleted.text), (StatusCode::NO_CONTENT, ""));
    assert_eq!(server.ok(path).await, json!({"views": []}));
    let again = server.send(Method::DELETE, &own, None, String::new()).await;
    assert_eq!(
        (again.status, &again.json()["type"]),
        (StatusCode::NOT_FOUND, &json!("/problems/view-not-found"))
    );
}

#[tokio::test]
async fn what_is_no_view_is_refused() {
    let server = Server::with(Vec::new()).await;
    let json_type = Some("application/json");
    server.send(Method::POST, "/api/v1/views", json_type, view("taken")).await;
    let long = view(&"x".repeat(300_000));
    for (kind, body, want) in [
        (json_type, view("taken"), "name-taken"),
        (json_type, view(""), "invalid-body"),
        (json_type, "{".to_owned(), "invalid-body"),
        (json_type, r#"{"name":"a","query":"","more":1}"#.to_owned(), "invalid-body"),
        (json_type, json!({"name": "a", "query": "x".repeat(16_385)}).to_string(), "invalid-body"),
        (json_type, long, "body-too-large"),
        (None, view("a"), "unsupported-media-type"),
        (Some("application/x-www-form-urlencoded"), view("a"), "unsupported-media-type"),
        (Some("text/plain"), view("a"), "unsupported-media-type"),
    ] {
        let answer = server.send(Method::POST, "/api/v1/views", kind, body).await;
        assert_eq!(answer.json()["type"], format!("/problems/{want}"));
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let patch = server.send(Method::PATCH, "/api/v1/views", json_type, view("a")).await;
    assert_eq!((patch.status, patch.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD,POST"));
    assert_eq!(server.ok("/api/v1/views").await["views"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn links_are_listed_and_filled_in() {
    let profile = LinkTemplate::new(LinkKind::Person, "Profile", "https://crm.example/{person}").unwrap();
    let trace = LinkTemplate::new(LinkKind::Trace, "Trace", "https://trace.example/{trace_id}").unwrap();
    let context = ApiContext { links: [trace, profile].into_iter().collect(), ..ApiContext::default() };
    let store = Arc::new(ScanStore::new());
    let router = router_with(Arc::clone(&store) as Arc<dyn EventStore>, &settings(), context);
    let server = Server { store, router };
    server.add(vec![step(7, ago(5), "a", "success").cell(Column::Person, "p/1 ä").build()]).await;
    let listed = server.ok("/api/v1/links").await;
    let template = |kind: &str, label: &str, template: &str| -> Value {
        json!({"kind": kind, "label": label, "template": template})
    };
    let want = [
        template("person", "Profile", "https://crm.example/{person}"),
        template("trace", "Trace", "https://trace.example/{trace_id}"),
    ];
    assert_eq!(listed, json!({"links": want}));
    let details = server.ok(&format!("/api/v1/events/{:032x}", 7)).await;
    let url = "https://crm.example/p%2F1%20%C3%A4";
    assert_eq!(details["links"], json!([{"kind": "person", "label": "Profile", "url": url}]));
}

#[tokio::test]
async fn counts_are_those_of_the_filters() {
    let events = vec![
        step(1, ago(90_000), "old", "failure").build(),
        step(2, ago(50), "a", "failure").build(),
        step(3, ago(40), "b", "success").build(),
    ];
    let server = Server::with(events).await;
    for (query, want) in [("", 2), ("status=failure", 1), ("status=failure&from=now-2d", 2), ("q=nothing", 0)]
    {
        let answer = server.ok(&format!("/api/v1/count?{query}")).await;
        assert_eq!(answer, json!({"count": want, "complete": true}), "{query}");
    }
    assert_eq!(server.get("/api/v1/count?limit=5").await.status, StatusCode::BAD_REQUEST);
}
