//! Writes requests as JSON in the ways that senders do, for tests.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Kind;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use serde_json::{Map, Value, json};

/// How a sender writes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// `time_unix_nano` instead of `timeUnixNano`.
    pub(super) snake_case: bool,
    /// 64-bit integers as numbers, doubles in quotes.
    pub(super) numbers: bool,
    /// `null` and empty lists for what is unset, instead of nothing.
    pub(super) nulls: bool,
    /// URL-safe base64 without padding; hex in upper case.
    pub(super) odd_digits: bool,
    /// Members nobody knows, and members that come twice.
    pub(super) noise: bool,
    /// The members of objects in reverse order, so that keys come after values.
    pub(super) reversed: bool,
}

/// Members in an order of their own, twice where wanted: what `serde_json::Map` cannot hold.
#[derive(Debug)]
pub(super) struct Members {
    style: Style,
    members: Vec<(String, String)>,
}

impl Members {
    fn new(style: Style) -> Self {
        Self { style, members: Vec::new() }
    }

    fn put(&mut self, name: &str, value: &str) {
        let mut name = name.to_owned();
        if self.style.snake_case {
            name = name.chars().fold(String::new(), |mut out, c| {
                if c.is_ascii_uppercase() {
                    out.push('_');
                }
                out.push(c.to_ascii_lowercase());
                out
            });
        }
        self.members.push((name, value.to_owned()));
    }

    fn put_unless(&mut self, unset: bool, name: &str, value: &str) {
        if !unset {
            self.put(name, value);
        } else if self.style.nulls {
            self.put(name, "null");
        }
    }

    fn finish(mut self) -> String {
        if self.style.reversed {
            self.members.reverse();
        }
        let mut written: Vec<String> = Vec::new();
        for (name, value) in &self.members {
            let name = Value::from(name.as_str());
            if self.style.noise {
                written.push(format!("{name}:{}", Self::noise(value)));
            }
            written.push(format!(" {name} :\n{value}"));
        }
        if self.style.noise {
            written.insert(0, "\"unheardOf\":[{\"a\":[null,{}]},1e5]".to_owned());
        }
        format!("{{{}}}", written.join(","))
    }

    /// An earlier value of the same member, which says nothing else.
    fn noise(value: &str) -> &str {
        if value.starts_with('"') { value } else { "null" }
    }
}

impl Style {
    fn int(self, int: impl ToString) -> String {
        if self.numbers { int.to_string() } else { format!("\"{}\"", int.to_string()) }
    }

    fn double(self, double: f64) -> String {
        let text = match double {
            _ if double.is_nan() => return "\"NaN\"".to_owned(),
            f64::INFINITY => return "\"Infinity\"".to_owned(),
            f64::NEG_INFINITY => return "\"-Infinity\"".to_owned(),
            _ => format!("{double:e}"),
        };
        if self.numbers { format!("\"{text}\"") } else { text }
    }

    fn hex(self, id: &[u8]) -> String {
        let digits: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        Value::from(if self.odd_digits { digits.to_uppercase() } else { digits }).to_string()
    }

    fn value(self, value: &AnyValue) -> String {
        let mut members = Members::new(Style { noise: false, ..self });
        match &value.value {
            None => {}
            Some(Kind::StringValue(text)) => {
                members.put("stringValue", &Value::from(text.as_str()).to_string())
            }
            Some(Kind::BoolValue(truth)) => members.put("boolValue", &truth.to_string()),
            Some(Kind::IntValue(int)) => members.put("intValue", &self.int(int)),
            Some(Kind::DoubleValue(double)) => members.put("doubleValue", &self.double(*double)),
            Some(Kind::ArrayValue(array)) => {
                let values: Vec<_> = array.values.iter().map(|value| self.value(value)).collect();
                members.put("arrayValue", &self.list(&values));
            }
            Some(Kind::KvlistValue(list)) => {
                let pairs: Vec<_> = list.values.iter().map(|pair| self.pair(pair)).collect();
                members.put("kvlistValue", &self.list(&pairs));
            }
            Some(Kind::BytesValue(bytes)) => {
                let engine = if self.odd_digits { URL_SAFE_NO_PAD } else { STANDARD };
                members.put("bytesValue", &Value::from(engine.encode(bytes)).to_string());
            }
            Some(Kind::StringValueStrindex(index)) => members.put("stringValueStrindex", &index.to_string()),
        }
        members.finish()
    }

    /// `{"values": […]}`; empty ones are written as the Go collector writes them.
    fn list(self, values: &[String]) -> String {
        if values.is_empty() { "{}".to_owned() } else { format!("{{\"values\":[{}]}}", values.join(",")) }
    }

