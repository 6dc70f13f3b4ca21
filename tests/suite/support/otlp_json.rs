//! A second hand that writes log records as OTLP/JSON: what the API must show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Kind;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde_json::{Map, Value, json};

pub(crate) fn attributes(attributes: &[KeyValue]) -> Value {
    let pair = |pair: &KeyValue| json!({"key": pair.key, "value": any_value(pair.value.as_ref())});
    attributes.iter().map(pair).collect()
}

pub(crate) fn any_value(value: Option<&AnyValue>) -> Value {
    match value.and_then(|value| value.value.as_ref()) {
        None => json!({}),
        Some(Kind::StringValue(text)) => json!({"stringValue": text}),
        Some(Kind::BoolValue(truth)) => json!({"boolValue": truth}),
        Some(Kind::IntValue(int)) => json!({"intValue": int.to_string()}),
        Some(Kind::DoubleValue(double)) => json!({"doubleValue": number(*double)}),
        Some(Kind::BytesValue(bytes)) => json!({"bytesValue": STANDARD.encode(bytes)}),
        Some(Kind::ArrayValue(array)) => {
            let values: Value = array.values.iter().map(|value| any_value(Some(value))).collect();
            json!({"arrayValue": {"values": values}})
        }
        Some(Kind::KvlistValue(list)) => json!({"kvlistValue": {"values": attributes(&list.values)}}),
        Some(other) => panic!("{other:?} is of no use in a log record"),
    }
}

/// A whole number stands without a fraction, as ECMAScript writes it; a zero keeps its sign.
fn number(double: f64) -> Value {
    let is_whole =
        double.fract() == 0.0 && double.abs() < 9e15 && (double != 0.0 || double.is_sign_positive());
    if is_whole { json!(double as i64) } else { json!(double) }
}

/// The whole record; what is unset is left out.
pub(crate) fn log_record(record: &LogRecord) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, set: bool, value: Value| {
        if set {
            map.insert(name.to_owned(), value);
        }
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (time, observed) = (record.time_unix_nano, record.observed_time_unix_nano);
    put("timeUnixNano", time != 0, json!(time.to_string()));
    put("observedTimeUnixNano", observed != 0, json!(observed.to_string()));
    put("severityNumber", record.severity_number != 0, json!(record.severity_number));
    put("severityText", !record.severity_text.is_empty(), json!(record.severity_text));
    put("eventName", !record.event_name.is_empty(), json!(record.event_name));
    put("body", record.body.is_some(), any_value(record.body.as_ref()));
    put("attributes", true, attributes(&record.attributes));
    put(
        "droppedAttributesCount",
        record.dropped_attributes_count != 0,
        json!(record.dropped_attributes_count),
    );
    put("flags", record.flags != 0, json!(record.flags));
    put("traceId", !record.trace_id.is_empty(), json!(hex(&record.trace_id)));
    put("spanId", !record.span_id.is_empty(), json!(hex(&record.span_id)));
    Value::Object(map)
}
