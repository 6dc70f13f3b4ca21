//! Days before, during and after their compaction.

mod days;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use steplog_model::event::{Event, EventBatch, StoredEvent};
use steplog_model::ids::Tenant;
use steplog_model::time::NANOS_PER_DAY;

use super::{Compaction, Step};
use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::{Disk as _, SimDisk, dir_bytes, read_file};
use crate::log::file_name::{self, LogFile};
use crate::pace::Pace;
use crate::partition::Partition;
use crate::store::open::StoreParts;
use crate::testing::{DAY_START, event};

const EVENTS: u64 = 300;

struct Store {
    disk: SimDisk,
    parts: StoreParts,
}

fn settings() -> StoreSettings {
    StoreSettings {
        store_log_file_bytes: 2 << 10,
        store_retention_days: 0,
        store_compact_after_hours: 1,
        ..StoreSettings::at("/data")
    }
}

fn open(disk: &SimDisk, hours: i64) -> StoreParts {
    let now = DAY_START.saturating_add(NANOS_PER_DAY + hours * 3_600_000_000_000).0;
    StoreParts::open(settings(), Arc::new(disk.clone()), Clock::manual(Arc::new(AtomicI64::new(now))))
        .unwrap()
}

impl Store {
    /// One closed day of many small frames, files and segments.
    fn new() -> Self {
        let disk = SimDisk::default();
        let parts = open(&disk, 1);
        let mut store = Self { disk, parts };
        for first in (0..EVENTS).step_by(10) {
            store.send(first..first + 10);
        }
        store
    }

    fn send(&mut self, numbers: std::ops::Range<u64>) -> (usize, usize) {
        self.send_events(numbers.map(event).collect())
    }

    fn send_events(&mut self, events: Vec<Event>) -> (usize, usize) {
        let batch = EventBatch { tenant: Tenant::default(), events };
        let mut outcome = self.parts.writer.append_group(vec![batch]);
        let done = outcome.results.remove(0).unwrap();
        for group in outcome.appended {
            self.parts.indexing.index_group(&group, Instant::now());
        }
        self.index();
        (done.stored, done.duplicates)
    }

    fn index(&mut self) {
        while !self.parts.indexing.is_idle() {
            let now = Instant::now();
            self.parts.indexing.catch_up(now);
            if let Some(job) = self.parts.indexing.take_job(now) {
                self.parts.indexing.finish(job.run(), now);
            }
        }
    }

    fn reopen(&mut self, disk: SimDisk) {
        self.parts = open(&disk, 1);
        self.disk = disk;
        assert_eq!(self.parts.state.health.notices(), Vec::<String>::new());
        self.index();
    }

    fn day(&self) -> Arc<Partition> {
        self.parts.state.partitions().remove(0)
    }

    /// Compacts until nothing is left; returns in how many steps.
    fn compact(&mut self) -> usize {
        let mut compaction = Compaction::new(Arc::clone(&self.parts.state));
        let mut steps = 0;
        // At first the writer must leave the last file.
        compaction.step(&Pace::full());
        self.parts.writer.tidy_up();
        while compaction.step(&Pace::full()) == Step::Worked {
            steps += 1;
        }
        steps
    }

    /// Asserts that the events so far are there, once, as they were sent, and found by id.
    #[track_caller]
    fn check(&self, events: u64) {
        let day = self.day();
        let (snapshot, complete) = day.view();
        assert!(complete);
        assert_eq!(snapshot.num_events(), events);
        let seqs: Vec<u64> = snapshot
            .segments
            .iter()
            .flat_map(|one| (0..one.columns.num_docs).map(|doc| one.seq_of(doc)))
            .collect();
        let read = day.records.read(&seqs).unwrap();
        assert_eq!((read.damaged, read.events.len() as u64), (0, events));
        let found: BTreeSet<u64> = read.events.iter().map(number).collect();
        assert_eq!(found, (0..events).collect());
        for stored in &read.events {
            assert_eq!(stored.event, event(number(stored)));
            assert_eq!(snapshot.find_id(stored.event.id).unwrap(), [stored.seq]);
        }
        let (mut seq, mut walked) = (0, Vec::new());
        loop {
            let (read, next) = day.records.read_after(seq).unwrap();
            if next == seq {
                break;
            }
            walked.extend(read.events);
            seq = next;
        }
        let mut all = read.events;
        all.sort_by_key(|stored| stored.seq);
        assert_eq!(walked, all);
    }

    fn names(&self) -> Vec<String> {
        let names = self.disk.list(&self.day().directory).unwrap();
        names.into_iter().map(|entry| entry.name).collect()
    }
}

fn number(stored: &StoredEvent) -> u64 {
    stored.event.id.0 as u64
}

#[test]
fn a_closed_day_becomes_smaller_and_answers_alike() {
    let mut store = Store::new();
    store.check(EVENTS);
    let (before, files) = (dir_bytes(&store.disk, &store.day().directory).unwrap(), store.names().len());
    assert!(files > 5 && store.day().view().0.segments.len() > 4);
    assert!(store.compact() > 4);
    store.check(EVENTS);
    let after = dir_bytes(&store.disk, &store.day().directory).unwrap();
    assert!(after < before * 3 / 4, "{before} bytes became {after}");
    assert!(store.day().view().0.segments.len() <= 2);
    assert_eq!(store.compact(), 0);
    // The next start knows what is done, by tables or without them.
    for disk in [store.disk.after_kill(), store.disk.after_power_cut(1)] {
        store.reopen(disk);
        store.check(EVENTS);
        assert_eq!(store.compact(), 0);
        for name in store.names().into_iter().filter(|name| file_name::is_table(name)) {
            store.disk.remove_file(&store.day().directory.join(name)).unwrap();
        }
        store.disk.sync_dir(&store.day().directory).unwrap();
    }
}

