//! What ingesting promises.

use super::corpus::start;
use super::{ample, corpus, eventually, ingest, ingest_visibly, wait};
use crate::event::EventBatch;
use crate::ids::Tenant;
use crate::query::{ArrivalsRequest, Order, PageRequest, Period, Query};
use crate::store::{EventStore, Ingested};
use crate::testing::build::EventBuilder;
use crate::time::NANOS_PER_DAY;

fn done(stored: usize, duplicates: usize) -> Ingested {
    Ingested { stored, duplicates, rejected: Vec::new() }
}

pub(super) fn counts_are_exact(store: &dyn EventStore) {
    let tenant = Tenant::default();
    let mut events = corpus(start(), 20);
    events.push(events[3].clone());
    assert_eq!(ingest(store, &tenant, &events), done(20, 1));
    assert_eq!(ingest(store, &tenant, &events), done(0, 21), "a batch sent again");
    let more = corpus(start(), 25);
    assert_eq!(ingest(store, &tenant, &more), done(5, 20), "a batch partly sent before");
    ingest_visibly(store, &tenant, &more, 25);
    assert_eq!(ingest(store, &tenant, &more), done(0, 25), "a batch sent again once visible");
}

pub(super) fn empty_batch_is_fine(store: &dyn EventStore) {
    assert_eq!(ingest(store, &Tenant::default(), &[]), done(0, 0));
}

pub(super) fn concurrent_retries_store_once(store: &dyn EventStore) {
    let events = corpus(start(), 200);
    let send =
        || -> usize { events.chunks(20).map(|batch| ingest(store, &Tenant::default(), batch).stored).sum() };
    let stored: usize = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
        senders.into_iter().map(|sender| sender.join().expect("a sender ends well")).sum()
    });
    assert_eq!(stored, events.len(), "of four senders each event is stored for one");
    ingest_visibly(store, &Tenant::default(), &events, 200);
}

pub(super) fn dropped_outcomes_store_once(store: &dyn EventStore) {
    let events = corpus(start(), 50);
    let batch = EventBatch { tenant: Tenant::default(), events: events.clone() };
    drop(store.ingest(batch.clone()));
    let again = wait(store.ingest(batch)).expect("a store with room takes events");
    assert_eq!(again.stored + again.duplicates, events.len());
    ingest_visibly(store, &Tenant::default(), &events, 50);
}

pub(super) fn arrival_numbers_rise(store: &dyn EventStore) {
    let events = corpus(start(), 60);
    events.chunks(15).for_each(|batch| {
        ingest(store, &Tenant::default(), batch);
    });
    ingest_visibly(store, &Tenant::default(), &events, 60);
    let query = Query::all(Tenant::default(), Period::ALL);
    let request = PageRequest::first(query, Order::OldestFirst, 100);
    let mut found = store.page(&request, &ample()).expect("a page is answered").events;
    found.sort_by_key(|stored| stored.seq);
    assert!(found.windows(2).all(|pair| pair[0].seq < pair[1].seq), "an arrival number was given twice");
    let arrived: Vec<_> = found.iter().map(|stored| stored.event.id).collect();
    let given: Vec<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(arrived, given, "arrival numbers follow acknowledgements and the order in a batch");
}

/// Two senders write into days in turn while one reads on from where it was, a few at a time.
pub(super) fn arrivals_are_told_once(store: &dyn EventStore) {
    let events = corpus(start(), 400);
    let tenant = Tenant::default();
    let place = || ArrivalsRequest { tenant: tenant.clone(), after: 0, limit: 0 };
    let before = store.arrivals(&place(), &ample()).expect("a place is told").upto;
    let send = |part: usize| {
        let own = events.iter().skip(part).step_by(2).cloned().collect::<Vec<_>>();
        own.chunks(7).for_each(|batch| {
            ingest(store, &Tenant::default(), batch);
        });
    };
    let mut found = Vec::new();
    std::thread::scope(|scope| {
        let (one, other) = (scope.spawn(|| send(0)), scope.spawn(|| send(1)));
        let mut after = before;
        eventually("all arrivals are told", || {
            let request = ArrivalsRequest { tenant: tenant.clone(), after, limit: 9 };
            let answer = store.arrivals(&request, &ample()).expect("arrivals are told");
            assert!(answer.complete && answer.events.len() <= 9 && answer.upto >= after);
            assert!(answer.events.iter().all(|stored| after < stored.seq && stored.seq <= answer.upto));
            if let Some(last) = answer.events.last() {
                let seen = store.event(&tenant, last.event.id, &ample()).expect("an event is answered");
                assert_eq!(seen.as_ref(), Some(last), "what is told can be asked for");
            }
            after = answer.upto;
            found.extend(answer.events);
            found.len() >= events.len()
        });
        one.join().expect("a sender ends well");
        other.join().expect("a sender ends well");
    });
    assert!(found.is_sorted_by(|a, b| a.seq < b.seq), "each once, in the order of arrival");
    let mut ids: Vec<_> = found.iter().map(|stored| stored.event.id).collect();
    let mut want: Vec<_> = events.iter().map(|event| event.id).collect();
    ids.sort_unstable();
    want.sort_unstable();
    assert_eq!(ids, want);
    large_ones_hide_no_others(store, &tenant);
    let newest = store.arrivals(&place(), &ample()).expect("a place is told").upto;
    let rest = ArrivalsRequest { tenant: tenant.clone(), after: newest, limit: 9 };
    assert!(store.arrivals(&rest, &ample()).expect("arrivals are told").events.is_empty());
}

/// An event that is more than an answer takes is told alone, and those behind it in the next answers, whatever their days.
fn large_ones_hide_no_others(store: &dyn EventStore, tenant: &Tenant) {
    let place = ArrivalsRequest { tenant: tenant.clone(), after: 0, limit: 0 };
    let mut after = store.arrivals(&place, &ample()).expect("a place is told").upto;
    let large = |id: u128, day: i64| {
        let time = start().saturating_add(day * NANOS_PER_DAY);
        EventBuilder::new(id, time).body(&"a".repeat(2 << 20)).build()
    };
    let small =
        |id: u128, day: i64| EventBuilder::new(id, start().saturating_add(day * NANOS_PER_DAY)).build();
    let events =
        [large(1 << 100, 0), small(2 << 100, 0), small(3 << 100, 1), large(4 << 100, 1), small(5 << 100, 0)];
    events.iter().for_each(|event| _ = ingest(store, tenant, std::slice::from_ref(event)));
    let mut found = Vec::new();
    eventually("all of them are told", || {
        let request = ArrivalsRequest { tenant: tenant.clone(), after, limit: 9 };
        let answer = store.arrivals(&request, &ample()).expect("arrivals are told");
        after = answer.upto;
        found.extend(answer.events.iter().map(|stored| stored.event.id));
        found.len() >= events.len()
    });
    assert_eq!(found, events.each_ref().map(|event| event.id));
}
