//! What OTLP asks of whoever takes traces, item by item; the events that spans become are in `signals`.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message as _;
use serde_json::{Value, json};
use steplog_exporter::ReceiverSettings;
use steplog_model::column::Column;
use steplog_model::record::value::put_string_attribute;
use steplog_model::record::wire::{put_bytes_field, put_fixed64_field, put_message_field, put_varint_field};
use steplog_model::time::UnixNanos;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::clients::{Answer, framed, grpc_raw, post, post_json, post_protobuf};
use crate::support::compress::compress;
use crate::support::store::Answer as Told;
use crate::support::{Server, settings, start, start_with};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

fn now() -> u64 {
    UnixNanos::now().0.cast_unsigned()
}

/// A request with so many model calls.
fn spans(count: u64) -> Vec<u8> {
    let mut request = Vec::new();
    put_message_field(&mut request, 1, |out| {
        put_message_field(out, 2, |out| {
            for id in 1..=count {
                put_message_field(out, 2, |out| {
                    put_bytes_field(out, 1, &[7; 16]);
                    put_bytes_field(out, 2, &id.to_be_bytes());
                    put_bytes_field(out, 5, b"chat");
                    put_fixed64_field(out, 8, now());
                    put_string_attribute(out, 9, "gen_ai.operation.name", "chat");
                });
            }
        });
    });
    request
}

/// A request around spans given as JSON.
fn around(spans: &Value) -> String {
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string()
}

fn url(server: &Server) -> String {
    format!("http://{}/v1/traces", server.http)
}

