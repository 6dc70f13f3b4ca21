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

/// How many segments are looked through, those of the newest days first: two months of days that are compacted. Of each only
/// what begins with the letter is read: of a day with 750,000 words that takes about 10 ms.
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
    let near = FuzzyTermQuery::new(Term::from_field_text(TEXT, &request.word), request.edits, true);
    let near = near.automaton().map_err(unreadable)?;
    let mut newest: Vec<&Day> = days.iter().collect();
    newest.sort_by_key(|day| Reverse(day.day));
    let mut events: HashMap<String, u64> = HashMap::new();
    let segments = newest.iter().flat_map(|day| &day.snapshot.segments);
    for view in segments.filter(|view| times.overlap_of(view) != Overlap::None).take(MAX_SEGMENTS) {
        budget.check()?;
        let words = view.inverted(TEXT).terms().search(&near).ge(&first).lt(&end);
        let mut words = words.into_stream().map_err(unreadable)?;
        while let Some((word, info)) = words.next() {
            let Ok(word) = std::str::from_utf8(word) else { continue };
            *events.entry(word.to_owned()).or_default() += u64::from(info.doc_freq);
        }
    }
    let mut words: Vec<(String, u64)> = events.into_iter().collect();
    words.sort_unstable_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
    words.truncate(MAX_SPELLINGS);
    Ok(words.into_iter().map(|(word, _)| word).collect())
}
