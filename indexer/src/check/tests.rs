//! Checks of stores that are well, behind, torn and damaged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use steplog_model::column::Column;
use steplog_model::event::{Cell, Event, EventBatch, StoredEvent};
use steplog_model::ids::Tenant;
use steplog_model::query::{Order, PageRequest, Period, Query};
use steplog_model::store::{Budget, EventStore as _};
use steplog_model::testing::contract::wait;

use super::report::{CheckProgress, CheckReport, CheckStage, IndexState, LogState};
use super::{check, check_on, run_on};
use crate::config::StoreSettings;
use crate::disk::{Disk as _, OpenMode, RealDisk, SimDisk, read_file};
use crate::error::OpenError;
use crate::log::file_name;
use crate::log::read::{LogReader, Scanned};
use crate::log::table::FileTable;
use crate::store::EmbeddedStore;
use crate::testing::event;

const DAY: &str = "/data/default/2026-11-23";

fn settings() -> StoreSettings {
    StoreSettings {
        store_commit_millis: 5,
        store_log_file_bytes: 8 << 10,
        // What compaction makes of a day is looked at elsewhere.
        store_compact_after_hours: u32::MAX,
        store_retention_days: 0,
        ..StoreSettings::at("/data")
    }
}

fn ingest(store: &EmbeddedStore, numbers: std::ops::Range<u64>) {
    let events = numbers.map(event).collect();
    wait(store.ingest(EventBatch { tenant: Tenant::default(), events })).unwrap();
}

/// A disk with 60 events, closed in order.
fn filled() -> SimDisk {
    let disk = SimDisk::default();
    let store = EmbeddedStore::open(settings(), Arc::new(disk.clone())).unwrap();
    for group in 0..6 {
        ingest(&store, group * 10..group * 10 + 10);
        assert!(store.wait_until_searchable(Duration::from_secs(60)));
    }
    drop(store);
    disk
}

fn run(disk: &SimDisk, rebuild: bool) -> (CheckReport, Vec<CheckProgress>) {
    let mut told = Vec::new();
    let report = check_on(Arc::new(disk.clone()), &settings(), rebuild, &mut |progress| told.push(progress));
    (report.unwrap(), told)
}

fn find(disk: &SimDisk, extension: &str) -> PathBuf {
    let has = |path: &PathBuf| path.extension().is_some_and(|found| found == extension);
    disk.files().into_iter().find(has).unwrap()
}

fn flip(disk: &SimDisk, path: &Path, place: u64) {
    let file = disk.open(path, OpenMode::Write).unwrap();
    let mut byte = [0];
    file.read_at(&mut byte, place).unwrap();
    file.write_at(&[!byte[0]], place).unwrap();
}

#[test]
fn a_whole_store_is_reported_whole_and_left_as_it_is() {
    let disk = filled();
    let content = |disk: &SimDisk| -> Vec<_> {
        disk.files().into_iter().map(|path| (read_file(disk, &path).unwrap(), path)).collect()
    };
    // What a merge left behind may be tidied up.
    let records = |disk: &SimDisk| -> Vec<_> {
        content(disk)
            .into_iter()
            .filter(|(_, path)| !path.starts_with(Path::new(DAY).join("index")))
            .collect()
    };
    let (before, kept) = (content(&disk), records(&disk));
    let (report, told) = run(&disk, false);
    assert!(report.is_sound() && report.events() == 60 && report.rebuilt_days == 0, "{report:?}");
    let [day] = &report.days[..] else { panic!("{report:?}") };
    assert_eq!((&*day.tenant, &*day.day, day.last_seq), ("default", "2026-11-23", 60));
    assert_eq!((&day.log, &day.index, day.checkpoint), (&LogState::Clean, &IndexState::Ok, 60));
    let files = before.iter().filter(|(_, path)| path.starts_with(DAY));
    assert_eq!(day.bytes.total(), files.map(|(bytes, _)| bytes.len() as u64).sum::<u64>());
    assert!(day.bytes.log > 0 && day.bytes.tables > 0 && day.bytes.index > 0);
    let last = told.iter().rfind(|progress| progress.stage == CheckStage::Log).unwrap();
    assert_eq!((last.done, last.total), (day.bytes.log, day.bytes.log));
    assert_eq!(records(&disk), kept);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["days"][0]["log"]["state"], "clean");
    assert_eq!(json["days"][0]["index"]["state"], "ok");
}

#[test]
fn an_index_that_lacks_events_is_behind_by_as_many() {
    let disk = filled();
    disk.remove_dir(&Path::new(DAY).join("index")).unwrap();
    let (report, _) = run(&disk, false);
    assert_eq!(report.days[0].index, IndexState::Behind { events: 60 });
    assert!(report.is_sound());
    let (report, told) = run(&disk, true);
    assert_eq!((&report.days[0].index, report.rebuilt_days), (&IndexState::Ok, 1));
    let built = told.iter().rfind(|progress| progress.stage == CheckStage::Rebuild).unwrap();
    assert_eq!((built.done, built.total), (60, 60));
}

