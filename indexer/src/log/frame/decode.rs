//! The plain bytes of a frame to events that are slices of them.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use steplog_model::column::Column;
use steplog_model::event::{Cell, Event, Flags, Origin, StoredEvent, TimeSource};
use steplog_model::ids::{EventId, Seq};
use steplog_model::time::UnixNanos;

use super::error::DecodeError;
use super::pieces::{self, Walk};
use super::rows::parts::RecordParts;
use super::rows::{
    FIRST_PLACE_BITS, HAS_DURATION, NAMES_PARTS, PLACE_BITS, Place, TIME_SOURCE_BITS, unzigzag,
};

const SHORT: DecodeError = DecodeError("it ends early");

/// The bytes of events.
#[derive(Debug)]
enum Events {
    Rows(Rows),
    /// In pieces; so many bytes are the whole frame in rows.
    Pieces(Bytes, usize),
}

/// One behind the other.
#[derive(Clone, Debug)]
struct Rows {
    plain: Bytes,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Rows {
    fn event(&self, place: usize) -> Option<Bytes> {
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        Some(self.plain.slice(start as usize..*self.ends.get(place)? as usize))
    }
}

/// A frame in memory, from which events are sliced.
#[derive(Debug)]
pub(crate) struct DecodedFrame {
    first_seq: Seq,
    count: usize,
    events: Events,
    origins: Vec<Arc<Origin>>,
    rules: Vec<Arc<str>>,
    base_time: i64,
    base_received: i64,
    names_parts: bool,
}

impl DecodedFrame {
    /// Reads the tables of a frame of `count` events.
    pub(crate) fn new(first_seq: Seq, count: u32, plain: Bytes) -> Result<Self, DecodeError> {
        let (body, tables) = plain.split_last_chunk::<4>().ok_or(SHORT)?;
        let tables = u32::from_le_bytes(*tables);
        let (tables, names_parts) = (tables & !NAMES_PARTS, tables & NAMES_PARTS != 0);
        if tables as usize > body.len() {
            return Err(SHORT);
        }
        let mut cursor = Cursor { bytes: plain.slice(..body.len()), at: tables as usize };
        let base_time = i64::from_le_bytes(cursor.chunk()?);
        let base_received = i64::from_le_bytes(cursor.chunk()?);
        let mut ends = Vec::with_capacity((count as usize).min(body.len()));
        let mut end = 0_u64;
        for _ in 0..count {
            end += cursor.number()?.min(u64::from(u32::MAX));
            ends.push(u32::try_from(end).ok().filter(|end| *end <= tables).ok_or(SHORT)?);
        }
        let frame = Self {
            first_seq,
            count: count as usize,
            events: Events::Rows(Rows { plain: plain.clone(), ends }),
            origins: Vec::new(),
            rules: Vec::new(),
            base_time,
            base_received,
            names_parts,
        };
        frame.with_tables(cursor)
    }

    /// The same of a frame in pieces, which is so many bytes in rows.
    pub(crate) fn in_pieces(
        first_seq: Seq,
        count: u32,
        bytes: Bytes,
        plain_bytes: usize,
    ) -> Result<Self, DecodeError> {
        // An event has a byte at least.
        usize::try_from(count).ok().filter(|count| *count <= plain_bytes).ok_or(SHORT)?;
        let ([base_time, base_received], tables) = pieces::tables(&bytes)?;
        let cursor = Cursor { bytes: bytes.slice(tables), at: 0 };
        let frame = Self {
            first_seq,
            count: count as usize,
            events: Events::Pieces(bytes, plain_bytes),
            origins: Vec::new(),
            rules: Vec::new(),
            base_time,
            base_received,
            names_parts: true,
        };
        frame.with_tables(cursor)
    }

    fn with_tables(mut self, mut cursor: Cursor) -> Result<Self, DecodeError> {
        self.origins = cursor.list(|cursor| {
            Ok(Arc::new(Origin {
                // Copies: an event shall not keep its whole frame in memory.
                resource: Bytes::copy_from_slice(&cursor.bytes()?),
                resource_schema_url: ByteString::from(&*cursor.text()?),
                scope: Bytes::copy_from_slice(&cursor.bytes()?),
                scope_schema_url: ByteString::from(&*cursor.text()?),
            }))
        })?;
        self.rules = cursor.list(|cursor| Ok(Arc::from(&*cursor.text()?)))?;
        Ok(self)
    }

