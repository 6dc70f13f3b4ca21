//! Reads frames back.

use std::io;
use std::ops::Deref;

use super::decode::DecodedFrame;
use super::header::FrameHeader;
use super::tag::Encoding;
use crate::log::dictionary::Dictionary;

/// The events of a frame whose checksum is right; `dictionary` returns the dictionary of an id. Where the frame cannot
/// be understood, the error's kind is `InvalidData`.
pub(crate) fn open_frame<D: Deref<Target = Dictionary>>(
    header: &FrameHeader,
    payload: &[u8],
    dictionary: impl FnOnce(u32) -> io::Result<D>,
) -> io::Result<DecodedFrame> {
    let dictionary = match header.dictionary {
        0 => None,
        id => Some(dictionary(id).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => invalid(error),
            _ => error,
        })?),
    };
    let (first_seq, count, plain_bytes) = (header.first_seq, header.count, header.plain_bytes as usize);
    let codec = header.tag.codec;
    match header.tag.encoding {
        Encoding::Rows => {
            let rows = codec.decompress(payload, plain_bytes, dictionary.as_deref())?;
            DecodedFrame::new(first_seq, count, rows).map_err(invalid)
        }
        Encoding::Pieces => {
            let short = || invalid("a payload without its length");
            let (length, payload) = payload.split_first_chunk().ok_or_else(short)?;
            // Frames in pieces are never longer.
            let length = (u32::from_le_bytes(*length) as usize).min(plain_bytes);
            let pieces = codec.decompress(payload, length, dictionary.as_deref())?;
            DecodedFrame::in_pieces(first_seq, count, pieces, plain_bytes).map_err(invalid)
        }
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
