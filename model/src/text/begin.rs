//! What a text asks for that stands for the beginning of a word or an identifier.

use super::class::{Class, class};
use super::{MAX_BEGINNING_CHARS, Token, visit_tokens};

/// What a text asks for that stands for a beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// One of these.
    OneOf(Vec<Begun>),
    /// The text as a phrase: in a script without spaces any part of a run is one.
    Phrase,
    /// More of an identifier than [`MAX_BEGINNING_CHARS`], or a word that may be one so far.
    TooLong,
    /// Nothing that ends with a word.
    NoWord,
}

/// These words side by side, and right behind them a word or an identifier that begins so; and these identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// Words, folded; mostly none.
    pub words: Vec<String>,
    /// Identifiers, in lower case.
    pub identifiers: Vec<String>,
    /// The beginning.
    pub start: String,
}

/// What a text asks for that stands for a beginning.
#[must_use]
pub fn read_beginning(text: &str) -> Beginning {
    let mut any = Vec::new();
    // It may as well be words with hyphens: `20261129-10`.
    if let Some((at, digits)) = uuid_at_end(text) {
        if digits.len() > MAX_BEGINNING_CHARS {
            return Beginning::TooLong;
        }
        any.push(Pieces::of(&text[..at]).followed_by(digits));
    }
    let mut found = Pieces::of(text);
    // The last word must be the end of it: `a-*` would otherwise ask for less than it says.
    if found.end != text.len() {
        return if any.is_empty() { Beginning::NoWord } else { Beginning::OneOf(any) };
    }
    any.extend(found.glued(text));
    let Some(Piece { is_word, run: last, .. }) = found.pieces.pop() else { return Beginning::NoWord };
    let first = last.chars().next();
    if is_word && first.is_some_and(|c| matches!(class(c), Class::Spaceless | Class::Picture)) {
        return Beginning::Phrase;
    }
    let may_be_identifier = !is_word
        || last.bytes().any(|byte| byte.is_ascii_digit())
        || last.bytes().all(|byte| byte.is_ascii_hexdigit());
    if last.chars().count() > MAX_BEGINNING_CHARS && may_be_identifier {
        return Beginning::TooLong;
    }
    any.push(found.followed_by(last));
    Beginning::OneOf(any)
}

/// The words and identifiers of a text.
#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    /// Where the last one ends.
    end: usize,
}

#[derive(Clone)]
struct Piece {
    is_word: bool,
    run: String,
    /// Where it begins.
    start: usize,
}

impl Pieces {
    fn of(text: &str) -> Self {
        let mut found = Self::default();
        visit_tokens(text, &mut |token, range| {
            let (Token::Word(run) | Token::Identifier(run)) = token;
            let is_word = matches!(token, Token::Word(_));
            found.pieces.push(Piece { is_word, run: run.to_owned(), start: range.start });
            found.end = range.end;
        });
        found
    }

    fn followed_by(self, start: String) -> Begun {
        let (words, identifiers): (Vec<_>, Vec<_>) = self.pieces.into_iter().partition(|piece| piece.is_word);
        let runs = |pieces: Vec<Piece>| pieces.into_iter().map(|piece| piece.run).collect();
        Begun { words: runs(words), identifiers: runs(identifiers), start }
    }

    /// The same with the last two as one word, where a moment is cut there: `30Z` is two words, and may as well be the
    /// beginning of `30ZB`, which is one.
    fn glued(&self, text: &str) -> Option<Begun> {
        let [before @ .., first, last] = &self.pieces[..] else { return None };
        let glued = text.get(first.start..self.end)?;
        let is_one = first.is_word && last.is_word && glued.chars().all(char::is_alphanumeric);
        let starts_with_digit = first.run.starts_with(|c: char| c.is_ascii_digit());
        if !is_one || !starts_with_digit || !last.run.is_ascii() {
            return None;
        }
        let pieces = Self { pieces: before.to_vec(), end: first.start };
        Some(pieces.followed_by(crate::text::folded(glued)))
    }
}

/// From where on a text is a UUID up to somewhere behind its first hyphen, and the digits of that.
fn uuid_at_end(text: &str) -> Option<(usize, String)> {
    let is_border = |at: usize| !text.as_bytes()[..at].last().is_some_and(u8::is_ascii_alphanumeric);
    let starts =
        (text.len().saturating_sub(35)..text.len().saturating_sub(8)).filter(|at| text.is_char_boundary(*at));
    starts.filter(|at| is_border(*at)).find_map(|at| Some((at, beginning_of_uuid(&text[at..])?)))
}

/// The digits of a text that is a UUID up to somewhere behind its first hyphen.
fn beginning_of_uuid(text: &str) -> Option<String> {
    let is_one = text.bytes().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    is_one.then(|| text.replace('-', "").to_ascii_lowercase())
}
