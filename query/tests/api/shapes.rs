//! The shapes of good answers.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::json;
use steplog_model::column::Column;
use steplog_model::event::Flags;
use steplog_model::record::value::put_string_attribute;
use steplog_model::record::wire::{put_fixed64_field, put_message_field, put_varint_field};
use steplog_model::store::EventStore;
use steplog_model::testing::scan_store::ScanStore;
use steplog_query::{ApiContext, Receivers, router_with};

use crate::support::{Server, ago, ids, settings, step};

#[tokio::test]
async fn rows_have_their_columns_and_leave_out_what_is_absent() {
    let time = ago(60);
    let event = step(7, time, "api.called", "failure")
        .cell(Column::Reason, "HTTP 503")
        .derived(Column::Channel, "sms", "channel rule")
        .body("The carrier did not answer")
        .build();
    let server = Server::with(vec![event]).await;
    let page = server.ok("/api/v1/events").await;
    let received = time.saturating_add(1_000_000);
    let row = json!({
        "id": format!("{:032x}", 7), "seq": 1, "time": time.to_string(), "received": received.to_string(),
        "event": "api.called", "status": "failure", "person": "p-1", "interaction": "i-1", "reason": "HTTP 503",
    });
    assert_eq!(page, json!({"events": [row], "next": null, "prev": null, "complete": true}));
    let page = server.ok("/api/v1/events?columns=channel&q=carrier").await;
    assert_eq!(page["events"][0]["channel"], "sms");
    assert_eq!(page["events"][0]["snippet"]["hits"], json!([[4, 11]]));
}

#[tokio::test]
async fn details_have_rules_flags_and_the_whole_record() {
    let mut extra = Vec::new();
    put_message_field(&mut extra, 6, |out| {
        steplog_model::record::wire::put_bytes_field(out, 1, b"big");
        put_message_field(out, 2, |out| put_varint_field(out, 3, i64::MAX as u64));
    });
    put_message_field(&mut extra, 6, |out| {
        steplog_model::record::wire::put_bytes_field(out, 1, b"odd");
        put_message_field(out, 2, |out| put_fixed64_field(out, 4, f64::NAN.to_bits()));
    });
    put_message_field(&mut extra, 6, |out| {
        steplog_model::record::wire::put_bytes_field(out, 1, b"list");
        put_message_field(out, 2, |out| {
            put_message_field(out, 6, |out| put_string_attribute(out, 1, "inner", "x"));
        });
    });
    let event = step(7, ago(60), "a.b", "success")
        .derived(Column::Channel, "sms", "derived: name start sms")
        .record_bytes(&extra)
        .flag(Flags::UTF8_REPAIRED)
        .duration_nanos(5)
        .build();
    let server = Server::with(vec![event]).await;
    let details = server.ok(&format!("/api/v1/events/{:032x}", 7)).await;
    assert_eq!(details["derived"], json!({"channel": "derived: name start sms"}));
    assert_eq!(details["flags"], json!(["utf8_repaired"]));
    assert_eq!(details["duration_nanos"], 5);
    assert_eq!(details["links"], json!([]));
    let record = &details["record"];
    let want = json!([
        {"key": "big", "value": {"intValue": "9223372036854775807"}},
        {"key": "odd", "value": {"doubleValue": "NaN"}},
        {"key": "list", "value": {"kvlistValue": {"values": [{"key": "inner", "value": {"stringValue": "x"}}]}}},
    ]);
    assert_eq!(record["logRecord"]["attributes"], want);
    assert_eq!(record["scope"]["name"], "steplog-tests");
    assert_eq!(record["resource"]["attributes"][0]["value"]["stringValue"], "shop");
}

#[tokio::test]
async fn filters_narrow_and_the_last_24_hours_are_the_default() {
    let events = vec![
        step(1, ago(90_000), "old", "success").build(),
        step(2, ago(50), "a", "success").attribute("k", "v").build(),
        step(3, ago(40), "b", "failure").attribute("k", "!v").build(),
        step(4, ago(30), "b", "success").build(),
    ];
    let server = Server::with(events).await;
    for (query, want) in [
        ("", &[4_u128, 3, 2][..]),
        ("sort=time", &[2, 3, 4]),
        ("event=b", &[4, 3]),
        ("event=a&event=b&status=!success", &[3]),
        ("attr.k=v", &[2]),
        ("attr.k=%5C!v", &[3]),
        ("q=attr.k:v", &[2]),
        ("q=-status:success", &[3]),
        ("from=now-2d", &[4, 3, 2, 1]),
        ("from=now-2d&to=now-1d", &[1]),
        ("person=p-1&limit=1", &[4]),
        ("person=P-1", &[]),
    ] {
        let page = server.ok(&format!("/api/v1/events?{query}")).await;
        assert_eq!(ids(&page), want, "{query}");
    }
}

#[tokio::test]
async fn an_empty_page_says_why_when_asked() {
    let server = Server::with(vec![step(1, ago(50), "a", "success").body("hello").build()]).await;
    let page = server.ok("/api/v1/events?status=failure&q=hello&why=1").await;
    let without = |name: &str, events: u64| json!({"without": name, "events": events, "complete": true});
    assert_eq!(page["why"], json!([without("status", 1), without("q", 0), without("period", 0)]));
    let page = server.ok("/api/v1/events?why=1").await;
    assert_eq!(page.get("why"), None);
}

