//! Which days go, and that nobody is hurt by it.

mod failing;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use steplog_model::event::{Event, EventBatch};
use steplog_model::ids::Tenant;
use steplog_model::time::{NANOS_PER_DAY, UtcDay};

use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::{Disk as _, SimDisk, dir_bytes};
use crate::expiry::drop_old_days;
use crate::partition::QuestionRecords;
use crate::search::Records as _;
use crate::store::open::StoreParts;
use crate::testing::{DAY_START, bulky_event, event};

/// A store of ten days with 20 events each, the newest of which is today.
struct Store {
    disk: SimDisk,
    clock: Arc<AtomicI64>,
    parts: StoreParts,
    settings: StoreSettings,
}

fn day(number: i64) -> UtcDay {
    DAY_START.saturating_add(number * NANOS_PER_DAY).day()
}

fn events_of(number: i64) -> Vec<Event> {
    let numbers = (0..20).map(|place| number as u64 * 100 + place);
    let at = |number_of_event| {
        let mut event = bulky_event(number_of_event);
        event.time = DAY_START.saturating_add(number * NANOS_PER_DAY + number_of_event as i64);
        event
    };
    numbers.map(at).collect()
}

impl Store {
    fn new(days: u32, bytes: Option<u64>) -> Self {
        let settings = StoreSettings {
            store_log_file_bytes: 8 << 10,
            store_retention_days: days,
            store_retention_bytes: bytes,
            ..StoreSettings::at("/data")
        };
        let clock = Arc::new(AtomicI64::new(DAY_START.saturating_add(9 * NANOS_PER_DAY + 7).0));
        let disk = SimDisk::default();
        let parts = open(&disk, &clock, &settings);
        let mut store = Self { disk, clock, parts, settings };
        for number in 0..10 {
            assert_eq!(store.send(events_of(number)), (20, 0, vec![]));
        }
        store
    }

    fn reopen(&mut self, disk: SimDisk) {
        self.parts = open(&disk, &self.clock, &self.settings);
        self.disk = disk;
    }

    /// How many were stored, how many were known, and what was told about the others.
    fn send(&mut self, events: Vec<Event>) -> (usize, usize, Vec<String>) {
        self.send_as(Tenant::default(), events)
    }

    fn send_as(&mut self, tenant: Tenant, events: Vec<Event>) -> (usize, usize, Vec<String>) {
        let batch = EventBatch { tenant, events };
        let mut outcome = self.parts.writer.append_group(vec![batch]);
        self.parts.writer.tidy_up();
        let done = outcome.results.remove(0).unwrap();
        (done.stored, done.duplicates, done.rejected.into_iter().map(|(_, reason)| reason).collect())
    }

    fn days(&self) -> Vec<UtcDay> {
        self.parts.state.partitions().iter().map(|partition| partition.key.1).collect()
    }

    fn bytes(&self) -> u64 {
        let bytes = |partition: &Arc<crate::partition::Partition>| {
            dir_bytes(&self.disk, &partition.directory).unwrap()
        };
        self.parts.state.partitions().iter().map(bytes).sum()
    }

    fn names(&self) -> usize {
        self.disk.list(&self.settings.data.join("default")).unwrap().len()
    }
}

fn open(disk: &SimDisk, clock: &Arc<AtomicI64>, settings: &StoreSettings) -> StoreParts {
    StoreParts::open(settings.clone(), Arc::new(disk.clone()), Clock::manual(Arc::clone(clock))).unwrap()
}

#[test]
fn whole_days_are_dropped_once_their_last_event_is_too_old() {
    let mut store = Store::new(9, None);
    // The first day is nine days old but for a few nanoseconds' events, so all of it stays.
    drop_old_days(&store.parts.state).unwrap();
    assert_eq!(store.days().len(), 10);
    store.clock.fetch_add(NANOS_PER_DAY, Ordering::SeqCst);
    drop_old_days(&store.parts.state).unwrap();
    assert_eq!(store.days(), (1..10).map(day).collect::<Vec<_>>());
    // The writer lets go of the day with its next group; then its files go.
    let (stored, known, reasons) = store.send(events_of(0).into_iter().chain(events_of(1)).collect());
    assert_eq!((stored, known, reasons.len()), (0, 20, 20));
    let want = format!("too old: {} is before {}; events are kept for 9 days", day(0), day(1));
    assert!(reasons.iter().all(|reason| reason.starts_with(&want)), "{reasons:?}");
    drop_old_days(&store.parts.state).unwrap();
    assert_eq!(store.names(), 9);
}

