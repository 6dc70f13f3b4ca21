//! Indexing on a disk that fills up and fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use steplog_model::event::EventBatch;
use steplog_model::ids::{Seq, Tenant};
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND};

use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::SimDisk;
use crate::partition::Partition;
use crate::store::open::StoreParts;
use crate::testing::{bulky_event, event};

const EVENTS: u64 = 200;

/// A store of one day with events in its log and none in its index yet; its disk and the day.
fn unindexed() -> (StoreParts, SimDisk, Arc<Partition>) {
    let disk = SimDisk::default();
    let settings = StoreSettings { store_retention_days: 0, ..StoreSettings::at("/data") };
    let mut parts = StoreParts::open(settings, Arc::new(disk.clone()), Clock::system()).unwrap();
    let batch = EventBatch { tenant: Tenant::default(), events: (0..EVENTS).map(bulky_event).collect() };
    let outcome = parts.writer.append_group(vec![batch]);
    assert_eq!(outcome.results[0].as_ref().unwrap().stored as u64, EVENTS);
    for group in &outcome.appended {
        parts.indexing.index_group(group, Instant::now());
    }
    let day = parts.state.partitions().remove(0);
    (parts, disk, day)
}

/// What the thread that indexes does once.
fn try_once(parts: &mut StoreParts, now: Instant) {
    parts.indexing.replace_damaged(now);
    while parts.indexing.catch_up(now) {}
    if let Some(job) = parts.indexing.take_job(now) {
        let outcome = job.run();
        parts.indexing.finish(outcome, now);
    }
}

#[test]
fn a_disk_that_fills_up_before_the_first_commit_is_no_damage() {
    // From no room at all to room for some of a segment's files.
    for room in (0..40).map(|step| step * 1_000) {
        let (mut parts, disk, day) = unindexed();
        disk.set_capacity(Some(disk.used_bytes() + room));
        let mut now = Instant::now();
        for _ in 0..8 {
            try_once(&mut parts, now);
            assert!(
                !day.is_index_damaged() && day.index().1 == 0,
                "taken for damage with {room} bytes of room"
            );
            now += Duration::from_secs(10);
        }
        if day.index().0.checkpoint() == 0 {
            let notices = parts.state.health.notices();
            assert!(notices.len() == 1 && notices[0].contains("is full"), "{room}: {notices:?}");
            assert!(!day.is_complete());
        }
        disk.set_capacity(None);
        try_once(&mut parts, now);
        assert_eq!((day.index().0.snapshot().num_events(), day.is_complete()), (EVENTS, true), "{room}");
        assert_eq!(parts.state.health.notices(), Vec::<String>::new());
    }
}

#[test]
fn failing_syncs_are_no_damage_and_are_reported_once() {
    let (mut parts, disk, day) = unindexed();
    disk.fail_syncs(u64::MAX);
    let mut now = Instant::now();
    for _ in 0..8 {
        try_once(&mut parts, now);
        assert!(!day.is_index_damaged() && day.index().1 == 0);
        let notices = parts.state.health.notices();
        assert!(notices.len() == 1 && notices[0].contains("input/output error"), "{notices:?}");
        now += Duration::from_secs(10);
    }
    disk.fail_syncs(0);
    try_once(&mut parts, now);
    assert_eq!((day.index().0.snapshot().num_events(), day.is_complete()), (EVENTS, true));
}

#[test]
fn the_pause_after_failures_grows_and_ends() {
    let (mut parts, disk, _) = unindexed();
    disk.set_capacity(Some(0));
    let mut now = Instant::now();
    let mut pauses = Vec::new();
    for _ in 0..6 {
        try_once(&mut parts, now);
        let next = parts.indexing.next_due().unwrap();
        pauses.push((next - now).as_secs());
        // Nothing is tried before.
        assert!(!parts.indexing.catch_up(next - Duration::from_millis(1)));
        now = next;
    }
    assert!(pauses.is_sorted() && pauses[0] >= 1 && pauses[5] == pauses[4] && pauses[5] <= 30, "{pauses:?}");
}

