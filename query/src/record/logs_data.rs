//! An event as a message of its own, to be taken in again.

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};
use steplog_model::event::Event;
use steplog_model::ids::EventId;
use steplog_model::record::value::{AnyValue, KeyValues};
use steplog_model::record::{LogRecordRef, ScopeRef};

use super::{KeyValue, LogRecord, Resource, Scope, Value};

/// An event as `LogsData` of OTLP/JSON, as Collectors exchange it.
///
/// A record whose sender gave it no id gets the event's as `log.record.uid`: whoever takes it in
/// again finds the same event, not another one.
pub(crate) struct LogsData<'a>(pub(crate) &'a Event);

impl Serialize for LogsData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let origin = &self.0.origin;
        let scope_logs = ScopeLogs {
            scope: Scope { scope: ScopeRef::new(&origin.scope), schema_url: "" },
            log_records: [LogRecord {
                record: LogRecordRef::new(&self.0.record),
                uid: uid(self.0),
                observed: observed(self.0),
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

/// When an event was received whose record tells no time at all: taken in again it stays at its moment.
fn observed(event: &Event) -> u64 {
    let record = LogRecordRef::new(&event.record);
    let told = record.time_unix_nano != 0 || record.observed_time_unix_nano != 0;
    if told { 0 } else { u64::try_from(event.time.0).unwrap_or(0) }
}

/// The attributes in which a sender gives a record its id.
const UIDS: [&str; 2] = ["log.record.uid", "cloudevents.event_id"];

/// The id of an event whose record has none of its own.
fn uid(event: &Event) -> Option<EventId> {
    let own = LogRecordRef::new(&event.record).attributes().into_iter().any(|(key, _)| UIDS.contains(&key));
    (!own).then_some(event.id)
}

/// The attributes of a record, and its id as one more.
pub(super) struct WithUid<'a>(pub(super) KeyValues<'a>, pub(super) EventId);

impl Serialize for WithUid<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (key, value) in self.0 {
            list.serialize_element(&KeyValue(key, Value(value, 0)))?;
        }
        let uid = self.1.to_string();
        list.serialize_element(&KeyValue(UIDS[0], Value(AnyValue::String(&uid), 0)))?;
        list.end()
    }
}
