//! No value costs an event: any scalar of a valid request may be replaced by any JSON.

use proptest::prelude::*;
use serde_json::{Value, json};
use steplog_model::event::Flags;
use steplog_model::record::value::AnyValue;
use steplog_model::record::{LogRecordRef, ScopeRef, resource_attributes};

use crate::decode::{Decoded, UNREADABLE, decode_json};

/// A request with every member that OTLP/JSON has.
fn request() -> Value {
    let values = json!([
        {"key": "text", "value": {"stringValue": "a"}},
        {"key": "truth", "value": {"boolValue": true}},
        {"key": "int", "value": {"intValue": "7"}},
        {"key": "double", "value": {"doubleValue": 0.5}},
        {"key": "bytes", "value": {"bytesValue": "AP8="}},
        {"key": "list", "value": {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "b"}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": "in", "value": {"doubleValue": 1}}]}}}
    ]);
    json!({"resourceLogs": [{
        "resource": {
            "attributes": values, "droppedAttributesCount": 1,
            "entityRefs": [{"schemaUrl": "e", "type": "service", "idKeys": ["k"], "descriptionKeys": ["d"]}]
        },
        "scopeLogs": [{
            "scope": {"name": "s", "version": "1", "attributes": values, "droppedAttributesCount": 2},
            "logRecords": [{
                "timeUnixNano": "1795424400000000000", "observedTimeUnixNano": "1795424400000000001",
                "severityNumber": 9, "severityText": "INFO", "eventName": "a.b",
                "body": {"kvlistValue": {"values": [{"key": "in", "value": {"stringValue": "text"}}]}},
                "attributes": values, "droppedAttributesCount": 3, "flags": 1,
                "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "00f067aa0ba902b7"
            }],
            "schemaUrl": "u2"
        }],
        "schemaUrl": "u1"
    }]})
}

/// Each scalar of a JSON value, in the order of the text.
fn scalars(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Array(values) => values.iter_mut().flat_map(scalars).collect(),
        Value::Object(members) => members.iter_mut().flat_map(|(_, value)| scalars(value)).collect(),
        scalar => vec![scalar],
    }
}

/// Any JSON, with what senders are known to write more often than chance would.
fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e30..1e30).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[0-9]{1,30}".prop_map(Value::from),
        "[A-Za-z0-9+/]{22}==".prop_map(Value::from),
        "[0-9a-f]{1,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("[a-zA-Z0-9]{0,11}", inner.clone()), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            inner.prop_map(|value| json!({"value": value})),
        ]
    })
    .boxed()
}

/// The values that could not be read, of record, scope and resource, by their names.
fn kept(decoded: &Decoded) -> Vec<(String, String)> {
    let record = &decoded.records[0];
    let (view, origin) = (LogRecordRef::new(&record.record), &record.origin.origin);
    let scope = ScopeRef::new(&origin.scope);
    let all = view.attributes().chain(scope.attributes()).chain(resource_attributes(&origin.resource));
    let lists = all.filter(|(key, _)| *key == UNREADABLE).filter_map(|(_, value)| match value {
        AnyValue::KvList(list) => Some(list),
        _ => None,
    });
    let text = |value: AnyValue<'_>| value.scalar_text(&mut String::new()).map(str::to_owned).unwrap();
    lists.flatten().map(|(key, value)| (key.to_owned(), text(value))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn no_value_costs_an_event(place in any::<prop::sample::Index>(), value in anything()) {
        let mut whole = request();
        let mut all = scalars(&mut whole);
        let place = place.index(all.len());
        *all[place] = value.clone();
        let decoded = decode_json(whole.to_string().as_bytes()).unwrap();
        prop_assert_eq!(decoded.rejected.message(), None, "{}", whole);
        prop_assert_eq!(decoded.records.len(), 1);
        let record = &decoded.records[0];
        // What is lost in its place is kept as it was sent, and told.
        let flagged = record.flags.contains(Flags::VALUE_UNREADABLE);
        let kept = kept(&decoded);
        let view = LogRecordRef::new(&record.record);
        let odd_id = ![0, 16].contains(&view.trace_id.len()) || ![0, 8].contains(&view.span_id.len());
        prop_assert_eq!(flagged, !kept.is_empty() || odd_id, "{}", whole);
        prop_assert_eq!(decoded.warnings.unreadable, u64::from(flagged));
        if let [(name, sent)] = kept.as_slice() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            prop_assert!(!name.is_empty());
            prop_assert!(text.contains(sent) || sent.contains(&text), "{} {}", sent, text);
        }
    }
}

