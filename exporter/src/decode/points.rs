//! Counts the data points of an encoded `ExportMetricsServiceRequest`: none is kept, how many there were is the answer.

use steplog_model::record::wire::{Field, Reader, WireError};

use super::outcome::DecodeError;
use super::signal::Signal;

/// The fields on the way from the request to its data points (opentelemetry-proto 1.11, `metrics.proto`):
/// `resource_metrics`, `scope_metrics`, `metrics`, the five kinds of data, `data_points`.
const WAY: [&[u32]; 5] = [&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]];

/// How many data points a request has.
pub(super) fn count_protobuf(body: &[u8]) -> Result<u64, DecodeError> {
    count(body, &WAY).map_err(|problem| DecodeError {
        signal: Signal::Metrics,
        encoding: "protobuf",
        what: problem.to_string(),
        offset: 0,
    })
}

fn count(message: &[u8], way: &[&[u32]]) -> Result<u64, WireError> {
    let Some((numbers, rest)) = way.split_first() else { return Ok(1) };
    let mut points = 0;
    let mut reader = Reader::new(message);
    while let Some((number, field)) = reader.next_field()? {
        if let Field::Bytes(member) = field
            && numbers.contains(&number)
        {
            points += count(member, rest)?;
        }
    }
    Ok(points)
}
