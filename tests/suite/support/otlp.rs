//! Export requests, made with the generated types.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use steplog_load::otlp_client::{Compression, Message};
use steplog_model::time::UnixNanos;

pub(crate) fn string(text: &str) -> AnyValue {
    value(Value::StringValue(text.to_owned()))
}

pub(crate) fn value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

pub(crate) fn attribute(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// Now, as OTLP writes it.
pub(crate) fn now() -> u64 {
    UnixNanos::now().0.cast_unsigned()
}

/// A record of now with this name and interaction.
pub(crate) fn record(name: &str, interaction: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: now(),
        event_name: name.to_owned(),
        body: Some(string("a step was taken")),
        attributes: vec![attribute("steplog.interaction.id", string(interaction))],
        ..LogRecord::default()
    }
}

/// Records of one service.
pub(crate) fn request(log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let attributes = vec![attribute("service.name", string("suite"))];
    let scope = InstrumentationScope { name: "tests".to_owned(), ..InstrumentationScope::default() };
    let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records, schema_url: String::new() }];
    let resource = Some(Resource { attributes, ..Resource::default() });
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { resource, scope_logs, schema_url: String::new() }],
    }
}

/// A request as it is sent.
pub(crate) fn message(request: &ExportLogsServiceRequest) -> Message {
    Message::new(Bytes::from(request.encode_to_vec()), Compression::Gzip).unwrap()
}
