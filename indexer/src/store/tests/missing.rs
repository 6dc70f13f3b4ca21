//! What a day has lost is told for as long as it is missing, by every start, the health, a check and all answers; a
//! copy that is made while a server writes or compacts has lost nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use steplog_model::event::Event;
use steplog_model::query::FacetRequest;
use steplog_model::store::EventStore as _;

use super::harness::{all, budget, events, ingest, open, read_all, settle, tenant, tiny};
use crate::check::check_on;
use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::{Disk as _, OpenMode, SimDisk, read_file};
use crate::log::file_name;
use crate::store::EmbeddedStore;

const DAY: &str = "/data/default/2026-11-23";
const EVENTS: u64 = 400;

/// A store of one day with several log files, closed in order.
fn filled(first: u64) -> SimDisk {
    let disk = SimDisk::default();
    let settings = StoreSettings { store_log_file_bytes: 4 << 10, ..tiny() };
    let store = EmbeddedStore::open(settings, Arc::new(disk.clone())).unwrap();
    for start in (0..EVENTS).step_by(20) {
        ingest(&store, &events(first + start..first + start + 20));
    }
    settle(&store);
    drop(store);
    disk
}

fn logs(disk: &SimDisk) -> Vec<PathBuf> {
    let is_log = |path: &PathBuf| {
        path.starts_with(DAY) && path.extension().is_some_and(|extension| extension == "frames")
    };
    disk.files().into_iter().filter(is_log).collect()
}

/// Asserts that every start tells that events are missing, until somebody has seen to it.
#[track_caller]
fn assert_reported(disk: &SimDisk, sent: &[Event], what: &str) {
    for start in 1..=3 {
        let store = open(disk);
        settle(&store);
        let (found, complete) = read_all(&store);
        assert!(found.len() < sent.len() && !complete, "{what}, start {start}: {} found", found.len());
        assert!(found.iter().all(|stored| sent.contains(&stored.event)), "{what}");
        let count = store.count(&all(), &budget()).unwrap();
        assert_eq!((count.events, count.complete), (found.len() as u64, false), "{what}, start {start}");
        let facets =
            FacetRequest { query: all(), columns: vec![], part: String::new(), named: vec![], limit: 1 };
        assert!(!store.facets(&facets, &budget()).unwrap().complete);
        let lost = sent.iter().find(|event| found.iter().all(|stored| stored.event.id != event.id)).unwrap();
        assert!(store.event(&tenant(), lost.id, &budget()).is_err(), "{what}: not 'is not kept'");
        let health = store.health();
        assert!(health.notices.iter().any(|notice| notice.contains("missing")), "{what}: {health:?}");
        assert!(health.not_searchable.is_some_and(|text| text.contains("missing")), "{what}");
        drop(store);
        let report = check_on(Arc::new(disk.after_kill()), &tiny(), false, &mut |_| {}).unwrap();
        assert!(!report.is_sound() && !report.days[0].damage.is_empty(), "{what}: {report:?}");
    }
    disk.remove_dir(&Path::new(DAY).join(file_name::DAMAGED_DIR)).unwrap();
    let store = open(disk);
    settle(&store);
    assert!(read_all(&store).1 && store.health().not_searchable.is_none(), "{what}");
    // What comes again is taken again.
    let (stored, known) = ingest(&store, sent);
    assert!(stored > 0 && stored + known == sent.len(), "{what}");
}

#[test]
fn every_loss_of_a_log_is_reported_until_its_directory_is_removed() {
    let whole = filled(0);
    let sent = events(0..EVENTS);
    let files = logs(&whole);
    assert!(files.len() > 3, "{files:?}");
    let open_log = |disk: &SimDisk, path: &Path| disk.open(path, OpenMode::Write).unwrap();
    for (place, path) in files.iter().enumerate() {
        let len = read_file(&whole, path).unwrap().len() as u64;
        for harm in ["removed", "cut", "stub", "emptied", "header", "payload"] {
            let disk = whole.after_kill();
            match harm {
                "removed" => disk.remove_file(path).unwrap(),
                "cut" => open_log(&disk, path).set_len(len / 2).unwrap(),
                "stub" => open_log(&disk, path).set_len(10).unwrap(),
                "emptied" => open_log(&disk, path).set_len(0).unwrap(),
                // A byte of the first frame, of its header or behind.
                _ => {
                    let at = if harm == "header" { 40 } else { 100 };
                    let mut byte = [0];
                    open_log(&disk, path).read_at(&mut byte, at).unwrap();
                    open_log(&disk, path).write_at(&[byte[0] ^ 1], at).unwrap();
                    // Without the index every byte is looked at.
                    disk.remove_dir(&Path::new(DAY).join(file_name::INDEX_DIR)).unwrap();
                }
            }
            if place % 2 == 0 && harm == "removed" {
                disk.remove_file(&path.with_extension("table")).unwrap();
            }
            assert_reported(&disk, &sent, &format!("{} {harm}", path.display()));
        }
    }
}

#[test]
fn swapped_log_files_are_reported() {
    let whole = filled(0);
    let sent = events(0..EVENTS);
    let files = logs(&whole);
    for pair in files.array_windows::<2>().map(|[one, other]| [one.clone(), other.clone()]) {
        for has_tables in [true, false] {
            let disk = whole.after_kill();
            let [one, other] = &pair;
            let bytes = pair.each_ref().map(|path| read_file(&disk, path).unwrap());
            crate::disk::replace_file(&disk, one, &bytes[1]).unwrap();
            crate::disk::replace_file(&disk, other, &bytes[0]).unwrap();
            if !has_tables {
                pair.iter().for_each(|path| _ = disk.remove_file(&path.with_extension("table")));
            }
            let what = format!("{} and {} swapped", one.display(), other.display());
            let report = check_on(Arc::new(disk.after_kill()), &tiny(), false, &mut |_| {}).unwrap();
            assert!(format!("{report:?}").contains("under another name"), "{what}: {report:?}");
            assert_reported(&disk, &sent, &what);
        }
    }
}

