//! Ids that are written in part: cut at an end, or in the middle, as the page shows them.

use steplog_model::column::ColumnKind;
use steplog_model::content::{ENDING_COLUMNS, MAX_ENDING_CHARS, MIN_ENDING_CHARS};
use steplog_model::event::Event;
use steplog_model::limits;
use steplog_model::query::{Expr, Order, PageRequest, Query, Start, Target};
use steplog_model::store::StoreError;
use steplog_model::text::{MIN_IDENTIFIER_CHARS, folded};

use super::Search;
use super::variants::{bare, endings_of, is_cut, joined};
use super::written::{is_id, is_plain, signs_escaped};
use crate::text::parse;

/// Events of which values are looked at, and their bytes.
const MOST_LOOKED_AT: usize = 50;
const MOST_BYTES: usize = 1 << 18;

impl Search<'_> {
    /// Ids that are shown cut, by their ends. A copy of one may have a gap behind the `…`.
    pub(super) fn cut(&mut self, text: &str) -> Result<(), StoreError> {
        if !is_cut(text) {
            return Ok(());
        }
        let whole = joined(&text.replace(['"', '(', ')'], " "));
        let ends = |column: &str| {
            let end = |word: &str| match endings_of(word).first().filter(|_| is_cut(word)) {
                Some(ending) => format!("{column}*{}", signs_escaped(ending)),
                None => word.to_owned(),
            };
            whole.split_whitespace().map(end).collect::<Vec<_>>().join(" ")
        };
        let found = self.near.len();
        self.offer_text(text, ends(""))?;
        // Of letters alone an ending is one of a column.
        for column in ENDING_COLUMNS {
            if self.near.len() == found {
                self.offer_text(text, ends(&format!("{column}:")))?;
            }
        }
        Ok(())
    }

    /// A part of an id, or one with a character too many: by its longest beginning that finds something, else by its
    /// longest ending.
    pub(super) fn part_of_id(&mut self, text: &str) -> Result<(), StoreError> {
        let ids = text.split_whitespace().map(bare);
        let Some(id) = ids.filter(|word| is_id(word) && is_plain(word)).max_by_key(|id| id.len()) else {
            return Ok(());
        };
        let all = |parts: Vec<String>| -> Vec<String> {
            let whole = |part: String| if bare(text) == id { part } else { text.replacen(id, &part, 1) };
            parts.into_iter().map(whole).filter(|search| parse(search).is_ok()).collect()
        };
        for searches in [all(beginnings(id)), all(endings(id))] {
            if let Some(search) = self.longest(&searches)? {
                return self.offer_text(text, search);
            }
        }
        Ok(())
    }

    /// The last of some searches that finds something, where each finds what the next one does.
    fn longest(&self, searches: &[String]) -> Result<Option<String>, StoreError> {
        let (mut found, mut end) = (0_usize, searches.len());
        let Some(first) = searches.first() else { return Ok(None) };
        if self.finds(first)? == 0 {
            return Ok(None);
        }
        while end - found > 1 {
            let middle = found.midpoint(end);
            let Some(search) = searches.get(middle) else { break };
            match self.finds(search)? {
                0 => end = middle,
                _ => found = middle,
            }
        }
        Ok(searches.get(found).cloned())
    }

    /// The values of the column of a filter that are the value asked for up to its last characters, or but for what stands
    /// between its letters and digits.
    pub(super) fn nearly_written(&mut self, place: usize) -> Result<Vec<String>, StoreError> {
        let filter = self.query.filters.get(place);
        let Some((filter, value)) = filter.and_then(|filter| Some((filter, filter.any_of.first()?))) else {
            return Ok(Vec::new());
        };
        let Target::Column(column) = filter.target else { return Ok(Vec::new()) };
        if column.kind() == ColumnKind::Facet {
            return Ok(Vec::new());
        }
        let value = bare(value);
        let (plain, least) = (letters_and_digits(value), least_chars(value));
        let mut searches = super::separators::separated(value);
        searches.push(value.to_owned());
        searches.extend(beginnings(value).into_iter().next());
        let exprs: Vec<Expr> = searches.iter().filter_map(|search| parse(search).ok()).collect();
        if plain.is_empty() || exprs.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = self.query.clone();
        query.filters.remove(place);
        query.text = Some(match query.text.take() {
            Some(text) => Expr::And(vec![text, Expr::Or(exprs)]),
            None => Expr::Or(exprs),
        });
        let mut found: Vec<(usize, String)> = Vec::new();
        for other in self.look(query, |event| event.value(column).map(str::to_owned))? {
            let other_plain = letters_and_digits(&other);
            let common =
                plain.chars().zip(other_plain.chars()).take_while(|(one, other)| one == other).count();
            let is_begun = is_id(value) && common >= least;
            if (plain == other_plain || is_begun) && !found.iter().any(|(_, known)| *known == other) {
                found.push((common, other));
            }
        }
        found.sort_by_key(|(common, _)| std::cmp::Reverse(*common));
        Ok(found.into_iter().map(|(_, value)| value).take(1).collect())
    }

    /// Values of some events of a question.
    fn look(
        &self,
        query: Query,
        value: impl Fn(&Event) -> Option<String>,
    ) -> Result<Vec<String>, StoreError> {
        if !self.may_ask() {
            return Ok(Vec::new());
        }
        let (order, start) = (Order::default(), Start::First);
        let bytes = MOST_BYTES.min(limits::MAX_PAGE_BYTES);
        let request = PageRequest { query, order, start, limit: MOST_LOOKED_AT, bytes };
        match self.store.page(&request, self.budget) {
            Err(StoreError::TooBroad(_)) => Ok(Vec::new()),
            page => Ok(page?.events.iter().filter_map(|stored| value(&stored.event)).collect()),
        }
    }
}

/// The letters and digits of a value, folded.
pub(super) fn letters_and_digits(value: &str) -> String {
    folded(value).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// How many characters of an id say which one is meant.
fn least_chars(id: &str) -> usize {
    const OF_LONG: usize = 8;
    let chars = id.chars().filter(|c| c.is_alphanumeric()).count();
    if chars >= MIN_IDENTIFIER_CHARS { OF_LONG } else { (chars - chars / 4).max(MIN_ENDING_CHARS) }
}

/// The beginnings of an id as searches, the shortest first.
fn beginnings(id: &str) -> Vec<String> {
    let plain: String = id.chars().filter(|c| *c != '-').collect();
    // Hyphens are no part of what a UUID begins with.
    const LEAST_DIGITS: usize = 12;
    let is_hex = plain.len() >= LEAST_DIGITS && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (id, least) = (if is_hex { plain.as_str() } else { id }, least_chars(id));
    let ends = id.char_indices().map(|(at, c)| (at + c.len_utf8(), c));
    let begun = ends.filter(|(_, c)| c.is_alphanumeric()).map(|(end, _)| &id[..end]).skip(least - 1);
    begun
        .filter(|start| start.contains(|c: char| c.is_ascii_digit()))
        .map(|start| format!("{start}*"))
        .collect()
}

/// The ends of an id as searches, the shortest first.
fn endings(id: &str) -> Vec<String> {
    let starts: Vec<usize> = id.char_indices().map(|(at, _)| at).collect();
    let shortest_first = starts.iter().rev().map(|at| &id[*at..]);
    let lengths = least_chars(id)..=MAX_ENDING_CHARS;
    let fitting = shortest_first.filter(|end| lengths.contains(&end.chars().count()));
    fitting.map(|end| format!("*{}", signs_escaped(end))).collect()
}
