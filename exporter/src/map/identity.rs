//! Which event a record is: the same one again, or another.

use steplog_model::event::Flags;
use steplog_model::ids::{EventId, is_uuid_shape};
use steplog_model::record::LogRecordRef;
use steplog_model::record::value::AnyValue;
use steplog_model::record::wire::{Field, Reader};

use crate::decode::LogRecord;

/// The id that an export states, the one that the sender gave, or one made of all that tells the record from others. Where the content alone says too
/// little, the number of the `sending` is part of it.
pub(super) fn event_id(
    record: &LogRecord,
    uid: Option<AnyValue<'_>>,
    sending: Option<u128>,
) -> (EventId, Flags) {
    if let Some(id) = record.exported.as_ref().and_then(|exported| exported.id) {
        return (id, Flags::default());
    }
    if let Some(id) = uid.and_then(|uid| stated(record, &uid)) {
        return (id, Flags::EXPLICIT_ID);
    }
    let content = record.unrepaired.as_ref().unwrap_or(&record.record);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&record.origin.hash).update(content).update(&record.ordinal.to_le_bytes());
    if let Some(sending) = sending {
        hasher.update(&sending.to_le_bytes());
    }
    (EventId::from_hash(&hasher.finalize()), Flags::default())
}

/// The id that a `log.record.uid` states.
fn stated(record: &LogRecord, uid: &AnyValue<'_>) -> Option<EventId> {
    if let Some(bytes) = record.unrepaired.as_ref().and_then(|sent| unrepaired_uid(sent)) {
        return Some(EventId::from_uid_bytes(bytes));
    }
    let mut scratch = String::new();
    uid.scalar_text(&mut scratch).map(|text| EventId::from_uid(plain_uuid(text).unwrap_or(text)))
}

/// The UUID in `urn:uuid:UUID` or `{UUID}`.
fn plain_uuid(text: &str) -> Option<&str> {
    const URN: &str = "urn:uuid:";
    let plain = match text.get(..URN.len()) {
        Some(start) if start.eq_ignore_ascii_case(URN) => text.get(URN.len()..)?,
        _ => text.strip_prefix('{')?.strip_suffix('}')?,
    };
    is_uuid_shape(plain.as_bytes()).then_some(plain)
}

/// The bytes of the last `log.record.uid` in a record as it was sent, where they are no UTF-8.
fn unrepaired_uid(sent: &[u8]) -> Option<&[u8]> {
    let mut found = None;
    for (number, field) in Reader::new(sent).valid_fields() {
        let Field::Bytes(pair) = field else { continue };
        if number != LogRecordRef::ATTRIBUTES {
            continue;
        }
        let (mut key, mut text) = (&b""[..], None);
        for (number, field) in Reader::new(pair).valid_fields() {
            match (number, field) {
                (1, Field::Bytes(bytes)) => key = bytes,
                (2, Field::Bytes(value)) => text = text_bytes(value).or(text),
                _ => {}
            }
        }
        if key == b"log.record.uid" {
            found = text;
        }
    }
    found.filter(|bytes| std::str::from_utf8(bytes).is_err())
}

/// The bytes of an `AnyValue` that is a text.
fn text_bytes(value: &[u8]) -> Option<&[u8]> {
    match Reader::new(value).valid_fields().last()? {
        (1, Field::Bytes(text)) => Some(text),
        _ => None,
    }
}