#[test]
fn days_are_kept_for_ever_without_a_limit() {
    let mut store = Store::new(0, None);
    store.clock.fetch_add(10_000 * NANOS_PER_DAY, Ordering::SeqCst);
    drop_old_days(&store.parts.state).unwrap();
    assert_eq!(store.send(events_of(0)), (0, 20, vec![]));
}

#[test]
fn the_oldest_days_go_where_there_are_too_many_bytes() {
    let mut store = Store::new(0, None);
    let (all, limit) = (store.bytes(), store.bytes() / 2);
    store.settings.store_retention_bytes = Some(limit);
    store.reopen(store.disk.after_kill());
    drop_old_days(&store.parts.state).unwrap();
    let kept = store.days();
    assert!(store.bytes() <= limit && store.bytes() + all / 9 > limit, "{} of {limit}", store.bytes());
    assert_eq!(kept, (10 - kept.len() as i64..10).map(day).collect::<Vec<_>>());
    // Refused, also after the next start; the first day that stayed still takes events.
    for restarted in [false, true] {
        if restarted {
            store.reopen(store.disk.after_power_cut(1));
        }
        let (stored, known, reasons) = store.send(events_of(0));
        assert_eq!((stored, known), (0, 0));
        let want = format!("too old: {} is before {}, the first day that fits", day(0), kept[0]);
        assert!(reasons.iter().all(|reason| reason.starts_with(&want)), "{reasons:?}");
        assert_eq!(store.send(events_of(10 - kept.len() as i64)), (0, 20, vec![]));
    }
    // Who allows more may send them again; a limit as tight as before still binds.
    store.settings.store_retention_bytes = Some(all * 2);
    store.reopen(store.disk.after_kill());
    assert_eq!(store.send(events_of(0)), (20, 0, vec![]));
}

#[test]
fn a_limit_that_was_lifted_and_set_again_drops_no_day_that_fits() {
    for lifted in [None, Some(u64::MAX)] {
        let mut store = Store::new(0, None);
        let limit = store.bytes() / 2;
        let with = |store: &mut Store, bytes| {
            store.settings.store_retention_bytes = bytes;
            store.reopen(store.disk.after_power_cut(5));
            drop_old_days(&store.parts.state).unwrap();
        };
        with(&mut store, Some(limit));
        assert!(store.days().len() < 7);
        with(&mut store, lifted);
        // Most of what is there goes by hand, so that an old day fits below the limit again.
        for number in 7..9 {
            store.parts.state.drop_day(&(Tenant::default(), day(number))).unwrap();
        }
        assert_eq!(store.send(events_of(0)), (20, 0, vec![]));
        with(&mut store, Some(limit));
        assert!(store.bytes() <= limit && store.days().contains(&day(0)), "{:?}", store.days());
        assert_eq!(store.send(events_of(0)), (0, 20, vec![]));
    }
}

#[test]
fn who_only_looks_in_drops_nothing_and_leaves_the_floor() {
    let mut store = Store::new(0, None);
    store.settings.store_retention_bytes = Some(store.bytes() / 2);
    store.reopen(store.disk.after_kill());
    drop_old_days(&store.parts.state).unwrap();
    let (kept, floor) = (store.days(), store.parts.state.retention.kept_from(&Tenant::default()));
    store.settings.keep_all_days = true;
    store.settings.store_retention_bytes = Some(1);
    store.reopen(store.disk.after_kill());
    drop_old_days(&store.parts.state).unwrap();
    assert_eq!(store.days(), kept);
    store.settings.keep_all_days = false;
    store.reopen(store.disk.after_kill());
    assert_eq!(store.parts.state.retention.kept_from(&Tenant::default()), floor);
}

