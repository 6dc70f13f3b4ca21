//! The record log: a day's append-only files, write-ahead log and document store in one. What is on disk:
//!
//! ```text
//! <data>/store.json                              format, floor of the arrival numbers
//! <data>/lock                                    held while a process uses the directory
//! <data>/<tenant>/<YYYY-MM-DD>/
//!     log-<first seq, 20 digits>.frames          file header, frames, zeros up to the preallocated end
//!     log-<first seq, 20 digits>.table           where the frames of that file are; rebuilt when absent
//!     dictionary-<checksum, 8 hex digits>.zdict  what frames that name it were compressed with
//!     pieces-<checksum, 8 hex digits>.zdict      the same, for the frames of compacted files
//!     index/                                     Tantivy's files and their side files; rebuilt when absent
//!     damaged/                                   bytes that were no frames, set aside by recovery
//! ```
//!
//! Numbers in headers are little-endian. A **file header** has 32 bytes: magic, version, the file's
//! salt, its first seq, a checksum. A **frame** is a header of 48 bytes and a zstd payload:
//!
//! | Bytes | Header field |
//! |---|---|
//! | 0..4 | magic |
//! | 4..8 | the file's salt: bytes that a sender put into a record can never pass for a frame |
//! | 8..12, 12..16 | length of the payload, compressed and plain; highest bit of the second: in pieces |
//! | 16..24, 24..28 | first seq, number of events; no events: the payload is a hole left by damage |
//! | 28..32 | dictionary, 0 for none |
//! | 32..40 | the end of the file's synced part when the frame was written |
//! | 40..44, 44..48 | CRC-32C of the payload; of the header before this field |
//!
//! The synced end tells damage from a torn append: bytes before the synced end of any later frame
//! were acknowledged and are damaged; bytes after it never were.

pub(crate) mod append;
pub(crate) mod cache;
pub(crate) mod dictionary;
pub(crate) mod file_name;
pub(crate) mod header;
pub(crate) mod judge;
pub(crate) mod payload;
pub(crate) mod read;
pub(crate) mod records;
pub(crate) mod table;

#[cfg(test)]
mod tests;
