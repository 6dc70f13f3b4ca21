//! What questions promise.

use std::time::Duration;

use super::corpus::{questions, start};
use super::{ample, corpus, eventually, ingest, ingest_visibly};
use crate::column::Column;
use crate::event::Event;
use crate::ids::{EventId, Tenant};
use crate::query::{
    ArrivalsRequest, FacetRequest, HistogramRequest, HotspotsRequest, Order, PageRequest, Period, Position,
    Query, SpellingsRequest, Start,
};
use crate::store::{Budget, EventStore, StoreError};
use crate::time::{NANOS_PER_DAY, UnixNanos};

/// The ids of the events that a scan finds, newest first; `events` are in the order of arrival.
fn scan(events: &[Event], query: &Query) -> Vec<EventId> {
    let mut found: Vec<(usize, &Event)> =
        events.iter().enumerate().filter(|(_, event)| query.matches(event)).collect();
    found.sort_by_key(|(arrival, event)| (event.time, *arrival));
    found.iter().rev().map(|(_, event)| event.id).collect()
}

fn first_page(query: &Query) -> PageRequest {
    PageRequest::first(query.clone(), Order::NewestFirst, 1_000)
}

pub(super) fn questions_equal_a_scan(store: &dyn EventStore) {
    let events = corpus(start(), 401);
    ingest_visibly(store, &Tenant::default(), &events, 401);
    let mut hits = 0;
    for query in questions(start()) {
        let want = scan(&events, &query);
        hits += want.len();
        let page = store.page(&first_page(&query), &ample()).expect("a page is answered");
        let found: Vec<EventId> = page.events.iter().map(|stored| stored.event.id).collect();
        assert_eq!(found, want, "{query:?}");
        assert!(page.complete && !page.more_before && !page.more_after, "{query:?}");
        let count = store.count(&query, &ample()).expect("a count is answered");
        assert_eq!((count.events, count.complete), (want.len() as u64, true), "{query:?}");
    }
    assert!(hits > 1_000, "the questions find events: {hits}");
}

pub(super) fn spellings_are_near(store: &dyn EventStore) {
    ingest_visibly(store, &Tenant::default(), &corpus(start(), 401), 401);
    let ask = |word: &str, edits: u8, period: Period| {
        let request = SpellingsRequest { tenant: Tenant::default(), period, word: word.to_owned(), edits };
        store.spellings(&request, &ample()).expect("spellings are answered")
    };
    for (word, edits, want) in [
        ("ordr", 1, &["order"][..]),
        ("order", 1, &["order"]),
        ("oder", 1, &["order", "over"]),
        ("shiped", 1, &["shipped"]),
        ("refuesd", 1, &["refused"]),
        ("berilnn", 2, &["berlin"]),
        ("berilnn", 1, &[]),
        ("überwisen", 1, &["überwiesen"]),
        ("заказа", 1, &["заказ"]),
        // Another first letter.
        ("porder", 1, &["order"]),
        ("rder", 1, &["order"]),
        ("hipped", 2, &["shipped"]),
        ("roder", 2, &["order"]),
        ("efuesd", 2, &[]),
        // A beginning of an identifier.
        ("7f3e9a0c11d24b5", 2, &[]),
    ] {
        assert_eq!(ask(word, edits, Period::ALL), want, "{word}");
    }
    let before = Period { from: UnixNanos::MIN, to: start().saturating_add(-NANOS_PER_DAY) };
    assert!(ask("ordr", 1, before).is_empty());
}

pub(super) fn events_come_back_whole(store: &dyn EventStore) {
    let events = corpus(start(), 40);
    ingest_visibly(store, &Tenant::default(), &events, 40);
    for event in &events {
        let found = store.event(&Tenant::default(), event.id, &ample()).expect("a look-up is answered");
        assert_eq!(found.map(|stored| stored.event).as_ref(), Some(event));
    }
    let page = store.page(&first_page(&Query::all(Tenant::default(), Period::ALL)), &ample());
    for stored in page.expect("a page is answered").events {
        assert!(events.contains(&stored.event), "altered: {stored:?}");
    }
    assert_eq!(store.event(&Tenant::default(), EventId(1), &ample()), Ok(None));
}

