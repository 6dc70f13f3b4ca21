//! What a single word of a search text means.

use std::str::FromStr;

use steplog_model::column::Column;
use steplog_model::query::{Expr, Phrase, Target};
use steplog_model::text::{Token, visit_tokens};

use super::TextError;
use super::lexer::Word;
use crate::nearest;

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
    if word.stars.is_empty() { Ok(whole(word, position)) } else { prefix(word, position) }
}

/// A word as it stands; one that is still being typed finds what begins so as well.
fn whole(word: &Word, position: usize) -> Expr {
    // More words begin with one letter than anybody looks for.
    const LEAST_CHARS: usize = 2;
    let whole = Expr::Phrase(Phrase::new(&word.text));
    if !word.begun || word.text.chars().count() < LEAST_CHARS {
        return whole;
    }
    let star = word.text.len();
    let mut begun = word.clone();
    begun.text.push('*');
    begun.stars.push(star);
    match prefix(&begun, position) {
        Ok(beginning) => Expr::Or(vec![whole, beginning]),
        // An identifier is found as a whole only, and so it is looked for.
        Err(_) => whole,
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
        let hint = format!("write {name}:value, or {name}\\: for the text itself");
        return Some(Err(TextError::new(position, format!("nothing follows {name:?}"), hint)));
    }
    let target = match (column, attribute) {
        (Some(column), _) => Target::Column(column),
        (None, key) => Target::Attribute(key.unwrap_or_default().to_owned()),
    };
    if value == "*" && !word.stars.is_empty() {
        return Some(Ok(Expr::Has(target)));
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
        Target::Column(column) => Expr::Column(column, value.to_owned()),
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

fn prefix(word: &Word, position: usize) -> Result<Expr, TextError> {
    let start = match word.stars[..] {
        [star] if star > 0 && star + 1 == word.text.len() => &word.text[..star],
        _ => {
            let problem = "a * stands only at the end of a word";
            let hint = "write the word's beginning before it, or \\* for the star itself";
            return Err(TextError::new(position, problem, hint));
        }
    };
    let mut found = Vec::new();
    visit_tokens(start, &mut |token, range| found.push((token, range)));
    match found.as_slice() {
        // The word must be all of it: `a-*` would otherwise ask for less than it says.
        [(Token::Word(folded), range)] if *range == (0..start.len()) => {
            Ok(Expr::Prefix(folded.as_ref().to_owned()))
        }
        [(Token::Identifier(_), _)] => {
            let hint = "write it whole, without the *";
            Err(TextError::new(position, "an identifier is found only as a whole", hint))
        }
        _ => {
            let hint = "put a * behind a single word of letters and digits";
            Err(TextError::new(position, "the text before the * is not one word", hint))
        }
    }
}
