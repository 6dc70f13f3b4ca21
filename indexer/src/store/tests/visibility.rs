//! What was seen once is seen always, while commits and merges run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use steplog_model::store::EventStore as _;

use super::harness::{all, budget, events, ingest, open, read_all, settle, tenant, tiny};
use crate::config::StoreSettings;
use crate::disk::SimDisk;
use crate::store::EmbeddedStore;
use crate::testing::event;

const GROUPS: u64 = 200;

#[test]
fn counts_never_fall_while_commits_and_merges_run() {
    let store = open(&SimDisk::default());
    let done = AtomicBool::new(false);
    let polls: u64 = std::thread::scope(|scope| {
        let poll = || {
            let (mut polls, mut most) = (0, 0);
            while !done.load(Ordering::Acquire) {
                let count = store.count(&all(), &budget()).unwrap();
                assert!(count.complete && count.events >= most, "{} after {most}", count.events);
                most = count.events;
                polls += 1;
            }
            polls
        };
        let watch = || {
            let mut seen = Vec::new();
            while !done.load(Ordering::Acquire) {
                let found: Vec<_> = read_all(&store).0.iter().map(|stored| stored.event.id).collect();
                // Groups come in the order of time, so that what was seen is a beginning of what is.
                assert!(found.starts_with(&seen), "{} of {} seen", found.len(), seen.len());
                seen = found;
            }
            0
        };
        let pollers = [scope.spawn(poll), scope.spawn(poll)];
        let watcher = scope.spawn(watch);
        for group in 0..GROUPS {
            ingest(&store, &events(group * 3..group * 3 + 3));
            // Each group is a commit of its own.
            settle(&store);
        }
        done.store(true, Ordering::Release);
        let polls = pollers.map(|poller| poller.join().unwrap());
        watcher.join().unwrap();
        polls.iter().sum()
    });
    assert!(polls > GROUPS / 10, "{polls}");
    assert_eq!(read_all(&store).0.len() as u64, GROUPS * 3);
}

#[test]
fn an_event_that_is_not_visible_yet_is_known_to_wait() {
    // No commit comes by itself.
    let settings = StoreSettings { store_commit_millis: 3_600_000, ..tiny() };
    let store = EmbeddedStore::open(settings, Arc::new(SimDisk::default())).unwrap();
    let [known, other] = [0, 1].map(|number| event(number).id);
    let found = |id| store.event(&tenant(), id, &budget()).unwrap().is_some();
    assert!(!store.is_waiting(&tenant(), known));
    ingest(&store, &events(0..1));
    assert!(store.is_waiting(&tenant(), known) && !found(known), "acknowledged, and no question sees it");
    assert!(!store.is_waiting(&tenant(), other) && !found(other));
    assert!(!store.is_waiting(&"other".parse().unwrap(), known));
    store.close();
    assert!(found(known));
}
