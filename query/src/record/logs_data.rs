//! An event as a message of its own, to be taken in again.

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};
use steplog_model::event::Event;
use steplog_model::record::exported::{Exported, Written};
use steplog_model::record::value::AnyValue;
use steplog_model::record::{LogRecordRef, ScopeRef};

use super::{Hex, KeyValue, LogRecord, Resource, Scope, Value};

/// An event as `LogsData` of OTLP/JSON, as Collectors exchange it.
///
/// A record whose sender gave it no id gets the event's as `log.record.uid`: whoever takes it in
/// again finds the same event, not another one. What else the record does not tell of its event by itself, and ids of
/// traces and spans of a length that OTLP does not know, are in a further attribute, which a receiver turns back.
pub(crate) struct LogsData<'a>(pub(crate) &'a Event);

impl Serialize for LogsData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let origin = &self.0.origin;
        let scope_logs = ScopeLogs {
            scope: Scope { scope: ScopeRef::new(&origin.scope), schema_url: "" },
            log_records: [LogRecord {
                record: LogRecordRef::new(&self.0.record),
                exported: Some(written(self.0)),
            }],
            schema_url: &origin.scope_schema_url,
        };
        let resource_logs = ResourceLogs {
            resource: Resource { bytes: &origin.resource, schema_url: "" },
            scope_logs: [scope_logs],
            schema_url: &origin.resource_schema_url,
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("resourceLogs", &[resource_logs])?;
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs<'a> {
    resource: Resource<'a>,
    scope_logs: [ScopeLogs<'a>; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    schema_url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs<'a> {
    scope: Scope<'a>,
    log_records: [LogRecord<'a>; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    schema_url: &'a str,
}

/// The bytes of a trace id; OTLP knows no others.
pub(super) const TRACE_ID_BYTES: usize = 16;
/// The bytes of a span id.
pub(super) const SPAN_ID_BYTES: usize = 8;

/// How a record is written for others: valid, and so that whoever takes it in again finds the same event.
pub(super) fn written(event: &Event) -> Written {
    let record = LogRecordRef::new(&event.record);
    let mut written = Exported::of(event).written(&record);
    // Whoever refuses an id of another length refuses the line that it is in.
    if !record.trace_id.is_empty() && record.trace_id.len() != TRACE_ID_BYTES {
        written.move_trace_id(&Hex(record.trace_id).to_string());
    }
    if !record.span_id.is_empty() && record.span_id.len() != SPAN_ID_BYTES {
        written.move_span_id(&Hex(record.span_id).to_string());
    }
    written
}

/// The attributes of a record, and what is stated of its event.
pub(super) struct WithStated<'a>(pub(super) &'a LogRecordRef<'a>, pub(super) &'a Written);

impl Serialize for WithStated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (key, value) in self.0.attributes() {
            list.serialize_element(&KeyValue(key, Value(value, 0)))?;
        }
        for (key, text) in self.1.attributes(self.0) {
            list.serialize_element(&KeyValue(key, Value(AnyValue::String(text), 0)))?;
        }
        list.end()
    }
}
