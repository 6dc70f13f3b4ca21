//! What a single word of a search text means.

use std::borrow::Cow;
use std::str::FromStr;

use steplog_model::column::Column;
use steplog_model::content::{ENDING_COLUMNS, MAX_ENDING_CHARS, MIN_ENDING_CHARS};
use steplog_model::query::{Expr, Phrase, Target};
use steplog_model::text::{Beginning, Begun, MAX_BEGINNING_CHARS, read_beginning, readable, unescaped};

use super::TextError;
use super::json::Values;
use super::lexer::Word;
use crate::nearest;

/// What the page shows for a mark that would turn the direction of a text: it is part of what is copied from there, and the
/// mark is part of no word. Where it stands for bytes that were no UTF-8 it parts words. A search cannot tell: it means both.
pub(crate) const SHOWN_MARK: char = char::REPLACEMENT_CHARACTER;

/// The start of an attribute's name.
const ATTRIBUTE: &str = "attr.";

/// Whether the text before a colon reads like the name of a column or attribute.
pub(super) fn looks_like_field(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let name_only = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    name.starts_with(ATTRIBUTE) || (starts && name_only)
}

/// The condition that a word states.
pub(super) fn term(word: &Word, position: usize) -> Result<Expr, TextError> {
    if let Some(colon) = word.colon {
        let (name, value) = (&word.text[..colon], &word.text[colon + 1..]);
        if let Some(field) = field(word, name, value, position) {
            return field;
        }
    }
    match word.stars[..] {
        [] => Ok(whole(word)),
        [0] if word.text.len() > 1 => ending(None, &word.text[1..], position),
        [star] if star > 0 && star + 1 == word.text.len() => beginning(&word.text[..star], position),
        _ => {
            let problem = "a * stands only at the end of a word";
            let hint = "write the word's beginning before it, or \\* for the star itself";
            Err(TextError::new(position, problem, hint))
        }
    }
}

/// A word as it stands; one that is still being typed finds what begins so as well.
fn whole(word: &Word) -> Expr {
    // More words begin with one letter than anybody looks for.
    const LEAST_CHARS: usize = 2;
    let whole = phrase(&word.text);
    if !word.begun || word.text.chars().count() < LEAST_CHARS {
        return whole;
    }
    match begins(&word.text) {
        Beginning::OneOf(any) => Expr::Or([vec![whole], any.into_iter().map(begun).collect()].concat()),
        // In scripts without spaces the phrase is its beginning, too; and a whole identifier is looked for as one.
        Beginning::Phrase | Beginning::TooLong | Beginning::NoWord => whole,
    }
}

/// The words of a text as it stands; or, where it is JSON, all of its values.
pub(super) fn phrase(text: &str) -> Expr {
    let mut any = phrases(text);
    let json = parts_of_json(text).filter(|parts| !any.contains(parts));
    any.extend(json);
    one_of(any)
}

/// The words of a text as it stands, and as it reads without escapes of JSON and control sequences, since text that is
/// pasted may have them and what is searched of an event has not; each with and without [`SHOWN_MARK`].
fn phrases(text: &str) -> Vec<Expr> {
    let plain = [Some(readable(text)), unescaped(text).map(|text| readable(&text).into_owned().into())];
    let mut any = Vec::new();
    for text in [Cow::Borrowed(text)].into_iter().chain(plain.into_iter().flatten()) {
        for phrase in [Some(text.clone()), without_marks(&text).map(Cow::Owned)].into_iter().flatten() {
            let phrase = Phrase::new(&phrase);
            if !phrase.is_empty() && !any.contains(&phrase) {
                any.push(phrase);
            }
        }
    }
    any.into_iter().map(Expr::Phrase).collect()
}

fn one_of(mut any: Vec<Expr>) -> Expr {
    match any.len() {
        0 => Expr::Phrase(Phrase::default()),
        1 => any.remove(0),
        _ => Expr::Or(any),
    }
}

/// All values of what a row or file writes as JSON, a list or keys and values: in the event each is a text of its own.
/// `None` for other texts, and for numbers alone: `[1, 2]` is mostly part of a message.
fn parts_of_json(text: &str) -> Option<Expr> {
    /// More conditions find nothing else.
    const MOST_PARTS: usize = 32;
    let values = Values::read(text).filter(|values| !values.is_text())?;
    let mut parts: Vec<_> = values.texts.iter().take(MOST_PARTS).map(|text| one_of(phrases(text))).collect();
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(Expr::And(parts)),
    }
}

/// A text without [`SHOWN_MARK`], where it has one.
fn without_marks(text: &str) -> Option<String> {
    text.contains(SHOWN_MARK).then(|| text.replace(SHOWN_MARK, ""))
}

/// What a beginning asks for, with and without [`SHOWN_MARK`].
fn begins(text: &str) -> Beginning {
    let with = read_beginning(text);
    match (with, without_marks(text).map(|text| read_beginning(&text))) {
        (Beginning::OneOf(with), Some(Beginning::OneOf(without))) => {
            let more: Vec<_> = without.into_iter().filter(|begun| !with.contains(begun)).collect();
            Beginning::OneOf([with, more].concat())
        }
        (Beginning::NoWord, Some(without)) => without,
        (with, _) => with,
    }
}

