//! What of a stored text a person reads: JSON within it without its escapes, what an address has encoded, nothing that
//! only controls a terminal.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// How often JSON within a string of JSON is unescaped.
const MOST_LEVELS: usize = 4;

/// At how many places of a text JSON is looked for: each look may read to the end of the text.
const MOST_LOOKS: usize = 16;

/// The text as a person reads it: escapes within JSON and of addresses (`%C3%BC`) are the characters that they stand
/// for, several levels deep, and control sequences of terminals are left out.
#[must_use]
pub fn readable(text: &str) -> Cow<'_, str> {
    if !text.bytes().fold(false, |any, byte| any | is_control_or_escape(byte)) {
        return Cow::Borrowed(text);
    }
    let plain = if text.contains('\\') { unescape(text, MOST_LEVELS) } else { Cow::Borrowed(text) };
    let plain = if plain.contains('%') { percent_decoded(plain) } else { plain };
    if !plain.contains(['\u{1b}', '\u{9b}', '\u{9d}']) {
        return plain;
    }
    Cow::Owned(without_sequences(&plain))
}

/// Whether a byte may be part of what [`readable`] changes: most texts have none, which one pass over them without
/// branches tells in a fraction of the time that it takes to look for each.
const fn is_control_or_escape(byte: u8) -> bool {
    // U+009B and U+009D begin with 0xc2 in UTF-8.
    matches!(byte, b'\\' | b'%' | 0x1b | 0xc2)
}

/// The text with what is percent-encoded in it (RFC 3986) decoded, where that is UTF-8.
fn percent_decoded(mut text: Cow<'_, str>) -> Cow<'_, str> {
    for _ in 0..MOST_LEVELS {
        let Some(decoded) = percent_decoded_once(&text) else { break };
        text = Cow::Owned(decoded);
    }
    text
}

fn percent_decoded_once(text: &str) -> Option<String> {
    let byte = |at: usize| {
        let digits = text.get(at..at + 3)?.strip_prefix('%')?;
        u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    };
    let (mut out, mut done, mut from) = (String::new(), 0, 0);
    while let Some(start) = text[from..].find('%').map(|at| from + at) {
        let bytes: Vec<u8> = (start..).step_by(3).map_while(byte).collect();
        from = start + (3 * bytes.len()).max(1);
        if let Ok(plain) = std::str::from_utf8(&bytes)
            && !plain.is_empty()
        {
            out.push_str(&text[done..start]);
            out.push_str(plain);
            done = from;
        }
    }
    out.push_str(&text[done..]);
    (done > 0).then_some(out)
}

/// Every escape of JSON in a text resolved, whether or not the text is JSON; `None` where it has none.
#[must_use]
pub fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut any = false;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        match escape(&rest[at..]) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[at + length..];
                any = true;
            }
            None => {
                out.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    any.then_some(out)
}

/// The text with the strings of each JSON value in it unescaped; the other marks of JSON stay.
fn unescape(text: &str, levels: usize) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut done, mut from) = (0, 0);
    for _ in 0..MOST_LOOKS {
        let Some(start) = text[from..].find(['{', '[', '"']).map(|at| from + at) else { break };
        let Some(length) = json_length(&text[start..]) else {
            from = start + 1;
            continue;
        };
        out.push_str(&text[done..start]);
        unescape_json(&text[start..start + length], levels, &mut out);
        (done, from) = (start + length, start + length);
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// How much of a text, from its beginning on, is a JSON value with a string in it: all of it where the value was cut.
fn json_length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match values.next()? {
        Ok(_) => Some(values.byte_offset()),
        // A quote that is never closed is mostly no JSON.
        Err(error) if error.is_eof() && text.starts_with(['{', '[']) && text.contains('"') => {
            Some(text.len())
        }
        Err(_) => None,
    }
}

/// Appends valid JSON with its strings unescaped, and what JSON they hold.
fn unescape_json(json: &str, levels: usize, out: &mut String) {
    let mut rest = json;
    while let Some(open) = rest.find('"') {
        out.push_str(&rest[..=open]);
        rest = &rest[open + 1..];
        let length = string_length(rest);
        let content = &rest[..length];
        match unescaped(content) {
            Some(plain) if levels > 1 && plain.contains('\\') => out.push_str(&unescape(&plain, levels - 1)),
            Some(plain) => out.push_str(&plain),
            None => out.push_str(content),
        }
        rest = &rest[length..];
        if let Some(behind) = rest.strip_prefix('"') {
            out.push('"');
            rest = behind;
        }
    }
    out.push_str(rest);
}

