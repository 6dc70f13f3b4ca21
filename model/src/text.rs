//! Words and identifiers: how free text is cut, the same way for indexing, searching and highlighting.
//!
//! Text is folded first (`fold`), then cut at everything that is neither a letter nor a digit, and at the borders of
//! scripts. Names that are hung together by `-` and `_` are cut there, too: they are found by each part, and as a
//! phrase of their parts. In scripts without spaces every letter is a word, so that any part of a run is a phrase.
//! UUIDs, long hex and what is mostly random are no words: each is an [`Token::Identifier`], whatever stands beside it.

mod begin;
mod class;
mod fold;
mod plain;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::ids::is_uuid_shape;
use crate::limits::MAX_WORD_BYTES;
use class::{Class, class};
use fold::Folded;

pub use begin::{Beginning, Begun, read_beginning};
pub use plain::{readable, unescaped};

/// The fewest characters of an identifier; each shorter run is a word.
pub const MIN_IDENTIFIER_CHARS: usize = 16;

/// The most characters of an identifier's beginning that are looked for: less than any identifier has.
pub const MAX_BEGINNING_CHARS: usize = MIN_IDENTIFIER_CHARS - 1;

/// The fewest characters of an identifier's beginning that are looked for; shorter ones mean words alone.
pub const MIN_BEGINNING_CHARS: usize = 4;

/// A piece of a text that can be searched for, folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A word.
    Word(&'a str),
    /// A run that looks like an identifier; found as a whole and by its [`beginning`].
    Identifier(&'a str),
}

/// Calls `visit` with each token of `text` and its byte range there, in order. Ranges overlap only where one character
/// stands for several words: `½`.
pub fn visit_tokens(text: &str, visit: &mut impl FnMut(Token<'_>, Range<usize>)) {
    let bytes = text.as_bytes();
    let mut lower = String::new();
    let mut start = 0;
    while let Some(offset) = bytes[start..].iter().position(|byte| is_run_byte(*byte)) {
        let begin = start + offset;
        let length =
            bytes[begin..].iter().position(|byte| !is_run_byte(*byte)).unwrap_or(bytes.len() - begin);
        start = begin + length;
        let run = &text[begin..start];
        if run.is_ascii() {
            let run = lowercase(run, &mut lower);
            visit_names(run, &mut |token, range| visit(token, begin + range.start..begin + range.end));
        } else {
            let folded = Folded::new(run);
            visit_folded(&folded.text, &mut |token, range| {
                let range = folded.original(range);
                visit(token, begin + range.start..begin + range.end);
            });
        }
    }
}

/// What can belong to a word: bytes of characters beyond ASCII are looked at once they are folded.
const fn is_run_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'-' || byte == b'_'
}

fn lowercase<'a>(run: &'a str, scratch: &'a mut String) -> &'a str {
    if !run.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return run;
    }
    scratch.clear();
    scratch.push_str(run);
    scratch.make_ascii_lowercase();
    scratch
}

