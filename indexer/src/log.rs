//! The record log: a day's append-only files, write-ahead log and document store in one. [`file_name`] shows the files
//! on disk.
//!
//! Numbers in headers are little-endian. A **file header** has 32 bytes: magic, version, the file's
//! salt, its first seq, a checksum. [`frame`] explains **frames**.
//!
//! The synced end distinguishes damage from a torn append: bytes before the synced end of any later frame were
//! acknowledged, so they are damaged; bytes after it were not.

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
