//! One interaction as a whole.

use serde_json::{Value, json};
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::testing::build::EventBuilder;
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

/// A model call is told at its end: while it ran, the interaction was not idle, nor did it begin later.
#[tokio::test]
async fn what_is_told_at_its_end_counts_from_its_begin() {
    let start = ago(600);
    let ended = |id, seconds, took: i64| {
        let nanos = (took * NANOS_PER_SECOND).cast_unsigned();
        step(id, at(start, seconds), "gen_ai.client.call", "success").duration_nanos(nanos).build()
    };
    // The second call runs from 100 to 150 and the third within it.
    let events = vec![ended(1, 50, 50), ended(2, 120, 10), ended(3, 150, 50), ended(4, 151, 0)];
    let server = Server::with(events).await;
    let told = server.ok("/api/v1/interactions/i-1").await;
    assert_eq!(
        (&told["started"], &told["took_nanos"]),
        (&json!(start.to_string()), &json!(151_000_000_000_i64))
    );
    let gaps = told["gaps"].as_array().unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(
        (&gaps[0]["nanos"], &gaps[0]["to"]),
        (&json!(50_000_000_000_i64), &json!(at(start, 100).to_string()))
    );
    assert_eq!(told["busy_nanos"], 101 * NANOS_PER_SECOND);
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
    assert_eq!(told["prev"], Value::Null);
    let next = told["next"].as_str().unwrap();
    let rest = server.ok(&format!("/api/v1/interactions/i-1?cursor={next}")).await;
    assert_eq!(ids(&rest), (10_001..=10_050).collect::<Vec<u128>>());
    assert_eq!((&rest["next"], &rest["complete"]), (&Value::Null, &json!(false)));
    let back = format!("/api/v1/interactions/i-1?cursor={}", rest["prev"].as_str().unwrap());
    assert_eq!(ids(&server.ok(&back).await), (1..=10_000).collect::<Vec<u128>>());
    let other = server.get(&format!("/api/v1/interactions/i-2?cursor={next}")).await;
    assert_eq!(other.json()["errors"][0]["parameter"], "cursor");
}

#[tokio::test]
async fn each_step_has_its_lane() {
    let start = ago(600);
    let server = Server::with(story(start)).await;
    let told = server.ok("/api/v1/interactions/i-1").await;
    let lanes = json!([
        {"context": "journey", "object": "Order updates", "version": "14", "events": 3, "failures": 1},
        {"context": "conversation", "object": null, "version": null, "events": 1, "failures": 0},
    ]);
    assert_eq!(told["lanes"], lanes);
    let of_steps: Vec<_> =
        told["events"].as_array().unwrap().iter().map(|step| step["lane"].clone()).collect();
    assert_eq!(of_steps, [0, 0, 0, 1]);
    assert!(told["spans"].as_array().unwrap().iter().all(|span| span["lane"] == 0));
    assert_eq!(
        told["versions"],
        json!([{"object": "Order updates", "version": "14", "occurred_in": "journey"}])
    );
}

#[tokio::test]
async fn what_was_said_is_a_transcript() {
    let start = ago(600);
    let on = |id, seconds, name: &str, status: &str, context: &str| {
        step(id, at(start, seconds), name, status)
            .cell(Column::OccurredIn, context)
            .cell(Column::Channel, "sms")
    };
    let events = vec![
        on(1, 0, "journey.message.sent", "success", "journey")
            .cell(Column::Object, "Order updates")
            .attribute("message.text", "Your parcel is late")
            .attribute("message.id", "m-1")
            .build(),
        on(2, 1, "message.delivered", "success", "message").attribute("message.id", "m-1").build(),
        on(3, 2, "message.seen", "success", "message").attribute("message.id", "m-1").build(),
        on(4, 9, "chatbot.message.received", "success", "chatbot").body("Where is it?").build(),
        on(5, 10, "conversation.message.sent", "success", "conversation")
            .cell(Column::PerformedBy, "Mara Lind")
            .cell(Column::PerformedByType, "agent")
            .body("On its way")
            .attribute("message.id", "m-2")
            .build(),
        on(6, 11, "message.undeliverable", "failure", "message")
            .cell(Column::Reason, "blocked")
            .attribute("message.id", "m-2")
            .build(),
        on(7, 12, "journey.api.called", "success", "journey").body("no message").build(),
    ];
    let server = Server::with(events).await;
    let told = server.ok("/api/v1/interactions/i-1").await;
    let messages = told["messages"].as_array().unwrap();
    let said: Vec<_> = messages
        .iter()
        .map(|message| {
            let from = &message["from"];
            (message["text"].clone(), from["role"].clone(), from["name"].clone(), message["delivery"].clone())
        })
        .collect();
    let want = [
        (json!("Your parcel is late"), json!("system"), json!("Order updates"), json!("seen")),
        (json!("Where is it?"), json!("person"), json!("p-1"), Value::Null),
        (json!("On its way"), json!("agent"), json!("Mara Lind"), json!("failed")),
    ];
    assert_eq!(said, want);
    assert_eq!(messages[2]["reason"], "blocked");
    assert_eq!(messages[0]["to"]["role"], "person");
}

