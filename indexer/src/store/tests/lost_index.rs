//! A start whose days have no index: events are taken at once, or sent away to come again, and none is doubled.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use steplog_model::event::{Event, EventBatch, Flags};
use steplog_model::store::{EventStore as _, IngestError};
use steplog_model::testing::build::EventBuilder;
use steplog_model::testing::contract::eventually;
use steplog_model::time::NANOS_PER_DAY;

use super::harness::{read_all, settle, tenant, tiny, try_ingest};
use crate::clock::Clock;
use crate::config::{READ_AT_ONCE_EVENTS, StoreSettings};
use crate::disk::{Disk as _, SimDisk};
use crate::log::file_name;
use crate::store::EmbeddedStore;
use crate::store::open::StoreParts;
use crate::testing::DAY_START;

/// More than the writer reads by itself.
const EVENTS: u64 = READ_AT_ONCE_EVENTS + 1_000;

/// Small events of three days; every fifth names itself, so that it may come again with another time.
fn small(number: u64) -> Event {
    let time = DAY_START.saturating_add((number % 3) as i64 * NANOS_PER_DAY + number as i64);
    let event = EventBuilder::new(u128::from(number) << 64 | 7, time).build();
    let flags = if number.is_multiple_of(5) { Flags::EXPLICIT_ID } else { Flags::default() };
    Event { flags, ..event }
}

/// As [`small`], without a name of its own: its day alone may have it.
fn dated(number: u64) -> Event {
    Event { flags: Flags::default(), ..small(number) }
}

fn settings(builder_bytes: usize) -> StoreSettings {
    StoreSettings { store_builder_bytes: builder_bytes, store_log_file_bytes: 1 << 20, ..tiny() }
}

fn open(disk: &SimDisk, builder_bytes: usize) -> EmbeddedStore {
    EmbeddedStore::open(settings(builder_bytes), Arc::new(disk.clone())).unwrap()
}

/// Sends until the events are taken, as senders do, but at once; returns how many were stored and how often they were
/// sent away.
fn insist(store: &EmbeddedStore, events: &[Event]) -> (usize, u32) {
    let (end, mut sent_away) = (Instant::now() + Duration::from_secs(60), 0);
    loop {
        match try_ingest(store, events) {
            Ok(done) => {
                assert_eq!((done.stored + done.duplicates, done.rejected), (events.len(), Vec::new()));
                return (done.stored, sent_away);
            }
            Err(IngestError::Unready { retry_after, .. } | IngestError::Unwritable { retry_after, .. }) => {
                assert!(retry_after > Duration::ZERO && Instant::now() < end);
                sent_away += 1;
                std::thread::yield_now();
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn without_indexes(disk: &SimDisk) -> SimDisk {
    let left = disk.after_kill();
    for day in left.list("/data/default".as_ref()).unwrap().iter().filter(|entry| entry.is_dir) {
        left.remove_dir(format!("/data/default/{}/{}", day.name, file_name::INDEX_DIR).as_ref()).unwrap();
    }
    left
}

/// A store of [`EVENTS`] small events, none of them in an index.
fn unindexed() -> SimDisk {
    let disk = SimDisk::default();
    let store = open(&disk, 16 << 20);
    for from in (0..EVENTS).step_by(1_000) {
        let events: Vec<Event> = (from..EVENTS.min(from + 1_000)).map(small).collect();
        assert_eq!(insist(&store, &events).0, events.len());
    }
    store.close();
    without_indexes(&disk)
}

/// Sends what is there and what is new by turns, over several kills, and compares.
fn none_is_doubled(builder_bytes: usize) {
    let mut disk = unindexed();
    let mut next = EVENTS;
    for round in 0..3 {
        let store = open(&disk, builder_bytes);
        for turn in 0..12 {
            let from = (round * 12 + turn) * 250 % (EVENTS - 250);
            let again: Vec<Event> = (from..from + 250).map(small).collect();
            let new: Vec<Event> = (next..next + 20).map(small).collect();
            next += 20;
            assert_eq!(insist(&store, &[again, new].concat()).0, 20);
        }
        // Most of what is built by now is gone again in the first two rounds.
        if round < 2 {
            disk = without_indexes(&disk);
            continue;
        }
        settle(&store);
        eventually("the room of ids is free", || {
            // What is let go of is seen when something comes.
            insist(&store, &[small(0)]).0 == 0 && store.state.env.ids.bytes() == 0
        });
        let (found, complete) = read_all(&store);
        assert!(complete);
        let mut ids: Vec<_> = found.iter().map(|stored| stored.event.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((found.len() as u64, ids.len() as u64), (next, next));
        assert_eq!(store.health().not_searchable, None);
        assert_eq!(store.health().notices, Vec::<String>::new());
    }
}

#[test]
fn nothing_is_doubled_while_indexes_are_built() {
    none_is_doubled(16 << 20);
}

#[test]
fn days_whose_ids_have_no_room_wait_for_their_index() {
    // Room for half of one day's ids.
    none_is_doubled(EVENTS as usize / 3 * 8);
}

#[test]
fn health_and_answers_report_missing_events() {
    let disk = unindexed();
    // Indexes without an event: those that a start makes are synced before it ends.
    drop(StoreParts::open(settings(16 << 20), Arc::new(disk.clone()), Clock::system()).unwrap());
    let index = format!("/data/{}/{}/{}", tenant(), DAY_START.day(), file_name::INDEX_DIR);
    let held = disk.hold_syncs_of(Path::new(&index));
    let store = open(&disk, 16 << 20);
    held.wait_for_one();
    let health = store.health();
    assert_eq!(health.events, EVENTS);
    assert!(health.unindexed_events >= EVENTS / 3, "{}", health.unindexed_events);
    let told = health.not_searchable.unwrap();
    assert!(told.starts_with(&format!("{} of ", health.unindexed_events)), "{told}");
    assert!(!read_all(&store).1);
    drop(held);
    settle(&store);
    assert_eq!(store.health().not_searchable, None);
    assert!(read_all(&store).1);
}

#[test]
fn a_day_that_cannot_be_read_is_waited_for_alone() {
    let disk = SimDisk::default();
    let store = open(&disk, 16 << 20);
    assert_eq!(insist(&store, &(0..30).map(dated).collect::<Vec<_>>()).0, 30);
    store.close();
    let disk = without_indexes(&disk);
    let StoreParts { mut writer, .. } =
        StoreParts::open(settings(16 << 20), Arc::new(disk.clone()), Clock::system()).unwrap();
    let log = |day: u64| format!("/data/{}/{}/", tenant(), dated(day).time.day());
    let taken_away: Vec<_> = disk.files().into_iter().filter(|path| path.starts_with(log(0))).collect();
    taken_away.iter().for_each(|path| disk.remove_file(path).unwrap());
    let batch = |from: u64| EventBatch { tenant: tenant(), events: vec![dated(from), dated(from + 30)] };
    let results = writer.append_group(vec![batch(0), batch(1), batch(2)]).results;
    assert!(matches!(results[0], Err(IngestError::Unready { .. })), "{:?}", results[0]);
    for other in &results[1..] {
        let done = other.as_ref().unwrap();
        assert_eq!((done.stored, done.duplicates, done.rejected.len()), (1, 1, 0));
    }
}
