//! Backpressure: what is not taken now is told so, with a hint that senders understand.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use steplog_exporter::ReceiverSettings;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::clients::{export, http1, post_json, post_protobuf, talk};
use crate::support::requests::{many, one, record, request, string};
use crate::support::store::Answer;
use crate::support::{settings, start, start_with};

const JSON: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.b"}]}]}]}"#;

#[tokio::test]
async fn busy_unwritable_and_stopping_are_retryable_everywhere() {
    let server = start().await;
    for (answer, http_status, seconds) in [
        (Answer::Busy(Duration::from_millis(1)), 429, 1),
        (Answer::Busy(Duration::from_millis(2_500)), 429, 3),
        (Answer::Unwritable(Duration::from_secs(60)), 503, 5),
        (Answer::Stopping, 503, 1),
    ] {
        server.store.answer(answer.clone());
        let status = export(server.grpc, one("a.b")).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{answer:?}");
        let hint = status.get_details_retry_info().unwrap().retry_delay;
        assert_eq!(hint, Some(Duration::from_secs(seconds)), "{answer:?}");
        let trailer = status.metadata().get_bin("google.rpc.retryinfo-bin").unwrap().to_bytes().unwrap();
        let info = tonic_types::pb::RetryInfo::decode(trailer).unwrap();
        assert_eq!(info.retry_delay.unwrap().seconds, seconds as i64, "{answer:?}");

        let protobuf = post_protobuf(&server.logs_url(), one("a.b").encode_to_vec()).await;
        assert_eq!(protobuf.status, http_status, "{answer:?}");
        assert_eq!(protobuf.header("retry-after"), Some(&*seconds.to_string()), "{answer:?}");
        let status = protobuf.status_message();
        assert_eq!(status.code, i32::from(Code::Unavailable));
        assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");

        let json = post_json(&server.logs_url(), JSON).await;
        assert_eq!(json.status, http_status, "{answer:?}");
        assert_eq!(json.header("retry-after"), Some(&*seconds.to_string()));
        let body = json.json();
        assert_eq!(body["details"][0]["retryDelay"], format!("{seconds}s"));
    }
    server.store.answer(Answer::Take);
    export(server.grpc, one("a.b")).await.unwrap();
}

#[tokio::test]
async fn the_reason_is_told() {
    let server = start().await;
    server.store.answer(Answer::Unwritable(Duration::from_secs(1)));
    let status = export(server.grpc, one("a.b")).await.unwrap_err();
    assert!(status.message().contains("the disk is full"), "{}", status.message());
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_not_waited_for_long() {
    let server = start_with(ReceiverSettings { otlp_store_seconds: 1, ..settings() }).await;
    server.store.answer(Answer::Never);
    let url = server.logs_url();
    let (grpc, http) =
        tokio::join!(export(server.grpc, one("a.b")), post_protobuf(&url, one("a.b").encode_to_vec()));
    assert_eq!(grpc.unwrap_err().code(), Code::Unavailable);
    assert_eq!(http.status, 503);
}

/// Room for two of what `large` makes, not for three.
const IN_FLIGHT_BYTES: usize = (2 << 20) + (64 << 10);

/// A request a little below a mebibyte, nearly all of it text.
fn large() -> ExportLogsServiceRequest {
    let text = "all work and no play ".repeat(3_000);
    let records = (0..13).map(|n| LogRecord { body: Some(string(&text)), ..record(&format!("x.{n}")) });
    let large = request(records.collect());
    assert!(large.encoded_len() > 800 << 10 && large.encoded_len() < 1 << 20);
    large
}

#[tokio::test]
async fn a_full_budget_refuses_early_and_recovers() {
    let settings =
        ReceiverSettings { otlp_request_bytes: 1 << 20, otlp_in_flight_bytes: IN_FLIGHT_BYTES, ..settings() };
    let server = start_with(settings).await;
    server.store.answer(Answer::Hold);
    let large = large();
    // Two are held by the store, a third does not fit.
    let mut held = tokio::task::JoinSet::new();
    for _ in 0..2 {
        held.spawn(export(server.grpc, large.clone()));
    }
    server.store.wait_for_batches(2).await;
    let status = export(server.grpc, large.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
    let answer = post_protobuf(&server.logs_url(), large.encode_to_vec()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    // What inflates beyond the budget is refused alike, although it is small on the wire.
    let headers = [("content-type", "application/x-protobuf"), ("content-encoding", "zstd")];
    let body = crate::support::compress::compress("zstd", &large.encode_to_vec());
    let answer = crate::support::clients::post(&server.logs_url(), &headers, body).await;
    assert_eq!(answer.status, 429);
    assert_eq!(server.store.batches(), 2, "nothing of it reached the store");
    server.store.answer(Answer::Take);
    while let Some(done) = held.join_next().await {
        done.unwrap().unwrap();
    }
    export(server.grpc, large).await.unwrap();
}

#[tokio::test]
async fn a_slow_body_is_closed_with_a_retryable_answer() {
    let server = start_with(ReceiverSettings { otlp_body_seconds: 1, ..settings() }).await;
    let body = one("a.b").encode_to_vec();
    let whole = http1("", &body);
    // All but the last byte, and then nothing. Others do not notice.
    let slow = talk(server.http, &whole[..whole.len() - 1]);
    let (answer, other) = tokio::join!(slow, export(server.grpc, one("meanwhile")));
    other.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("retry-after: 1"), "{answer}");
}

#[tokio::test]
async fn a_sender_that_hangs_up_frees_its_room() {
    let settings = ReceiverSettings {
        otlp_request_bytes: 1 << 20,
        otlp_in_flight_bytes: IN_FLIGHT_BYTES,
        otlp_store_seconds: 3_600,
        ..settings()
    };
    let server = start_with(settings).await;
    server.store.answer(Answer::Never);
    let large = large();
    for round in 1..=2 {
        let export = export(server.grpc, large.clone());
        tokio::select! {
            done = export => panic!("the store never answers: {done:?}"),
            () = server.store.wait_for_batches(round) => {}
        }
        // Here the call is dropped and its connection closed.
    }
    // Two more fit only once the receiver has noticed, which it does at its own pace.
    server.store.answer(Answer::Take);
    while export(server.grpc, large.clone()).await.is_err() {}
}

#[tokio::test]
async fn events_that_are_much_larger_than_their_bytes_are_counted_as_large() {
    let settings =
        ReceiverSettings { otlp_request_bytes: 1 << 20, otlp_in_flight_bytes: 4 << 20, ..settings() };
    let server = start_with(settings).await;
    server.store.answer(Answer::Hold);
    // Some 70 bytes a record on the wire, and many times that as an event.
    let small_records = many("x", 5_000);
    assert!(small_records.encoded_len() < 400 << 10);
    let held = tokio::spawn(export(server.grpc, small_records.clone()));
    server.store.wait_for_batches(1).await;
    let status = export(server.grpc, small_records.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    server.store.answer(Answer::Take);
    held.await.unwrap().unwrap();
    export(server.grpc, small_records).await.unwrap();
}
