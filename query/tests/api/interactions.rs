//! One interaction as a whole.

use serde_json::{Value, json};
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use crate::support::{Server, ago, ids, step};

fn at(start: UnixNanos, seconds: i64) -> UnixNanos {
    start.saturating_add(seconds * NANOS_PER_SECOND)
}

/// A journey that starts a wait, fails at an API, and hands over to a conversation two minutes later.
fn story(start: UnixNanos) -> Vec<Event> {
    let journey = |id, seconds, name: &str, status: &str| {
        step(id, at(start, seconds), name, status)
            .cell(Column::OccurredIn, "journey")
            .cell(Column::Object, "Order updates")
            .cell(Column::Version, "14")
    };
    vec![
        // Arrives last, though it happened first.
        journey(2, 5, "journey.api.called", "in_progress").cell(Column::SpanId, "00000000000000aa").build(),
        journey(3, 7, "journey.api.called", "failure").cell(Column::SpanId, "00000000000000aa").build(),
        step(4, at(start, 140), "conversation.assigned", "success")
            .cell(Column::OccurredIn, "conversation")
            .cell(Column::Conversation, "c-1")
            .build(),
        journey(1, 0, "custom.wait", "in_progress").build(),
    ]
}

#[tokio::test]
async fn it_is_told_from_start_to_end() {
    let start = ago(600);
    let server = Server::with(story(start)).await;
    let told = server.ok("/api/v1/interactions/i-1").await;
    assert_eq!(ids(&told), [1, 2, 3, 4]);
    assert_eq!((&told["interaction"], &told["complete"]), (&json!("i-1"), &json!(true)));
    assert_eq!(told["people"], json!(["p-1"]));
    assert_eq!(told["conversations"], json!(["c-1"]));
    assert_eq!(told["contexts"], json!(["journey", "conversation"]));
    assert_eq!(
        told["objects"][0],
        json!({"object": "Order updates", "version": "14", "occurred_in": "journey"})
    );
    assert_eq!(told["first_failure"]["place"], 2);
    assert_eq!(told["outcome"], json!({"finished": false, "failures": 1, "last_status": "success"}));
    assert_eq!(told["took_nanos"], 140 * NANOS_PER_SECOND);
    assert_eq!(told["busy_nanos"], 7 * NANOS_PER_SECOND);
    assert_eq!(told["gaps"].as_array().unwrap().len(), 1);
    assert_eq!(told["gaps"][0]["nanos"], 133 * NANOS_PER_SECOND);
    let spans: Vec<(Value, Value, Value)> = told["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| (span["event"].clone(), span["joined_by"].clone(), span["open"].clone()))
        .collect();
    let want = [
        (json!("custom.wait"), Value::Null, json!(true)),
        (json!("journey.api.called"), json!("span_id"), json!(false)),
    ];
    assert_eq!(spans, want);
}

#[tokio::test]
async fn equal_times_are_in_the_senders_order() {
    let time = ago(60);
    let numbered = |id, count: &str| step(id, time, "x", "success").cell(Column::Sequence, count).build();
    let server =
        Server::with(vec![numbered(1, "10"), numbered(2, "9"), step(3, time, "x", "success").build()]).await;
    assert_eq!(ids(&server.ok("/api/v1/interactions/i-1").await), [2, 1, 3]);
}

#[tokio::test]
async fn more_than_ten_thousand_steps_are_cut_and_said_so() {
    let start = ago(3_600);
    let events =
        (1..=10_050_u128).map(|id| step(id, start.saturating_add(id as i64), "x", "success").build());
    let server = Server::with(events.collect()).await;
    let told = server.ok("/api/v1/interactions/i-1").await;
    assert_eq!(told["complete"], false);
    assert_eq!(ids(&told), (1..=10_000).collect::<Vec<u128>>());
}
