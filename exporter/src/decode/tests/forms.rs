//! Requests in other forms than OTLP's of today: read where there is no doubt, told in any case.

use bytes::Bytes;
use prost::Message as _;
use steplog_model::event::Flags;
use steplog_model::record::value::{AnyValue, put_string_attribute};
use steplog_model::record::wire::{put_bytes_field, put_message_field};
use steplog_model::record::{LogRecordRef, ScopeRef};

use super::decode_records;
use crate::decode::{Decoded, decode_json, decode_protobuf};

/// The text of the body and of the only attribute of the only record.
#[track_caller]
fn content(decoded: &Decoded) -> (String, String) {
    assert_eq!((decoded.records.len(), decoded.rejected.total()), (1, 0));
    let view = LogRecordRef::new(&decoded.records[0].record);
    let text = |value: AnyValue<'_>| value.scalar_text(&mut String::new()).map(str::to_owned).unwrap();
    let (key, value) = view.attributes().next().unwrap();
    assert_eq!((key, view.event_name), ("k", "a.b"));
    (text(view.body_value().unwrap()), text(value))
}

#[track_caller]
fn check_read(json: &str) {
    let decoded = decode_json(json.as_bytes()).unwrap();
    assert_eq!(content(&decoded), ("text".to_owned(), "7".to_owned()), "{json}");
    assert_eq!(decoded.not_understood.count(), 0, "{json}");
    assert!(decoded.warnings.foreign > 0, "{json}");
    assert!(decoded.warnings.message().unwrap().contains("not written as OTLP/JSON"), "{json}");
}

#[test]
fn other_forms_are_read_and_told() {
    let around =
        |record: &str| format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#);
    // As older Rust exporters write values.
    let wrapped = r#"{"eventName":"a.b","body":{"value":{"stringValue":"text"}},
        "attributes":[{"key":"k","value":{"value":{"intValue":"7"}}}]}"#;
    check_read(&around(wrapped));
    check_read(&around(
        &wrapped.replace(r#"{"value":{"intValue":"7"}}"#, r#"{"value":{"value":{"intValue":7}}}"#),
    ));
    let bare = r#"{"eventName":"a.b","body":"text","attributes":[{"key":"k","value":7}]}"#;
    check_read(&around(bare));
    check_read(&around(r#"{"eventName":"a.b","body":"text","attributes":{"k":7}}"#));
    check_read(&around(r#"{"eventName":"a.b","body":"text","attributes":{"k":{"intValue":7}}}"#));
    let good = r#"{"eventName":"a.b","body":{"stringValue":"text"},"attributes":[{"key":"k","value":{"intValue":7}}]}"#;
    // As encoders that know nothing of OTLP's names write it.
    let mut pascal = around(good);
    for name in [
        "resourceLogs",
        "scopeLogs",
        "logRecords",
        "eventName",
        "body",
        "stringValue",
        "attributes",
        "key",
        "value",
        "intValue",
    ] {
        let upper = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        pascal = pascal.replace(&format!("\"{name}\""), &format!("\"{upper}\""));
    }
    assert!(pascal.contains("IntValue") && !pascal.contains("intValue"), "{pascal}");
    check_read(&pascal);
    // Of OTLP up to 0.15.
    for records in ["logRecords", "logs"] {
        check_read(&format!(
            r#"{{"resourceLogs":[{{"instrumentationLibraryLogs":[{{"instrumentationLibrary":{{"name":"s"}},"{records}":[{good}]}}]}}]}}"#
        ));
    }
}

#[test]
fn the_library_of_an_older_sender_is_the_scope() {
    let json = br#"{"resourceLogs":[{"instrumentationLibraryLogs":[{"instrumentationLibrary":{"name":"s"},"logs":[{}]}]}]}"#;
    let decoded = decode_json(json).unwrap();
    assert_eq!(ScopeRef::new(&decoded.records[0].origin.origin.scope).name, "s");
    let mut request = Vec::new();
    put_message_field(&mut request, 1, |out| {
        put_message_field(out, 1_000, |out| {
            put_message_field(out, 1, |out| put_bytes_field(out, 1, b"s"));
            put_message_field(out, 2, |_| {});
        });
    });
    let protobuf = decode_protobuf(Bytes::from(request)).unwrap();
    assert_eq!(protobuf.records[0].origin.origin, decoded.records[0].origin.origin);
}

#[test]
fn lists_without_their_wrapper_are_lists() {
    let value = |value: &str| {
        let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{value}}}]}}]}}]}}"#);
        let decoded = decode_json(json.as_bytes()).unwrap();
        assert_eq!((decoded.rejected.total(), decoded.warnings.unreadable), (0, 0), "{value}");
        let record = decoded.records[0].record.clone();
        match LogRecordRef::new(&record).body_value().unwrap() {
            AnyValue::Array(values) => format!("array of {}", values.count()),
            AnyValue::KvList(list) => format!("list of {:?}", list.map(|(key, _)| key).collect::<Vec<_>>()),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(value(r#"[1,"a",null]"#), "array of 3");
    assert_eq!(value(r#"{"arrayValue":[{"intValue":1},"a"]}"#), "array of 2");
    assert_eq!(value(r#"{"kvlistValue":[{"key":"a","value":{"intValue":1}}]}"#), r#"list of ["a"]"#);
    assert_eq!(value(r#"{"kvlistValue":{"values":{"a":1,"b":"c"}}}"#), r#"list of ["a", "b"]"#);
    assert_eq!(value("true"), "Bool(true)");
    assert_eq!(value("0.5"), "Double(0.5)");
}

#[test]
fn a_wrapper_that_is_too_deep_is_told() {
    let (open, close) = (r#"{"value":"#.repeat(70), "}".repeat(70));
    let json =
        format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{open}{{}}{close}}}]}}]}}]}}"#);
    let decoded = decode_json(json.as_bytes()).unwrap();
    assert!(decoded.rejected.message().unwrap().contains("nest deeper"), "{:?}", decoded.rejected);
}

