//! What success, partial success and duplicates mean.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsPartialSuccess;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;

use crate::support::clients::{Exported, export, export_raw, framed, post_json, post_protobuf};
use crate::support::requests::{attribute, many, names, one, record, request, request_of_bytes, string};
use crate::support::store::Answer;
use crate::support::{Server, start};

fn partial(exported: Exported) -> ExportLogsPartialSuccess {
    exported.unwrap().partial_success.expect("partial_success is set")
}

/// Sends the same bytes over both protocols, to a server that knows them from nowhere each; both answers must be alike.
async fn send_both(server: &Server, body: &[u8]) -> Option<ExportLogsPartialSuccess> {
    let grpc = export_raw(server.grpc, &[], framed(false, body)).await.unwrap().partial_success;
    let other = start().await;
    let http = post_protobuf(&other.logs_url(), body.to_vec()).await.exported().partial_success;
    assert_eq!(names(&server.store.events()), names(&other.store.events()));
    assert_eq!(grpc, http);
    grpc
}

#[tokio::test]
async fn bad_records_are_counted_exactly_and_the_others_kept() {
    let server = start().await;
    let good: Vec<Vec<u8>> = (0..40).map(|n| record(&format!("good.{n}")).encode_to_vec()).collect();
    let bad: &[&[u8]] = &[&[0x0a], &[0xff; 12], &[0x2a, 0x50, 1, 2]];
    let mut mixed: Vec<&[u8]> = Vec::new();
    for (n, record) in good.iter().enumerate() {
        mixed.push(record);
        if n % 4 == 0 {
            mixed.push(bad[n / 4 % bad.len()]);
        }
    }
    let answer = send_both(&server, &request_of_bytes(mixed)).await.unwrap();
    assert_eq!(answer.rejected_log_records, 10);
    assert!(answer.error_message.contains("10 log records rejected"), "{}", answer.error_message);
    let kept = names(&server.store.events());
    assert_eq!(kept.len(), 40);
    assert_eq!(kept[..40], (0..40).map(|n| format!("good.{n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_request_of_bad_records_only_is_no_failure() {
    let server = start().await;
    let answer = send_both(&server, &request_of_bytes([&[0x0a_u8][..]; 7])).await.unwrap();
    assert_eq!(answer.rejected_log_records, 7);
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn replies_stay_small_however_much_is_wrong() {
    let server = start().await;
    let answer = post_protobuf(&server.logs_url(), request_of_bytes(vec![&[0x0a_u8][..]; 50_000])).await;
    let partial = answer.exported().partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 50_000);
    assert!(answer.body.len() < 32 << 10, "{}", answer.body.len());
}

#[tokio::test]
async fn what_the_store_refuses_is_counted_too() {
    let server = start().await;
    server.store.answer(Answer::RejectEven);
    let answer = partial(export(server.grpc, many("x", 5)).await);
    assert_eq!(answer.rejected_log_records, 3);
    assert!(answer.error_message.contains("even places are refused"), "{}", answer.error_message);
    assert_eq!(names(&server.store.events()), ["x.1", "x.3"]);
}

#[tokio::test]
async fn duplicates_are_accepted_and_told() {
    let server = start().await;
    let sent = many("x", 3);
    assert_eq!(export(server.grpc, sent.clone()).await.unwrap().partial_success, None);
    for place in 0..5 {
        let answer = if place % 2 == 0 {
            post_protobuf(&server.logs_url(), sent.encode_to_vec()).await.exported().partial_success.unwrap()
        } else {
            partial(export(server.grpc, sent.clone()).await)
        };
        assert_eq!(answer.rejected_log_records, 0);
        let told = "3 log records were stored before and are not stored again";
        assert!(answer.error_message.contains(told), "{}", answer.error_message);
    }
    let events = server.store.events();
    assert_eq!(events.len(), 18, "every sending reaches the store");
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 3, "which tells them by their ids");
}

#[tokio::test]
async fn equal_records_of_one_request_are_different_events() {
    let server = start().await;
    let twin = record("same");
    export(server.grpc, request(vec![twin.clone(), twin.clone(), twin])).await.unwrap();
    let ids: std::collections::BTreeSet<_> = server.store.events().iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn records_without_id_and_time_are_never_duplicates() {
    let server = start().await;
    let timeless = LogRecord { time_unix_nano: 0, ..record("job.started") };
    let sent = request(vec![timeless.clone(), timeless]);
    for _ in 0..3 {
        assert_eq!(export(server.grpc, sent.clone()).await.unwrap().partial_success, None);
        let answer = post_protobuf(&server.logs_url(), sent.encode_to_vec()).await;
        assert_eq!(answer.exported().partial_success, None);
    }
    let ids: std::collections::BTreeSet<_> = server.store.events().iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 12);
}

#[tokio::test]
async fn records_without_a_name_are_left_out_and_told() {
    let server = start().await;
    let unnamed = LogRecord { attributes: vec![], ..record("") };
    let answer = partial(export(server.grpc, request(vec![unnamed, record("kept")])).await);
    assert_eq!(answer.rejected_log_records, 0);
    let told = "1 log record left out on purpose: there is no event name";
    assert!(answer.error_message.contains(told), "{}", answer.error_message);
    assert_eq!(names(&server.store.events()), ["kept"]);
}

#[tokio::test]
async fn times_that_are_to_come_are_a_warning() {
    let server = start().await;
    let early = record("early");
    let sent = LogRecord { time_unix_nano: early.time_unix_nano + 300_000_000_000, ..early };
    let answer = partial(export(server.grpc, request(vec![sent.clone()])).await);
    assert_eq!(answer.rejected_log_records, 0);
    assert!(answer.error_message.contains("a minute ahead"), "{}", answer.error_message);
    let event = server.store.only_event();
    assert_eq!(event.flags, steplog_model::event::Flags::TIME_AHEAD);
    assert_eq!(event.time.0.cast_unsigned(), sent.time_unix_nano, "it stays where its sender puts it");
}

#[tokio::test]
async fn implausible_times_are_a_warning() {
    let server = start().await;
    let good = record("good");
    let milliseconds = LogRecord { time_unix_nano: good.time_unix_nano / 1_000_000, ..record("millis") };
    let answer = partial(export(server.grpc, request(vec![good, milliseconds])).await);
    assert_eq!(answer.rejected_log_records, 0);
    assert!(
        answer.error_message.contains("1 log record with an implausible time"),
        "{}",
        answer.error_message
    );
    assert_eq!(server.store.events().len(), 2);
}

#[tokio::test]
async fn records_that_are_no_events_are_left_out_with_a_warning() {
    let server = start().await;
    let noise = LogRecord { attributes: vec![], ..record("event src/main.rs:42") };
    let answer = partial(export(server.grpc, request(vec![noise.clone(), record("kept"), noise])).await);
    assert_eq!(answer.rejected_log_records, 0);
    assert!(answer.error_message.contains("2 log records left out"), "{}", answer.error_message);
    assert_eq!(names(&server.store.events()), ["kept"]);
}

#[tokio::test]
async fn a_warning_in_json_has_no_count() {
    let server = start().await;
    let body =
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.b","timeUnixNano":"12"}]}]}]}"#;
    let answer = post_json(&server.logs_url(), body).await.json();
    assert_eq!(answer["partialSuccess"].get("rejectedLogRecords"), None, "{answer}");
    assert!(answer["partialSuccess"]["errorMessage"].as_str().unwrap().contains("implausible time"));
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let server = start().await;
    let mut with_unknown = record("a.b").encode_to_vec();
    steplog_model::record::wire::put_bytes_field(&mut with_unknown, 1_000, b"of a later version");
    let mut body = request_of_bytes([&with_unknown[..]]);
    steplog_model::record::wire::put_varint_field(&mut body, 99, 7);
    assert_eq!(send_both(&server, &body).await, None);
    assert_eq!(names(&server.store.events()), ["a.b"]);
}

#[tokio::test]
async fn a_uid_names_the_event_whatever_else_is_in_it() {
    let server = start().await;
    let uid = "550e8400-e29b-41d4-a716-446655440000";
    for name in ["first", "second"] {
        let mut record = record(name);
        record.attributes.push(attribute("log.record.uid", string(uid)));
        export(server.grpc, request(vec![record])).await.unwrap();
    }
    let ids: Vec<_> = server.store.events().iter().map(|event| event.id.to_string()).collect();
    assert_eq!(ids, ["550e8400e29b41d4a716446655440000"; 2]);
    export(server.grpc, one("other")).await.unwrap();
}
