//! Disks that fail, fill up, are read-only or in use.

use std::sync::Arc;

use steplog_model::store::{EventStore as _, IngestError};
use steplog_model::testing::contract::eventually;
use steplog_model::time::NANOS_PER_DAY;

use super::harness::{bulky, events, ingest, open, read_all, settle, tiny, try_ingest};
use crate::config::StoreSettings;
use crate::disk::{RealDisk, SimDisk};
use crate::error::OpenError;
use crate::store::EmbeddedStore;

fn is_refused(answer: &Result<steplog_model::store::Ingested, IngestError>) -> bool {
    matches!(answer, Err(IngestError::Unwritable { retry_after, .. }) if !retry_after.is_zero())
}

#[test]
fn a_failed_sync_ends_writing_until_the_restart() {
    let disk = SimDisk::default();
    let store = open(&disk);
    ingest(&store, &events(0..20));
    settle(&store);
    let before = read_all(&store);
    disk.fail_syncs(1);
    assert!(is_refused(&try_ingest(&store, &events(20..30))));
    // The disk is well again; nobody knows what it has.
    assert!(is_refused(&try_ingest(&store, &events(20..30))));
    assert!(store.health().not_writable.is_some_and(|why| why.contains("restart")));
    assert_eq!(read_all(&store), before);
    drop(store);
    for seed in 0..20 {
        let store = open(&disk.after_power_cut(seed));
        assert_eq!(store.health().not_writable, None);
        let (stored, duplicates) = ingest(&store, &events(0..30));
        assert!(duplicates >= 20 && stored + duplicates == 30, "{stored} stored, {duplicates} known");
        settle(&store);
        assert_eq!(read_all(&store).0.len(), 30);
    }
}

#[test]
fn a_failed_sync_of_a_file_that_was_filled_up_is_not_tried_again() {
    // Each of the first syncs of a group in turn: those of the file left behind and of the new one.
    let mut refused = 0;
    for filled in 0..12 {
        let disk = SimDisk::default();
        let settings = StoreSettings { store_log_file_bytes: 1 << 10, ..tiny() };
        let store = EmbeddedStore::open(settings, Arc::new(disk.clone())).unwrap();
        ingest(&store, &events(0..1 + filled));
        settle(&store);
        disk.fail_syncs(1);
        let answer = try_ingest(&store, &events(100..140));
        if is_refused(&answer) {
            refused += 1;
            let why = store.health().not_writable.unwrap();
            assert!(why.contains("restart"), "{why}");
        }
        disk.fail_syncs(0);
    }
    // The index may have met the failure instead.
    assert!(refused > 0);
}

#[test]
fn a_full_disk_refuses_until_there_is_room_again() {
    let disk = SimDisk::default();
    let mut known = 0_u64;
    let mut refusals = 0;
    let store = open(&disk);
    for fill in 0..40_u64 {
        // From no room at all to enough for all but the last write.
        disk.set_capacity(Some(disk.used_bytes() + fill * fill * 16));
        let sent = bulky(known..known + 8);
        let answer = try_ingest(&store, &sent);
        refusals += u64::from(is_refused(&answer));
        assert!(answer.is_ok() || is_refused(&answer), "{answer:?}");
        assert!(read_all(&store).0.len() as u64 <= known + 8);
        disk.set_capacity(None);
        // Whatever became of it, the same events are stored once, without a restart.
        let (stored, duplicates) = ingest(&store, &sent);
        assert_eq!(stored + duplicates, 8);
        assert_eq!(answer.is_ok(), stored == 0, "acknowledged and stored are the same");
        known += 8;
    }
    assert!(refusals > 5, "the disk was hardly ever full");
    assert_eq!(store.health().not_writable, None);
    eventually("all becomes searchable", || read_all(&store).0.len() as u64 == known);
    drop(store);
    let store = open(&disk.after_power_cut(1));
    settle(&store);
    assert_eq!(read_all(&store).0.len() as u64, known);
}

#[test]
fn events_that_a_full_disk_keeps_from_the_index_are_reported_and_found_later() {
    let disk = SimDisk::default();
    let store = open(&disk);
    // Room for the log, none for the index: the smallest with which events are taken.
    let rooms = (1..200_u64).map(|step| step * 512);
    let taken = rooms.into_iter().find(|room| {
        disk.set_capacity(Some(room + disk.used_bytes()));
        try_ingest(&store, &bulky(0..8)).is_ok()
    });
    assert!(taken.is_some());
    disk.set_capacity(Some(0));
    if read_all(&store).0.is_empty() {
        eventually("it is told", || store.health().not_searchable.is_some());
        assert!(
            store.health().not_searchable.is_some_and(|text| text.contains("8 events in default/2026-11-23"))
        );
    }
    disk.set_capacity(None);
    eventually("all becomes searchable", || {
        read_all(&store) == (read_all(&store).0, true) && read_all(&store).0.len() == 8
    });
    eventually("nothing is amiss any more", || store.health().not_searchable.is_none());
}

