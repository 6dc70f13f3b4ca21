//! Column and attribute parameters: repeated, excluded, escaped.

use std::borrow::Cow;
use std::str::FromStr;

use steplog_model::column::Column;
use steplog_model::content::{ENDING_COLUMNS, MAX_ENDING_CHARS, MIN_ENDING_CHARS};
use steplog_model::query::{Endings, Filter, Presence, Target};

use super::fields::{ATTRIBUTE, Fields};

/// The filters of a request: one for each column and attribute, in the order of their first mention.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Filter> {
    let mut filters: Vec<(Filter, bool)> = Vec::new();
    for (name, written) in fields.filters() {
        let Some(target) = target(name) else { continue };
        // A column is never empty, an attribute may be.
        if written == "!" && matches!(target, Target::Column(_)) {
            let hint = "write the value to exclude after the !, or \\! for the mark itself";
            fields.error(name, "there is nothing after the !", hint);
            continue;
        }
        let place = filters.iter().position(|(filter, _)| filter.target == target).unwrap_or_else(|| {
            filters.push((Filter::on(target), false));
            filters.len() - 1
        });
        let Some((filter, unbound)) = filters.get_mut(place) else { continue };
        match read_value(written, has_endings(&filter.target)) {
            Written::Ending(ending, excluded) => match ending_problem(ending) {
                Some((problem, hint)) => fields.error(name, &problem, &hint),
                None => {
                    let Endings { any_of, none_of } = &mut filter.endings;
                    let endings = if excluded { none_of } else { any_of };
                    if !endings.iter().any(|known| known == ending) {
                        endings.push(ending.to_owned());
                    }
                }
            },
            Written::Value(value) => add(&filter.target, &mut filter.any_of, value),
            Written::Excluded(value) => add(&filter.target, &mut filter.none_of, value),
            Written::Presence(presence) => {
                // With a value or without one: that is everything.
                *unbound |= ![Presence::Any, presence].contains(&filter.presence);
                filter.presence = presence;
            }
        }
    }
    let read = |(filter, unbound): (Filter, bool)| match unbound {
        true => {
            let endings = Endings { any_of: vec![], ..filter.endings };
            Filter { any_of: vec![], presence: Presence::Any, endings, ..filter }
        }
        false => filter,
    };
    filters.into_iter().map(read).collect()
}

fn add(target: &Target, values: &mut Vec<String>, value: &str) {
    let value = match target {
        Target::Column(column) => column.kept(value),
        Target::Attribute(_) => Cow::Borrowed(value),
    };
    if !values.iter().any(|known| *known == value) {
        values.push(value.into_owned());
    }
}

fn target(name: &str) -> Option<Target> {
    if let Ok(column) = Column::from_str(name) {
        return Some(Target::Column(column));
    }
    name.strip_prefix(ATTRIBUTE).map(|key| Target::Attribute(key.to_owned()))
}

/// Whether values of a target are found by their ends.
fn has_endings(target: &Target) -> bool {
    matches!(target, Target::Column(column) if ENDING_COLUMNS.contains(column))
}

/// Why an ending cannot be looked for, and what to do about it.
fn ending_problem(ending: &str) -> Option<(String, String)> {
    let chars = ending.chars().count();
    if (MIN_ENDING_CHARS..=MAX_ENDING_CHARS).contains(&chars) {
        return None;
    }
    let problem = format!("an id's end has {MIN_ENDING_CHARS} to {MAX_ENDING_CHARS} characters");
    let hint =
        format!("write as many of its last characters, or \\*{ending} for a value that begins with a star");
    Some((problem, hint))
}

/// What a value says.
#[derive(Debug, PartialEq, Eq)]
enum Written<'a> {
    Value(&'a str),
    Excluded(&'a str),
    /// The end of a value, and whether values with it are excluded.
    Ending(&'a str, bool),
    Presence(Presence),
}

fn read_value(written: &str, has_endings: bool) -> Written<'_> {
    match written {
        "*" => return Written::Presence(Presence::Present),
        "!*" => return Written::Presence(Presence::Missing),
        _ => {}
    }
    let (value, excluded) = match written.strip_prefix('!') {
        Some(value) => (value, true),
        None => (written, false),
    };
    match (value.strip_prefix('*').filter(|_| has_endings), excluded) {
        (Some(ending), excluded) => Written::Ending(ending, excluded),
        (None, true) => Written::Excluded(unescape(value)),
        (None, false) => Written::Value(unescape(value)),
    }
}

/// A backslash at the beginning, before `!`, `*` or a backslash, takes that as it is; elsewhere it is part of the value.
fn unescape(text: &str) -> &str {
    match text.as_bytes() {
        [b'\\', b'!' | b'\\' | b'*', ..] => &text[1..],
        _ => text,
    }
}

/// Writes a value so that it is read as this value: for links and the command line.
pub(crate) fn escaped(value: &str) -> String {
    if value.starts_with(['!', '\\', '*']) { format!("\\{value}") } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_and_escapes() {
        use Written::{Ending, Excluded, Value};
        for (written, want) in [
            ("a", Value("a")),
            ("!a", Excluded("a")),
            ("\\!a", Value("!a")),
            ("!\\!a", Excluded("!a")),
            ("!!a", Excluded("!a")),
            ("\\\\a", Value("\\a")),
            ("\\a", Value("\\a")),
            ("", Value("")),
            ("!", Excluded("")),
            ("*", Written::Presence(Presence::Present)),
            ("!*", Written::Presence(Presence::Missing)),
            ("\\*", Value("*")),
            ("!\\*", Excluded("*")),
            ("*a", Ending("a", false)),
            ("!*a", Ending("a", true)),
            ("\\*a", Value("*a")),
            ("!\\*a", Excluded("*a")),
            ("a*", Value("a*")),
        ] {
            assert_eq!(read_value(written, true), want, "{written}");
        }
        assert_eq!(read_value("*a", false), Value("*a"), "other columns have no ends");
    }

    proptest! {
        #[test]
        fn every_value_can_be_asked_for(text in "[!\\\\*a-c]{0,6}", has_endings: bool) {
            let (as_any, as_none) = (escaped(&text), format!("!{}", escaped(&text)));
            prop_assert_eq!(read_value(&as_any, has_endings), Written::Value(text.as_str()));
            prop_assert_eq!(read_value(&as_none, has_endings), Written::Excluded(text.as_str()));
        }
    }
}
