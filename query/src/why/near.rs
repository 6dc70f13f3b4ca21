//! What near an empty result would find something.

mod ids;
mod keys;
mod separators;
mod text;
mod variants;
mod written;

use std::cell::Cell;

use serde::Serialize;
use steplog_model::column::{Column, ColumnKind};
use steplog_model::content::ENDING_COLUMNS;
use steplog_model::limits;
use steplog_model::query::{Endings, FacetRequest, Filter, Query, Target};
use steplog_model::store::{Budget, EventStore, StoreError};
use steplog_model::text::folded;

use crate::columns::name_of;
use crate::nearest::nearest;
use crate::params::escaped;
use crate::text::parse;
use crate::vocabulary::Vocabulary;
use variants::{endings_of, variants};

/// The most near misses of one answer; the events of each are counted.
const MOST_NEAR: usize = 5;

/// The most questions to the store for one answer: what is nowhere may be written in many other ways.
const MOST_ASKED: usize = 32;

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

pub(super) use keys::{as_attribute, meant_key};
pub(super) use written::{as_condition, as_text, as_word, ids_in, key_and_value};

pub(super) fn find(
    store: &dyn EventStore,
    query: &Query,
    text: Option<&str>,
    words: &Vocabulary,
    budget: &Budget,
) -> Result<Vec<Near>, StoreError> {
    let mut search = Search { store, query, words, budget, near: Vec::new(), left: Cell::new(MOST_ASKED) };
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
    /// Questions that may still be asked.
    left: Cell<usize>,
}

impl Search<'_> {
    /// A value that no event of the period has, where one is spelled nearly so, or ends so.
    fn near_filter(&mut self, place: usize) -> Result<(), StoreError> {
        let Some(filter) = self.query.filters.get(place).cloned() else { return Ok(()) };
        let found = self.near.len();
        let (values, endings): (Vec<Other>, Vec<Other>) = self
            .others(&filter.target, &filter.any_of)?
            .into_iter()
            .partition(|other| matches!(other, Other::Value(_)));
        for other in values {
            self.offer_filter(place, &filter, other)?;
        }
        // What is written nearly so says more than the last characters alone.
        if self.near.len() == found {
            for other in self.nearly_written(place)? {
                self.offer_filter(place, &filter, Other::Value(other))?;
            }
        }
        for other in endings {
            self.offer_filter(place, &filter, other)?;
        }
        Ok(())
    }

    /// Offers another value or ending for a filter, where that finds something.
    fn offer_filter(&mut self, place: usize, filter: &Filter, other: Other) -> Result<(), StoreError> {
        let Some(value) = filter.any_of.first() else { return Ok(()) };
        let near = Near::of(&name_of(&filter.target), value, other.as_filter());
        let mut query = self.query.clone();
        query.filters[place] = match other {
            Other::Value(value) => Filter { any_of: vec![value], ..filter.clone() },
            Other::Ending(ending) => {
                let endings = Endings { any_of: vec![ending], none_of: filter.endings.none_of.clone() };
                Filter { any_of: vec![], endings, ..filter.clone() }
            }
        };
        self.offer(&query, near)
    }

    /// What a column or attribute may have instead of the first of some values.
    fn others(&self, target: &Target, values: &[String]) -> Result<Vec<Other>, StoreError> {
        let Some(value) = values.first() else { return Ok(Vec::new()) };
        let column = match target {
            Target::Column(column) => Some(*column),
            Target::Attribute(_) => None,
        };
        if let Some(column) = column.filter(|column| column.kind() == ColumnKind::Facet) {
            return Ok(self.near_value(column, values)?.map(Other::Value).into_iter().collect());
        }
        let mut others: Vec<Other> = variants(target, value).into_iter().map(Other::Value).collect();
        if column.is_some_and(|column| ENDING_COLUMNS.contains(&column)) {
            others.extend(endings_of(value).into_iter().map(Other::Ending));
        }
        Ok(others)
    }

    /// The value of a column that is, or is called, nearest to the first of some, where it has none of them.
    fn near_value(&self, column: Column, values: &[String]) -> Result<Option<String>, StoreError> {
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

    /// Whether one more question may be asked, which then counts.
    fn may_ask(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    fn count(&self, query: &Query) -> Result<u64, StoreError> {
        if !self.may_ask() {
            return Ok(0);
        }
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

/// What a column or attribute may have instead of a value.
enum Other {
    Value(String),
    Ending(String),
}

impl Other {
    fn as_filter(&self) -> String {
        match self {
            Self::Value(value) => escaped(value),
            Self::Ending(ending) => format!("*{ending}"),
        }
    }
}

/// A text as a search has it where its signs mean nothing.
fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Near {
    pub(super) fn is_of(&self, parameter: &str) -> bool {
        self.parameter == parameter
    }

    fn of(parameter: &str, value: &str, instead: String) -> Self {
        Self { parameter: parameter.to_owned(), value: value.to_owned(), instead, events: 0 }
    }
}