#[track_caller]
fn check_kept(record: &str, want: &[(&str, &str)]) -> Decoded {
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#);
    let decoded = decode_json(json.as_bytes()).unwrap();
    assert_eq!((decoded.rejected.message(), decoded.records.len()), (None, 1), "{record}");
    let kept = kept(&decoded);
    let kept: Vec<_> = kept.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(kept, want, "{record}");
    assert_eq!(decoded.records[0].flags.contains(Flags::VALUE_UNREADABLE), !want.is_empty(), "{record}");
    decoded
}

#[test]
fn what_cannot_be_read_is_kept_as_it_was_sent_under_its_name() {
    let attribute = |value: &str| format!(r#"{{"attributes":[{{"value":{value},"key":"k"}}]}}"#);
    check_kept(r#"{"timeUnixNano":"soon"}"#, &[("timeUnixNano", "soon")]);
    check_kept(r#"{"timeUnixNano":-5,"flags":[1]}"#, &[("timeUnixNano", "-5"), ("flags", "[1]")]);
    check_kept(r#"{"severityNumber":"LOUD"}"#, &[("severityNumber", "LOUD")]);
    check_kept(r#"{"traceId":"xyz","spanId":{"a":1}}"#, &[("traceId", "xyz"), ("spanId", r#"{"a":1}"#)]);
    check_kept(r#"{"eventName":{"a": [1]}}"#, &[("eventName", r#"{"a": [1]}"#)]);
    check_kept(r#"{"attributes":7}"#, &[("attributes", "7")]);
    check_kept(r#"{"attributes":["x",{"key":"a"}]}"#, &[("attributes", "x")]);
    check_kept(&attribute(r#"{"intValue":"many"}"#), &[("k", "many")]);
    check_kept(&attribute(r#"{"doubleValue":""}"#), &[("k", "")]);
    check_kept(&attribute(r#"{"bytesValue":"?"}"#), &[("k", "?")]);
    check_kept(&attribute(r#"{"boolValue":"perhaps"}"#), &[("k", "perhaps")]);
    check_kept(&attribute(r#"{"newKind":{"x":[1]}}"#), &[("k", r#"{"newKind":{"x":[1]}}"#)]);
    check_kept(&attribute(r#"{"arrayValue":5}"#), &[("k", "5")]);
    check_kept(&attribute(r#"{"kvlistValue":{"a":1}}"#), &[("k", r#"{"a":1}"#)]);
    let inner = r#"{"kvlistValue":{"values":[{"key":"in","value":{"intValue":"x"}}]}}"#;
    check_kept(&attribute(inner), &[("k.in", "x")]);
    check_kept(&format!(r#"{{"body":{inner}}}"#), &[("body.in", "x")]);
    check_kept(r#"{"attributes":[{"key":{},"value":{"intValue":1}}]}"#, &[("key", "{}")]);
}

#[test]
fn what_another_one_takes_the_place_of_is_kept() {
    let attribute = |value: &str| format!(r#"{{"attributes":[{{"value":{value},"key":"k"}}]}}"#);
    check_kept(&attribute(r#"{"intValue":"x","stringValue":"y"}"#), &[("k", "x")]);
    check_kept(&attribute(r#"{"stringValue":"a","intValue":1}"#), &[("k", "a")]);
    check_kept(&attribute(r#"{"stringValue":"a","stringValue":"b","stringValue":null}"#), &[("k", "a")]);
    check_kept(&attribute(r#"{"stringValue":"a","stringValue":"a"}"#), &[]);
    check_kept(&attribute(r#"{"stringValue":"a","newKind":{"x":[1]}}"#), &[("k", r#"{"x":[1]}"#)]);
    check_kept(&attribute(r#"{"value":{"intValue":1},"intValue":2}"#), &[("k", r#"{"intValue":1}"#)]);
    check_kept(&attribute(r#"{"arrayValue":{"values":[1],"values":[2]}}"#), &[("k", "[1]")]);
    check_kept(
        r#"{"attributes":[{"key":"k","stringValue":"x"}]}"#,
        &[("k", r#"{"key":"k","stringValue":"x"}"#)],
    );
    check_kept(r#"{"attributes":[{"key":"a","key":"k","value":1}]}"#, &[("key", "a")]);
    check_kept(r#"{"attributes":[{"key":"k","value":1,"value":2}]}"#, &[("k", "1")]);
    check_kept(
        r#"{"eventName":"a","event_name":"b","body":1,"body":2}"#,
        &[("eventName", "a"), ("body", "1")],
    );
    check_kept(r#"{"attributes":[],"attributes":{"a":1}}"#, &[("attributes", "[]")]);
    let json = r#"{"resourceLogs":[{"resource":{"droppedAttributesCount":1},"resource":{"droppedAttributesCount":2},
        "scopeLogs":[{"scope":{"name":"a","name":"b"},"schemaUrl":"u","schemaUrl":"v","logRecords":[{"eventName":"a"}],
        "logRecords":[{"eventName":"b"}]}]}]}"#;
    let decoded = decode_json(json.as_bytes()).unwrap();
    assert_eq!((decoded.records.len(), decoded.warnings.unreadable), (2, 2));
    let kept = kept(&decoded);
    let kept: Vec<_> = kept.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(kept, [("name", "a"), ("schemaUrl", "u"), ("resource", r#"{"droppedAttributesCount":1}"#)],);
}

#[test]
fn what_is_read_again_is_bounded() {
    // Each level has its value twice, the second time with all that is within.
    let mut value = r#"{"intValue":1}"#.to_owned();
    for _ in 0..30 {
        value = format!(
            r#"{{"kvlistValue":{{"values":[],"values":[{{"key":"k","key":"k","value":{value}}}]}}}}"#
        );
    }
    let record = format!(r#"{{"attributes":[{{"key":"k","value":{value}}}]}}"#);
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#);
    let decoded = decode_json(json.as_bytes()).unwrap();
    assert_eq!((decoded.records.len(), decoded.warnings.unreadable), (1, 1));
}

#[test]
fn numbers_beyond_their_type_are_the_nearest_and_kept() {
    let attribute = |value: &str| format!(r#"{{"attributes":[{{"key":"k","value":{value}}}]}}"#);
    for number in ["1e400", "-1e400", "1e-400", "12345678901234567891", "-9007199254740993.0e5000"] {
        for value in [
            number.to_owned(),
            format!("{{\"doubleValue\":{number}}}"),
            format!("{{\"intValue\":\"{number}\"}}"),
        ] {
            check_kept(&attribute(&value), &[("k", number)]);
        }
    }
    for number in
        ["1e308", "0e-999", "-0.0", "0.1234567890123456789", "12345678901234567000", "9007199254740992"]
    {
        check_kept(&attribute(&format!("{{\"doubleValue\":{number}}}")), &[]);
    }
    check_kept(&attribute("Infinity"), &[]);
    let halves = r#"{"low":-1,"high":-1,"unsigned":true}"#;
    check_kept(&attribute(&format!("{{\"intValue\":{halves}}}")), &[("k", halves)]);
    check_kept(&attribute(r#"{"intValue":{"low":-1,"high":-1,"unsigned":false}}"#), &[]);
    let late = "1795424400123456789000000";
    let decoded = check_kept(&format!(r#"{{"timeUnixNano":"{late}"}}"#), &[("timeUnixNano", late)]);
    assert_eq!(LogRecordRef::new(&decoded.records[0].record).time_unix_nano, u64::MAX);
    let wide = r#"{"attributes":[{"key":"k","value":{"intValue":"18446744073709551615"}}]}"#;
    let decoded = check_kept(wide, &[("k", "18446744073709551615")]);
    let view = LogRecordRef::new(&decoded.records[0].record);
    assert!(matches!(view.attributes().next(), Some(("k", AnyValue::Double(_)))));
}

#[test]
fn a_kept_value_does_not_cost_a_record_at_its_limit() {
    let attributes: Vec<_> = (0..4_096).map(|n| format!(r#"{{"key":"{n}"}}"#)).collect();
    let record = format!(r#"{{"flags":"x","attributes":[{}]}}"#, attributes.join(","));
    check_kept(&record, &[("flags", "x")]);
}

#[test]
fn heads_that_cannot_be_read_cost_nothing() {
    let json =
        br#"{"resourceLogs":[{"resource":{"attributes":7,"schemaUrl":[]},"schemaUrl":{"a":1},"scopeLogs":[
        {"scope":[],"logRecords":[{"eventName":"a"}]}]}]}"#;
    let decoded = decode_json(json).unwrap();
    assert_eq!((decoded.records.len(), decoded.rejected.total()), (1, 0));
    assert!(decoded.records[0].flags.contains(Flags::VALUE_UNREADABLE));
    let kept = kept(&decoded);
    let names: Vec<_> = kept.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["scope", "attributes", "resource.schemaUrl", "schemaUrl"]);
}
