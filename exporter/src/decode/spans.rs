//! Spans: an `ExportTraceServiceRequest` is rewritten as the `ExportLogsServiceRequest` of its events and then
//! decoded like one, so that everything after has one form.
//!
//! A span that [`SpanRules`] take is one log record at its end, and each of its span events another one. What a
//! log record has no field for stands in attributes of steplog's own ([`attribute`]). All other spans are passed
//! over and counted.

mod record;
mod rules;

use bytes::Bytes;
use rapidhash::{HashSetExt as _, RapidHashSet};
use steplog_model::record::wire::{Field, Reader, close_message_field, open_message_field};

use super::envelope::{self, Places, Request};
use super::outcome::{DecodeError, Problem, Rejections};
use super::signal::Signal;
use super::{Decoded, json};

pub use record::attribute;
pub use rules::{NameSet, SpanRules};

/// Reads an encoded `ExportTraceServiceRequest`.
pub(super) fn decode_protobuf(body: &[u8], rules: &SpanRules) -> Result<Decoded, DecodeError> {
    decode(body, rules, &[])
}

/// Reads a JSON `ExportTraceServiceRequest`.
pub(super) fn decode_json(body: &[u8], rules: &SpanRules) -> Result<Decoded, DecodeError> {
    let transcoded = json::transcode(body, Signal::Traces)?;
    let mut decoded = decode(&transcoded.request, rules, &transcoded.rejected_places)?;
    decoded.rejected.prepend(transcoded.rejected);
    decoded.not_understood = transcoded.not_understood;
    decoded.warnings.foreign = transcoded.foreign;
    Ok(decoded)
}

/// `missing` are the numbers of spans that were taken out of the request before, ascending.
fn decode(body: &[u8], rules: &SpanRules, missing: &[u64]) -> Result<Decoded, DecodeError> {
    let mut rewriter = Rewriter {
        rules,
        missing,
        most_bytes: body.len().saturating_mul(MAX_GROWTH).saturating_add(FREE_BYTES),
        out: Vec::with_capacity(body.len() + body.len() / 4),
        places: Vec::new(),
        place: 0,
        seen: RapidHashSet::new(),
        rejected: Rejections::default(),
        unlisted: 0,
        repeated: 0,
    };
    rewriter.request(body)?;
    let Rewriter { out, places, rejected, unlisted, repeated, .. } = rewriter;
    let grown_bytes = out.capacity().saturating_sub(body.len());
    let request = Request { signal: Signal::Traces, places: Places::Spans(&places), exports: false };
    let mut decoded = envelope::decode(&Bytes::from(out), &request)?;
    decoded.rejected.prepend(rejected);
    decoded.unlisted = unlisted;
    (decoded.repeated, decoded.grown_bytes) = (repeated, grown_bytes);
    Ok(decoded)
}

/// How many times as large as its request the log records of its spans may be, beyond some bytes that are free:
/// a span event of two bytes gets the attributes that it shares with its span.
const MAX_GROWTH: usize = 8;
const FREE_BYTES: usize = 1 << 20;

struct Rewriter<'a> {
    rules: &'a SpanRules,
    missing: &'a [u64],
    /// The most bytes of `out`.
    most_bytes: usize,
    out: Vec<u8>,
    /// The number of the span of each log record in `out`.
    places: Vec<u64>,
    /// The number of the next span in the body.
    place: u64,
    /// The spans so far. Two that are equal to the last byte, ids included, are one span that came twice.
    seen: RapidHashSet<&'a [u8]>,
    rejected: Rejections,
    unlisted: u64,
    repeated: u64,
}

impl<'a> Rewriter<'a> {
    /// Messages and their fields have the same numbers for all signals, down to the spans themselves. What is
    /// damaged is copied as it is, so that reading the copy finds the same damage in the same place.
    fn request(&mut self, body: &'a [u8]) -> Result<(), DecodeError> {
        let mut reader = Reader::new(body);
        loop {
            let offset = body.len() - reader.rest().len();
            let error = |what| DecodeError { signal: Signal::Traces, encoding: "protobuf", what, offset };
            match reader.next_field().map_err(|problem| error(problem.to_string()))? {
                Some((1, Field::Bytes(resource_spans))) => {
                    let field = open_message_field(&mut self.out, 1);
                    self.group(resource_spans, Self::scope_spans);
                    close_message_field(&mut self.out, field);
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
        let start = (self.out.len(), self.places.len());
        let field = open_message_field(&mut self.out, 2);
        self.group(bytes, Self::span);
        close_message_field(&mut self.out, field);
        // Most scopes of a service have no span of interest: what is left of them would be looked at for nothing.
        if self.places.len() == start.1 && !is_damaged(bytes) {
            self.out.truncate(start.0);
        }
    }

    /// Copies a `ResourceSpans` or `ScopeSpans`, whose members (field 2) `rewrite` takes.
    fn group(&mut self, bytes: &'a [u8], rewrite: fn(&mut Self, &'a [u8])) {
        let mut reader = Reader::new(bytes);
        loop {
            let before = reader.rest();
            match reader.next_field() {
                Ok(Some((2, Field::Bytes(member)))) => rewrite(self, member),
                Ok(Some(_)) => self.out.extend_from_slice(&before[..before.len() - reader.rest().len()]),
                Ok(None) => return,
                Err(_) => {
                    self.out.extend_from_slice(before);
                    return;
                }
            }
        }
    }

    fn span(&mut self, bytes: &'a [u8]) {
        let place = self.place;
        self.place += 1;
        let start = self.out.len();
        let read = if self.out.len() < self.most_bytes {
            record::read(bytes, self.rules)
        } else {
            Err(Problem::TooMuchGrowth(self.most_bytes))
        };
        match read {
            Ok(Some(span)) => {
                if span.has_id() && !self.seen.insert(bytes) {
                    self.repeated += 1;
                    return;
                }
                let shown = envelope::shown_place(self.missing, place);
                let records = span.put(&mut self.out, self.rules);
                if self.out.len() > self.most_bytes {
                    self.out.truncate(start);
                    self.rejected
                        .add(&Problem::TooMuchGrowth(self.most_bytes), 1, || format!("span {shown}"));
                } else {
                    self.places.extend(std::iter::repeat_n(shown, records));
                }
            }
            Ok(None) => self.unlisted += 1,
            Err(problem) => {
                self.out.truncate(start);
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
