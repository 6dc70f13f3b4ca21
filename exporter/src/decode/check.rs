//! Checks encoded messages: wire format, UTF-8, limits. Copies nothing.

use std::collections::HashSet;

use steplog_model::event::Flags;
use steplog_model::limits;
use steplog_model::record::exported::{self, EXPORTED};
use steplog_model::record::wire::{Field, Reader};

use super::outcome::Problem;
use super::{UNREADABLE, ids};

/// A message whose fields are described by [`Message::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    LogRecord,
    Resource,
    Scope,
    EntityRef,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Varint,
    Fixed32,
    Fixed64,
    Text,
    TraceId,
    SpanId,
    /// The body: an `AnyValue`; several are merged.
    Body,
    Attribute,
    Entity,
    Unknown,
}

impl Message {
    /// What field `number` holds (opentelemetry-proto 1.11: `logs.proto`, `resource.proto`, `common.proto`).
    pub(super) const fn kind(self, number: u32) -> Kind {
        match (self, number) {
            (Self::LogRecord, 1 | 11) => Kind::Fixed64,
            (Self::LogRecord, 2 | 7) | (Self::Resource, 2) | (Self::Scope, 4) => Kind::Varint,
            (Self::LogRecord, 3 | 12) | (Self::Scope, 1 | 2) | (Self::EntityRef, 1..=4) => Kind::Text,
            (Self::LogRecord, 5) => Kind::Body,
            (Self::LogRecord, 6) | (Self::Resource, 1) | (Self::Scope, 3) => Kind::Attribute,
            (Self::LogRecord, 8) => Kind::Fixed32,
            (Self::LogRecord, 9) => Kind::TraceId,
            (Self::LogRecord, 10) => Kind::SpanId,
            (Self::Resource, 3) => Kind::Entity,
            _ => Kind::Unknown,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::LogRecord => "LogRecord",
            Self::Resource => "Resource",
            Self::Scope => "InstrumentationScope",
            Self::EntityRef => "EntityRef",
        }
    }
}

/// What was found in a message that may be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// What to tell with it.
    pub(super) flags: Flags,
    /// Whether it must be rewritten: a text is no UTF-8, an id is spelled, or parts of one message are apart.
    pub(super) rewrite: bool,
    /// Whether it has attributes of an export; they are removed, and it is checked again.
    pub(super) is_exported: bool,
}

/// Checks one message after the other, keeping its scratch space.
#[derive(Debug, Default)]
pub(super) struct Checker<'a> {
    keys: Keys<'a>,
    /// The keys of the lists that are being read, those of inner ones behind those of the outer.
    list_keys: Vec<&'a [u8]>,
    found: Findings,
}

impl<'a> Checker<'a> {
    /// Checks a whole message.
    pub(super) fn check(&mut self, message: Message, bytes: &'a [u8]) -> Result<Findings, Problem> {
        self.check_within(message, bytes, 0, 0)
    }

    /// Checks a record of which some attributes and bytes may be no part of it, but stated by an export. If they are, it
    /// is to be checked without them.
    pub(super) fn check_exported(&mut self, bytes: &'a [u8]) -> Result<Findings, Problem> {
        self.check_within(Message::LogRecord, bytes, exported::MOST_ATTRIBUTES, exported::MOST_BYTES)
    }

    fn check_within(
        &mut self,
        message: Message,
        bytes: &'a [u8],
        more_attributes: usize,
        more_bytes: usize,
    ) -> Result<Findings, Problem> {
        if bytes.len() > limits::MAX_RECORD_BYTES + more_bytes {
            return Err(Problem::TooLarge(bytes.len()));
        }
        self.list_keys.clear();
        self.keys.begin(limits::MAX_ATTRIBUTES + more_attributes);
        self.found = Findings::default();
        self.message(message, bytes)?;
        if !self.found.is_exported {
            if bytes.len() > limits::MAX_RECORD_BYTES {
                return Err(Problem::TooLarge(bytes.len()));
            }
            self.keys.check(limits::MAX_ATTRIBUTES)?;
        }
        if any_twice(&self.keys.keys) {
            self.found.flags.insert(Flags::DUPLICATE_KEYS);
        }
        Ok(self.found)
    }

    fn message(&mut self, message: Message, bytes: &'a [u8]) -> Result<(), Problem> {
        let mut reader = Reader::new(bytes);
        let mut bodies = 0_usize;
        while let Some((number, field)) = reader.next_field()? {
            match (message.kind(number), field) {
                (Kind::Attribute, Field::Bytes(bytes)) => {
                    let key = self.key_value(bytes, 0)?;
                    self.keys.push(key)?;
                    if key == UNREADABLE.as_bytes() {
                        self.found.flags.insert(Flags::VALUE_UNREADABLE);
                    }
                    self.found.is_exported |= key == EXPORTED.as_bytes() && message == Message::LogRecord;
                }
                (Kind::Text, Field::Bytes(text)) => self.text(text),
                (Kind::TraceId, Field::Bytes(id)) => self.id::<16>(id),
                (Kind::SpanId, Field::Bytes(id)) => self.id::<8>(id),
                (Kind::Body, Field::Bytes(body)) => {
                    bodies += 1;
                    self.value(body, 0)?;
                }
                (Kind::Entity, Field::Bytes(entity)) => self.message(Message::EntityRef, entity)?,
                (Kind::Varint, Field::Varint(_))
                | (Kind::Fixed32, Field::Fixed32(_))
                | (Kind::Fixed64, Field::Fixed64(_))
                | (Kind::Unknown, _) => {}
                _ => return Err(Problem::WireType { message: message.name(), field: number }),
            }
        }
        self.found.rewrite |= bodies > 1;
        Ok(())
    }