/// What `name:value` states; `None` where that is no field but text with a colon in it.
fn field(word: &Word, name: &str, value: &str, position: usize) -> Option<Result<Expr, TextError>> {
    let column = Column::from_str(name).ok();
    let attribute = name.strip_prefix(ATTRIBUTE);
    if column.is_none() && attribute.is_none() {
        return unknown(name, value, position).map(Err);
    }
    if value.is_empty() && !(word.quoted_value && attribute.is_some()) {
        let hint = format!("write {name}:value without a space, or {name}\\: for the text itself");
        return Some(Err(TextError::new(position, format!("nothing follows {name:?}"), hint)));
    }
    let target = match (column, attribute) {
        (Some(column), _) => Target::Column(column),
        (None, key) => Target::Attribute(key.unwrap_or_default().to_owned()),
    };
    if value == "*" && !word.stars.is_empty() {
        return Some(Ok(Expr::Has(target)));
    }
    if let Some(column) = column.filter(|column| ENDING_COLUMNS.contains(column))
        && word.stars == [name.len() + 1]
        && value.len() > 1
    {
        return Some(ending(Some(column), &value[1..], position));
    }
    let first_star = word.stars.iter().find(|star| **star > name.len());
    if first_star.is_some() {
        let hint =
            "values are compared as a whole; write \\* for the star itself, and nothing but * for any value";
        return Some(Err(TextError::new(
            position,
            format!("a * means nothing in a value of {name:?}"),
            hint,
        )));
    }
    Some(Ok(match target {
        Target::Column(column) => Expr::Column(column, column.kept(value).into_owned()),
        Target::Attribute(key) => Expr::Attribute(key, value.to_owned()),
    }))
}

fn unknown(name: &str, value: &str, position: usize) -> Option<TextError> {
    let lower = name.to_ascii_lowercase();
    let is_column_in_capitals = name != lower && Column::from_str(&lower).is_ok();
    // `Error:` and `https://…` are pasted text.
    let is_text = !looks_like_field(name) || value.is_empty() || value.starts_with("//");
    if is_text && !is_column_in_capitals {
        return None;
    }
    let names = Column::ALL.iter().map(|column| column.name());
    let instead = match nearest::nearest(&lower, names) {
        Some(near) => format!("did you mean {near}:{value}? "),
        None => format!("for an attribute write attr.{name}:{value}. "),
    };
    let hint = format!("{instead}To search for the text itself, put it in quotes");
    Some(TextError::new(position, format!("there is no column {name:?}"), hint))
}

/// Ids of persons, interactions and conversations that end with a text.
fn ending(column: Option<Column>, text: &str, position: usize) -> Result<Expr, TextError> {
    let chars = text.chars().count();
    if column.is_none() && !text.bytes().any(|byte| byte.is_ascii_digit()) {
        let problem = "a * before letters finds no word";
        let hint = format!(
            "words are found by their beginning: {text}*; the end of an id by its column: person:*{text}, \
             interaction:*{text}, conversation:*{text}"
        );
        return Err(TextError::new(position, problem, hint));
    }
    if !(MIN_ENDING_CHARS..=MAX_ENDING_CHARS).contains(&chars) {
        let problem = format!("an id's end has {MIN_ENDING_CHARS} to {MAX_ENDING_CHARS} characters");
        let hint = "write as many of its last characters, or the whole id without the *";
        return Err(TextError::new(position, problem, hint));
    }
    Ok(Expr::Ending(column, text.to_owned()))
}

fn beginning(start: &str, position: usize) -> Result<Expr, TextError> {
    match begins(start) {
        Beginning::OneOf(any) => {
            let mut any: Vec<Expr> = any.into_iter().map(begun).collect();
            Ok(if any.len() == 1 { any.remove(0) } else { Expr::Or(any) })
        }
        Beginning::Phrase => Ok(phrase(start)),
        Beginning::TooLong => {
            let problem =
                format!("an identifier is found as a whole, or by at most {MAX_BEGINNING_CHARS} characters");
            let hint = "write it whole, without the *, or fewer of its first characters";
            Err(TextError::new(position, problem, hint))
        }
        Beginning::NoWord => {
            let hint = "put the * right behind a letter or digit, or write \\* for the star itself";
            Err(TextError::new(position, "no word stands before the *", hint))
        }
    }
}

/// Words with a beginning behind them. Identifiers are part of no phrase.
fn begun(Begun { words, identifiers, start }: Begun) -> Expr {
    let before = Phrase { words, identifiers };
    if !before.words.is_empty() {
        return Expr::Begun(before, start);
    }
    match before.is_empty() {
        true => Expr::Prefix(start),
        false => Expr::And(vec![Expr::Phrase(before), Expr::Prefix(start)]),
    }
}