#[track_caller]
fn check_told(json: &str, words: &str) {
    let decoded = decode_json(json.as_bytes()).unwrap();
    let message = decoded.not_understood.message().unwrap_or_else(|| panic!("not told: {json}"));
    assert!(message.contains(words), "{message}");
}

#[test]
fn content_that_is_no_log_record_is_told() {
    check_told(r#"{"message":"order shipped","level":"info"}"#, "the request has \"level\"");
    check_told(r#"{"resourceSpans":[{"scopeSpans":[]}]}"#, "\"resourceSpans\"");
    check_told(r#"{"resourceMetrics":[{}]}"#, "\"resourceMetrics\"");
    check_told(r#"{"resourcelogs":[{}]}"#, "\"resourcelogs\"");
    check_told(r#"{"RESOURCE_LOGS":[{}]}"#, "none of OTLP's log records");
    check_told(r#"{"resourceLogs":[{"resource":{},"scopeSpans":[{}]}]}"#, "\"scopeSpans\"");
    check_told(r#"{"resourceLogs":[{"scopeLogs":[{"scope":{},"spans":[{}]}]}]}"#, "\"spans\"");
    check_told(r#"{"resourceLogs":[{"scopeLogs":{"logRecords":[]}}]}"#, "scopeLogs is no array");
    check_told(r#"{"resourceLogs":[5,{"scopeLogs":["x"]}]}"#, "an element of resourceLogs is no object");
    let raw = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"message":"x","level":"info"}]}]}]}"#;
    check_told(raw, "log record 0 has none of its members");
    // What leads to log records is understood, whatever else is there.
    for silent in [
        "{}",
        r#"{"resourceLogs":[]}"#,
        r#"{"resourceSpans":null}"#,
        r#"{"resourceLogs":[{"resource":{"attributes":[]}}]}"#,
        r#"{"resourceLogs":[{"scopeLogs":[{"scope":{"name":"s"}}],"later":1}],"later":[{}]}"#,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{"eventName":"a","later":{}}]}]}]}"#,
    ] {
        assert_eq!(decode_json(silent.as_bytes()).unwrap().not_understood.message(), None, "{silent}");
    }
    let decoded = decode_protobuf(Bytes::from_static(b"\x9a\x01\x01x")).unwrap();
    assert!(decoded.not_understood.message().unwrap().contains("field 19"), "{:?}", decoded.not_understood);
}

/// A record with these bytes as its trace and span id.
fn with_ids(trace: &[u8], span: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    put_string_attribute(&mut record, 6, "k", "v");
    put_bytes_field(&mut record, 9, trace);
    put_bytes_field(&mut record, 10, span);
    record
}

#[test]
fn ids_in_other_spellings_are_read_by_both_encodings() {
    let trace: Vec<u8> = (1..17).collect();
    let span: Vec<u8> = (1..9).collect();
    let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (trace_text, span_text) in [
        (hex(&trace), hex(&span)),
        (hex(&trace).to_uppercase(), format!("0x{}", hex(&span))),
        ("01020304-0506-0708-090a-0b0c0d0e0f10".to_owned(), "AQIDBAUGBwg=".to_owned()),
        ("AQIDBAUGBwgJCgsMDQ4PEA==".to_owned(), hex(&span)),
    ] {
        let mut protobuf = decode_records(&[&with_ids(trace_text.as_bytes(), span_text.as_bytes())]);
        let json = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"attributes":[{{"key":"k","value":{{"stringValue":"v"}}}}],
            "traceId":"{trace_text}","spanId":"{span_text}"}}]}}]}}]}}"#
        );
        for kept in [protobuf.records.remove(0), decode_json(json.as_bytes()).unwrap().records.remove(0)] {
            let view = LogRecordRef::new(&kept.record);
            assert_eq!((view.trace_id, view.span_id), (&*trace, &*span), "{trace_text} {span_text}");
            assert_eq!(kept.flags, Flags::default());
            assert_eq!(view.attributes().count(), 1);
        }
    }
}

#[test]
fn ids_of_another_length_are_kept_and_flagged_by_both_encodings() {
    for (trace, span) in
        [(&[1_u8; 15][..], &[2_u8; 8][..]), (&[1; 40], &[]), (&[], &[2; 9]), (&[0xff; 32], &[])]
    {
        let sent = opentelemetry_proto::tonic::logs::v1::LogRecord {
            trace_id: trace.to_vec(),
            span_id: span.to_vec(),
            ..Default::default()
        };
        let protobuf = decode_records(&[&sent.encode_to_vec()]);
        let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let json = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"traceId":"{}","spanId":"{}"}}]}}]}}]}}"#,
            hex(trace),
            hex(span)
        );
        let json = decode_json(json.as_bytes()).unwrap();
        assert_eq!(json.records, protobuf.records);
        assert_eq!(json.records[0].flags, Flags::VALUE_UNREADABLE);
        let view = LogRecordRef::new(&json.records[0].record);
        assert_eq!((view.trace_id, view.span_id), (trace, span));
    }
}
