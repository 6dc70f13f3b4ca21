//! Hands a request's events to the store, a bounded part at a time.
//!
//! While the store writes a batch, its events stand in several lists; and once they are durable, the sender's charge is
//! given back while they wait to be indexed. Both multiply what a batch takes, so a request of many events is several.

use std::time::Duration;

use steplog_model::event::{Event, EventBatch, size_bytes};
use steplog_model::ids::Tenant;
use steplog_model::store::{EventStore, IngestError, Ingested};

/// Ingests all events, in batches of about `batch_bytes`.
///
/// A store that is busy refuses the first batch only. For the others it is waited: their sender would send the first
/// ones again as well, and those of no id and time would be stored twice.
pub(super) async fn ingest(
    store: &dyn EventStore,
    tenant: &Tenant,
    events: Vec<Event>,
    batch_bytes: usize,
) -> Result<Ingested, IngestError> {
    let batch = |events| EventBatch { tenant: tenant.clone(), events };
    if size_bytes(&events) <= batch_bytes {
        return store.ingest(batch(events)).await;
    }
    let mut rest = events.into_iter();
    let mut all = Ingested::default();
    loop {
        let part = next_part(&mut rest, batch_bytes);
        if part.is_empty() {
            return Ok(all);
        }
        let done = all.stored + all.duplicates + all.rejected.len();
        let ingested = if done == 0 {
            store.ingest(batch(part)).await?
        } else {
            until_taken(store, batch(part)).await?
        };
        all.stored += ingested.stored;
        all.duplicates += ingested.duplicates;
        all.rejected.extend(ingested.rejected.into_iter().map(|(place, reason)| (done + place, reason)));
    }
}

/// The next events of about `bytes`, one at least; none at the end.
fn next_part(events: &mut impl Iterator<Item = Event>, bytes: usize) -> Vec<Event> {
    let mut part = Vec::new();
    let mut left = bytes;
    while left > 0
        && let Some(event) = events.next()
    {
        left = left.saturating_sub(event.size_bytes_after(part.last()));
        part.push(event);
    }
    part
}

/// Offers a batch until the store has room for it.
async fn until_taken(store: &dyn EventStore, batch: EventBatch) -> Result<Ingested, IngestError> {
    /// A queue drains within less.
    const PAUSE: Duration = Duration::from_millis(50);
    loop {
        match store.ingest(batch.clone()).await {
            Err(IngestError::Busy { retry_after }) => tokio::time::sleep(retry_after.min(PAUSE)).await,
            ingested => return ingested,
        }
    }
}
