//! Scalar members as senders write them: numbers as texts, texts of numbers, names of enums, hex, base64.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::lexer::{Lexer, Next};
use super::{Fault, problem};

/// A number of any kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Double(f64),
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads a text; `null` is the empty one.
pub(super) fn text<'a>(lexer: &mut Lexer<'a>, what: &str) -> Result<Cow<'a, [u8]>, Fault> {
    match lexer.peek()? {
        Next::Text => Ok(lexer.text()?),
        Next::Null => {
            lexer.literal()?;
            Ok(Cow::Borrowed(b""))
        }
        _ => problem(format!("{what} must be a text in quotes")),
    }
}

/// The digits of a number, bare or in quotes; `None` for `null`.
fn digits<'a>(lexer: &mut Lexer<'a>, what: &str) -> Result<Option<Cow<'a, str>>, Fault> {
    match lexer.peek()? {
        Next::Number => Ok(Some(Cow::Borrowed(lexer.number()?))),
        Next::Null => {
            lexer.literal()?;
            Ok(None)
        }
        Next::Text => Ok(Some(match lexer.text()? {
            Cow::Borrowed(text) => String::from_utf8_lossy(text),
            Cow::Owned(text) => Cow::Owned(String::from_utf8_lossy(&text).into_owned()),
        })),
        _ => problem(format!("{what} must be a number, bare or in quotes")),
    }
}

/// Reads a number: an integer where it is one that 64 bits hold, else a double. `null` is 0.
pub(super) fn number(lexer: &mut Lexer<'_>, what: &str) -> Result<Number, Fault> {
    let Some(digits) = digits(lexer, what)? else { return Ok(Number::Int(0)) };
    let digits = digits.trim();
    if let Ok(int) = digits.parse() {
        return Ok(Number::Int(int));
    }
    match digits.parse::<f64>() {
        // Both bounds are exact as doubles: -2^63 fits into 64 bits, 2^63 does not.
        Ok(double)
            if double.fract() == 0.0
                && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&double) =>
        {
            Ok(Number::Int(double as i64))
        }
        Ok(double) => Ok(Number::Double(double)),
        Err(_) => problem(format!("{what} must be a number, bare or in quotes")),
    }
}

/// Reads a double, which may be quoted, `NaN` or `Infinity`. `null` is 0.
pub(super) fn double(lexer: &mut Lexer<'_>, what: &str) -> Result<f64, Fault> {
    let Some(digits) = digits(lexer, what)? else { return Ok(0.0) };
    match digits.trim().parse() {
        Ok(double) => Ok(double),
        Err(_) => problem(format!("{what} must be a number, bare or in quotes")),
    }
}

/// Reads an unsigned 64-bit integer.
pub(super) fn u64(lexer: &mut Lexer<'_>, what: &str) -> Result<u64, Fault> {
    let Some(digits) = digits(lexer, what)? else { return Ok(0) };
    let digits = digits.trim();
    if let Ok(int) = digits.parse() {
        return Ok(int);
    }
    match digits.parse::<f64>() {
        Ok(double) if double.fract() == 0.0 && (0.0..18_446_744_073_709_551_616.0).contains(&double) => {
            Ok(double as u64)
        }
        _ => problem(format!("{what} must be a whole number of 64 bits")),
    }
}

/// Reads an unsigned 32-bit integer.
pub(super) fn u32(lexer: &mut Lexer<'_>, what: &str) -> Result<u32, Fault> {
    let wide = u64(lexer, what)?;
    u32::try_from(wide).or_else(|_| problem(format!("{what} must be a whole number of 32 bits")))
}

/// Reads a truth value, bare or in quotes. `null` is false.
pub(super) fn bool(lexer: &mut Lexer<'_>, what: &str) -> Result<bool, Fault> {
    let truth = match lexer.peek()? {
        Next::True => true,
        Next::False | Next::Null => false,
        Next::Text => {
            return match &*lexer.text()? {
                b"true" => Ok(true),
                b"false" => Ok(false),
                _ => problem(format!("{what} must be true or false")),
            };
        }
        _ => return problem(format!("{what} must be true or false")),
    };
    lexer.literal()?;
    Ok(truth)
}

/// Reads a severity: a number, bare or in quotes, or its name in `logs.proto`. An unknown name is unset:
/// no record is worth losing for it.
pub(super) fn severity(lexer: &mut Lexer<'_>) -> Result<i32, Fault> {
    if lexer.peek()? == Next::Text {
        let text = lexer.text()?;
        return Ok(std::str::from_utf8(&text).map_or(0, severity_of));
    }
    match number(lexer, "severityNumber")? {
        Number::Int(int) => Ok(i32::try_from(int).unwrap_or(0)),
        Number::Double(_) => Ok(0),
    }
}

fn severity_of(text: &str) -> i32 {
    if let Ok(number) = text.parse() {
        return number;
    }
    let name = text.strip_prefix("SEVERITY_NUMBER_").unwrap_or(text);
    let name_end = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (level, step) = name.split_at(name_end);
    let base = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].iter().position(|known| *known == level);
    let step = match step {
        "" => Some(0),
        "2" => Some(1),
        "3" => Some(2),
        "4" => Some(3),
        _ => None,
    };
    match (base, step) {
        (Some(base), Some(step)) => base as i32 * 4 + 1 + step,
        _ => 0,
    }
}

