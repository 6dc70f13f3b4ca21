//! Answers to questions over the days of one tenant.
//!
//! Within a segment events lie in the order of arrival, which is nearly that of time. A page walks
//! the days and segments from its end of time on, in windows of blocks, and stops as soon as no
//! block that is left can hold an event that belongs on the page. The order is that of time, then
//! arrival number; both orders and both directions are one walk with other bounds.

mod bits;
mod count;
mod cursor;
mod facets;
mod groups;
mod histogram;
mod hits;
mod hotspots;
mod key;
mod node;
mod page;
mod plan;
mod resolve;
mod spellings;
#[cfg(test)]
mod tests;
mod values;
mod walk;

use std::sync::Arc;

use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;
use steplog_model::query::{
    Count, FacetRequest, Facets, Histogram, HistogramRequest, Hotspots, HotspotsRequest, Page, PageRequest,
    Query, SpellingsRequest,
};
use steplog_model::store::{Budget, StoreError};
use steplog_model::time::UtcDay;

use crate::index::{DaySnapshot, IndexError, guarded};

/// The records of a day.
pub(crate) trait Records: Send + Sync {
    /// The events with these arrival numbers; those that cannot be read are left out.
    fn read(&self, seqs: &[Seq]) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.read_within(seqs, usize::MAX)?.0)
    }

    /// The events with the first of these arrival numbers: as many as have no more than so many bytes together, but
    /// one at least, and how many of the numbers that were. Never holds more than that.
    fn read_within(&self, seqs: &[Seq], bytes: usize) -> Result<(Vec<StoredEvent>, usize), StoreError>;
}

/// A day of the tenant that a question is about.
pub(crate) struct Day {
    /// Which one. All its events happened on it.
    pub(crate) day: UtcDay,
    /// What of it can be searched.
    pub(crate) snapshot: Arc<DaySnapshot>,
    /// Where its events are.
    pub(crate) records: Arc<dyn Records>,
}

/// One page; `days` in any order. The page is not complete where a record could not be read.
pub(crate) fn page(days: &[Day], request: &PageRequest, budget: &Budget) -> Result<Page, StoreError> {
    guarded(|| page::page(days, request, budget), StoreError::failed)
}

/// Value lists with counts.
pub(crate) fn facets(days: &[Day], request: &FacetRequest, budget: &Budget) -> Result<Facets, StoreError> {
    guarded(|| facets::facets(days, request, budget), StoreError::failed)
}

/// Counts over time, by status.
pub(crate) fn histogram(
    days: &[Day],
    request: &HistogramRequest,
    budget: &Budget,
) -> Result<Histogram, StoreError> {
    guarded(|| histogram::histogram(days, request, budget), StoreError::failed)
}

/// Events grouped by object, version and element.
pub(crate) fn hotspots(
    days: &[Day],
    request: &HotspotsRequest,
    budget: &Budget,
) -> Result<Hotspots, StoreError> {
    guarded(|| hotspots::hotspots(days, request, budget), StoreError::failed)
}

/// Words that are spelled nearly as another is.
pub(crate) fn spellings(
    days: &[Day],
    request: &SpellingsRequest,
    budget: &Budget,
) -> Result<Vec<String>, StoreError> {
    guarded(|| spellings::spellings(days, request, budget), StoreError::failed)
}

/// How many events a question asks for.
pub(crate) fn count(days: &[Day], query: &Query, budget: &Budget) -> Result<Count, StoreError> {
    guarded(|| count::count(days, query, budget), StoreError::failed)
}

impl From<IndexError> for StoreError {
    fn from(error: IndexError) -> Self {
        Self::failed(error)
    }
}

/// Reading of an index failed.
#[derive(Debug, thiserror::Error)]
#[error("the index cannot be read")]
struct UnreadableIndex(#[source] Box<dyn std::error::Error + Send + Sync>);

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::failed(UnreadableIndex(Box::new(error)))
}
