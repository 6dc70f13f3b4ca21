//! Makes frames.

use std::io;

use steplog_model::ids::Seq;

use super::codec::Compressor;
use super::header::{FRAME_HEADER_BYTES, FrameHeader, MAX_PLAIN_BYTES};
use super::tag::{Encoding, Tag};
use crate::log::dictionary::Dictionary;

/// The content of a frame to be written.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) first_seq: Seq,
    pub(crate) count: u32,
    /// The events as rows.
    pub(crate) rows: &'a [u8],
    /// The same in pieces, where that is shorter.
    pub(crate) pieces: Option<&'a [u8]>,
    /// For the bytes that are written: those in pieces, else the rows.
    pub(crate) dictionary: Option<&'a Dictionary>,
}

impl Draft<'_> {
    /// Appends the frame to `output`. What the header says of the frame's place is still to be written:
    /// [`FrameHeader::place`].
    ///
    /// # Errors
    /// Where the events are more than a frame can hold, or cannot be compressed.
    pub(crate) fn write(&self, compressor: &mut Compressor, output: &mut Vec<u8>) -> io::Result<FrameHeader> {
        if self.rows.len() > MAX_PLAIN_BYTES {
            // It could not be read again.
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an event larger than a frame can be"));
        }
        output.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
        let start = output.len();
        let encoding = match self.pieces {
            None => {
                compressor.compress(self.rows, self.dictionary, output)?;
                Encoding::Rows
            }
            Some(pieces) => {
                // The header has the length of the rows.
                let length = u32::try_from(pieces.len()).map_err(io::Error::other)?;
                output.extend_from_slice(&length.to_le_bytes());
                compressor.compress(pieces, self.dictionary, output)?;
                Encoding::Pieces
            }
        };
        let payload = output.get(start..).unwrap_or_default();
        Ok(FrameHeader {
            salt: 0,
            payload_bytes: u32::try_from(payload.len()).map_err(io::Error::other)?,
            plain_bytes: u32::try_from(self.rows.len()).map_err(io::Error::other)?,
            tag: Tag { encoding, codec: compressor.codec() },
            first_seq: self.first_seq,
            count: self.count,
            dictionary: self.dictionary.map_or(0, |dictionary| dictionary.id),
            synced: 0,
            payload_crc: crc32c::crc32c(payload),
        })
    }
}

impl FrameHeader {
    /// Writes the header into its place before a frame's payload, now that the file is known that the frame goes to.
    pub(crate) fn place(&mut self, salt: u32, synced: u64, frame: &mut [u8]) {
        (self.salt, self.synced) = (salt, synced);
        if let Some(place) = frame.get_mut(..FRAME_HEADER_BYTES) {
            place.copy_from_slice(&self.encode());
        }
    }
}
