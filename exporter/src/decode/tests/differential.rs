//! Our reader against the generated types of opentelemetry-proto, which prost reads.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1 as proto;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use proptest::prelude::*;
use prost::Message as _;
use steplog_model::event::Flags;
use steplog_model::record::value::{AnyValue, KeyValues};
use steplog_model::record::{LogRecordRef, ScopeRef, resource_attributes};

use super::generate;
use crate::decode::{Decoded, decode_protobuf};

/// The value as the generated type, read through our view.
fn value(view: AnyValue<'_>) -> proto::AnyValue {
    let value = match view {
        AnyValue::Empty => None,
        AnyValue::String(text) => Some(Value::StringValue(text.to_owned())),
        AnyValue::Bool(truth) => Some(Value::BoolValue(truth)),
        AnyValue::Int(int) => Some(Value::IntValue(int)),
        AnyValue::Double(double) => Some(Value::DoubleValue(double)),
        AnyValue::Array(values) => {
            Some(Value::ArrayValue(proto::ArrayValue { values: values.map(value).collect() }))
        }
        AnyValue::KvList(list) => Some(Value::KvlistValue(proto::KeyValueList { values: pairs(list) })),
        AnyValue::Bytes(bytes) => Some(Value::BytesValue(bytes.to_vec())),
    };
    proto::AnyValue { value }
}

fn pairs(view: KeyValues<'_>) -> Vec<proto::KeyValue> {
    view.map(|(key, view)| proto::KeyValue { key: key.to_owned(), value: Some(value(view)), key_strindex: 0 })
        .collect()
}

/// The value as our view shows it: references into string tables and absent values are empty ones.
fn shown(value: Option<proto::AnyValue>) -> proto::AnyValue {
    let value = match value.and_then(|value| value.value) {
        Some(Value::StringValueStrindex(_)) => None,
        Some(Value::ArrayValue(array)) => {
            let values = array.values.into_iter().map(|value| shown(Some(value))).collect();
            Some(Value::ArrayValue(proto::ArrayValue { values }))
        }
        Some(Value::KvlistValue(list)) => {
            Some(Value::KvlistValue(proto::KeyValueList { values: shown_pairs(list.values) }))
        }
        other => other,
    };
    proto::AnyValue { value }
}

fn shown_pairs(pairs: Vec<proto::KeyValue>) -> Vec<proto::KeyValue> {
    let shown = |pair: proto::KeyValue| proto::KeyValue {
        key: pair.key,
        value: Some(shown(pair.value)),
        key_strindex: 0,
    };
    pairs.into_iter().map(shown).collect()
}

/// Doubles are compared by their bits: NaN equals itself.
#[track_caller]
fn same<M: prost::Message + std::fmt::Debug>(ours: &M, theirs: &M) {
    assert_eq!(ours.encode_to_vec(), theirs.encode_to_vec(), "{ours:?}\n{theirs:?}");
}

#[track_caller]
fn same_pairs(ours: KeyValues<'_>, theirs: &[proto::KeyValue]) {
    let list = |values| proto::KeyValueList { values };
    same(&list(pairs(ours)), &list(shown_pairs(theirs.to_vec())));
}

#[track_caller]
fn same_record(ours: &[u8], theirs: &LogRecord) {
    same(&LogRecord::decode(ours).unwrap(), theirs);
    let view = LogRecordRef::new(ours);
    assert_eq!(view.time_unix_nano, theirs.time_unix_nano);
    assert_eq!(view.observed_time_unix_nano, theirs.observed_time_unix_nano);
    assert_eq!(view.severity_number, theirs.severity_number);
    assert_eq!(view.severity_text, theirs.severity_text);
    assert_eq!(view.dropped_attributes_count, theirs.dropped_attributes_count);
    assert_eq!(view.flags, theirs.flags);
    assert_eq!(view.trace_id, theirs.trace_id);
    assert_eq!(view.span_id, theirs.span_id);
    assert_eq!(view.event_name, theirs.event_name);
    assert_eq!(view.body.is_some(), theirs.body.is_some());
    same(&value(view.body_value().unwrap_or_default()), &shown(theirs.body.clone()));
    same_pairs(view.attributes(), &theirs.attributes);
}