#[tokio::test]
async fn facets_count_twice() {
    let events = vec![
        step(1, ago(50), "a", "success").build(),
        step(2, ago(40), "a", "failure").build(),
        step(3, ago(30), "Beta", "success").build(),
    ];
    let server = Server::with(events).await;
    let answer = server.ok("/api/v1/facets?columns=event,status&status=failure").await;
    let value = |value: &str, count: u64, matching: u64| json!({"value": value, "count": count, "matching": matching});
    let want = json!({
        "facets": {
            "event": {"values": [value("a", 2, 1), value("Beta", 1, 0)], "more": false},
            // A column's own filter does not narrow its list.
            "status": {"values": [value("success", 2, 2), value("failure", 1, 1)], "more": false},
        },
        "complete": true,
    });
    assert_eq!(answer, want);
    let answer = server.ok("/api/v1/facets?columns=event&prefix=be").await;
    assert_eq!(answer["facets"]["event"]["values"], json!([value("Beta", 1, 1)]));
    let answer = server.ok("/api/v1/facets?columns=event&limit=1").await;
    assert_eq!(answer["facets"]["event"]["more"], true);
}

#[tokio::test]
async fn histograms_have_round_bars_and_count_the_period_only() {
    let events = vec![step(1, ago(50), "a", "success").build(), step(2, ago(5_000), "a", "failure").build()];
    let server = Server::with(events).await;
    let answer = server.ok("/api/v1/histogram?from=now-1h&buckets=60").await;
    assert_eq!((&answer["total"], &answer["step"]), (&json!(1), &json!("60000000000")));
    let bars = answer["buckets"].as_array().unwrap();
    assert!((60..=61).contains(&bars.len()), "{}", bars.len());
    let counted: u64 = bars.iter().filter_map(|bar| bar["counts"]["success"].as_u64()).sum();
    assert_eq!(counted, 1);
    let filtered = server.ok("/api/v1/histogram?status=failure").await;
    assert_eq!(filtered["total"], 1);
}

#[tokio::test]
async fn a_message_says_its_text() {
    let said = step(7, ago(9), "chatbot.message.received", "success").body("Where is my order?").build();
    let done = step(8, ago(9), "journey.api.called", "success").body("200 OK").build();
    let server = Server::with(vec![said, done]).await;
    assert_eq!(server.ok(&format!("/api/v1/events/{:032x}", 7)).await["said"], "Where is my order?");
    assert!(
        server.ok(&format!("/api/v1/events/{:032x}", 8)).await.get("said").is_none(),
        "a body is no message"
    );
}

#[tokio::test]
async fn readiness_tells_where_events_are_received() {
    let here = Server::with(Vec::new()).await;
    assert!(here.ok("/health/ready").await.get("receivers").is_none(), "nothing is received in this process");
    let receivers = Receivers { grpc: ([127, 0, 0, 1], 41_317).into(), http: ([0; 16], 41_318).into() };
    let context = ApiContext { receivers: Some(receivers), ..ApiContext::default() };
    let store = Arc::new(ScanStore::new());
    let router = router_with(Arc::clone(&store) as Arc<dyn EventStore>, &settings(), context);
    let ready = Server { store, router }.ok("/health/ready").await;
    assert_eq!(ready["receivers"], json!({"grpc": "127.0.0.1:41317", "http": "[::]:41318"}));
}

#[tokio::test]
async fn catalog_and_health_and_the_page_answer() {
    let server = Server::with(Vec::new()).await;
    let catalog = server.ok("/api/v1/catalog").await;
    let events = catalog["events"].as_array().unwrap();
    assert!(events.len() >= 60 && events.iter().all(|event| event["label"].is_string()));
    assert_eq!(server.ok("/health/live").await["status"], "live");
    assert_eq!(server.ok("/health/ready").await["status"], "ready");
    server.store.set_not_searchable(Some("8 events are not searchable yet".to_owned()));
    let degraded = server.ok("/health/ready").await;
    assert_eq!(degraded["status"], "degraded");
    assert_eq!(degraded["not_searchable"], "8 events are not searchable yet");
    server.store.set_not_searchable(None);
    server.store.set_not_writable(Some("the disk is full".to_owned()));
    let ready = server.get("/health/ready").await;
    assert_eq!(
        (ready.status, &ready.json()["detail"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("the disk is full"))
    );
    let page = server.get("/").await;
    assert!(page.status.is_success() && page.text.contains("<!doctype html>"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
    assert!(!page.text.contains("style=") && !page.text.contains("<script>"));
}

#[tokio::test]
async fn answers_cannot_be_mistaken_for_anything_else() {
    let server = Server::with(vec![step(1, ago(5), "<script>alert(1)</script>", "x").build()]).await;
    for path in ["/api/v1/events", "/api/v1/nothing", "/", "/assets/app.js"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
    let answer = server.get("/api/v1/events").await;
    assert_eq!(
        (answer.header("content-type"), answer.header("cache-control")),
        ("application/json", "no-store")
    );
    let head = server.request(Method::HEAD, "/api/v1/events").await;
    assert_eq!((head.status, head.text.len()), (StatusCode::OK, 0));
}
