//! What the tests of the store share.

use std::sync::Arc;
use std::time::Duration;

use steplog_model::column::Column;
use steplog_model::event::{Event, EventBatch, StoredEvent};
use steplog_model::ids::Tenant;
use steplog_model::limits::MAX_PAGE_BYTES;
use steplog_model::query::{
    FacetRequest, Facets, Histogram, HistogramRequest, Order, PageRequest, Period, Query, Start,
};
use steplog_model::store::{Budget, EventStore as _, IngestError, Ingested};
use steplog_model::testing::contract::wait;

use crate::config::StoreSettings;
use crate::disk::SimDisk;
use crate::store::EmbeddedStore;
use crate::testing::{DAY_START, bulky_event, event};

/// Settings under which every test crosses the borders of files, frames and commits.
pub(super) fn tiny() -> StoreSettings {
    StoreSettings {
        store_log_file_bytes: 8 << 10,
        store_commit_millis: 5,
        store_retention_days: 0,
        // Where a test is about compaction, it says so.
        store_compact_after_hours: u32::MAX,
        ..StoreSettings::at("/data")
    }
}

pub(super) fn open(disk: &SimDisk) -> EmbeddedStore {
    EmbeddedStore::open(tiny(), Arc::new(disk.clone())).unwrap()
}

pub(super) fn tenant() -> Tenant {
    Tenant::default()
}

pub(super) fn events(numbers: std::ops::Range<u64>) -> Vec<Event> {
    numbers.map(event).collect()
}

/// Events that need much room.
pub(super) fn bulky(numbers: std::ops::Range<u64>) -> Vec<Event> {
    numbers.map(bulky_event).collect()
}

pub(super) fn budget() -> Budget {
    Budget::new(Duration::from_secs(60))
}

pub(super) fn try_ingest(store: &EmbeddedStore, events: &[Event]) -> Result<Ingested, IngestError> {
    wait(store.ingest(EventBatch { tenant: tenant(), events: events.to_vec() }))
}

/// Ingests; returns how many were stored and how many were there already.
pub(super) fn ingest(store: &EmbeddedStore, events: &[Event]) -> (usize, usize) {
    loop {
        match try_ingest(store, events) {
            // As senders do: it is for moments after a start.
            Err(IngestError::Unready { .. }) => std::thread::yield_now(),
            done => {
                let done = done.unwrap();
                assert_eq!(done.rejected, []);
                return (done.stored, done.duplicates);
            }
        }
    }
}

pub(super) fn settle(store: &EmbeddedStore) {
    assert!(store.wait_until_searchable(Duration::from_secs(60)), "events do not become searchable");
}

pub(super) fn all() -> Query {
    Query::all(tenant(), Period::ALL)
}

/// Everything, oldest first, over pages; and whether all pages were complete.
pub(super) fn read_all(store: &EmbeddedStore) -> (Vec<StoredEvent>, bool) {
    let mut found: Vec<StoredEvent> = Vec::new();
    let mut complete = true;
    let mut start = Start::First;
    loop {
        let request =
            PageRequest { query: all(), order: Order::OldestFirst, start, limit: 100, bytes: MAX_PAGE_BYTES };
        let page = store.page(&request, &budget()).unwrap();
        complete &= page.complete;
        found.extend(page.events);
        match (page.more_after, found.last()) {
            (true, Some(last)) => start = Start::After(last.into()),
            _ => return (found, complete),
        }
    }
}

/// What the store answers to questions of every kind.
#[derive(Debug, PartialEq)]
pub(super) struct Answers {
    events: Vec<StoredEvent>,
    facets: Facets,
    histogram: Histogram,
    count: u64,
}

pub(super) fn answers(store: &EmbeddedStore) -> Answers {
    let (events, complete) = read_all(store);
    assert!(complete);
    let columns = Column::facets().collect();
    let facets = FacetRequest { query: all(), columns, part: String::new(), named: vec![], limit: 100 };
    let histogram = HistogramRequest { query: all(), start: DAY_START, step_nanos: 50_000_000, buckets: 20 };
    Answers {
        events,
        facets: store.facets(&facets, &budget()).unwrap(),
        histogram: store.histogram(&histogram, &budget()).unwrap(),
        count: store.count(&all(), &budget()).unwrap().events,
    }
}