#[test]
fn today_and_the_newest_day_stay_with_a_notice() {
    let store = Store::new(0, Some(1));
    drop_old_days(&store.parts.state).unwrap();
    assert_eq!(store.days(), [day(9)]);
    let notices = store.parts.state.health.notices();
    assert!(notices.iter().any(|notice| notice.contains("store_retention_bytes")), "{notices:?}");
    // Nothing has come for long: the last day is still there.
    store.clock.fetch_add(30 * NANOS_PER_DAY, Ordering::SeqCst);
    drop_old_days(&store.parts.state).unwrap();
    assert_eq!(store.days(), [day(9)]);
}

#[test]
fn what_one_tenant_sends_costs_no_day_of_another() {
    let mut store = Store::new(0, None);
    store.settings.store_retention_bytes = Some(store.bytes() * 2);
    store.settings.store_max_days = 10;
    store.reopen(store.disk.after_kill());
    let loud: Tenant = "loud".parse().unwrap();
    let noise = |number: i64, round: u64| {
        let mut events = events_of(number);
        for event in &mut events {
            event.id.0 += u128::from(round) << 64;
        }
        events
    };
    for number in 0..10 {
        let events = (0..5).flat_map(|round| noise(number, round)).collect();
        assert_eq!(store.send_as(loud.clone(), events), (100, 0, vec![]), "days are counted for each tenant");
    }
    drop_old_days(&store.parts.state).unwrap();
    let days_of = |store: &Store, tenant: &Tenant| {
        let partitions = store.parts.state.partitions();
        partitions.iter().filter(|partition| partition.key.0 == *tenant).count()
    };
    for restarted in [false, true] {
        if restarted {
            store.reopen(store.disk.after_power_cut(3));
            drop_old_days(&store.parts.state).unwrap();
        }
        assert_eq!(days_of(&store, &Tenant::default()), 10);
        assert!((2..9).contains(&days_of(&store, &loud)), "{}", days_of(&store, &loud));
        assert_eq!(store.send(events_of(0)), (0, 20, vec![]), "all of them are kept");
        let (stored, known, reasons) = store.send_as(loud.clone(), noise(0, 0));
        assert_eq!((stored, known, reasons.len()), (0, 0, 20));
        assert!(reasons[0].starts_with("too old"), "{reasons:?}");
    }
}

