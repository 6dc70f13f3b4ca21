//! What every event store promises.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::event::{EventBatch, StoredEvent};
use crate::ids::{EventId, Tenant};
use crate::query::{
    Arrivals, ArrivalsRequest, Count, FacetRequest, Facets, Histogram, HistogramRequest, Hotspots,
    HotspotsRequest, Page, PageRequest, Query, SpellingsRequest,
};
use crate::time::{Received, UnixNanos};

/// Keeps events and answers questions about them.
///
/// Guarantees, which the contract suite holds every implementation to:
/// - [`ingest`](Self::ingest) resolves with `Ok` only once the events survive a power cut. On `Err`
///   each event of the batch may or may not be stored; sending the batch again stores it once.
/// - An event of one id is stored once for as long as it is kept.
/// - An acknowledged event becomes visible soon; once seen by one question it is seen by all later ones.
/// - Answers equal a scan with [`Query::matches`]; where a part could not be read, they say so by `complete`.
/// - Reads block the calling thread and end soon after their [`Budget`] does.
pub trait EventStore: Send + Sync + 'static {
    /// Makes the events durable.
    fn ingest(&self, batch: EventBatch) -> IngestFuture;

    /// One page of events.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn page(&self, request: &PageRequest, budget: &Budget) -> Result<Page, StoreError>;

    /// The event of an id, if it is stored and visible.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn event(&self, tenant: &Tenant, id: EventId, budget: &Budget)
    -> Result<Option<StoredEvent>, StoreError>;

    /// Whether an event of this id is durable and may not be visible yet: asked before [`event`](Self::event), it tells
    /// an event that is not found yet from one that is not kept.
    fn is_waiting(&self, _tenant: &Tenant, _id: EventId) -> bool {
        false
    }

    /// Value lists of columns.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn facets(&self, request: &FacetRequest, budget: &Budget) -> Result<Facets, StoreError>;

    /// Counts of events over time, by status.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn histogram(&self, request: &HistogramRequest, budget: &Budget) -> Result<Histogram, StoreError>;

    /// Words of the texts of a period that are spelled nearly as another is, the most frequent first,
    /// [`crate::limits::MAX_SPELLINGS`] at most. A store may look through the newest events alone, and tell words of events
    /// near the period: this is for an offer, which is counted before it is made.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn spellings(&self, _request: &SpellingsRequest, _budget: &Budget) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    /// How many events a question asks for.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn count(&self, query: &Query, budget: &Budget) -> Result<Count, StoreError>;

    /// Events grouped by object, version and element.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn hotspots(&self, request: &HotspotsRequest, budget: &Budget) -> Result<Hotspots, StoreError>;

    /// Events in the order in which they arrived, from one arrival number on: only such events as
    /// every other question sees as well, and none that another of a lower number may still precede.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn arrivals(&self, request: &ArrivalsRequest, budget: &Budget) -> Result<Arrivals, StoreError>;

    /// How the store is.
    fn health(&self) -> Health;

    /// What time it is for what comes now: the clock's, and the latest that the store has reason to believe.
    fn received(&self) -> Received {
        UnixNanos::now().into()
    }
}

/// The outcome of an ingest, some time later. It does not borrow the store, and dropping it does not undo it.
pub type IngestFuture = Pin<Box<dyn Future<Output = Result<Ingested, IngestError>> + Send + 'static>>;

/// What became of a batch's events: `stored + duplicates + rejected.len()` is their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Stored by this call.
    pub stored: usize,
    /// Had been stored before, or stood twice in the batch.
    pub duplicates: usize,
    /// Refused for good: the event's place in the batch, and why in words for its sender.
    pub rejected: Vec<(usize, String)>,
}

