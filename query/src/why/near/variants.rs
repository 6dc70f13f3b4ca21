//! Other spellings of a value that is compared as a whole.

use steplog_model::column::Column;
use steplog_model::query::Target;
use steplog_model::text::{folded, spellings};

/// What stands around a value that was pasted, and is no part of it.
const AROUND: [char; 20] = [
    '"', '\'', '`', '<', '>', '(', ')', '[', ']', '{', '}', ',', ';', '\u{201c}', '\u{201d}', '\u{2018}',
    '\u{2019}', '\u{ab}', '\u{bb}', '\u{feff}',
];

/// The value without what stands around it.
pub(super) fn bare(value: &str) -> &str {
    value.trim_matches(|c: char| c.is_whitespace() || AROUND.contains(&c))
}

/// Spellings that a reader takes for the same, as senders write them: without quotes, with plain dashes, in small letters,
/// a number without marks between its thousands, an id without hyphens or with them.
pub(super) fn variants(target: &Target, value: &str) -> Vec<String> {
    let bare = bare(value);
    let is_dash = |c: char| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}');
    let mut all = vec![bare.to_owned(), bare.replace(is_dash, "-"), folded(bare)];
    let number: String = bare.chars().filter(|c| *c != ',' && !c.is_whitespace()).collect();
    if number.parse::<f64>().is_ok() {
        all.push(number);
    }
    let small = folded(bare);
    match target {
        Target::Column(Column::TraceId | Column::SpanId) => all.push(small.replace('-', "")),
        _ => all.extend(spellings(&small)),
    }
    let mut found = Vec::new();
    for other in all {
        if other != value && !other.is_empty() && !found.contains(&other) {
            found.push(other);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_takes_for_the_same() {
        let attribute = Target::Attribute("x".to_owned());
        let check = |target: &Target, value: &str, want: &str| {
            let all = variants(target, value);
            assert!(all.iter().any(|other| other == want), "{value}: {all:?}");
        };
        check(&attribute, " \"a-1\", ", "a-1");
        check(&attribute, "a\u{2011}1", "a-1");
        check(&attribute, "A\u{2011}b", "A-b");
        check(&attribute, "True", "true");
        check(&attribute, "-1,234.5", "-1234.5");
        check(&attribute, "{550E8400-E29B-41D4-A716-446655440999}", "550e8400-e29b-41d4-a716-446655440999");
        check(&attribute, "550e8400e29b41d4a716446655440999", "550e8400-e29b-41d4-a716-446655440999");
        let trace = Target::Column(Column::TraceId);
        check(&trace, "4BF92F35-77B3-4DA6-A3CE-929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(variants(&attribute, "plain").is_empty());
    }
}
