//! Other spellings of a value that is compared as a whole.

use steplog_model::column::Column;
use steplog_model::content::{MAX_ENDING_CHARS, MIN_ENDING_CHARS};
use steplog_model::query::Target;
use steplog_model::text::{folded, spellings};

use super::separators::separated;
use super::written::ids_in;

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
/// a number without marks between its thousands, an id without hyphens or with them, or without the name before it; of an
/// attribute, with something else between letters and digits.
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
    all.extend(ids_in(bare));
    if matches!(target, Target::Attribute(_)) {
        const MOST_SEPARATED: usize = 3;
        all.extend(separated(bare).into_iter().take(MOST_SEPARATED));
    }
    let mut found = Vec::new();
    for other in all {
        if other != value && !other.is_empty() && !found.contains(&other) {
            found.push(other);
        }
    }
    found
}

/// Whether a value is one that is shown cut.
pub(super) fn is_cut(value: &str) -> bool {
    value.contains('…') || value.contains("...")
}

/// A text that is shown cut, without the gap that a copy of it has.
pub(super) fn joined(text: &str) -> String {
    let text = text.replace("...", "…");
    let parts: Vec<&str> = text.split('…').collect();
    let last = parts.len().saturating_sub(1);
    let trimmed = parts.iter().enumerate().map(|(place, part)| {
        let part = if place > 0 { part.trim_start() } else { part };
        if place < last { part.trim_end() } else { part }
    });
    trimmed.collect::<Vec<_>>().join("…")
}

/// What an id may end with, where it is written: the whole, or what stands behind the `…` of one that is shown cut; and
/// its last characters, which people tell each other.
pub(super) fn endings_of(value: &str) -> Vec<String> {
    let value = joined(bare(value));
    let chars: Vec<char> = value.rsplit('…').next().unwrap_or_default().chars().collect();
    let last = |most: usize| -> String {
        chars.get(chars.len().saturating_sub(most)..).unwrap_or_default().iter().collect()
    };
    let mut all = Vec::new();
    if chars.len() >= MIN_ENDING_CHARS {
        all.push(last(MAX_ENDING_CHARS));
    }
    if chars.len() > MIN_ENDING_CHARS && last(MIN_ENDING_CHARS).contains(|c: char| c.is_ascii_digit()) {
        all.push(last(MIN_ENDING_CHARS));
    }
    all
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
        assert!(variants(&trace, "plain").is_empty());
    }
}
