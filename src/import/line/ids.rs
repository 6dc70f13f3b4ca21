//! Ids of traces and spans whose length OTLP does not know: an export has them as attributes.

use bytes::Bytes;
use steplog_exporter::decode::LogRecord;
use steplog_model::record::LogRecordRef;
use steplog_model::record::value::{AnyValue, KeyValues};
use steplog_model::record::wire::{
    Field, Reader, put_bytes_field, put_fixed32_field, put_fixed64_field, put_varint_field,
};

/// The attribute of each id, and the id's field in a log record.
const SENT: [(&str, u32); 2] = [("steplog.sent.trace_id", 9), ("steplog.sent.span_id", 10)];

/// The record with its ids in their place again.
pub(super) fn restored(mut record: LogRecord) -> LogRecord {
    let has_any = LogRecordRef::new(&record.record)
        .attributes()
        .any(|(key, _)| SENT.iter().any(|(sent, _)| *sent == key));
    if has_any {
        record.record = restore(&record.record);
    }
    record
}

fn restore(record: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(record.len());
    for (number, field) in Reader::new(record).valid_fields() {
        match field {
            Field::Bytes(attribute) if number == LogRecordRef::ATTRIBUTES => match sent_id(record, attribute)
            {
                Some((id, bytes)) => put_bytes_field(&mut out, id, &bytes),
                None => put_bytes_field(&mut out, number, attribute),
            },
            Field::Bytes(bytes) => put_bytes_field(&mut out, number, bytes),
            Field::Varint(value) => put_varint_field(&mut out, number, value),
            Field::Fixed64(value) => put_fixed64_field(&mut out, number, value),
            Field::Fixed32(value) => put_fixed32_field(&mut out, number, value),
        }
    }
    Bytes::from(out)
}

/// The id that an attribute states, where the record has none in its place.
fn sent_id(record: &[u8], attribute: &[u8]) -> Option<(u32, Vec<u8>)> {
    // As a list of one, which it is.
    let mut list = Vec::with_capacity(attribute.len() + 8);
    put_bytes_field(&mut list, 1, attribute);
    let (key, value) = KeyValues::new(&list, 1).next()?;
    let (_, field) = SENT.iter().find(|(sent, _)| *sent == key)?;
    let AnyValue::String(digits) = value else { return None };
    let is_free = Reader::new(record).valid_fields().all(|(number, _)| number != *field);
    hex(digits).filter(|_| is_free).map(|bytes| (*field, bytes))
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}
