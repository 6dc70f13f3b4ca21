//! What pages promise: each event exactly once, in order, in both orders and directions.

use super::corpus::start;
use super::{ample, corpus, ingest, ingest_visibly};
use crate::column::Column;
use crate::event::Event;
use crate::ids::{EventId, Tenant};
use crate::limits::MAX_PAGE_BYTES;
use crate::query::{Filter, Order, Page, PageRequest, Period, Position, Query, Start, Target};
use crate::store::EventStore;
use crate::testing::build::EventBuilder;
use crate::time::UnixNanos;

const ORDERS: [Order; 2] = [Order::NewestFirst, Order::OldestFirst];

fn query() -> Query {
    Query::all(Tenant::default(), Period::ALL)
}

fn ask(store: &dyn EventStore, query: &Query, order: Order, start: Start, limit: usize) -> Page {
    let request = PageRequest { query: query.clone(), order, start, limit, bytes: MAX_PAGE_BYTES };
    let page = store.page(&request, &ample()).expect("a page is answered");
    assert!(page.complete && page.events.len() <= limit, "{request:?}");
    page
}

fn ids(events: &[crate::event::StoredEvent]) -> Vec<EventId> {
    events.iter().map(|stored| stored.event.id).collect()
}

/// The ids of all events that match, in this order.
fn in_order(events: &[Event], query: &Query, order: Order) -> Vec<EventId> {
    let mut found: Vec<_> = events.iter().enumerate().filter(|(_, event)| query.matches(event)).collect();
    found.sort_by_key(|(arrival, event)| (event.time, *arrival));
    if order == Order::NewestFirst {
        found.reverse();
    }
    found.iter().map(|(_, event)| event.id).collect()
}

/// Walks from the first page to the last, `between` being called after each page.
fn walk_forward(
    store: &dyn EventStore,
    query: &Query,
    (order, limit): (Order, usize),
    between: &mut impl FnMut(),
) -> Vec<EventId> {
    let mut found = Vec::new();
    let mut start = Start::First;
    loop {
        let page = ask(store, query, order, start, limit);
        found.extend(ids(&page.events));
        let Some(last) = page.events.last().filter(|_| page.more_after) else { return found };
        assert_eq!(page.events.len(), limit, "a page before the last one is full");
        start = Start::After(Position::from(last));
        between();
    }
}

/// Walks from the event after which nothing comes back to the first page.
fn walk_back(store: &dyn EventStore, query: &Query, order: Order, limit: usize) -> Vec<EventId> {
    let all = ask(store, query, order, Start::First, 1_000);
    let Some(last) = all.events.last() else { return Vec::new() };
    let mut found = vec![last.event.id];
    let mut start = Start::Before(Position::from(last));
    loop {
        let page = ask(store, query, order, start, limit);
        found.splice(0..0, ids(&page.events));
        let Some(first) = page.events.first().filter(|_| page.more_before) else { return found };
        assert_eq!(page.events.len(), limit, "a page after the first one is full");
        assert!(page.more_after, "the page comes before an event");
        start = Start::Before(Position::from(first));
    }
}

pub(super) fn pages_join(store: &dyn EventStore) {
    let events = corpus(start(), 100);
    ingest_visibly(store, &Tenant::default(), &events, 100);
    let failed = Filter {
        any_of: vec!["failure".to_owned(), "timed_out".to_owned()],
        ..Filter::on(Target::Column(Column::Status))
    };
    for query in [query(), Query { filters: vec![failed], ..query() }] {
        for order in ORDERS {
            let want = in_order(&events, &query, order);
            for limit in [1, 3, 8, 99, 100, 1_000] {
                let forward = walk_forward(store, &query, (order, limit), &mut || {});
                assert_eq!(forward, want, "{order:?} by {limit}");
                assert_eq!(walk_back(store, &query, order, limit), want, "{order:?} back by {limit}");
            }
        }
    }
}

