//! What stands at the head of log records: their resource and their scope.

use std::borrow::Cow;

use steplog_model::record::wire::{
    close_message_field, open_message_field, put_bytes_field, put_varint_field,
};

use super::Fault;
use super::lexer::{Lexer, Next};
use super::object::Object;
use super::value::Writer;

/// Appends the content of a `Resource` whose brace is open.
pub(super) fn resource_content<'a>(
    lexer: &mut Lexer<'a>,
    Writer { out, lost }: Writer<'_>,
    schema_url: &mut Cow<'a, [u8]>,
) -> Result<(), Fault> {
    let (mut dropped, mut entities) = (0, Vec::new());
    let mut object = Object::new(lexer);
    while let Some(name) = object.next(lexer)? {
        match &*name {
            b"attributes" => {
                out.clear();
                Writer { out, lost }.attributes(lexer, 1, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                dropped = lost.u32(lexer, "droppedAttributesCount")?;
            }
            b"entityRefs" | b"entity_refs" => {
                entities.clear();
                entity_refs(lexer, Writer { out: &mut entities, lost })?;
            }
            b"schemaUrl" | b"schema_url" => *schema_url = lost.text(lexer, "resource.schemaUrl")?,
            _ => lexer.skip()?,
        }
    }
    lost.keep_overridden(object, lexer)?;
    if dropped != 0 {
        put_varint_field(out, 2, u64::from(dropped));
    }
    out.extend_from_slice(&entities);
    Ok(())
}

/// Appends `EntityRef`s as field 3 of a `Resource`.
fn entity_refs(lexer: &mut Lexer<'_>, Writer { out, lost }: Writer<'_>) -> Result<(), Fault> {
    if !lost.opens(lexer, Next::Array, "entityRefs")? {
        return Ok(());
    }
    let mut first = true;
    while lexer.element(&mut first)? {
        if lost.opens(lexer, Next::Object, "entityRefs")? {
            let field = open_message_field(out, 3);
            entity_ref(lexer, Writer { out, lost })?;
            close_message_field(out, field);
        }
    }
    Ok(())
}

/// Appends the content of an `EntityRef` whose brace is open, its fields in the order of their numbers, as encoders write them:
/// the resource's bytes are part of the identity of its events.
fn entity_ref(lexer: &mut Lexer<'_>, Writer { out, lost }: Writer<'_>) -> Result<(), Fault> {
    let (mut url, mut kind) = (Cow::Borrowed(&b""[..]), Cow::Borrowed(&b""[..]));
    let (mut ids, mut descriptions) = (Vec::new(), Vec::new());
    let mut object = Object::new(lexer);
    while let Some(name) = object.next(lexer)? {
        match &*name {
            b"schemaUrl" | b"schema_url" => url = lost.text(lexer, "schemaUrl")?,
            b"type" => kind = lost.text(lexer, "type")?,
            b"idKeys" | b"id_keys" => texts(lexer, Writer { out: &mut ids, lost }, 3, "idKeys")?,
            b"descriptionKeys" | b"description_keys" => {
                texts(lexer, Writer { out: &mut descriptions, lost }, 4, "descriptionKeys")?;
            }
            _ => lexer.skip()?,
        }
    }
    lost.keep_overridden(object, lexer)?;
    put_text(out, 1, &url);
    put_text(out, 2, &kind);
    out.extend_from_slice(&ids);
    out.extend_from_slice(&descriptions);
    Ok(())
}

/// Appends a field unless it is empty, as encoders do.
pub(super) fn put_text(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    if !content.is_empty() {
        put_bytes_field(out, number, content);
    }
}

fn texts(
    lexer: &mut Lexer<'_>,
    Writer { out, lost }: Writer<'_>,
    number: u32,
    what: &str,
) -> Result<(), Fault> {
    out.clear();
    if lost.opens(lexer, Next::Array, what)? {
        let mut first = true;
        while lexer.element(&mut first)? {
            put_bytes_field(out, number, &lost.text(lexer, what)?);
        }
    }
    Ok(())
}

/// Appends the content of an `InstrumentationScope` whose brace is open.
pub(super) fn scope_content(lexer: &mut Lexer<'_>, Writer { out, lost }: Writer<'_>) -> Result<(), Fault> {
    let (mut scope_name, mut version) = (Cow::Borrowed(&b""[..]), Cow::Borrowed(&b""[..]));
    let (mut pairs, mut dropped) = (Vec::new(), 0);
    let mut object = Object::new(lexer);
    while let Some(name) = object.next(lexer)? {
        match &*name {
            b"name" => scope_name = lost.text(lexer, "name")?,
            b"version" => version = lost.text(lexer, "version")?,
            b"attributes" => {
                pairs.clear();
                Writer { out: &mut pairs, lost }.attributes(lexer, 3, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                dropped = lost.u32(lexer, "droppedAttributesCount")?;
            }
            _ => lexer.skip()?,
        }
    }
    lost.keep_overridden(object, lexer)?;
    put_text(out, 1, &scope_name);
    put_text(out, 2, &version);
    out.extend_from_slice(&pairs);
    if dropped != 0 {
        put_varint_field(out, 4, u64::from(dropped));
    }
    Ok(())
}
