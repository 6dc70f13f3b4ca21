//! The log record of an event as JSON, in the form of OTLP/JSON (opentelemetry-proto, "JSON Protobuf
//! Encoding"): names in lower camel case, 64-bit integers as strings, ids in hex, bytes in base64.
//!
//! Values keep their types: `{"intValue": "1"}` is no `{"stringValue": "1"}`. Doubles that JSON
//! has no numbers for are the strings `NaN`, `Infinity` and `-Infinity`. What the sender left unset is left out.

mod logs_data;

pub(crate) use logs_data::LogsData;
use logs_data::{SPAN_ID_BYTES, TRACE_ID_BYTES, WithStated};

use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use steplog_model::event::Event;
use steplog_model::limits;
use steplog_model::record::exported::Written;
use steplog_model::record::value::{AnyValue, KeyValues, double_text, put_base64};
use steplog_model::record::wire::{self, Field, Reader};
use steplog_model::record::{LogRecordRef, ScopeRef, resource_attributes};

use crate::shown::Shown;

/// Resource, scope and log record of an event.
pub(crate) struct Record<'a>(pub(crate) &'a Event);

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let origin = &self.0.origin;
        let mut map = serializer.serialize_map(None)?;
        let resource = Resource { bytes: &origin.resource, schema_url: &origin.resource_schema_url };
        map.serialize_entry("resource", &resource)?;
        let scope = Scope { scope: ScopeRef::new(&origin.scope), schema_url: &origin.scope_schema_url };
        map.serialize_entry("scope", &scope)?;
        map.serialize_entry(
            "logRecord",
            &LogRecord { record: LogRecordRef::new(&self.0.record), exported: None },
        )?;
        map.end()
    }
}

fn put_text<M: SerializeMap>(map: &mut M, name: &'static str, text: &str) -> Result<(), M::Error> {
    if text.is_empty() { Ok(()) } else { map.serialize_entry(name, text) }
}

fn put_number<M: SerializeMap>(map: &mut M, name: &'static str, number: u32) -> Result<(), M::Error> {
    if number == 0 { Ok(()) } else { map.serialize_entry(name, &number) }
}

fn put_nanos<M: SerializeMap>(map: &mut M, name: &'static str, nanos: u64) -> Result<(), M::Error> {
    if nanos == 0 { Ok(()) } else { map.serialize_entry(name, &Shown(nanos)) }
}

fn put_id<M: SerializeMap>(map: &mut M, name: &'static str, id: Option<&[u8]>) -> Result<(), M::Error> {
    match id.filter(|id| !id.is_empty()) {
        Some(id) => map.serialize_entry(name, &Shown(Hex(id))),
        None => Ok(()),
    }
}

struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

struct Resource<'a> {
    bytes: &'a [u8],
    schema_url: &'a str,
}

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("attributes", &Attributes(resource_attributes(self.bytes), 0))?;
        let mut dropped = 0;
        let mut entities = Vec::new();
        for (number, field) in Reader::new(self.bytes).valid_fields() {
            match (number, field) {
                (2, Field::Varint(count)) => dropped = count as u32,
                (3, Field::Bytes(entity)) => entities.push(EntityRef(entity)),
                _ => {}
            }
        }
        put_number(&mut map, "droppedAttributesCount", dropped)?;
        if !entities.is_empty() {
            map.serialize_entry("entityRefs", &entities)?;
        }
        put_text(&mut map, "schemaUrl", self.schema_url)?;
        map.end()
    }
}

/// A reference from a resource to what it describes (`common.proto`, `EntityRef`).
struct EntityRef<'a>(&'a [u8]);

impl Serialize for EntityRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut schema_url, mut kind, mut id_keys, mut description_keys) = ("", "", Vec::new(), Vec::new());
        for (number, field) in Reader::new(self.0).valid_fields() {
            match (number, field) {
                (1, Field::Bytes(text)) => schema_url = wire::text(text),
                (2, Field::Bytes(text)) => kind = wire::text(text),
                (3, Field::Bytes(text)) => id_keys.push(wire::text(text)),
                (4, Field::Bytes(text)) => description_keys.push(wire::text(text)),
                _ => {}
            }
        }
        let mut map = serializer.serialize_map(None)?;
        put_text(&mut map, "schemaUrl", schema_url)?;
        put_text(&mut map, "type", kind)?;
        map.serialize_entry("idKeys", &id_keys)?;
        map.serialize_entry("descriptionKeys", &description_keys)?;
        map.end()
    }
}

