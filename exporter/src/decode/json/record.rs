//! One log record.

use std::borrow::Cow;

use steplog_model::record::wire::{put_bytes_field, put_fixed32_field, put_fixed64_field, put_varint_field};

use super::Fault;
use super::lexer::Lexer;
use super::scalar;
use super::value::{any_value, attributes, open_object};

/// The encoded parts of records, whose space is used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Parts {
    body: Vec<u8>,
    attributes: Vec<u8>,
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

/// Appends the content of a `LogRecord`, its fields in the order of their numbers, as encoders write them.
pub(super) fn log_record(lexer: &mut Lexer<'_>, out: &mut Vec<u8>, parts: &mut Parts) -> Result<(), Fault> {
    open_object(lexer, "a log record")?;
    parts.body.clear();
    parts.attributes.clear();
    let mut fields = Fields::default();
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        member(lexer, &name, &mut fields, parts)?;
    }
    put(out, &fields, parts);
    Ok(())
}

fn member<'a>(
    lexer: &mut Lexer<'a>,
    name: &[u8],
    fields: &mut Fields<'a>,
    parts: &mut Parts,
) -> Result<(), Fault> {
    match name {
        b"timeUnixNano" | b"time_unix_nano" => fields.time_unix_nano = scalar::u64(lexer, "timeUnixNano")?,
        b"observedTimeUnixNano" | b"observed_time_unix_nano" => {
            fields.observed_time_unix_nano = scalar::u64(lexer, "observedTimeUnixNano")?;
        }
        b"severityNumber" | b"severity_number" => fields.severity_number = scalar::severity(lexer)?,
        b"severityText" | b"severity_text" => fields.severity_text = scalar::text(lexer, "severityText")?,
        b"body" => {
            parts.body.clear();
            fields.has_body = !lexer.null()?;
            if fields.has_body {
                any_value(lexer, &mut parts.body, 0)?;
            }
        }
        b"attributes" => {
            parts.attributes.clear();
            attributes(lexer, &mut parts.attributes, 6, 0)?;
        }
        b"droppedAttributesCount" | b"dropped_attributes_count" => {
            fields.dropped_attributes_count = scalar::u32(lexer, "droppedAttributesCount")?;
        }
        b"flags" => fields.flags = scalar::u32(lexer, "flags")?,
        b"traceId" | b"trace_id" => fields.trace_id = scalar::hex_id(lexer)?,
        b"spanId" | b"span_id" => fields.span_id = scalar::hex_id(lexer)?,
        b"eventName" | b"event_name" => fields.event_name = scalar::text(lexer, "eventName")?,
        _ => lexer.skip()?,
    }
    Ok(())
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