    fn pair(self, pair: &KeyValue) -> String {
        // Beside no value, one that nobody knows is one.
        let mut members = Members::new(Style { noise: self.noise && pair.value.is_some(), ..self });
        members.put_unless(pair.key.is_empty(), "key", &Value::from(pair.key.as_str()).to_string());
        let value = pair.value.as_ref().map(|value| self.value(value));
        members.put_unless(value.is_none(), "value", value.as_deref().unwrap_or_default());
        members.finish()
    }

    fn pairs(self, pairs: &[KeyValue]) -> String {
        let pairs: Vec<_> = pairs.iter().map(|pair| self.pair(pair)).collect();
        format!("[{}]", pairs.join(", "))
    }

    fn record(self, record: &LogRecord) -> String {
        let mut members = Members::new(self);
        let text = |text: &str| Value::from(text).to_string();
        members.put_unless(record.time_unix_nano == 0, "timeUnixNano", &self.int(record.time_unix_nano));
        let observed = record.observed_time_unix_nano;
        members.put_unless(observed == 0, "observedTimeUnixNano", &self.int(observed));
        members.put_unless(
            record.severity_number == 0,
            "severityNumber",
            &record.severity_number.to_string(),
        );
        members.put_unless(record.severity_text.is_empty(), "severityText", &text(&record.severity_text));
        let body = record.body.as_ref().map(|body| self.value(body));
        members.put_unless(body.is_none(), "body", body.as_deref().unwrap_or_default());
        members.put_unless(record.attributes.is_empty(), "attributes", &self.pairs(&record.attributes));
        let dropped = record.dropped_attributes_count;
        members.put_unless(dropped == 0, "droppedAttributesCount", &self.int(dropped));
        members.put_unless(record.flags == 0, "flags", &record.flags.to_string());
        members.put_unless(record.trace_id.is_empty(), "traceId", &self.hex(&record.trace_id));
        members.put_unless(record.span_id.is_empty(), "spanId", &self.hex(&record.span_id));
        members.put_unless(record.event_name.is_empty(), "eventName", &text(&record.event_name));
        members.finish()
    }

    fn scope_logs(self, logs: &ScopeLogs) -> String {
        // A list that comes twice is read twice.
        let mut members = Members::new(Style { noise: false, ..self });
        let scope = logs.scope.as_ref().map(|scope| {
            let mut members = Members::new(self);
            members.put("name", &Value::from(scope.name.as_str()).to_string());
            members.put("version", &Value::from(scope.version.as_str()).to_string());
            members.put("attributes", &self.pairs(&scope.attributes));
            members.put("droppedAttributesCount", &self.int(scope.dropped_attributes_count));
            members.finish()
        });
        members.put_unless(scope.is_none(), "scope", scope.as_deref().unwrap_or_default());
        let records: Vec<_> = logs.log_records.iter().map(|record| self.record(record)).collect();
        members.put_unless(records.is_empty(), "logRecords", &format!("[{}]", records.join(",")));
        members.put("schemaUrl", &Value::from(logs.schema_url.as_str()).to_string());
        members.finish()
    }

    fn resource_logs(self, logs: &ResourceLogs) -> String {
        let mut members = Members::new(Style { noise: false, ..self });
        let resource = logs.resource.as_ref().map(|resource| {
            let mut members = Members::new(self);
            members.put("attributes", &self.pairs(&resource.attributes));
            members.put("droppedAttributesCount", &self.int(resource.dropped_attributes_count));
            let entities = resource.entity_refs.iter().map(|entity| {
                // The Go collector leaves out an empty schema URL.
                let mut map = Map::new();
                if !entity.schema_url.is_empty() {
                    map.insert("schemaUrl".to_owned(), json!(entity.schema_url));
                }
                map.insert("type".to_owned(), json!(entity.r#type));
                map.insert("idKeys".to_owned(), json!(entity.id_keys));
                map.insert("descriptionKeys".to_owned(), json!(entity.description_keys));
                Value::Object(map)
            });
            members.put("entityRefs", &Value::Array(entities.collect()).to_string());
            members.finish()
        });
        members.put_unless(resource.is_none(), "resource", resource.as_deref().unwrap_or_default());
        let scopes: Vec<_> = logs.scope_logs.iter().map(|logs| self.scope_logs(logs)).collect();
        members.put_unless(scopes.is_empty(), "scopeLogs", &format!("[{}]", scopes.join(",")));
        members.put("schemaUrl", &Value::from(logs.schema_url.as_str()).to_string());
        members.finish()
    }

    /// The request in this style.
    pub(super) fn write(self, request: &ExportLogsServiceRequest) -> String {
        let mut members = Members::new(Style { noise: false, ..self });
        let logs: Vec<_> = request.resource_logs.iter().map(|logs| self.resource_logs(logs)).collect();
        members.put("resourceLogs", &format!("[{}]", logs.join(",")));
        members.finish()
    }
}
