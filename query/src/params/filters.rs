//! Column and attribute parameters: repeated, excluded, escaped.

use std::str::FromStr;

use steplog_model::column::Column;
use steplog_model::query::{Filter, Target};

use super::fields::{ATTRIBUTE, Fields};

/// The filters of a request: one for each column and attribute, in the order of their first mention.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Filter> {
    let mut filters: Vec<Filter> = Vec::new();
    for (name, written) in fields.filters() {
        let Some(target) = target(name) else { continue };
        let (excluded, value) = value(written);
        if value.is_empty() {
            let hint = "write the value to exclude after the !, or \\! for the mark itself";
            fields.error(name, "there is nothing after the !", hint);
            continue;
        }
        let place = filters.iter().position(|filter| filter.target == target).unwrap_or_else(|| {
            filters.push(Filter { target, any_of: Vec::new(), none_of: Vec::new() });
            filters.len() - 1
        });
        let Some(filter) = filters.get_mut(place) else { continue };
        let list = if excluded { &mut filter.none_of } else { &mut filter.any_of };
        if !list.iter().any(|known| known == value) {
            list.push(value.to_owned());
        }
    }
    filters
}

fn target(name: &str) -> Option<Target> {
    if let Ok(column) = Column::from_str(name) {
        return Some(Target::Column(column));
    }
    name.strip_prefix(ATTRIBUTE).map(|key| Target::Attribute(key.to_owned()))
}

/// Whether the value is excluded, and the value itself.
fn value(written: &str) -> (bool, &str) {
    if let Some(excluded) = written.strip_prefix('!') {
        return (true, unescape(excluded));
    }
    (false, unescape(written))
}

/// A backslash before `!` or a backslash takes that as it is; elsewhere it is part of the value.
fn unescape(text: &str) -> &str {
    match text.as_bytes() {
        [b'\\', b'!' | b'\\', ..] => &text[1..],
        _ => text,
    }
}

/// Writes a value so that it is read as this value: for links and the command line.
#[cfg(test)]
pub(super) fn escaped(value: &str) -> String {
    if value.starts_with(['!', '\\']) { format!("\\{value}") } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_and_escapes() {
        assert_eq!(value("a"), (false, "a"));
        assert_eq!(value("!a"), (true, "a"));
        assert_eq!(value("\\!a"), (false, "!a"));
        assert_eq!(value("!\\!a"), (true, "!a"));
        assert_eq!(value("!!a"), (true, "!a"));
        assert_eq!(value("\\\\a"), (false, "\\a"));
        assert_eq!(value("\\a"), (false, "\\a"));
        assert_eq!(value("!"), (true, ""));
    }

    proptest! {
        #[test]
        fn every_value_can_be_asked_for(text in "[!\\\\a-c]{1,6}") {
            let (as_any, as_none) = (escaped(&text), format!("!{}", escaped(&text)));
            prop_assert_eq!(value(&as_any), (false, text.as_str()));
            prop_assert_eq!(value(&as_none), (true, text.as_str()));
        }
    }
}
