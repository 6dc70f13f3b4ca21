//! Cuts a search text into lexemes.

use std::iter::Peekable;
use std::str::Chars;

use steplog_model::limits;

use super::TextError;
use super::term::looks_like_field;

/// A piece of a search text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lexeme {
    Open,
    Close,
    /// `-` right before what it excludes, or `NOT`.
    Not,
    Or,
    And,
    /// A quoted phrase, unescaped.
    Phrase(String),
    Word(Word),
}

/// A word with its escapes resolved, and where its unescaped marks stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// The byte in `text` of the first unescaped colon.
    pub(super) colon: Option<usize>,
    /// The bytes in `text` of unescaped stars.
    pub(super) stars: Vec<usize>,
    /// Whether the part after the colon was quoted.
    pub(super) quoted_value: bool,
    /// Whether it is still being typed: it may be the beginning of another word.
    pub(super) begun: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lexed {
    pub(super) lexeme: Lexeme,
    /// In characters.
    pub(super) position: usize,
    /// Where it ends, in characters.
    pub(super) end: usize,
}

/// The lexemes of a text, and what is wrong with them.
pub(super) fn lex(text: &str) -> (Vec<Lexed>, Vec<TextError>) {
    let mut lexer = Lexer { chars: text.chars().peekable(), position: 0, errors: Vec::new() };
    let mut lexemes = Vec::new();
    while let Some(lexed) = lexer.next_lexeme() {
        lexemes.push(lexed);
    }
    (lexemes, lexer.errors)
}

/// The position of the first parenthesis that nests too deep.
pub(super) fn too_deep(lexemes: &[Lexed]) -> Option<usize> {
    let mut depth = 0_usize;
    for lexed in lexemes {
        match lexed.lexeme {
            Lexeme::Open => depth += 1,
            Lexeme::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits::MAX_SEARCH_DEPTH {
            return Some(lexed.position);
        }
    }
    None
}

struct Lexer<'a> {
    chars: Peekable<Chars<'a>>,
    position: usize,
    errors: Vec<TextError>,
}

impl Lexer<'_> {
    fn advance(&mut self) -> Option<char> {
        let next = self.chars.next();
        self.position += usize::from(next.is_some());
        next
    }

    fn next_lexeme(&mut self) -> Option<Lexed> {
        while self.chars.peek()?.is_whitespace() {
            self.advance();
        }
        let position = self.position;
        let next = *self.chars.peek()?;
        let lexeme = match next {
            '(' => self.single(Lexeme::Open),
            ')' => self.single(Lexeme::Close),
            '"' => Lexeme::Phrase(self.quoted()),
            '-' if self.excludes() => self.single(Lexeme::Not),
            _ => self.word(),
        };
        Some(Lexed { lexeme, position, end: self.position })
    }

    fn single(&mut self, lexeme: Lexeme) -> Lexeme {
        self.advance();
        lexeme
    }

    /// Whether the `-` that comes next stands right before something.
    fn excludes(&self) -> bool {
        let mut ahead = self.chars.clone();
        ahead.next();
        ahead.next().is_some_and(|next| !next.is_whitespace() && next != ')')
    }

    /// The text between the quote that comes next and the one that closes it.
    fn quoted(&mut self) -> String {
        let start = self.position;
        self.advance();
        let mut text = String::new();
        loop {
            match self.advance() {
                Some('"') => return text,
                Some('\\') => self.escaped(&mut text),
                Some(other) => text.push(other),
                None => break,
            }
        }
        let hint = "add a \" at its end, or write \\\" for the mark itself";
        self.errors.push(TextError::new(start, "the quote is never closed", hint));
        text
    }

    /// Appends what follows a backslash. Before a letter or digit, which mean nothing else, it is one itself: people
    /// paste `ACME\jdoe` and `C:\temp`.
    fn escaped(&mut self, text: &mut String) {
        match self.advance() {
            Some(next) => {
                if next.is_alphanumeric() {
                    text.push('\\');
                }
                text.push(next);
            }
            None => {
                let hint = "write \\\\ for a backslash";
                self.errors.push(TextError::new(self.position - 1, "nothing follows the backslash", hint));
            }
        }
    }

    fn word(&mut self) -> Lexeme {
        let mut word = Word::default();
        while let Some(next) = self.chars.peek().copied() {
            if next.is_whitespace() || matches!(next, '(' | ')') {
                break;
            }
            if next == '"' {
                let after_colon = word.colon.is_some_and(|colon| colon + 1 == word.text.len());
                if after_colon && looks_like_field(&word.text[..word.text.len() - 1]) {
                    word.text.push_str(&self.quoted());
                    word.quoted_value = true;
                }
                break;
            }
            self.advance();
            match next {
                '\\' => {
                    self.escaped(&mut word.text);
                    continue;
                }
                ':' if word.colon.is_none() => word.colon = Some(word.text.len()),
                '*' => word.stars.push(word.text.len()),
                _ => {}
            }
            word.text.push(next);
        }
        match word.text.as_str() {
            "OR" => Lexeme::Or,
            "AND" => Lexeme::And,
            "NOT" => Lexeme::Not,
            _ => Lexeme::Word(word),
        }
    }
}
