//! JSON: the same records as in protobuf, however they are spelled.

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;
use steplog_model::event::Flags;
use steplog_model::record::value::AnyValue;
use steplog_model::record::{LogRecordRef, ScopeRef, resource_attributes};

use super::generate;
use super::json_writer::Style;
use crate::decode::{Decoded, decode_json, decode_protobuf};

fn style() -> impl Strategy<Value = Style> {
    any::<[bool; 6]>().prop_map(|[snake_case, numbers, nulls, odd_digits, noise, reversed]| Style {
        snake_case,
        numbers,
        nulls,
        odd_digits,
        noise,
        reversed,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn equals_protobuf(request in generate::request(), style in style()) {
        let json = style.write(&request);
        let from_json = decode_json(json.as_bytes()).map_err(|error| TestCaseError::fail(format!("{error}: {json}")))?;
        let from_protobuf = decode_protobuf(Bytes::from(request.encode_to_vec())).unwrap();
        prop_assert_eq!(from_json.rejected.message(), None);
        prop_assert_eq!(from_json.records, from_protobuf.records, "{}", json);
    }

    #[test]
    fn damaged_text_never_panics(
        request in generate::request(),
        style in style(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut json = style.write(&request).into_bytes();
        for (place, byte) in damage {
            let place = place.index(json.len());
            json[place] = byte;
        }
        let _ = decode_json(&json);
        json.truncate(cut.index(json.len()));
        let _ = decode_json(&json);
    }
}

/// Decodes a request of one record.
fn decode_record(record: &str) -> Decoded {
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#);
    decode_json(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// Checks the form that an attribute's value has.
#[track_caller]
fn check_value(value: &str, want: &str) {
    let decoded = decode_record(&format!(r#"{{"attributes":[{{"key":"k","value":{value}}}]}}"#));
    assert_eq!(decoded.rejected.message(), None, "{value}");
    let view = LogRecordRef::new(&decoded.records[0].record);
    let (key, found) = view.attributes().next().unwrap();
    let mut scratch = String::new();
    let found = match found {
        AnyValue::Array(values) => format!("array of {}", values.count()),
        AnyValue::KvList(list) => format!("list of {}", list.count()),
        AnyValue::Empty => "empty".to_owned(),
        AnyValue::Int(int) => format!("int {int}"),
        AnyValue::Double(double) => format!("double {double}"),
        scalar => scalar.scalar_text(&mut scratch).unwrap().to_owned(),
    };
    assert_eq!((key, &*found), ("k", want), "{value}");
}

#[test]
fn values_of_any_spelling() {
    check_value(r#"{"stringValue":"a\u00e9"}"#, "aé");
    check_value(r#"{"arrayValue":{}}"#, "array of 0");
    check_value(r#"{"arrayValue":{"values":null}}"#, "array of 0");
    check_value(r#"{"arrayValue":{"values":[null,{},{"intValue":1}]}}"#, "array of 3");
    check_value(r#"{"kvlistValue":{}}"#, "list of 0");
    check_value(r#"{"kvlistValue":{"values":[{"value":{}},{"key":"x"}]}}"#, "list of 2");
    check_value(r#"{"arrayValue":null}"#, "empty");
    check_value("{}", "empty");
    check_value("null", "empty");
    check_value(r#"{"intValue":1e3}"#, "int 1000");
    check_value(r#"{"intValue":10.0}"#, "int 10");
    check_value(r#"{"intValue":"-5"}"#, "int -5");
    check_value(r#"{"intValue":1e21}"#, "double 1000000000000000000000");
    check_value(r#"{"doubleValue":"0.5"}"#, "double 0.5");
    check_value(r#"{"doubleValue":"NaN"}"#, "double NaN");
    check_value(r#"{"doubleValue":"-Infinity"}"#, "double -inf");
    check_value(r#"{"bytesValue":"-_8"}"#, "+/8=");
    check_value(r#"{"boolValue":"true"}"#, "true");
    check_value(r#"{"stringValue":"a","intValue":"7"}"#, "int 7");
    check_value(r#"{"stringValue":"a","stringValue":"b","stringValue":null}"#, "b");
    check_value(r#"{"stringValue":"a","newKind":{"x":[1]}}"#, "a");
}

#[track_caller]
fn check_rejected(record: &str, words: &str) {
    let json = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"eventName":"a"}},{record},{{"eventName":"b"}}]}}]}}]}}"#
    );
    let decoded = decode_json(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {record}"));
    let names: Vec<_> =
        decoded.records.iter().map(|kept| LogRecordRef::new(&kept.record).event_name).collect();
    assert_eq!((names, decoded.rejected.total()), (vec!["a", "b"], 1), "{record}");
    let message = decoded.rejected.message().unwrap();
    assert!(message.contains("log record 1: ") && message.contains(words), "{message}");
}

#[test]
fn only_the_bad_record_is_rejected() {
    check_rejected("5", "must be an object");
    let deep = |levels: usize| {
        let (open, close) = (r#"{"arrayValue":{"values":["#.repeat(levels), "]}}".repeat(levels));
        format!(r#"{{"body":{open}{{}}{close}}}"#)
    };
    check_rejected(&deep(65), "nest deeper than 64");
    check_rejected(&deep(200), "nest deeper than 64");
    check_rejected(&deep(20_000), "nest deeper than 64");
    assert_eq!(decode_record(&deep(64)).rejected.total(), 0);
    let many: Vec<_> = (0..10_000).map(|place| format!(r#"{{"key":"{place}"}}"#)).collect();
    check_rejected(&format!(r#"{{"attributes":[{}]}}"#, many.join(",")), "4096 attributes");
}

#[test]
fn places_in_messages_count_what_was_passed_over() {
    let long = format!(r#"{{"attributes":[{{"key":"{}"}}]}}"#, "k".repeat(5_000));
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[1,{{}},2,{long}]}}]}}]}}"#);
    let message = decode_json(json.as_bytes()).unwrap().rejected.message().unwrap();
    assert!(message.starts_with("3 log records rejected: log record 0: "), "{message}");
    assert!(
        message.contains("; log record 2: ") && message.contains("; log record 3: an attribute"),
        "{message}"
    );
}

#[test]
fn texts_that_are_no_utf8_are_repaired() {
    let decoded = decode_record(r#"{"eventName":"half \ud83d pair"}"#);
    let kept = &decoded.records[0];
    assert_eq!(LogRecordRef::new(&kept.record).event_name, "half \u{fffd} pair");
    assert!(kept.flags.contains(Flags::UTF8_REPAIRED));
    let json = b"{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"eventName\":\"\xff\"}]}]}]}";
    let decoded = decode_json(json).unwrap();
    assert_eq!(LogRecordRef::new(&decoded.records[0].record).event_name, "\u{fffd}");
}

#[test]
fn other_odd_fields_are_read_as_they_should() {
    let decoded = decode_record(
        r#"{"severityNumber":"SEVERITY_NUMBER_ERROR","traceId":"","spanId":"00F067AA0BA902B7","flags":"1"}"#,
    );
    let view = LogRecordRef::new(&decoded.records[0].record);
    assert_eq!((view.severity_number, view.trace_id, view.flags), (17, &b""[..], 1));
    assert_eq!(view.span_id, [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 2, 0xb7]);
    let decoded = decode_record(r#"{"attributes":[{"keyStrindex":3,"value":{"stringValueStrindex":4}}]}"#);
    assert!(decoded.records[0].flags.contains(Flags::STRING_REFERENCE));
    let decoded = decode_record(r#"{"attributes":[{"key":"a"},{"key":"a"}]}"#);
    assert!(decoded.records[0].flags.contains(Flags::DUPLICATE_KEYS));
}

#[test]
fn heads_may_come_after_their_records_and_the_resource_may_hold_the_url() {
    let json = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}],"scope":{"name":"s"},"schemaUrl":"u2"}],
        "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"x"}}],"schemaUrl":"u1"}}]}"#;
    let decoded = decode_json(json).unwrap();
    let origin = &decoded.records[0].origin.origin;
    assert_eq!(ScopeRef::new(&origin.scope).name, "s");
    assert_eq!(resource_attributes(&origin.resource).count(), 1);
    assert_eq!((&*origin.resource_schema_url, &*origin.scope_schema_url), ("u1", "u2"));
}

#[test]
fn records_of_a_resource_that_cannot_be_read_are_rejected_alone() {
    let deep = format!("{}{{}}{}", r#"{"arrayValue":{"values":["#.repeat(65), "]}}".repeat(65));
    let head = format!(r#"{{"attributes":[{{"key":"a","value":{deep}}}]}}"#);
    let json = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{}},5,{{}}]}}],"resource":{head}}},
        {{"scopeLogs":[{{"logRecords":[{{"eventName":"kept"}}]}},{{"scope":{head},"logRecords":[{{}}]}}]}}]}}"#
    );
    let decoded = decode_json(json.as_bytes()).unwrap();
    assert_eq!((decoded.records.len(), decoded.rejected.total()), (1, 4));
}

#[test]
fn what_is_no_request_says_where() {
    for (json, offset) in [
        ("", 0),
        ("[]", 0),
        ("{\"resourceLogs\":5}", 16),
        ("{\"resourceLogs\":[}", 17),
        ("{} x", 3),
        ("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":}]}]}]}", 54),
    ] {
        let error = decode_json(json.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!((error.encoding, error.offset), ("JSON", offset), "{json}: {error}");
    }
    for empty in
        ["{}", "{\"resourceLogs\":null}", "{\"resourceLogs\":[{},null]}", "\u{feff}{\"resource_logs\":[]}"]
    {
        assert_eq!(decode_json(empty.as_bytes()).unwrap().records.len(), 0, "{empty}");
    }
}
