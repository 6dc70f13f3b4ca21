//! The header of frames. [`crate::log::frame`] has its layout.

use steplog_model::ids::Seq;

use super::codec::Codec;
use super::tag::{Encoding, Tag};
use crate::log::file_header::{has_checksum, put, put_checksum, take};

/// Length of a frame header.
pub(crate) const FRAME_HEADER_BYTES: usize = 48;
/// The largest plain payload: one event of the largest record and origin that a request can bring.
pub(crate) const MAX_PLAIN_BYTES: usize = 256 << 20;

const FRAME_MAGIC: [u8; 4] = *b"\xf5SLF";

/// The header before a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) salt: u32,
    pub(crate) payload_bytes: u32,
    pub(crate) plain_bytes: u32,
    /// How the payload holds these bytes.
    pub(crate) tag: Tag,
    pub(crate) first_seq: Seq,
    /// 0 in a hole left by damage.
    pub(crate) count: u32,
    /// 0 for none.
    pub(crate) dictionary: u32,
    pub(crate) synced: u64,
    pub(crate) payload_crc: u32,
}

impl FrameHeader {
    /// The bytes that every frame of a file with this salt starts with.
    pub(crate) fn prefix(salt: u32) -> [u8; 8] {
        let mut prefix = [0; 8];
        put(&mut prefix, 0, FRAME_MAGIC);
        put(&mut prefix, 4, salt.to_le_bytes());
        prefix
    }

    pub(crate) fn encode(&self) -> [u8; FRAME_HEADER_BYTES] {
        let mut bytes = [0; FRAME_HEADER_BYTES];
        put(&mut bytes, 0, Self::prefix(self.salt));
        put(&mut bytes, 8, self.payload_bytes.to_le_bytes());
        put(&mut bytes, 12, (self.plain_bytes | self.tag.bits()).to_le_bytes());
        put(&mut bytes, 16, self.first_seq.to_le_bytes());
        put(&mut bytes, 24, self.count.to_le_bytes());
        put(&mut bytes, 28, self.dictionary.to_le_bytes());
        put(&mut bytes, 32, self.synced.to_le_bytes());
        put(&mut bytes, 40, self.payload_crc.to_le_bytes());
        put_checksum(&mut bytes);
        bytes
    }

    /// The header, if the bytes are one.
    pub(crate) fn parse(bytes: &[u8; FRAME_HEADER_BYTES]) -> Option<Self> {
        if !has_checksum(bytes) || take(bytes, 0) != FRAME_MAGIC {
            return None;
        }
        let header = Self {
            salt: u32::from_le_bytes(take(bytes, 4)),
            payload_bytes: u32::from_le_bytes(take(bytes, 8)),
            plain_bytes: u32::from_le_bytes(take(bytes, 12)) & !Tag::BITS,
            tag: Tag::of_bits(u32::from_le_bytes(take(bytes, 12))),
            first_seq: u64::from_le_bytes(take(bytes, 16)),
            count: u32::from_le_bytes(take(bytes, 24)),
            dictionary: u32::from_le_bytes(take(bytes, 28)),
            synced: u64::from_le_bytes(take(bytes, 32)),
            payload_crc: u32::from_le_bytes(take(bytes, 40)),
        };
        let sane = header.first_seq.checked_add(u64::from(header.count)).is_some()
            // An event has a byte at least.
            && header.count <= header.plain_bytes
            && header.plain_bytes as usize <= MAX_PLAIN_BYTES;
        sane.then_some(header)
    }

    /// The header of a hole of so many bytes, which recovery leaves where damage was; none fits into fewer than its
    /// own.
    pub(crate) fn hole(salt: u32, bytes: u64) -> Option<Self> {
        let payload_bytes = u32::try_from(bytes.checked_sub(FRAME_HEADER_BYTES as u64)?).ok()?;
        let tag = Tag { encoding: Encoding::Rows, codec: Codec::Zstd };
        Some(Self {
            salt,
            payload_bytes,
            plain_bytes: 0,
            tag,
            first_seq: 0,
            count: 0,
            dictionary: 0,
            synced: 0,
            payload_crc: 0,
        })
    }

    /// The length of the whole frame.
    pub(crate) fn frame_bytes(&self) -> u64 {
        FRAME_HEADER_BYTES as u64 + u64::from(self.payload_bytes)
    }

    /// The last seq; of a hole, the one before the first.
    pub(crate) fn last_seq(&self) -> Seq {
        (self.first_seq + u64::from(self.count)).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_header(tag: Tag) -> FrameHeader {
        FrameHeader {
            salt: 7,
            payload_bytes: 1_000,
            plain_bytes: 3_000,
            tag,
            first_seq: 42,
            count: 3,
            dictionary: 0xabcd,
            synced: 1 << 40,
            payload_crc: 99,
        }
    }

    #[test]
    fn headers_round_trip() {
        for tag in Tag::all() {
            let frame = frame_header(tag);
            assert_eq!(FrameHeader::parse(&frame.encode()), Some(frame));
            assert_eq!((frame.frame_bytes(), frame.last_seq()), (1_048, 44));
        }
    }

    #[test]
    fn a_frame_has_no_more_events_than_bytes() {
        let tag = Tag { encoding: Encoding::Rows, codec: Codec::Zstd };
        let frame = FrameHeader { count: 3_001, ..frame_header(tag) };
        assert_eq!(FrameHeader::parse(&frame.encode()), None);
    }

    #[test]
    fn a_flipped_bit_is_no_header() {
        let frame = frame_header(Tag { encoding: Encoding::Pieces, codec: Codec::Zstd }).encode();
        for bit in 0..frame.len() * 8 {
            let mut bytes = frame;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FrameHeader::parse(&bytes), None, "bit {bit}");
        }
    }

    #[test]
    fn tags_are_the_bits_that_files_have() {
        let plain_length = |tag| {
            let bytes = frame_header(tag).encode();
            u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]])
        };
        assert_eq!(plain_length(Tag { encoding: Encoding::Rows, codec: Codec::Zstd }), 3_000);
        assert_eq!(plain_length(Tag { encoding: Encoding::Pieces, codec: Codec::Zstd }), 3_000 | 1 << 31);
    }

    #[test]
    fn zeros_are_no_header() {
        assert_eq!(FrameHeader::parse(&[0; FRAME_HEADER_BYTES]), None);
    }
}
