//! An event as a message of its own, to be taken in again.

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};
use steplog_model::event::{Event, Flags, TimeSource};
use steplog_model::record::value::{AnyValue, KeyValues};
use steplog_model::record::{LogRecordRef, ScopeRef};

use super::{Hex, KeyValue, LogRecord, Resource, Scope, Value};

/// An event as `LogsData` of OTLP/JSON, as Collectors exchange it.
///
/// A record whose sender gave it no id gets the event's as `log.record.uid`: whoever takes it in
/// again finds the same event, not another one. Ids of traces and spans have the lengths that OTLP knows: another one
/// is an attribute, which an import turns back.
pub(crate) struct LogsData<'a>(pub(crate) &'a Event);

impl Serialize for LogsData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let origin = &self.0.origin;
        let scope_logs = ScopeLogs {
            scope: Scope { scope: ScopeRef::new(&origin.scope), schema_url: "" },
            log_records: [LogRecord {
                record: LogRecordRef::new(&self.0.record),
                exported: Some(Exported::of(self.0)),
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
pub(super) struct Exported {
    /// When it happened and when that was observed, in nanoseconds since 1970; 0 for none.
    pub(super) times: (u64, u64),
    /// Attributes beside those of the record.
    pub(super) added: Vec<(&'static str, String)>,
}

impl Exported {
    fn of(event: &Event) -> Self {
        let record = LogRecordRef::new(&event.record);
        let mut added = Vec::new();
        // Whoever refuses an id of another length refuses the line that it is in.
        let ids =
            [(SENT_TRACE_ID, record.trace_id, TRACE_ID_BYTES), (SENT_SPAN_ID, record.span_id, SPAN_ID_BYTES)];
        for (key, id, length) in ids {
            if !id.is_empty() && id.len() != length {
                added.push((key, Hex(id).to_string()));
            }
        }
        // Last, so that of several it is the one that counts. One that a sender gave in bytes that are no UTF-8 is not in
        // the record any more.
        let is_stated =
            event.flags.contains(Flags::EXPLICIT_ID) && !event.flags.contains(Flags::UTF8_REPAIRED);
        if !is_stated {
            added.push((UID, event.id.to_string()));
        }
        Self { times: times(event, &record), added }
    }
}

/// The times of a record. One that tells none that can be believed is at the moment of its receipt: taken in again
/// it stays there. What cannot be believed stays as well, since an event says that about itself.
fn times(event: &Event, record: &LogRecordRef<'_>) -> (u64, u64) {
    let (time, observed) = (record.time_unix_nano, record.observed_time_unix_nano);
    if event.time_source != TimeSource::Received {
        return (time, observed);
    }
    let unbelieved = if time == 0 { observed } else { time };
    (unbelieved, u64::try_from(event.time.0).unwrap_or(0))
}

/// The attribute in which a sender gives a record its id.
const UID: &str = "log.record.uid";
/// The attribute with the digits of a trace id that is none by its length.
const SENT_TRACE_ID: &str = "steplog.sent.trace_id";
/// The same of a span id.
const SENT_SPAN_ID: &str = "steplog.sent.span_id";

/// The attributes of a record, and some more.
pub(super) struct WithAdded<'a>(pub(super) KeyValues<'a>, pub(super) &'a [(&'static str, String)]);

impl Serialize for WithAdded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (key, value) in self.0 {
            list.serialize_element(&KeyValue(key, Value(value, 0)))?;
        }
        for (key, text) in self.1 {
            list.serialize_element(&KeyValue(key, Value(AnyValue::String(text), 0)))?;
        }
        list.end()
    }
}
