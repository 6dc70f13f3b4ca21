//! Frames: the unit in which events are compressed, checked and read. A frame is a header of 48 bytes and a payload;
//! numbers are little-endian.
//!
//! | Bytes | Header field |
//! |---|---|
//! | 0..4 | magic |
//! | 4..8 | the file's salt: bytes that a sender put into a record can never pass for a frame |
//! | 8..12 | length of the payload |
//! | 12..16 | length of the events as rows; its two highest bits are the tag |
//! | 16..24, 24..28 | first seq, number of events; no events: the payload is a hole left by damage |
//! | 28..32 | dictionary, 0 for none |
//! | 32..40 | the end of the file's synced part when the frame was written |
//! | 40..44, 44..48 | CRC-32C of the payload; of the header before this field |
//!
//! The **tag** says how the payload holds the events: an encoding ([`rows`] or [`pieces`]), and the codec of its bytes.
//! Every frame is made in `write.rs` and read back in `open.rs`.

mod codec;
mod decode;
mod error;
mod header;
mod open;
mod pieces;
mod rows;
mod tag;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use codec::Compressor;
pub(crate) use decode::DecodedFrame;
pub(crate) use error::DecodeError;
pub(crate) use header::{FRAME_HEADER_BYTES, FrameHeader, MAX_PLAIN_BYTES};
pub(crate) use open::open_frame;
pub(crate) use pieces::PiecesEncoder;
pub(crate) use rows::FrameEncoder;
pub(crate) use tag::Encoding;
#[cfg(feature = "fuzzing")]
pub(crate) use tag::Tag;
pub(crate) use write::Draft;
