//! The headers of log files and frames; their layout is told in [`crate::log`].

use steplog_model::ids::Seq;

/// Length of a file header.
pub(crate) const FILE_HEADER_BYTES: usize = 32;
/// Length of a frame header.
pub(crate) const FRAME_HEADER_BYTES: usize = 48;
/// The largest plain payload: one event of the largest record and origin that a request can bring.
pub(crate) const MAX_PLAIN_BYTES: usize = 256 << 20;

const FILE_MAGIC: [u8; 4] = *b"SLOG";
const FRAME_MAGIC: [u8; 4] = *b"\xf5SLF";
/// Raised when files of this version can no longer be read by older programs.
const FILE_VERSION: u16 = 3;
/// Bit of the plain length: the frame is in pieces.
const IN_PIECES: u32 = 1 << 31;
/// The oldest version that is still read: of frames that say by themselves what has changed since.
const FIRST_VERSION: u16 = 1;

/// What stands at the start of a log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileHeader {
    /// A random number that every frame of the file repeats.
    pub(crate) salt: u32,
    /// The seq that the file is named after.
    pub(crate) first_seq: Seq,
}

/// What the first bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParsedFileHeader {
    /// A header.
    Known(FileHeader),
    /// The header of a format that this program does not know.
    Newer(u16),
    /// No header.
    Bad,
}

impl FileHeader {
    pub(crate) fn encode(&self) -> [u8; FILE_HEADER_BYTES] {
        let mut bytes = [0; FILE_HEADER_BYTES];
        put(&mut bytes, 0, FILE_MAGIC);
        put(&mut bytes, 4, FILE_VERSION.to_le_bytes());
        put(&mut bytes, 8, self.salt.to_le_bytes());
        put(&mut bytes, 16, self.first_seq.to_le_bytes());
        seal(&mut bytes);
        bytes
    }

    pub(crate) fn parse(bytes: &[u8; FILE_HEADER_BYTES]) -> ParsedFileHeader {
        if !is_sealed(bytes) || take(bytes, 0) != FILE_MAGIC {
            return ParsedFileHeader::Bad;
        }
        match u16::from_le_bytes(take(bytes, 4)) {
            FIRST_VERSION..=FILE_VERSION => ParsedFileHeader::Known(Self {
                salt: u32::from_le_bytes(take(bytes, 8)),
                first_seq: u64::from_le_bytes(take(bytes, 16)),
            }),
            version => ParsedFileHeader::Newer(version),
        }
    }
}

/// What stands before a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) salt: u32,
    pub(crate) payload_bytes: u32,
    pub(crate) plain_bytes: u32,
    /// Whether the payload is these bytes in pieces.
    pub(crate) in_pieces: bool,
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
        let pieces = if self.in_pieces { IN_PIECES } else { 0 };
        put(&mut bytes, 12, (self.plain_bytes | pieces).to_le_bytes());
        put(&mut bytes, 16, self.first_seq.to_le_bytes());
        put(&mut bytes, 24, self.count.to_le_bytes());
        put(&mut bytes, 28, self.dictionary.to_le_bytes());
        put(&mut bytes, 32, self.synced.to_le_bytes());
        put(&mut bytes, 40, self.payload_crc.to_le_bytes());
        seal(&mut bytes);
        bytes
    }

    /// The header, if the bytes are one.
    pub(crate) fn parse(bytes: &[u8; FRAME_HEADER_BYTES]) -> Option<Self> {
        if !is_sealed(bytes) || take(bytes, 0) != FRAME_MAGIC {
            return None;
        }
        let header = Self {
            salt: u32::from_le_bytes(take(bytes, 4)),
            payload_bytes: u32::from_le_bytes(take(bytes, 8)),
            plain_bytes: u32::from_le_bytes(take(bytes, 12)) & !IN_PIECES,
            in_pieces: u32::from_le_bytes(take(bytes, 12)) & IN_PIECES != 0,
            first_seq: u64::from_le_bytes(take(bytes, 16)),
            count: u32::from_le_bytes(take(bytes, 24)),
            dictionary: u32::from_le_bytes(take(bytes, 28)),
            synced: u64::from_le_bytes(take(bytes, 32)),
            payload_crc: u32::from_le_bytes(take(bytes, 40)),
        };
        let sane = header.first_seq.checked_add(u64::from(header.count)).is_some()
            && header.plain_bytes as usize <= MAX_PLAIN_BYTES;
        sane.then_some(header)
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

fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(target) = bytes.get_mut(at..at + N) {
        target.copy_from_slice(&value);
    }
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().unwrap_or([0; N])
}

/// Puts the checksum of all other bytes into the last four.
fn seal(bytes: &mut [u8]) {
    if let Some((body, checksum)) = bytes.split_last_chunk_mut::<4>() {
        *checksum = crc32c::crc32c(body).to_le_bytes();
    }
}

fn is_sealed(bytes: &[u8]) -> bool {
    let whole = bytes.split_last_chunk::<4>();
    whole.is_some_and(|(body, checksum)| crc32c::crc32c(body).to_le_bytes() == *checksum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_header() -> FrameHeader {
        FrameHeader {
            salt: 7,
            payload_bytes: 1_000,
            plain_bytes: 3_000,
            in_pieces: true,
            first_seq: 42,
            count: 3,
            dictionary: 0xabcd,
            synced: 1 << 40,
            payload_crc: 99,
        }
    }

    #[test]
    fn headers_round_trip() {
        let file = FileHeader { salt: 0xdead_beef, first_seq: 17 };
        assert_eq!(FileHeader::parse(&file.encode()), ParsedFileHeader::Known(file));
        let frame = frame_header();
        assert_eq!(FrameHeader::parse(&frame.encode()), Some(frame));
        assert_eq!((frame.frame_bytes(), frame.last_seq()), (1_048, 44));
    }

    #[test]
    fn a_flipped_bit_is_no_header() {
        let file = FileHeader { salt: 1, first_seq: 2 }.encode();
        for bit in 0..file.len() * 8 {
            let mut bytes = file;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FileHeader::parse(&bytes), ParsedFileHeader::Bad, "bit {bit}");
        }
        let frame = frame_header().encode();
        for bit in 0..frame.len() * 8 {
            let mut bytes = frame;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FrameHeader::parse(&bytes), None, "bit {bit}");
        }
    }

    #[test]
    fn a_later_version_is_told_apart_from_damage() {
        let mut bytes = FileHeader { salt: 1, first_seq: 2 }.encode();
        put(&mut bytes, 4, (FILE_VERSION + 1).to_le_bytes());
        seal(&mut bytes);
        assert_eq!(FileHeader::parse(&bytes), ParsedFileHeader::Newer(FILE_VERSION + 1));
    }

    #[test]
    fn zeros_are_no_header() {
        assert_eq!(FileHeader::parse(&[0; FILE_HEADER_BYTES]), ParsedFileHeader::Bad);
        assert_eq!(FrameHeader::parse(&[0; FRAME_HEADER_BYTES]), None);
    }
}
