//! A record is the same event in both encodings, whatever of steplog's own attributes it has, and with whatever value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use steplog_model::event::Event;
use steplog_model::record::exported::{EXPORTED, UID};
use steplog_model::record::wire::{put_bytes_field, put_fixed64_field, put_message_field, put_varint_field};

use super::RECEIVED;
use crate::decode::{
    Decoded, LogRecord, UNREADABLE, attribute, decode_json, decode_protobuf, decode_spans_json,
    decode_spans_protobuf,
};
use crate::map::{Mapped, Mapping};

/// Steplog's own attributes, and one that is nobody's.
const KEYS: [&str; 24] = [
    EXPORTED,
    UID,
    UNREADABLE,
    attribute::NAME,
    attribute::KIND,
    attribute::STATUS,
    attribute::STATUS_MESSAGE,
    attribute::START,
    attribute::DURATION,
    attribute::PARENT,
    attribute::TRACE_STATE,
    attribute::EVENTS,
    attribute::LINKS,
    attribute::DROPPED_EVENTS,
    "steplog.event.name",
    "steplog.event.status",
    "steplog.event.duration",
    "steplog.context.type",
    "steplog.object.name",
    "steplog.person.id",
    "steplog.interaction.id",
    "steplog.conversation.id",
    "steplog.parent.id",
    "other",
];

/// What an export states, what nobody states, and what is nearly so.
const TEXTS: [&str; 12] = [
    "",
    "uid",
    "uid explicit_id",
    "utf8_repaired duplicate_keys value_unreadable",
    "time=record",
    "time=received observed=5",
    "time=observed time_implausible",
    "trace_id=6162",
    // The digits of an id, as bytes.
    "trace_id=3030303030303030303030303030303030303030303030303030303030303031",
    "span_id=",
    "later",
    "00112233445566778899aabbccddeeff",
];

#[derive(Clone, Debug)]
enum Any {
    Empty,
    Text(String),
    Truth(bool),
    Int(i64),
    Double(f64),
    Bytes(Vec<u8>),
    Array(Vec<Any>),
    List(Vec<(String, Any)>),
}

type Pairs = Vec<(String, Any)>;

fn any_value() -> impl Strategy<Value = Any> {
    let leaf = prop_oneof![
        1 => Just(Any::Empty),
        4 => prop::sample::select(&TEXTS[..]).prop_map(|text| Any::Text(text.to_owned())),
        1 => "\\PC{0,8}".prop_map(Any::Text),
        1 => any::<bool>().prop_map(Any::Truth),
        1 => any::<i64>().prop_map(Any::Int),
        1 => prop_oneof![any::<f64>().prop_filter("NaN has many", |double| !double.is_nan()), Just(f64::NAN)]
            .prop_map(Any::Double),
        1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(Any::Bytes),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Any::Array),
            prop::collection::vec((key(), inner), 0..3).prop_map(Any::List),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![2 => Just(EXPORTED), 1 => Just(UID), 4 => prop::sample::select(&KEYS[..])]
        .prop_map(str::to_owned)
}

fn pairs() -> impl Strategy<Value = Pairs> {
    prop::collection::vec((key(), any_value()), 0..5)
}

fn put_value(out: &mut Vec<u8>, value: &Any) {
    match value {
        Any::Empty => {}
        Any::Text(text) => put_bytes_field(out, 1, text.as_bytes()),
        Any::Truth(truth) => put_varint_field(out, 2, u64::from(*truth)),
        Any::Int(int) => put_varint_field(out, 3, int.cast_unsigned()),
        Any::Double(double) => put_fixed64_field(out, 4, double.to_bits()),
        Any::Array(values) => put_message_field(out, 5, |out| {
            values.iter().for_each(|value| put_message_field(out, 1, |out| put_value(out, value)));
        }),
        Any::List(pairs) => put_message_field(out, 6, |out| put_pairs(out, 1, pairs)),
        Any::Bytes(bytes) => put_bytes_field(out, 7, bytes),
    }
}

fn put_pairs(out: &mut Vec<u8>, number: u32, pairs: &[(String, Any)]) {
    for (key, value) in pairs {
        put_message_field(out, number, |out| {
            put_bytes_field(out, 1, key.as_bytes());
            put_message_field(out, 2, |out| put_value(out, value));
        });
    }
}

fn value_json(value: &Any) -> Value {
    match value {
        Any::Empty => json!({}),
        Any::Text(text) => json!({"stringValue": text}),
        Any::Truth(truth) => json!({"boolValue": truth}),
        Any::Int(int) => json!({"intValue": int.to_string()}),
        Any::Double(double) if double.is_finite() => json!({"doubleValue": double}),
        Any::Double(double) if double.is_nan() => json!({"doubleValue": "NaN"}),
        Any::Double(double) => json!({"doubleValue": if *double > 0.0 { "Infinity" } else { "-Infinity" }}),
        Any::Array(values) => {
            json!({"arrayValue": {"values": values.iter().map(value_json).collect::<Vec<_>>()}})
        }
        Any::List(pairs) => json!({"kvlistValue": {"values": pairs_json(pairs)}}),
        Any::Bytes(bytes) => json!({"bytesValue": STANDARD.encode(bytes)}),
    }
}

