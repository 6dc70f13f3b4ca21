//! The record log: files, frames in rows and in pieces, tables.

use steplog_indexer::fuzzing::{frame, log_file, sealed_log, table};

/// What stands before the bytes of a frame: the number of its events, and how large it is in rows.
pub(crate) const HEAD_BYTES: usize = 3;

pub(crate) fn run(input: &[u8]) {
    for bytes in [input, &sealed_log(input)] {
        log_file(bytes).expect("a disk in memory does not fail");
    }
    table(input);
    if let Some(([count, low, high], bytes)) = input.split_first_chunk::<HEAD_BYTES>() {
        frame(bytes, *count, u16::from_le_bytes([*low, *high]));
    }
}