pub(super) fn pages_from_the_middle(store: &dyn EventStore) {
    let events = corpus(start(), 64);
    ingest_visibly(store, &Tenant::default(), &events, 64);
    for order in ORDERS {
        let all = ask(store, &query(), order, Start::First, 64).events;
        assert_eq!(all.len(), 64);
        for (place, stored) in all.iter().enumerate() {
            let position = Position::from(stored);
            let after = ask(store, &query(), order, Start::After(position), 5);
            let end = all.len().min(place + 6);
            assert_eq!(ids(&after.events), ids(&all[place + 1..end]));
            assert!(after.events.is_empty() || after.more_before);
            assert_eq!(after.more_after, end < all.len());
            let before = ask(store, &query(), order, Start::Before(position), 5);
            let begin = place.saturating_sub(5);
            assert_eq!(ids(&before.events), ids(&all[begin..place]));
            assert!(before.events.is_empty() || before.more_after);
            assert_eq!(before.more_before, begin > 0);
        }
    }
}

pub(super) fn exact_while_events_arrive(store: &dyn EventStore) {
    let time = start();
    let event = |number: u128| EventBuilder::new(number, time).cell(Column::Event, "tick").build();
    let events: Vec<Event> = (1..=200).map(event).collect();
    ingest_visibly(store, &Tenant::default(), &events, 200);
    for order in ORDERS {
        let want = in_order(&events, &query(), order);
        let mut next = if order == Order::NewestFirst { 1_000 } else { 2_000 };
        // Arrivals of the very same time; those that come within the walk may be part of it.
        let found = walk_forward(store, &query(), (order, 9), &mut || {
            next += 1;
            if next % 1_000 < 60 {
                ingest(store, &Tenant::default(), &[event(next)]);
            }
        });
        let of_old: Vec<_> = found.into_iter().filter(|id| want.contains(id)).collect();
        assert_eq!(of_old, want, "{order:?}");
    }
}

/// The ids of all pages of a walk of `limit` events and `bytes` a page, forward or back, and how many pages there were.
fn walk_within(
    store: &dyn EventStore,
    (order, back): (Order, bool),
    (limit, bytes): (usize, usize),
) -> (Vec<EventId>, usize) {
    let end =
        Position { time: if order == Order::NewestFirst { UnixNanos::MIN } else { UnixNanos::MAX }, seq: 0 };
    let (mut found, mut pages) = (Vec::new(), 0);
    let mut start = if back { Start::Before(end) } else { Start::First };
    loop {
        let request = PageRequest { query: query(), order, start, limit, bytes };
        let page = store.page(&request, &ample()).expect("a page is answered");
        pages += 1;
        let held: usize = page.events.iter().map(|stored| stored.event.whole_bytes()).sum();
        assert!(page.complete && page.events.len() <= limit, "{request:?}");
        assert!(held <= bytes || page.events.len() == 1, "{held} bytes in a page of {request:?}");
        let (at, next, more) = if back {
            (0, page.events.first().map(|first| Start::Before(Position::from(first))), page.more_before)
        } else {
            (found.len(), page.events.last().map(|last| Start::After(Position::from(last))), page.more_after)
        };
        found.splice(at..at, ids(&page.events));
        match next {
            Some(next) if more => start = next,
            _ => return (found, pages),
        }
    }
}

pub(super) fn pages_end_at_their_bytes(store: &dyn EventStore) {
    let time = start();
    // Larger than a column, a word or a frame; two of each time.
    let body = "large ".repeat((1 << 20) / 6);
    let large =
        |number: u128| EventBuilder::new(number, time.saturating_add(number as i64 / 2)).body(&body).build();
    let small = |number: u128| EventBuilder::new(number, time.saturating_add(number as i64 / 2)).build();
    let events: Vec<Event> =
        (1..=48).map(|number| if number % 3 == 0 { small(number) } else { large(number) }).collect();
    ingest_visibly(store, &Tenant::default(), &events, 48);
    for order in ORDERS {
        let want = in_order(&events, &query(), order);
        for back in [false, true] {
            for (limit, bytes) in [(1_000, MAX_PAGE_BYTES), (1_000, 5 << 20), (2, 5 << 20), (1_000, 1)] {
                let (found, pages) = walk_within(store, (order, back), (limit, bytes));
                assert_eq!(found, want, "{order:?} back {back} by {limit} and {bytes} bytes");
                assert!(pages > 2, "32 MiB take more than {pages} pages of {bytes} bytes");
            }
        }
    }
}
