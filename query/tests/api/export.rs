//! Exports: whole, in order, and never short without saying so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use steplog_model::column::Column;
use steplog_model::delegate_store;
use steplog_model::event::{EventBatch, Flags};
use steplog_model::ids::Tenant;
use steplog_model::query::{Arrivals, ArrivalsRequest, Page, PageRequest};
use steplog_model::record::wire::put_bytes_field;
use steplog_model::store::{Budget, EventStore, StoreError};
use steplog_model::testing::scan_store::ScanStore;
use steplog_model::time::UnixNanos;
use steplog_query::router;
use tower::ServiceExt as _;

use crate::support::{Server, ago, settings, step};

/// The body of a whole export, and its trailers.
async fn export(server: &Server, query: &str) -> (String, HeaderMap) {
    let request = Request::get(format!("/api/v1/export?{query}")).body(Body::empty()).unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    let disposition = response.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(disposition.starts_with("attachment; filename=\"steplog-events-20"), "{disposition}");
    let whole = response.into_body().collect().await.unwrap();
    let trailers = whole.trailers().cloned().unwrap_or_default();
    (String::from_utf8(whole.to_bytes().to_vec()).unwrap(), trailers)
}

async fn many(count: u128) -> Server {
    let event = |id: u128| {
        step(id, ago(5_000 - id as i64 / 2), "x", if id.is_multiple_of(3) { "failure" } else { "success" })
            .attribute("geo", "HR")
            .build()
    };
    Server::with((1..=count).map(event).collect()).await
}

fn ids(lines: &str) -> Vec<u128> {
    let id = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        u128::from_str_radix(line["id"].as_str().unwrap(), 16).unwrap()
    };
    lines.lines().map(id).collect()
}

#[tokio::test]
async fn every_event_of_the_filter_is_there_once_and_in_order() {
    let server = many(3_210).await;
    let (lines, trailers) = export(&server, "format=ndjson&status=failure&sort=time").await;
    let want: Vec<u128> = (1..=3_210).filter(|id: &u128| id.is_multiple_of(3)).collect();
    assert_eq!(ids(&lines), want);
    assert_eq!(trailers["steplog-events"], "1070");
    let details = server.ok(&format!("/api/v1/events/{:032x}", 3)).await;
    assert_eq!(serde_json::from_str::<Value>(lines.lines().next().unwrap()).unwrap(), details);
}

#[tokio::test]
async fn a_part_goes_on_where_it_ended() {
    let server = many(1_000).await;
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let (lines, trailers) = export(&server, &format!("format=ndjson&limit=300{cursor}")).await;
        let part = ids(&lines);
        let short = part.len() < 300;
        all.extend(part);
        if short {
            break;
        }
        cursor = format!("&cursor={}", trailers["steplog-cursor"].to_str().unwrap());
    }
    all.sort_unstable();
    assert_eq!(all, (1..=1_000).collect::<Vec<u128>>());
}

#[tokio::test]
async fn csv_has_the_chosen_columns_and_a_head_once() {
    let odd = step(7, ago(9), "=cmd|' /C calc'!A0", "failure")
        .cell(Column::Reason, "a \"b\", c")
        .attribute("geo.country", "HR")
        .build();
    let server = Server::with(vec![odd, step(8, ago(8), "plain", "success").build()]).await;
    let (text, trailers) =
        export(&server, "format=csv&columns=event,status,reason,attr.geo.country&sort=time").await;
    let want = "event,status,reason,attr.geo.country\r\n\"'=cmd|' /C calc'!A0\",failure,\"a \"\"b\"\", c\",HR\r\nplain,success,,\r\n";
    assert_eq!(text, want);
    let cursor = trailers["steplog-cursor"].to_str().unwrap();
    let (rest, _) = export(&server, &format!("format=csv&columns=event&sort=time&cursor={cursor}")).await;
    assert_eq!(rest, "", "what goes on has no head again");
    let (whole, _) = export(&server, "format=csv").await;
    assert!(whole.starts_with("id,seq,time,received,duration_ms,event,status,"), "{whole}");
    assert!(whole.lines().next().unwrap().ends_with(",flags,body"), "{whole}");
}

#[tokio::test]
async fn what_was_noticed_is_on_rows_and_in_files() {
    let told = step(7, ago(-300), "a", "success").flag(Flags::TIME_AHEAD).flag(Flags::VALUE_UNREADABLE);
    let named = step(8, ago(8), "b", "success").flag(Flags::EXPLICIT_ID);
    let server = Server::with(vec![told.build(), named.build()]).await;
    let want = json!(["value_unreadable", "time_ahead"]);
    let page = server.ok("/api/v1/events").await;
    assert_eq!((&page["events"][0]["flags"], page["events"][1].get("flags")), (&want, None));
    let steps = server.ok("/api/v1/interactions/i-1").await;
    assert!(steps["events"].as_array().unwrap().iter().any(|step| step["flags"] == want), "{steps}");
    let (csv, _) = export(&server, "format=csv&columns=event,flags").await;
    assert_eq!(csv, "event,flags\r\na,value_unreadable time_ahead\r\nb,\r\n");
    let (lines, _) = export(&server, "format=ndjson").await;
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["flags"], want);
}

