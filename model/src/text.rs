//! Words and identifiers: how free text is cut, the same way for indexing, searching and highlighting.
//!
//! Text is cut at everything that is neither a letter nor a digit, in any script (Unicode UAX #29
//! inside runs that are not ASCII), and folded to lower case. Long runs of hex, UUIDs and base64
//! are no words: each such run is an [`Token::Identifier`], found only as a whole.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

use crate::ids::is_uuid_shape;
use crate::limits::MAX_WORD_BYTES;

/// A piece of a text that can be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A word, folded: NFC and lower case.
    Word(Cow<'a, str>),
    /// A run that looks like an identifier, in lower case; found as a whole.
    Identifier(Cow<'a, str>),
}

/// Calls `visit` with each token of `text` and its byte range there.
pub fn visit_tokens<'a>(text: &'a str, visit: &mut impl FnMut(Token<'a>, Range<usize>)) {
    let bytes = text.as_bytes();
    let mut start = 0;
    while let Some(offset) = bytes[start..].iter().position(|byte| is_run_byte(*byte)) {
        let begin = start + offset;
        let length =
            bytes[begin..].iter().position(|byte| !is_run_byte(*byte)).unwrap_or(bytes.len() - begin);
        visit_run(text, begin..begin + length, visit);
        start = begin + length;
    }
}

/// The words and identifiers of `text`, in order.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    visit_tokens(text, &mut |token, _| found.push(token));
    found
}

/// A run is what can hang together in an identifier; bytes of characters beyond ASCII belong to it.
const fn is_run_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'-' || byte == b'_'
}

fn visit_run<'a>(text: &'a str, run: Range<usize>, visit: &mut impl FnMut(Token<'a>, Range<usize>)) {
    let slice = &text[run.clone()];
    if looks_like_identifier(slice) {
        visit(Token::Identifier(ascii_lowercase(slice)), run);
        return;
    }
    let mut start = run.start;
    for piece in slice.split(['-', '_']) {
        let range = start..start + piece.len();
        start = range.end + 1;
        if piece.is_empty() {
            continue;
        }
        if piece.is_ascii() {
            visit_word(ascii_lowercase(piece), range, visit);
        } else {
            visit_unicode(piece, range.start, visit);
        }
    }
}

fn visit_unicode<'a>(piece: &'a str, start: usize, visit: &mut impl FnMut(Token<'a>, Range<usize>)) {
    for (offset, word) in piece.split_word_bound_indices() {
        if word.chars().any(is_word_char) {
            let begin = start + offset;
            visit_word(fold(word), begin..begin + word.len(), visit);
        }
    }
}

fn visit_word<'a>(word: Cow<'a, str>, range: Range<usize>, visit: &mut impl FnMut(Token<'a>, Range<usize>)) {
    let token = if word.len() > MAX_WORD_BYTES { Token::Identifier(word) } else { Token::Word(word) };
    visit(token, range);
}

/// Letters and digits of any script, and pictographs, which people do search for.
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

fn ascii_lowercase(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn fold(word: &str) -> Cow<'_, str> {
    let normal = if is_nfc(word) { Cow::Borrowed(word) } else { Cow::Owned(word.nfc().collect::<String>()) };
    if normal.chars().all(|c| c.to_lowercase().eq([c])) {
        return normal;
    }
    // Lower-casing can leave a text that is not NFC; fold to a fixed point of both.
    Cow::Owned(normal.to_lowercase().nfc().collect())
}

/// Whether a run (letters, digits, `-` and `_`) reads like something made by a machine: a UUID, at
/// least 16 hex digits, or at least 20 characters that change between cases and digits like base64.
#[must_use]
pub fn looks_like_identifier(run: &str) -> bool {
    let bytes = run.as_bytes();
    if bytes.len() < 16 || !run.is_ascii() {
        return false;
    }
    if is_uuid_shape(bytes) {
        return true;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return false;
    }
    if bytes.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    bytes.len() >= 20 && digits >= 2 && class_changes(bytes) * 4 >= bytes.len()
}

/// How often neighbours differ in class: digit, upper case, lower case, mark.
fn class_changes(bytes: &[u8]) -> usize {
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    bytes.windows(2).filter(|pair| matches!(pair, [a, b] if class(*a) != class(*b))).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let found: Vec<String> = tokens(text)
            .into_iter()
            .map(|token| match token {
                Token::Word(word) => word.into_owned(),
                Token::Identifier(run) => format!("#{run}"),
            })
            .collect();
        assert_eq!(found, want, "{text}");
    }

    #[test]
    fn words_of_any_script() {
        check("Hello, World_wide-web 3.14", &["hello", "world", "wide", "web", "3", "14"]);
        check("GRÜSSE an Åsa", &["grüsse", "an", "åsa"]);
        check("e\u{301}tude", &["étude"]);
        check("订单失败", &["订", "单", "失", "败"]);
        check("заказ отменён", &["заказ", "отменён"]);
        check("done ✅", &["done", "✅"]);
        check("", &[]);
        check("--__..", &[]);
    }

    #[test]
    fn identifiers_stay_whole() {
        check(
            "order 550E8400-e29b-41d4-a716-446655440000!",
            &["order", "#550e8400-e29b-41d4-a716-446655440000"],
        );
        check("deadbeef00112233", &["#deadbeef00112233"]);
        check("abcdefabcdefabcdef", &["abcdefabcdefabcdef"]);
        check("cust-12345", &["cust", "12345"]);
        check("aB3dE6gH9jK2mN5pQ8sT", &["#ab3de6gh9jk2mn5pq8st"]);
        check("InternalServerErrorException2", &["internalservererrorexception2"]);
    }

    proptest! {
        #[test]
        fn ranges_point_at_the_words(text in "\\PC{0,60}") {
            let mut end = 0;
            visit_tokens(&text, &mut |_, range| {
                assert!(range.start >= end && text.get(range.clone()).is_some_and(|slice| !slice.is_empty()));
                end = range.end;
            });
        }

        #[test]
        fn folding_is_stable(text in "\\PC{0,40}") {
            for token in tokens(&text) {
                if let Token::Word(word) = token {
                    let words = tokens(&word);
                    prop_assert_eq!(words, vec![Token::Word(Cow::Borrowed(&*word))]);
                }
            }
        }
    }
}
