//! Indexes whose files are lost or damaged: built anew, with the same answers.

use std::path::{Path, PathBuf};

use steplog_model::store::EventStore as _;
use steplog_model::time::NANOS_PER_DAY;

use super::harness::{answers, budget, events, ingest, open, settle, tenant};
use crate::disk::{Disk as _, OpenMode, SimDisk, read_file};
use crate::testing::event;

const INDEX: &str = "/data/default/2026-11-23/index";

/// A disk with a store that was closed, made in many groups so that there are several segments.
fn filled() -> SimDisk {
    let disk = SimDisk::default();
    let store = open(&disk);
    for group in 0..7 {
        ingest(&store, &events(group * 20..group * 20 + 20));
        settle(&store);
    }
    drop(store);
    disk
}

fn index_files(disk: &SimDisk) -> Vec<PathBuf> {
    disk.files().into_iter().filter(|path| path.starts_with(INDEX)).collect()
}

#[test]
fn every_index_file_can_be_lost_cut_or_damaged() {
    let whole = filled();
    let store = open(&whole.after_kill());
    settle(&store);
    let before = answers(&store);
    drop(store);
    let files = index_files(&whole);
    assert!(files.len() > 8, "{files:?}");
    for path in files {
        let len = read_file(&whole, &path).unwrap().len();
        for harm in ["remove", "cut", "empty", "first byte", "middle byte", "last byte"] {
            let disk = whole.after_kill();
            let file = disk.open(&path, OpenMode::Write).unwrap();
            let flip = |place: usize| {
                let mut byte = [0];
                file.read_at(&mut byte, place as u64).unwrap();
                file.write_at(&[byte[0] ^ 0x10], place as u64).unwrap();
            };
            match harm {
                "remove" => disk.remove_file(&path).unwrap(),
                "cut" => file.set_len(len as u64 / 2).unwrap(),
                "empty" => file.set_len(0).unwrap(),
                "first byte" if len > 0 => flip(0),
                "middle byte" if len > 0 => flip(len / 2),
                "last byte" if len > 0 => flip(len - 1),
                _ => continue,
            }
            let store = open(&disk);
            // Where the start does not notice, a check of all bytes does.
            store.state.partitions().iter().for_each(|partition| partition.request_check());
            store.state.partitions().iter().for_each(|partition| partition.check_if_requested());
            steplog_model::testing::contract::eventually("the index is whole again", || {
                let partitions = store.state.partitions();
                partitions.iter().all(|partition| partition.is_complete() && !partition.is_index_damaged())
            });
            assert_eq!(answers(&store), before, "{harm} of {}", path.display());
        }
    }
}

#[test]
fn a_lost_index_is_rebuilt() {
    let whole = filled();
    let store = open(&whole.after_kill());
    let before = answers(&store);
    let disk = whole.after_kill();
    disk.remove_dir(Path::new(INDEX)).unwrap();
    let store = open(&disk);
    settle(&store);
    assert_eq!(answers(&store), before);
    assert_eq!(ingest(&store, &events(0..140)), (0, 140));
}

#[test]
fn damaged_records_are_left_out_and_reported() {
    let disk = filled();
    let log = disk.files().into_iter().find(|path| path.extension().is_some_and(|it| it == "frames"));
    let file = disk.open(&log.unwrap(), OpenMode::Write).unwrap();
    let mut byte = [0];
    file.read_at(&mut byte, 100).unwrap();
    file.write_at(&[!byte[0]], 100).unwrap();
    // The index would have to be read to notice: make the start look at all records.
    disk.remove_dir(Path::new(INDEX)).unwrap();
    let store = open(&disk);
    settle(&store);
    let health = store.health();
    assert!(health.notices.iter().any(|notice| notice.contains("set aside")), "{:?}", health.notices);
    assert_eq!(health.events, 120);
    assert_eq!(ingest(&store, &events(0..140)), (20, 120));
}

#[test]
fn a_day_that_cannot_be_looked_through_hides_no_event_of_another() {
    let disk = SimDisk::default();
    let store = open(&disk);
    let known = event(1);
    let mut other = event(2);
    other.time = other.time.saturating_add(NANOS_PER_DAY);
    ingest(&store, &[known.clone(), other.clone()]);
    settle(&store);
    for damaged in [&known, &other] {
        let day = format!("/data/default/{}/index", damaged.time.day());
        let exact = |path: &PathBuf| {
            path.starts_with(&day) && path.extension().is_some_and(|extension| extension == "exact")
        };
        for path in disk.files().into_iter().filter(exact) {
            disk.open(&path, OpenMode::Write).unwrap().set_len(0).unwrap();
        }
        let sound = if damaged.id == known.id { &other } else { &known };
        let found = store.event(&tenant(), sound.id, &budget()).unwrap();
        assert_eq!(found.map(|stored| stored.event.id), Some(sound.id));
        let lost = store.event(&tenant(), damaged.id, &budget());
        assert_ne!(lost, Ok(None), "that it is not kept would be a guess");
        steplog_model::testing::contract::eventually("the index is whole again", || {
            store.event(&tenant(), damaged.id, &budget()).is_ok_and(|found| found.is_some())
        });
    }
}