#[tokio::test]
async fn csv_opens_in_a_spreadsheet() {
    let time: UnixNanos = "2026-07-01T10:00:00.123456789Z".parse().unwrap();
    let event = step(7, time, "Grüße", "failure").duration_nanos(1_500_000).body("-5.25").build();
    let server = Server::with(vec![event]).await;
    let question = "format=csv&from=0&columns=event,time,duration,body&tz=Europe/Zagreb&bom=1";
    let (text, _) = export(&server, question).await;
    let want =
        "\u{feff}event,time (Europe/Zagreb),duration_ms,body\r\nGrüße,2026-07-01 12:00:00.123,1.5,-5.25\r\n";
    assert_eq!(text, want);
}

#[tokio::test]
async fn otlp_json_has_only_ids_that_others_take() {
    let ids = |trace: &[u8], span: &[u8]| {
        let mut out = Vec::new();
        put_bytes_field(&mut out, 9, trace);
        put_bytes_field(&mut out, 10, span);
        out
    };
    let odd = step(1, ago(9), "a", "success").record_bytes(&ids(&[0xab; 32], &[1])).build();
    let right = step(2, ago(8), "b", "success").record_bytes(&ids(&[0xcd; 16], &[0xef; 8])).build();
    let server = Server::with(vec![odd, right]).await;
    let (text, _) = export(&server, "format=otlp-json&sort=time").await;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let record = |line: &Value| line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0].clone();
    let first = record(&lines[0]);
    assert_eq!((first.get("traceId"), first.get("spanId")), (None, None));
    let text = format!("uid trace_id={} span_id=01", "ab".repeat(32));
    let stated = json!({"key": "steplog.exported", "value": {"stringValue": text}});
    assert_eq!(first["attributes"].as_array().unwrap().last(), Some(&stated), "{first}");
    let second = record(&lines[1]);
    assert_eq!(
        (second["traceId"].clone(), second["spanId"].clone()),
        (json!("cd".repeat(16)), json!("ef".repeat(8)))
    );
}

#[tokio::test]
async fn otlp_json_is_logs_data_with_an_id() {
    let own =
        step(7, ago(9), "a", "success").attribute("log.record.uid", "mine").flag(Flags::EXPLICIT_ID).build();
    let server = Server::with(vec![own, step(8, ago(8), "b", "success").body("said").build()]).await;
    let (text, _) = export(&server, "format=otlp-json&sort=time").await;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let record = |line: &Value| line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0].clone();
    let uids = |line: &Value| {
        let attributes = record(line)["attributes"].as_array().unwrap().clone();
        attributes
            .into_iter()
            .filter(|one| one["key"] == "log.record.uid")
            .map(|one| one["value"]["stringValue"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(uids(&lines[0]), [json!("mine")]);
    assert_eq!(uids(&lines[1]), [json!(format!("{:032x}", 8))]);
    // What is whole by itself has nothing beside it; what was added is told.
    let stated = |line: &Value| record(line)["attributes"].to_string().contains("steplog.exported");
    assert_eq!((stated(&lines[0]), stated(&lines[1])), (false, true));
    assert_eq!(record(&lines[1])["body"], json!({"stringValue": "said"}));
    assert_eq!(lines[0]["resourceLogs"][0]["resource"]["attributes"][0]["key"], "service.name");
}

#[tokio::test]
async fn mistakes_are_told_before_anything_is_sent() {
    let server = many(1).await;
    for (query, parameter) in [
        ("", "format"),
        ("format=xml", "format"),
        ("format=csv&columns=evnt", "columns"),
        ("format=csv&limit=0", "limit"),
        ("format=csv&cursor=x", "cursor"),
    ] {
        let answer = server.get(&format!("/api/v1/export?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.json()["errors"][0]["parameter"], parameter, "{query}");
    }
}

/// A store of which a part cannot be read once the first page was.
#[derive(Default)]
pub(crate) struct Failing {
    scan: ScanStore,
    pub(crate) broken: AtomicBool,
}

impl EventStore for Failing {
    delegate_store! { self => self.scan; ingest event facets histogram count hotspots health }

    fn page(&self, request: &PageRequest, budget: &Budget) -> Result<Page, StoreError> {
        let page = self.scan.page(request, budget)?;
        let complete = !self.broken.swap(true, Ordering::Relaxed);
        Ok(Page { complete, ..page })
    }

    fn arrivals(&self, request: &ArrivalsRequest, budget: &Budget) -> Result<Arrivals, StoreError> {
        let arrivals = self.scan.arrivals(request, budget)?;
        Ok(Arrivals { complete: !self.broken.load(Ordering::Relaxed), ..arrivals })
    }
}

#[tokio::test]
async fn what_would_be_short_breaks_off() {
    let store = Arc::new(Failing::default());
    let events = (1..=2_000).map(|id| step(id, ago(id as i64), "x", "success").build()).collect();
    store.ingest(EventBatch { tenant: Tenant::default(), events }).await.unwrap();
    let router = router(Arc::clone(&store) as Arc<dyn EventStore>, &settings());
    let ask =
        || router.clone().oneshot(Request::get("/api/v1/export?format=ndjson").body(Body::empty()).unwrap());
    let mut body = ask().await.unwrap().into_body();
    let mut got = Bytes::new();
    let error = loop {
        match body.frame().await {
            Some(Ok(frame)) => got = [got, frame.into_data().unwrap()].concat().into(),
            Some(Err(error)) => break error,
            None => panic!("the export ended as if it were whole"),
        }
    };
    assert!(error.to_string().contains("cut short"), "{error}");
    let lines = got.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    assert!((1..=500).contains(&lines), "the first step was sent: {lines}");
    // From the start there is a status to tell it with.
    let refused = ask().await.unwrap();
    assert_eq!(refused.status(), StatusCode::INTERNAL_SERVER_ERROR);
}
