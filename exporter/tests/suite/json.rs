//! The JSON mapping, as senders really write it.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use serde_json::json;
use steplog_model::event::TimeSource;
use steplog_model::time::UnixNanos;

use crate::support::clients::{post_json, post_protobuf};
use crate::support::requests::{names, one, record_of, string};
use crate::support::{Server, start};

/// A request around log records given as JSON.
fn around(records: &serde_json::Value) -> String {
    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).to_string()
}

/// Sends one record, which must be taken whole, and gives it back as it is stored.
async fn stored(server: &Server, record: serde_json::Value) -> LogRecord {
    let answer = post_json(&server.logs_url(), around(&json!([record]))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({})), "{record}");
    record_of(server.store.events().last().unwrap())
}

/// The value of the record's only attribute, `k`, given as JSON.
async fn stored_value(server: &Server, value: serde_json::Value) -> Option<Value> {
    let record =
        stored(server, json!({"eventName": "a.b", "attributes": [{"key": "k", "value": value}]})).await;
    assert_eq!(record.attributes.len(), 1);
    assert_eq!(record.attributes[0].key, "k");
    record.attributes[0].value.clone().and_then(|value| value.value)
}

#[tokio::test]
async fn json_and_protobuf_say_the_same() {
    let server = start().await;
    let now = UnixNanos::now().0;
    let body = json!({"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
        "scopeLogs": [{
            "scope": {"name": "tests", "version": "1"},
            "logRecords": [{
                "timeUnixNano": now.to_string(),
                "observedTimeUnixNano": now.to_string(),
                "severityNumber": 9,
                "severityText": "INFO",
                "eventName": "journey.started",
                "body": {"stringValue": "a step was taken"},
                "attributes": [{"key": "steplog.interaction.id", "value": {"stringValue": "i-1"}}],
                "droppedAttributesCount": 1,
                "flags": 1,
                "traceId": "5B8EFFF798038103D269B633813FC60C",
                "spanId": "eee19b7ec3c1b174"
            }],
            "schemaUrl": "https://example.com/scope"
        }],
        "schemaUrl": "https://example.com/resource"
    }]});
    let answer = post_json(&server.logs_url(), body.to_string()).await;
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    let mut same = one("journey.started");
    let logs = &mut same.resource_logs[0];
    logs.schema_url = "https://example.com/resource".to_owned();
    let scope_logs = &mut logs.scope_logs[0];
    scope_logs.schema_url = "https://example.com/scope".to_owned();
    scope_logs.scope.as_mut().unwrap().version = "1".to_owned();
    let record = &mut scope_logs.log_records[0];
    record.time_unix_nano = u64::try_from(now).unwrap();
    record.observed_time_unix_nano = record.time_unix_nano;
    record.severity_number = 9;
    record.severity_text = "INFO".to_owned();
    record.dropped_attributes_count = 1;
    record.flags = 1;
    record.trace_id = 0x5B8E_FFF7_9803_8103_D269_B633_813F_C60C_u128.to_be_bytes().to_vec();
    record.span_id = 0xeee1_9b7e_c3c1_b174_u64.to_be_bytes().to_vec();
    let want = record.clone();
    post_protobuf(&server.logs_url(), same.encode_to_vec()).await.exported();
    let events = server.store.events();
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(record_of(event), want);
        assert_eq!(event.value(steplog_model::column::Column::Service), Some("shop"));
        assert_eq!(&*event.origin.resource_schema_url, "https://example.com/resource");
        assert_eq!(&*event.origin.scope_schema_url, "https://example.com/scope");
    }
}

