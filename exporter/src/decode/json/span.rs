//! One span.

use steplog_model::record::wire::{
    close_message_field, open_message_field, put_bytes_field, put_fixed32_field, put_fixed64_field,
    put_varint_field,
};

use super::lexer::{Lexer, Next};
use super::lost::Lost;
use super::object::Object;
use super::open::open_object;
use super::value::Writer;
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

/// The number of the attributes of a `Span`.
const ATTRIBUTES: u32 = 9;

/// Appends the content of a `Span`. Its fields stand in any order: they are read once more, by number. `false` where it
/// has members and none of them is known.
pub(super) fn span(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<bool, Fault> {
    open_object(lexer, "a span")?;
    let mut lost = Lost::default();
    let mut lists = [const { Vec::new() }; 4];
    let (mut known, mut unknown) = (false, false);
    let mut object = Object::new(lexer);
    while let Some(name) = object.next(lexer)? {
        let mut writer = Writer { out, lost: &mut lost };
        if scalar_member(lexer, &name, &mut writer)? || list_member(lexer, &name, &mut lists, &mut lost)? {
            known = true;
        } else {
            unknown = true;
            lexer.skip()?;
        }
    }
    lost.keep_overridden(object, lexer)?;
    lists.iter().for_each(|list| out.extend_from_slice(list));
    lost.put(out, ATTRIBUTES);
    Ok(known || !unknown)
}

/// Reads a member of a single value; `false` where it is none, and not read.
fn scalar_member(
    lexer: &mut Lexer<'_>,
    name: &[u8],
    Writer { out, lost }: &mut Writer<'_>,
) -> Result<bool, Fault> {
    match name {
        b"traceId" | b"trace_id" => put_id::<16>(lexer, out, lost, (1, "traceId"))?,
        b"spanId" | b"span_id" => put_id::<8>(lexer, out, lost, (2, "spanId"))?,
        b"traceState" | b"trace_state" => put_bytes_field(out, 3, &lost.text(lexer, "traceState")?),
        b"parentSpanId" | b"parent_span_id" => put_id::<8>(lexer, out, lost, (4, "parentSpanId"))?,
        b"flags" => put_fixed32_field(out, 16, lost.u32(lexer, "flags")?),
        b"name" => put_bytes_field(out, 5, &lost.text(lexer, "name")?),
        b"kind" => {
            let kind = lost.read(lexer, "kind", |lexer| scalar::enumeration(lexer, "kind", &KINDS))?;
            put_varint_field(out, 6, kind);
        }
        b"startTimeUnixNano" | b"start_time_unix_nano" => {
            put_time(lexer, out, lost, (7, "startTimeUnixNano"))?;
        }
        b"endTimeUnixNano" | b"end_time_unix_nano" => put_time(lexer, out, lost, (8, "endTimeUnixNano"))?,
        b"droppedAttributesCount" | b"dropped_attributes_count" => {
            put_varint_field(out, 10, lost.u32(lexer, "droppedAttributesCount")?.into());
        }
        b"droppedEventsCount" | b"dropped_events_count" => {
            put_varint_field(out, 12, lost.u32(lexer, "droppedEventsCount")?.into());
        }
        b"droppedLinksCount" | b"dropped_links_count" => {
            put_varint_field(out, 14, lost.u32(lexer, "droppedLinksCount")?.into());
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads a member that is a list or an object: of such the last one counts. `false` where it is none, and not read.
fn list_member<'a>(
    lexer: &mut Lexer<'a>,
    name: &[u8],
    [pairs, events, links, status]: &mut [Vec<u8>; 4],
    lost: &mut Lost,
) -> Result<bool, Fault> {
    match name {
        b"attributes" => {
            pairs.clear();
            Writer { out: pairs, lost }.attributes(lexer, ATTRIBUTES, 0)?;
        }
        b"events" => list(lexer, ("events", 11), Writer { out: events, lost }, event)?,
        b"links" => list(lexer, ("links", 13), Writer { out: links, lost }, link)?,
        b"status" => {
            status.clear();
            if lost.opens(lexer, Next::Object, "status")? {
                let field = open_message_field(status, 15);
                read_status(lexer, Writer { out: status, lost })?;
                close_message_field(status, field);
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn put_id<const N: usize>(
    lexer: &mut Lexer<'_>,
    out: &mut Vec<u8>,
    lost: &mut Lost,
    (number, name): (u32, &str),
) -> Result<(), Fault> {
    put_bytes_field(out, number, &lost.read(lexer, name, |lexer| scalar::id::<N>(lexer, name))?);
    Ok(())
}

fn put_time(
    lexer: &mut Lexer<'_>,
    out: &mut Vec<u8>,
    lost: &mut Lost,
    (number, name): (u32, &str),
) -> Result<(), Fault> {
    let nanos = lost.read_about(lexer, name, |lexer| scalar::time(lexer, name))?;
    put_fixed64_field(out, number, nanos);
    Ok(())
}

/// Reads an array of objects as a message field of this name and number.
fn list<'a>(
    lexer: &mut Lexer<'a>,
    (name, number): (&str, u32),
    Writer { out, lost }: Writer<'_>,
    read: fn(&mut Lexer<'a>, Writer<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    out.clear();
    if !lost.opens(lexer, Next::Array, name)? {
        return Ok(());
    }
    let mut first = true;
    while lexer.element(&mut first)? {
        if lost.opens(lexer, Next::Object, name)? {
            let field = open_message_field(out, number);
            read(lexer, Writer { out, lost })?;
            close_message_field(out, field);
        }
    }
    Ok(())
}

fn read_status(lexer: &mut Lexer<'_>, Writer { out, lost }: Writer<'_>) -> Result<(), Fault> {
    let mut object = Object::new(lexer);
    while let Some(name) = object.next(lexer)? {
        match &*name {
            b"message" => put_bytes_field(out, 2, &lost.text(lexer, "status.message")?),
            b"code" => {
                let read = |lexer: &mut Lexer<'_>| scalar::enumeration(lexer, "status.code", &STATUSES);
                put_varint_field(out, 3, lost.read(lexer, "status.code", read)?);
            }
            _ => lexer.skip()?,
        }
    }
    let count = lost.count();
    lost.keep_overridden(object, lexer)?;
    lost.name(count, b"status");
    Ok(())
}

/// Reads a span event whose brace is open.
fn event(lexer: &mut Lexer<'_>, Writer { out, .. }: Writer<'_>) -> Result<(), Fault> {
    let (mut pairs, mut lost) = (Vec::new(), Lost::default());
    let lost = &mut lost;
    let mut object = Object::new(lexer);
    while let Some(name) = object.next(lexer)? {
        match &*name {
            b"timeUnixNano" | b"time_unix_nano" => put_time(lexer, out, lost, (1, "timeUnixNano"))?,
            b"name" => put_bytes_field(out, 2, &lost.text(lexer, "name")?),
            b"attributes" => {
                pairs.clear();
                Writer { out: &mut pairs, lost }.attributes(lexer, 3, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                put_varint_field(out, 4, lost.u32(lexer, "droppedAttributesCount")?.into());
            }
            _ => lexer.skip()?,
        }
    }
    lost.keep_overridden(object, lexer)?;
    out.extend_from_slice(&pairs);
    lost.put(out, 3);
    Ok(())
}

/// Reads a link whose brace is open.
fn link(lexer: &mut Lexer<'_>, Writer { out, .. }: Writer<'_>) -> Result<(), Fault> {
    let (mut pairs, mut lost) = (Vec::new(), Lost::default());
    let lost = &mut lost;
    let mut object = Object::new(lexer);
    while let Some(name) = object.next(lexer)? {
        match &*name {
            b"traceId" | b"trace_id" => put_id::<16>(lexer, out, lost, (1, "traceId"))?,
            b"spanId" | b"span_id" => put_id::<8>(lexer, out, lost, (2, "spanId"))?,
            b"traceState" | b"trace_state" => put_bytes_field(out, 3, &lost.text(lexer, "traceState")?),
            b"attributes" => {
                pairs.clear();
                Writer { out: &mut pairs, lost }.attributes(lexer, 4, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                put_varint_field(out, 5, lost.u32(lexer, "droppedAttributesCount")?.into());
            }
            b"flags" => put_fixed32_field(out, 6, lost.u32(lexer, "flags")?),
            _ => lexer.skip()?,
        }
    }
    lost.keep_overridden(object, lexer)?;
    out.extend_from_slice(&pairs);
    lost.put(out, 4);
    Ok(())
}