/// Who said what, and how far it came.
fn said(told: &Value) -> Vec<String> {
    let line = |message: &Value| {
        let [from, to] = ["from", "to"].map(|side| message[side]["name"].as_str().unwrap_or("nobody"));
        let delivery = message["delivery"].as_str().map(|state| format!(", {state}")).unwrap_or_default();
        format!("{from} to {to}: {}{delivery}", message["text"].as_str().unwrap())
    };
    told["messages"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn messages_of_several_speakers_stay_apart_without_ids() {
    let start = ago(600);
    let chat = |id, seconds, name: &str, text: &str| {
        step(id, at(start, seconds), name, "success").cell(Column::Channel, "whatsapp").body(text)
    };
    let of = |id, seconds, person: &str, text: &str| {
        chat(id, seconds, "conversation.message.received", text)
            .cell(Column::OccurredIn, "conversation")
            .cell(Column::Person, person)
            .build()
    };
    let by = |id, seconds, colleague: &str, text: &str| {
        chat(id, seconds, "conversation.message.sent", text)
            .cell(Column::OccurredIn, "conversation")
            .cell(Column::PerformedBy, colleague)
            .cell(Column::PerformedByType, "agent")
            .build()
    };
    let way = |id, seconds, name: &str, person: &str, text: &str| {
        chat(id, seconds, name, text)
            .cell(Column::OccurredIn, "message")
            .cell(Column::Object, "Group")
            .cell(Column::Person, person)
            .build()
    };
    let events = vec![
        of(1, 1, "Ana", "ok"),
        of(2, 1, "Ben", "ok"),
        of(3, 2, "Ana", "where do we meet?"),
        by(4, 3, "Mara", "at noon"),
        by(5, 3, "Ivo", "at noon"),
        // To each of them, with nothing but their texts to tell them apart; then how it went.
        way(6, 100, "message.sent", "Ana", "at the fountain"),
        way(7, 101, "message.sent", "Ana", "bring a coat"),
        way(8, 102, "message.sent", "Ben", "bring a coat"),
        way(9, 103, "message.delivered", "Ben", "on the handset"),
        way(10, 104, "message.delivered", "Ana", "on the handset"),
        way(11, 105, "message.sent", "Ana", "see you"),
    ];
    let told = Server::with(events).await.ok("/api/v1/interactions/i-1").await;
    let want = [
        "Ana to nobody: ok",
        "Ben to nobody: ok",
        "Ana to nobody: where do we meet?",
        "Mara to p-1: at noon",
        "Ivo to p-1: at noon",
        "Group to Ana: at the fountain, sent",
        "Group to Ana: bring a coat, delivered",
        "Group to Ben: bring a coat, delivered",
        "Group to Ana: see you, sent",
    ];
    assert_eq!(said(&told), want);
}

#[tokio::test]
async fn an_id_that_two_sides_give_is_of_two_messages() {
    let start = ago(600);
    let with = |id, seconds, name: &str, text: &str| {
        step(id, at(start, seconds), name, "success")
            .attribute("message.id", "m-1")
            .attribute("message.text", text)
    };
    let events = vec![
        with(1, 1, "chatbot.message.received", "Hello").cell(Column::Object, "Bot").build(),
        // The journey that waited for it.
        with(2, 2, "journey.message.received", "Hello").build(),
        // The answer, by the id of what it answers; and another person's words.
        with(3, 3, "chatbot.message.sent", "Good morning").cell(Column::Object, "Bot").build(),
        with(4, 4, "chatbot.message.received", "Hello").cell(Column::Person, "Ben").build(),
    ];
    let told = Server::with(events).await.ok("/api/v1/interactions/i-1").await;
    assert_eq!(said(&told), ["p-1 to Bot: Hello", "Bot to p-1: Good morning", "Ben to nobody: Hello"]);
}

#[tokio::test]
async fn starts_and_finishes_are_joined() {
    let start = ago(600);
    let on = |id, seconds, name: &str, status: &str, object: &str| {
        step(id, at(start, seconds), name, status).cell(Column::Object, object)
    };
    let span_id = |builder: EventBuilder, id: &str| builder.cell(Column::SpanId, id).build();
    let events = vec![
        // Two sessions of different bots, interleaved: joined by name and object.
        on(1, 0, "chatbot.session.started", "success", "one").build(),
        on(2, 1, "chatbot.session.started", "success", "two").build(),
        on(3, 2, "chatbot.session.expired", "timed_out", "one").build(),
        on(4, 9, "chatbot.session.ended", "success", "two").build(),
        // A name that nobody knows, joined to itself; the inner one of two belongs to the later start.
        on(5, 10, "acme.job", "in_progress", "x").build(),
        on(6, 11, "acme.job", "in_progress", "x").build(),
        on(7, 12, "acme.job", "success", "x").build(),
        on(8, 20, "acme.job", "failure", "x").build(),
        // Within one span id the finish may have another name; steps inside do not end it.
        span_id(on(9, 30, "agent.run", "in_progress", "y"), "00000000000000aa"),
        span_id(on(10, 31, "tool.call", "success", "z"), "00000000000000aa"),
        span_id(on(11, 35, "agent.done", "success", "y"), "00000000000000aa"),
        // A finish of what never began, and a start without a finish.
        on(12, 40, "journey.wait.ended", "success", "w").build(),
        on(13, 41, "journey.wait.started", "success", "w").build(),
    ];
    let server = Server::with(events).await;
    let told = server.ok("/api/v1/interactions/i-1").await;
    let number = |id: &Value| id.as_str().map(|id| u128::from_str_radix(id, 16).unwrap());
    let spans = told["spans"].as_array().unwrap().iter().map(|span| {
        let seconds = span["duration_nanos"].as_i64().map(|nanos| nanos / NANOS_PER_SECOND);
        (number(&span["start"]).unwrap(), number(&span["finish"]), seconds, span["status"].as_str().unwrap())
    });
    let want = [
        (1, Some(3), Some(2), "timed_out"),
        (2, Some(4), Some(8), "success"),
        (5, Some(8), Some(10), "failure"),
        (6, Some(7), Some(1), "success"),
        (9, Some(11), Some(5), "success"),
        (13, None, None, "success"),
    ];
    assert_eq!(spans.collect::<Vec<_>>(), want);
    assert_eq!(told["outcome"]["finished"], false);
}

#[tokio::test]
async fn a_journey_is_entered_and_left_at_different_elements() {
    let start = ago(600);
    let on = |id, seconds, name: &str, status: &str, element: &str| {
        let builder = step(id, at(start, seconds), name, status).cell(Column::Object, "Order updates");
        builder.cell(Column::Element, element).build()
    };
    let mut events = vec![
        on(1, 0, "journey.started", "in_progress", "Entry"),
        on(2, 1, "journey.wait.started", "success", "Wait for a reply"),
        // The end of another wait: what is part of an object is joined by its element.
        on(3, 5, "journey.wait.ended", "success", "Wait for the morning"),
        on(4, 7, "journey.wait.ended", "success", "Wait for a reply"),
    ];
    let open = Server::with(events.clone()).await.ok("/api/v1/interactions/i-1").await;
    assert_eq!(open["outcome"]["finished"], false);
    events.push(on(5, 9, "journey.ended", "success", "Exit"));
    let told = Server::with(events).await.ok("/api/v1/interactions/i-1").await;
    assert_eq!(told["outcome"]["finished"], true);
    let took = |span: &Value| span["duration_nanos"].as_i64().unwrap() / NANOS_PER_SECOND;
    assert_eq!(told["spans"].as_array().unwrap().iter().map(took).collect::<Vec<_>>(), [9, 6]);
}
