//! Tokenizers that take apart what [`super::document`] has put together: text is cut before it reaches
//! Tantivy, in one walk over the event.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Ends each word of a text. Never part of a word: words hold no white space.
pub(super) const WORD_END: char = ' ';
/// Ends each text of an event.
pub(super) const TEXT_END: char = '\n';

/// Cuts the words of an event apart, with a gap in their positions between texts.
#[derive(Clone)]
pub(super) struct WordTokenizer;

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        Words { rest: text, next_position: 0, token: Token::default() }
    }
}

pub(super) struct Words<'a> {
    rest: &'a str,
    next_position: usize,
    token: Token,
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        while let Some(rest) = self.rest.strip_prefix(TEXT_END) {
            self.rest = rest;
            self.next_position += 1;
        }
        let Some((word, rest)) = self.rest.split_once(WORD_END) else { return false };
        self.rest = rest;
        self.token.text.clear();
        self.token.text.push_str(word);
        self.token.position = self.next_position;
        self.next_position += 1;
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
        let found = terms(WordTokenizer.token_stream("a b \n\nc \n"));
        assert_eq!(found, [("a".to_owned(), 0), ("b".to_owned(), 1), ("c".to_owned(), 4)]);
        assert_eq!(terms(WordTokenizer.token_stream("\n")), []);
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