async fn export(
    server: &Server,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<ExportLogsServiceResponse, tonic::Status> {
    let (response, trailers, body) = grpc_raw(server.grpc, EXPORT, headers, body).await;
    let status = tonic::Status::from_header_map(&trailers)
        .or_else(|| tonic::Status::from_header_map(response.headers()))
        .unwrap();
    if status.code() != Code::Ok {
        return Err(status);
    }
    // The messages of both signals have the same field numbers.
    Ok(ExportLogsServiceResponse::decode(body.slice(5..)).unwrap())
}

#[tokio::test]
async fn requests_without_spans_succeed_and_store_nothing() {
    let server = start().await;
    let scope = spans(0);
    for body in [Vec::new(), scope] {
        assert_eq!(
            post_protobuf(&url(&server), body.clone()).await.exported(),
            ExportLogsServiceResponse::default()
        );
        let told = export(&server, &[], framed(false, &body)).await.unwrap();
        assert_eq!(told, ExportLogsServiceResponse::default());
    }
    for body in [
        "{}",
        r#"{"resourceSpans":[]}"#,
        r#"{"resourceSpans":null}"#,
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":[]}]}]}"#,
    ] {
        assert_eq!(post_json(&url(&server), body).await.json(), json!({}), "{body}");
    }
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn a_success_is_unset_and_of_the_requests_own_type() {
    let server = start().await;
    for (content_type, body, want) in [
        ("application/x-protobuf", spans(1), "application/x-protobuf"),
        ("application/protobuf", spans(1), "application/x-protobuf"),
        ("application/x-protobuf; charset=utf-8", spans(1), "application/x-protobuf"),
        ("application/json", b"{}".to_vec(), "application/json"),
        ("application/json; charset=utf-8", b"{}".to_vec(), "application/json"),
    ] {
        let answer = post(&url(&server), &[("content-type", content_type)], body).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(want)), "{content_type}");
        assert!(matches!(&*answer.body, b"" | b"{}"), "{content_type}: {:?}", answer.body);
    }
    for content_type in ["text/plain", "application/xml", ""] {
        let answer = post(&url(&server), &[("content-type", content_type)], spans(1)).await;
        assert_eq!(answer.status, 415, "{content_type}");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = reqwest::Client::new().request(method.clone(), url(&server)).send().await.unwrap();
        let answer = Answer::of(answer).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
}

#[tokio::test]
async fn every_compression_of_grpc() {
    let server = start().await;
    for (name, written) in
        [("gzip", "gzip"), ("zstd", "zstd"), ("deflate", "deflate"), ("snappy", "x-snappy-framed")]
    {
        let body = framed(true, &compress(written, &spans(3)));
        let told = export(&server, &[("grpc-encoding", name)], body).await.unwrap();
        assert_eq!(told, ExportLogsServiceResponse::default(), "{name}");
    }
    assert_eq!(server.store.events().len(), 12);
    let told = export(&server, &[("grpc-encoding", "br")], framed(true, &spans(1))).await.unwrap_err();
    assert_eq!(told.code(), Code::Unimplemented, "{told:?}");
}

#[tokio::test]
async fn too_large_is_final_before_and_after_inflating() {
    let server = start_with(ReceiverSettings { otlp_request_bytes: 10_000, ..settings() }).await;
    let large = spans(500);
    let small = compress("gzip", &large);
    assert!(large.len() > 10_000 && small.len() < 10_000);
    let gzip = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    for answer in
        [post_protobuf(&url(&server), large.clone()).await, post(&url(&server), &gzip, small.clone()).await]
    {
        assert_eq!((answer.status, answer.header("retry-after")), (413, None));
        assert_eq!(answer.status_message().code, i32::from(Code::ResourceExhausted));
    }
    for (headers, body) in
        [(vec![], framed(false, &large)), (vec![("grpc-encoding", "gzip")], framed(true, &small))]
    {
        let told = export(&server, &headers, body).await.unwrap_err();
        assert_eq!(told.code(), Code::ResourceExhausted, "{told:?}");
        assert!(told.get_details_retry_info().is_none(), "{told:?}");
    }
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn what_cannot_be_decoded_is_refused_for_good_in_the_requests_own_type() {
    let server = start().await;
    let protobuf = post_protobuf(&url(&server), "certainly no protobuf").await;
    assert_eq!(protobuf.status, 400);
    let status = protobuf.status_message();
    assert_eq!(status.code, i32::from(Code::InvalidArgument));
    assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.BadRequest");
    for body in ["", "{", "[]", "7", r#"{"resourceSpans":7}"#] {
        let answer = post_json(&url(&server), body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["code"], i32::from(Code::InvalidArgument), "{body}");
    }
    let told = export(&server, &[], framed(false, b"certainly no protobuf")).await.unwrap_err();
    assert_eq!(told.code(), Code::InvalidArgument);
    assert!(told.get_details_bad_request().is_some() && told.get_details_retry_info().is_none(), "{told:?}");
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn what_is_not_taken_now_is_retryable() {
    let server = start().await;
    for (told, http_status, seconds) in [
        (Told::Busy(Duration::from_millis(2_500)), 429, 3),
        (Told::Unwritable(Duration::from_secs(60)), 503, 5),
        (Told::Stopping, 503, 1),
    ] {
        server.store.answer(told.clone());
        let status = export(&server, &[], framed(false, &spans(1))).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{told:?}");
        assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(Duration::from_secs(seconds)));
        assert!(
            status.metadata().get_bin("google.rpc.retryinfo-bin").is_some(),
            "Python's exporter reads this one"
        );
        let answer = post_protobuf(&url(&server), spans(1)).await;
        assert_eq!((answer.status, answer.header("retry-after")), (http_status, Some(&*seconds.to_string())));
        assert_eq!(answer.status_message().code, i32::from(Code::Unavailable));
    }
}

#[tokio::test]
async fn bad_spans_are_rejected_alone_and_told_in_few_words() {
    let server = start().await;
    let good = json!({"spanId": "0101010101010101", "name": "chat", "endTimeUnixNano": now().to_string(),
        "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]});
    let mut all = vec![json!("x".repeat(1_000)); 3_000];
    all.push(good);
    let answer = post_json(&url(&server), around(&all.into())).await;
    assert_eq!(answer.json()["partialSuccess"]["rejectedSpans"], "3000");
    assert!(answer.body.len() < 32 << 10, "{} bytes; Collectors retried long answers", answer.body.len());
    assert_eq!(server.store.only_event().value(Column::Event), Some("ai_agent.model.called"));
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_the_same_events() {
    let server = start().await;
    let request = spans(3);
    for _ in 0..2 {
        assert_eq!(post_protobuf(&url(&server), request.clone()).await.status, 200);
    }
    export(&server, &[], framed(false, &request)).await.unwrap();
    let ids: std::collections::BTreeSet<_> = server.store.events().iter().map(|event| event.id).collect();
    assert_eq!((ids.len(), server.store.events().len()), (3, 9), "the store keeps one of each");
}

#[tokio::test]
async fn fields_of_later_versions_are_passed_over() {
    let server = start().await;
    let mut request = spans(1);
    put_varint_field(&mut request, 99, 7);
    put_message_field(&mut request, 1, |out| {
        put_bytes_field(out, 98, b"later");
        put_message_field(out, 2, |out| {
            put_message_field(out, 2, |out| {
                put_bytes_field(out, 2, &[9; 8]);
                put_bytes_field(out, 97, b"later");
                put_fixed64_field(out, 8, now());
                put_string_attribute(out, 9, "gen_ai.operation.name", "chat");
            });
            put_varint_field(out, 96, 7);
        });
    });
    let answer = post_protobuf(&url(&server), request).await;
    assert_eq!(answer.exported(), ExportLogsServiceResponse::default());
    assert_eq!(server.store.events().len(), 2);
}

/// What senders write for one and the same span.
fn variants() -> Vec<(&'static str, Value)> {
    let value = |value: Value| json!([{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}, {"key": "k", "value": value}]);
    vec![
        ("as the specification has it", json!({})),
        ("numbers for times", json!({"endTimeUnixNano": now()})),
        ("names of enums", json!({"kind": "SPAN_KIND_CLIENT", "status": {"code": "STATUS_CODE_UNSET"}})),
        ("enums as texts of digits", json!({"kind": "3"})),
        (
            "ids in capitals",
            json!({"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174"}),
        ),
        (
            "nulls",
            json!({"status": null, "events": null, "links": null, "parentSpanId": null, "traceState": null, "flags": null}),
        ),
        ("an unknown member", json!({"later": {"deep": [1, {"x": null}]}})),
        ("a parent that is none", json!({"parentSpanId": ""})),
        ("an empty list", json!({"attributes": value(json!({"arrayValue": {}}))})),
        ("an empty map", json!({"attributes": value(json!({"kvlistValue": {}}))})),
        ("an empty value", json!({"attributes": value(json!({}))})),
        ("not a number", json!({"attributes": value(json!({"doubleValue": "NaN"}))})),
        ("an integer as a double", json!({"attributes": value(json!({"intValue": 10.0}))})),
        ("bytes without padding", json!({"attributes": value(json!({"bytesValue": "AQI"}))})),
        (
            "counts as texts",
            json!({"droppedAttributesCount": "1", "droppedEventsCount": "2", "droppedLinksCount": 3}),
        ),
    ]
}

#[tokio::test]
async fn json_is_read_as_senders_write_it() {
    let server = start().await;
    for (number, (name, members)) in variants().into_iter().enumerate() {
        let mut span = json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": format!("eee19b7ec3c1b1{number:02x}"),
            "name": "chat", "kind": 3, "startTimeUnixNano": now().to_string(), "endTimeUnixNano": now().to_string(),
            "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]});
        let all = span.as_object_mut().unwrap();
        members
            .as_object()
            .unwrap()
            .iter()
            .for_each(|(key, value)| drop(all.insert(key.clone(), value.clone())));
        let answer = post_json(&url(&server), around(&json!([span]))).await;
        assert_eq!((answer.status, answer.json()), (200, json!({})), "{name}");
        let events = server.store.events();
        let event = events.last().unwrap();
        assert_eq!(
            (events.len(), event.value(Column::Event)),
            (number + 1, Some("ai_agent.model.called")),
            "{name}"
        );
        assert_eq!(event.value(Column::TraceId), Some("5b8efff798038103d269b633813fc60c"), "{name}");
        assert_eq!(event.value(Column::Status), Some("success"), "{name}");
    }
    // The reader of the Collector takes both spellings.
    let span = json!({"trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "00000000000000ff", "name": "chat",
        "end_time_unix_nano": now().to_string(), "attributes": [{"key": "gen_ai.operation.name", "value": {"string_value": "chat"}}]});
    let request = json!({"resource_spans": [{"scope_spans": [{"spans": [span]}]}]});
    assert_eq!(post_json(&url(&server), request.to_string()).await.json(), json!({}));
    assert_eq!(server.store.events().len(), variants().len() + 1);
}

#[tokio::test]
async fn ids_that_are_none_are_no_trace_and_cost_no_span() {
    let server = start().await;
    for (trace, span) in [("", ""), ("00000000000000000000000000000000", "0000000000000000"), ("xyz", "xyz")]
    {
        let span = json!({"traceId": trace, "spanId": span, "name": "chat", "endTimeUnixNano": now().to_string(),
            "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]});
        let answer = post_json(&url(&server), around(&json!([span]))).await;
        assert_eq!(answer.status, 200, "{trace}");
        let events = server.store.events();
        let event = events.last().unwrap();
        assert_eq!((event.value(Column::TraceId), event.value(Column::SpanId)), (None, None), "{trace}");
    }
    assert_eq!(server.store.events().len(), 3);
}

#[tokio::test]
async fn browsers_are_let_in_by_their_origin() {
    let origins = vec!["https://shop.example".to_owned()];
    let server = start_with(ReceiverSettings { otlp_cors_origins: origins, ..settings() }).await;
    let ask = async |method: Method| {
        let request =
            reqwest::Client::new().request(method, url(&server)).header("origin", "https://shop.example");
        let request = request
            .header("access-control-request-method", "POST")
            .header("content-type", "application/json");
        Answer::of(request.body("{}").send().await.unwrap()).await
    };
    for method in [Method::OPTIONS, Method::POST] {
        let answer = ask(method.clone()).await;
        assert!(answer.status < 300, "{method}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"), "{method}");
    }
}
