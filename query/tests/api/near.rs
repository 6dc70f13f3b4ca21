//! What an empty answer offers instead, and what it says of what is never found.

use std::collections::BTreeSet;

use steplog_model::column::Column;
use steplog_model::testing::build::EventBuilder;

use crate::asking::query;
use crate::support::{Server, ago, step};

/// What is offered instead of each search or filter of an empty answer, which has each of these.
pub(crate) async fn offers(server: &Server, questions: &[(&str, &str, &str)]) {
    for (name, asked, want) in questions {
        let page = server.ok(&format!("/api/v1/events?why=1&{}", query(&[(name, asked)]))).await;
        assert_eq!(page["events"].as_array().unwrap().len(), 0, "{asked}");
        let near = page["near"].as_array().unwrap();
        let near: Vec<_> = near.iter().map(|one| one["instead"].as_str().unwrap()).collect();
        assert!(near.contains(want), "{name}={asked}: {near:?}");
    }
}

#[tokio::test]
async fn what_values_are_called() {
    let event = step(1, ago(60), "journey.api.called", "in_progress").cell(Column::Version, "15");
    let bare = EventBuilder::new(2, ago(60)).cell(Column::Event, "x").build();
    let server = Server::with(vec![bare, event.body("checkout code -5 (\"carrier\")").build()]).await;
    let started = "status:\"in_progress\"";
    offers(
        &server,
        &[
            ("q", "Started", started),
            ("q", "Strated", started),
            ("q", "\"strated\"", started),
            ("q", "checkout Strated", "checkout status:\"in_progress\""),
            ("q", "API caled", "event:\"journey.api.called\""),
            ("q", "APi caled checkout", "event:\"journey.api.called\" checkout"),
            ("q", "v15", "version:\"15\""),
            ("q", "Status Started", "status:\"Started\""),
            ("q", "No status", "-status:*"),
            ("q", "status:Strated", started),
            ("q", "status:strated checkout", "status:\"in_progress\" checkout"),
            ("q", "(status:\"in_pogress\") checkout", "(status:\"in_progress\") checkout"),
            ("event", "API caled", "journey.api.called"),
            ("status", "strated", "in_progress"),
            ("q", "code -5", "\"code -5\""),
            ("q", "code -5 (\"carrier\")", "\"code -5 (\\\"carrier\\\")\""),
        ],
    )
    .await;
}

#[tokio::test]
async fn other_words() {
    let event = step(1, ago(60), "journey.wait.ended", "success")
        .cell(Column::Object, "Abandoned cart reminder")
        .cell(Column::Person, "Anna (\"A: B\") Cole")
        .body("card expired today [code: -7]");
    let server = Server::with(vec![event.build()]).await;
    offers(
        &server,
        &[
            ("q", "expi", "expi*"),
            ("q", "\"expired card\"", "expired card"),
            ("q", "card zebra", "card"),
            ("q", "reminde expire", "reminde* expire*"),
            ("q", "abandonned card", "abandoned card"),
            ("q", "remidner", "reminder"),
            ("q", "card exipred", "card expired"),
            ("q", "tody", "today"),
            ("q", "journey.wiat.ended", "journey wait ended"),
            ("q", "journey.zebra.ended", "journey ended"),
            ("q", "Exspired crad", "expired card"),
            ("q", "object:\"abandoned cart reminder\"", "object:\"Abandoned cart reminder\""),
            ("object", "Abandoned*", "Abandoned cart reminder"),
            ("q", "person:\"nna (\\\"A: B\\\") Cole\"", "person:*nna\\ \\(\\\"A\\:\\ B\\\"\\)\\ Cole"),
            // A line of another log: what of it is nowhere is left out.
            ("q", "10:20 WARN [code: -7] expired", "\"[code:\" \"-7]\" expired"),
        ],
    )
    .await;
}

