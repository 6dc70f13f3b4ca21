//! Strategies for requests: as any encoder may write them, and as the generated types write them.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use steplog_model::record::wire::{put_bytes_field, put_fixed32_field, put_fixed64_field, put_varint_field};

/// Encoded fields of one message, in any order, known ones repeated, unknown ones among them.
fn fields(field: impl Strategy<Value = Vec<u8>>, most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(field, 0..=most).prop_map(|fields| fields.concat())
}

fn one(write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn varint(number: u32) -> BoxedStrategy<Vec<u8>> {
    any::<u64>().prop_map(move |value| one(|out| put_varint_field(out, number, value))).boxed()
}

fn fixed64(number: u32) -> BoxedStrategy<Vec<u8>> {
    any::<u64>().prop_map(move |value| one(|out| put_fixed64_field(out, number, value))).boxed()
}

fn message(number: u32, content: impl Strategy<Value = Vec<u8>> + 'static) -> BoxedStrategy<Vec<u8>> {
    content.prop_map(move |content| one(|out| put_bytes_field(out, number, &content))).boxed()
}

fn text(number: u32) -> BoxedStrategy<Vec<u8>> {
    message(number, "\\PC{0,6}".prop_map(String::into_bytes))
}

fn blob(number: u32) -> BoxedStrategy<Vec<u8>> {
    message(number, vec(any::<u8>(), 0..17))
}

fn unknown() -> BoxedStrategy<Vec<u8>> {
    (200_u32..9_000, any::<u64>(), vec(any::<u8>(), 0..6), 0..4)
        .prop_map(|(number, value, bytes, kind)| {
            one(|out| match kind {
                0 => put_varint_field(out, number, value),
                1 => put_fixed64_field(out, number, value),
                2 => put_fixed32_field(out, number, value as u32),
                _ => put_bytes_field(out, number, &bytes),
            })
        })
        .boxed()
}

/// An encoded `AnyValue` with any number of members.
pub(super) fn wire_value() -> BoxedStrategy<Vec<u8>> {
    let leaf = prop_oneof![text(1), varint(2), varint(3), fixed64(4), blob(7), varint(8), unknown()];
    fields(leaf, 2)
        .prop_recursive(3, 24, 3, |inner| {
            let array = message(5, fields(prop_oneof![4 => message(1, inner.clone()), 1 => unknown()], 3));
            let pair = message(1, wire_pair(inner));
            let list = message(6, fields(prop_oneof![4 => pair, 1 => unknown()], 3));
            fields(prop_oneof![text(1), array, list], 3)
        })
        .boxed()
}

/// An encoded `KeyValue` whose key and value may come several times.
fn wire_pair(value: impl Strategy<Value = Vec<u8>> + 'static) -> BoxedStrategy<Vec<u8>> {
    let key = message(1, "[abc]{0,2}".prop_map(String::into_bytes));
    fields(prop_oneof![3 => key, 4 => message(2, value), 1 => varint(3), 1 => unknown()], 4).boxed()
}

fn wire_record() -> BoxedStrategy<Vec<u8>> {
    let flags = any::<u32>().prop_map(|flags| one(|out| put_fixed32_field(out, 8, flags)));
    let field = prop_oneof![
        fixed64(1),
        varint(2),
        text(3),
        message(5, wire_value()),
        message(6, wire_pair(wire_value())),
        varint(7),
        flags,
        blob(9),
        blob(10),
        fixed64(11),
        text(12),
        unknown(),
    ];
    fields(field, 8).boxed()
}

/// An encoded request, as any encoder that follows the format may write it.
pub(super) fn wire_request() -> BoxedStrategy<Vec<u8>> {
    let entity = fields(prop_oneof![text(1), text(2), text(3), text(4), unknown()], 4);
    let attribute = |number| message(number, wire_pair(wire_value()));
    let resource = fields(prop_oneof![attribute(1), varint(2), message(3, entity), unknown()], 4);
    let scope = fields(prop_oneof![text(1), text(2), attribute(3), varint(4), unknown()], 4);
    let scope_logs = fields(
        prop_oneof![1 => message(1, scope), 3 => message(2, wire_record()), 1 => text(3), 1 => unknown()],
        5,
    );
    let resource_logs = fields(
        prop_oneof![1 => message(1, resource), 3 => message(2, scope_logs), 1 => text(3), 1 => unknown()],
        4,
    );
    fields(prop_oneof![4 => message(1, resource_logs), 1 => unknown()], 3).boxed()
}

fn value() -> BoxedStrategy<AnyValue> {
    let double = prop_oneof![any::<f64>().prop_filter("NaN has many", |d| !d.is_nan()), Just(f64::NAN)];
    let leaf = prop_oneof![
        1 => Just(None),
        3 => "\\PC{0,8}".prop_map(|text| Some(Value::StringValue(text))),
        1 => any::<bool>().prop_map(|truth| Some(Value::BoolValue(truth))),
        2 => any::<i64>().prop_map(|int| Some(Value::IntValue(int))),
        2 => double.prop_map(|double| Some(Value::DoubleValue(double))),
        1 => vec(any::<u8>(), 0..6).prop_map(|bytes| Some(Value::BytesValue(bytes))),
    ];
    leaf.prop_map(|value| AnyValue { value })
        .prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
                vec(pair(inner), 0..4).prop_map(|values| Value::KvlistValue(KeyValueList { values })),
            ]
            .prop_map(|value| AnyValue { value: Some(value) })
        })
        .boxed()
}