#[test]
fn a_torn_tail_is_no_damage() {
    let disk = filled();
    let log = find(&disk, "frames");
    let len = read_file(&disk, &log).unwrap().len() as u64;
    // Half an append behind all that the table knows.
    disk.open(&log, OpenMode::Write).unwrap().write_at(&[7; 30], len).unwrap();
    let (report, _) = run(&disk, false);
    let LogState::TornTail { place } = &report.days[0].log else { panic!("{report:?}") };
    assert_eq!((place.offset, place.bytes), (len, 30));
    assert!(report.is_sound() && report.events() == 60);
    // The same bytes a second time: nothing was changed.
    assert_eq!(run(&disk, false).0.days[0].log, report.days[0].log);
    assert_eq!(run(&disk, true).0.days[0].log, LogState::Clean);
}

#[test]
fn every_flipped_byte_of_log_and_index_is_found() {
    let whole = filled();
    let kinds = ["frames", "term", "idx", "pos", "fast", "fieldnorm", "store", "exact", "side", "json"];
    for path in whole.files().into_iter().filter(|path| path.starts_with(DAY)) {
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if !kinds.contains(&&*extension) {
            continue;
        }
        let len = read_file(&whole, &path).unwrap().len() as u64;
        for place in (0..len).step_by(97).chain([len - 1]) {
            let disk = whole.after_kill();
            flip(&disk, &path, place);
            let (report, _) = run(&disk, false);
            let day = &report.days[0];
            if extension == "frames" {
                assert!(matches!(day.log, LogState::Damaged { .. }), "byte {place}: {report:?}");
            } else {
                assert!(matches!(day.index, IndexState::Damaged { .. }), "{extension} {place}: {report:?}");
                assert_eq!(day.log, LogState::Clean);
            }
        }
    }
}

#[test]
fn a_log_that_ends_before_what_was_written_is_found() {
    let disk = filled();
    let path = find(&disk, "frames");
    let name = file_name::parse_log(&path.file_name().unwrap().to_string_lossy()).unwrap();
    assert!(FileTable::load(&disk, path.parent().unwrap(), name).unwrap().is_some());
    let file = disk.open(&path, OpenMode::Write).unwrap();
    let (mut reader, _) = LogReader::open(&*file, name, 0).unwrap();
    let mut starts = vec![reader.position()];
    while let Scanned::Frame(..) = reader.next().unwrap() {
        starts.push(reader.position());
    }
    // Between two frames, where nothing looks torn.
    file.set_len(starts[3]).unwrap();
    let (report, _) = run(&disk, false);
    assert!(matches!(report.days[0].log, LogState::Damaged { .. }), "{report:?}");
}

#[test]
fn a_check_and_a_start_judge_alike() {
    let whole = filled();
    let path = find(&whole, "frames");
    let len = read_file(&whole, &path).unwrap().len() as u64;
    let cuts = (0..len).step_by(61).map(|place| (place, "cut"));
    // Without an index a start looks at every byte, as a check does.
    let flips = (0..len).step_by(61).map(|place| (place, "flip"));
    let (mut damaged, mut torn) = (0, 0);
    for (place, harm) in cuts.chain(flips) {
        for with_index in [true, false] {
            let disk = whole.after_kill();
            if !with_index {
                disk.remove_dir(&path.with_file_name(file_name::INDEX_DIR)).unwrap();
                // As after a crash: no table tells how much was written.
                disk.remove_file(&path.with_extension("table")).unwrap();
            }
            match harm {
                "cut" => disk.open(&path, OpenMode::Write).unwrap().set_len(place).unwrap(),
                _ if with_index => continue,
                _ => flip(&disk, &path, place),
            }
            let (report, _) = run(&disk, false);
            let day = &report.days[0];
            let store = EmbeddedStore::open(settings(), Arc::new(disk)).unwrap();
            let notices = store.health().notices;
            assert_eq!(!report.is_sound(), !notices.is_empty(), "{harm} {place}: {report:?} {notices:?}");
            damaged += usize::from(!report.is_sound());
            torn += usize::from(matches!(day.log, LogState::TornTail { .. }));
        }
    }
    assert!(damaged > 10 && torn > 10, "{damaged} {torn}");
}

