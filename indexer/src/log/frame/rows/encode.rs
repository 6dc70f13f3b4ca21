//! Events to the plain bytes of a frame.

use std::sync::Arc;

use steplog_model::column::Column;
use steplog_model::event::{Cell, Event, Origin, StoredEvent};
use steplog_model::ids::Seq;

use super::parts::RecordParts;
use super::{HAS_DURATION, NAMES_PARTS, PLACE_BITS, Place, offset_in, zigzag};

/// Origins of fewer bytes may stand in frame after frame.
const LARGE_ORIGIN_BYTES: usize = 1 << 10;
/// So many large origins are remembered.
const MAX_SEEN: usize = 256;
/// A frame ends at so many bytes, whatever is in it: all of it is read for one of its events.
const MAX_FRAME_BYTES: usize = 64 << 20;

/// Collects the events of one frame. Used again and again, so that its buffers are.
#[derive(Debug, Default)]
pub(crate) struct FrameEncoder {
    plain: Vec<u8>,
    /// Of the first event.
    first_seq: Seq,
    /// Of the origins, which come behind the events.
    origins_bytes: usize,
    lengths: Vec<usize>,
    origins: Vec<Arc<Origin>>,
    /// Large origins of this frame and of those before.
    seen: Vec<Arc<Origin>>,
    /// The bytes of the origins that frames before have, too.
    repeated_bytes: usize,
    rules: Vec<Arc<str>>,
    base_time: i64,
    base_received: i64,
    /// Of the event that is being added.
    parts: RecordParts,
}

impl FrameEncoder {
    /// The number of events so far.
    pub(crate) fn count(&self) -> usize {
        self.lengths.len()
    }

    /// The seq of the first event.
    pub(crate) fn first_seq(&self) -> Seq {
        self.first_seq
    }

    /// Whether the frame must end before the event that is `next`: it is full, or the numbers have a gap because events
    /// of other days came in between. In a frame they are consecutive.
    pub(crate) fn ends_before(&self, next: &StoredEvent, frame_bytes: usize) -> bool {
        let is_gap = || next.seq != self.first_seq + self.count() as u64;
        self.count() > 0 && (is_gap() || self.is_full(frame_bytes, &next.event))
    }

    /// Adds an event behind those that there are.
    pub(crate) fn add(&mut self, stored: &StoredEvent) {
        if self.count() == 0 {
            self.first_seq = stored.seq;
        }
        self.push(&stored.event);
    }

    /// Whether the frame should end before the event that is `next`, if it is to have `frame_bytes`. Not before its
    /// events are as large as the origins that frames have again, this one or the next: a large origin with many small
    /// events would else be written once for each of them.
    fn is_full(&self, frame_bytes: usize, next: &Event) -> bool {
        let bytes = self.plain_bytes();
        if bytes < frame_bytes {
            return false;
        }
        let goes_on = self.origins.iter().any(|known| Arc::ptr_eq(known, &next.origin));
        let again = if goes_on { next.origin.size_bytes() } else { 0 };
        bytes >= MAX_FRAME_BYTES
            || self.plain.len() >= self.repeated_bytes + again
            || again < LARGE_ORIGIN_BYTES && self.repeated_bytes == 0
    }

    /// Forgets the origins of frames before: they hold the requests that they came with.
    pub(crate) fn forget_origins(&mut self) {
        self.seen.clear();
    }

    /// About how many bytes the frame has so far.
    pub(crate) fn plain_bytes(&self) -> usize {
        self.plain.len() + self.origins_bytes
    }

    /// Forgets all events.
    pub(crate) fn clear(&mut self) {
        self.plain.clear();
        self.origins_bytes = 0;
        self.repeated_bytes = 0;
        self.lengths.clear();
        self.origins.clear();
        self.rules.clear();
    }

    /// Adds an event, whatever its seq.
    pub(crate) fn push(&mut self, event: &Event) {
        if self.lengths.is_empty() {
            self.base_time = event.time.0;
            self.base_received = event.received.0;
        }
        let start = self.plain.len();
        let duration_bit = if event.duration_nanos.is_some() { HAS_DURATION } else { 0 };
        self.parts.read(&event.record);
        match self.parts.number_of_id(event.id, &event.record) {
            Some(number) => self.put(number as u64 + 1),
            None => {
                self.put(0);
                self.plain.extend_from_slice(&event.id.0.to_le_bytes());
            }
        }
        self.put(zigzag(event.time.0.wrapping_sub(self.base_time)));
        self.put(zigzag(event.received.0.wrapping_sub(self.base_received)));
        self.plain.push(event.time_source as u8 | duration_bit);
        self.put(u64::from(event.flags.0));
        if let Some(nanos) = event.duration_nanos {
            self.put(nanos);
        }
        let origin = self.place_of_origin(&event.origin);
        self.put(origin as u64);
        self.put_bytes(&event.record);
        self.put(event.cells.len() as u64);
        for cell in &event.cells {
            self.put_cell(cell, event);
        }
        self.lengths.push(self.plain.len() - start);
    }

