//! What near an empty result would find something.

mod text;

use serde::Serialize;
use steplog_model::column::{Column, ColumnKind};
use steplog_model::content::{ENDING_COLUMNS, MAX_ENDING_CHARS, MIN_ENDING_CHARS};
use steplog_model::limits;
use steplog_model::query::{Endings, FacetRequest, Filter, Query, Target};
use steplog_model::store::{Budget, EventStore, StoreError};
use steplog_model::text::folded;

use crate::nearest::nearest;
use crate::params::escaped;
use crate::text::parse;
use crate::vocabulary::Vocabulary;

/// The most near misses of one answer; the events of each are counted.
const MOST_NEAR: usize = 5;

/// What to write instead of a condition.
#[derive(Debug, Serialize)]
pub(crate) struct Near {
    /// The parameter.
    parameter: String,
    /// What was asked for.
    value: String,
    /// What finds something, as the parameter has it.
    instead: String,
    events: u64,
}

pub(super) use text::{as_condition, as_text};

pub(super) fn find(
    store: &dyn EventStore,
    query: &Query,
    text: Option<&str>,
    words: &Vocabulary,
    budget: &Budget,
) -> Result<Vec<Near>, StoreError> {
    let mut search = Search { store, query, words, budget, near: Vec::new() };
    for place in 0..query.filters.len() {
        search.near_filter(place)?;
    }
    if let Some(text) = text {
        search.near_text(text)?;
    }
    Ok(search.near)
}

/// The search for what is near.
struct Search<'a> {
    store: &'a dyn EventStore,
    query: &'a Query,
    words: &'a Vocabulary,
    budget: &'a Budget,
    near: Vec<Near>,
}

impl Search<'_> {
    /// A value that no event of the period has, where one is spelled nearly so, or ends so.
    fn near_filter(&mut self, place: usize) -> Result<(), StoreError> {
        let Some(filter) = self.query.filters.get(place) else { return Ok(()) };
        let Target::Column(column) = filter.target else { return Ok(()) };
        let Some(value) = filter.any_of.first() else { return Ok(()) };
        let mut query = self.query.clone();
        let (other, instead) = if ENDING_COLUMNS.contains(&column) {
            let Some(ending) = ending_of(value) else { return Ok(()) };
            let endings = Endings { any_of: vec![ending.to_owned()], ..filter.endings.clone() };
            (Filter { any_of: vec![], endings, ..filter.clone() }, format!("*{ending}"))
        } else {
            let Some(instead) = self.near_value(column, &filter.any_of)? else { return Ok(()) };
            (Filter { any_of: vec![instead.clone()], ..filter.clone() }, escaped(&instead))
        };
        query.filters[place] = other;
        self.offer(&query, Near::of(column.name(), value, instead))
    }

    /// The value of a column that is, or is called, nearest to the first of some, where it has none of them.
    fn near_value(&self, column: Column, values: &[String]) -> Result<Option<String>, StoreError> {
        if column.kind() != ColumnKind::Facet {
            return Ok(None);
        }
        let known = self.values(vec![column])?;
        let is_known = |value: &&String| known.iter().any(|known| known == *value);
        let Some(wanted) = values.first().filter(|_| !values.iter().any(|value| is_known(&value))) else {
            return Ok(None);
        };
        let plain = folded(wanted.trim_matches('*'));
        let mut named: Vec<(String, &str)> =
            known.iter().map(|value| (folded(value), value.as_str())).collect();
        let labels = self.words.labels(column).filter(|(_, value)| known.iter().any(|known| known == value));
        named.extend(labels.map(|(label, value)| (label.to_owned(), value)));
        let near = nearest(&plain, named.iter().map(|(name, _)| name.as_str()));
        // Where several are one to a reader, the first.
        let found = near.and_then(|near| named.iter().find(|(name, _)| name == near));
        Ok(found.map(|(_, value)| (*value).to_owned()))
    }

    /// The values of columns in the period; none where they are too many to be looked through.
    fn values(&self, columns: Vec<Column>) -> Result<Vec<String>, StoreError> {
        let request = FacetRequest {
            query: Query::all(self.query.tenant.clone(), self.query.period),
            columns,
            part: String::new(),
            named: Vec::new(),
            limit: limits::MAX_FACET_VALUES,
        };
        let facets = match self.store.facets(&request, self.budget) {
            Err(StoreError::TooBroad(_)) => return Ok(Vec::new()),
            answer => answer?.facets,
        };
        let values = facets.into_iter().flat_map(|facet| facet.values);
        Ok(values.map(|value| value.value).collect())
    }

    fn finds(&self, text: &str) -> Result<u64, StoreError> {
        let Ok(expr) = parse(text) else { return Ok(0) };
        self.count(&Query { text: Some(expr), ..self.query.clone() })
    }

    fn count(&self, query: &Query) -> Result<u64, StoreError> {
        match self.store.count(query, self.budget) {
            Err(StoreError::TooBroad(_)) => Ok(0),
            answer => Ok(answer?.events),
        }
    }

    fn offer_text(&mut self, text: &str, instead: String) -> Result<(), StoreError> {
        let Ok(expr) = parse(&instead) else { return Ok(()) };
        let mut query = Query { text: Some(expr), ..self.query.clone() };
        self.words.expand(&mut query);
        self.offer(&query, Near::of("q", text, instead))
    }

    /// Tells what is near if it finds something.
    fn offer(&mut self, query: &Query, near: Near) -> Result<(), StoreError> {
        let told = self.near.iter().any(|one| one.parameter == near.parameter && one.instead == near.instead);
        if self.near.len() == MOST_NEAR || told || near.instead == near.value {
            return Ok(());
        }
        let events = self.count(query)?;
        if events > 0 {
            self.near.push(Near { events, ..near });
        }
        Ok(())
    }
}

/// What an id may end with, where it is written: the whole, or what stands behind the `…` of one that is shown cut.
fn ending_of(value: &str) -> Option<&str> {
    let ending = value.rsplit('…').next()?;
    (MIN_ENDING_CHARS..=MAX_ENDING_CHARS).contains(&ending.chars().count()).then_some(ending)
}

/// A text as a search has it where its signs mean nothing.
fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Near {
    fn of(parameter: &str, value: &str, instead: String) -> Self {
        Self { parameter: parameter.to_owned(), value: value.to_owned(), instead, events: 0 }
    }
}
