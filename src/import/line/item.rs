//! A record to import, and what has to be stated of it so that it is the same event wherever it is received.

use std::borrow::Cow;

use bytes::Bytes;
use steplog_exporter::decode::LogRecord;
use steplog_exporter::map::{Mapped, Mapping};
use steplog_model::event::{Event, Flags};
use steplog_model::ids::EventId;
use steplog_model::record::LogRecordRef;
use steplog_model::record::exported::{Exported, UID};
use steplog_model::record::value::{AnyValue, KeyValues};
use steplog_model::record::wire::{self, Field, Reader, put_bytes_field, put_fixed64_field};
use steplog_model::time::{Received, UnixNanos};

/// A record to import.
#[derive(Clone, Debug)]
pub struct Item {
    /// The record.
    pub record: LogRecord,
    /// The event that it becomes; `None` where the mapping leaves it out, which another one may not.
    pub event: Option<Event>,
    /// When the event was received first, where the line says it.
    pub received: Option<UnixNanos>,
    /// What a receiver cannot find out by itself.
    stated: Option<Exported>,
}

impl Item {
    /// The event's id, as far as the record tells it.
    #[must_use]
    pub fn id(&self) -> Option<EventId> {
        self.event.as_ref().map(|event| event.id)
    }

    /// The encoded record as it is sent.
    #[must_use]
    pub fn sent(&self) -> Cow<'_, [u8]> {
        match &self.stated {
            Some(stated) => Cow::Owned(stated.put(&self.record.record)),
            None => Cow::Borrowed(&self.record.record),
        }
    }

    /// What a record becomes that was received at `received`, or else `now`.
    pub(super) fn of(
        record: LogRecord,
        received: Option<UnixNanos>,
        mapping: &Mapping,
        now: UnixNanos,
    ) -> Self {
        let clock = received.unwrap_or(now);
        let event = event_of(&record, mapping, Received { clock, latest: now.max(clock) });
        let stated = stated(&record, event.as_ref(), mapping, now);
        Self { record, event, received, stated }
    }
}

/// What is to be stated of a record; nothing where a receiver makes the same event of it by itself.
fn stated(record: &LogRecord, event: Option<&Event>, mapping: &Mapping, now: UnixNanos) -> Option<Exported> {
    let is_in = Exported::is_in(&LogRecordRef::new(&record.record));
    let exported = record.exported.as_deref().copied();
    if exported.is_none() && record.unrepaired.is_none() {
        // One that its sender wrote is protected by another one.
        return is_in.then(Exported::default);
    }
    let plain = LogRecord { unrepaired: None, ordinal: 0, exported: None, ..record.clone() };
    let is_same = match (event, event_of(&plain, mapping, now.into())) {
        (Some(event), Some(plain)) => {
            let told = |event: &Event| (event.id, event.time, event.time_source, event.flags);
            told(event) == told(&plain) && record.unrepaired.is_none()
        }
        (None, None) => exported.is_none(),
        _ => false,
    };
    if is_same && !is_in && !record.flags.contains(Flags::UTF8_REPAIRED) {
        return None;
    }
    exported.or_else(|| event.map(Exported::of)).or(is_in.then(Exported::default))
}

fn event_of(record: &LogRecord, mapping: &Mapping, received: Received) -> Option<Event> {
    match mapping.map(record.clone(), received) {
        Mapped::Event(event) => Some(event),
        Mapped::Filtered(_) => None,
    }
}

/// The record with an id that it keeps when it is read again from the line of this `number`.
pub(super) fn identified(record: LogRecord, number: u64, mapping: &Mapping, now: UnixNanos) -> Item {
    let view = LogRecordRef::new(&record.record);
    let is_timeless = view.time_unix_nano == 0 && view.observed_time_unix_nano == 0;
    let mut item = without_needless_uid(record, mapping, now);
    if item.record.exported.is_some() || !is_timeless {
        return item;
    }
    match &item.event {
        Some(event) if !event.flags.contains(Flags::EXPLICIT_ID) => {
            let id = EventId::from_uid(&format!("{} in line {number}", event.id));
            let stated = Exported { id: Some(id), flags: event.flags.within(Exported::FLAGS), time: None };
            item.record.exported = Some(Box::new(stated));
            Item::of(item.record, None, mapping, now)
        }
        _ => item,
    }
}

/// The record without the id that only an export stated, as exports did before they said so.
pub(super) fn without_needless_uid(record: LogRecord, mapping: &Mapping, now: UnixNanos) -> Item {
    let item = Item::of(record, None, mapping, now);
    if item.record.exported.is_none()
        && let Some(bytes) = without_uid(&item.record.record)
    {
        let plain = Item::of(LogRecord { record: bytes, ..item.record.clone() }, None, mapping, now);
        if plain.id().is_some() && plain.id() == item.id() {
            return plain;
        }
    }
    item
}

/// The bytes of a record without the one attribute that names the event in 32 hex digits; `None` where it has none.
fn without_uid(record: &[u8]) -> Option<Bytes> {
    let is_uid = |attribute: &[u8]| {
        // As a list of one, which it is.
        let mut list = Vec::with_capacity(attribute.len() + 8);
        put_bytes_field(&mut list, 1, attribute);
        let pair = KeyValues::new(&list, 1).next();
        matches!(pair, Some((UID, AnyValue::String(text))) if text.parse::<EventId>().is_ok())
    };
    let uids = Reader::new(record).valid_fields().filter(|(number, field)| {
        matches!((*number, field), (LogRecordRef::ATTRIBUTES, Field::Bytes(attribute)) if is_uid(attribute))
    });
    if uids.count() != 1 {
        return None;
    }
    let mut out = Vec::with_capacity(record.len());
    for (number, field) in Reader::new(record).valid_fields() {
        match field {
            Field::Bytes(attribute) if number == LogRecordRef::ATTRIBUTES && is_uid(attribute) => {}
            Field::Bytes(bytes) => put_bytes_field(&mut out, number, bytes),
            Field::Varint(value) => wire::put_varint_field(&mut out, number, value),
            Field::Fixed64(value) => put_fixed64_field(&mut out, number, value),
            Field::Fixed32(value) => wire::put_fixed32_field(&mut out, number, value),
        }
    }
    Some(Bytes::from(out))
}
