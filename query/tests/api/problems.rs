//! Bad requests: what is wrong, where, and what to do; everything at once.

use http::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Answer, Server, ago, step};

#[track_caller]
fn check(answer: &Answer, status: StatusCode, kind: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], format!("/problems/{kind}"));
    assert_eq!(problem["status"], u64::from(status.as_u16()));
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
    problem
}

/// The parameters that a 400 complains of.
async fn complaints(server: &Server, query: &str) -> Vec<String> {
    let answer = server.get(&format!("/api/v1/events?{query}")).await;
    let problem = check(&answer, StatusCode::BAD_REQUEST, "invalid-parameter");
    let errors = problem["errors"].as_array().unwrap();
    let told = |error: &Value| {
        let (problem, hint) = (error["problem"].as_str().unwrap(), error["hint"].as_str().unwrap());
        assert!(!problem.is_empty() && !hint.is_empty(), "{error}");
        error["parameter"].as_str().unwrap().to_owned()
    };
    errors.iter().map(told).collect()
}

#[tokio::test]
async fn all_problems_of_a_request_are_told_at_once() {
    let server = Server::with(Vec::new()).await;
    let query = "stauts=x&limit=0&from=yesterday&q=(a&sort=up&columns=nothing";
    let mut found = complaints(&server, query).await;
    found.sort();
    assert_eq!(found, ["columns", "from", "limit", "q", "sort", "stauts"]);
    let answer = server.get("/api/v1/events?stauts=x").await;
    assert!(answer.text.contains("status"), "{}", answer.text);
}

#[tokio::test]
async fn each_parameter_has_its_bounds() {
    let server = Server::with(Vec::new()).await;
    let digits = "9".repeat(40);
    for (query, parameter) in [
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("limit=5&limit=6", "limit"),
        ("status=", "status"),
        ("status=!", "status"),
        ("from=now-1x", "from"),
        (&format!("from={digits}"), "from"),
        ("cursor=abc", "cursor"),
        ("q=%22open", "q"),
        ("unknown=1", "unknown"),
        ("why=maybe", "why"),
    ] {
        assert_eq!(complaints(&server, query).await, [parameter], "{query}");
    }
    let inverted = complaints(&server, "from=now&to=now-1h").await;
    assert_eq!(inverted.len(), 1, "{inverted:?}");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_question() {
    let events = (1..=5).map(|id| step(id, ago(100 - id as i64), "a", "success").build()).collect();
    let server = Server::with(events).await;
    let page = server.ok("/api/v1/events?limit=2&event=a").await;
    let next = page["next"].as_str().unwrap();
    let other_end = if next.ends_with('A') { 'E' } else { 'A' };
    assert_eq!(
        server.ok(&format!("/api/v1/events?limit=3&event=a&cursor={next}")).await["next"],
        Value::Null
    );
    for query in [
        format!("event=a&sort=time&cursor={next}"),
        format!("event=b&cursor={next}"),
        format!("cursor={next}"),
        format!("event=a&cursor={}", &next[1..]),
        format!("event=a&cursor={}{other_end}", &next[..next.len() - 1]),
    ] {
        assert_eq!(complaints(&server, &query).await, ["cursor"], "{query}");
    }
}

#[tokio::test]
async fn hostile_questions_get_400() {
    let server = Server::with(Vec::new()).await;
    let clauses = vec!["a"; 1_000].join("+OR+");
    let values = (0..1_000).map(|value| format!("status={value}")).collect::<Vec<_>>().join("&");
    for query in [
        format!("q={}", "(".repeat(3_000)),
        format!("q={clauses}"),
        format!("q={}", "-".repeat(4_000)),
        format!("q={}*", "a".repeat(3_000)),
        values,
    ] {
        let answer = server.get(&format!("/api/v1/events?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{:.80}: {:.300}", query, answer.text);
        assert!(answer.text.len() < 8_192, "{}", answer.text.len());
    }
    let long = server.get(&format!("/api/v1/events?q={}", "(".repeat(60_000))).await;
    check(&long, StatusCode::URI_TOO_LONG, "address-too-long");
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let server = Server::with(Vec::new()).await;
    for (path, kind) in [
        ("/api/v1/events/00000000000000000000000000000001", "event-not-found"),
        ("/api/v1/events/short", "event-not-found"),
        ("/api/v1/events/%ff", "event-not-found"),
        ("/api/v1/interactions/none", "interaction-not-found"),
        ("/api/v1/nothing", "route-not-found"),
        ("/api/v2/events", "route-not-found"),
    ] {
        check(&server.get(path).await, StatusCode::NOT_FOUND, kind);
    }
    let post = server.request(Method::POST, "/api/v1/events").await;
    check(&post, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed");
    assert!(post.header("allow").contains("GET"), "{:?}", post.headers);
}
