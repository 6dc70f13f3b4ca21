//! Tokenizers for the texts that [`super::document`] builds: it has cut them already, in one pass over the event.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Ends each word of a text. Never part of a word: words hold no white space.
const WORD_END: char = ' ';
/// Ends each text of an event.
const TEXT_END: char = '\n';

/// The words of an event as [`WordTokenizer`] takes them: first, as one text, those that are a text alone, then the
/// other texts.
#[derive(Debug, Default)]
pub(super) struct WordText {
    single: String,
    texts: String,
    /// Where the last text begins, and its words so far.
    start: usize,
    words: usize,
}

impl WordText {
    /// Adds the next word of the last text.
    pub(super) fn push(&mut self, word: &str) {
        self.texts.push_str(word);
        self.texts.push(WORD_END);
        self.words += 1;
    }

    /// Ends the last text.
    pub(super) fn end_text(&mut self) {
        match self.words {
            0 => {}
            1 => {
                self.single.push_str(self.texts.get(self.start..).unwrap_or_default());
                self.texts.truncate(self.start);
            }
            _ => self.texts.push(TEXT_END),
        }
        (self.start, self.words) = (self.texts.len(), 0);
    }

    /// Ends the event.
    pub(super) fn end(&mut self) {
        self.single.push(TEXT_END);
        self.single.push_str(&self.texts);
    }

    /// All of it, once it has ended.
    pub(super) fn as_str(&self) -> &str {
        &self.single
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.single.clear();
        self.texts.clear();
        (self.start, self.words) = (0, 0);
    }
}

/// Cuts the words of an event apart, with a gap in their positions between texts.
///
/// The words of the first text all have position 0: each is a text alone, which no phrase meets, and small numbers
/// take little room.
#[derive(Clone)]
pub(super) struct WordTokenizer;

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        Words { rest: text, is_first: true, next_position: 0, token: Token::default() }
    }
}

pub(super) struct Words<'a> {
    rest: &'a str,
    is_first: bool,
    next_position: usize,
    token: Token,
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        while let Some(rest) = self.rest.strip_prefix(TEXT_END) {
            self.rest = rest;
            // Behind the single words, too: as if there were but one.
            self.next_position += if self.is_first { 2 } else { 1 };
            self.is_first = false;
        }
        let Some((word, rest)) = self.rest.split_once(WORD_END) else { return false };
        self.rest = rest;
        self.token.text.clear();
        self.token.text.push_str(word);
        self.token.position = self.next_position;
        self.next_position += usize::from(!self.is_first);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// Cuts the facet values of an event apart: each is a char that says its length in bytes, then the term.
#[derive(Clone)]
pub(super) struct FacetTokenizer;

/// Lengths are written from this char on, where no char is invalid.
const LENGTH_ZERO: u32 = 0x1_0000;

/// Appends what [`FacetTokenizer`] gives back as the term `letter` + `value`.
pub(super) fn push_facet(out: &mut String, letter: char, value: &str) {
    let bytes = letter.len_utf8() + value.len();
    let length = u32::try_from(bytes).ok().and_then(|bytes| char::from_u32(LENGTH_ZERO.checked_add(bytes)?));
    // Values have at most MAX_CELL_BYTES; one beyond a million is left out rather than mixed up.
    if let Some(length) = length {
        out.push(length);
        out.push(letter);
        out.push_str(value);
    }
}

impl Tokenizer for FacetTokenizer {
    type TokenStream<'a> = FacetTerms<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> FacetTerms<'a> {
        FacetTerms { rest: text, token: Token::default() }
    }
}

pub(super) struct FacetTerms<'a> {
    rest: &'a str,
    token: Token,
}

impl TokenStream for FacetTerms<'_> {
    fn advance(&mut self) -> bool {
        let mut chars = self.rest.chars();
        let Some(length) = chars.next() else { return false };
        let length = (u32::from(length) - LENGTH_ZERO) as usize;
        let (term, rest) = chars.as_str().split_at(length);
        self.rest = rest;
        self.token.text.clear();
        self.token.text.push_str(term);
        self.token.position = 0;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(mut stream: impl TokenStream) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        stream.process(&mut |token| found.push((token.text.clone(), token.position)));
        found
    }

    #[test]
    fn words_have_a_gap_between_texts() {
        let mut text = WordText::default();
        for words in [&["a", "b"][..], &[], &["c"], &["d", "e"], &["c"]] {
            words.iter().for_each(|word| text.push(word));
            text.end_text();
        }
        text.end();
        let want = [("c", 0), ("c", 0), ("a", 2), ("b", 3), ("d", 5), ("e", 6)];
        let want = want.map(|(word, position)| (word.to_owned(), position));
        assert_eq!(terms(WordTokenizer.token_stream(text.as_str())), want);
        text.clear();
        text.end();
        assert_eq!(terms(WordTokenizer.token_stream(text.as_str())), []);
    }

    #[test]
    fn facets_come_apart_whatever_is_in_them() {
        let mut text = String::new();
        let long = "é".repeat(512);
        for (letter, value) in [('A', "x"), ('B', ""), ('C', "\u{10000}\0 \n"), ('D', &long)] {
            push_facet(&mut text, letter, value);
        }
        let found: Vec<String> =
            terms(FacetTokenizer.token_stream(&text)).into_iter().map(|(t, _)| t).collect();
        assert_eq!(found, ["Ax", "B", "C\u{10000}\0 \n", &format!("D{long}")]);
    }
}
