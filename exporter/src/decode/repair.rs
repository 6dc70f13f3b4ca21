//! Rewrites messages that cannot be kept as they are: replaces bytes that are no UTF-8, reads ids that are spelled,
//! and joins parts of one message that protobuf lets a sender put apart. Everything else, unknown fields
//! included, stays as it is and in its place.
//!
//! Called on checked messages only: well-formed and nested no deeper than the limit.

use std::borrow::Cow;

use steplog_model::record::wire::{self, Field, Reader};

use super::check::{Kind, Message};
use super::ids;

/// The message, rewritten.
pub(super) fn repair(message: Message, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    put_message(&mut out, message, bytes);
    out
}

/// The text in `bytes`, with U+FFFD in place of what is no UTF-8.
pub(super) fn repair_text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The fields of `bytes` with the encoded form of each.
fn fields(bytes: &[u8]) -> impl Iterator<Item = (u32, Field<'_>, &[u8])> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || {
        let before = reader.rest();
        let (number, field) = reader.next_field().ok()??;
        let raw = &before[..before.len() - reader.rest().len()];
        Some((number, field, raw))
    })
}

fn put_message(out: &mut Vec<u8>, message: Message, bytes: &[u8]) {
    let mut body_written = false;
    for (number, field, raw) in fields(bytes) {
        match (message.kind(number), field) {
            (Kind::Text, Field::Bytes(text)) => put_text(out, number, text),
            (Kind::TraceId, Field::Bytes(id)) => put_id::<16>(out, number, id),
            (Kind::SpanId, Field::Bytes(id)) => put_id::<8>(out, number, id),
            (Kind::Attribute, Field::Bytes(pair)) => {
                wire::put_message_field(out, number, |out| put_key_value(out, pair));
            }
            (Kind::Entity, Field::Bytes(entity)) => {
                wire::put_message_field(out, number, |out| put_message(out, Message::EntityRef, entity));
            }
            (Kind::Body, Field::Bytes(_)) => {
                if !body_written {
                    let body = joined(bytes, number);
                    wire::put_message_field(out, number, |out| put_value(out, &body));
                }
                body_written = true;
            }
            _ => out.extend_from_slice(raw),
        }
    }
}

/// The occurrences of message field `number`, merged: the encoding of a merged message is that of its parts in order.
fn joined(bytes: &[u8], number: u32) -> Cow<'_, [u8]> {
    let mut joined = Cow::Borrowed(&[][..]);
    for (found, field, _) in fields(bytes) {
        if let Field::Bytes(part) = field
            && found == number
        {
            if joined.is_empty() {
                joined = Cow::Borrowed(part);
            } else {
                joined.to_mut().extend_from_slice(part);
            }
        }
    }
    joined
}

fn put_text(out: &mut Vec<u8>, number: u32, text: &[u8]) {
    wire::put_bytes_field(out, number, repair_text(text).as_bytes());
}

fn put_id<const N: usize>(out: &mut Vec<u8>, number: u32, id: &[u8]) {
    match ids::spelled::<N>(id).filter(|_| id.len() != N) {
        Some(spelled) => wire::put_bytes_field(out, number, &spelled),
        None => wire::put_bytes_field(out, number, id),
    }
}

fn put_key_value(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut value_written = false;
    for (number, field, raw) in fields(bytes) {
        match (number, field) {
            (1, Field::Bytes(key)) => put_text(out, 1, key),
            (2, Field::Bytes(_)) => {
                if !value_written {
                    let value = joined(bytes, 2);
                    wire::put_message_field(out, 2, |out| put_value(out, &value));
                }
                value_written = true;
            }
            _ => out.extend_from_slice(raw),
        }
    }
}

/// Writes an `AnyValue` with the one member that counts: the last one, and of a list all parts since it was last set.
fn put_value(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut last: Option<(u32, Field<'_>, &[u8])> = None;
    let mut list = Vec::new();
    for (number, field, raw) in fields(bytes) {
        if number > 8 {
            out.extend_from_slice(raw);
            continue;
        }
        if let (5 | 6, Field::Bytes(part)) = (number, field) {
            if last.is_none_or(|(last, _, _)| last != number) {
                list.clear();
            }
            list.extend_from_slice(part);
        }
        last = Some((number, field, raw));
    }
    match last {
        Some((1, Field::Bytes(text), _)) => put_text(out, 1, text),
        Some((number @ (5 | 6), _, _)) => {
            wire::put_message_field(out, number, |out| put_list(out, number, &list));
        }
        Some((_, _, raw)) => out.extend_from_slice(raw),
        None => {}
    }
}

fn put_list(out: &mut Vec<u8>, member: u32, bytes: &[u8]) {
    for (number, field, raw) in fields(bytes) {
        match (number, field) {
            (1, Field::Bytes(value)) if member == 5 => {
                wire::put_message_field(out, 1, |out| put_value(out, value));
            }
            (1, Field::Bytes(pair)) => wire::put_message_field(out, 1, |out| put_key_value(out, pair)),
            _ => out.extend_from_slice(raw),
        }
    }
}