pub(super) fn seen_stays_seen(store: &dyn EventStore) {
    let events = corpus(start(), 30);
    let query = Query::all(Tenant::default(), Period::ALL);
    for (place, event) in events.iter().enumerate() {
        ingest(store, &Tenant::default(), std::slice::from_ref(event));
        eventually("an acknowledged event becomes visible", || {
            matches!(store.event(&Tenant::default(), event.id, &ample()), Ok(Some(_)))
        });
        let page = store.page(&first_page(&query), &ample()).expect("a page is answered");
        for earlier in &events[..=place] {
            assert!(page.events.iter().any(|stored| stored.event.id == earlier.id), "unseen again");
        }
    }
}

pub(super) fn tenants_are_apart(store: &dyn EventStore) {
    let other: Tenant = "other".parse().expect("a name of small letters");
    let events = corpus(start(), 10);
    ingest_visibly(store, &Tenant::default(), &events, 10);
    assert_eq!(ingest(store, &other, &events[..4]).stored, 4, "the same ids of another tenant");
    ingest_visibly(store, &other, &events[..4], 4);
    let page = store.page(&first_page(&Query::all(other.clone(), Period::ALL)), &ample());
    assert_eq!(page.expect("a page is answered").events.len(), 4);
    assert_eq!(store.event(&other, events[7].id, &ample()), Ok(None));
    let nobody: Tenant = "nobody".parse().expect("a name of small letters");
    let count = store.count(&Query::all(nobody, Period::ALL), &ample()).expect("a count is answered");
    assert_eq!(count.events, 0);
}

pub(super) fn budgets_end_questions(store: &dyn EventStore) {
    let events = corpus(start(), 50);
    ingest_visibly(store, &Tenant::default(), &events, 50);
    let cancelled = ample();
    let asker = cancelled.clone();
    asker.cancel();
    ask_everything(store, &events[0], &cancelled, &StoreError::Cancelled);
    let limit = Duration::ZERO;
    ask_everything(store, &events[0], &Budget::new(limit), &StoreError::TimedOut { limit });
}

fn ask_everything(store: &dyn EventStore, event: &Event, budget: &Budget, want: &StoreError) {
    let query = Query::all(Tenant::default(), Period::ALL);
    assert_eq!(store.page(&first_page(&query), budget).as_ref(), Err(want));
    let after = Start::After(Position { time: event.time, seq: 1 });
    let deep = PageRequest { start: after, ..first_page(&query) };
    assert_eq!(store.page(&deep, budget).as_ref(), Err(want));
    assert_eq!(store.event(&Tenant::default(), event.id, budget).as_ref(), Err(want));
    assert_eq!(store.count(&query, budget).as_ref(), Err(want));
    let facets = FacetRequest {
        query: query.clone(),
        columns: vec![Column::Status],
        part: String::new(),
        named: Vec::new(),
        limit: 10,
    };
    assert_eq!(store.facets(&facets, budget).as_ref(), Err(want));
    let hotspots = HotspotsRequest { query: query.clone(), elements: true };
    assert_eq!(store.hotspots(&hotspots, budget).as_ref(), Err(want));
    let arrivals = ArrivalsRequest { tenant: Tenant::default(), after: 0, limit: 10 };
    assert_eq!(store.arrivals(&arrivals, budget).as_ref(), Err(want));
    let word = "delivery".to_owned();
    let spellings = SpellingsRequest { tenant: Tenant::default(), period: Period::ALL, word, edits: 1 };
    assert_eq!(store.spellings(&spellings, budget).as_ref(), Err(want));
    let histogram = HistogramRequest { query, start: event.time, step_nanos: 1_000, buckets: 10 };
    assert_eq!(store.histogram(&histogram, budget).as_ref(), Err(want));
}

pub(super) fn health_counts_events(store: &dyn EventStore) {
    let before = store.health();
    assert_eq!((before.not_writable, before.events), (None, 0));
    ingest_visibly(store, &Tenant::default(), &corpus(start(), 12), 12);
    let after = store.health();
    assert_eq!((after.not_writable, after.events), (None, 12));
}
