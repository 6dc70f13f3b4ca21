//! Requests in protobuf: logs, spans and metrics, from the bytes to what is shown of their events.

use bytes::Bytes;
use steplog_exporter::decode::{count_points_protobuf, decode_protobuf, decode_spans_protobuf};

use crate::shown;

pub(crate) fn run(input: &[u8]) {
    if let Ok(decoded) = decode_protobuf(Bytes::copy_from_slice(input)) {
        shown::check(shown::events(decoded.records));
    }
    if let Ok(decoded) = decode_spans_protobuf(input, shown::MAPPING.spans()) {
        shown::check(shown::events(decoded.records));
    }
    let _ = count_points_protobuf(input);
}