#[test]
fn a_few_late_events_do_not_begin_a_file_each_time() {
    let mut store = Store::new();
    store.compact();
    let files =
        |store: &Store| store.names().iter().filter(|name| file_name::parse_log(name).is_some()).count();
    let before = files(&store);
    for number in EVENTS..EVENTS + 3 {
        assert_eq!(store.send(number..number + 1), (1, 0));
        store.compact();
    }
    assert_eq!(files(&store), before + 1);
    store.check(EVENTS + 3);
}

#[test]
fn a_day_is_left_alone_until_it_is_over_for_so_long() {
    let mut store = Store::new();
    store.parts = open(&store.disk.after_kill(), 0);
    assert_eq!(store.compact(), 0);
}

#[test]
fn late_events_of_a_compacted_day_are_stored_found_and_compacted_in_time() {
    let mut store = Store::new();
    store.compact();
    // Known ones are still known; new ones are beside.
    assert_eq!(store.send(0..20), (0, 20));
    for round in 0..3 {
        let known = EVENTS + round * 3;
        assert_eq!(store.send(known - 5..known + 3), (3, 5));
        store.check(known + 3);
        if round == 1 {
            store.reopen(store.disk.after_power_cut(7));
        }
    }
    assert_eq!(store.send(EVENTS..2 * EVENTS), (EVENTS as usize - 9, 9));
    assert!(store.compact() > 0);
    store.check(2 * EVENTS);
    assert_eq!(store.compact(), 0);
}

#[test]
fn an_interrupted_compaction_continues() {
    let mut cut_off = 0;
    // Every place would take minutes.
    for operation in (0..).step_by(7) {
        let mut store = Store::new();
        store.disk.cut_power_at(operation);
        let mut compaction = Compaction::new(Arc::clone(&store.parts.state));
        for _ in 0..60 {
            if compaction.step(&Pace::full()) != Step::Worked {
                store.parts.writer.tidy_up();
            }
        }
        let whole = store.disk.list(&settings().data).is_ok();
        cut_off += u64::from(!whole);
        store.reopen(store.disk.after_power_cut(operation));
        store.check(EVENTS);
        assert!(!store.names().iter().any(|name| file_name::is_compacting(name)));
        store.compact();
        store.check(EVENTS);
        if whole {
            break;
        }
    }
    assert!(cut_off > 10, "it was cut off at {cut_off} places only");
}

#[test]
fn a_merge_of_a_day_that_is_to_be_dropped_ends_at_once() {
    let mut store = Store::new();
    let mut compaction = Compaction::new(Arc::clone(&store.parts.state));
    compaction.step(&Pace::full());
    store.parts.writer.tidy_up();
    let (day, state) = (store.day(), Arc::clone(&store.parts.state));
    let (merging, merge_began) = std::sync::mpsc::channel();
    let rests = Arc::new(AtomicU64::new(0));
    let (seen, resting_day) = (Arc::clone(&rests), Arc::clone(&day));
    // Rests in the middle of the merge until somebody wants to drop the day.
    let pace = Pace::new(move || {
        seen.fetch_add(1, Ordering::SeqCst);
        let _ = merging.send(());
        let began = Instant::now();
        while !resting_day.is_leaving() {
            assert!(began.elapsed().as_secs() < 60, "nobody drops the day");
            std::thread::yield_now();
        }
        true
    });
    std::thread::scope(|scope| {
        let merge = scope.spawn(|| compaction.step(&pace));
        merge_began.recv().unwrap();
        assert!(state.drop_day(&day.key).unwrap());
        assert_eq!(merge.join().unwrap(), Step::Rested, "the merge was called off");
    });
    assert_eq!(rests.load(Ordering::SeqCst), 1, "the merge asks once more, and ends");
    assert!(store.parts.state.partitions().is_empty());
}

#[test]
fn a_damaged_file_is_left_for_the_check_and_the_others_are_compacted() {
    let mut store = Store::new();
    let path = store.day().directory.join(file_name::log(LogFile(1)));
    let file = store.disk.open(&path, crate::disk::OpenMode::Write).unwrap();
    file.write_at(&[0xff; 16], 200).unwrap();
    store.compact();
    assert_eq!(read_file(&store.disk, &path).unwrap()[200..216], [0xff; 16]);
    assert!(store.names().iter().filter(|name| *name == file_name::COMPACTED_FILE).count() == 1);
}

#[test]
fn who_reads_while_files_are_replaced_reads_what_was_written() {
    let mut store = Store::new();
    let day = store.day();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let seqs: Vec<u64> = (1..=EVENTS).collect();
                while !done.load(Ordering::Relaxed) {
                    let read = day.records.read(&seqs).unwrap();
                    assert_eq!((read.events.len() as u64, read.damaged), (EVENTS, 0));
                    assert!(read.events.iter().all(|stored| stored.event == event(number(stored))));
                    let (mut seq, mut walked) = (0, 0);
                    loop {
                        let (read, next) = day.records.read_after(seq).unwrap();
                        assert_eq!(read.damaged, 0);
                        walked += read.events.len() as u64;
                        if next == seq {
                            break;
                        }
                        seq = next;
                    }
                    assert_eq!(walked, EVENTS);
                }
            });
        }
        store.compact();
        done.store(true, Ordering::Relaxed);
    });
}
