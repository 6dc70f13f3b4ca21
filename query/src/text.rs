//! The grammar of the search box.
//!
//! ```text
//! search  = all { "OR" all }                 OR binds weaker than AND
//! all     = part { [ "AND" ] part }          side by side means AND
//! part    = { "-" | "NOT" } ( "(" search ")" | term )
//! term    = word | word"*" | "*"ending | "\"" phrase "\"" | column ":" value | "attr." key ":" value
//! value   = word | "\"" text "\"" | "*"
//! ```
//!
//! - `OR`, `AND` and `NOT` are operators in capitals only; `or` is a word.
//! - `-` excludes what follows it directly; a `-` that stands alone or inside a word is text.
//! - A text that is nothing but a number below zero, `-42`, is looked for; `NOT 42` excludes the number.
//! - A backslash takes the next character as it is: `\"`, `a\:b`, `\-x`, `2\*3`. Before a letter or digit it is a
//!   backslash: `ACME\jdoe`; `\OR` is the word.
//! - A word is looked for in the texts of an event (folded, see [`steplog_model::text`]); one that
//!   falls into several words, such as `foo-bar`, means these words side by side.
//! - `word*` finds words, and identifiers, that start so; `foo-ba*` words that start with `ba` right behind `foo`; `*0041` ids of persons, interactions and conversations
//!   that end so, `person:*0041` those of one column. Other values of columns and attributes are exact, or what people
//!   call them (see [`crate::vocabulary`]). `attr.key:*` is any value, `-attr.key:*` none at all, `attr.key:""` the
//!   empty one.
//! - `\u{fffd}` stands for a mark that is part of no word or for what parts words: a word with one means both.
//! - `name:value` with a name that looks like a column's but is none is an error, as it is everywhere.
//!   `12:30`, `Error:`, `https://…` and names with capitals or dots are text.
//! - Punctuation that stands alone asks for nothing. Where that would be all, it is an error.
//!
//! Positions are counted in characters (Unicode code points) from 0.

mod json;
mod lexer;
mod parser;
mod term;

pub(crate) use json::Values;
pub(crate) use term::SHOWN_MARK;

use std::ops::Range;
use std::str::FromStr as _;

use steplog_model::column::Column;
use steplog_model::limits;
use steplog_model::query::{Expr, Target};

use crate::columns::ATTRIBUTE;

/// The most problems reported of one search text.
const MAX_ERRORS: usize = 16;

/// One thing that is wrong with a search text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TextError {
    /// Where, in characters from the start of the text.
    pub position: usize,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub hint: String,
}

impl TextError {
    fn new(position: usize, problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { position, problem: problem.into(), hint: hint.into() }
    }
}

/// Parses a search text.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text; at most 16 problems.
pub fn parse(text: &str) -> Result<Expr, Vec<TextError>> {
    parse_as(text, false)
}

/// Parses a search text that somebody is still typing: its last word, where no space is behind it, finds words that
/// begin so as well. What stands in quotes, behind a colon or a star is taken as it is.
///
/// # Errors
/// As [`parse`].
pub fn parse_typed(text: &str) -> Result<Expr, Vec<TextError>> {
    parse_as(text, true)
}

fn parse_as(text: &str, typed: bool) -> Result<Expr, Vec<TextError>> {
    if text.len() > limits::MAX_SEARCH_BYTES {
        let position = text[..text.floor_char_boundary(limits::MAX_SEARCH_BYTES)].chars().count();
        let problem = format!("the search text is longer than {} bytes", limits::MAX_SEARCH_BYTES);
        return Err(vec![TextError::new(position, problem, "search for less at once")]);
    }
    if is_below_zero(text) {
        return Ok(term::phrase(text));
    }
    let (mut lexemes, mut errors) = lexer::lex(text);
    if typed
        && !text.ends_with(char::is_whitespace)
        && let Some(lexer::Lexed { lexeme: lexer::Lexeme::Word(word), .. }) = lexemes.last_mut()
    {
        word.begun = true;
    }
    // Before anything recurses.
    if let Some(position) = lexer::too_deep(&lexemes) {
        let problem = format!("parentheses nest deeper than {}", limits::MAX_SEARCH_DEPTH);
        return Err(vec![TextError::new(position, problem, "take some of them away")]);
    }
    let end = text.chars().count();
    let parsed = parser::parse(&lexemes, end, &mut errors);
    if errors.is_empty() {
        return Ok(parsed);
    }
    errors.sort_by_key(|error| error.position);
    errors.truncate(MAX_ERRORS);
    Err(errors)
}

/// The values of columns and attributes that a search text states one by one, and where: bytes of the text, with the name of the
/// column or attribute.
pub(crate) fn stated(text: &str) -> Vec<(Range<usize>, Target, String)> {
    let byte = |place: usize| text.char_indices().nth(place).map_or(text.len(), |(byte, _)| byte);
    let read = |lexed: lexer::Lexed| {
        let lexer::Lexeme::Word(word) = lexed.lexeme else { return None };
        let (name, value) = word.text.split_at_checked(word.colon?)?;
        let value = value.strip_prefix(':').filter(|value| !value.is_empty() && word.stars.is_empty())?;
        let (target, value) = match (Column::from_str(name), name.strip_prefix(ATTRIBUTE)) {
            (Ok(column), _) => (Target::Column(column), column.kept(value).into_owned()),
            (Err(_), key) => (Target::Attribute(key?.to_owned()), value.to_owned()),
        };
        Some((byte(lexed.position)..byte(lexed.end), target, value))
    };
    lexer::lex(text).0.into_iter().filter_map(read).collect()
}

/// Whether a text is nothing but a number below zero: nobody who pastes one looks for all that is without it.
fn is_below_zero(text: &str) -> bool {
    let number =
        text.trim().strip_prefix('-').filter(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    number.is_some_and(|number| number.replace(',', "").parse::<f64>().is_ok())
}

/// The number of conditions in a parsed search text.
#[must_use]
pub fn clauses(expr: &Expr) -> usize {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().map(clauses).sum(),
        Expr::Not(part) => clauses(part),
        Expr::Column(..) | Expr::Attribute(..) | Expr::Has(_) => 1,
        Expr::Phrase(_) | Expr::Prefix(_) | Expr::Begun(..) | Expr::Ending(..) => 1,
    }
}
