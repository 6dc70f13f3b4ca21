//! The same answers from whole stores of several days, log files and segments, none, some or all of whose closed days
//! are compacted, in the middle of a file, too.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use steplog_model::event::{Event, EventBatch, StoredEvent};
use steplog_model::ids::{EventId, Tenant};
use steplog_model::query::HistogramRequest;
use steplog_model::store::EventStore as _;
use steplog_model::testing::arbitrary;
use steplog_model::testing::contract::wait;
use steplog_model::testing::scan_store::ScanStore;

use super::harness::{Searched, budget};
use super::{bars, check_count, check_facets, check_histogram, check_hotspots, check_pages, config, order};
use crate::clock::Clock;
use crate::compaction::{Compaction, Step};
use crate::config::StoreSettings;
use crate::disk::SimDisk;
use crate::indexing::merge_step;
use crate::pace::Pace;
use crate::partition::QuestionRecords;
use crate::search::{Day, Records};
use crate::store::open::StoreParts;

/// How much of a store is compacted.
#[derive(Clone, Copy, Debug)]
enum Compacted {
    None,
    /// So many steps, then one that is called off after so many frames.
    Some(usize, usize),
    All,
}

/// How a store comes to be.
#[derive(Clone, Copy, Debug)]
struct Shape {
    per_group: usize,
    groups_per_commit: usize,
    merge: bool,
    compacted: Compacted,
    /// Whether it was opened again.
    reopened: bool,
}

/// A store without threads whose days are all over, and the scan to compare with.
struct Store {
    disk: SimDisk,
    parts: StoreParts,
    scan: ScanStore,
    events: Vec<StoredEvent>,
}

fn open(disk: &SimDisk) -> StoreParts {
    let settings = StoreSettings {
        store_log_file_bytes: 2 << 10,
        store_retention_days: 0,
        store_compact_after_hours: 0,
        ..StoreSettings::at("/data")
    };
    StoreParts::open(settings, Arc::new(disk.clone()), Clock::manual(Arc::new(AtomicI64::new(i64::MAX))))
        .unwrap()
}

impl Store {
    fn new() -> Self {
        let disk = SimDisk::default();
        let parts = open(&disk);
        Self { disk, parts, scan: ScanStore::default(), events: Vec::new() }
    }

    fn send(&mut self, mut events: Vec<Event>, shape: Shape) {
        for event in &mut events {
            let number = self.events.len() as u64 + 1;
            // Shrunk ids are small: look for one that is free.
            while self.events.iter().any(|stored| stored.event.id == event.id) {
                event.id = EventId(event.id.0.wrapping_add(u128::from(number)));
            }
            self.events.push(StoredEvent { seq: number, event: event.clone() });
        }
        for (number, group) in (1..).zip(events.chunks(shape.per_group)) {
            let batch = || EventBatch { tenant: Tenant::default(), events: group.to_vec() };
            let outcome = self.parts.writer.append_group(vec![batch()]);
            assert_eq!(outcome.results[0].as_ref().unwrap().stored, group.len());
            assert_eq!(wait(self.scan.ingest(batch())).unwrap().stored, group.len());
            self.parts.writer.tidy_up();
            for group in &outcome.appended {
                self.parts.indexing.index_group(group, Instant::now());
            }
            if number % shape.groups_per_commit == 0 {
                self.commit(shape.merge);
            }
        }
        self.commit(shape.merge);
    }

    fn commit(&mut self, merge: bool) {
        let now = Instant::now();
        while self.parts.indexing.catch_up(now) {}
        if let Some(job) = self.parts.indexing.take_job(now) {
            self.parts.indexing.finish(job.run(), now);
        }
        while merge && merge_step(&self.parts.state, &Pace::full()) {}
    }

