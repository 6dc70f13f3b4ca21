//! What the OpenTelemetry SDK for Rust sends comes back with every attribute, kind and nanosecond.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::{InstrumentationScope, Key, KeyValue, SpanId, TraceFlags, TraceId};
use opentelemetry_otlp::{LogExporter, Protocol, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use serde_json::{Value, json};
use steplog_model::time::UnixNanos;

use crate::support::{Server, eventually};

const TRACE_ID: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
const SPAN_ID: u64 = 0x00f0_67aa_0ba9_02b7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_grpc() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let endpoint = format!("http://{}", server.address("grpc"));
    let exporter = LogExporter::builder().with_tonic().with_endpoint(endpoint).build().unwrap();
    check(&server, exporter, directory.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let endpoint = format!("http://{}/v1/logs", server.address("http"));
    let exporter = tokio::task::spawn_blocking(|| {
        // The blocking client must not be made on a thread of the runtime.
        let builder = LogExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
        builder.with_endpoint(endpoint).build().unwrap()
    });
    check(&server, exporter.await.unwrap(), directory.path()).await;
}

/// Each attribute as it is sent, and as it must come back.
fn attributes() -> Vec<(&'static str, AnyValue, Value)> {
    let list = |values: Vec<AnyValue>| AnyValue::ListAny(Box::new(values));
    let map = |key: &'static str, value: AnyValue| {
        AnyValue::Map(Box::new(HashMap::from([(Key::from_static_str(key), value)])))
    };
    let text = "Grüße, 世界 \u{2028} \"quoted\" \\ and a tab\t\0";
    let bytes: Vec<u8> = vec![0, 1, 127, 128, 255];
    vec![
        ("steplog.interaction.id", "i-sdk".into(), json!({"stringValue": "i-sdk"})),
        ("steplog.person.id", "person-42".into(), json!({"stringValue": "person-42"})),
        ("steplog.event.status", "failure".into(), json!({"stringValue": "failure"})),
        ("text", text.into(), json!({"stringValue": text})),
        ("empty", "".into(), json!({"stringValue": ""})),
        ("yes", true.into(), json!({"boolValue": true})),
        ("no", false.into(), json!({"boolValue": false})),
        ("largest", i64::MAX.into(), json!({"intValue": i64::MAX.to_string()})),
        ("smallest", i64::MIN.into(), json!({"intValue": i64::MIN.to_string()})),
        ("zero", 0_i64.into(), json!({"intValue": "0"})),
        ("tenth", 0.1.into(), json!({"doubleValue": 0.1})),
        ("whole double", 3.0.into(), json!({"doubleValue": 3})),
        ("tiny", 5e-324.into(), json!({"doubleValue": 5e-324})),
        ("endless", f64::INFINITY.into(), json!({"doubleValue": "Infinity"})),
        ("bytes", AnyValue::Bytes(Box::new(bytes)), json!({"bytesValue": "AAF/gP8="})),
        (
            "mixed",
            list(vec!["a".into(), 1_i64.into(), true.into(), map("inner", list(vec![2.5.into()]))]),
            json!({"arrayValue": {"values": [
                {"stringValue": "a"}, {"intValue": "1"}, {"boolValue": true},
                {"kvlistValue": {"values": [{"key": "inner", "value": {"arrayValue": {"values": [{"doubleValue": 2.5}]}}}]}},
            ]}}),
        ),
        (
            "nested",
            map("deeper", map("key", "value".into())),
            json!({"kvlistValue": {"values": [{"key": "deeper", "value":
                {"kvlistValue": {"values": [{"key": "key", "value": {"stringValue": "value"}}]}}}]}}),
        ),
    ]
}

fn pairs(attributes: &[(&str, Value)]) -> Value {
    attributes.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

async fn check(server: &Server, exporter: LogExporter, _directory: &Path) {
    let now_micros = UnixNanos::now().0.cast_unsigned() / 1_000;
    let time_nanos = now_micros * 1_000 + 789;
    let moment = |nanos: u64| -> SystemTime { UNIX_EPOCH + Duration::from_nanos(nanos) };
    let resource = Resource::builder_empty()
        .with_service_name("rust-sdk")
        .with_attribute(KeyValue::new("replicas", 3_i64))
        .with_schema_url([], "https://example.com/resource")
        .build();
    let provider = SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
    let scope = InstrumentationScope::builder("engine")
        .with_version("1.2.3")
        .with_schema_url("https://example.com/scope")
        .with_attributes([KeyValue::new("scope.attribute", 7_i64)])
        .build();
    let logger = provider.logger_with_scope(scope);
    let mut record = logger.create_log_record();
    record.set_event_name("message.undelivered");
    record.set_timestamp(moment(time_nanos));
    record.set_observed_timestamp(moment(time_nanos + 1));
    record.set_severity_number(Severity::Error2);
    record.set_severity_text("ERROR2");
    record.set_body(AnyValue::Map(Box::new(HashMap::from([("message".into(), "no answer".into())]))));
    record.set_trace_context(TraceId::from(TRACE_ID), SpanId::from(SPAN_ID), Some(TraceFlags::SAMPLED));
    record.add_attributes(attributes().into_iter().map(|(key, value, _)| (key, value)));
    logger.emit(record);
    tokio::task::spawn_blocking(move || provider.shutdown().unwrap()).await.unwrap();

    let id = eventually("the event is found", async || {
        let page = server.get("/api/v1/events?interaction=i-sdk").await;
        page["events"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    let event = server.event(&id).await;
    let columns = ["event", "status", "person", "service"].map(|column| event[column].as_str().unwrap());
    assert_eq!(columns, ["message.undelivered", "failure", "person-42", "rust-sdk"]);
    assert_eq!(event["time"], UnixNanos(time_nanos.cast_signed()).to_string());
    let want: Vec<_> = attributes().into_iter().map(|(key, _, value)| (key, value)).collect();
    let body = json!({"kvlistValue": {"values": pairs(&[("message", json!({"stringValue": "no answer"}))])}});
    let want = json!({
        "timeUnixNano": time_nanos.to_string(), "observedTimeUnixNano": (time_nanos + 1).to_string(),
        "severityNumber": 18, "severityText": "ERROR2", "eventName": "message.undelivered",
        "body": body, "attributes": pairs(&want), "flags": 1,
        "traceId": format!("{TRACE_ID:032x}"), "spanId": format!("{SPAN_ID:016x}"),
    });
    assert_eq!(event["record"]["logRecord"], want);
    let scope = json!({
        "name": "engine", "version": "1.2.3", "schemaUrl": "https://example.com/scope",
        "attributes": pairs(&[("scope.attribute", json!({"intValue": "7"}))]),
    });
    assert_eq!(event["record"]["scope"], scope);
    let resource = &event["record"]["resource"];
    assert_eq!(resource["schemaUrl"], "https://example.com/resource");
    let mut attributes = resource["attributes"].as_array().unwrap().clone();
    attributes.sort_by_key(|pair| pair["key"].as_str().unwrap().to_owned());
    let want = [("replicas", json!({"intValue": "3"})), ("service.name", json!({"stringValue": "rust-sdk"}))];
    assert_eq!(Value::from(attributes), pairs(&want));
}
