//! Words and values of the same letters and digits, with something else, or nothing, between them.

use steplog_model::query::{Expr, Query};
use steplog_model::store::StoreError;

use super::Search;
use crate::text::parse;

/// The most characters of a word that is parted anywhere.
const MOST_PARTED_CHARS: usize = 12;

/// The most words that may be one.
const MOST_TOGETHER: usize = 4;

impl Search<'_> {
    /// A word that is nowhere, as events have it: `customer-9` for `customer9`, `O'Reilly` for `OReilly`, and the other way
    /// round.
    pub(super) fn separated(&self, word: &str) -> Result<Option<String>, StoreError> {
        let all = separated(word);
        let exprs: Vec<Expr> = all.iter().filter_map(|search| parse(search).ok()).collect();
        if exprs.is_empty() || self.count(&Query { text: Some(Expr::Or(exprs)), ..self.query.clone() })? == 0
        {
            return Ok(None);
        }
        for search in all {
            if self.finds(&search)? > 0 {
                return Ok(Some(search));
            }
        }
        Ok(None)
    }

    /// Words side by side that events have as one.
    pub(super) fn written_together(&mut self, text: &str, words: &[&str]) -> Result<(), StoreError> {
        if !(2..=MOST_TOGETHER).contains(&words.len()) {
            return Ok(());
        }
        for at in 1..words.len() {
            let (before, behind) = (words.get(..at).unwrap_or_default(), words.get(at..).unwrap_or_default());
            self.offer_text(text, format!("{}{}", before.join(" "), behind.join(" ")))?;
        }
        Ok(())
    }
}

/// A word without what stands between its letters and digits; or with something there, at the places where kinds of
/// characters change first.
pub(super) fn separated(word: &str) -> Vec<String> {
    let together: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    if together != word {
        return if together.is_empty() { Vec::new() } else { vec![together] };
    }
    let chars: Vec<char> = word.chars().collect();
    if !(2..=4 * MOST_PARTED_CHARS).contains(&chars.len()) {
        return Vec::new();
    }
    let kind = |c: char| (c.is_numeric(), c.is_uppercase());
    let changes = |at: &usize| match (chars.get(at - 1), chars.get(*at)) {
        // A capital letter begins a word, also behind another one: `OReilly`.
        (Some(before), Some(next)) => {
            let begins = next.is_uppercase() && chars.get(at + 1).is_some_and(|c| c.is_lowercase());
            begins || (kind(*before) != kind(*next) && !(before.is_uppercase() && next.is_lowercase()))
        }
        _ => false,
    };
    let places: Vec<usize> = (1..chars.len()).filter(changes).collect();
    let mut all = vec![parted(&chars, &places)];
    all.extend(places.iter().map(|at| parted(&chars, &[*at])));
    if chars.len() <= MOST_PARTED_CHARS && !chars.iter().any(|c| c.is_numeric()) {
        all.extend((1..chars.len()).map(|at| parted(&chars, &[at])));
    }
    let mut found: Vec<String> = Vec::new();
    for one in all {
        if one != word && !found.contains(&one) {
            found.push(one);
        }
    }
    found.truncate(MOST_PARTED_CHARS);
    found
}

/// The characters with something between them at some places: what is usual there.
fn parted(chars: &[char], places: &[usize]) -> String {
    let mut parted = String::new();
    for (at, c) in chars.iter().enumerate() {
        if places.contains(&at) {
            let is_name = at == 1 && chars.iter().all(|c| c.is_alphabetic());
            parted.push(if is_name { '\'' } else { '-' });
        }
        parted.push(*c);
    }
    parted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ids::letters_and_digits;
    use super::*;

    #[test]
    fn places_where_kinds_of_characters_change_come_first() {
        let check = |word: &str, want: &str| {
            let all = separated(word);
            assert_eq!(all.first().map(String::as_str), Some(want), "{word}: {all:?}");
        };
        check("customer9", "customer-9");
        check("E4711", "E-4711");
        check("AB12CD", "AB-12-CD");
        check("OReilly", "O'Reilly");
        check("oreilly", "o'reilly");
        check("customer-9", "customer9");
        check("O'Reilly", "OReilly");
        assert!(separated("x").is_empty());
        assert!(separated("--").is_empty());
    }

    proptest! {
        #[test]
        fn letters_and_digits_stay(word in "[a-zA-Z0-9' _-]{0,20}") {
            let all = separated(&word);
            prop_assert!(all.len() <= MOST_PARTED_CHARS);
            for other in all {
                prop_assert_eq!(letters_and_digits(&other), letters_and_digits(&word));
            }
        }
    }
}
