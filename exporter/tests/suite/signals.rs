//! Traces and metrics, by both protocols.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message as _;
use steplog_model::column::Column;
use steplog_model::record::value::put_string_attribute;
use steplog_model::record::wire::{put_bytes_field, put_fixed64_field, put_message_field, put_varint_field};
use steplog_model::time::UnixNanos;

use crate::support::clients::{framed, grpc_raw, post, post_json, post_protobuf};
use crate::support::compress::compress;
use crate::support::start;

const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// A request with a model call and a span of no interest, the former told from others by its id.
fn traces(id: u8) -> Vec<u8> {
    let end = u64::try_from(UnixNanos::now().0).unwrap();
    let span = |out: &mut Vec<u8>, attribute: &str| {
        put_message_field(out, 2, |out| {
            put_bytes_field(out, 1, &[7; 16]);
            put_bytes_field(out, 2, &[id; 8]);
            put_bytes_field(out, 5, b"chat gpt-5-mini");
            put_fixed64_field(out, 7, end - 5_000_000);
            put_fixed64_field(out, 8, end);
            put_string_attribute(out, 9, attribute, "chat");
            put_string_attribute(out, 9, "gen_ai_not.request.model", "x");
        });
    };
    let mut request = Vec::new();
    put_message_field(&mut request, 1, |out| {
        put_message_field(out, 2, |out| {
            span(out, "gen_ai.operation.name");
            span(out, "http.route");
        });
    });
    request
}

/// A request with three data points.
fn metrics() -> Vec<u8> {
    let mut request = Vec::new();
    put_message_field(&mut request, 1, |out| {
        put_message_field(out, 2, |out| {
            for kind in [5, 7] {
                put_message_field(out, 2, |out| {
                    put_bytes_field(out, 1, b"requests");
                    put_message_field(out, kind, |out| {
                        (5..kind).for_each(|_| put_varint_field(out, 2, 1));
                        put_message_field(out, 1, |out| put_fixed64_field(out, 6, 1));
                        if kind == 5 {
                            put_message_field(out, 1, |out| put_fixed64_field(out, 6, 1));
                        }
                    });
                });
            }
        });
    });
    request
}

/// What a call is answered; the messages of all signals have the same field numbers.
async fn call(address: std::net::SocketAddr, path: &str, message: &[u8]) -> ExportLogsServiceResponse {
    let (response, trailers, body) = grpc_raw(address, path, &[], framed(false, message)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(trailers["grpc-status"], "0", "{trailers:?}");
    ExportLogsServiceResponse::decode(body.slice(5..)).unwrap()
}

#[tokio::test]
async fn spans_are_events_by_every_protocol_and_compression() {
    let server = start().await;
    let url = format!("http://{}/v1/traces", server.http);
    let mut answers = vec![call(server.grpc, TRACES, &traces(1)).await];
    answers.push(post_protobuf(&url, traces(2)).await.exported());
    for (id, encoding) in (3..).zip(["gzip", "zstd", "deflate", "snappy", "lz4"]) {
        let body = Bytes::from(compress(encoding, &traces(id)));
        let headers = [("content-type", "application/x-protobuf"), ("content-encoding", encoding)];
        answers.push(post(&url, &headers, body).await.exported());
    }
    for answer in answers {
        let partial = answer.partial_success.unwrap();
        assert_eq!(partial.rejected_log_records, 0);
        assert!(partial.error_message.contains("1 span left out on purpose"), "{}", partial.error_message);
        assert!(partial.error_message.contains("[mapping.spans]"), "{}", partial.error_message);
    }
    let events = server.store.events();
    assert_eq!(events.len(), 7);
    for event in &events {
        assert_eq!(event.value(Column::Event), Some("ai_agent.model.called"));
        assert_eq!(event.value(Column::Status), Some("success"));
        assert_eq!(event.duration_nanos, Some(5_000_000));
    }
}

#[tokio::test]
async fn spans_in_json_are_answered_in_json() {
    let server = start().await;
    let url = format!("http://{}/v1/traces", server.http);
    let span = serde_json::json!({
        "traceId": "07070707070707070707070707070707", "spanId": "0101010101010101", "name": "acme.paid",
        "endTimeUnixNano": UnixNanos::now().0.to_string(),
        "attributes": [{ "key": "steplog.person.id", "value": { "stringValue": "p-1" } }],
    });
    let request = serde_json::json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span, 7] }] }] });
    let answer = post_json(&url, request.to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["partialSuccess"]["rejectedSpans"], "1");
    let event = server.store.only_event();
    assert_eq!(event.value(Column::Event), Some("acme.paid"));
    assert_eq!(event.value(Column::Person), Some("p-1"));
    assert_eq!(event.value(Column::Interaction), Some("07070707070707070707070707070707"));
    assert_eq!(post_json(&url, "{}").await.json(), serde_json::json!({}));
}

#[tokio::test]
async fn metrics_are_all_rejected_with_the_reason_and_no_error() {
    let server = start().await;
    let url = format!("http://{}/v1/metrics", server.http);
    for answer in
        [call(server.grpc, METRICS, &metrics()).await, post_protobuf(&url, metrics()).await.exported()]
    {
        let partial = answer.partial_success.unwrap();
        assert_eq!(partial.rejected_log_records, 3);
        assert!(partial.error_message.contains("OTEL_METRICS_EXPORTER=none"), "{}", partial.error_message);
    }
    let point = serde_json::json!({ "asInt": "1" });
    let metric =
        serde_json::json!({ "name": "x", "sum": { "dataPoints": [point, point], "isMonotonic": true } });
    let request = serde_json::json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [metric] }] }] });
    let answer = post_json(&url, request.to_string()).await;
    assert_eq!(answer.json()["partialSuccess"]["rejectedDataPoints"], "2");
    assert_eq!(post_json(&url, "{}").await.json(), serde_json::json!({}), "no points, nothing to tell");
    assert_eq!(post_protobuf(&url, "certainly no protobuf").await.status, 400);
    assert_eq!(server.store.batches(), 0);
}
