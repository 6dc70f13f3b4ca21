//! Decoding as a whole: agreement with prost, repairs, limits, hostile input, JSON.

mod differential;
mod forms;
mod generate;
mod hostile;
mod json;
mod json_writer;
mod scalars;
mod spans;

use bytes::Bytes;
use steplog_model::record::wire::{put_bytes_field, put_message_field};

use super::{Decoded, decode_protobuf};

/// A request of one resource and scope with these encoded log records.
fn request_of(records: &[&[u8]]) -> Vec<u8> {
    let mut request = Vec::new();
    put_message_field(&mut request, 1, |out| {
        put_message_field(out, 2, |out| {
            for record in records {
                put_bytes_field(out, 2, record);
            }
        });
    });
    request
}

#[track_caller]
fn decode_records(records: &[&[u8]]) -> Decoded {
    decode_protobuf(Bytes::from(request_of(records))).expect("the envelope is well-formed")
}