/// Cuts a folded text at the borders of scripts.
fn visit_folded(text: &str, visit: &mut impl FnMut(Token<'_>, Range<usize>)) {
    let mut piece = 0..0;
    let mut current = Class::Separator;
    let mut end_piece = |class: Class, piece: Range<usize>| match class {
        Class::Latin => visit_names(&text[piece.clone()], &mut |token, range| {
            visit(token, piece.start + range.start..piece.start + range.end);
        }),
        Class::Spaced(_) | Class::Spaceless | Class::Picture => visit(word(&text[piece.clone()]), piece),
        Class::Mark | Class::Separator => {}
    };
    for (at, c) in text.char_indices() {
        let next = class(c);
        let goes_on = match next {
            // On a letter alone: a mark on a hyphen is no word.
            Class::Mark => !text[piece.clone()].ends_with(['-', '_']),
            Class::Latin | Class::Separator => next == current,
            Class::Spaced(_) => next == current,
            Class::Spaceless | Class::Picture => false,
        };
        if !goes_on {
            end_piece(current, piece);
            (current, piece) = (next, at..at);
        }
        piece.end = at + c.len_utf8();
    }
    end_piece(current, piece);
}

/// Cuts a run of Latin letters, digits, `-` and `_`, which is in lower case, into UUIDs and parts.
fn visit_names(run: &str, visit: &mut impl FnMut(Token<'_>, Range<usize>)) {
    let mut start = 0;
    while start < run.len() {
        let rest = &run[start..];
        if let Some(uuid) = leading_uuid(rest) {
            visit(Token::Identifier(uuid), start..start + uuid.len());
            start += uuid.len();
            continue;
        }
        let length = rest.find(['-', '_']).unwrap_or(rest.len());
        if length > 0 {
            let part = &rest[..length];
            match of_moment(&run[..start], part) {
                Some([first, second]) => {
                    for within in [first, second].into_iter().filter(|within| !within.is_empty()) {
                        let at = start + within.start..start + within.end;
                        visit(Token::Word(&run[at.clone()]), at);
                    }
                }
                None if looks_like_identifier(part) => {
                    visit(Token::Identifier(part), start..start + length);
                }
                None => visit(word(part), start..start + length),
            }
        }
        start += length + 1;
    }
}

/// Where a moment as RFC 3339 hangs two words together: `2026-11-29T10` is a day and an hour, `30Z` a second. `part`
/// is in lower case; the `t` is no word, so that a space in its place is the same.
fn of_moment(before: &str, part: &str) -> Option<[Range<usize>; 2]> {
    const MOST_DIGITS: usize = 9;
    if !part.as_bytes().first()?.is_ascii_digit() || part.len() > MOST_DIGITS + 1 {
        return None;
    }
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(digits) = part.strip_suffix('z')
        && (1..=MOST_DIGITS).contains(&digits.len())
        && all_digits(digits)
    {
        return Some([0..digits.len(), digits.len()..part.len()]);
    }
    let (day, hour) = part.split_once('t').filter(|(day, hour)| day.len() == 2 && hour.len() <= 2)?;
    let date = before.get(before.len().checked_sub(8)?..)?.as_bytes();
    let is_date = date.iter().enumerate().all(|(place, byte)| match place {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (is_date && all_digits(day) && all_digits(hour)).then_some([0..2, 3..part.len()])
}

/// A text as values of lists are compared with it: folded as words are, with one mark for all apostrophes and one space
/// for each white space.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let one = |c: char| match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' => '\'',
        _ if class::is_apostrophe(c) => '\'',
        _ if c.is_whitespace() => ' ',
        _ => c,
    };
    Folded::new(text).text.chars().map(one).collect()
}

/// A text without the accents of its letters, as somebody types it who has no keys for them: `creme` for `crème`. Letters
/// with a stroke, such as `ø`, stay as they are.
#[must_use]
pub fn without_accents(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// The UUID that a text begins with, where nothing is glued to its end.
fn leading_uuid(text: &str) -> Option<&str> {
    // Most runs are shorter, or have no hyphen there.
    if text.as_bytes().get(8) != Some(&b'-') {
        return None;
    }
    let uuid = text.get(..36).filter(|uuid| is_uuid_shape(uuid.as_bytes()))?;
    let next = text[uuid.len()..].chars().next();
    next.is_none_or(|next| matches!(next, '-' | '_')).then_some(uuid)
}

const fn word(text: &str) -> Token<'_> {
    if text.len() > MAX_WORD_BYTES { Token::Identifier(text) } else { Token::Word(text) }
}

/// Whether a run of lower-case letters and digits reads like something made by a machine: at least 16 hex digits, a
/// digit among them, or at least 20 letters and digits that change often between each other.
///
/// Case does not count: what is typed in another case has to be cut alike.
pub(crate) fn looks_like_identifier(run: &str) -> bool {
    let bytes = run.as_bytes();
    if bytes.len() < MIN_IDENTIFIER_CHARS || !run.is_ascii() {
        return false;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return false;
    }
    if bytes.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    let changes =
        bytes.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    bytes.len() >= 20 && changes * 4 >= bytes.len()
}

/// The beginning of an identifier that a search by beginnings looks at: hyphens of a UUID are not part of it.
#[must_use]
pub fn beginning(identifier: &str) -> Cow<'_, str> {
    if is_uuid_shape(identifier.as_bytes()) {
        return Cow::Owned(identifier.chars().filter(|c| *c != '-').take(MAX_BEGINNING_CHARS).collect());
    }
    // What does not look like one is a word that is too long to be kept as one.
    let most_bytes = if looks_like_identifier(identifier) { MAX_BEGINNING_CHARS } else { MAX_WORD_BYTES };
    Cow::Borrowed(&identifier[..identifier.floor_char_boundary(most_bytes)])
}

/// The spellings of an identifier that are one: a UUID with and without its hyphens.
#[must_use]
pub fn spellings(identifier: &str) -> Vec<String> {
    let bytes = identifier.as_bytes();
    if is_uuid_shape(bytes) {
        return vec![identifier.replace('-', ""), identifier.to_owned()];
    }
    if bytes.len() != 32 || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return vec![identifier.to_owned()];
    }
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| &identifier[group]);
    vec![identifier.to_owned(), groups.join("-")]
}