#[test]
fn a_rebuild_notes_what_the_index_alone_knew() {
    let whole = filled(0);
    let sent = events(0..EVENTS);
    for path in logs(&whole) {
        let disk = whole.after_kill();
        disk.remove_file(&path).unwrap();
        // Whoever has no table knows of it by the index alone.
        let _ = disk.remove_file(&path.with_extension("table"));
        let report = check_on(Arc::new(disk.clone()), &tiny(), true, &mut |_| {}).unwrap();
        assert!(!report.is_sound(), "{report:?}");
        assert_reported(&disk, &sent, &format!("{} removed before a rebuild", path.display()));
    }
}

#[test]
fn what_a_crash_cannot_have_taken_is_noted_although_the_log_was_open() {
    let disk = SimDisk::default();
    let settings = StoreSettings { store_log_file_bytes: 4 << 10, ..tiny() };
    let store = EmbeddedStore::open(settings, Arc::new(disk.clone())).unwrap();
    for start in (0..EVENTS).step_by(20) {
        ingest(&store, &events(start..start + 20));
    }
    settle(&store);
    let killed = disk.after_kill();
    drop(store);
    let sent = events(0..EVENTS);
    assert!(killed.files().contains(&Path::new(DAY).join(file_name::OPEN_FILE)));
    for path in logs(&killed) {
        let disk = killed.after_kill();
        disk.open(&path, OpenMode::Write).unwrap().set_len(40).unwrap();
        assert_reported(&disk, &sent, &format!("{} cut after a crash", path.display()));
    }
}

#[test]
fn damage_that_a_question_finds_is_reported_from_then_on() {
    let disk = filled(0);
    let log = disk.open(&logs(&disk)[0], OpenMode::Write).unwrap();
    let mut byte = [0];
    // Behind the header of the first frame: a start that has tables and an index does not look there.
    log.read_at(&mut byte, 100).unwrap();
    log.write_at(&[byte[0] ^ 1], 100).unwrap();
    let mut store = open(&disk);
    settle(&store);
    assert_eq!((store.health().notices, store.health().not_searchable), (vec![], None));
    assert!(!read_all(&store).1);
    for start in 1..=3 {
        let told = |text: Option<String>| text.is_some_and(|text| text.contains("missing"));
        assert!(told(store.health().not_searchable), "start {start}");
        assert!(!store.count(&all(), &budget()).unwrap().complete);
        assert!(store.event(&tenant(), events(0..1)[0].id, &budget()).is_err());
        drop(store);
        store = open(&disk);
        settle(&store);
        assert!(told(store.health().notices.pop()), "start {start}");
    }
}

#[test]
fn a_table_of_another_file_is_not_believed() {
    let (ours, others) = (filled(0), filled(10_000));
    for path in logs(&ours) {
        let table = path.with_extension("table");
        let Ok(foreign) = read_file(&others, &table) else { continue };
        let disk = ours.after_kill();
        crate::disk::replace_file(&disk, &table, &foreign).unwrap();
        let store = open(&disk);
        settle(&store);
        let (found, complete) = read_all(&store);
        assert_eq!((found.len() as u64, complete), (EVENTS, true), "{}", table.display());
        assert_eq!(store.health().notices, Vec::<String>::new());
    }
}

/// Copies all files one by one, as a back-up program does; `between` runs before each.
fn copy(from: &SimDisk, random: &mut impl rand::Rng, mut between: impl FnMut()) -> SimDisk {
    let to = SimDisk::default();
    let mut paths = from.files();
    paths.shuffle(random);
    for path in paths {
        between();
        let Ok(bytes) = read_file(from, &path) else { continue };
        to.create_dir(path.parent().unwrap()).unwrap();
        to.open(&path, OpenMode::CreateNew).unwrap().write_at(&bytes, 0).unwrap();
    }
    to
}

#[test]
fn a_copy_that_is_made_while_a_server_writes_and_compacts_has_all_that_was_acknowledged_before() {
    for seed in 0..12 {
        let mut random = rand::rngs::StdRng::seed_from_u64(seed);
        let disk = SimDisk::default();
        let settings = StoreSettings {
            store_log_file_bytes: 4 << 10,
            store_commit_millis: 1,
            store_compact_after_hours: if seed % 2 == 0 { 0 } else { u32::MAX },
            ..tiny()
        };
        let clock = Clock::manual(Arc::new(i64::MAX.into()));
        let store = EmbeddedStore::open_at(settings, Arc::new(disk.clone()), clock).unwrap();
        for start in (0..EVENTS).step_by(20) {
            ingest(&store, &events(start..start + 20));
        }
        let mut next = EVENTS;
        let copied = copy(&disk, &mut random.clone(), || {
            let count = random.random_range(0..30);
            if count > 0 {
                ingest(&store, &events(next..next + count));
                next += count;
            }
            if count % 3 == 0 {
                settle(&store);
            }
        });
        let store = open(&copied);
        settle(&store);
        let (found, complete) = read_all(&store);
        let before = events(0..EVENTS);
        let missing =
            before.iter().filter(|event| found.iter().all(|stored| stored.event != **event)).count();
        assert_eq!((missing, complete), (0, true), "seed {seed}: {:?}", store.health());
    }
}