#[test]
fn builders_of_many_days_stay_within_their_memory() {
    const DAYS: u64 = 80;
    let disk = SimDisk::default();
    let settings = StoreSettings {
        store_retention_days: 0,
        store_builder_bytes: 64 << 20,
        ..StoreSettings::at("/data")
    };
    let mut parts = StoreParts::open(settings.clone(), Arc::new(disk), Clock::system()).unwrap();
    let on_day = |number: u64| {
        let mut event = event(number);
        event.time = event.time.saturating_add((number % DAYS) as i64 * NANOS_PER_DAY);
        event
    };
    let batch = EventBatch { tenant: Tenant::default(), events: (0..3 * DAYS).map(on_day).collect() };
    let outcome = parts.writer.append_group(vec![batch]);
    assert_eq!(outcome.appended.len() as u64, DAYS);
    let (now, mut most) = (Instant::now(), 0);
    for group in &outcome.appended {
        parts.indexing.index_group(group, now);
        most = most.max(parts.indexing.memory_bytes());
    }
    assert!(parts.indexing.is_full());
    while !parts.indexing.is_idle() {
        while !parts.indexing.is_full() && parts.indexing.catch_up(now) {
            most = most.max(parts.indexing.memory_bytes());
        }
        if let Some(job) = parts.indexing.take_job(now) {
            parts.indexing.finish(job.run(), now);
        }
    }
    // One builder more than fit, before it is noticed.
    let one = most / (most / (8 << 20)).max(1);
    assert!(most <= settings.store_builder_bytes + 2 * one, "{most}");
    let found: u64 = parts.state.partitions().iter().map(|day| day.index().0.snapshot().num_events()).sum();
    assert_eq!(found, 3 * DAYS);
}

/// The arrival numbers of a day's events that can be found, in the order of its segments.
fn found(day: &Partition) -> Vec<Seq> {
    let snapshot = day.index().0.snapshot();
    snapshot.segments.iter().flat_map(|view| (0..view.side.num_docs).map(|doc| view.seq_of(doc))).collect()
}

#[test]
fn what_a_start_reads_side_by_side_is_found_in_order_and_once() {
    const EVENTS_A_SECOND: i64 = 1_000;
    let next_day = (NANOS_PER_DAY / NANOS_PER_SECOND * EVENTS_A_SECOND) as u64;
    // Two days by turns, then one alone, so that numbers are spread unevenly.
    let by_turns = (0..EVENTS).flat_map(|number| [event(number), event(next_day + number)]);
    let events: Vec<_> = by_turns.chain((EVENTS..2 * EVENTS).map(bulky_event)).collect();
    // From builders that are full with each portion to ones that never are.
    for store_builder_bytes in [1, 256 << 10, 128 << 20] {
        let disk = SimDisk::default();
        let settings = StoreSettings {
            store_builder_bytes,
            store_retention_days: 0,
            store_log_file_bytes: 32 << 10,
            ..StoreSettings::at("/data")
        };
        let open = || StoreParts::open(settings.clone(), Arc::new(disk.clone()), Clock::system()).unwrap();
        let mut parts = open();
        for events in events.chunks(37) {
            let batch = EventBatch { tenant: Tenant::default(), events: events.to_vec() };
            assert!(parts.writer.append_group(vec![batch]).results[0].is_ok());
        }
        drop(parts);
        let mut parts = open();
        let days = parts.state.partitions();
        let now = Instant::now();
        let mut steps = 0;
        while !parts.indexing.is_idle() {
            steps += 1;
            assert!(steps < 1_000, "it does not come to an end with builders of {store_builder_bytes} bytes");
            let more = !parts.indexing.is_full() && parts.indexing.catch_up(now);
            // Also in the middle of stretches.
            if (parts.indexing.is_full() || !more || steps % 3 == 0)
                && let Some(job) = parts.indexing.take_job(now)
            {
                parts.indexing.finish(job.run(), now);
            }
            for day in &days {
                let (found, checkpoint) = (found(day), day.index().0.checkpoint());
                let all = day.records.read(&(1..=checkpoint).collect::<Vec<_>>()).unwrap().events;
                assert_eq!(found, all.iter().map(|stored| stored.seq).collect::<Vec<_>>());
            }
        }
        let found: Vec<usize> = days.iter().map(|day| found(day).len()).collect();
        assert_eq!(found, [2 * EVENTS as usize, EVENTS as usize]);
        assert!(days.iter().all(|day| day.is_complete()));
        assert_eq!(parts.state.health.notices(), Vec::<String>::new());
    }
}
