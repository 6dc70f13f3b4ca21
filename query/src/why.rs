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
/// nothing, so that of several conditions none is blamed: any may be the one.
pub(crate) fn hints(query: &Query, text: Option<&str>) -> Vec<Hint> {
    if conditions(query) > 1 { Vec::new() } else { one_each(hints::of(query, text)) }
}

fn conditions(query: &Query) -> usize {
    query.filters.len() + usize::from(query.text.is_some())
}

/// Which conditions of a question find something alone: nothing is wrong with these.
struct Alone<'a> {
    store: &'a dyn EventStore,
    query: &'a Query,
    budget: &'a Budget,
    /// By parameter.
    known: Vec<(String, bool)>,
}

impl Alone<'_> {
    /// The most conditions that are asked for alone.
    const MOST: usize = 4;

    /// The hints on what finds nothing alone.
    fn blamed(&mut self, hints: Vec<Hint>) -> Result<Vec<Hint>, StoreError> {
        if conditions(self.query) < 2 {
            return Ok(hints);
        }
        let mut blamed = Vec::new();
        for hint in hints {
            if !self.finds(hint.parameter())? {
                blamed.push(hint);
            }
        }
        Ok(blamed)
    }

    fn finds(&mut self, parameter: &str) -> Result<bool, StoreError> {
        if let Some((_, finds)) = self.known.iter().find(|(known, _)| known == parameter) {
            return Ok(*finds);
        }
        let filters = self.query.filters.iter().filter(|filter| name_of(&filter.target) == parameter);
        let (filters, text) = match parameter {
            "q" => (Vec::new(), self.query.text.clone()),
            _ => (filters.cloned().collect(), None),
        };
        let alone = Query { filters, text, ..self.query.clone() };
        let is_condition = conditions(&alone) > 0 && self.known.len() < Self::MOST;
        let finds = is_condition && self.store.count(&alone, self.budget)?.events > 0;
        self.known.push((parameter.to_owned(), finds));
        Ok(finds)
    }
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
        let ids = near::ids_in(text).into_iter().map(|id| near::as_word(&id));
        for instead in near::as_condition(text).into_iter().chain(near::as_text(text)).chain(ids) {
            let Some(query) = read(&instead) else { continue };
            let events = store.count(&query, budget)?.events;
            if events > 0 {
                return Ok(Some(Self { instead, events }));
            }
        }
        let Some((key, value)) = near::key_and_value(text) else { return Ok(None) };
        let Some(question) = read(&near::as_attribute(key, value)) else { return Ok(None) };
        let Some(meant) = near::meant_key(store, &question, key, value, budget)? else { return Ok(None) };
        let instead = near::as_attribute(&meant, value);
        let Some(query) = read(&instead) else { return Ok(None) };
        let events = store.count(&query, budget)?.events;
        Ok((events > 0).then_some(Self { instead, events }))
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
        let mut alone = Alone { store, query, budget, known: Vec::new() };
        let mut hints = alone.blamed(one_each(hints::of(query, text)))?;
        match store.health().unindexed_events {
            0 => {
                let mut unlisted = absent::unlisted(store, query, words, budget)?;
                unlisted.retain(|hint| !near.iter().any(|near| near.is_of(hint.parameter())));
                hints = one_each([hints, unlisted].concat());
                if near.is_empty() && hints.is_empty() {
                    hints = alone.blamed(one_each(absent::hints(store, query, budget)?))?;
                }
                if near.is_empty() && hints.is_empty() {
                    hints = alone.blamed(text.map(Hint::of_search).into_iter().collect())?;
                }
            }
            // What these have is not known.
            waiting => hints.insert(0, hints::of_waiting(waiting)),
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