/// Reads a value of an enumeration: a number, bare or in quotes, or one of `names`. An unknown one is 0, unset.
pub(super) fn enumeration(lexer: &mut Lexer<'_>, what: &str, names: &[&str]) -> Result<u64, Fault> {
    if lexer.peek()? == Next::Text {
        let text = lexer.text()?;
        let text = std::str::from_utf8(&text).unwrap_or_default();
        let named = names.iter().position(|name| *name == text).map(|place| place as u64);
        return Ok(named.or_else(|| text.trim().parse().ok()).unwrap_or_default());
    }
    match number(lexer, what)? {
        Number::Int(int) => Ok(u64::try_from(int).unwrap_or_default()),
        Number::Double(_) => Ok(0),
    }
}

/// Reads a trace or span id in hex digits of any case. Anything else is no id, as the specification says.
pub(super) fn hex_id(lexer: &mut Lexer<'_>) -> Result<Vec<u8>, Fault> {
    if lexer.peek()? != Next::Text {
        lexer.skip()?;
        return Ok(Vec::new());
    }
    let text = lexer.text()?;
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    Ok(if rest.is_empty() { bytes.unwrap_or_default() } else { Vec::new() })
}

/// Reads bytes in base64: standard or URL-safe, padded or not. `null` is empty.
pub(super) fn bytes(lexer: &mut Lexer<'_>, what: &str) -> Result<Vec<u8>, Fault> {
    let mut digits = text(lexer, what)?.into_owned();
    for digit in &mut digits {
        match digit {
            b'-' => *digit = b'+',
            b'_' => *digit = b'/',
            _ => {}
        }
    }
    LENIENT.decode(&digits).or_else(|_| problem(format!("{what} must be base64")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_number(json: &str, want: Option<Number>) {
        assert_eq!(number(&mut Lexer::new(json.as_bytes()), "x").ok(), want, "{json}");
    }

    #[test]
    fn numbers_of_any_spelling() {
        use Number::{Double, Int};
        check_number("12", Some(Int(12)));
        check_number("\"-12\"", Some(Int(-12)));
        check_number("1e3", Some(Int(1_000)));
        check_number("10.0", Some(Int(10)));
        check_number("9223372036854775807", Some(Int(i64::MAX)));
        check_number("\"-9223372036854775808\"", Some(Int(i64::MIN)));
        check_number("9223372036854775808", Some(Double(9_223_372_036_854_775_808.0)));
        check_number("1e21", Some(Double(1e21)));
        check_number("0.5", Some(Double(0.5)));
        check_number("1e999", Some(Double(f64::INFINITY)));
        check_number("null", Some(Int(0)));
        check_number("\"twelve\"", None);
        check_number("[]", None);
    }

    #[test]
    fn unsigned_and_narrow_numbers() {
        let wide = |json: &str| u64(&mut Lexer::new(json.as_bytes()), "x").ok();
        assert_eq!(wide("\"18446744073709551615\""), Some(u64::MAX));
        assert_eq!(wide("1.7e18"), Some(1_700_000_000_000_000_000));
        assert_eq!(wide("-1"), None);
        assert_eq!(wide("1e20"), None);
        assert_eq!(wide("1.5"), None);
        assert_eq!(u32(&mut Lexer::new(b"\"7\""), "x").ok(), Some(7));
        assert_eq!(u32(&mut Lexer::new(b"4294967296"), "x").ok(), None);
    }

    #[test]
    fn doubles_and_truth() {
        let read = |json: &str| double(&mut Lexer::new(json.as_bytes()), "x").ok();
        assert!(read("\"NaN\"").unwrap().is_nan() && read("NaN").unwrap().is_nan());
        assert_eq!(read("\"-Infinity\""), Some(f64::NEG_INFINITY));
        assert_eq!(read("\"0.25\""), Some(0.25));
        assert_eq!(read("\"\""), None);
        assert_eq!(bool(&mut Lexer::new(b"\"true\""), "x").ok(), Some(true));
        assert_eq!(bool(&mut Lexer::new(b"1"), "x").ok(), None);
    }

    #[test]
    fn severities() {
        let read = |json: &str| severity(&mut Lexer::new(json.as_bytes())).ok();
        assert_eq!(read("9"), Some(9));
        assert_eq!(read("\"17\""), Some(17));
        assert_eq!(read("\"SEVERITY_NUMBER_INFO2\""), Some(10));
        assert_eq!(read("\"FATAL4\""), Some(24));
        assert_eq!(read("\"SEVERITY_NUMBER_UNSPECIFIED\""), Some(0));
        assert_eq!(read("\"LOUD\""), Some(0));
        assert_eq!(read("null"), Some(0));
    }

    #[test]
    fn ids_and_bytes() {
        let id = |json: &str| hex_id(&mut Lexer::new(json.as_bytes())).ok();
        assert_eq!(id("\"0aFf\""), Some(vec![10, 255]));
        for none in ["\"0aF\"", "\"zz\"", "5", "null", "\"\""] {
            assert_eq!(id(none), Some(vec![]), "{none}");
        }
        let read = |json: &str| bytes(&mut Lexer::new(json.as_bytes()), "x").ok();
        for spelled in ["\"+/8=\"", "\"-_8\"", "\"-_8=\"", "\"+/8\""] {
            assert_eq!(read(spelled), Some(vec![0xfb, 0xff]), "{spelled}");
        }
        assert_eq!(read("\"a b\""), None);
        assert_eq!(read("null"), Some(vec![]));
    }
}
