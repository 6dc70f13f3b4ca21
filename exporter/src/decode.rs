//! Decode: from the bytes of a request to its log records.
//!
//! Protobuf is read in one pass without copies: a record is a slice of the request. JSON is
//! rewritten as protobuf first, so that everything after has one form. One bad record is rejected
//! and counted, never its request. Pure: no clock, no disk.

mod check;
mod envelope;
mod ids;
mod json;
mod kept;
mod origins;
mod outcome;
mod points;
mod repair;
mod room;
mod signal;
mod spans;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use steplog_model::event::{Flags, Origin};
use steplog_model::record::exported::Exported;

use envelope::{Places, Request};

pub use outcome::{DecodeError, NotUnderstood, Problem, RejectReason, Rejections, Warnings};
pub use signal::Signal;
pub use spans::{NameSet, SpanRules, attribute};

pub(crate) use envelope::RECORD_BYTES;
pub(crate) use room::Room;
use room::Unbounded;

/// The attribute that keeps what could not be read, as it was sent: a list of keys and texts.
pub const UNREADABLE: &str = "steplog.unreadable";

/// What a request held.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// The records to keep, in the order of the request.
    pub records: Vec<LogRecord>,
    /// The records refused for good.
    pub rejected: Rejections,
    /// What was noticed about records that are kept.
    pub warnings: Warnings,
    /// The spans that are no events by the rules, and were passed over.
    pub unlisted: u64,
    /// The spans that came more than once in the request, beyond the first.
    pub repeated: u64,
    /// The records and spans for which there was no room in memory.
    pub beyond_room: u64,
    /// What is no log record at all.
    pub not_understood: NotUnderstood,
}

/// Resource and scope of records, with what is the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedOrigin {
    /// The resource and the scope.
    pub origin: Arc<Origin>,
    /// BLAKE3 of resource, scope and their schema URLs, as they were sent.
    pub hash: [u8; 32],
    /// What was noticed about resource and scope; part of each record's flags.
    pub flags: Flags,
}

/// One log record, checked: well-formed, valid UTF-8, within [`steplog_model::limits`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Where it comes from; shared by all records of one resource and scope.
    pub origin: Arc<HashedOrigin>,
    /// The encoded `LogRecord`: a slice of the request, or a repaired copy.
    pub record: Bytes,
    /// The bytes as they were sent, where `record` has other texts since these are no UTF-8: records that differ
    /// only there are two.
    pub unrepaired: Option<Bytes>,
    /// What was noticed about it and its origin.
    pub flags: Flags,
    /// How many equal records of an equal origin came before it in the request; tells them apart.
    pub ordinal: u32,
    /// What an export stated of its event; it is no part of `record` any more.
    pub exported: Option<Box<Exported>>,
}

/// Reads an encoded `ExportLogsServiceRequest`.
///
/// Malformed bytes reject as little as possible: the record, or the rest of its `ScopeLogs` or `ResourceLogs` (then
/// counted as one).
///
/// # Errors
/// [`DecodeError`] where the outermost message itself is malformed; nothing of it is kept then.
pub fn decode_protobuf(body: Bytes) -> Result<Decoded, DecodeError> {
    decode_protobuf_within(&body, &mut Unbounded)
}

/// The same within a room.
pub(crate) fn decode_protobuf_within(body: &Bytes, room: &mut dyn Room) -> Result<Decoded, DecodeError> {
    let request = Request { signal: Signal::Logs, places: Places::Missing(&[]), exports: true };
    envelope::decode(body, &request, room)
}

/// Reads a JSON `ExportLogsServiceRequest`, leniently. Records come out as [`decode_protobuf`] gives them
/// for the same request in protobuf.
///
/// # Errors
/// [`DecodeError`] where the text is no JSON or no such message.
pub fn decode_json(body: &[u8]) -> Result<Decoded, DecodeError> {
    decode_json_within(body, &mut Unbounded)
}

/// The same within a room.
pub(crate) fn decode_json_within(body: &[u8], room: &mut dyn Room) -> Result<Decoded, DecodeError> {
    json::decode(body, true, room)
}

/// The same for records that are whole as they stand: an attribute by which exports state something is one like others.
///
/// # Errors
/// As [`decode_json`].
pub fn decode_json_as_stored(body: &[u8]) -> Result<Decoded, DecodeError> {
    json::decode(body, false, &mut Unbounded)
}

/// Reads an encoded `ExportTraceServiceRequest`: the spans that `rules` take, and their span events, as log records.
///
/// # Errors
/// As [`decode_protobuf`].
pub fn decode_spans_protobuf(body: &[u8], rules: &SpanRules) -> Result<Decoded, DecodeError> {
    decode_spans_protobuf_within(body, rules, &mut Unbounded)
}

/// The same within a room.
pub(crate) fn decode_spans_protobuf_within(
    body: &[u8],
    rules: &SpanRules,
    room: &mut dyn Room,
) -> Result<Decoded, DecodeError> {
    spans::decode_protobuf(body, rules, room)
}

/// Reads a JSON `ExportTraceServiceRequest` likewise.
///
/// # Errors
/// As [`decode_json`].
pub fn decode_spans_json(body: &[u8], rules: &SpanRules) -> Result<Decoded, DecodeError> {
    decode_spans_json_within(body, rules, &mut Unbounded)
}

/// The same within a room.
pub(crate) fn decode_spans_json_within(
    body: &[u8],
    rules: &SpanRules,
    room: &mut dyn Room,
) -> Result<Decoded, DecodeError> {
    spans::decode_json(body, rules, room)
}

/// How many data points an encoded `ExportMetricsServiceRequest` has.
///
/// # Errors
/// As [`decode_protobuf`].
pub fn count_points_protobuf(body: &[u8]) -> Result<u64, DecodeError> {
    points::count_protobuf(body)
}

/// How many data points a JSON `ExportMetricsServiceRequest` has.
///
/// # Errors
/// As [`decode_json`].
pub fn count_points_json(body: &[u8]) -> Result<u64, DecodeError> {
    json::count_points(body)
}