#[test]
fn a_rebuild_sets_damage_aside_and_keeps_the_rest() {
    let disk = filled();
    flip(&disk, &find(&disk, "frames"), 100);
    let (report, _) = run(&disk, false);
    let LogState::Damaged { places } = &report.days[0].log else { panic!("{report:?}") };
    assert_eq!((places.len(), places[0].offset), (1, 32));
    let (report, _) = run(&disk, true);
    assert_eq!((&report.days[0].log, &report.days[0].index), (&LogState::Clean, &IndexState::Ok));
    assert_eq!(report.events(), 50);
    assert!(report.days[0].bytes.damaged > 0);
    // What is lost is told by this check, and by each one until somebody has seen to it.
    assert!(!report.is_sound() && report.days[0].damage.len() == 2, "{report:?}");
    let (report, _) = run(&disk, false);
    assert!(!report.is_sound() && report.days[0].damage.len() == 1, "{report:?}");
    disk.remove_dir(&find(&disk, "frames").with_file_name(file_name::DAMAGED_DIR)).unwrap();
    assert!(run(&disk, true).0.is_sound());
    let store = EmbeddedStore::open(settings(), Arc::new(disk)).unwrap();
    assert_eq!((store.health().events, store.health().unindexed_events), (50, 0));
}

#[test]
fn a_store_in_use_and_no_store_at_all_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let error = check(&data, false, &mut |_| {}).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    assert!(!data.exists());
    let store = EmbeddedStore::open(StoreSettings::at(&data), Arc::new(RealDisk)).unwrap();
    ingest(&store, 0..5);
    assert!(matches!(check(&data, true, &mut |_| {}).unwrap_err(), OpenError::Locked { .. }));
    drop(store);
    for rebuild in [false, true] {
        let report = check(&data, rebuild, &mut |_| {}).unwrap();
        assert!(report.is_sound() && report.events() == 5, "{report:?}");
        assert_eq!(report.days[0].index, IndexState::Ok);
    }
}

#[test]
fn a_store_of_another_format_is_refused_as_a_start_refuses_it_and_left_alone() {
    let disk = filled();
    let path = Path::new("/data/store.json");
    crate::disk::replace_file(&disk, path, br#"{"format":99,"next_seq":1000}"#).unwrap();
    let content = || -> Vec<_> { disk.files().iter().map(|path| read_file(&disk, path).unwrap()).collect() };
    let (before, started) = (content(), EmbeddedStore::open(settings(), Arc::new(disk.clone())));
    let started = started.unwrap_err();
    for rebuild in [false, true] {
        let refused = check_on(Arc::new(disk.clone()), &settings(), rebuild, &mut |_| {}).unwrap_err();
        assert!(matches!(&refused, OpenError::Newer { format: 99, .. }), "{refused}");
        assert_eq!(refused.to_string(), started.to_string());
    }
    assert!(content() == before, "the refused store was changed");
}

#[test]
fn a_damaged_store_file_does_not_keep_the_days_from_being_checked() {
    let disk = filled();
    crate::disk::replace_file(&disk, Path::new("/data/store.json"), b"{").unwrap();
    let (report, _) = run(&disk, false);
    assert_eq!((report.days.len(), report.days[0].events), (1, 60));
}

#[test]
fn remapped_events_stay_the_same_events() {
    let disk = filled();
    let events = |disk: &SimDisk| {
        let store = EmbeddedStore::open(settings(), Arc::new(disk.clone())).unwrap();
        let query = Query::all(Tenant::default(), Period::ALL);
        let request = PageRequest::first(query, Order::OldestFirst, 1_000);
        let page = store.page(&request, &Budget::new(Duration::from_secs(60))).unwrap();
        assert!(page.complete);
        page.events
    };
    let before = events(&disk);
    assert_eq!(before.len(), 60);
    let channel = |number: u64| Cell {
        column: Column::Channel,
        value: format!("channel {number}").into(),
        rule: Some("acme.channel".into()),
    };
    let mut number = 0;
    let mut remap = |tenant: &Tenant, event: &mut Event| {
        assert_eq!(*tenant, Tenant::default());
        event.cells = vec![channel(number)];
        event.duration_nanos = Some(number);
        number += 1;
    };
    let report = run_on(Arc::new(disk.clone()), &settings(), Some(Some(&mut remap)), &mut |_| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(number, 60, "each once");
    let after = events(&disk.after_kill());
    assert_eq!(after.len(), 60);
    for (number, (old, new)) in (0..).zip(before.iter().zip(&after)) {
        let event = Event { cells: vec![channel(number)], duration_nanos: Some(number), ..old.event.clone() };
        assert_eq!(*new, StoredEvent { seq: old.seq, event });
    }
    // What is sent again is known, what is new is taken.
    let store = EmbeddedStore::open(settings(), Arc::new(disk)).unwrap();
    let sent = |numbers: std::ops::Range<u64>| {
        let events = numbers.map(event).collect();
        wait(store.ingest(EventBatch { tenant: Tenant::default(), events })).unwrap()
    };
    assert_eq!((sent(0..60).duplicates, sent(60..70).stored), (60, 10));
}
