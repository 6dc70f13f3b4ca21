//! Borrowed views over encoded OTLP messages, field by field, without copies.
//!
//! The stored form of a log record is its protobuf encoding (opentelemetry-proto, `logs.proto`,
//! `common.proto`, `resource.proto`). These views never panic; on malformed bytes they end early,
//! which stored records never need: the decoder checked them before they were stored.

pub mod exported;
pub mod leaves;
pub mod value;
pub mod wire;

use value::{AnyValue, KeyValues};
use wire::{Field, Reader};

/// A view of an encoded `LogRecord`.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogRecordRef<'a> {
    /// The encoded message.
    pub bytes: &'a [u8],
    /// Nanoseconds since 1970, 0 where unset. May be beyond what [`crate::time::UnixNanos`] holds.
    pub time_unix_nano: u64,
    /// When the event was observed, 0 where unset.
    pub observed_time_unix_nano: u64,
    /// 0 (unset) to 24.
    pub severity_number: i32,
    /// The severity as the source calls it.
    pub severity_text: &'a str,
    /// The encoded body, if there is one.
    pub body: Option<&'a [u8]>,
    /// Attributes that the sender dropped.
    pub dropped_attributes_count: u32,
    /// W3C trace flags in the low 8 bits.
    pub flags: u32,
    /// 16 bytes, or something that names no trace.
    pub trace_id: &'a [u8],
    /// 8 bytes, or something that names no span.
    pub span_id: &'a [u8],
    /// The name of the event, empty where unset.
    pub event_name: &'a str,
}

impl<'a> LogRecordRef<'a> {
    /// Field number of the attributes in `LogRecord`.
    pub const ATTRIBUTES: u32 = 6;

    /// Reads the scalar fields; attributes and body are read when asked for.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut record = Self { bytes, ..Self::default() };
        for (number, field) in Reader::new(bytes).valid_fields() {
            match (number, field) {
                (1, Field::Fixed64(nanos)) => record.time_unix_nano = nanos,
                (2, Field::Varint(number)) => record.severity_number = number as i32,
                (3, Field::Bytes(text)) => record.severity_text = wire::text(text),
                (5, Field::Bytes(body)) => record.body = Some(body),
                (7, Field::Varint(count)) => record.dropped_attributes_count = count as u32,
                (8, Field::Fixed32(flags)) => record.flags = flags,
                (9, Field::Bytes(id)) => record.trace_id = id,
                (10, Field::Bytes(id)) => record.span_id = id,
                (11, Field::Fixed64(nanos)) => record.observed_time_unix_nano = nanos,
                (12, Field::Bytes(name)) => record.event_name = wire::text(name),
                _ => {}
            }
        }
        record
    }

    /// The body's value.
    #[must_use]
    pub fn body_value(&self) -> Option<AnyValue<'a>> {
        self.body.map(AnyValue::new)
    }

    /// The attributes, in the order of the encoding.
    #[must_use]
    pub fn attributes(&self) -> KeyValues<'a> {
        KeyValues::new(self.bytes, Self::ATTRIBUTES)
    }
}

/// The attributes of an encoded `Resource`.
#[must_use]
pub fn resource_attributes(resource: &[u8]) -> KeyValues<'_> {
    KeyValues::new(resource, 1)
}

/// A view of an encoded `InstrumentationScope`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeRef<'a> {
    /// The encoded message.
    pub bytes: &'a [u8],
    /// The logger's name.
    pub name: &'a str,
    /// The logger's version.
    pub version: &'a str,
    /// Attributes that the sender dropped.
    pub dropped_attributes_count: u32,
}

impl<'a> ScopeRef<'a> {
    /// Field number of the attributes in `InstrumentationScope`.
    pub const ATTRIBUTES: u32 = 3;

    /// Reads the scalar fields.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut scope = Self { bytes, ..Self::default() };
        for (number, field) in Reader::new(bytes).valid_fields() {
            match (number, field) {
                (1, Field::Bytes(name)) => scope.name = wire::text(name),
                (2, Field::Bytes(version)) => scope.version = wire::text(version),
                (4, Field::Varint(count)) => scope.dropped_attributes_count = count as u32,
                _ => {}
            }
        }
        scope
    }

    /// The attributes of the scope.
    #[must_use]
    pub fn attributes(&self) -> KeyValues<'a> {
        KeyValues::new(self.bytes, Self::ATTRIBUTES)
    }
}
