//! The header of log files. [`crate::log`] has its layout.

use steplog_model::ids::Seq;

/// Length of a file header.
pub(crate) const FILE_HEADER_BYTES: usize = 32;

const FILE_MAGIC: [u8; 4] = *b"SLOG";
/// Raised when files of this version can no longer be read by older programs.
const FILE_VERSION: u16 = 3;
/// The oldest version that is still read. Its frames themselves show what differs.
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
        put_checksum(&mut bytes);
        bytes
    }

    pub(crate) fn parse(bytes: &[u8; FILE_HEADER_BYTES]) -> ParsedFileHeader {
        if !has_checksum(bytes) || take(bytes, 0) != FILE_MAGIC {
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

pub(super) fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(target) = bytes.get_mut(at..at + N) {
        target.copy_from_slice(&value);
    }
}

pub(super) fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().unwrap_or([0; N])
}

/// Puts the checksum of all other bytes into the last four.
pub(super) fn put_checksum(bytes: &mut [u8]) {
    if let Some((body, checksum)) = bytes.split_last_chunk_mut::<4>() {
        *checksum = crc32c::crc32c(body).to_le_bytes();
    }
}

/// Whether the last four bytes are the checksum of the others.
pub(super) fn has_checksum(bytes: &[u8]) -> bool {
    let whole = bytes.split_last_chunk::<4>();
    whole.is_some_and(|(body, checksum)| crc32c::crc32c(body).to_le_bytes() == *checksum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip() {
        let file = FileHeader { salt: 0xdead_beef, first_seq: 17 };
        assert_eq!(FileHeader::parse(&file.encode()), ParsedFileHeader::Known(file));
    }

    #[test]
    fn a_flipped_bit_is_no_header() {
        let file = FileHeader { salt: 1, first_seq: 2 }.encode();
        for bit in 0..file.len() * 8 {
            let mut bytes = file;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FileHeader::parse(&bytes), ParsedFileHeader::Bad, "bit {bit}");
        }
    }

    #[test]
    fn a_later_version_is_no_damage() {
        let mut bytes = FileHeader { salt: 1, first_seq: 2 }.encode();
        put(&mut bytes, 4, (FILE_VERSION + 1).to_le_bytes());
        put_checksum(&mut bytes);
        assert_eq!(FileHeader::parse(&bytes), ParsedFileHeader::Newer(FILE_VERSION + 1));
    }

    #[test]
    fn zeros_are_no_header() {
        assert_eq!(FileHeader::parse(&[0; FILE_HEADER_BYTES]), ParsedFileHeader::Bad);
    }
}
