//! While a commit waits for the disk, everybody else goes on.

use std::path::Path;

use steplog_model::query::ArrivalsRequest;
use steplog_model::store::EventStore as _;

use super::harness::{all, budget, events, ingest, open, read_all, settle, tenant};
use crate::disk::{Disk as _, SimDisk};
use crate::testing::DAY_START;

#[test]
fn questions_tails_and_acknowledgements_do_not_wait_for_the_sync_of_a_commit() {
    let disk = SimDisk::default();
    let store = open(&disk);
    ingest(&store, &events(0..10));
    settle(&store);
    let day = format!("/data/{}/{}/index", tenant(), DAY_START.day());
    let held = disk.hold_syncs_of(Path::new(&day));
    ingest(&store, &events(10..20));
    held.wait_for_one();
    // The commit holds all that it holds, and none of this waits for it: each would hang.
    let (found, complete) = read_all(&store);
    assert_eq!((found.len(), complete), (10, true));
    assert_eq!(store.count(&all(), &budget()).unwrap().events, 10);
    let last = found.last().unwrap();
    assert!(store.event(&tenant(), last.event.id, &budget()).unwrap().is_some());
    let told = |after| store.arrivals(&ArrivalsRequest { tenant: tenant(), after, limit: 100 }, &budget());
    let told = told(0).unwrap();
    assert_eq!((told.events.len(), told.upto), (10, last.seq));
    assert_eq!((store.health().events, store.health().unindexed_events), (20, 10));
    // A copy of what is not searchable yet, and something new.
    assert_eq!(ingest(&store, &events(15..25)), (5, 5));
    drop(held);
    settle(&store);
    assert_eq!(read_all(&store).0.len(), 25);
}

#[test]
fn what_a_tail_sends_can_be_opened_while_an_index_is_rebuilt() {
    let disk = SimDisk::default();
    let store = open(&disk);
    ingest(&store, &events(0..200));
    settle(&store);
    drop(store);
    let index = format!("/data/{}/{}/index", tenant(), DAY_START.day());
    disk.remove_dir(Path::new(&index)).unwrap();
    let store = open(&disk);
    let mut after = 0;
    while after < 200 {
        let request = ArrivalsRequest { tenant: tenant(), after, limit: 7 };
        let told = store.arrivals(&request, &budget()).unwrap();
        for stored in &told.events {
            let found = store.event(&tenant(), stored.event.id, &budget()).unwrap();
            assert_eq!(found.as_ref(), Some(stored));
        }
        after = told.upto;
    }
    settle(&store);
    // Who begins now hears nothing of what was there before.
    let newest =
        store.arrivals(&ArrivalsRequest { tenant: tenant(), after: 0, limit: 0 }, &budget()).unwrap();
    assert_eq!(newest.upto, 200);
}