struct Scope<'a> {
    scope: ScopeRef<'a>,
    schema_url: &'a str,
}

impl Serialize for Scope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put_text(&mut map, "name", self.scope.name)?;
        put_text(&mut map, "version", self.scope.version)?;
        map.serialize_entry("attributes", &Attributes(self.scope.attributes(), 0))?;
        put_number(&mut map, "droppedAttributesCount", self.scope.dropped_attributes_count)?;
        put_text(&mut map, "schemaUrl", self.schema_url)?;
        map.end()
    }
}

struct LogRecord<'a> {
    record: LogRecordRef<'a>,
    /// What is written in another way for others; `None`: all as it was sent.
    exported: Option<Written>,
}

impl Serialize for LogRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = &self.record;
        let mut map = serializer.serialize_map(None)?;
        let sent = (record.time_unix_nano, record.observed_time_unix_nano);
        let (time, observed) = self.exported.as_ref().map_or(sent, |exported| exported.times);
        put_nanos(&mut map, "timeUnixNano", time)?;
        put_nanos(&mut map, "observedTimeUnixNano", observed)?;
        if record.severity_number != 0 {
            map.serialize_entry("severityNumber", &record.severity_number)?;
        }
        put_text(&mut map, "severityText", record.severity_text)?;
        put_text(&mut map, "eventName", record.event_name)?;
        if let Some(body) = record.body_value() {
            map.serialize_entry("body", &Value(body, 0))?;
        }
        match &self.exported {
            Some(exported) => map.serialize_entry("attributes", &WithStated(record, exported))?,
            None => map.serialize_entry("attributes", &Attributes(record.attributes(), 0))?,
        }
        put_number(&mut map, "droppedAttributesCount", record.dropped_attributes_count)?;
        put_number(&mut map, "flags", record.flags)?;
        let shown = |id: &&[u8], length| self.exported.is_none() || id.len() == length;
        put_id(&mut map, "traceId", Some(record.trace_id).filter(|id| shown(id, TRACE_ID_BYTES)))?;
        put_id(&mut map, "spanId", Some(record.span_id).filter(|id| shown(id, SPAN_ID_BYTES)))?;
        map.end()
    }
}

/// A list of keys and values, and how deep it lies.
struct Attributes<'a>(KeyValues<'a>, usize);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (key, value) in self.0 {
            list.serialize_element(&KeyValue(key, Value(value, self.1)))?;
        }
        list.end()
    }
}

struct KeyValue<'a>(&'a str, Value<'a>);

impl Serialize for KeyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("key", self.0)?;
        map.serialize_entry("value", &self.1)?;
        map.end()
    }
}

/// A value, and how deep it lies.
struct Value<'a>(AnyValue<'a>, usize);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let depth = self.1 + 1;
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            // Records that nest deeper are not stored.
            _ if depth > limits::MAX_VALUE_DEPTH + 1 => {}
            AnyValue::Empty => {}
            AnyValue::String(text) => map.serialize_entry("stringValue", text)?,
            AnyValue::Bool(truth) => map.serialize_entry("boolValue", &truth)?,
            AnyValue::Int(int) => map.serialize_entry("intValue", &Shown(int))?,
            AnyValue::Double(double) => map.serialize_entry("doubleValue", &Double(double))?,
            AnyValue::Array(values) => {
                map.serialize_entry("arrayValue", &Member("values", Values(values, depth)))?;
            }
            AnyValue::KvList(list) => {
                map.serialize_entry("kvlistValue", &Member("values", Attributes(list, depth)))?;
            }
            AnyValue::Bytes(bytes) => {
                let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
                put_base64(&mut text, bytes);
                map.serialize_entry("bytesValue", &text)?;
            }
        }
        map.end()
    }
}

struct Member<T>(&'static str, T);

impl<T: Serialize> Serialize for Member<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, &self.1)?;
        map.end()
    }
}

