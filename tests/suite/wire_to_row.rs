//! The thin path: one record over each transport becomes a row that the API and the command line find.

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use serde_json::{Value, json};
use steplog_load::otlp_client::reply::Reply;
use steplog_load::otlp_client::{Compression, Message, Protocol};
use steplog_model::time::UnixNanos;

use crate::support::otlp::{attribute, message, now, record, request, string};
use crate::support::{Server, errors, otlp_json, run};

const ACCEPTED: Reply = Reply::Accepted { rejected: 0, message: String::new() };

/// A record that fills every column of the page.
fn full(interaction: &str) -> LogRecord {
    let texts = [
        ("steplog.person.id", "person-7"),
        ("steplog.conversation.id", "conv-7"),
        ("steplog.context.type", "journey"),
        ("steplog.object.name", "Welcome"),
        ("steplog.object.version", "15"),
        ("steplog.element.name", "Send SMS"),
        ("steplog.actor.id", "journey-engine"),
        ("steplog.event.status", "failed"),
        ("steplog.event.status_reason", "no route"),
        ("order.number", "A-4711"),
    ];
    let mut record = record("journey.message.sent", interaction);
    record.attributes.extend(texts.map(|(key, text)| attribute(key, string(text))));
    record.body = Some(string("Die Zustellung über den Anbieter ist gescheitert"));
    record
}

fn want(record: &LogRecord, interaction: &str) -> Value {
    let time = UnixNanos(record.time_unix_nano.cast_signed()).to_string();
    json!({
        "time": time, "event": "journey.message.sent", "status": "failure", "occurred_in": "journey",
        "object": "Welcome", "version": "15", "element": "Send SMS", "performed_by": "journey-engine",
        "person": "person-7", "interaction": interaction, "conversation": "conv-7", "reason": "no route",
    })
}

#[track_caller]
fn check_row(row: &Value, want: &Value) {
    for (column, value) in want.as_object().unwrap() {
        assert_eq!(&row[column], value, "{column} of {row}");
    }
}

#[tokio::test]
async fn a_record_becomes_a_row_over_every_transport() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let mut sent = Vec::new();
    for (protocol, interaction) in [(Protocol::Grpc, "i-grpc"), (Protocol::Http, "i-http")] {
        let record = full(interaction);
        let reply = server.sender(protocol).send(&message(&request(vec![record.clone()]))).await;
        assert_eq!(reply, ACCEPTED);
        sent.push((interaction, record));
    }
    let record = full("i-json");
    let scope_logs = json!([{"logRecords": [otlp_json::log_record(&record)]}]);
    let body = json!({"resourceLogs": [{"scopeLogs": scope_logs}]}).to_string();
    let post = reqwest::Client::new().post(format!("http://{}/v1/logs", server.address("http")));
    let answer = post.header("content-type", "application/json").body(body).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, "{}".to_owned()));
    sent.push(("i-json", record));
    server.searchable().await;
    for (interaction, record) in &sent {
        let want = want(record, interaction);
        for question in
            ["", "&q=Zustellung", "&q=%22den+anbieter%22", "&attr.order.number=A-4711", "&status=!success"]
        {
            let page = server.get(&format!("/api/v1/events?interaction={interaction}{question}")).await;
            assert_eq!(page["events"].as_array().unwrap().len(), 1, "{interaction}{question}: {page}");
            check_row(&page["events"][0], &want);
        }
        let page = server.get(&format!("/api/v1/events?interaction={interaction}")).await;
        let event = server.event(page["events"][0]["id"].as_str().unwrap()).await;
        check_row(&event, &want);
        assert_eq!(event["record"]["logRecord"], otlp_json::log_record(record));
    }
    search_finds(&server, directory.path()).await;
    server.stop().await;
}

/// `steplog search` gives the same rows, as lines of JSON where nobody looks.
async fn search_finds(server: &Server, directory: &std::path::Path) {
    let url = format!("http://{}", server.address("listen"));
    let args = ["search", "zustellung", "--person", "person-7", "--status", "failure", "--sort", "time"];
    let output = run(directory, &[&args[..], &["--server", &url]].concat()).await;
    let rows: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let interactions: Vec<_> = rows.iter().map(|row| row["interaction"].as_str().unwrap()).collect();
    assert_eq!(interactions, ["i-grpc", "i-http", "i-json"], "{}", errors(&output));
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart_and_comes_once() {
    let directory = tempfile::tempdir().unwrap();
    let request = message(&request(vec![record("a.step", "i-once"), record("b.step", "i-once")]));
    for place in 0..6 {
        let server = Server::start(directory.path()).await;
        // A sender that did not hear the acknowledgement sends again.
        let protocol = if place % 2 == 0 { Protocol::Grpc } else { Protocol::Http };
        let reply = server.sender(protocol).send(&request).await;
        let Reply::Accepted { rejected: 0, message } = &reply else { panic!("{reply:?}") };
        let told = "2 log records were stored before and are not stored again";
        assert_eq!(message.contains(told), place > 0, "{message}");
        server.searchable().await;
        let page = server.get("/api/v1/events?interaction=i-once").await;
        assert_eq!(page["events"].as_array().unwrap().len(), 2, "{page}");
        server.stop().await;
    }
}

#[tokio::test]
async fn events_of_the_same_moment_keep_their_order_over_pages() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let time = now();
    let records =
        (0..25).map(|n| LogRecord { time_unix_nano: time, ..record(&format!("step.{n}"), "i-same") });
    let reply = server.sender(Protocol::Grpc).send(&message(&request(records.collect()))).await;
    assert_eq!(reply, ACCEPTED);
    server.searchable().await;
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("/api/v1/events?interaction=i-same&limit=7&sort=time{cursor}")).await;
        names.extend(page["events"].as_array().unwrap().iter().map(|event| event["event"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let want: Vec<_> = (0..25).map(|n| Value::from(format!("step.{n}"))).collect();
    assert_eq!(names, want);
    server.stop().await;
}

#[tokio::test]
async fn requests_come_compressed_in_each_way() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let mut want = Vec::new();
    for protocol in [Protocol::Grpc, Protocol::Http] {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let name = format!("{protocol:?}.{compression:?}");
            let bytes = request(vec![record(&name, "i-compressed")]).encode_to_vec();
            let message = Message::new(bytes.into(), compression).unwrap();
            assert_eq!(server.sender(protocol).send(&message).await, ACCEPTED, "{name}");
            want.push(name);
        }
    }
    server.searchable().await;
    let page = server.get("/api/v1/events?interaction=i-compressed&sort=time").await;
    let events = page["events"].as_array().unwrap().iter();
    let found: Vec<_> = events.map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(found, want);
    server.stop().await;
}
