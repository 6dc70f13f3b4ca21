//! Indexing on a disk that fills up and fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use steplog_model::event::EventBatch;
use steplog_model::ids::Tenant;

use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::SimDisk;
use crate::partition::Partition;
use crate::shared::Core;
use crate::testing::bulky_event;

const EVENTS: u64 = 200;

/// A store of one day with events in its log and none in its index yet; its disk and the day.
fn unindexed() -> (Core, SimDisk, Arc<Partition>) {
    let disk = SimDisk::default();
    let settings = StoreSettings { store_retention_days: 0, ..StoreSettings::at("/data") };
    let mut core = Core::open(settings, Arc::new(disk.clone()), Clock::system()).unwrap();
    let batch = EventBatch { tenant: Tenant::default(), events: (0..EVENTS).map(bulky_event).collect() };
    let outcome = core.writer.append_group(vec![batch]);
    assert_eq!(outcome.results[0].as_ref().unwrap().stored as u64, EVENTS);
    for group in &outcome.appended {
        core.indexing.index_group(group, Instant::now());
    }
    let day = core.shared.partitions().remove(0);
    (core, disk, day)
}

/// What the thread that indexes does once.
fn try_once(core: &mut Core, now: Instant) {
    core.indexing.replace_suspects(now);
    while core.indexing.catch_up(now) {}
    if let Some(job) = core.indexing.take_job(now) {
        let outcome = job.run();
        core.indexing.finish(outcome, now);
    }
}

#[test]
fn a_disk_that_fills_up_before_the_first_commit_is_no_damage() {
    // From no room at all to room for some of a segment's files.
    for room in (0..40).map(|step| step * 1_000) {
        let (mut core, disk, day) = unindexed();
        disk.set_capacity(Some(disk.used_bytes() + room));
        let mut now = Instant::now();
        for _ in 0..8 {
            try_once(&mut core, now);
            assert!(!day.is_suspect() && day.index().1 == 0, "taken for damage with {room} bytes of room");
            now += Duration::from_secs(10);
        }
        if day.index().0.checkpoint() == 0 {
            let notices = core.shared.health.notices();
            assert!(notices.len() == 1 && notices[0].contains("is full"), "{room}: {notices:?}");
            assert!(!day.is_complete());
        }
        disk.set_capacity(None);
        try_once(&mut core, now);
        assert_eq!((day.index().0.snapshot().num_events(), day.is_complete()), (EVENTS, true), "{room}");
        assert_eq!(core.shared.health.notices(), Vec::<String>::new());
    }
}

#[test]
fn failing_syncs_are_no_damage_and_are_told_once() {
    let (mut core, disk, day) = unindexed();
    disk.fail_syncs(u64::MAX);
    let mut now = Instant::now();
    for _ in 0..8 {
        try_once(&mut core, now);
        assert!(!day.is_suspect() && day.index().1 == 0);
        let notices = core.shared.health.notices();
        assert!(notices.len() == 1 && notices[0].contains("input/output error"), "{notices:?}");
        now += Duration::from_secs(10);
    }
    disk.fail_syncs(0);
    try_once(&mut core, now);
    assert_eq!((day.index().0.snapshot().num_events(), day.is_complete()), (EVENTS, true));
}

#[test]
fn the_pause_after_failures_grows_and_ends() {
    let (mut core, disk, _) = unindexed();
    disk.set_capacity(Some(0));
    let mut now = Instant::now();
    let mut pauses = Vec::new();
    for _ in 0..6 {
        try_once(&mut core, now);
        let next = core.indexing.next_due().unwrap();
        pauses.push((next - now).as_secs());
        // Nothing is tried before.
        assert!(!core.indexing.catch_up(next - Duration::from_millis(1)));
        now = next;
    }
    assert!(pauses.is_sorted() && pauses[0] >= 1 && pauses[5] == pauses[4] && pauses[5] <= 30, "{pauses:?}");
}
