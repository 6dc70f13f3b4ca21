//! Why a result is empty, and what near it would find something.

use serde::Serialize;
use steplog_model::column::{Column, ColumnKind};
use steplog_model::limits;
use steplog_model::query::{Expr, FacetRequest, Filter, Period, Query, Target};
use steplog_model::store::{Budget, EventStore, StoreError};

use crate::columns::ATTRIBUTE;
use crate::nearest::nearest;

/// The most near misses that are told of one question; each is counted.
const MOST_NEAR: usize = 5;

/// What an empty result would have without one of its conditions.
#[derive(Debug, Serialize)]
pub(crate) struct Without {
    without: String,
    events: u64,
    complete: bool,
}

/// What to write instead of a condition.
#[derive(Debug, Serialize)]
pub(crate) struct Near {
    /// The parameter.
    parameter: String,
    /// What was asked for.
    value: String,
    /// What finds something.
    instead: String,
    events: u64,
}

/// Why a page is empty.
#[derive(Debug)]
pub(crate) struct Why {
    pub(crate) without: Vec<Without>,
    pub(crate) near: Vec<Near>,
}

impl Why {
    /// Counts without each single condition (each filter, the search text, the period), and with what is near to one.
    /// `text` is the search as it was written.
    pub(crate) fn ask(
        store: &dyn EventStore,
        query: &Query,
        text: Option<&str>,
        budget: &Budget,
    ) -> Result<Self, StoreError> {
        let without = without(store, query, budget)?;
        let mut search = Search { store, query, budget, near: Vec::new() };
        for place in 0..query.filters.len() {
            search.near_filter(place)?;
        }
        if let Some(text) = text {
            search.near_text(text)?;
        }
        Ok(Self { without, near: search.near })
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
        let name = match &filter.target {
            Target::Column(column) => column.name().to_owned(),
            Target::Attribute(key) => format!("{ATTRIBUTE}{key}"),
        };
        ask(name, &less)?;
    }
    if query.text.is_some() {
        ask("q".to_owned(), &Query { text: None, ..query.clone() })?;
    }
    ask("period".to_owned(), &Query { period: Period::ALL, ..query.clone() })?;
    Ok(reasons)
}

/// The search for what is near.
struct Search<'a> {
    store: &'a dyn EventStore,
    query: &'a Query,
    budget: &'a Budget,
    near: Vec<Near>,
}

impl Search<'_> {
    /// A value that no event of the period has, where one is spelled nearly so.
    fn near_filter(&mut self, place: usize) -> Result<(), StoreError> {
        let Some(filter) = self.query.filters.get(place) else { return Ok(()) };
        let Target::Column(column) = filter.target else { return Ok(()) };
        let Some(value) = filter.any_of.first() else { return Ok(()) };
        let Some(instead) = self.near_value(column, &filter.any_of)? else { return Ok(()) };
        let mut query = self.query.clone();
        let any_of = vec![instead.clone()];
        query.filters[place] = Filter { any_of, ..filter.clone() };
        self.offer(&query, Near::of(column.name(), value, instead))
    }

    /// The value of a column that is nearest to the first of some, where it has none of them.
    fn near_value(&self, column: Column, values: &[String]) -> Result<Option<String>, StoreError> {
        if column.kind() != ColumnKind::Facet {
            return Ok(None);
        }
        let request = FacetRequest {
            query: Query::all(self.query.tenant.clone(), self.query.period),
            columns: vec![column],
            part: String::new(),
            named: Vec::new(),
            limit: limits::MAX_FACET_VALUES,
        };
        let facets = match self.store.facets(&request, self.budget) {
            // A column of too many values has no hint.
            Err(StoreError::TooBroad(_)) => return Ok(None),
            answer => answer?.facets,
        };
        let known: Vec<&str> =
            facets.iter().flat_map(|facet| &facet.values).map(|value| value.value.as_str()).collect();
        let Some(wanted) =
            values.first().filter(|_| !values.iter().any(|value| known.contains(&value.as_str())))
        else {
            return Ok(None);
        };
        let lower = wanted.to_lowercase();
        let same = known.iter().find(|value| value.to_lowercase() == lower);
        let near = same.copied().or_else(|| nearest(wanted, known.iter().copied()));
        Ok(near.map(str::to_owned))
    }

    /// Words as the beginnings of words; a value of a column within the search that is spelled nearly so.
    fn near_text(&mut self, text: &str) -> Result<(), StoreError> {
        let Some(expr) = &self.query.text else { return Ok(()) };
        let plain = |word: &str| {
            word.chars().all(char::is_alphanumeric)
                && word.chars().nth(1).is_some()
                && !matches!(word, "OR" | "AND" | "NOT")
        };
        if text.split_whitespace().all(plain) {
            let instead: Vec<String> = text.split_whitespace().map(|word| format!("{word}*")).collect();
            let instead = instead.join(" ");
            if let Ok(begun) = crate::text::parse(&instead) {
                let query = Query { text: Some(begun), ..self.query.clone() };
                self.offer(&query, Near::of("q", text, instead))?;
            }
            return Ok(());
        }
        // A single `column:value`, which may stand for several values.
        let values: Vec<(Column, String)> = match expr {
            Expr::Column(column, value) => vec![(*column, value.clone())],
            Expr::Or(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Expr::Column(column, value) => Some((*column, value.clone())),
                    _ => None,
                })
                .collect(),
            _ => return Ok(()),
        };
        let Some((column, _)) = values.first().cloned() else { return Ok(()) };
        let values: Vec<String> = values.into_iter().map(|(_, value)| value).collect();
        let Some(value) = self.near_value(column, &values)? else { return Ok(()) };
        let query = Query { text: Some(Expr::Column(column, value.clone())), ..self.query.clone() };
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        self.offer(&query, Near::of("q", text, format!("{column}:\"{escaped}\"")))
    }

    /// Tells what is near if it finds something.
    fn offer(&mut self, query: &Query, near: Near) -> Result<(), StoreError> {
        if self.near.len() == MOST_NEAR {
            return Ok(());
        }
        let events = match self.store.count(query, self.budget) {
            Err(StoreError::TooBroad(_)) => 0,
            answer => answer?.events,
        };
        if events > 0 {
            self.near.push(Near { events, ..near });
        }
        Ok(())
    }
}

impl Near {
    fn of(parameter: &str, value: &str, instead: String) -> Self {
        Self { parameter: parameter.to_owned(), value: value.to_owned(), instead, events: 0 }
    }
}
