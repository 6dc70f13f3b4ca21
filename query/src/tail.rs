//! The live tail: a stream of new events.
//!
//! One task reads new events from the store and broadcasts them to all listeners, each of which filters for
//! itself. A listener that was too slow, or reconnects, reads from its own position in the store. One that is too far
//! behind skips ahead, and gets the number of events that it missed.

mod feed;

use std::sync::Arc;
use std::time::Duration;

use steplog_model::event::StoredEvent;
use steplog_model::ids::{Seq, Tenant};
use steplog_model::query::{Arrivals, ArrivalsRequest};
use steplog_model::store::{Budget, EventStore, StoreError};
use steplog_net::panics::TOLD;
use steplog_net::{Charge, Client, Room};
use tokio::sync::broadcast::error::RecvError;

use feed::{Batch, Feed, Heard};

/// How many may listen at once.
const MAX_LISTENERS: usize = 256;
/// A listener that is further behind skips ahead and gets one `missed` message.
const MAX_BEHIND: u64 = 10_000;
/// How many are read from the store at once.
const READ_AT_ONCE: usize = 500;
/// The time limit of one read.
const READ_WITHIN: Duration = Duration::from_secs(10);

/// Room for listeners, those of all tenants.
#[derive(Clone)]
pub(crate) struct Places(Room);

impl Default for Places {
    fn default() -> Self {
        Self(Room::new(MAX_LISTENERS, 0, metrics::gauge!("steplog_tail_followers")))
    }
}

/// The tail of one tenant's events.
pub(crate) struct Tail {
    source: Source,
    feed: Feed,
    places: Places,
}

/// Where arrivals are read.
#[derive(Clone)]
struct Source {
    store: Arc<dyn EventStore>,
    tenant: Tenant,
}

impl Source {
    /// The next arrivals after a place.
    async fn after(&self, after: Seq, limit: usize) -> Result<Arrivals, StoreError> {
        let Self { store, tenant } = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let request = ArrivalsRequest { tenant, after, limit };
            store.arrivals(&request, &Budget::new(READ_WITHIN))
        });
        // A panic, whose place is in the log. Its text may hold what events do.
        read.await.unwrap_or_else(|_| Err(StoreError::failed(TOLD)))
    }

    /// The place of the newest arrival.
    async fn newest(&self) -> Result<Seq, StoreError> {
        Ok(self.after(0, 0).await?.upto)
    }
}

/// A message to a listener.
pub(crate) enum Told {
    /// Events in the order of arrival, and the position after them.
    Events(Vec<Arc<StoredEvent>>, Seq),
    /// So many events were skipped.
    Missed(u64, Seq),
    /// An unknown number of events after the first position, up to the second, cannot be read.
    Incomplete(Seq, Seq),
}

/// One who listens.
pub(crate) struct Listener {
    source: Source,
    feed: Feed,
    heard: Heard,
    /// Everything up to here was told, but for what is kept.
    place: Seq,
    /// The store may have events that the broadcast no longer holds.
    behind: bool,
    /// Events that come after an [`Told::Incomplete`], and the place before them.
    kept: Option<(Seq, Told)>,
    _place: Charge,
}

impl Tail {
    pub(crate) fn new(store: Arc<dyn EventStore>, tenant: Tenant, places: Places) -> Self {
        Self { source: Source { store, tenant }, feed: Feed::default(), places }
    }

    /// Begins to listen, from a place on or from now on; `Ok(None)` where too many listen.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) async fn listen(
        &self,
        from: Option<Seq>,
        client: Client,
    ) -> Result<Option<Listener>, StoreError> {
        let Some(permit) = self.places.0.take(client, 1, 0) else { return Ok(None) };
        // Subscribe first, then read the position: no event can be lost in between.
        let (heard, newest) = self.feed.join(&self.source).await?;
        // A position beyond the newest is of another store: only new events can follow it.
        let place = from.map_or(newest, |from| from.min(newest));
        let (source, feed) = (self.source.clone(), self.feed.clone());
        Ok(Some(Listener { source, feed, heard, place, behind: place < newest, kept: None, _place: permit }))
    }
}

impl Listener {
    /// The position up to which everything was told.
    pub(crate) fn place(&self) -> Seq {
        self.kept.as_ref().map_or(self.place, |(before, _)| *before)
    }

    /// What comes next; waits for it. Can be dropped while it waits without missing anything.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) async fn next(&mut self) -> Result<Told, StoreError> {
        if let Some((_, kept)) = self.kept.take() {
            return Ok(kept);
        }
        loop {
            if self.behind {
                if let Some(told) = self.catch_up().await? {
                    return Ok(told);
                }
                continue;
            }
            match self.heard.recv().await {
                Ok(batch) => {
                    if let Some(told) = self.take(&batch) {
                        return Ok(told);
                    }
                }
                // The broadcast overran; the events are still in the store.
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => {
                    self.heard = self.feed.join(&self.source).await?.0;
                    self.behind = true;
                }
            }
        }
    }

    fn take(&mut self, batch: &Batch) -> Option<Told> {
        if batch.after > self.place {
            // There is a gap between what was sent and this batch.
            self.behind = true;
            return None;
        }
        let new = batch.events.iter().filter(|stored| stored.seq > self.place);
        let events: Vec<Arc<StoredEvent>> = new.cloned().collect();
        let place = self.place.max(batch.upto);
        self.told(events, place, batch.complete || batch.upto <= self.place)
    }

    /// Reads on in the store; `None` once it has all that there is.
    async fn catch_up(&mut self) -> Result<Option<Told>, StoreError> {
        let there = self.source.after(self.place, 0).await?;
        if there.behind > MAX_BEHIND {
            self.place = there.upto.max(self.place);
            return Ok(Some(Told::Missed(there.behind, self.place)));
        }
        let newest = there.upto;
        let Arrivals { events, upto, complete, .. } = self.source.after(self.place, READ_AT_ONCE).await?;
        self.behind = upto < newest;
        let events: Vec<_> = events.into_iter().map(Arc::new).collect();
        Ok(self.told(events, self.place.max(upto), complete))
    }

    /// Moves to a position, and returns the message about it, if there is one.
    fn told(&mut self, events: Vec<Arc<StoredEvent>>, place: Seq, complete: bool) -> Option<Told> {
        let after = std::mem::replace(&mut self.place, place);
        let events = (!events.is_empty()).then_some(Told::Events(events, place));
        if complete {
            return events;
        }
        tracing::warn!(after, upto = place, "a tail passes over arrivals that cannot be read");
        self.kept = events.map(|events| (after, events));
        Some(Told::Incomplete(after, place))
    }
}