fn pair(value: impl Strategy<Value = AnyValue>) -> impl Strategy<Value = KeyValue> {
    ("[a-z.\"\\\\\u{e9}]{0,6}", option::weighted(0.9, value)).prop_map(|(key, value)| KeyValue {
        key,
        value,
        key_strindex: 0,
    })
}

fn log_record() -> impl Strategy<Value = LogRecord> {
    let times = (option::of(any::<u64>()), option::of(any::<u64>()));
    let texts = (option::of("\\PC{0,5}"), option::of("[a-z.]{0,9}"));
    let ids = (vec(any::<u8>(), 0..17), vec(any::<u8>(), 0..9));
    let numbers = (0..25_i32, any::<u32>(), any::<u32>());
    let values = (option::of(value()), vec(pair(value()), 0..6));
    (times, texts, ids, numbers, values).prop_map(|(times, texts, ids, numbers, values)| LogRecord {
        time_unix_nano: times.0.unwrap_or(0),
        observed_time_unix_nano: times.1.unwrap_or(0),
        severity_number: numbers.0,
        severity_text: texts.0.unwrap_or_default(),
        body: values.0,
        attributes: values.1,
        dropped_attributes_count: numbers.1,
        flags: numbers.2,
        trace_id: ids.0,
        span_id: ids.1,
        event_name: texts.1.unwrap_or_default(),
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    let entity = ("[a-z]{0,3}", "[a-z]{0,3}", vec("[a-z]{0,3}", 0..3), vec("[a-z]{0,3}", 0..3));
    let entity = entity.prop_map(|(schema_url, r#type, id_keys, description_keys)| EntityRef {
        schema_url,
        r#type,
        id_keys,
        description_keys,
    });
    (vec(pair(value()), 0..3), any::<u32>(), vec(entity, 0..2)).prop_map(|(attributes, dropped, entities)| {
        Resource { attributes, dropped_attributes_count: dropped, entity_refs: entities }
    })
}

/// A request as the generated types write it.
pub(super) fn request() -> impl Strategy<Value = ExportLogsServiceRequest> {
    let scope = ("\\PC{0,4}", "[0-9.]{0,4}", vec(pair(value()), 0..3), any::<u32>());
    let scope = scope.prop_map(|(name, version, attributes, dropped)| InstrumentationScope {
        name,
        version,
        attributes,
        dropped_attributes_count: dropped,
    });
    let scope_logs = (option::of(scope), vec(log_record(), 0..4), "[a-z:/]{0,6}")
        .prop_map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url });
    let resource_logs = (option::of(resource()), vec(scope_logs, 0..3), "[a-z:/]{0,6}")
        .prop_map(|(resource, scope_logs, schema_url)| ResourceLogs { resource, scope_logs, schema_url });
    vec(resource_logs, 0..3).prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}
