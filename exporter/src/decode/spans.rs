//! Spans: an `ExportTraceServiceRequest` is rewritten as the `ExportLogsServiceRequest` of its events and then
//! decoded like one, so that everything after has one form.
//!
//! A span that [`SpanRules`] take is one log record at its end, and each of its span events another one. What a
//! log record has no field for stands in attributes of steplog's own ([`attribute`]). All other spans are passed
//! over and counted.

mod record;
mod rules;

use std::ops::Range;

use bytes::Bytes;
use rapidhash::{HashSetExt as _, RapidHashSet};
use steplog_model::record::wire::{Field, Reader, close_message_field, open_message_field};

use super::envelope::{self, Places, Request};
use super::outcome::{DecodeError, Problem, Rejections};
use super::room::{Buffer, Meter, Room};
use super::signal::Signal;
use super::{Decoded, json};

pub use record::attribute;
pub use rules::{NameSet, SpanRules};

/// Reads an encoded `ExportTraceServiceRequest`.
pub(super) fn decode_protobuf(
    body: &[u8],
    rules: &SpanRules,
    room: &mut dyn Room,
) -> Result<Decoded, DecodeError> {
    decode(body, rules, &[], room)
}

/// Reads a JSON `ExportTraceServiceRequest`.
pub(super) fn decode_json(
    body: &[u8],
    rules: &SpanRules,
    room: &mut dyn Room,
) -> Result<Decoded, DecodeError> {
    let transcoded = json::transcode(body, Signal::Traces, room)?;
    let mut decoded = decode(&transcoded.request.bytes, rules, &transcoded.rejected_places, room)?;
    transcoded.request.give_back(room);
    decoded.beyond_room += transcoded.beyond_room;
    decoded.rejected.prepend(transcoded.rejected);
    decoded.not_understood = transcoded.not_understood;
    decoded.warnings.foreign = transcoded.foreign;
    Ok(decoded)
}

/// `missing` are the numbers of spans that were taken out of the request before, ascending.
fn decode(
    body: &[u8],
    rules: &SpanRules,
    missing: &[Range<u64>],
    room: &mut dyn Room,
) -> Result<Decoded, DecodeError> {
    let mut out = Buffer::default();
    // Without that room nothing of it will be taken.
    out.make_room(body.len() + body.len() / 4, room);
    let mut rewriter = Rewriter {
        rules,
        room,
        meter: Meter::default(),
        missing,
        most_bytes: body.len().saturating_mul(MAX_GROWTH).saturating_add(FREE_BYTES),
        out,
        places: Vec::new(),
        place: 0,
        seen: RapidHashSet::new(),
        rejected: Rejections::default(),
        unlisted: 0,
        repeated: 0,
        beyond_room: 0,
    };
    rewriter.request(body)?;
    let Rewriter { out, room, places, rejected, unlisted, repeated, beyond_room, .. } = rewriter;
    let request = Request { signal: Signal::Traces, places: Places::Spans(&places), exports: false };
    let mut decoded = envelope::decode(&Bytes::from(out.bytes), &request, room)?;
    decoded.rejected.prepend(rejected);
    decoded.unlisted = unlisted;
    decoded.repeated = repeated;
    decoded.beyond_room += beyond_room;
    Ok(decoded)
}

/// How many times as large as its request the log records of its spans may be, beyond some bytes that are free:
/// a span event of two bytes gets the attributes that it shares with its span.
const MAX_GROWTH: usize = 8;
const FREE_BYTES: usize = 1 << 20;

/// What a span takes beside `out`: its place among those that are compared.
const SPAN_BYTES: usize = 3 * size_of::<&[u8]>();
/// A span of so many bytes is read whatever room there is: that takes some thirty times as much, for a moment.
const SMALL_SPAN_BYTES: usize = 16 << 10;

struct Rewriter<'a, 'r> {
    rules: &'a SpanRules,
    room: &'r mut dyn Room,
    meter: Meter,
    missing: &'a [Range<u64>],
    /// The most bytes of `out`.
    most_bytes: usize,
    out: Buffer,
    /// The number of the span of each log record in `out`.
    places: Vec<u64>,
    /// The number of the next span in the body.
    place: u64,
    /// The spans so far. Two that are equal to the last byte, ids included, are one span that came twice.
    seen: RapidHashSet<&'a [u8]>,
    rejected: Rejections,
    unlisted: u64,
    repeated: u64,
    beyond_room: u64,
}