#[test]
fn room_is_noticed_without_anything_being_sent() {
    let disk = SimDisk::default();
    let store = open(&disk);
    ingest(&store, &events(0..5));
    settle(&store);
    disk.set_capacity(Some(0));
    assert!(is_refused(&try_ingest(&store, &bulky(5..30))));
    assert!(store.health().not_writable.is_some_and(|why| why.contains("full")));
    disk.set_capacity(None);
    eventually("the store sees the room", || store.health().not_writable.is_none());
    assert_eq!(ingest(&store, &bulky(5..30)), (25, 0));
}

#[test]
fn running_out_of_descriptors_refuses_and_passes() {
    let mut refusals = 0;
    for left in 0..60 {
        let disk = SimDisk::default();
        let settings = StoreSettings { store_log_file_bytes: 2 << 10, ..tiny() };
        let store = EmbeddedStore::open(settings, Arc::new(disk.clone())).unwrap();
        ingest(&store, &bulky(0..3));
        settle(&store);
        disk.set_descriptors(Some(left));
        // Files are filled up and begun; the last event makes a new day.
        let mut sent = bulky(3..30);
        if let Some(last) = sent.last_mut() {
            last.time = last.time.saturating_add(NANOS_PER_DAY);
        }
        let answer = try_ingest(&store, &sent);
        assert!(answer.is_ok() || is_refused(&answer), "{answer:?}");
        refusals += u64::from(is_refused(&answer));
        assert!(store.health().not_writable.is_none_or(|why| !why.contains("restart steplog")), "{left}");
        disk.set_descriptors(None);
        let (stored, duplicates) = ingest(&store, &sent);
        assert_eq!((stored + duplicates, stored == 0), (27, answer.is_ok()), "{left}");
        assert_eq!(store.health().not_writable, None);
        eventually("all becomes searchable", || read_all(&store).0.len() == 30);
        eventually("nothing is amiss", || store.health().notices.is_empty());
        drop(store);
        let store = open(&disk.after_power_cut(left));
        settle(&store);
        assert_eq!((read_all(&store).0.len(), store.health().notices), (30, vec![]), "{left}");
    }
    assert!(refusals > 5, "descriptors were hardly ever missing: {refusals}");
}

#[test]
fn nothing_is_acknowledged_into_a_directory_that_was_taken_away() {
    let above = tempfile::tempdir().unwrap();
    let (data, elsewhere) = (above.path().join("data"), above.path().join("elsewhere"));
    let settings = StoreSettings { data: data.clone(), ..tiny() };
    let store = EmbeddedStore::open(settings.clone(), Arc::new(RealDisk)).unwrap();
    assert_eq!(ingest(&store, &events(0..3)), (3, 0));
    settle(&store);
    std::fs::rename(&data, &elsewhere).unwrap();
    // It is noticed without anything being sent.
    eventually("it is told", || store.health().not_writable.is_some_and(|why| why.contains("removed")));
    assert!(is_refused(&try_ingest(&store, &events(3..5))));
    assert!(!data.exists(), "a directory was made in the place of the one that is gone");
    std::fs::create_dir(&data).unwrap();
    assert!(is_refused(&try_ingest(&store, &events(3..5))));
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::rename(&elsewhere, &data).unwrap();
    assert_eq!(ingest(&store, &events(0..5)), (2, 3));
    assert_eq!(store.health().not_writable, None);
    // A day alone.
    let day = data.join("default").join(events(0..1)[0].time.day().to_string());
    std::fs::rename(&day, above.path().join("day")).unwrap();
    assert!(is_refused(&try_ingest(&store, &events(5..8))));
    drop(store);
    let store = EmbeddedStore::open(settings, Arc::new(RealDisk)).unwrap();
    assert_eq!(ingest(&store, &events(5..8)), (3, 0));
}

#[test]
fn a_store_starts_on_a_full_disk_and_answers() {
    let disk = SimDisk::default();
    let store = open(&disk);
    ingest(&store, &events(0..50));
    settle(&store);
    let before = read_all(&store);
    ingest(&store, &events(50..60));
    for (disk, index_lasts) in [(disk.after_kill(), true), (disk.after_power_cut(3), false)] {
        disk.set_capacity(Some(disk.used_bytes()));
        let store = open(&disk);
        let (found, complete) = read_all(&store);
        // A commit may be lost with the power; without room it cannot be made again, and answers say so.
        assert!(found.starts_with(&before.0) || !(index_lasts || complete), "{}", found.len());
        let answer = try_ingest(&store, &bulky(60..90));
        assert!(is_refused(&answer), "{answer:?}");
        disk.set_capacity(None);
        let sent: Vec<_> = events(0..60).into_iter().chain(bulky(60..90)).collect();
        let (stored, duplicates) = ingest(&store, &sent);
        assert!(duplicates >= 60 && stored + duplicates == 90);
        eventually("all becomes searchable", || read_all(&store).0.len() == 90);
    }
}

