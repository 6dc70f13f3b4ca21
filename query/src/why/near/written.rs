//! Searches that are written from a text: conditions, words in quotes, beginnings, the ids in it.

use steplog_model::column::Column;
use steplog_model::text::{Token, folded, visit_tokens};

use super::in_quotes;
use super::keys::as_attribute;
use super::variants::bare;
use crate::columns::ATTRIBUTE;
use crate::text::parse;

/// The most ids of one text.
const MOST_IDS: usize = 4;

/// The searches for a text that was not written as one: whole, and word by word.
pub(in crate::why) fn as_text(text: &str) -> [String; 2] {
    [in_quotes(text), parts_in_quotes(text).join(" ")]
}

/// What a list of columns and attributes has side by side, a name and a value, as conditions.
pub(in crate::why) fn as_condition(text: &str) -> Vec<String> {
    let text = text.trim().trim_start_matches(['"', '{', ' ']);
    // What the page says of an event without one.
    if folded(text) == "no status" {
        return vec![format!("-{}:*", Column::Status)];
    }
    let mut all = Vec::new();
    for column in Column::ALL {
        for name in [column.label(), column.name()] {
            let behind =
                text.split_at_checked(name.len()).filter(|(begin, _)| begin.eq_ignore_ascii_case(name));
            let condition =
                behind.and_then(|(_, behind)| Some(format!("{column}:{}", in_quotes(value_behind(behind)?))));
            all.extend(condition.filter(|condition| !all.contains(condition)));
        }
    }
    all.extend(key_and_value(text).map(|(key, value)| as_attribute(key, value)));
    all
}

/// The key and the value of an attribute that a text may be, whatever attributes are called in it.
pub(in crate::why) fn key_and_value(text: &str) -> Option<(&str, &str)> {
    const CALLED: [&str; 3] = [ATTRIBUTE, "attribute.", "attributes."];
    let text = text.trim().trim_start_matches(['"', '{', ' ']);
    let (key, behind) = text.split_at(text.find(|c: char| c.is_whitespace() || is_behind_name(c))?);
    let key = CALLED.iter().find_map(|called| key.strip_prefix(called)).unwrap_or(key);
    Some((key, value_behind(behind)?)).filter(|(key, _)| !key.is_empty())
}

/// The value that stands behind a name.
fn value_behind(behind: &str) -> Option<&str> {
    let value = behind.trim_start_matches(|c: char| c.is_whitespace() || is_behind_name(c));
    let is_behind = value.len() < behind.len();
    let value = value.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '}'));
    Some(value).filter(|value| is_behind && !value.is_empty())
}

/// Whether a character may stand between a name and its value.
const fn is_behind_name(c: char) -> bool {
    matches!(c, ':' | '=' | '"' | '\t')
}

pub(super) fn condition(column: Column, value: &str) -> String {
    format!("{column}:{}", in_quotes(value))
}

/// Whether a word of a search is text and nothing of the grammar.
pub(super) fn is_plain(word: &str) -> bool {
    !matches!(word, "OR" | "AND" | "NOT") && !word.starts_with('-') && !word.contains([':', '*', '\\'])
}

/// A text as a word of a search has it, whatever signs are in it.
pub(super) fn signs_escaped(text: &str) -> String {
    let means_itself = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@' | '+');
    let escaped = |c: char| [(!means_itself(c)).then_some('\\'), Some(c)];
    text.chars().flat_map(escaped).flatten().collect()
}

/// The words of a text that was not written as a search, each in quotes where it has signs of the grammar.
pub(super) fn parts_in_quotes(text: &str) -> Vec<String> {
    let has_word = |word: &&str| {
        let mut any = false;
        visit_tokens(word, &mut |_, _| any = true);
        any
    };
    text.split_whitespace().filter(has_word).map(as_word).collect()
}

/// The word as a beginning, where it can be one.
pub(super) fn begun(word: &str) -> String {
    let begun = format!("{word}*");
    match word.chars().nth(1).is_some() && says_something(word) && parse(&begun).is_ok() {
        true => begun,
        false => word.to_owned(),
    }
}

/// What stands between the marks of a word, such as those of a name with dots.
pub(super) fn parts_of(word: &str) -> Vec<&str> {
    word.split(|c: char| c.is_ascii_punctuation()).filter(|part| !part.is_empty()).collect()
}

/// The ids that stand in a text behind a name or between other things: `key=`, `urn:uuid:`, an address, quotes. Not the
/// text itself.
pub(in crate::why) fn ids_in(text: &str) -> Vec<String> {
    const BETWEEN: [char; 19] =
        [':', '=', '/', '?', '&', '#', '|', '@', '"', '\'', '`', ',', ';', '(', ')', '<', '>', '[', ']'];
    let mut found: Vec<String> = Vec::new();
    let mut add = |id: &str| {
        let id = bare(id).trim_matches(|c: char| matches!(c, '-' | '+' | '*' | '_' | '.'));
        if is_id(id) && id != text && !found.iter().any(|known| known == id) {
            found.push(id.to_owned());
        }
    };
    visit_tokens(text, &mut |token, place| {
        if matches!(token, Token::Identifier(_)) {
            add(text.get(place).unwrap_or_default());
        }
    });
    if text.contains([':', '=', '/', '&', '#', '|', '@']) {
        // What stands last is most of all what is asked for.
        text.rsplit(|c: char| c.is_whitespace() || BETWEEN.contains(&c)).for_each(add);
    }
    found.truncate(MOST_IDS);
    found
}

/// Whether a text may be an id: it has a digit, and so many letters and digits that they say which one is meant.
pub(super) fn is_id(text: &str) -> bool {
    const LEAST_CHARS: usize = 4;
    text.contains(|c: char| c.is_ascii_digit())
        && text.chars().filter(|c| c.is_alphanumeric()).count() >= LEAST_CHARS
}

/// Whether a word says enough to be offered alone: of one or two letters, as in `or` and `s`, there is always some.
pub(super) fn says_something(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    !word.is_ascii() || word.contains(|c: char| c.is_ascii_digit()) || letters.count() > 2
}

/// A text as one word of a search.
pub(in crate::why) fn as_word(text: &str) -> String {
    if is_plain(text) && !text.contains(['"', '(', ')']) { text.to_owned() } else { in_quotes(text) }
}