    /// The first event's seq.
    pub(crate) fn first_seq(&self) -> Seq {
        self.first_seq
    }

    /// The number of events.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The bytes that the frame occupies, about.
    pub(crate) fn size_bytes(&self) -> usize {
        let events = match &self.events {
            Events::Rows(rows) => rows.plain.len() + rows.ends.len() * 4,
            Events::Pieces(bytes, _) => bytes.len(),
        };
        size_of::<Self>() + events + self.origins.iter().map(|origin| origin_bytes(origin)).sum::<usize>()
    }

    /// The events of seqs, which ascend: copies that do not hold the frame; `None` for those that it does not have.
    pub(crate) fn pick(&self, seqs: &[Seq]) -> Vec<Option<Result<StoredEvent, DecodeError>>> {
        let place = |seq: Seq| usize::try_from(seq.checked_sub(self.first_seq)?).ok();
        let places = seqs.iter().map(|seq| place(*seq).filter(|place| *place < self.count));
        match &self.events {
            Events::Rows(rows) => {
                let copy = |place| Bytes::copy_from_slice(&rows.event(place).unwrap_or_default());
                places.map(|place| place.map(|place| self.stored(place, copy(place)))).collect()
            }
            Events::Pieces(bytes, plain_bytes) => {
                let mut walk = Walk::new(bytes, *plain_bytes);
                let mut restore = |place| self.stored(place, walk.event(place)?.into());
                places.map(|place| place.map(&mut restore)).collect()
            }
        }
    }

    /// All events, in order, as slices of the frame.
    pub(crate) fn events(&self) -> impl Iterator<Item = Result<StoredEvent, DecodeError>> + '_ {
        let rows = self.rows();
        (0..self.count).map(move |place| {
            let rows = rows.as_ref().map_err(|error| *error)?;
            self.stored(place, rows.event(place).ok_or(SHORT)?)
        })
    }

    fn rows(&self) -> Result<Rows, DecodeError> {
        match &self.events {
            Events::Rows(rows) => Ok(rows.clone()),
            Events::Pieces(bytes, plain_bytes) => {
                let count = u32::try_from(self.count).map_err(|_| SHORT)?;
                let (plain, ends) = pieces::restore(bytes, count, *plain_bytes)?;
                Ok(Rows { plain: plain.into(), ends })
            }
        }
    }

