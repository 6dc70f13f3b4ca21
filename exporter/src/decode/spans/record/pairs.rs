//! Pairs that a span gets on its way to a record.

use steplog_model::record::wire::{put_bytes_field, put_message_field, put_varint_field};

/// Appends a `KeyValue` with a text as message field `number`.
pub(super) fn put_text(out: &mut Vec<u8>, number: u32, name: &str, value: &[u8]) {
    put_message_field(out, number, |out| {
        put_bytes_field(out, 1, name.as_bytes());
        put_message_field(out, 2, |out| put_bytes_field(out, 1, value));
    });
}

/// Appends a `KeyValue` with an integer as message field `number`.
pub(super) fn put_int(out: &mut Vec<u8>, number: u32, name: &str, value: u64) {
    put_message_field(out, number, |out| {
        put_bytes_field(out, 1, name.as_bytes());
        put_message_field(out, 2, |out| put_varint_field(out, 3, value));
    });
}

/// The digits of an id.
pub(super) fn hex(id: &[u8]) -> String {
    id.iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
