//! Why a result is empty, and what near it would find something.

mod absent;
mod facts;
mod hints;
mod near;

use serde::Serialize;
use steplog_model::query::{Period, Query};
use steplog_model::store::{Budget, EventStore, StoreError};

use crate::columns::name_of;
use crate::vocabulary::Vocabulary;
pub(crate) use hints::Hint;
pub(crate) use near::Near;

/// What an empty result would have without one of its conditions.
#[derive(Debug, Serialize)]
pub(crate) struct Without {
    without: String,
    events: u64,
    complete: bool,
}

/// Why a page is empty.
#[derive(Debug)]
pub(crate) struct Why {
    pub(crate) without: Vec<Without>,
    pub(crate) near: Vec<Near>,
    /// What is never found so; else, where nothing is near, what to know.
    pub(crate) hints: Vec<Hint>,
}

/// What cannot be found by what a question asks for, and what to do instead. `text` is the search as it was written. Costs
/// nothing.
pub(crate) fn hints(query: &Query, text: Option<&str>) -> Vec<Hint> {
    one_each(hints::of(query, text))
}

/// One hint for each value of a parameter: a reader tells them apart by that.
fn one_each(hints: Vec<Hint>) -> Vec<Hint> {
    let mut one_each: Vec<Hint> = Vec::new();
    for hint in hints {
        if !one_each.iter().any(|known| known.is_of_the_same(&hint)) {
            one_each.push(hint);
        }
    }
    one_each
}

/// What a text that cannot be read as a search finds otherwise.
pub(crate) struct Otherwise {
    /// The search.
    pub(crate) instead: String,
    pub(crate) events: u64,
}

impl Otherwise {
    /// The first search that finds something: a name and a value as a condition, the text as it is, whole and word by
    /// word. `read` makes a question of a search.
    pub(crate) fn ask(
        store: &dyn EventStore,
        text: &str,
        read: impl Fn(&str) -> Option<Query>,
        budget: &Budget,
    ) -> Result<Option<Self>, StoreError> {
        for instead in near::as_condition(text).into_iter().chain(near::as_text(text)) {
            let Some(query) = read(&instead) else { continue };
            let events = store.count(&query, budget)?.events;
            if events > 0 {
                return Ok(Some(Self { instead, events }));
            }
        }
        Ok(None)
    }
}

impl Why {
    /// Counts without each single condition (each filter, the search text, the period), and with what is near to one.
    /// `text` is the search as it was written, `words` what people call the values of columns.
    pub(crate) fn ask(
        store: &dyn EventStore,
        query: &Query,
        text: Option<&str>,
        words: &Vocabulary,
        budget: &Budget,
    ) -> Result<Self, StoreError> {
        let near = near::find(store, query, text, words, budget)?;
        let mut hints = hints(query, text);
        if near.is_empty() && hints.is_empty() {
            hints = one_each(absent::hints(store, query, budget)?);
        }
        if near.is_empty() && hints.is_empty() {
            hints.extend(text.map(Hint::of_search));
        }
        Ok(Self { without: without(store, query, budget)?, near, hints })
    }
}

fn without(store: &dyn EventStore, query: &Query, budget: &Budget) -> Result<Vec<Without>, StoreError> {
    let mut reasons = Vec::new();
    let mut ask = |without: String, less: &Query| {
        let count = store.count(less, budget)?;
        reasons.push(Without { without, events: count.events, complete: count.complete });
        Ok(())
    };
    for (place, filter) in query.filters.iter().enumerate() {
        let mut less = query.clone();
        less.filters.remove(place);
        let name = name_of(&filter.target);
        ask(name, &less)?;
    }
    if query.text.is_some() {
        ask("q".to_owned(), &Query { text: None, ..query.clone() })?;
    }
    ask("period".to_owned(), &Query { period: Period::ALL, ..query.clone() })?;
    Ok(reasons)
}
