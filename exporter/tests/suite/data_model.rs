//! The log data model: every kind of value and every field comes through as it was sent.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use steplog_model::event::{Flags, TimeSource};
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use crate::support::clients::export;
use crate::support::requests::{attribute, record, record_of, request, string};
use crate::support::start;

fn value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

/// One attribute of every kind, nested and empty ones among them.
fn every_kind() -> Vec<KeyValue> {
    let list = KeyValueList { values: vec![attribute("inner", value(Value::IntValue(1)))] };
    let mixed =
        ArrayValue { values: vec![string("a"), value(Value::BoolValue(true)), AnyValue { value: None }] };
    vec![
        attribute("string", string("käse 🧀")),
        attribute("string.empty", string("")),
        attribute("true", value(Value::BoolValue(true))),
        attribute("false", value(Value::BoolValue(false))),
        attribute("int.min", value(Value::IntValue(i64::MIN))),
        attribute("int.max", value(Value::IntValue(i64::MAX))),
        attribute("double", value(Value::DoubleValue(-0.1))),
        attribute("infinity", value(Value::DoubleValue(f64::INFINITY))),
        attribute("array", value(Value::ArrayValue(mixed))),
        attribute("array.empty", value(Value::ArrayValue(ArrayValue::default()))),
        attribute("list", value(Value::KvlistValue(list))),
        attribute("list.empty", value(Value::KvlistValue(KeyValueList::default()))),
        attribute("bytes", value(Value::BytesValue(vec![0, 255, 7]))),
        attribute("empty", AnyValue { value: None }),
        KeyValue { key: "absent".into(), ..KeyValue::default() },
        KeyValue { value: Some(string("no key")), ..KeyValue::default() },
    ]
}

#[tokio::test]
async fn every_field_and_kind_comes_through() {
    let server = start().await;
    let sent = LogRecord {
        observed_time_unix_nano: record("x").time_unix_nano + 5,
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        attributes: every_kind(),
        dropped_attributes_count: 3,
        flags: 0xffff_ff01,
        trace_id: (0..16).collect(),
        span_id: (0..8).collect(),
        ..record("journey.step.failed")
    };
    let mut whole = request(vec![sent.clone()]);
    let logs = &mut whole.resource_logs[0];
    let resource = Resource { attributes: every_kind(), dropped_attributes_count: 1, ..Resource::default() };
    let scope = InstrumentationScope {
        name: "engine".to_owned(),
        version: "1.2".to_owned(),
        attributes: every_kind(),
        dropped_attributes_count: 2,
    };
    logs.resource = Some(resource.clone());
    logs.schema_url = "https://example.com/resource".to_owned();
    logs.scope_logs[0].scope = Some(scope.clone());
    logs.scope_logs[0].schema_url = "https://example.com/scope".to_owned();
    assert_eq!(export(server.grpc, whole).await.unwrap().partial_success, None);

    let event = server.store.only_event();
    assert_eq!(record_of(&event), sent);
    assert_eq!(Resource::decode(event.origin.resource.clone()).unwrap(), resource);
    assert_eq!(InstrumentationScope::decode(event.origin.scope.clone()).unwrap(), scope);
    assert_eq!(&*event.origin.resource_schema_url, "https://example.com/resource");
    assert_eq!(&*event.origin.scope_schema_url, "https://example.com/scope");
    assert_eq!(event.flags, Flags::default());
}

#[tokio::test]
async fn the_time_is_the_first_plausible_one() {
    let now = UnixNanos::now().0;
    let nanos = |time: i64| u64::try_from(time).unwrap();
    let day = NANOS_PER_DAY;
    for (time, observed, source, implausible) in [
        (nanos(now - day), nanos(now), TimeSource::Record, false),
        (0, nanos(now - 1), TimeSource::Observed, false),
        (0, 0, TimeSource::Received, false),
        // 1970 in seconds, microseconds where nanoseconds are due, ten years ahead, beyond 2262.
        (1, nanos(now), TimeSource::Observed, true),
        (nanos(now / 1_000), nanos(now), TimeSource::Observed, true),
        (nanos(now + 3_650 * day), nanos(now), TimeSource::Observed, true),
        (u64::MAX, nanos(now), TimeSource::Observed, true),
        (u64::MAX, 1, TimeSource::Received, true),
        // Old but real.
        (nanos(now - 3_650 * day), 0, TimeSource::Record, false),
    ] {
        let server = start().await;
        let sent = LogRecord { time_unix_nano: time, observed_time_unix_nano: observed, ..record("a.b") };
        export(server.grpc, request(vec![sent.clone()])).await.unwrap();
        let event = server.store.only_event();
        assert_eq!(event.time_source, source, "{time} {observed}");
        assert_eq!(event.flags.contains(Flags::TIME_IMPLAUSIBLE), implausible, "{time} {observed}");
        assert_eq!(record_of(&event), sent, "the original stays");
        let want = match source {
            TimeSource::Record => i64::try_from(time).unwrap(),
            TimeSource::Observed => i64::try_from(observed).unwrap(),
            TimeSource::Received => event.received.0,
        };
        assert_eq!(event.time.0, want);
        assert!(event.received.0 >= now);
    }
}

#[tokio::test]
async fn duplicate_keys_are_kept_and_told() {
    let server = start().await;
    let mut sent = record("a.b");
    sent.attributes = vec![attribute("k", string("first")), attribute("k", string("last"))];
    let answer = export(server.grpc, request(vec![sent.clone()])).await.unwrap().partial_success.unwrap();
    assert_eq!(answer.rejected_log_records, 0);
    assert!(
        answer.error_message.contains("a key more than once among its attributes"),
        "{}",
        answer.error_message
    );
    let event = server.store.only_event();
    assert!(event.flags.contains(Flags::DUPLICATE_KEYS));
    assert_eq!(record_of(&event), sent);
}

#[tokio::test]
async fn ids_of_the_wrong_length_or_zero_are_no_trace() {
    for (trace_id, span_id, told) in [
        (vec![], vec![], false),
        (vec![0; 16], vec![0; 8], false),
        (vec![1; 15], vec![1; 9], true),
        (vec![1; 40], vec![], true),
    ] {
        let server = start().await;
        let sent = LogRecord { trace_id, span_id, ..record("a.b") };
        let answer = export(server.grpc, request(vec![sent.clone()])).await.unwrap();
        let message = answer.partial_success.map(|partial| partial.error_message).unwrap_or_default();
        assert_eq!(message.contains("cannot be read"), told, "{message}");
        assert_eq!(record_of(&server.store.only_event()), sent);
        let event = server.store.only_event();
        assert_eq!(event.value(steplog_model::column::Column::TraceId), None);
        assert_eq!(event.value(steplog_model::column::Column::SpanId), None);
    }
}

#[tokio::test]
async fn resources_and_scopes_stay_with_their_records() {
    let server = start().await;
    let mut whole = request(vec![record("a.1"), record("a.2")]);
    let mut other = request(vec![record("b.1")]).resource_logs.remove(0);
    other.resource = None;
    other.scope_logs[0].scope = None;
    whole.resource_logs.push(other);
    whole.resource_logs.push(request(vec![record("a.3")]).resource_logs.remove(0));
    export(server.grpc, whole).await.unwrap();
    let events = server.store.events();
    let service = |place: usize| events[place].value(steplog_model::column::Column::Service);
    assert_eq!((service(0), service(1), service(3)), (Some("shop"), Some("shop"), Some("shop")));
    assert_eq!(service(2), None);
    assert!(std::sync::Arc::ptr_eq(&events[0].origin, &events[1].origin), "the origin is shared");
}
