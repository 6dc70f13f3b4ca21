//! Scalar members as senders write them: numbers as texts, texts of numbers, names of enums, hex, base64, bytes as
//! other languages print them. What leaves no doubt is read; anything else is a problem of this one value.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use steplog_model::time::UnixNanos;

use super::super::ids;
use super::lexer::{Lexer, Next};
use super::open::{open_array, open_object};
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

/// 2^64, the first double that 64 bits do not hold.
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// Reads a text; `null` is the empty one. Numbers and truth values are their text.
pub(super) fn text<'a>(lexer: &mut Lexer<'a>, what: &str) -> Result<Cow<'a, [u8]>, Fault> {
    match lexer.peek()? {
        Next::Text => Ok(lexer.text()?),
        Next::Null => {
            lexer.literal()?;
            Ok(Cow::Borrowed(b""))
        }
        Next::Number | Next::True | Next::False => Ok(Cow::Borrowed(lexer.raw()?)),
        Next::Array | Next::Object => problem(format!("{what} must be a text in quotes")),
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

/// A 64-bit integer in two halves, as JavaScript libraries print it: `{"low":1,"high":0,"unsigned":false}`; and whether
/// it is said to be unsigned.
fn halves(lexer: &mut Lexer<'_>, what: &str) -> Result<(u64, bool), Fault> {
    open_object(lexer, what)?;
    let (mut low, mut high, mut unsigned) = (None, None, false);
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        let half = match &*name {
            b"low" => &mut low,
            b"high" => &mut high,
            b"unsigned" => {
                unsigned = lexer.raw()? == b"true";
                continue;
            }
            _ => return problem(format!("{what} must be a number")),
        };
        // Either half may be written as signed.
        let bits = digits(lexer, what)?.and_then(|digits| digits.parse::<i64>().ok());
        *half = bits.filter(|bits| (-(1 << 31)..1 << 32).contains(bits)).map(|bits| bits as u32);
    }
    match (low, high) {
        (Some(low), Some(high)) => Ok((u64::from(high) << 32 | u64::from(low), unsigned)),
        _ => problem(format!("{what} must be a number")),
    }
}

/// Reads a number: an integer where it is one that 64 bits hold, else a double, and whether that is exact.
/// `null` is 0.
pub(super) fn number(lexer: &mut Lexer<'_>, what: &str) -> Result<(Number, bool), Fault> {
    if lexer.peek()? == Next::Object {
        return Ok(match halves(lexer, what)? {
            (wide, true) if i64::try_from(wide).is_err() => (Number::Double(wide as f64), false),
            (bits, _) => (Number::Int(bits as i64), true),
        });
    }
    let Some(digits) = digits(lexer, what)? else { return Ok((Number::Int(0), true)) };
    let digits = digits.trim();
    if let Ok(int) = digits.parse() {
        return Ok((Number::Int(int), true));
    }
    match digits.parse::<f64>() {
        // Both bounds are exact as doubles: -2^63 fits into 64 bits, 2^63 does not.
        Ok(double)
            if double.fract() == 0.0
                && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&double) =>
        {
            Ok((Number::Int(double as i64), is_exact(digits, double)))
        }
        Ok(double) => Ok((Number::Double(double), is_exact(digits, double))),
        Err(_) => problem(format!("{what} must be a number, bare or in quotes")),
    }
}

/// Whether a double is the number that digits say: none beyond all doubles, which would be infinite, none so small that
/// it would be zero, and no integer whose last digits a double does not keep, as a 64-bit id. A fraction is the nearest.
fn is_exact(digits: &str, double: f64) -> bool {
    /// From here on doubles leave integers out.
    const DENSE: f64 = 9_007_199_254_740_992.0;
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    if double.is_infinite() {
        return !mantissa.bytes().any(|byte| byte.is_ascii_digit());
    }
    if double == 0.0 {
        return !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    }
    let whole = digits.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    !whole || double.abs() < DENSE || digits == format!("{double:.0}") || digits == format!("{double}")
}