struct Values<'a>(steplog_model::record::value::Values<'a>, usize);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.map(|value| Value(value, self.1)))
    }
}

struct Double(f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // Its sign would be lost.
            zero if zero == 0.0 && zero.is_sign_negative() => serializer.serialize_f64(zero),
            // In the one text of a number, as filters and files have it.
            finite if finite.is_finite() => {
                let text = RawValue::from_string(double_text(finite)).map_err(Error::custom)?;
                text.serialize(serializer)
            }
            other => serializer.serialize_str(&double_text(other)),
        }
    }
}

/// A value as JSON of its own kind: what people would write.
pub(crate) struct PlainValue<'a>(AnyValue<'a>, usize);

impl<'a> PlainValue<'a> {
    pub(crate) const fn of(value: AnyValue<'a>) -> Self {
        Self(value, 0)
    }
}

impl Serialize for PlainValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let depth = self.1 + 1;
        match self.0 {
            // Records that nest deeper are not stored.
            _ if depth > limits::MAX_VALUE_DEPTH + 1 => serializer.serialize_unit(),
            AnyValue::Empty => serializer.serialize_unit(),
            AnyValue::String(text) => serializer.serialize_str(text),
            AnyValue::Bool(truth) => serializer.serialize_bool(truth),
            AnyValue::Int(int) => serializer.serialize_i64(int),
            AnyValue::Double(double) => Double(double).serialize(serializer),
            AnyValue::Array(values) => serializer.collect_seq(values.map(|value| PlainValue(value, depth))),
            AnyValue::KvList(list) => {
                serializer.collect_map(list.map(|(key, value)| (key, PlainValue(value, depth))))
            }
            AnyValue::Bytes(bytes) => {
                let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
                put_base64(&mut text, bytes);
                serializer.serialize_str(&text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use steplog_model::record::wire::{
        put_bytes_field, put_fixed64_field, put_message_field, put_varint_field,
    };
    use steplog_model::testing::build::EventBuilder;
    use steplog_model::time::UnixNanos;

    fn attribute(key: &str, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        put_message_field(&mut out, 6, |out| {
            put_bytes_field(out, 1, key.as_bytes());
            put_message_field(out, 2, write);
        });
        out
    }

    #[test]
    fn every_kind_of_value_keeps_its_type() {
        let fields = [
            attribute("int", |out| put_varint_field(out, 3, i64::MIN as u64)),
            attribute("nan", |out| put_fixed64_field(out, 4, f64::NAN.to_bits())),
            attribute("endless", |out| put_fixed64_field(out, 4, f64::NEG_INFINITY.to_bits())),
            attribute("double", |out| put_fixed64_field(out, 4, 1.0_f64.to_bits())),
            attribute("bytes", |out| put_bytes_field(out, 7, &[0xff, 0])),
            attribute("truth", |out| put_varint_field(out, 2, 1)),
            attribute("empty", |_| {}),
            attribute("list", |out| {
                put_message_field(out, 5, |out| {
                    put_message_field(out, 1, |out| put_bytes_field(out, 1, b"<b>"));
                });
            }),
        ]
        .concat();
        let builder = EventBuilder::new(1, UnixNanos(u32::MAX.into())).body("hello").record_bytes(&fields);
        let event = builder.record_bytes(&[0x4a, 2, 0xab, 1]).build();
        let found = serde_json::to_value(Record(&event)).unwrap();
        let want = json!({
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scope": {"name": "steplog-tests", "version": "1", "attributes": []},
            "logRecord": {
                "timeUnixNano": "4294967295",
                "body": {"stringValue": "hello"},
                "attributes": [
                    {"key": "int", "value": {"intValue": "-9223372036854775808"}},
                    {"key": "nan", "value": {"doubleValue": "NaN"}},
                    {"key": "endless", "value": {"doubleValue": "-Infinity"}},
                    {"key": "double", "value": {"doubleValue": 1}},
                    {"key": "bytes", "value": {"bytesValue": "/wA="}},
                    {"key": "truth", "value": {"boolValue": true}},
                    {"key": "empty", "value": {}},
                    {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "<b>"}]}}},
                ],
                "traceId": "ab01",
            },
        });
        assert_eq!(found, want);
    }
}