#[tokio::test]
async fn names_and_values_side_by_side() {
    let event = step(1, ago(60), "x", "success")
        .cell(Column::Person, "customer-0042")
        .cell(Column::Object, "Order updates")
        .attribute("http.response.status_code", "503")
        .attribute("note", "gift wrapping");
    let server = Server::with(vec![event.build()]).await;
    let code = "attr.http.response.status_code:\"503\"";
    offers(
        &server,
        &[
            ("q", "Person ID customer-0042", "person:\"customer-0042\""),
            ("q", "Person ID\tcustomer-0042", "person:\"customer-0042\""),
            ("q", "Object name: Order updates", "object:\"Order updates\""),
            ("q", "http.response.status_code 503", code),
            ("q", "http.response.status_code: 503", code),
            ("q", "http.response.status_code=503", code),
            ("q", "\"http.response.status_code\": \"503\",", code),
            ("q", "note gift wrapping", "attr.note:\"gift wrapping\""),
            ("q", "custom…0042", "*0042"),
            ("person", "custom…0042", "*0042"),
            ("person", " \"customer-0042\", ", "customer-0042"),
            ("person", "cutsomer-0042", "*0042"),
            ("attr.note", "Gift Wrapping", "gift wrapping"),
            ("attr.http.response.status_code", "`503`", "503"),
            ("q", "attr.note:\"Gift Wrapping\" order", "attr.note:\"gift wrapping\" order"),
            ("q", "person:custom…0042", "person:*0042"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_text_that_is_no_search_is_told_with_what_it_finds() {
    let body = "user:42 failed (code=-5 of \"main\" OR";
    let server = Server::with(vec![
        step(1, ago(60), "x", "failure").body(body).attribute("note", "gift wrapping").build(),
    ])
    .await;
    let asked = |text: &str, why: &str| format!("/api/v1/events?{}", query(&[("q", text), ("why", why)]));
    for (text, instead) in [
        (body, "\"user:42 failed (code=-5 of \\\"main\\\" OR\""),
        ("user:42", "\"user:42\""),
        ("failed (code", "\"failed (code\""),
        ("\"main", "\"\\\"main\""),
        ("main OR", "\"main OR\""),
        ("OR user:42", "\"OR\" \"user:42\""),
        ("Status: Failure", "status:\"Failure\""),
        ("status: Failure", "status:\"Failure\""),
        ("note:gift wrapping", "attr.note:\"gift wrapping\""),
    ] {
        let answer = server.get(&asked(text, "1")).await;
        assert_eq!(answer.status, 400, "{text}");
        let told = format!(". This finds 1 event: {instead}");
        let hint = answer.json()["errors"][0]["hint"].as_str().unwrap().to_owned();
        assert!(hint.ends_with(&told), "{text}: {hint}");
        assert_eq!(server.ok(&asked(instead, "1")).await["events"].as_array().unwrap().len(), 1, "{instead}");
    }
    for (text, why) in [("user:43", "1"), ("user:42", "0")] {
        let answer = server.get(&asked(text, why)).await.text;
        assert!(!answer.contains("This finds"), "{text}: {answer}");
    }
}

#[tokio::test]
async fn what_no_event_has_is_told() {
    let event = step(1, ago(60), "x", "success").attribute("note", "gift").cell(Column::Reason, "late");
    let server = Server::with(vec![event.build()]).await;
    for (name, value, want) in [
        ("attr.nope", "1", "no event of this period has attr.nope at all"),
        ("q", "attr.nope:1", "no event of this period has attr.nope at all"),
        ("attr.note", "zebra", "1 event has attr.note in this period"),
        ("reason", "zebra", "1 event has reason in this period"),
        ("q", "reason:zebra", "1 event has reason in this period"),
        ("parent", "zebra", "no event of this period has parent at all"),
        ("q", "attr.nope:1 attr.none:1", "no event of this period has attr.nope at all"),
        ("q", "2026 11 30 07 39 57", "a number is found"),
        ("q", "zebra", "not at other attributes of resource and scope"),
    ] {
        let page = server.ok(&format!("/api/v1/events?why=1&{}", query(&[(name, value)]))).await;
        let hints = page["hints"].as_array().unwrap();
        let told: BTreeSet<_> =
            hints.iter().map(|one| (one["parameter"].as_str(), one["value"].as_str())).collect();
        assert_eq!(told.len(), hints.len(), "one for each: {hints:?}");
        assert!(value.starts_with(hints[0]["value"].as_str().unwrap()), "{name}={value}: {hints:?}");
        let hint = page["hints"][0]["hint"].as_str().unwrap();
        assert!(hint.contains(want), "{name}={value}: {hint}");
    }
}
