//! The store without threads, driven step by step through crashes, against what it promised.
//!
//! Every acknowledged event is there exactly once with equal content, no event is there twice, no
//! arrival number is given to two events, and what was searchable stays so. Days go when they are too old,
//! and only then; an event of such a day is refused. `STEPLOG_TEST_SEED` runs
//! one seed, `STEPLOG_TEST_SEEDS` so many.

mod checks;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use steplog_model::event::{Event, EventBatch, Flags, StoredEvent};
use steplog_model::ids::{EventId, Seq, Tenant};
use steplog_model::store::{IngestError, Ingested};

use super::harness::tiny;
use crate::clock::Clock;
use crate::compaction::{Compaction, Step};
use crate::config::StoreSettings;
use crate::disk::SimDisk;
use crate::expiry::drop_old_days;
use crate::index::IndexError;
use crate::indexing::{CommitJob, merge_step};
use crate::pace::Pace;
use crate::store::open::StoreParts;
use crate::testing::{DAY_START, event};
use crate::writer::DayGroup;

const DAY_NANOS: i64 = 86_400_000_000_000;
const STEPS: usize = 45;
/// How many days the model keeps.
const KEPT_DAYS: u32 = 4;
/// Every so many events begin a day later.
const EVENTS_OF_A_DAY: u64 = 24;

type Key = (Tenant, EventId);

struct Model {
    dice: StdRng,
    disk: SimDisk,
    parts: StoreParts,
    now: Instant,
    /// What the store's clock shows.
    clock: Arc<AtomicI64>,
    next_event: u64,
    /// Every event that was ever sent: an event that names itself may come with other content.
    sent: BTreeMap<Key, Vec<Event>>,
    acknowledged: BTreeSet<Key>,
    visible: BTreeSet<Key>,
    owners: HashMap<Seq, Key>,
    pending: VecDeque<DayGroup>,
    job: Option<CommitJob>,
    /// Whether the disk was told to fail, so that refusals are in order.
    failing: bool,
}

fn settings() -> StoreSettings {
    StoreSettings {
        store_log_file_bytes: 3 << 10,
        store_retention_days: KEPT_DAYS,
        store_compact_after_hours: 0,
        ..tiny()
    }
}

fn open(disk: &SimDisk, clock: &Arc<AtomicI64>) -> StoreParts {
    StoreParts::open(settings(), Arc::new(disk.clone()), Clock::manual(Arc::clone(clock))).unwrap()
}