    fn text(&mut self, text: &[u8]) {
        if std::str::from_utf8(text).is_err() {
            self.found.flags.insert(Flags::UTF8_REPAIRED);
            self.found.rewrite = true;
        }
    }

    /// An id of another length names nothing, unless it spells one.
    fn id<const N: usize>(&mut self, id: &[u8]) {
        if !id.is_empty() && id.len() != N {
            match ids::spelled::<N>(id) {
                Some(_) => self.found.rewrite = true,
                None => self.found.flags.insert(Flags::VALUE_UNREADABLE),
            }
        }
    }

    /// Checks a `KeyValue` and gives its key.
    fn key_value(&mut self, bytes: &'a [u8], depth: usize) -> Result<&'a [u8], Problem> {
        let mut reader = Reader::new(bytes);
        let (mut key, mut values): (&[u8], usize) = (&[], 0);
        while let Some((number, field)) = reader.next_field()? {
            match (number, field) {
                (1, Field::Bytes(text)) => {
                    if text.len() > limits::MAX_KEY_BYTES {
                        return Err(Problem::KeyTooLong(text.len()));
                    }
                    self.text(text);
                    key = text;
                }
                (2, Field::Bytes(value)) => {
                    values += 1;
                    self.value(value, depth)?;
                }
                (3, Field::Varint(index)) if index != 0 => self.found.flags.insert(Flags::STRING_REFERENCE),
                (3, Field::Varint(_)) | (4.., _) => {}
                _ => return Err(Problem::WireType { message: "KeyValue", field: number }),
            }
        }
        self.found.rewrite |= values > 1;
        Ok(key)
    }

    /// Checks an `AnyValue` inside of `depth` lists.
    fn value(&mut self, bytes: &'a [u8], depth: usize) -> Result<(), Problem> {
        if depth > limits::MAX_VALUE_DEPTH {
            return Err(Problem::TooDeep);
        }
        let mut reader = Reader::new(bytes);
        let mut members = 0_usize;
        while let Some((number, field)) = reader.next_field()? {
            members += usize::from(number <= 8);
            match (number, field) {
                (1, Field::Bytes(text)) => self.text(text),
                (5 | 6, Field::Bytes(list)) => self.list(number, list, depth + 1)?,
                (8, Field::Varint(_)) => self.found.flags.insert(Flags::STRING_REFERENCE),
                (2 | 3, Field::Varint(_)) | (4, Field::Fixed64(_)) | (7, Field::Bytes(_)) | (9.., _) => {}
                _ => return Err(Problem::WireType { message: "AnyValue", field: number }),
            }
        }
        self.found.rewrite |= members > 1;
        Ok(())
    }

    /// Checks an `ArrayValue` (member 5 of an `AnyValue`) or a `KeyValueList` (member 6).
    fn list(&mut self, member: u32, bytes: &'a [u8], depth: usize) -> Result<(), Problem> {
        let mut reader = Reader::new(bytes);
        let outer = self.list_keys.len();
        while let Some((number, field)) = reader.next_field()? {
            match (number, field) {
                (1, Field::Bytes(value)) if member == 5 => self.value(value, depth)?,
                (1, Field::Bytes(pair)) => {
                    let key = self.key_value(pair, depth)?;
                    self.list_keys.push(key);
                }
                (1, _) => return Err(Problem::WireType { message: "a list of values", field: 1 }),
                _ => {}
            }
        }
        if any_twice(self.list_keys.get(outer..).unwrap_or_default()) {
            self.found.flags.insert(Flags::DUPLICATE_KEYS);
        }
        self.list_keys.truncate(outer);
        Ok(())
    }
}

/// Whether a key is among some more than once.
fn any_twice(keys: &[&[u8]]) -> bool {
    /// Up to here comparing all pairs is cheaper than hashing.
    const FEW: usize = 24;
    if keys.len() <= FEW {
        return keys.iter().enumerate().any(|(place, key)| keys[..place].contains(key));
    }
    let mut seen = HashSet::with_capacity(keys.len());
    !keys.iter().all(|key| seen.insert(*key))
}

/// The keys of one message's attributes.
#[derive(Debug, Default)]
struct Keys<'a> {
    keys: Vec<&'a [u8]>,
    most: usize,
    /// How many of them are [`UNREADABLE`], up to 1: what keeps a value must not cost its record.
    unreadable: usize,
}

impl<'a> Keys<'a> {
    fn begin(&mut self, most: usize) {
        self.keys.clear();
        self.most = most;
        self.unreadable = 0;
    }

    fn push(&mut self, key: &'a [u8]) -> Result<(), Problem> {
        if key == UNREADABLE.as_bytes() {
            self.unreadable = 1;
        }
        self.keys.push(key);
        self.check(self.most)
    }

    fn check(&self, most: usize) -> Result<(), Problem> {
        if self.keys.len() > most + self.unreadable { Err(Problem::TooManyAttributes) } else { Ok(()) }
    }
}
