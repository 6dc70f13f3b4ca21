//! Views of `AnyValue` and of lists of `KeyValue` (opentelemetry-proto, `common.proto`).

use std::fmt::Write as _;

use super::wire::{self, Field, Reader};

/// A view of an attribute value or body.
#[derive(Clone, Copy, Debug, Default)]
pub enum AnyValue<'a> {
    /// No value set; meaningful in OpenTelemetry.
    #[default]
    Empty,
    /// Text.
    String(&'a str),
    /// Truth value.
    Bool(bool),
    /// Signed 64-bit integer.
    Int(i64),
    /// Double, NaN and infinities included.
    Double(f64),
    /// Values in order.
    Array(Values<'a>),
    /// Keys and values in order.
    KvList(KeyValues<'a>),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> AnyValue<'a> {
    /// Reads an encoded `AnyValue`. Of several members of the oneof the last one counts.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        // Nearly all values are texts of less than 128 bytes and nothing else.
        if let [0x0a, length @ 0..0x80, text @ ..] = bytes
            && text.len() == usize::from(*length)
        {
            return Self::String(wire::text(text));
        }
        let mut value = Self::Empty;
        for (number, field) in Reader::new(bytes).valid_fields() {
            value = match (number, field) {
                (1, Field::Bytes(text)) => Self::String(wire::text(text)),
                (2, Field::Varint(truth)) => Self::Bool(truth != 0),
                (3, Field::Varint(int)) => Self::Int(int as i64),
                (4, Field::Fixed64(bits)) => Self::Double(f64::from_bits(bits)),
                (5, Field::Bytes(array)) => Self::Array(Values { reader: Reader::new(array) }),
                (6, Field::Bytes(list)) => Self::KvList(KeyValues::new(list, 1)),
                (7, Field::Bytes(bytes)) => Self::Bytes(bytes),
                _ => value,
            };
        }
        value
    }

    /// The text form of a scalar, as filters compare it and columns show it; `None` for lists.
    ///
    /// Integers in decimal, doubles as [`double_text`] writes them, `true` and `false`, bytes in base64, an empty
    /// value as the empty text.
    #[must_use]
    pub fn scalar_text<'s>(&self, scratch: &'s mut String) -> Option<&'s str>
    where
        'a: 's,
    {
        scratch.clear();
        // Writing to a String cannot fail.
        let _ = match *self {
            Self::Empty => Ok(()),
            Self::String(text) => return Some(text),
            Self::Bool(truth) => write!(scratch, "{truth}"),
            Self::Int(int) => write!(scratch, "{int}"),
            Self::Double(double) => {
                scratch.push_str(ryu_js::Buffer::new().format(double));
                Ok(())
            }
            Self::Bytes(bytes) => {
                put_base64(scratch, bytes);
                Ok(())
            }
            Self::Array(_) | Self::KvList(_) => return None,
        };
        Some(scratch)
    }
}

/// The one text of a double: that of ECMAScript's `Number::toString`, so that a page, a file, a filter and the index
/// write it alike. The shortest digits that read back the same: `100`, `1.5e-7`, `1e+21`, `NaN`, `-Infinity`; the
/// two zeros are both `0`.
#[must_use]
pub fn double_text(double: f64) -> String {
    ryu_js::Buffer::new().format(double).to_owned()
}

/// The one text of the number that `text` states in whatever spelling: `100.0`, `+5`, `0.00000015`, `1e3`, `-inf`.
/// `None` where it states none. Whole numbers of 64 bits keep all their digits.
#[must_use]
pub fn number_text(text: &str) -> Option<String> {
    // No number that anybody writes is longer; others need not be looked at.
    const MAX_BYTES: usize = 400;
    if text.len() > MAX_BYTES {
        return None;
    }
    if let Ok(int) = text.parse::<i64>() {
        return Some(int.to_string());
    }
    text.parse().ok().map(double_text)
}

/// Appends standard, padded base64 (RFC 4648, section 4).
pub fn put_base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            out.push(if place <= chunk.len() { char::from(ALPHABET[digit as usize]) } else { '=' });
        }
    }
}

/// The values of an `ArrayValue`.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Values<'a> {
    type Item = AnyValue<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let (1, Field::Bytes(value)) = self.reader.next_field().ok()?? {
                return Some(AnyValue::new(value));
            }
        }
    }
}

/// The `KeyValue`s in one repeated field of a message.
#[derive(Clone, Copy, Debug)]
pub struct KeyValues<'a> {
    reader: Reader<'a>,
    field: u32,
}

impl<'a> KeyValues<'a> {
    /// The `KeyValue`s in field `field` of `message`.
    #[must_use]
    pub const fn new(message: &'a [u8], field: u32) -> Self {
        Self { reader: Reader::new(message), field }
    }
}

impl<'a> Iterator for KeyValues<'a> {
    /// Key and value; an absent key is empty.
    type Item = (&'a str, AnyValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (number, field) = self.reader.next_field().ok()??;
            let Field::Bytes(message) = field else { continue };
            if number == self.field {
                return Some(key_value(message));
            }
        }
    }
}

