//! What was seen once is seen always, while commits and merges run.

use std::sync::atomic::{AtomicBool, Ordering};

use steplog_model::store::EventStore as _;

use super::harness::{all, budget, events, ingest, open, read_all, settle};
use crate::disk::SimDisk;

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
