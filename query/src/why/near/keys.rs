//! Keys of attributes that are spelled nearly as one that no event has.

use std::collections::BTreeSet;

use steplog_model::content::visit_attribute_keys;
use steplog_model::query::{Expr, Filter, Order, PageRequest, Phrase, Presence, Query, Target};
use steplog_model::store::{Budget, EventStore, StoreError};

use super::written::signs_escaped;
use super::{Search, in_quotes};
use crate::columns::ATTRIBUTE;
use crate::nearest::nearest;

/// How many events are looked at for their keys, the newest: no list of keys is kept.
const MOST_EVENTS: usize = 200;

/// The key that was meant where no event of a question's period has an attribute: the nearest one of the events that have
/// the value in their texts, else of the newest.
pub(in crate::why) fn meant_key(
    store: &dyn EventStore,
    question: &Query,
    key: &str,
    value: &str,
    budget: &Budget,
) -> Result<Option<String>, StoreError> {
    let all = Query::all(question.tenant.clone(), question.period);
    let having = Filter { presence: Presence::Present, ..Filter::on(Target::Attribute(key.to_owned())) };
    if store.count(&Query { filters: vec![having], ..all.clone() }, budget)?.events > 0 {
        return Ok(None);
    }
    let words = Phrase::new(value);
    let with_value = (!words.is_empty()).then(|| Query { text: Some(Expr::Phrase(words)), ..all.clone() });
    for question in with_value.into_iter().chain([all]) {
        let newest = match store.page(&PageRequest::first(question, Order::NewestFirst, MOST_EVENTS), budget)
        {
            Err(StoreError::TooBroad(_)) => continue,
            answer => answer?.events,
        };
        let mut keys = BTreeSet::new();
        for stored in &newest {
            visit_attribute_keys(&stored.event, &mut |key| {
                keys.insert(key.to_owned());
            });
        }
        let near = nearest(key, keys.iter().map(String::as_str));
        if let Some(near) = near.filter(|near| *near != key) {
            return Ok(Some(near.to_owned()));
        }
    }
    Ok(None)
}

/// A value of an attribute, as a search asks for it.
pub(in crate::why) fn as_attribute(key: &str, value: &str) -> String {
    format!("{ATTRIBUTE}{}:{}", signs_escaped(key), in_quotes(value))
}

impl Search<'_> {
    /// The key that was meant, where no more than the value is known to be right.
    pub(super) fn meant_key(&self, key: &str, value: &str) -> Result<Option<String>, StoreError> {
        /// What it asks the store.
        const QUESTIONS: usize = 3;
        if (0..QUESTIONS).any(|_| !self.may_ask()) {
            return Ok(None);
        }
        meant_key(self.store, self.query, key, value, self.budget)
    }
}