fn key_value(message: &[u8]) -> (&str, AnyValue<'_>) {
    // As encoders write it: key, then value, each of less than 128 bytes.
    if let [0x0a, length @ 0..0x80, rest @ ..] = message
        && let Some((key, [0x12, length @ 0..0x80, value @ ..])) = rest.split_at_checked(usize::from(*length))
        && value.len() == usize::from(*length)
    {
        return (wire::text(key), AnyValue::new(value));
    }
    let (mut key, mut value) = ("", AnyValue::Empty);
    for (number, field) in Reader::new(message).valid_fields() {
        match (number, field) {
            (1, Field::Bytes(text)) => key = wire::text(text),
            (2, Field::Bytes(bytes)) => value = AnyValue::new(bytes),
            _ => {}
        }
    }
    (key, value)
}

/// Appends a `KeyValue` with a text value as field `field` of a message: for senders and tests.
pub fn put_string_attribute(out: &mut Vec<u8>, field: u32, key: &str, value: &str) {
    wire::put_message_field(out, field, |out| {
        wire::put_bytes_field(out, 1, key.as_bytes());
        wire::put_message_field(out, 2, |out| wire::put_bytes_field(out, 1, value.as_bytes()));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_rfc() {
        for (plain, want) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            let mut out = String::new();
            put_base64(&mut out, plain.as_bytes());
            assert_eq!(out, want);
        }
    }

    #[test]
    fn numbers_have_one_text() {
        let check = |double, want| assert_eq!(double_text(double), want);
        check(100.0, "100");
        check(1.5e-7, "1.5e-7");
        check(0.000_001, "0.000001");
        check(1e21, "1e+21");
        check(123_456_789_012_345_680_000.0, "123456789012345680000");
        check(-0.0, "0");
        check(5e-324, "5e-324");
        check(f64::MAX, "1.7976931348623157e+308");
        check(f64::NAN, "NaN");
        check(f64::NEG_INFINITY, "-Infinity");
    }

    #[test]
    fn numbers_are_known_in_every_spelling() {
        let check = |text: &str, want: Option<&str>| assert_eq!(number_text(text).as_deref(), want, "{text}");
        for spelled in ["100", "100.0", "+100", "1e2", "1E+2", "0100", "100.", "1000e-1"] {
            check(spelled, Some("100"));
        }
        for spelled in ["1.5e-7", "0.00000015", "15e-8"] {
            check(spelled, Some("1.5e-7"));
        }
        check("-0", Some("0"));
        check("-0.0", Some("0"));
        check("inf", Some("Infinity"));
        check("-Infinity", Some("-Infinity"));
        check("nan", Some("NaN"));
        check("9223372036854775807", Some("9223372036854775807"));
        check("-9223372036854775808", Some("-9223372036854775808"));
        check("9007199254740993", Some("9007199254740993"));
        for other in ["", " 1", "1,5", "0x10", "one", "1_000", "e5", "."] {
            check(other, None);
        }
    }

    /// A message of one field of text, whose length and tag are written in so many bytes each.
    fn text_field(tag: u8, text: &[u8], spare_bytes: usize) -> Vec<u8> {
        let varint = |value: u8| {
            let mut bytes = vec![value | 0x80; spare_bytes.min(1)];
            bytes.extend(std::iter::repeat_n(0x80, spare_bytes.saturating_sub(1)));
            bytes.push(if spare_bytes == 0 { value } else { 0 });
            bytes
        };
        [varint(tag), varint(text.len() as u8), text.to_vec()].concat()
    }

    #[test]
    fn a_pair_is_the_same_in_every_encoding() {
        for (key, text) in [("", ""), ("k", ""), ("", "v"), ("key", "value"), ("key", &*"v".repeat(119))] {
            for spare_bytes in 0..4 {
                let value = text_field(0x0a, text.as_bytes(), spare_bytes);
                assert!(matches!(AnyValue::new(&value), AnyValue::String(found) if found == text));
                let (key_field, value_field) =
                    (text_field(0x0a, key.as_bytes(), 0), text_field(0x12, &value, 0));
                let unknown = text_field(0x1a, b"of a later version", 0);
                let orders = [
                    [&*key_field, &value_field].concat(),
                    [&*value_field, &key_field].concat(),
                    [&*key_field, &value_field, &unknown].concat(),
                    [&*text_field(0x0a, b"before", 0), &key_field, &value_field].concat(),
                ];
                for message in orders {
                    let (found_key, found) = key_value(&message);
                    assert!(matches!(found, AnyValue::String(found) if found == text), "{message:?}");
                    assert_eq!(found_key, key);
                }
            }
        }
        // Of several members the last one counts; what is cut off is not there.
        let twice = [text_field(0x0a, b"first", 0), vec![0x10, 1]].concat();
        assert!(matches!(AnyValue::new(&twice), AnyValue::Bool(true)));
        assert!(matches!(AnyValue::new(&[0x0a, 5, b'a']), AnyValue::Empty));
        let (key, value) = key_value(&[0x0a, 1, b'k', 0x12, 5, 0x0a]);
        assert!(key == "k" && matches!(value, AnyValue::Empty));
    }

    #[test]
    fn attributes_are_read_in_order() {
        let mut message = Vec::new();
        put_string_attribute(&mut message, 6, "a", "1");
        wire::put_varint_field(&mut message, 7, 3);
        put_string_attribute(&mut message, 6, "b", "");
        let keys: Vec<_> = KeyValues::new(&message, 6).map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "b"]);
    }
}
