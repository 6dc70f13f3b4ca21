//! The record log: a day's append-only files, write-ahead log and document store in one. [`file_name`] tells what is on
//! disk.
//!
//! Numbers in headers are little-endian. A **file header** has 32 bytes: magic, version, the file's
//! salt, its first seq, a checksum. What a **frame** is, [`frame`] tells.
//!
//! The synced end tells damage from a torn append: bytes before the synced end of any later frame
//! were acknowledged and are damaged; bytes after it never were.

pub(crate) mod append;
mod block;
pub(crate) mod cache;
pub(crate) mod dictionary;
pub(crate) mod file_header;
pub(crate) mod file_name;
pub(crate) mod frame;
pub(crate) mod judge;
pub(crate) mod read;
pub(crate) mod records;
pub(crate) mod table;

#[cfg(test)]
mod tests;
