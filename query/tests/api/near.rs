//! What an empty answer offers instead, and what it says of what is never found.

use steplog_model::column::Column;

use crate::asking::query;
use crate::support::{Server, ago, step};

/// What is offered instead of each search or filter of an empty answer, which has each of these.
async fn offers(server: &Server, questions: &[(&str, &str, &str)]) {
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
    let server = Server::with(vec![event.body("checkout code -5 (\"carrier\")").build()]).await;
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
            ("q", "object:\"abandoned cart reminder\"", "object:\"Abandoned cart reminder\""),
            ("object", "Abandoned*", "Abandoned cart reminder"),
            ("q", "person:\"nna (\\\"A: B\\\") Cole\"", "person:*nna\\ \\(\\\"A\\:\\ B\\\"\\)\\ Cole"),
            // A line of another log: what of it is nowhere is left out.
            ("q", "10:20 WARN [code: -7] expired", "\"[code:\" \"-7]\" expired"),
        ],
    )
    .await;
}