impl Model {
    fn new(seed: u64) -> Self {
        let disk = SimDisk::default();
        let clock = Arc::new(AtomicI64::new(DAY_START.0));
        let parts = open(&disk, &clock);
        Self {
            dice: StdRng::seed_from_u64(seed),
            disk,
            parts,
            now: Instant::now(),
            clock,
            next_event: 0,
            sent: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            visible: BTreeSet::new(),
            owners: HashMap::new(),
            pending: VecDeque::new(),
            job: None,
            failing: false,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.dice.random_range(0..bound)
    }

    fn run(&mut self) {
        for _ in 0..STEPS {
            // Longer than any retry waits.
            self.now += Duration::from_secs(10);
            match self.below(37) {
                0..12 => self.append(),
                12..18 => self.index(),
                18..21 => self.take_job(),
                21..24 => self.run_job(),
                24 | 25 => self.merge(),
                26 => _ = self.parts.indexing.catch_up(self.now),
                27 => self.suspect(),
                28 => self.parts.writer.tidy_up(),
                29 => {
                    self.failing = true;
                    let operation = self.below(60) as u64;
                    self.disk.cut_power_at(operation);
                }
                30 => self.crash(),
                31 | 32 => self.drop_old(),
                33..36 => self.compact(),
                _ => self.close(),
            }
            if !self.failing {
                self.look();
            }
        }
        self.crash();
        self.settle();
    }

    fn append(&mut self) {
        let batches: Vec<EventBatch> = (0..1 + self.below(3)).map(|_| self.batch()).collect();
        for batch in &batches {
            for event in &batch.events {
                self.sent.entry((batch.tenant.clone(), event.id)).or_default().push(event.clone());
            }
        }
        let outcome = self.parts.writer.append_group(batches.clone());
        for (batch, result) in batches.iter().zip(&outcome.results) {
            self.answered(batch, result);
        }
        for group in &outcome.appended {
            group.events.iter().for_each(|stored| self.own(&group.partition.key.0, stored));
        }
        self.pending.extend(outcome.appended);
    }

    fn answered(&mut self, batch: &EventBatch, result: &Result<Ingested, IngestError>) {
        match result {
            Ok(done) => {
                let refused = done.rejected.len();
                assert_eq!(done.stored + done.duplicates + refused, batch.events.len(), "{done:?}");
                let kept_from = self.parts.state.retention.kept_from(&Tenant::default());
                for (place, reason) in &done.rejected {
                    assert!(batch.events[*place].time.day() < kept_from && reason.starts_with("too old: "));
                }
                let is_refused = |place| done.rejected.iter().any(|(refused, _)| *refused == place);
                let taken = batch.events.iter().enumerate().filter(|(place, _)| !is_refused(*place));
                self.acknowledged.extend(taken.map(|(_, event)| (batch.tenant.clone(), event.id)));
            }
            Err(error) => assert!(self.failing, "refused by a disk that is well: {error}"),
        }
    }

    /// New events and old ones sent again, some of which name themselves and come with another time.
    fn batch(&mut self) -> EventBatch {
        let tenant: Tenant = ["default", "other"][self.below(2)].parse().unwrap();
        let mut events = Vec::new();
        for _ in 0..1 + self.below(6) {
            let again = self.below(4) == 0 && self.next_event > 0;
            let number = if again { self.below(self.next_event as usize) as u64 } else { self.next_event };
            self.next_event += u64::from(!again);
            let mut event = event(number);
            event.time.0 += DAY_NANOS * (number % 3 + number / EVENTS_OF_A_DAY) as i64;
            if number.is_multiple_of(4) {
                event.flags.insert(Flags::EXPLICIT_ID);
                event.time.0 += DAY_NANOS * self.below(2) as i64;
            }
            events.push(event);
        }
        EventBatch { tenant, events }
    }

    fn own(&mut self, tenant: &Tenant, stored: &StoredEvent) {
        let key = (tenant.clone(), stored.event.id);
        let owner = self.owners.entry(stored.seq).or_insert_with(|| key.clone());
        assert_eq!(*owner, key, "arrival number {} was given twice", stored.seq);
    }

    fn index(&mut self) {
        if let Some(group) = self.pending.pop_front() {
            self.parts.indexing.index_group(&group, self.now);
        }
    }

    fn take_job(&mut self) {
        if self.job.is_none() {
            self.job = self.parts.indexing.take_job(self.now);
        }
    }

    fn run_job(&mut self) {
        if let Some(job) = self.job.take() {
            self.parts.indexing.finish(job.run(), self.now);
        }
    }

    fn suspect(&mut self) {
        let partitions = self.parts.state.partitions();
        if partitions.is_empty() || self.below(4) > 0 {
            return;
        }
        let place = self.below(partitions.len());
        partitions[place].note(&IndexError::Damaged("the test says so".to_owned()));
        self.parts.indexing.replace_damaged(self.now);
    }

    /// Lets the clock go on as the events do, or a little faster, and drops what is too old then. What goes is
    /// expected no more, whether the drop succeeds or is cut off.
    fn drop_old(&mut self) {
        let day =
            i64::from(KEPT_DAYS) - 2 + (self.next_event / EVENTS_OF_A_DAY) as i64 + self.below(3) as i64;
        self.clock.fetch_max(DAY_START.0 + day * DAY_NANOS, Ordering::SeqCst);
        let kept_from = self.parts.state.retention.kept_from(&Tenant::default());
        let mut gone = BTreeSet::new();
        for partition in self.parts.state.partitions().iter().filter(|one| one.key.1 < kept_from) {
            let mut seq = 0;
            while let Ok((read, next)) = partition.records.read_after(seq)
                && next > seq
            {
                gone.extend(read.events.iter().map(|stored| (partition.key.0.clone(), stored.event.id)));
                seq = next;
            }
        }
        self.acknowledged.retain(|key| !gone.contains(key));
        self.visible.retain(|key| !gone.contains(key));
        let dropped = drop_old_days(&self.parts.state);
        assert!(dropped.is_ok() || self.failing, "{dropped:?}");
        let is_old = |one: &Arc<crate::partition::Partition>| one.key.1 < kept_from;
        assert!(self.failing || !self.parts.state.partitions().iter().any(is_old));
        self.parts.indexing.forget_dropped_days();
    }

    /// One that may end the work after some parts.
    fn some_pace(&mut self) -> Pace {
        let parts = AtomicUsize::new(self.below(40));
        Pace::new(move || {
            let fewer = |left: usize| left.checked_sub(1);
            parts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok()
        })
    }

    fn merge(&mut self) {
        let pace = self.some_pace();
        merge_step(&self.parts.state, &pace);
    }

    /// Some work on closed days, some of it called off in the middle.
    fn compact(&mut self) {
        let mut compaction = Compaction::new(Arc::clone(&self.parts.state));
        for _ in 0..1 + self.below(4) {
            if compaction.step(&self.some_pace()) != Step::Worked {
                // The writer leaves the files when it comes by.
                self.parts.writer.tidy_up();
            }
        }
    }

    fn close(&mut self) {
        if self.failing {
            return self.crash();
        }
        self.parts.writer.close().unwrap();
        let disk = if self.below(2) == 0 { self.disk.after_kill() } else { self.power_cut() };
        self.reopen(disk);
    }

    fn crash(&mut self) {
        let disk = if self.below(3) == 0 { self.disk.after_kill() } else { self.power_cut() };
        // A start may be cut off, too.
        if self.below(3) == 0 {
            let operation = self.below(25) as u64;
            disk.cut_power_at(operation);
            self.disk = disk.clone();
            if StoreParts::open(settings(), Arc::new(disk), Clock::manual(Arc::clone(&self.clock))).is_err() {
                self.failing = true;
            }
            let again = if self.below(3) == 0 { self.disk.after_kill() } else { self.power_cut() };
            return self.reopen(again);
        }
        self.reopen(disk);
    }

    fn power_cut(&mut self) -> SimDisk {
        self.disk.after_power_cut(self.dice.random())
    }

    fn reopen(&mut self, disk: SimDisk) {
        self.pending.clear();
        self.job = None;
        self.parts = open(&disk, &self.clock);
        self.disk = disk;
        self.failing = false;
        assert_eq!(self.parts.state.health.notices(), Vec::<String>::new(), "a crash is no damage");
        self.check_records();
        self.look();
    }
}

/// Prints the seed where a run of it fails.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed: run again with STEPLOG_TEST_SEED={}", self.0);
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn crashes_lose_nothing_and_store_nothing_twice() {
    let one = number("STEPLOG_TEST_SEED");
    let seeds = one.map_or(0..number("STEPLOG_TEST_SEEDS").unwrap_or(1_000), |seed| seed..seed + 1);
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    let _told = Told(seed);
                    Model::new(seed).run();
                }
            });
        }
    });
}
