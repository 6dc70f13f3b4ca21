//! The protobuf wire format (protobuf.dev, "Encoding"): reading fields without copies, writing them into a buffer.

/// One field's content by wire type. Groups (types 3 and 4) do not occur in OTLP and are malformed here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field<'a> {
    /// int32, int64, uint32, uint64, bool, enum.
    Varint(u64),
    /// fixed64, sfixed64, double.
    Fixed64(u64),
    /// string, bytes, message.
    Bytes(&'a [u8]),
    /// fixed32, sfixed32, float.
    Fixed32(u32),
}

/// Bytes that are no protobuf message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The message ends inside a field.
    #[error("the message ends inside a field")]
    Truncated,
    /// A varint has more than ten bytes.
    #[error("a varint is longer than ten bytes")]
    VarintTooLong,
    /// A tag has field number 0 or a wire type that is not in use.
    #[error("a field tag is invalid")]
    InvalidTag,
}

/// Reads the fields of one message in order.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads the message in `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next field's number and content; `None` at the end.
    ///
    /// # Errors
    /// [`WireError`] where the bytes are no message; the reader is then at its end.
    #[inline]
    pub fn next_field(&mut self) -> Result<Option<(u32, Field<'a>)>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let field = self.read_field();
        if field.is_err() {
            self.rest = &[];
        }
        field.map(Some)
    }

    /// The fields up to the end or the first malformed one.
    pub fn valid_fields(mut self) -> impl Iterator<Item = (u32, Field<'a>)> {
        std::iter::from_fn(move || self.next_field().ok().flatten())
    }

    #[inline]
    fn read_field(&mut self) -> Result<(u32, Field<'a>), WireError> {
        let tag = self.read_varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| WireError::InvalidTag)?;
        if number == 0 || number > 0x1fff_ffff {
            return Err(WireError::InvalidTag);
        }
        let field = match tag & 7 {
            0 => Field::Varint(self.read_varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.read_array()?)),
            2 => {
                let length = usize::try_from(self.read_varint()?).map_err(|_| WireError::Truncated)?;
                let (bytes, rest) = self.rest.split_at_checked(length).ok_or(WireError::Truncated)?;
                self.rest = rest;
                Field::Bytes(bytes)
            }
            5 => Field::Fixed32(u32::from_le_bytes(self.read_array()?)),
            _ => return Err(WireError::InvalidTag),
        };
        Ok((number, field))
    }

    fn read_array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*array)
    }

    /// The next varint.
    ///
    /// # Errors
    /// [`WireError::Truncated`] or [`WireError::VarintTooLong`].
    #[inline]
    pub fn read_varint(&mut self) -> Result<u64, WireError> {
        // Nearly all tags and most lengths are a single byte.
        if let [byte @ 0..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        self.read_long_varint()
    }

    fn read_long_varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(WireError::Truncated)?;
            self.rest = rest;
            // The tenth byte keeps only its lowest bit, as protobuf's own readers do.
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WireError::VarintTooLong)
    }
}

/// The text in `bytes`; empty where they are no UTF-8, which stored records never hold.
#[must_use]
pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Appends a varint.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a field of wire type varint.
pub fn put_varint_field(out: &mut Vec<u8>, number: u32, value: u64) {
    put_varint(out, u64::from(number) << 3);
    put_varint(out, value);
}

/// Appends a field of wire type fixed64.
pub fn put_fixed64_field(out: &mut Vec<u8>, number: u32, value: u64) {
    put_varint(out, u64::from(number) << 3 | 1);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a field of wire type fixed32.
pub fn put_fixed32_field(out: &mut Vec<u8>, number: u32, value: u32) {
    put_varint(out, u64::from(number) << 3 | 5);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a string, bytes or message field.
pub fn put_bytes_field(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_varint(out, u64::from(number) << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a message field whose content `write` appends.
pub fn put_message_field(out: &mut Vec<u8>, number: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let open = open_message_field(out, number);
    write(out);
    close_message_field(out, open);
}

/// A message field whose content is being appended.
#[derive(Debug)]
#[must_use = "the field is complete only once it is closed"]
pub struct OpenField {
    start: usize,
}

/// Begins a message field: what is appended until [`close_message_field`] is its content.
pub fn open_message_field(out: &mut Vec<u8>, number: u32) -> OpenField {
    put_varint(out, u64::from(number) << 3 | 2);
    let start = out.len();
    // Most messages are shorter than 128 bytes: one byte is kept free for their length.
    out.push(0);
    OpenField { start }
}

/// Ends a message field.
pub fn close_message_field(out: &mut Vec<u8>, field: OpenField) {
    let OpenField { start } = field;
    let end = out.len();
    let length = end - start - 1;
    if length < 0x80 {
        out[start] = length as u8;
        return;
    }
    // Written behind the content, then turned to its front in place of the byte kept free.
    put_varint(out, length as u64);
    let prefix_bytes = out.len() - end;
    out[start..].rotate_right(prefix_bytes);
    out.remove(start + prefix_bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_round_trip() {
        let mut out = Vec::new();
        put_varint_field(&mut out, 1, u64::MAX);
        put_fixed64_field(&mut out, 2, 7);
        put_fixed32_field(&mut out, 300, 9);
        put_message_field(&mut out, 4, |out| put_bytes_field(out, 5, &[1; 200]));
        let fields: Vec<_> = Reader::new(&out).valid_fields().collect();
        assert_eq!(fields[0], (1, Field::Varint(u64::MAX)));
        assert_eq!(fields[1], (2, Field::Fixed64(7)));
        assert_eq!(fields[2], (300, Field::Fixed32(9)));
        let (4, Field::Bytes(inner)) = fields[3] else { panic!("{fields:?}") };
        assert_eq!(Reader::new(inner).next_field(), Ok(Some((5, Field::Bytes(&[1; 200])))));
    }

    #[test]
    fn malformed_bytes_are_told_apart() {
        let check = |bytes: &[u8], want| assert_eq!(Reader::new(bytes).next_field(), Err(want), "{bytes:?}");
        check(&[0x0a, 5, 1], WireError::Truncated);
        check(&[0x80; 11], WireError::VarintTooLong);
        check(&[0x0b], WireError::InvalidTag);
        check(&[0x00], WireError::InvalidTag);
        check(&[0x09, 1], WireError::Truncated);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Reader::new(&bytes).valid_fields().count() <= bytes.len());
        }
    }
}