    fn compact(&mut self, how: Compacted) {
        let mut compaction = Compaction::new(Arc::clone(&self.parts.state));
        // At first the writer must leave its files.
        let mut step = |compaction: &mut Compaction, pace: &Pace| {
            let step = compaction.step(pace);
            self.parts.writer.tidy_up();
            step
        };
        match how {
            Compacted::None => {}
            Compacted::Some(steps, frames) => {
                for _ in 0..=steps {
                    step(&mut compaction, &Pace::full());
                }
                let left = AtomicUsize::new(frames);
                let called_off = Pace::new(move || {
                    let fewer = |left: usize| left.checked_sub(1);
                    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok()
                });
                step(&mut compaction, &called_off);
            }
            Compacted::All => {
                step(&mut compaction, &Pace::full());
                while step(&mut compaction, &Pace::full()) == Step::Worked {}
            }
        }
    }

    fn reopen(&mut self) {
        self.parts.writer.close().unwrap();
        self.disk = self.disk.after_kill();
        self.parts = open(&self.disk);
        assert_eq!(self.parts.state.health.notices(), Vec::<String>::new());
        self.commit(false);
    }
}

impl Searched for Store {
    fn days(&self) -> Vec<Day> {
        let day = |partition: Arc<crate::partition::Partition>| {
            let (snapshot, complete) = partition.view();
            assert!(complete);
            let records = Arc::new(QuestionRecords::new(&partition)) as Arc<dyn Records>;
            Day { day: partition.key.1, snapshot, records }
        };
        self.parts.state.partitions().into_iter().map(day).collect()
    }

    fn scan(&self) -> &ScanStore {
        &self.scan
    }

    fn events(&self) -> &[StoredEvent] {
        &self.events
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stored in &self.events {
            writeln!(f, "{} {} {}", stored.seq, stored.event.id, stored.event.time)?;
        }
        write!(f, "{:?}", self.disk.files())
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    let compacted = prop_oneof![
        1 => Just(Compacted::None),
        4 => (0_usize..12, 0_usize..6).prop_map(|(steps, frames)| Compacted::Some(steps, frames)),
        2 => Just(Compacted::All),
    ];
    (1_usize..8, 1_usize..5, any::<bool>(), compacted, any::<bool>()).prop_map(
        |(per_group, groups_per_commit, merge, compacted, reopened)| Shape {
            per_group,
            groups_per_commit,
            merge,
            compacted,
            reopened,
        },
    )
}

/// Events, their store compacted so far, and in half of all stores late events after that.
fn store() -> impl Strategy<Value = Store> {
    let late = prop_oneof![Just(Vec::new()).boxed(), vec(arbitrary::event(), 1..20).boxed()];
    (vec(arbitrary::event(), 0..70), late, shape()).prop_map(|(events, late, shape)| {
        let mut store = Store::new();
        store.send(events, shape);
        store.compact(shape.compacted);
        if shape.reopened {
            store.reopen();
        }
        if !late.is_empty() {
            store.send(late, shape);
            store.compact(shape.compacted);
        }
        store
    })
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn answers_equal_a_scan_however_much_is_compacted(
        store in store(),
        queries in vec((arbitrary::query(), order()), 1..3),
        prefix in select(&["", "s", "CHECK"][..]),
        limit in 1_usize..9,
        (start, step_nanos, buckets) in bars(),
    ) {
        for (query, order) in &queries {
            check_pages(&store, query, *order, limit);
            check_count(&store, query);
            check_facets(&store, query, prefix, limit);
            check_hotspots(&store, query, false);
            check_hotspots(&store, query, true);
            let query = query.clone();
            check_histogram(&store, &HistogramRequest { query, start, step_nanos, buckets });
        }
        // Every event is found by its id, too.
        for stored in &store.events {
            let found = store.parts.state.partitions().into_iter().find_map(|partition| {
                partition.index().0.snapshot().find_id(stored.event.id).unwrap().first().copied()
            });
            prop_assert_eq!(found, Some(stored.seq));
        }
        prop_assert!(budget().check().is_ok());
    }
}