#[test]
fn a_floor_of_a_program_that_had_one_for_all_binds_all() {
    let mut store = Store::new(0, Some(u64::MAX));
    let file = format!(r#"{{"kept_from":"{}","retention_bytes":{}}}"#, day(3), u64::MAX);
    crate::disk::replace_file(&store.disk, std::path::Path::new("/data/retention.json"), file.as_bytes())
        .unwrap();
    store.reopen(store.disk.after_kill());
    for tenant in ["default", "other"] {
        let (stored, _, reasons) = store.send_as(tenant.parse().unwrap(), events_of(2));
        assert_eq!((stored, reasons.len()), (0, 20));
    }
}

#[test]
fn an_unreadable_floor_is_reported_and_refuses_nothing() {
    let mut store = Store::new(0, Some(1));
    drop_old_days(&store.parts.state).unwrap();
    crate::disk::replace_file(&store.disk, std::path::Path::new("/data/retention.json"), b"{").unwrap();
    store.reopen(store.disk.after_kill());
    let notices = store.parts.state.health.notices();
    assert!(notices.iter().any(|notice| notice.contains("retention.json")), "{notices:?}");
    assert_eq!(store.send(events_of(0)), (20, 0, vec![]));
}

#[test]
fn a_drop_that_is_cut_off_anywhere_is_finished_by_the_next_start() {
    let mut cut_off = 0;
    for operation in 0.. {
        let mut store = Store::new(0, Some(1));
        store.disk.cut_power_at(operation);
        let done = drop_old_days(&store.parts.state).is_ok();
        cut_off += u64::from(!done);
        let floor = store.parts.state.retention.kept_from(&Tenant::default());
        store.reopen(store.disk.after_power_cut(operation));
        // Days are whole, and a floor that was announced lasts.
        for partition in store.parts.state.partitions() {
            assert_eq!(partition.records.events(), 20);
        }
        assert!(store.parts.state.retention.kept_from(&Tenant::default()) >= floor);
        assert_eq!(store.parts.state.health.notices(), Vec::<String>::new());
        drop_old_days(&store.parts.state).unwrap();
        let (stored, ..) = store.send(events_of(3));
        assert_eq!((store.days(), stored), (vec![day(9)], 0));
        if done {
            break;
        }
    }
    assert!(cut_off > 20, "the drop was cut off at {cut_off} places only");
}

#[test]
fn who_reads_a_day_while_it_is_dropped_reads_all_of_it() {
    let mut store = Store::new(0, None);
    let partition = store.parts.state.partitions().remove(0);
    let records = QuestionRecords::new(&partition);
    let seqs: Vec<u64> = (1..=20).collect();
    drop(partition);
    assert!(store.parts.state.drop_day(&(Tenant::default(), day(0))).unwrap());
    // Made anew under the same name meanwhile.
    assert_eq!(store.send(events_of(0)), (20, 0, vec![]));
    let found = records.read(&seqs).unwrap();
    assert_eq!((found.len(), records.left_some_out()), (20, false));
    assert!(found.iter().map(|stored| stored.seq).eq(1..=20));
    store.parts.state.remove_unread();
    assert_eq!(store.names(), 11);
    drop(records);
    store.parts.state.remove_unread();
    assert_eq!(store.names(), 10);
}

#[test]
fn of_two_who_drop_a_day_one_does() {
    let store = Store::new(0, None);
    let (state, day) = (&store.parts.state, store.parts.state.partitions().remove(0));
    let drop_day = || state.drop_day(&day.key).unwrap();
    std::thread::scope(|scope| {
        // Both wait for the work on the index to end.
        let both = day.with_index(day.index().1, |_| {
            let both = [scope.spawn(drop_day), scope.spawn(drop_day)];
            while !day.is_leaving() {
                std::thread::yield_now();
            }
            both
        });
        let done = both.unwrap().map(|one| one.join().unwrap());
        assert!(done[0] != done[1], "{done:?}");
    });
    assert!(!day.drop_with(|| Err(std::io::Error::other("it is gone"))).unwrap() && day.is_dropped());
}

#[test]
fn days_are_dropped_under_the_hands_of_readers_and_writer() {
    let mut store = Store::new(9, None);
    let state = Arc::clone(&store.parts.state);
    let (stop, clock) = (AtomicBool::new(false), Arc::clone(&store.clock));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    for partition in state.partitions() {
                        let records = QuestionRecords::new(&partition);
                        let (read, last) = (partition.records.read_after(0), partition.records.last_seq());
                        let (read, _) = read.expect("a day that somebody holds can be read");
                        let seqs: Vec<u64> = read.events.iter().map(|stored| stored.seq).collect();
                        assert!(seqs.last().is_some_and(|seq| *seq <= last));
                        assert_eq!(records.read(&seqs).unwrap().len(), seqs.len());
                        assert!(!records.left_some_out());
                    }
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..9 {
                clock.fetch_add(NANOS_PER_DAY, Ordering::SeqCst);
                drop_old_days(&state).unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        });
        let mut number = 1_000_000;
        while !stop.load(Ordering::Relaxed) {
            let late = (0..10).map(|day| {
                let mut event = event(number + day);
                event.time = DAY_START.saturating_add(day as i64 * NANOS_PER_DAY);
                event
            });
            let (stored, known, refused) = store.send(late.collect());
            assert_eq!(stored + known + refused.len(), 10);
            number += 10;
        }
    });
    assert_eq!(store.days(), [day(9)]);
    assert_eq!(state.health.not_writable(), None);
}
