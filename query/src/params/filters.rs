//! Column and attribute parameters: repeated, excluded, escaped.

use std::borrow::Cow;
use std::str::FromStr;

use steplog_model::column::Column;
use steplog_model::query::{Filter, Presence, Target};

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
            let filter = Filter { target, any_of: vec![], none_of: vec![], presence: Presence::Any };
            filters.push((filter, false));
            filters.len() - 1
        });
        let Some((filter, unbound)) = filters.get_mut(place) else { continue };
        match read_value(written) {
            Written::Value(value) => add(&filter.target, &mut filter.any_of, value),
            Written::Excluded(value) => add(&filter.target, &mut filter.none_of, value),
            Written::Presence(presence) => {
                // With a value or without one: that is everything.
                *unbound |= ![Presence::Any, presence].contains(&filter.presence);
                filter.presence = presence;
            }
        }
    }
    let read = |(filter, unbound)| match unbound {
        true => Filter { any_of: vec![], presence: Presence::Any, ..filter },
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

/// What a value says.
#[derive(Debug, PartialEq, Eq)]
enum Written<'a> {
    Value(&'a str),
    Excluded(&'a str),
    Presence(Presence),
}

fn read_value(written: &str) -> Written<'_> {
    match written {
        "*" => return Written::Presence(Presence::Present),
        "!*" => return Written::Presence(Presence::Missing),
        _ => {}
    }
    match written.strip_prefix('!') {
        Some(excluded) => Written::Excluded(unescape(excluded)),
        None => Written::Value(unescape(written)),
    }
}

/// A backslash before `!` or a backslash, or before a `*` that is all, takes that as it is; elsewhere it is part of
/// the value.
fn unescape(text: &str) -> &str {
    match text.as_bytes() {
        [b'\\', b'!' | b'\\', ..] | [b'\\', b'*'] => &text[1..],
        _ => text,
    }
}

/// Writes a value so that it is read as this value: for links and the command line.
#[cfg(test)]
pub(super) fn escaped(value: &str) -> String {
    if value.starts_with(['!', '\\']) || value == "*" { format!("\\{value}") } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_and_escapes() {
        assert_eq!(read_value("a"), Written::Value("a"));
        assert_eq!(read_value("!a"), Written::Excluded("a"));
        assert_eq!(read_value("\\!a"), Written::Value("!a"));
        assert_eq!(read_value("!\\!a"), Written::Excluded("!a"));
        assert_eq!(read_value("!!a"), Written::Excluded("!a"));
        assert_eq!(read_value("\\\\a"), Written::Value("\\a"));
        assert_eq!(read_value("\\a"), Written::Value("\\a"));
        assert_eq!(read_value(""), Written::Value(""));
        assert_eq!(read_value("!"), Written::Excluded(""));
        assert_eq!(read_value("*"), Written::Presence(Presence::Present));
        assert_eq!(read_value("!*"), Written::Presence(Presence::Missing));
        assert_eq!(read_value("\\*"), Written::Value("*"));
        assert_eq!(read_value("!\\*"), Written::Excluded("*"));
        assert_eq!(read_value("*a"), Written::Value("*a"));
        assert_eq!(read_value("\\*a"), Written::Value("\\*a"));
    }

    proptest! {
        #[test]
        fn every_value_can_be_asked_for(text in "[!\\\\*a-c]{0,6}") {
            let (as_any, as_none) = (escaped(&text), format!("!{}", escaped(&text)));
            prop_assert_eq!(read_value(&as_any), Written::Value(text.as_str()));
            prop_assert_eq!(read_value(&as_none), Written::Excluded(text.as_str()));
        }
    }
}