    /// Copies the bytes of each event behind `samples`, and its length behind `lengths`.
    pub(crate) fn copy_events(&self, samples: &mut Vec<u8>, lengths: &mut Vec<usize>) {
        samples.extend_from_slice(&self.plain);
        lengths.extend_from_slice(&self.lengths);
    }

    /// Adds the tables; the bytes are then those of a whole frame. The next call must be `clear`.
    pub(crate) fn finish(&mut self) -> &[u8] {
        let tables = self.plain.len() as u32;
        self.plain.extend_from_slice(&self.base_time.to_le_bytes());
        self.plain.extend_from_slice(&self.base_received.to_le_bytes());
        for place in 0..self.lengths.len() {
            self.put(self.lengths.get(place).map_or(0, |length| *length as u64));
        }
        let origins = std::mem::take(&mut self.origins);
        self.put(origins.len() as u64);
        for origin in &origins {
            self.put_bytes(&origin.resource);
            self.put_bytes(origin.resource_schema_url.as_bytes());
            self.put_bytes(&origin.scope);
            self.put_bytes(origin.scope_schema_url.as_bytes());
        }
        self.origins = origins;
        self.origins_bytes = 0;
        let rules = std::mem::take(&mut self.rules);
        self.put(rules.len() as u64);
        for rule in &rules {
            self.put_bytes(rule.as_bytes());
        }
        self.rules = rules;
        self.plain.extend_from_slice(&(tables | NAMES_PARTS).to_le_bytes());
        &self.plain
    }

    fn put_cell(&mut self, cell: &Cell, event: &Event) {
        self.plain.push(cell.column.number());
        let rule = cell.rule.as_ref().map_or(0, |rule| self.place_of_rule(rule) + 1);
        self.put(rule as u64);
        let value = cell.value.as_bytes();
        if let Some((place, number)) = self.part_of(cell, event) {
            return self.put(number << PLACE_BITS | place as u64);
        }
        let homes = [
            (Place::Record, &event.record),
            (Place::Resource, &event.origin.resource),
            (Place::Scope, &event.origin.scope),
        ];
        let home = homes.into_iter().find_map(|(place, bytes)| Some((place, offset_in(bytes, value)?)));
        let length = (value.len() as u64) << PLACE_BITS;
        match home {
            Some((place, offset)) => {
                self.put(length | place as u64);
                self.put(offset as u64);
            }
            None => {
                self.put(length | Place::Here as u64);
                self.plain.extend_from_slice(value);
            }
        }
    }

    /// The part of the record that is the cell's value, with its number.
    fn part_of(&self, cell: &Cell, event: &Event) -> Option<(Place, u64)> {
        let value = cell.value.as_bytes();
        match cell.column {
            Column::TraceId if self.parts.trace() == Some(value) => return Some((Place::Trace, 0)),
            Column::SpanId if self.parts.span() == Some(value) => return Some((Place::Span, 0)),
            _ => {}
        }
        let start = offset_in(&event.record, value)?;
        let number = self.parts.number_of(&(start..start + value.len()))?;
        Some((Place::Text, number as u64))
    }

    /// Events of one request share their origin; those of other requests of the same sender have an equal one.
    fn place_of_origin(&mut self, origin: &Arc<Origin>) -> usize {
        let same = self.origins.iter().rposition(|known| Arc::ptr_eq(known, origin));
        let equal = || self.origins.iter().position(|known| known == origin);
        same.or_else(equal).unwrap_or_else(|| {
            let bytes = origin.size_bytes();
            self.origins_bytes += bytes;
            if bytes >= LARGE_ORIGIN_BYTES {
                self.note_large(origin, bytes);
            }
            self.origins.push(Arc::clone(origin));
            self.origins.len() - 1
        })
    }

    fn note_large(&mut self, origin: &Arc<Origin>, bytes: usize) {
        if self.seen.iter().any(|seen| Arc::ptr_eq(seen, origin) || seen == origin) {
            self.repeated_bytes += bytes;
        } else if self.seen.len() < MAX_SEEN {
            self.seen.push(Arc::clone(origin));
        }
    }

    fn place_of_rule(&mut self, rule: &Arc<str>) -> usize {
        let same = self.rules.iter().position(|known| Arc::ptr_eq(known, rule));
        let equal = || self.rules.iter().position(|known| known == rule);
        same.or_else(equal).unwrap_or_else(|| {
            self.rules.push(Arc::clone(rule));
            self.rules.len() - 1
        })
    }

    fn put_bytes(&mut self, bytes: &[u8]) {
        self.put(bytes.len() as u64);
        self.plain.extend_from_slice(bytes);
    }

    fn put(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.plain.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.plain.push(value as u8);
    }
}