/// Every field of every record and origin is the same.
#[track_caller]
fn same_request(ours: &Decoded, theirs: &ExportLogsServiceRequest) {
    let mut records = ours.records.iter();
    for resource_logs in &theirs.resource_logs {
        for scope_logs in &resource_logs.scope_logs {
            for record in &scope_logs.log_records {
                let kept = records.next().expect("a record is missing");
                let origin = &kept.origin.origin;
                let resource = resource_logs.resource.clone().unwrap_or_default();
                same(&Resource::decode(&*origin.resource).unwrap(), &resource);
                same_pairs(resource_attributes(&origin.resource), &resource.attributes);
                let scope = scope_logs.scope.clone().unwrap_or_default();
                same(&proto::InstrumentationScope::decode(&*origin.scope).unwrap(), &scope);
                let view = ScopeRef::new(&origin.scope);
                assert_eq!((view.name, view.version), (&*scope.name, &*scope.version));
                assert_eq!(view.dropped_attributes_count, scope.dropped_attributes_count);
                same_pairs(view.attributes(), &scope.attributes);
                assert_eq!(&*origin.resource_schema_url, &*resource_logs.schema_url);
                assert_eq!(&*origin.scope_schema_url, &*scope_logs.schema_url);
                same_record(&kept.record, record);
            }
        }
    }
    assert!(records.next().is_none(), "there are more records than were sent");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn agrees_with_prost(request in generate::wire_request()) {
        let theirs = ExportLogsServiceRequest::decode(&*request).unwrap();
        let ours = decode_protobuf(Bytes::from(request)).unwrap();
        prop_assert_eq!(ours.rejected.total(), 0);
        same_request(&ours, &theirs);
    }

    #[test]
    fn keeps_what_the_generated_types_write_without_a_copy(request in generate::request()) {
        let body = Bytes::from(request.encode_to_vec());
        let ours = decode_protobuf(body.clone()).unwrap();
        same_request(&ours, &request);
        for record in &ours.records {
            prop_assert!(!record.flags.contains(Flags::UTF8_REPAIRED));
            let (body, record) = (body.as_ptr_range(), record.record.as_ptr_range());
            prop_assert!(record.is_empty() || body.contains(&record.start) && record.end <= body.end);
        }
    }

    #[test]
    fn damaged_requests_agree_where_both_take_them(
        request in generate::wire_request(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut request = request;
        for (place, byte) in damage {
            if !request.is_empty() {
                let place = place.index(request.len());
                request[place] = byte;
            }
        }
        let ours = decode_protobuf(Bytes::from(request.clone()));
        if let (Ok(ours), Ok(theirs)) = (&ours, ExportLogsServiceRequest::decode(&*request))
            && ours.rejected.total() == 0
        {
            same_request(ours, &theirs);
        }
        if let Ok(ours) = &ours {
            for kept in &ours.records {
                // What is kept is always a message that the generated types read.
                prop_assert!(LogRecord::decode(&*kept.record).is_ok() || has_long_varint(&kept.record));
            }
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode_protobuf(Bytes::from(bytes.clone()));
        let mut wrapped = Vec::new();
        steplog_model::record::wire::put_bytes_field(&mut wrapped, 1, &bytes);
        let _ = decode_protobuf(Bytes::from(wrapped));
        let _ = super::decode_records(&[&bytes]);
    }
}

/// Whether prost may refuse what we keep: it reads a tenth varint byte as too long where we keep its lowest bit.
fn has_long_varint(record: &[u8]) -> bool {
    record.windows(10).any(|window| window.iter().take(9).all(|byte| byte & 0x80 != 0))
}