/// The bytes before the quote that closes a string.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// The character that an escape of JSON stands for, and the bytes of the escape; half a pair is no character.
fn escape(text: &str) -> Option<(char, usize)> {
    let c = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'u' => return unicode_escape(text),
        _ => return None,
    };
    Some((c, 2))
}

fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    let first = unit(0)?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Some((c, 6));
    }
    let pair = char::decode_utf16([first, unit(6)?]).next()?.ok()?;
    Some((pair, 12))
}

/// The text without control sequences (ECMA-48): those of colours and cursors, titles of windows, and single ones.
fn without_sequences(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let kind = match c {
            '\u{1b}' => match chars.peek().copied() {
                Some(next @ ('[' | ']' | 'P' | 'X' | '^' | '_')) => {
                    chars.next();
                    next
                }
                Some(' '..='/') => {
                    // A set of characters is chosen by marks and a last letter.
                    while chars.next_if(|c| matches!(c, ' '..='/')).is_some() {}
                    chars.next_if(|c| matches!(c, '0'..='~'));
                    continue;
                }
                Some('0'..='~') => {
                    chars.next();
                    continue;
                }
                _ => continue,
            },
            '\u{9b}' => '[',
            '\u{9d}' => ']',
            other => {
                out.push(other);
                continue;
            }
        };
        if kind == '[' {
            while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
            chars.next_if(|c| matches!(c, '@'..='~'));
        } else {
            skip_string(&mut chars);
        }
    }
    out
}

/// Skips what a title of a window and the like says, up to its end; where it has none, a line of it.
fn skip_string(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = chars.next_if(|c| *c != '\n') {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                chars.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(readable(text), want, "{text}");
    }

    #[test]
    fn json_is_read_without_its_escapes() {
        check(r#"{"text":"Gr\u00fc\u00dfe"}"#, r#"{"text":"Grüße"}"#);
        check(r#"["\u4f60\u597d","first\nsecond"]"#, "[\"你好\",\"first\nsecond\"]");
        check(r#""\ud83d\ude00 and half a pair \ud83d.""#, r#""😀 and half a pair \ud83d.""#);
        check(r#"reply: {"text":"a\tb"} sent"#, "reply: {\"text\":\"a\tb\"} sent");
        check(r#"{"a":"{\"b\":\"{\\\"c\\\":\\\"\\\\u00fc\\\"}\"}"}"#, r#"{"a":"{"b":"{"c":"ü"}"}"}"#);
        check(r#"{"text":"cut off, f\u00fcr"#, r#"{"text":"cut off, für"#);
    }

    #[test]
    fn what_an_address_has_encoded_is_decoded() {
        check("q=Gr%C3%BC%C3%9Fe%20aus%20K%c3%b6ln", "q=Grüße aus Köln");
        check("%2525 %2541", "% A");
        check(r#"{"u":"a%2Fb\u0025C3%BC"}"#, r#"{"u":"a/bü"}"#);
        // What is no UTF-8, or no digits, stays; its neighbours do not.
        for text in ["100%", "50% off", "%", "%C3", "%C3 %BC", "%zz%1", "%+1", "50%DEal"] {
            check(text, text);
        }
        check("%FF%20 %20x", "%FF%20  x");
    }

    #[test]
    fn what_is_no_json_stays() {
        for text in [
            r"C:\temp\new.txt",
            r"ACME\jdoe",
            r"[TIMEOUT-5] C:\new",
            r#"he said "C:\xnew" and left"#,
            r"{C:\new}",
            "plain",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn levels_and_looks_are_bounded() {
        let mut text = "\\u00fc".to_owned();
        for _ in 0..8 {
            text = serde_json::to_string(&[&text]).unwrap();
        }
        assert!(readable(&text).contains('\\'));
        let many = "[".repeat(50_000) + "\\";
        check(&many, &many);
    }

    #[test]
    fn control_sequences_are_left_out() {
        check("\u{1b}[32mDEBUGGING \u{1b}[0;39m refund", "DEBUGGING  refund");
        check("pay\u{1b}[1mment\u{1b}[0m", "payment");
        check("\u{1b}]0;title\u{7}text \u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "text link");
        check("\u{9b}31mred\u{1b}(B \u{1b}7end\u{1b}", "red end");
        check("{\"a\":\"\\u001b[31mred\\u001b[0m\"}", "{\"a\":\"red\"}");
        check("\u{1b}]0;never ended\nnext line", "\nnext line");
    }
}
