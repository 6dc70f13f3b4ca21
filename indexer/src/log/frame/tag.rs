//! What a frame says of its payload: an encoding of events, and a codec of its bytes.

use super::codec::Codec;

/// How events become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// One behind the other ([`super::rows`]): quick to write, as an open day needs it.
    Rows,
    /// What they have in common once ([`super::pieces`]): dense, for days that are read seldom.
    Pieces,
}

/// Encoding and codec of a frame. It has the highest bits of the plain length, which no length reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) encoding: Encoding,
    pub(crate) codec: Codec,
}

const PIECES: u32 = 1 << 31;
const UNCOMPRESSED: u32 = 1 << 30;

impl Tag {
    /// The bits that are a tag's.
    pub(super) const BITS: u32 = PIECES | UNCOMPRESSED;

    pub(super) fn bits(self) -> u32 {
        let encoding = match self.encoding {
            Encoding::Rows => 0,
            Encoding::Pieces => PIECES,
        };
        let codec = match self.codec {
            Codec::Zstd => 0,
            Codec::Uncompressed => UNCOMPRESSED,
        };
        encoding | codec
    }

    pub(crate) fn of_bits(bits: u32) -> Self {
        let encoding = if bits & PIECES == 0 { Encoding::Rows } else { Encoding::Pieces };
        let codec = if bits & UNCOMPRESSED == 0 { Codec::Zstd } else { Codec::Uncompressed };
        Self { encoding, codec }
    }

    #[cfg(test)]
    pub(super) fn all() -> impl Iterator<Item = Self> {
        [0, PIECES, UNCOMPRESSED, PIECES | UNCOMPRESSED].into_iter().map(Self::of_bits)
    }
}
