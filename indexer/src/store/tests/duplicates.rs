//! Events that are sent again, in every way in which that happens.

use std::sync::Arc;

use steplog_model::event::{Event, EventBatch, Flags, TimeSource};
use steplog_model::ids::EventId;
use steplog_model::store::IngestError;

use super::harness::{events, ingest, open, read_all, settle, tenant, tiny};
use crate::clock::Clock;
use crate::disk::SimDisk;
use crate::store::open::StoreParts;
use crate::testing::event;

const DAY_NANOS: i64 = 86_400_000_000_000;

fn later(event: &Event, days: i64) -> Event {
    let mut other = event.clone();
    other.time.0 += days * DAY_NANOS;
    other
}

#[test]
fn copies_are_found_before_and_after_the_commit_and_across_restarts() {
    let disk = SimDisk::default();
    let sent = events(0..40);
    let store = open(&disk);
    assert_eq!(ingest(&store, &sent), (40, 0));
    assert_eq!(ingest(&store, &sent), (0, 40));
    settle(&store);
    assert_eq!(ingest(&store, &sent), (0, 40));
    drop(store);
    let store = open(&disk);
    assert_eq!(ingest(&store, &sent), (0, 40));
    // Killed, so that the next start finds records that no index has.
    let killed = disk.after_kill();
    let again = open(&killed);
    assert_eq!(ingest(&again, &events(20..60)), (20, 20));
    settle(&again);
    assert_eq!(read_all(&again).0.len(), 60);
}

#[test]
fn copies_sent_at_once_are_stored_once() {
    let disk = SimDisk::default();
    let store = open(&disk);
    let sent = events(0..50);
    let stored: usize = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8).map(|_| scope.spawn(|| ingest(&store, &sent).0)).collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).sum()
    });
    assert_eq!(stored, 50);
    settle(&store);
    assert_eq!(read_all(&store).0.len(), 50);
}

#[test]
fn an_event_that_names_itself_is_one_event_whatever_its_time() {
    let disk = SimDisk::default();
    let store = open(&disk);
    let mut named = event(1);
    named.flags.insert(Flags::EXPLICIT_ID);
    assert_eq!(ingest(&store, &[named.clone()]), (1, 0));
    assert_eq!(ingest(&store, &[later(&named, 1)]), (0, 1));
    settle(&store);
    assert_eq!(ingest(&store, &[later(&named, -2), later(&named, 3)]), (0, 2));
    drop(store);
    let store = open(&disk);
    assert_eq!(ingest(&store, &[later(&named, 5)]), (0, 1));
    assert_eq!(read_all(&store).0.len(), 1);
}

#[test]
fn an_event_that_an_export_names_or_whose_time_is_ahead_is_found_under_another_day() {
    let store = open(&SimDisk::default());
    assert_eq!(ingest(&store, &[event(1), event(2)]), (2, 0));
    settle(&store);
    let exported = Event { has_exported_id: true, ..later(&event(1), 1) };
    let ahead = Event { flags: Flags::TIME_AHEAD, ..later(&event(2), 1) };
    assert_eq!(ingest(&store, &[exported, ahead]), (0, 2));
    assert_eq!(read_all(&store).0.len(), 2);
}

#[test]
fn an_event_without_a_time_of_its_own_is_found_under_another_day() {
    let store = open(&SimDisk::default());
    let mut timeless = event(1);
    timeless.time_source = TimeSource::Received;
    assert_eq!(ingest(&store, &[timeless.clone()]), (1, 0));
    settle(&store);
    assert_eq!(ingest(&store, &[later(&timeless, 1)]), (0, 1));
}

#[test]
fn equal_records_of_different_ids_are_all_kept() {
    let store = open(&SimDisk::default());
    let twins: Vec<Event> = (0..3).map(|id| Event { id: EventId(id), ..event(7) }).collect();
    assert_eq!(ingest(&store, &twins), (3, 0));
    assert_eq!(ingest(&store, &twins), (0, 3));
    settle(&store);
    assert_eq!(read_all(&store).0.len(), 3);
}

#[test]
fn a_day_that_was_dropped_begins_anew_with_other_numbers() {
    let disk = SimDisk::default();
    let store = open(&disk);
    let sent = events(0..30);
    ingest(&store, &sent);
    settle(&store);
    let last = read_all(&store).0.iter().map(|stored| stored.seq).max().unwrap();
    let day = sent[0].time.day();
    assert!(store.drop_day(&tenant(), day).unwrap());
    assert_eq!(read_all(&store), (Vec::new(), true));
    assert!(!store.drop_day(&tenant(), day).unwrap());
    assert_eq!(ingest(&store, &sent[..10]), (10, 0));
    settle(&store);
    let found = read_all(&store).0;
    assert!(found.len() == 10 && found.iter().all(|stored| stored.seq > last));
    drop(store);
    // Nothing of the dropped events is left anywhere.
    let store = crate::store::EmbeddedStore::open(super::tiny(), Arc::new(disk)).unwrap();
    assert_eq!(read_all(&store).0, found);
}

#[test]
fn a_day_that_cannot_be_read_refuses_its_own_batches_alone() {
    let disk = SimDisk::default();
    let store = open(&disk);
    let (sick, well) =
        (events(0..20), events(20..40).iter().map(|event| later(event, 3)).collect::<Vec<_>>());
    assert_eq!(ingest(&store, &sick), (20, 0));
    settle(&store);
    drop(store);
    let mut parts =
        StoreParts::open(tiny(), Arc::new(disk.clone()), Clock::manual(Arc::new(i64::MAX.into()))).unwrap();
    disk.fail_reads_below("/data/default/2026-11-23".as_ref());
    let batch = |events: &[Event]| EventBatch { tenant: tenant(), events: events.to_vec() };
    // The second has events of both days: none of them is taken.
    let both = [&well[..10], &sick[..]].concat();
    let results = parts.writer.append_group(vec![batch(&sick), batch(&both), batch(&well)]).results;
    assert!(matches!(&results[0], Err(IngestError::Unready { .. })), "{results:?}");
    assert!(matches!(&results[1], Err(IngestError::Unready { .. })), "{results:?}");
    let taken = results[2].as_ref().unwrap();
    assert_eq!((taken.stored, taken.duplicates), (20, 0), "each once");
    assert!(!parts.state.health.is_refusing());
}
