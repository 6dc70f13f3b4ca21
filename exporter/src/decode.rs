//! Decode: from the bytes of a request to its log records.
//!
//! Protobuf is read in one pass without copies: a record is a slice of the request. JSON is
//! rewritten as protobuf first, so that everything after has one form. One bad record is rejected
//! and counted, never its request. Pure: no clock, no disk.

mod check;
mod envelope;
mod json;
mod outcome;
mod repair;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use steplog_model::event::{Flags, Origin};

pub use outcome::{DecodeError, Problem, RejectReason, Rejections, Warnings};

/// What a request held.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// The records to keep, in the order of the request.
    pub records: Vec<LogRecord>,
    /// The records refused for good.
    pub rejected: Rejections,
    /// What was noticed about records that are kept.
    pub warnings: Warnings,
}

/// Resource and scope of records, with what is the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedOrigin {
    /// The resource and the scope.
    pub origin: Arc<Origin>,
    /// BLAKE3 of resource, scope and their schema URLs.
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
    /// What was noticed about it and its origin.
    pub flags: Flags,
    /// How many equal records of an equal origin came before it in the request; tells them apart.
    pub ordinal: u32,
}

/// Reads an encoded `ExportLogsServiceRequest`.
///
/// Bytes that are no record are rejected as narrowly as the damage can be told: the record, or what
/// is left of its `ScopeLogs` or `ResourceLogs` (then counted as one).
///
/// # Errors
/// [`DecodeError`] where the outermost message itself is malformed; nothing of it is kept then.
pub fn decode_protobuf(body: Bytes) -> Result<Decoded, DecodeError> {
    envelope::decode(&body, &[])
}

/// Reads a JSON `ExportLogsServiceRequest`, leniently. Records come out as [`decode_protobuf`] gives them
/// for the same request in protobuf.
///
/// # Errors
/// [`DecodeError`] where the text is no JSON or no such message.
pub fn decode_json(body: &[u8]) -> Result<Decoded, DecodeError> {
    json::decode(body)
}