#[test]
fn a_disk_that_becomes_read_only_is_read() {
    let disk = SimDisk::default();
    let store = open(&disk);
    ingest(&store, &events(0..20));
    settle(&store);
    disk.set_read_only(true);
    assert!(is_refused(&try_ingest(&store, &events(20..30))));
    assert_eq!(read_all(&store).0.len(), 20);
    assert!(store.health().not_writable.is_some_and(|why| why.contains("read-only")));
    drop(store);
    let disk = disk.after_kill();
    disk.set_read_only(true);
    let error = EmbeddedStore::open(tiny(), Arc::new(disk.clone())).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    assert!(error.to_string().contains("/data") && !error.to_string().contains('\n'), "{error}");
    disk.set_read_only(false);
    let store = open(&disk);
    let (stored, duplicates) = ingest(&store, &events(0..30));
    assert!(duplicates >= 20 && stored + duplicates == 30);
}

#[test]
fn a_second_process_gets_one_clear_line() {
    let directory = tempfile::tempdir().unwrap();
    let settings = StoreSettings { data: directory.path().to_owned(), ..tiny() };
    let store = EmbeddedStore::open(settings.clone(), Arc::new(RealDisk)).unwrap();
    let error = EmbeddedStore::open(settings.clone(), Arc::new(RealDisk)).unwrap_err();
    assert!(matches!(&error, OpenError::Locked { path } if path == directory.path()), "{error}");
    let line = error.to_string();
    assert!(line.contains("another steplog process") && !line.contains('\n'), "{line}");
    assert_eq!(ingest(&store, &events(0..3)), (3, 0));
    drop(store);
    let store = EmbeddedStore::open(settings, Arc::new(RealDisk)).unwrap();
    assert_eq!(ingest(&store, &events(0..3)), (0, 3));
}

#[test]
fn a_path_that_is_no_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = EmbeddedStore::open(StoreSettings::at(&file), Arc::new(RealDisk)).unwrap_err();
    assert!(error.to_string().contains(&*file.to_string_lossy()), "{error}");
}

#[test]
fn a_directory_is_known_as_a_store_from_its_opening_on() {
    let disk = SimDisk::default();
    let path = std::path::Path::new("/data/store.json");
    disk.set_capacity(Some(0));
    let store = open(&disk);
    assert!(crate::disk::read_file(&disk, path).is_err(), "there is no room for it yet");
    drop(store);
    disk.set_capacity(None);
    drop(open(&disk));
    let written = crate::disk::read_file(&disk, path).unwrap();
    assert!(String::from_utf8(written).unwrap().contains("\"next_seq\":1"));
}

#[test]
fn a_damaged_store_file_is_rewritten_above_all_known_seqs() {
    let disk = SimDisk::default();
    let store = open(&disk);
    ingest(&store, &events(0..10));
    drop(store);
    let path = std::path::Path::new("/data/store.json");
    crate::disk::replace_file(&disk, path, b"{").unwrap();
    let store = open(&disk);
    assert!(store.health().notices.iter().any(|notice| notice.contains("store.json")));
    ingest(&store, &events(10..20));
    settle(&store);
    let seqs: Vec<u64> = read_all(&store).0.iter().map(|stored| stored.seq).collect();
    assert!(seqs.is_sorted_by(|one, next| one < next) && seqs.len() == 20, "{seqs:?}");
}

#[test]
fn a_lock_file_that_is_taken_away_ends_writing() {
    let directory = tempfile::tempdir().unwrap();
    let settings = StoreSettings { data: directory.path().to_owned(), ..tiny() };
    let store = EmbeddedStore::open(settings.clone(), Arc::new(RealDisk)).unwrap();
    assert_eq!(ingest(&store, &events(0..20)), (20, 0));
    std::fs::remove_file(directory.path().join("lock")).unwrap();
    assert!(is_refused(&try_ingest(&store, &events(20..30))));
    // Somebody took it for one that was left behind, and started a second one.
    let second = EmbeddedStore::open(settings, Arc::new(RealDisk)).unwrap();
    assert!(is_refused(&try_ingest(&store, &events(20..30))));
    assert!(store.health().not_writable.is_some_and(|why| why.contains("lock")));
    drop(store);
    assert_eq!(ingest(&second, &events(0..30)), (10, 20));
    settle(&second);
    assert_eq!(read_all(&second).0.len(), 30);
}
