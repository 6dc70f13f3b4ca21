//! One log record.

use std::borrow::Cow;

use steplog_model::record::wire::{put_bytes_field, put_fixed32_field, put_fixed64_field, put_varint_field};

use super::Fault;
use super::lexer::Lexer;
use super::lost::Lost;
use super::object::Object;
use super::open::open_object;
use super::scalar;
use super::value::Writer;

/// The encoded parts of records, whose space is used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Parts {
    body: Vec<u8>,
    attributes: Vec<u8>,
    lost: Lost,
}

#[derive(Default)]
struct Fields<'a> {
    time_unix_nano: u64,
    observed_time_unix_nano: u64,
    severity_number: i32,
    severity_text: Cow<'a, [u8]>,
    has_body: bool,
    dropped_attributes_count: u32,
    flags: u32,
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    event_name: Cow<'a, [u8]>,
}

/// Appends the content of a `LogRecord`, its fields in the order of their numbers, as encoders write them. `false`
/// where it has members and none of them is known.
pub(super) fn log_record(lexer: &mut Lexer<'_>, out: &mut Vec<u8>, parts: &mut Parts) -> Result<bool, Fault> {
    open_object(lexer, "a log record")?;
    parts.body.clear();
    parts.attributes.clear();
    parts.lost.clear();
    let mut fields = Fields::default();
    let (mut known, mut unknown) = (false, false);
    let mut object = Object::new(lexer);
    while let Some(name) = object.next(lexer)? {
        if member(lexer, &name, &mut fields, parts)? {
            known = true;
        } else {
            unknown = true;
            lexer.skip()?;
        }
    }
    parts.lost.keep_overridden(object, lexer)?;
    put(out, &fields, parts);
    Ok(known || !unknown)
}

/// Reads a member; `false` where it is none of a log record's, and not read.
fn member<'a>(
    lexer: &mut Lexer<'a>,
    name: &[u8],
    fields: &mut Fields<'a>,
    parts: &mut Parts,
) -> Result<bool, Fault> {
    let lost = &mut parts.lost;
    match name {
        b"timeUnixNano" | b"time_unix_nano" => {
            let name = "timeUnixNano";
            fields.time_unix_nano = lost.read_about(lexer, name, |lexer| scalar::time(lexer, name))?;
        }
        b"observedTimeUnixNano" | b"observed_time_unix_nano" => {
            let name = "observedTimeUnixNano";
            fields.observed_time_unix_nano =
                lost.read_about(lexer, name, |lexer| scalar::time(lexer, name))?;
        }
        b"severityNumber" | b"severity_number" => {
            let name = "severityNumber";
            fields.severity_number = lost.read(lexer, name, |lexer| scalar::severity(lexer, name))?;
        }
        b"severityText" | b"severity_text" => {
            fields.severity_text = lost.text(lexer, "severityText")?;
        }
        b"body" => {
            parts.body.clear();
            fields.has_body = true;
            let count = lost.count();
            Writer { out: &mut parts.body, lost }.any_value(lexer, 0)?;
            parts.lost.name(count, b"body");
        }
        b"attributes" => {
            parts.attributes.clear();
            Writer { out: &mut parts.attributes, lost }.attributes(lexer, 6, 0)?;
        }
        b"droppedAttributesCount" | b"dropped_attributes_count" => {
            fields.dropped_attributes_count = lost.u32(lexer, "droppedAttributesCount")?;
        }
        b"flags" => fields.flags = lost.u32(lexer, "flags")?,
        b"traceId" | b"trace_id" => {
            fields.trace_id = lost.read(lexer, "traceId", |lexer| scalar::id::<16>(lexer, "traceId"))?;
        }
        b"spanId" | b"span_id" => {
            fields.span_id = lost.read(lexer, "spanId", |lexer| scalar::id::<8>(lexer, "spanId"))?;
        }
        b"eventName" | b"event_name" => fields.event_name = lost.text(lexer, "eventName")?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn put(out: &mut Vec<u8>, fields: &Fields<'_>, parts: &Parts) {
    let put_bytes = |out: &mut Vec<u8>, number, bytes: &[u8]| {
        if !bytes.is_empty() {
            put_bytes_field(out, number, bytes);
        }
    };
    if fields.time_unix_nano != 0 {
        put_fixed64_field(out, 1, fields.time_unix_nano);
    }
    if fields.severity_number != 0 {
        put_varint_field(out, 2, i64::from(fields.severity_number) as u64);
    }
    put_bytes(out, 3, &fields.severity_text);
    if fields.has_body {
        put_bytes_field(out, 5, &parts.body);
    }
    out.extend_from_slice(&parts.attributes);
    parts.lost.put(out, 6);
    if fields.dropped_attributes_count != 0 {
        put_varint_field(out, 7, u64::from(fields.dropped_attributes_count));
    }
    if fields.flags != 0 {
        put_fixed32_field(out, 8, fields.flags);
    }
    put_bytes(out, 9, &fields.trace_id);
    put_bytes(out, 10, &fields.span_id);
    if fields.observed_time_unix_nano != 0 {
        put_fixed64_field(out, 11, fields.observed_time_unix_nano);
    }
    put_bytes(out, 12, &fields.event_name);
}