    /// The ids of all events, in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Result<(EventId, Seq), DecodeError>> + '_ {
        let rows = self.rows();
        (0..self.count).map(move |place| {
            let rows = rows.as_ref().map_err(|error| *error)?;
            let id = self.id(rows.event(place).ok_or(SHORT)?)?;
            Ok((id, self.first_seq + place as u64))
        })
    }

    fn id(&self, bytes: Bytes) -> Result<EventId, DecodeError> {
        let mut cursor = Cursor { bytes, at: 0 };
        if self.names_parts && cursor.number()? > 0 {
            // Its record states it.
            return Ok(self.decode(cursor.bytes)?.id);
        }
        Ok(EventId(u128::from_le_bytes(cursor.chunk()?)))
    }

    fn stored(&self, place: usize, bytes: Bytes) -> Result<StoredEvent, DecodeError> {
        Ok(StoredEvent { seq: self.first_seq + place as u64, event: self.decode(bytes)? })
    }

    fn decode(&self, bytes: Bytes) -> Result<Event, DecodeError> {
        let mut cursor = Cursor { bytes, at: 0 };
        let stated_id = if self.names_parts { cursor.number()?.checked_sub(1) } else { None };
        let id = match stated_id {
            None => Some(EventId(u128::from_le_bytes(cursor.chunk()?))),
            Some(_) => None,
        };
        let time = UnixNanos(self.base_time.wrapping_add(unzigzag(cursor.number()?)));
        let received = UnixNanos(self.base_received.wrapping_add(unzigzag(cursor.number()?)));
        let [bits] = cursor.chunk()?;
        let time_source = TimeSource::from_number(bits & TIME_SOURCE_BITS);
        let time_source = time_source.ok_or(DecodeError("an unknown source of time"))?;
        let flags = Flags(u32::try_from(cursor.number()?).map_err(|_| DecodeError("an unknown flag"))?);
        let duration_nanos = if bits & HAS_DURATION == 0 { None } else { Some(cursor.number()?) };
        let origin = usize::try_from(cursor.number()?).ok().and_then(|place| self.origins.get(place));
        let origin = Arc::clone(origin.ok_or(DecodeError("an origin that is not there"))?);
        let record = cursor.bytes()?;
        let mut parts = RecordParts::default();
        if self.names_parts {
            parts.read(&record);
        }
        let stated = || parts.id(usize::try_from(stated_id?).ok()?, &record);
        let id = id.or_else(stated).ok_or(DecodeError("an id that its record does not state"))?;
        let cells = cursor.list(|cursor| self.cell(cursor, &record, &parts, &origin))?;
        let has_exported_id = false;
        Ok(Event {
            id,
            time,
            time_source,
            received,
            flags,
            has_exported_id,
            duration_nanos,
            cells,
            origin,
            record,
        })
    }

    fn cell(
        &self,
        cursor: &mut Cursor,
        record: &Bytes,
        parts: &RecordParts,
        origin: &Origin,
    ) -> Result<Cell, DecodeError> {
        let [number] = cursor.chunk()?;
        let column = Column::from_number(number).ok_or(DecodeError("an unknown column"))?;
        let rule = match cursor.number()? {
            0 => None,
            place => {
                let rule = usize::try_from(place - 1).ok().and_then(|place| self.rules.get(place));
                Some(Arc::clone(rule.ok_or(DecodeError("a rule that is not there"))?))
            }
        };
        let head = cursor.number()?;
        let place_bits = if self.names_parts { PLACE_BITS } else { FIRST_PLACE_BITS };
        let length = usize::try_from(head >> place_bits).map_err(|_| SHORT)?;
        let value = match (head & ((1 << place_bits) - 1)) as u8 {
            place if place == Place::Here as u8 => cursor.take(length)?,
            place if place == Place::Text as u8 => {
                record.slice(parts.text(length).ok_or(DecodeError("a text that is not there"))?)
            }
            place if place == Place::Trace as u8 => {
                Bytes::copy_from_slice(parts.trace().ok_or(DecodeError("a trace that is not there"))?)
            }
            place if place == Place::Span as u8 => {
                Bytes::copy_from_slice(parts.span().ok_or(DecodeError("a span that is not there"))?)
            }
            place => {
                let home = match place {
                    place if place == Place::Record as u8 => record,
                    place if place == Place::Resource as u8 => &origin.resource,
                    place if place == Place::Scope as u8 => &origin.scope,
                    _ => return Err(DecodeError("an unknown place of a value")),
                };
                let start = usize::try_from(cursor.number()?).map_err(|_| SHORT)?;
                let end = start.checked_add(length).filter(|end| *end <= home.len()).ok_or(SHORT)?;
                home.slice(start..end)
            }
        };
        Ok(Cell { column, value: text(value)?, rule })
    }
}

fn origin_bytes(origin: &Origin) -> usize {
    let urls = origin.resource_schema_url.len() + origin.scope_schema_url.len();
    size_of::<Origin>() + origin.resource.len() + origin.scope.len() + urls
}

fn text(bytes: Bytes) -> Result<ByteString, DecodeError> {
    ByteString::try_from(bytes).map_err(|_| DecodeError("a text that is no UTF-8"))
}

/// Reads from the front of bytes; slices share them.
struct Cursor {
    bytes: Bytes,
    at: usize,
}

impl Cursor {
    fn take(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(SHORT)?;
        let taken = self.bytes.slice(self.at..end);
        self.at = end;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let chunk = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>()).ok_or(SHORT)?;
        self.at += N;
        Ok(*chunk)
    }

    fn number(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.chunk()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError("a number that does not end"))
    }

    fn bytes(&mut self) -> Result<Bytes, DecodeError> {
        let length = usize::try_from(self.number()?).map_err(|_| SHORT)?;
        self.take(length)
    }

    fn text(&mut self) -> Result<ByteString, DecodeError> {
        text(self.bytes()?)
    }

    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let length = usize::try_from(self.number()?).map_err(|_| SHORT)?;
        // Every item has at least one byte.
        if length > self.bytes.len() - self.at {
            return Err(SHORT);
        }
        (0..length).map(|_| item(self)).collect()
    }
}
