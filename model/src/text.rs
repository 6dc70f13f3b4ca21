//! Words and identifiers: how free text is cut, the same way for indexing, searching and highlighting.
//!
//! Text is folded first (`fold`), then cut at everything that is neither a letter nor a digit, and at the borders of
//! scripts. Names that are hung together by `-` and `_` are cut there, too: they are found by each part, and as a
//! phrase of their parts. In scripts without spaces every letter is a word, so that any part of a run is a phrase.
//! UUIDs, long hex and what is mostly random are no words: each is an [`Token::Identifier`], whatever stands beside it.

mod class;
mod fold;
mod plain;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::ids::is_uuid_shape;
use crate::limits::MAX_WORD_BYTES;
use class::{Class, class};
use fold::Folded;

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
    scratch.extend(run.chars().map(|c| c.to_ascii_lowercase()));
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
            let token = if looks_like_identifier(part) { Token::Identifier(part) } else { word(part) };
            visit(token, start..start + length);
        }
        start += length + 1;
    }
}

/// The UUID that a text begins with, where nothing is glued to its end.
fn leading_uuid(text: &str) -> Option<&str> {
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
pub fn beginning(identifier: &str) -> String {
    let is_uuid = is_uuid_shape(identifier.as_bytes());
    if !is_uuid && !looks_like_identifier(identifier) {
        // A word that is too long to be kept as one.
        return identifier[..identifier.floor_char_boundary(MAX_WORD_BYTES)].to_owned();
    }
    identifier.chars().filter(|c| !is_uuid || *c != '-').take(MAX_BEGINNING_CHARS).collect()
}

/// What a text asks for that stands for a beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Words and identifiers that begin like this.
    Word(String),
    /// The text as a phrase: in a script without spaces any part of a run is one.
    Phrase,
    /// More of an identifier than [`MAX_BEGINNING_CHARS`], or a word that may be one so far.
    TooLong,
    /// Nothing that is one word.
    NoWord,
}

/// What a text asks for that stands for a beginning.
#[must_use]
pub fn read_beginning(text: &str) -> Beginning {
    if let Some(digits) = beginning_of_uuid(text) {
        return if digits.len() > MAX_BEGINNING_CHARS { Beginning::TooLong } else { Beginning::Word(digits) };
    }
    let mut found: Vec<(Token<'_>, String)> = Vec::new();
    let (mut start, mut end) = (None, 0);
    visit_tokens(text, &mut |token, range| {
        let (Token::Word(run) | Token::Identifier(run)) = token;
        let kind = if matches!(token, Token::Word(_)) { Token::Word("") } else { Token::Identifier("") };
        found.push((kind, run.to_owned()));
        start.get_or_insert(range.start);
        end = range.end;
    });
    let is_open = |word: &str| {
        word.chars().next().is_some_and(|c| matches!(class(c), Class::Spaceless | Class::Picture))
    };
    match found.as_slice() {
        // The words must be all of it: `a-*` would otherwise ask for less than it says.
        _ if start != Some(0) || end != text.len() => Beginning::NoWord,
        [.., (Token::Word(_), last)] if is_open(last) => Beginning::Phrase,
        [(Token::Identifier(_), _)] => Beginning::TooLong,
        [(_, word)] => {
            let may_be_identifier = word.bytes().any(|byte| byte.is_ascii_digit())
                || word.bytes().all(|byte| byte.is_ascii_hexdigit());
            match word.chars().count() > MAX_BEGINNING_CHARS && may_be_identifier {
                true => Beginning::TooLong,
                false => Beginning::Word(word.clone()),
            }
        }
        _ => Beginning::NoWord,
    }
}

/// The digits of a text that is a UUID up to somewhere behind its first hyphen.
fn beginning_of_uuid(text: &str) -> Option<String> {
    let is_one = text.len() > 8
        && text.len() < 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    is_one.then(|| text.replace('-', "").to_ascii_lowercase())
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