/// Reads a double, which may be quoted, `NaN` or `Infinity`, and whether it is exact. `null` is 0.
pub(super) fn double(lexer: &mut Lexer<'_>, what: &str) -> Result<(f64, bool), Fault> {
    let Some(digits) = digits(lexer, what)? else { return Ok((0.0, true)) };
    let digits = digits.trim();
    match digits.parse() {
        Ok(double) => Ok((double, is_exact(digits, double))),
        Err(_) => problem(format!("{what} must be a number, bare or in quotes")),
    }
}

/// Reads an unsigned 64-bit integer, and whether it is exact: one that is beyond 64 bits is the largest of them.
/// `null` and an empty text are 0.
fn whole(lexer: &mut Lexer<'_>, what: &str) -> Result<(u64, bool), Fault> {
    if lexer.peek()? == Next::Object {
        return Ok((halves(lexer, what)?.0, true));
    }
    let digits = digits(lexer, what)?.unwrap_or_default();
    let digits = digits.trim();
    if digits.is_empty() {
        return Ok((0, true));
    }
    if let Ok(int) = digits.parse() {
        return Ok((int, true));
    }
    match digits.parse::<f64>() {
        Ok(double) if double >= 0.0 => Ok((double as u64, double.fract() == 0.0 && double < TWO_TO_64)),
        Ok(_) => problem(format!("{what} must not be negative")),
        Err(_) => match digits.parse::<UnixNanos>() {
            Ok(UnixNanos(nanos @ 0..)) => Ok((nanos.cast_unsigned(), true)),
            _ => problem(format!("{what} must be a whole number of 64 bits")),
        },
    }
}

/// Reads a time in nanoseconds since 1970, or as RFC 3339, and whether it is exact: one beyond 64 bits is the largest
/// of them, which no clock tells.
pub(super) fn time(lexer: &mut Lexer<'_>, what: &str) -> Result<(u64, bool), Fault> {
    whole(lexer, what)
}

/// Reads an unsigned 32-bit integer.
pub(super) fn u32(lexer: &mut Lexer<'_>, what: &str) -> Result<u32, Fault> {
    match whole(lexer, what)? {
        (wide, true) if u32::try_from(wide).is_ok() => Ok(wide as u32),
        _ => problem(format!("{what} must be a whole number of 32 bits")),
    }
}

/// Reads a truth value: bare, in quotes of any case, or as 1 and 0. `null` is false.
pub(super) fn bool(lexer: &mut Lexer<'_>, what: &str) -> Result<bool, Fault> {
    let written = match lexer.peek()? {
        Next::Text => lexer.text()?,
        Next::Array | Next::Object => return problem(format!("{what} must be true or false")),
        _ => Cow::Borrowed(lexer.raw()?),
    };
    match written.to_ascii_lowercase().as_slice() {
        b"true" | b"1" => Ok(true),
        b"false" | b"0" | b"null" => Ok(false),
        _ => problem(format!("{what} must be true or false")),
    }
}

/// Reads a severity: a number, bare or in quotes, or its name in `logs.proto`, of any case.
pub(super) fn severity(lexer: &mut Lexer<'_>, what: &str) -> Result<i32, Fault> {
    let unknown = || problem(format!("{what} must be the number or the name of a severity"));
    if lexer.peek()? == Next::Text {
        let text = lexer.text()?;
        let known = std::str::from_utf8(&text).ok().and_then(|text| severity_of(text.trim()));
        return known.map_or_else(unknown, Ok);
    }
    match number(lexer, what)? {
        (Number::Int(int), _) => i32::try_from(int).or_else(|_| unknown()),
        (Number::Double(_), _) => unknown(),
    }
}

fn severity_of(text: &str) -> Option<i32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SEVERITY_NUMBER_").unwrap_or(&upper);
    let (level, step) = name.split_at(name.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    let step = match step {
        "" => 0,
        "2" => 1,
        "3" => 2,
        "4" => 3,
        _ => return None,
    };
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    match levels.iter().position(|known| *known == level) {
        Some(base) => Some(base as i32 * 4 + 1 + step),
        None => matches!(name, "" | "UNSPECIFIED").then_some(0),
    }
}

