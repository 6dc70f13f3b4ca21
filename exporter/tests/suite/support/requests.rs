//! Export requests and their parts.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use steplog_model::event::Event;
use steplog_model::record::LogRecordRef;
use steplog_model::record::wire::put_bytes_field;
use steplog_model::time::UnixNanos;

pub(crate) fn string(text: &str) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text.to_owned())) }
}

pub(crate) fn attribute(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// A record that is told from others by its name.
pub(crate) fn record(name: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: u64::try_from(UnixNanos::now().0).unwrap(),
        event_name: name.to_owned(),
        body: Some(string("a step was taken")),
        attributes: vec![attribute("steplog.interaction.id", string("i-1"))],
        ..LogRecord::default()
    }
}

/// Records of one resource and scope.
pub(crate) fn request(log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let resource =
        Resource { attributes: vec![attribute("service.name", string("shop"))], ..Resource::default() };
    let scope = InstrumentationScope { name: "tests".to_owned(), ..InstrumentationScope::default() };
    let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records, schema_url: String::new() }];
    let logs = ResourceLogs { resource: Some(resource), scope_logs, schema_url: String::new() };
    ExportLogsServiceRequest { resource_logs: vec![logs] }
}

/// One record with this name.
pub(crate) fn one(name: &str) -> ExportLogsServiceRequest {
    request(vec![record(name)])
}

/// So many records with names of their own.
pub(crate) fn many(prefix: &str, count: usize) -> ExportLogsServiceRequest {
    request((0..count).map(|n| record(&format!("{prefix}.{n}"))).collect())
}

/// An encoded request whose records are given as bytes, well-formed or not.
pub(crate) fn request_of_bytes<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let (mut scope_logs, mut resource_logs, mut request) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        put_bytes_field(&mut scope_logs, 2, record);
    }
    put_bytes_field(&mut resource_logs, 2, &scope_logs);
    put_bytes_field(&mut request, 1, &resource_logs);
    request
}

/// An event's log record, read by the generated types.
pub(crate) fn record_of(event: &Event) -> LogRecord {
    LogRecord::decode(event.record.clone()).unwrap()
}

/// The names of events, in order.
pub(crate) fn names(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| LogRecordRef::new(&event.record).event_name.to_owned()).collect()
}
