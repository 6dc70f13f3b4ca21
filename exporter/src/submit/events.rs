//! The pure part of the way: from the plain bytes of a request to its events.

use std::time::Instant;

use bytes::Bytes;
use steplog_model::event::Event;
use steplog_model::time::UnixNanos;

use super::summary::Summary;
use crate::decode::{DecodeError, Decoded, decode_json, decode_protobuf};
use crate::http::media_type::Format;
use crate::map::{Mapped, Mapping};

/// Decodes and maps a request; the summary tells what was left out.
pub(crate) fn decode_and_map(
    mapping: &Mapping,
    format: Format,
    plain: Bytes,
    received: UnixNanos,
) -> Result<(Vec<Event>, Summary), DecodeError> {
    metrics::counter!("steplog_decode_bytes_total").increment(plain.len() as u64);
    let started = Instant::now();
    let Decoded { records, rejected, warnings } = match format {
        Format::Protobuf => decode_protobuf(plain),
        Format::Json => decode_json(&plain),
    }?;
    metrics::histogram!("steplog_decode_seconds").record(started.elapsed().as_secs_f64());
    let started = Instant::now();
    let mut mapper = mapping.mapper(received);
    let mut events = Vec::with_capacity(records.len());
    let mut summary = Summary::new(rejected, warnings);
    for record in records {
        match mapper.map(record) {
            Mapped::Event(event) => {
                summary.note(&event);
                events.push(event);
            }
            Mapped::Filtered(reason) => summary.filtered(reason),
        }
    }
    metrics::histogram!("steplog_map_seconds").record(started.elapsed().as_secs_f64());
    Ok((events, summary))
}