#[tokio::test]
async fn integers_are_strings_or_numbers() {
    let server = start().await;
    for (json, want) in [
        (json!({"intValue": "-9223372036854775808"}), i64::MIN),
        (json!({"intValue": "9223372036854775807"}), i64::MAX),
        (json!({"intValue": 42}), 42),
        (json!({"intValue": "42"}), 42),
        (serde_json::from_str(r#"{"intValue": 1e3}"#).unwrap(), 1_000),
        (serde_json::from_str(r#"{"intValue": 10.0}"#).unwrap(), 10),
    ] {
        assert_eq!(stored_value(&server, json.clone()).await, Some(Value::IntValue(want)), "{json}");
    }
    let now = UnixNanos::now().0;
    for (name, time) in [("a.number", json!(now)), ("a.text", json!(now.to_string()))] {
        let record = stored(&server, json!({"eventName": name, "timeUnixNano": time})).await;
        assert_eq!(record.time_unix_nano, u64::try_from(now).unwrap());
    }
    let record = stored(&server, json!({"eventName": "a.b", "flags": "1", "severityNumber": "9"})).await;
    assert_eq!((record.flags, record.severity_number), (1, 9));
}

#[tokio::test]
async fn doubles_may_be_quoted_infinite_or_nan() {
    let server = start().await;
    for (json, want) in [
        (json!({"doubleValue": 0.1}), 0.1),
        (json!({"doubleValue": 3}), 3.0),
        (json!({"doubleValue": "0.5"}), 0.5),
        (json!({"doubleValue": "Infinity"}), f64::INFINITY),
        (json!({"doubleValue": "-Infinity"}), f64::NEG_INFINITY),
    ] {
        assert_eq!(stored_value(&server, json.clone()).await, Some(Value::DoubleValue(want)), "{json}");
    }
    let nan = stored_value(&server, json!({"doubleValue": "NaN"})).await;
    assert!(matches!(nan, Some(Value::DoubleValue(nan)) if nan.is_nan()), "{nan:?}");
}

#[tokio::test]
async fn other_kinds_of_values() {
    let server = start().await;
    let array = |values| Some(Value::ArrayValue(ArrayValue { values }));
    for (json, want) in [
        (json!({"stringValue": ""}), Some(Value::StringValue(String::new()))),
        (json!({"boolValue": false}), Some(Value::BoolValue(false))),
        (json!({"boolValue": true}), Some(Value::BoolValue(true))),
        (json!({"arrayValue": {}}), array(vec![])),
        (json!({"arrayValue": {"values": null}}), array(vec![])),
        (
            json!({"arrayValue": {"values": [{"stringValue": "a"}, {}]}}),
            array(vec![string("a"), AnyValue::default()]),
        ),
        (json!({"kvlistValue": {}}), Some(Value::KvlistValue(KeyValueList::default()))),
        (json!({"bytesValue": "AP8="}), Some(Value::BytesValue(vec![0, 255]))),
        (json!({"bytesValue": "AP8"}), Some(Value::BytesValue(vec![0, 255]))),
        (json!({"bytesValue": "-_8="}), Some(Value::BytesValue(vec![0xfb, 0xff]))),
        (json!({}), None),
        (json!(null), None),
        (json!({"stringValue": null}), None),
    ] {
        assert_eq!(stored_value(&server, json.clone()).await, want, "{json}");
    }
}

#[tokio::test]
async fn null_is_unset_everywhere() {
    let server = start().await;
    let record = json!({
        "eventName": "a.b", "timeUnixNano": null, "observedTimeUnixNano": null, "severityNumber": null,
        "severityText": null, "body": null, "attributes": null, "droppedAttributesCount": null, "flags": null,
        "traceId": null, "spanId": null
    });
    let want = LogRecord { event_name: "a.b".to_owned(), ..LogRecord::default() };
    assert_eq!(stored(&server, record).await, want);
    for body in [
        json!({"resourceLogs": null}),
        json!({"resourceLogs": [{"resource": null, "scopeLogs": null, "schemaUrl": null}]}),
        json!({"resourceLogs": [{"scopeLogs": [{"scope": null, "logRecords": null}]}]}),
    ] {
        let answer = post_json(&server.logs_url(), body.to_string()).await;
        assert_eq!((answer.status, answer.json()), (200, json!({})), "{body}");
    }
}

#[tokio::test]
async fn enums_by_number_or_name_and_both_spellings_of_fields() {
    let server = start().await;
    for severity in [json!(17), json!("SEVERITY_NUMBER_ERROR")] {
        let record = stored(&server, json!({"eventName": "a.b", "severityNumber": severity})).await;
        assert_eq!(record.severity_number, 17);
    }
    let record = stored(&server, json!({"event_name": "a.b", "severity_text": "WARN"})).await;
    assert_eq!((&*record.event_name, &*record.severity_text), ("a.b", "WARN"));
}

#[tokio::test]
async fn unknown_fields_of_any_shape_are_ignored() {
    let server = start().await;
    let record =
        json!({"eventName": "a.b", "later": {"deep": [1, {"x": null}], "s": "\u{1f9c0}"}, "more": [[]]});
    assert_eq!(stored(&server, record).await.event_name, "a.b");
    // What the Go and JavaScript senders add.
    let body = json!({"resourceLogs": [{
        "resource": {"attributes": [], "schemaUrl": "misplaced", "entityRefs": [{"type": "service", "idKeys": ["a"]}]},
        "scopeLogs": [{"logRecords": [{"eventName": "c.d"}]}]
    }], "extra": 1});
    let answer = post_json(&server.logs_url(), body.to_string()).await;
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    assert_eq!(names(&server.store.events()), ["a.b", "c.d"]);
}

#[tokio::test]
async fn ids_that_are_no_hex_mean_no_trace() {
    let server = start().await;
    for (trace, span) in [("not hex", "zz"), ("", ""), ("abc", "abcd")] {
        let body = around(&json!([{"eventName": "a.b", "traceId": trace, "spanId": span}]));
        let answer = post_json(&server.logs_url(), body).await;
        assert_eq!(answer.status, 200, "{trace}");
        let events = server.store.events();
        assert_eq!(events.last().unwrap().value(steplog_model::column::Column::TraceId), None, "{trace}");
    }
    assert_eq!(server.store.events().len(), 3);
}

#[tokio::test]
async fn a_record_without_times_gets_the_time_of_receipt() {
    let server = start().await;
    stored(&server, json!({"eventName": "a.b"})).await;
    assert_eq!(server.store.only_event().time_source, TimeSource::Received);
}

#[tokio::test]
async fn one_bad_record_does_not_fail_the_others() {
    let server = start().await;
    let deep = (0..80).fold(json!({}), |inner, _| json!({"arrayValue": {"values": [inner]}}));
    let records = json!([
        {"eventName": "good.1"},
        {"eventName": "deep", "body": deep},
        "no object",
        {"eventName": "good.2"},
        7,
        {"eventName": "good.3"}
    ]);
    let answer = post_json(&server.logs_url(), around(&records)).await;
    assert_eq!(answer.status, 200);
    let partial = answer.json()["partialSuccess"].clone();
    assert_eq!(partial["rejectedLogRecords"], "3", "{partial}");
    assert!(partial["errorMessage"].as_str().unwrap().contains("3 log records rejected"), "{partial}");
    assert_eq!(names(&server.store.events()), ["good.1", "good.2", "good.3"]);
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_told_and_its_event_kept() {
    let server = start().await;
    let records = json!([
        {"eventName": "good.1", "timeUnixNano": "1795424400123456789000000",
         "observedTimeUnixNano": UnixNanos::now().0.to_string()},
        {"eventName": "good.2", "attributes": [{"key": "k", "value": {"intValue": "many"}}]}
    ]);
    let partial = post_json(&server.logs_url(), around(&records)).await.json()["partialSuccess"].clone();
    assert_eq!(partial.get("rejectedLogRecords"), None, "{partial}");
    let message = partial["errorMessage"].as_str().unwrap();
    assert!(message.contains("2 log records with a value that cannot be read"), "{message}");
    assert!(message.contains("1 log record with an implausible time"), "{message}");
    let events = server.store.events();
    assert_eq!(names(&events), ["good.1", "good.2"]);
    assert_eq!(events[0].time_source, TimeSource::Observed);
}

#[tokio::test]
async fn content_that_nobody_understands_is_told() {
    let server = start().await;
    for body in [
        json!({"message": "order shipped", "level": "info"}),
        json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "a"}]}]}]}),
        json!({"resourceLogs": [{"scopeMetrics": [{}]}]}),
    ] {
        let answer = post_json(&server.logs_url(), body.to_string()).await;
        let partial = answer.json()["partialSuccess"].clone();
        assert_eq!((answer.status, partial.get("rejectedLogRecords")), (200, None), "{body}");
        let message = partial["errorMessage"].as_str().unwrap();
        assert!(message.contains("nothing was understood"), "{message}");
    }
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn what_is_no_json_is_400() {
    let server = start().await;
    for body in ["", "{", "[]", "nothing", "{\"resourceLogs\":{}}", "{\"resourceLogs\":[]} trailing", "\u{0}"]
    {
        let answer = post_json(&server.logs_url(), body).await;
        assert_eq!(answer.status, 400, "{body:?}");
        assert_eq!(answer.json()["code"], 3, "{body:?}");
    }
    assert_eq!(server.store.batches(), 0);
}