impl<'a> Rewriter<'a, '_> {
    /// Messages and their fields have the same numbers for all signals, down to the spans themselves. What is
    /// damaged is copied as it is, so that reading the copy finds the same damage in the same place.
    fn request(&mut self, body: &'a [u8]) -> Result<(), DecodeError> {
        let mut reader = Reader::new(body);
        loop {
            let offset = body.len() - reader.rest().len();
            let error = |what| DecodeError { signal: Signal::Traces, encoding: "protobuf", what, offset };
            match reader.next_field().map_err(|problem| error(problem.to_string()))? {
                Some((1, Field::Bytes(resource_spans))) => {
                    let field = open_message_field(&mut self.out.bytes, 1);
                    self.group(resource_spans, Self::scope_spans);
                    close_message_field(&mut self.out.bytes, field);
                }
                Some((1, _)) => {
                    return Err(error("field 1 (resource_spans) has the wrong wire type".to_owned()));
                }
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }

    fn scope_spans(&mut self, bytes: &'a [u8]) {
        let start = (self.out.bytes.len(), self.places.len());
        let field = open_message_field(&mut self.out.bytes, 2);
        self.group(bytes, Self::span);
        close_message_field(&mut self.out.bytes, field);
        // Most scopes of a service have no span of interest: what is left of them would be looked at for nothing.
        if self.places.len() == start.1 && !is_damaged(bytes) {
            self.out.bytes.truncate(start.0);
        }
    }

    /// Copies a `ResourceSpans` or `ScopeSpans`, whose members (field 2) `rewrite` takes.
    fn group(&mut self, bytes: &'a [u8], rewrite: fn(&mut Self, &'a [u8])) {
        let mut reader = Reader::new(bytes);
        loop {
            let before = reader.rest();
            match reader.next_field() {
                Ok(Some((2, Field::Bytes(member)))) => rewrite(self, member),
                Ok(Some(_)) => {
                    self.out.bytes.extend_from_slice(&before[..before.len() - reader.rest().len()])
                }
                Ok(None) => return,
                Err(_) => {
                    self.out.bytes.extend_from_slice(before);
                    return;
                }
            }
        }
    }

    fn span(&mut self, bytes: &'a [u8]) {
        let place = self.place;
        self.place += 1;
        let scratch = if bytes.len() > SMALL_SPAN_BYTES { record::scratch_bytes(bytes) } else { 0 };
        if scratch > 0 && !self.room.take(scratch) {
            self.beyond_room += 1;
            return;
        }
        self.rewrite(bytes, place);
        if scratch > 0 {
            self.room.give_back(scratch);
        }
    }

    fn rewrite(&mut self, bytes: &'a [u8], place: u64) {
        let start = self.out.bytes.len();
        let read = if self.out.bytes.len() < self.most_bytes {
            record::read(bytes, self.rules)
        } else {
            Err(Problem::TooMuchGrowth(self.most_bytes))
        };
        match read {
            Ok(Some(span)) => {
                if span.has_id() && self.seen.contains(bytes) {
                    self.repeated += 1;
                    return;
                }
                let (records, about) = span.about(bytes.len(), self.rules);
                let beside = SPAN_BYTES + 3 * size_of::<u64>() * records;
                if !self.out.make_room(about, self.room) || !self.meter.take(beside, self.room) {
                    self.beyond_room += 1;
                    return;
                }
                if span.has_id() {
                    self.seen.insert(bytes);
                }
                let shown = envelope::shown_place(self.missing, place);
                let records = span.put(&mut self.out.bytes, self.rules);
                if self.out.bytes.len() > self.most_bytes {
                    self.out.bytes.truncate(start);
                    self.rejected
                        .add(&Problem::TooMuchGrowth(self.most_bytes), 1, || format!("span {shown}"));
                } else {
                    self.places.extend(std::iter::repeat_n(shown, records));
                }
            }
            Ok(None) => self.unlisted += 1,
            Err(problem) => {
                self.out.bytes.truncate(start);
                let missing = self.missing;
                let place = || format!("span {}", envelope::shown_place(missing, place));
                self.rejected.add(&problem, 1, place);
            }
        }
    }
}

/// Whether a `ScopeSpans` has to be looked at for its damage.
fn is_damaged(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    loop {
        match reader.next_field() {
            Ok(Some((1..=3, Field::Bytes(_)) | (4.., _))) => {}
            Ok(None) => return false,
            Ok(Some(_)) | Err(_) => return true,
        }
    }
}

/// A field of the wrong wire type.
const fn wrong_type(message: &'static str, field: u32) -> Problem {
    Problem::WireType { message, field }
}