fn pairs_json(pairs: &[(String, Any)]) -> Value {
    pairs.iter().map(|(key, value)| json!({"key": key, "value": value_json(value)})).collect()
}

/// Events and what was said of their records.
fn events(decoded: Decoded) -> (Vec<Event>, Vec<LogRecord>) {
    assert_eq!((decoded.rejected.message(), decoded.not_understood.count()), (None, 0));
    let mapping = Mapping::built_in();
    let mut mapper = mapping.mapper(RECEIVED).of_sending(1);
    let records = decoded.records.clone();
    let events = decoded.records.into_iter().filter_map(|record| match mapper.map(record) {
        Mapped::Event(event) => Some(event),
        Mapped::Filtered(_) => None,
    });
    (events.collect(), records)
}

/// Events by what is compared: what is not a number is equal to itself in their encoded records alone.
fn same(from_json: Decoded, from_protobuf: Decoded) -> Result<(), TestCaseError> {
    prop_assert_eq!(from_json.warnings, from_protobuf.warnings);
    let (from_json, from_protobuf) = (events(from_json), events(from_protobuf));
    prop_assert_eq!(from_json.1, from_protobuf.1);
    prop_assert_eq!(from_json.0, from_protobuf.0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn log_records_are_the_same_events(
        resource in pairs(), scope in pairs(), attributes in pairs(), body in any_value(), times in any::<[bool; 2]>(),
    ) {
        let times = times.map(|is_set| if is_set { RECEIVED.0.cast_unsigned() - 1 } else { 0 });
        let mut request = Vec::new();
        put_message_field(&mut request, 1, |out| {
            put_message_field(out, 1, |out| put_pairs(out, 1, &resource));
            put_message_field(out, 2, |out| {
                put_message_field(out, 1, |out| put_pairs(out, 3, &scope));
                put_message_field(out, 2, |out| {
                    times.iter().take(1).filter(|time| **time != 0).for_each(|time| put_fixed64_field(out, 1, *time));
                    put_message_field(out, 5, |out| put_value(out, &body));
                    put_pairs(out, 6, &attributes);
                    times.iter().skip(1).filter(|time| **time != 0).for_each(|time| put_fixed64_field(out, 11, *time));
                    put_bytes_field(out, 12, b"a.b");
                });
            });
        });
        let json = json!({"resourceLogs": [{
            "resource": {"attributes": pairs_json(&resource)},
            "scopeLogs": [{
                "scope": {"attributes": pairs_json(&scope)},
                "logRecords": [{
                    "timeUnixNano": times[0].to_string(), "observedTimeUnixNano": times[1].to_string(),
                    "body": value_json(&body), "attributes": pairs_json(&attributes), "eventName": "a.b",
                }],
            }],
        }]});
        same(decode_json(json.to_string().as_bytes()).unwrap(), decode_protobuf(Bytes::from(request)).unwrap())?;
    }

    #[test]
    fn spans_are_the_same_events(
        resource in pairs(), attributes in pairs(), of_event in pairs(), of_link in pairs(), kind in 0..8_u64,
    ) {
        let (trace, id, time) = ([7_u8; 16], [9_u8; 8], RECEIVED.0.cast_unsigned());
        // By which a span is an event.
        let attributes = [attributes, vec![("gen_ai.operation.name".to_owned(), Any::Text("chat".to_owned()))]].concat();
        let mut request = Vec::new();
        put_message_field(&mut request, 1, |out| {
            put_message_field(out, 1, |out| put_pairs(out, 1, &resource));
            put_message_field(out, 2, |out| put_message_field(out, 2, |out| {
                put_bytes_field(out, 1, &trace);
                put_bytes_field(out, 2, &id);
                put_bytes_field(out, 5, b"chat");
                put_varint_field(out, 6, kind);
                put_fixed64_field(out, 7, time - 5);
                put_fixed64_field(out, 8, time);
                put_pairs(out, 9, &attributes);
                put_message_field(out, 11, |out| {
                    put_fixed64_field(out, 1, time - 1);
                    put_bytes_field(out, 2, b"tool");
                    put_pairs(out, 3, &of_event);
                });
                put_message_field(out, 13, |out| {
                    put_bytes_field(out, 1, &trace);
                    put_pairs(out, 4, &of_link);
                });
            }));
        });
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let json = json!({"resourceSpans": [{
            "resource": {"attributes": pairs_json(&resource)},
            "scopeSpans": [{"spans": [{
                "traceId": hex(&trace), "spanId": hex(&id), "name": "chat", "kind": kind,
                "startTimeUnixNano": (time - 5).to_string(), "endTimeUnixNano": time.to_string(),
                "attributes": pairs_json(&attributes),
                "events": [{"timeUnixNano": (time - 1).to_string(), "name": "tool", "attributes": pairs_json(&of_event)}],
                "links": [{"traceId": hex(&trace), "attributes": pairs_json(&of_link)}],
            }]}],
        }]});
        let mapping = Mapping::built_in();
        let from_json = decode_spans_json(json.to_string().as_bytes(), mapping.spans()).unwrap();
        prop_assert!(!from_json.records.is_empty());
        same(from_json, decode_spans_protobuf(&request, mapping.spans()).unwrap())?;
    }
}
