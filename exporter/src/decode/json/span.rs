//! One span.

use steplog_model::record::wire::{
    close_message_field, open_message_field, put_bytes_field, put_fixed32_field, put_fixed64_field,
    put_varint_field,
};

use super::lexer::Lexer;
use super::value::{attributes, open_array, open_object};
use super::{Fault, scalar};

const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUSES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/// Appends the content of a `Span`. Its fields stand in any order: they are read once more, by number.
pub(super) fn span(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    open_object(lexer, "a span")?;
    let mut lists = [const { Vec::new() }; 4];
    let [pairs, events, links, status] = &mut lists;
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"traceId" | b"trace_id" => put_bytes_field(out, 1, &scalar::hex_id(lexer)?),
            b"spanId" | b"span_id" => put_bytes_field(out, 2, &scalar::hex_id(lexer)?),
            b"traceState" | b"trace_state" => put_bytes_field(out, 3, &scalar::text(lexer, "traceState")?),
            b"parentSpanId" | b"parent_span_id" => put_bytes_field(out, 4, &scalar::hex_id(lexer)?),
            b"flags" => put_fixed32_field(out, 16, scalar::u32(lexer, "flags")?),
            b"name" => put_bytes_field(out, 5, &scalar::text(lexer, "name")?),
            b"kind" => put_varint_field(out, 6, scalar::enumeration(lexer, "kind", &KINDS)?),
            b"startTimeUnixNano" | b"start_time_unix_nano" => {
                put_fixed64_field(out, 7, scalar::u64(lexer, "startTimeUnixNano")?);
            }
            b"endTimeUnixNano" | b"end_time_unix_nano" => {
                put_fixed64_field(out, 8, scalar::u64(lexer, "endTimeUnixNano")?);
            }
            b"attributes" => {
                pairs.clear();
                attributes(lexer, pairs, 9, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                put_varint_field(out, 10, scalar::u32(lexer, "droppedAttributesCount")?.into());
            }
            b"events" => list(lexer, "events", (events, 11), event)?,
            b"droppedEventsCount" | b"dropped_events_count" => {
                put_varint_field(out, 12, scalar::u32(lexer, "droppedEventsCount")?.into());
            }
            b"links" => list(lexer, "links", (links, 13), link)?,
            b"droppedLinksCount" | b"dropped_links_count" => {
                put_varint_field(out, 14, scalar::u32(lexer, "droppedLinksCount")?.into());
            }
            b"status" => {
                status.clear();
                if !lexer.null()? {
                    let field = open_message_field(status, 15);
                    read_status(lexer, status)?;
                    close_message_field(status, field);
                }
            }
            _ => lexer.skip()?,
        }
    }
    lists.iter().for_each(|list| out.extend_from_slice(list));
    Ok(())
}

/// Reads an array of objects as message field `number`.
fn list<'a>(
    lexer: &mut Lexer<'a>,
    what: &str,
    (out, number): (&mut Vec<u8>, u32),
    read: fn(&mut Lexer<'a>, &mut Vec<u8>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    out.clear();
    if !open_array(lexer, what)? {
        return Ok(());
    }
    let mut first = true;
    while lexer.element(&mut first)? {
        if !lexer.null()? {
            let field = open_message_field(out, number);
            read(lexer, out)?;
            close_message_field(out, field);
        }
    }
    Ok(())
}

fn read_status(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    open_object(lexer, "status")?;
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"message" => put_bytes_field(out, 2, &scalar::text(lexer, "message")?),
            b"code" => put_varint_field(out, 3, scalar::enumeration(lexer, "code", &STATUSES)?),
            _ => lexer.skip()?,
        }
    }
    Ok(())
}

fn event(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    open_object(lexer, "a span event")?;
    let mut pairs = Vec::new();
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"timeUnixNano" | b"time_unix_nano" => {
                put_fixed64_field(out, 1, scalar::u64(lexer, "timeUnixNano")?);
            }
            b"name" => put_bytes_field(out, 2, &scalar::text(lexer, "name")?),
            b"attributes" => {
                pairs.clear();
                attributes(lexer, &mut pairs, 3, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                put_varint_field(out, 4, scalar::u32(lexer, "droppedAttributesCount")?.into());
            }
            _ => lexer.skip()?,
        }
    }
    out.extend_from_slice(&pairs);
    Ok(())
}

fn link(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    open_object(lexer, "a link")?;
    let mut pairs = Vec::new();
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"traceId" | b"trace_id" => put_bytes_field(out, 1, &scalar::hex_id(lexer)?),
            b"spanId" | b"span_id" => put_bytes_field(out, 2, &scalar::hex_id(lexer)?),
            b"traceState" | b"trace_state" => put_bytes_field(out, 3, &scalar::text(lexer, "traceState")?),
            b"attributes" => {
                pairs.clear();
                attributes(lexer, &mut pairs, 4, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                put_varint_field(out, 5, scalar::u32(lexer, "droppedAttributesCount")?.into());
            }
            b"flags" => put_fixed32_field(out, 6, scalar::u32(lexer, "flags")?),
            _ => lexer.skip()?,
        }
    }
    out.extend_from_slice(&pairs);
    Ok(())
}