/// A batch that was not taken now. Always worth sending again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// The queue is full.
    #[error("the store is busy: its queue is full; send again in {} s", retry_after.as_secs_f32())]
    Busy {
        /// When to send again.
        retry_after: Duration,
    },
    /// The disk refuses writes: full, read-only, failing. Clears by itself, or after a restart, as the text says.
    #[error("the store cannot write: {reason}")]
    Unwritable {
        /// What is wrong and what to do.
        reason: String,
        /// When to send again.
        retry_after: Duration,
    },
    /// Whether these events are stored already is not known yet: the store has just begun.
    #[error("the store is not ready for these events yet: {reason}")]
    Unready {
        /// What is missing.
        reason: String,
        /// When to send again.
        retry_after: Duration,
    },
    /// The store is shutting down.
    #[error("the store is stopping")]
    Stopping,
}

impl IngestError {
    /// When the sender should try again.
    #[must_use]
    pub const fn retry_after(&self) -> Duration {
        match self {
            Self::Busy { retry_after }
            | Self::Unwritable { retry_after, .. }
            | Self::Unready { retry_after, .. } => *retry_after,
            Self::Stopping => Duration::from_secs(1),
        }
    }
}

/// A question that got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The budget's deadline passed.
    #[error("the question took longer than {} s; ask for a shorter period or add a filter", limit.as_secs_f32())]
    TimedOut {
        /// The time allowed.
        limit: Duration,
    },
    /// The asker went away.
    #[error("the question was withdrawn")]
    Cancelled,
    /// The question would need more than its bound allows.
    #[error("{0}")]
    TooBroad(String),
    /// A part of the store could not be read or is not what it should be.
    #[error("the store failed")]
    Failed(#[source] Cause),
}

/// What made a store fail. Two are equal where they say the same.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        in_full(self) == in_full(other)
    }
}

impl Eq for Cause {}

impl StoreError {
    /// The store failed: by an error, which is kept with all that it came from, or as a text says.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(Cause(Arc::from(cause.into())))
    }
}

/// An error and all that it came from, as one text.
#[must_use]
pub fn in_full(error: &dyn Error) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// How long a question may take, and whether its asker is still there.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: Duration,
    deadline: Instant,
    cancelled: Arc<AtomicBool>,
}

impl Budget {
    /// A budget that ends `limit` from now.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        let now = Instant::now();
        // A limit beyond what the clock can hold is as good as a year.
        let deadline = now.checked_add(limit).unwrap_or(now + Duration::from_secs(31_536_000));
        Self { limit, deadline, cancelled: Arc::default() }
    }

    /// Ends the budget of all clones at once.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Asked every few thousand events by whoever works on the answer.
    ///
    /// # Errors
    /// [`StoreError::Cancelled`] or [`StoreError::TimedOut`].
    pub fn check(&self) -> Result<(), StoreError> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(StoreError::Cancelled);
        }
        if Instant::now() >= self.deadline {
            return Err(StoreError::TimedOut { limit: self.limit });
        }
        Ok(())
    }
}

/// How a store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Why events are not taken now, in words for an operator; `None` while they are.
    pub not_writable: Option<String>,
    /// Why events that are kept do not show in answers, in words for an operator; `None` while all do that should.
    pub not_searchable: Option<String>,
    /// What is wrong without stopping anything: damage set aside, an index being rebuilt.
    pub notices: Vec<String>,
    /// Events kept, over all tenants.
    pub events: u64,
    /// Events that are durable but not yet searchable.
    pub unindexed_events: u64,
    /// Bytes waiting to be written.
    pub queued_bytes: u64,
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read records of a day")]
    struct Unreadable(#[source] io::Error);

    #[test]
    fn a_failure_keeps_what_it_came_from_and_tells_it_once() {
        let failed = || StoreError::failed(Unreadable(io::Error::other("no such sector")));
        assert_eq!(in_full(&failed()), "the store failed: cannot read records of a day: no such sector");
        assert_eq!(in_full(&StoreError::failed("in words")), "the store failed: in words");
        let error = failed();
        let first = std::iter::successors(error.source(), |error| (*error).source()).last();
        assert!(first.and_then(|first| first.downcast_ref::<io::Error>()).is_some(), "{error:?}");
        assert_eq!(failed(), failed());
        assert_ne!(failed(), StoreError::failed("cannot read records of a day"));
    }
}