/// Reads a value of an enumeration: a number, bare or in quotes, or one of `names`.
pub(super) fn enumeration(lexer: &mut Lexer<'_>, what: &str, names: &[&str]) -> Result<u64, Fault> {
    if lexer.peek()? == Next::Text {
        let text = lexer.text()?;
        let text = std::str::from_utf8(&text).unwrap_or_default();
        let named = names.iter().position(|name| *name == text).map(|place| place as u64);
        let number = named.or_else(|| text.trim().parse().ok());
        return number.map_or_else(|| problem(format!("{what} must be one of {}", names.join(", "))), Ok);
    }
    match number(lexer, what)? {
        (Number::Int(int @ 0..), _) => Ok(int.cast_unsigned()),
        _ => problem(format!("{what} must not be negative or a fraction")),
    }
}

/// Reads a trace or span id of `N` bytes in hex digits of any case, or spelled otherwise without any doubt. Hex digits
/// of another length are bytes too: those of an id that names nothing.
pub(super) fn id<const N: usize>(lexer: &mut Lexer<'_>, what: &str) -> Result<Vec<u8>, Fault> {
    let wrong = || problem(format!("{what} must be {} hex digits", 2 * N));
    match lexer.peek()? {
        Next::Null => {
            lexer.literal()?;
            Ok(Vec::new())
        }
        Next::Text => {
            let text = lexer.text()?;
            let text = text.trim_ascii();
            let spelled = ids::spelled::<N>(text).map(|id| id.to_vec());
            spelled.or_else(|| ids::hex(text)).map_or_else(wrong, Ok)
        }
        Next::Array | Next::Object => match byte_list(lexer, what)? {
            id if id.len() == N => Ok(id),
            _ => wrong(),
        },
        _ => wrong(),
    }
}

/// Reads bytes in base64, standard or URL-safe, padded or not, or as a list of numbers. `null` is empty.
pub(super) fn bytes(lexer: &mut Lexer<'_>, what: &str) -> Result<Vec<u8>, Fault> {
    if let Next::Array | Next::Object = lexer.peek()? {
        return byte_list(lexer, what);
    }
    if let Next::Number | Next::True | Next::False = lexer.peek()? {
        return problem(format!("{what} must be base64"));
    }
    let mut digits = text(lexer, what)?.into_owned();
    // Mail and PEM break the lines of base64.
    digits.retain(|digit| !digit.is_ascii_whitespace());
    for digit in &mut digits {
        match digit {
            b'-' => *digit = b'+',
            b'_' => *digit = b'/',
            _ => {}
        }
    }
    LENIENT.decode(&digits).or_else(|_| problem(format!("{what} must be base64")))
}

/// Reads bytes as JavaScript prints them: `[1,2]`, `{"0":1,"1":2}` or `{"type":"Buffer","data":[1,2]}`.
fn byte_list(lexer: &mut Lexer<'_>, what: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    if lexer.peek()? == Next::Array {
        byte_array(lexer, what, &mut bytes)?;
        return Ok(bytes);
    }
    open_object(lexer, what)?;
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"type" if lexer.peek()? == Next::Text => {
                if &*lexer.text()? != b"Buffer" {
                    return problem(format!("{what} is no list of bytes"));
                }
            }
            b"data" if bytes.is_empty() => byte_array(lexer, what, &mut bytes)?,
            index if index == bytes.len().to_string().as_bytes() => bytes.push(byte(lexer, what)?),
            _ => return problem(format!("{what} is no list of bytes")),
        }
    }
    Ok(bytes)
}

fn byte_array(lexer: &mut Lexer<'_>, what: &str, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    if open_array(lexer, what)? {
        let mut first = true;
        while lexer.element(&mut first)? {
            bytes.push(byte(lexer, what)?);
        }
    }
    Ok(())
}

fn byte(lexer: &mut Lexer<'_>, what: &str) -> Result<u8, Fault> {
    let byte = match lexer.peek()? {
        Next::Number => lexer.number()?.parse().ok(),
        _ => None,
    };
    byte.map_or_else(|| problem(format!("{what} must be numbers from 0 to 255")), Ok)
}

#[cfg(test)]
mod tests;
