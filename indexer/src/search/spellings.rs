//! Words of texts that are spelled nearly as another is.

use std::cmp::Reverse;
use std::collections::HashMap;

use steplog_model::limits::MAX_SPELLINGS;
use steplog_model::query::SpellingsRequest;
use steplog_model::store::{Budget, StoreError};
use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use super::hits::{Overlap, Times};
use super::resolve::end_of_prefix;
use super::{Day, unreadable};
use crate::index::TEXT;

/// The most edits of a word that may begin with another letter.
const ANY_LETTER_EDITS: u8 = 1;

/// How many segments are looked through, those of the newest days first: two months of days that are compacted. Of each
/// what begins with the letter is read with as many edits as are asked for, and all of it with one.
const MAX_SEGMENTS: usize = 64;

pub(super) fn spellings(
    days: &[Day],
    request: &SpellingsRequest,
    budget: &Budget,
) -> Result<Vec<String>, StoreError> {
    let first: String = request.word.chars().take(1).collect();
    let (Some(end), Some(times)) = (end_of_prefix(&first), Times::of(request.period)) else {
        return Ok(Vec::new());
    };
    let near = |edits| {
        FuzzyTermQuery::new(Term::from_field_text(TEXT, &request.word), edits, true)
            .automaton()
            .map_err(unreadable)
    };
    let (nearest, near) = (near(ANY_LETTER_EDITS.min(request.edits))?, near(request.edits)?);
    let mut newest: Vec<&Day> = days.iter().collect();
    newest.sort_by_key(|day| Reverse(day.day));
    let mut events: HashMap<String, u64> = HashMap::new();
    let segments = newest.iter().flat_map(|day| &day.snapshot.segments);
    for view in segments.filter(|view| times.overlap_of(view) != Overlap::None).take(MAX_SEGMENTS) {
        budget.check()?;
        let index = view.inverted(TEXT);
        let words = || index.terms();
        for words in [
            words().search(&near).ge(&first).lt(&end),
            words().search(&nearest).lt(&first),
            words().search(&nearest).ge(&end),
        ] {
            let mut words = words.into_stream().map_err(unreadable)?;
            while let Some((word, info)) = words.next() {
                let Ok(word) = std::str::from_utf8(word) else { continue };
                *events.entry(word.to_owned()).or_default() += u64::from(info.doc_freq);
            }
        }
    }
    let mut words: Vec<(String, u64)> = events.into_iter().collect();
    words.sort_unstable_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
    words.truncate(MAX_SPELLINGS);
    Ok(words.into_iter().map(|(word, _)| word).collect())
}
