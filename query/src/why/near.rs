//! What near an empty result would find something.

use serde::Serialize;
use steplog_model::column::{Column, ColumnKind};
use steplog_model::content::{ENDING_COLUMNS, MAX_ENDING_CHARS, MIN_ENDING_CHARS};
use steplog_model::limits;
use steplog_model::query::{Endings, Expr, FacetRequest, Filter, Query, Target};
use steplog_model::store::{Budget, EventStore, StoreError};
use steplog_model::text::{Token, folded, visit_tokens};

use crate::nearest::nearest;
use crate::params::escaped;
use crate::text::parse;
use crate::vocabulary::Vocabulary;

/// The most near misses that are told of one question; each is counted.
const MOST_NEAR: usize = 5;

/// The most words of a search that are looked at one by one.
const MOST_WORDS: usize = 6;

/// Columns whose values people call otherwise.
const NAMED: [Column; 4] = [Column::Event, Column::Status, Column::OccurredIn, Column::Version];

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
            let chars = value.chars().count();
            if !(MIN_ENDING_CHARS..=MAX_ENDING_CHARS).contains(&chars) {
                return Ok(());
            }
            let endings = Endings { any_of: vec![value.clone()], ..filter.endings.clone() };
            (Filter { any_of: vec![], endings, ..filter.clone() }, format!("*{value}"))
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

    fn near_text(&mut self, text: &str) -> Result<(), StoreError> {
        self.called(text)?;
        let loose = text.replace(['"', '(', ')'], " ");
        let words: Vec<&str> = loose.split_whitespace().collect();
        let has_plain_words = words.iter().all(|word| is_plain(word));
        if has_plain_words && loose == text {
            self.near_plain(text, &words)?;
        } else {
            // The same words, wherever they stand.
            if has_plain_words && text.contains('"') {
                self.offer_text(text, words.join(" "))?;
            }
            self.near_field(text)?;
            // A text that was pasted may have signs that mean something here.
            self.offer_text(text, in_quotes(text))?;
        }
        if self.near.is_empty() { self.nearly_called(text) } else { Ok(()) }
    }

    /// What a value is called, as a search: the words of `Started` are no words of `in_progress`.
    fn called(&mut self, text: &str) -> Result<(), StoreError> {
        let name = text.replace('"', " ");
        for column in NAMED {
            for value in self.words.meant(column, name.trim()) {
                self.offer_text(text, format!("{column}:{}", in_quotes(&value)))?;
            }
        }
        Ok(())
    }

    fn nearly_called(&mut self, text: &str) -> Result<(), StoreError> {
        let words = self.words;
        let labels: Vec<(Column, &str, &str)> = NAMED
            .into_iter()
            .flat_map(|column| words.labels(column).map(move |(label, value)| (column, label, value)))
            .collect();
        let near = nearest(&folded(text), labels.iter().map(|(_, label, _)| *label));
        for (column, _, value) in labels.iter().filter(|(_, label, _)| Some(*label) == near) {
            self.offer_text(text, format!("{column}:{}", in_quotes(value)))?;
        }
        Ok(())
    }

    fn near_plain(&mut self, text: &str, words: &[&str]) -> Result<(), StoreError> {
        let begun: Vec<String> = words.iter().map(|word| begun(word)).collect();
        self.offer_text(text, begun.join(" "))?;
        if let [word] = words {
            self.offer_text(text, format!("*{word}"))?;
        }
        if words.len() <= MOST_WORDS {
            self.near_words(text, words)?;
        }
        Ok(())
    }

    /// The words one by one: those that are nowhere left out, or spelled otherwise.
    fn near_words(&mut self, text: &str, words: &[&str]) -> Result<(), StoreError> {
        let mut missing = Vec::new();
        for word in words {
            let finds = words.len() > 1 && self.finds(word)? > 0;
            missing.push(!finds);
        }
        let with = |replaced: &dyn Fn(usize) -> Option<String>| {
            let kept = (0..words.len()).filter_map(replaced).collect::<Vec<_>>();
            kept.join(" ")
        };
        if missing.contains(&true) {
            let known = self.values(Column::facets().collect())?;
            let spelled = known_words(&known);
            let other = |place: usize| {
                let word = words.get(place)?;
                let is_missing = missing.get(place).copied().unwrap_or_default();
                let near = nearest(&folded(word), spelled.iter().map(String::as_str)).filter(|_| is_missing);
                Some(near.unwrap_or(word).to_owned())
            };
            self.offer_text(text, with(&other))?;
        }
        if missing.iter().all(|missing| !missing) {
            self.offer_text(text, words.join(" OR "))?;
            for out in 0..words.len() {
                self.offer_text(
                    text,
                    with(&|place| words.get(place).filter(|_| place != out).map(|w| (*w).to_owned())),
                )?;
            }
            return Ok(());
        }
        let kept = |place: usize| {
            let is_kept = !missing.get(place).copied().unwrap_or_default();
            words.get(place).filter(|_| is_kept).map(|word| (*word).to_owned())
        };
        self.offer_text(text, with(&kept))
    }

    /// A single `column:value`, which may stand for several values.
    fn near_field(&mut self, text: &str) -> Result<(), StoreError> {
        let Some(expr) = &self.query.text else { return Ok(()) };
        let all = match expr {
            Expr::Or(parts) => parts.iter().collect(),
            single => vec![single],
        };
        let values: Vec<(Column, String)> = all
            .into_iter()
            .filter_map(|part| match part {
                Expr::Column(column, value) => Some((*column, value.clone())),
                _ => None,
            })
            .collect();
        let Some((column, written)) = values.first().cloned() else { return Ok(()) };
        if ENDING_COLUMNS.contains(&column) {
            return self.offer_text(text, format!("{column}:*{}", written.replace(' ', "\\ ")));
        }
        let values: Vec<String> = values.into_iter().map(|(_, value)| value).collect();
        match self.near_value(column, &values)? {
            Some(value) => self.offer_text(text, format!("{column}:{}", in_quotes(&value))),
            None => Ok(()),
        }
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
        let query = Query { text: Some(expr), ..self.query.clone() };
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

/// A text as a search has it where its signs mean nothing.
fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a word of a search is text and nothing of the grammar.
fn is_plain(word: &str) -> bool {
    !matches!(word, "OR" | "AND" | "NOT") && !word.starts_with('-') && !word.contains([':', '*', '\\'])
}

/// The word as a beginning, where it can be one.
fn begun(word: &str) -> String {
    let begun = format!("{word}*");
    match word.chars().nth(1).is_some() && parse(&begun).is_ok() {
        true => begun,
        false => word.to_owned(),
    }
}

/// The words of values, each once.
fn known_words(values: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    for value in values {
        visit_tokens(value, &mut |token, _| {
            if let Token::Word(word) = token {
                words.push(word.to_owned());
            }
        });
    }
    words.sort_unstable();
    words.dedup();
    words
}

impl Near {
    fn of(parameter: &str, value: &str, instead: String) -> Self {
        Self { parameter: parameter.to_owned(), value: value.to_owned(), instead, events: 0 }
    }
}
