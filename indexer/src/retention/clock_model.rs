//! A clock that is wrong in every way costs no event: random faults, stops and events, and what has to be kept.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use proptest::prelude::*;
use steplog_model::event::{Event, TimeSource};
use steplog_model::ids::Tenant;
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, UnixNanos, UtcDay};

use super::Retention;
use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::{Disk as _, SimDisk};
use crate::env::StoreEnv;
use crate::recovery::Verifying;

const DATA: &str = "/data";
const KEPT_DAYS: i64 = 30;
const NANOS_PER_HOUR: i64 = 3_600 * NANOS_PER_SECOND;
/// A clock or a record that is wrong is by four days at least, and the two never alike: each is wrong alone.
const FAULT_DAYS: i64 = 4;

#[derive(Clone, Debug)]
enum Step {
    /// So many hours pass, with a look at old days in each, and a record of its own time in every so many.
    Pass {
        hours: i64,
        record_every: i64,
    },
    /// The clock is set, by so many faults from the truth.
    Set(i64),
    /// The program is stopped, or killed, and started after so many hours, with the clock as it is or right.
    Stop {
        hours: i64,
        killed: bool,
        sets_right: bool,
    },
    Send(Record),
}

#[derive(Clone, Copy, Debug)]
enum Record {
    /// Of the last hours.
    Right(i64),
    /// Some days late, by its own right time.
    Late(i64),
    WithoutTime,
    /// By so many faults and two days from the truth.
    Wrong(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let record = prop_oneof![
        4 => (0..3_i64).prop_map(Record::Right),
        2 => (1..KEPT_DAYS - 1).prop_map(Record::Late),
        3 => Just(Record::WithoutTime),
        2 => (-15..15_i64).prop_map(Record::Wrong),
    ];
    let step = prop_oneof![
        4 => (1..200_i64, 1..50_i64).prop_map(|(hours, record_every)| Step::Pass { hours, record_every }),
        2 => (-15..15_i64).prop_map(Step::Set),
        1 => Just(Step::Set(0)),
        2 => (prop_oneof![0..30_i64, 0..1_000_i64], any::<bool>(), any::<bool>())
            .prop_map(|(hours, killed, sets_right)| Step::Stop { hours, killed, sets_right }),
        8 => record.prop_map(Step::Send),
    ];
    prop::collection::vec(step, 1..60)
}

/// A store's retention without the store: its days are names.
struct World {
    env: StoreEnv,
    disk: SimDisk,
    truth: i64,
    error: i64,
    wall: Arc<AtomicI64>,
    elapsed: Arc<AtomicI64>,
    retention: Retention,
    days: BTreeSet<UtcDay>,
    /// Acknowledged events: their days, and until when they have to be there.
    owed: Vec<(UtcDay, i64)>,
}

impl World {
    fn new(first_fault: i64) -> Self {
        let disk = SimDisk::default();
        disk.create_dir(Path::new(DATA)).unwrap();
        let settings = StoreSettings::at(DATA);
        let env = StoreEnv::new(Arc::new(disk.clone()), &settings, Verifying::all());
        let truth = 20_000 * NANOS_PER_DAY + 5 * NANOS_PER_HOUR;
        let error = first_fault * FAULT_DAYS * NANOS_PER_DAY;
        let (wall, elapsed) = (Arc::new(AtomicI64::new(truth + error)), Arc::new(AtomicI64::new(77)));
        let retention = open(&env, &wall, &elapsed, None);
        Self { env, disk, truth, error, wall, elapsed, retention, days: BTreeSet::new(), owed: Vec::new() }
    }

    fn pass(&mut self, nanos: i64) {
        self.truth += nanos;
        self.elapsed.fetch_add(nanos, Ordering::SeqCst);
        self.wall.store(self.truth + self.error, Ordering::SeqCst);
    }

    fn set(&mut self, faults: i64) {
        self.error = faults * FAULT_DAYS * NANOS_PER_DAY;
        self.pass(NANOS_PER_SECOND);
    }

    fn stop(&mut self, hours: i64, killed: bool, sets_right: bool) {
        if !killed {
            self.retention.close(&self.env).unwrap();
        }
        self.truth += hours * NANOS_PER_HOUR;
        if sets_right {
            self.error = 0;
        }
        self.wall.store(self.truth + self.error, Ordering::SeqCst);
        self.elapsed.store(0, Ordering::SeqCst);
        self.disk = self.disk.after_kill();
        self.env.disk = Arc::new(self.disk.clone());
        self.retention = open(&self.env, &self.wall, &self.elapsed, self.days.last().copied());
    }

    /// As the mapping files it and the writer takes it.
    fn send(&mut self, record: Record) {
        let stated = match record {
            Record::Right(hours) => Some(self.truth - hours * NANOS_PER_HOUR),
            Record::Late(days) => Some(self.truth - days * NANOS_PER_DAY),
            Record::WithoutTime => None,
            Record::Wrong(faults) => Some(self.truth + (faults * FAULT_DAYS + 2) * NANOS_PER_DAY),
        };
        let received = self.retention.received();
        let plausible = stated.map(UnixNanos).filter(|time| received.is_plausible(*time));
        let event = Event {
            time: plausible.unwrap_or(received.clock),
            time_source: if plausible.is_some() { TimeSource::Record } else { TimeSource::Received },
            ..EventBuilder::new(1, UnixNanos(0)).build()
        };
        let day = event.time.day();
        if day < self.retention.kept_from(&Tenant::default()) {
            return;
        }
        self.retention.note_events(std::iter::once(&event), &self.env).unwrap();
        self.days.insert(day);
        let own = plausible.map_or(self.truth, |time| time.0);
        self.owed.push((day, own + KEPT_DAYS * NANOS_PER_DAY));
    }

    /// Drops what is too old, which must owe nothing; a clock wrong by less than a day is not told from a right one.
    fn look(&mut self) {
        let (retention, truth, days) = (&self.retention, self.truth, self.days.clone());
        self.days.retain(|day| !retention.is_too_old(*day));
        for day in days.difference(&self.days) {
            let owed = self.owed.iter().filter(|(of, _)| of == day).map(|(_, until)| *until).max();
            let early = owed.unwrap_or(i64::MIN).saturating_sub(truth);
            assert!(early <= NANOS_PER_DAY, "{day} went {} hours too early", early / NANOS_PER_HOUR);
        }
        self.owed.retain(|(day, _)| self.days.contains(day));
        self.retention.present.keep(&self.disk, Path::new(DATA), || self.days.clone()).unwrap();
    }

    fn pass_hours(&mut self, hours: i64, record_every: i64) {
        for hour in 0..hours {
            self.pass(NANOS_PER_HOUR);
            if hour % record_every == 0 {
                self.send(Record::Right(0));
            }
            self.look();
        }
    }
}

fn open(
    env: &StoreEnv,
    wall: &Arc<AtomicI64>,
    elapsed: &Arc<AtomicI64>,
    newest: Option<UtcDay>,
) -> Retention {
    let settings = StoreSettings { store_retention_days: KEPT_DAYS as u32, ..StoreSettings::at(DATA) };
    let clock = Clock::apart(Arc::clone(wall), Arc::clone(elapsed));
    let retention = Retention::new(&settings, clock);
    let (retention, damage) = retention.going_on_from(&*env.disk, &env.data, newest).unwrap();
    assert_eq!(damage, None);
    retention
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_acknowledged_event_is_kept_for_the_kept_days_of_its_own_time(
        first_fault in -15..=0_i64, steps in steps(),
    ) {
        let mut world = World::new(first_fault);
        for step in steps {
            match step {
                Step::Pass { hours, record_every } => world.pass_hours(hours, record_every),
                Step::Set(faults) => world.set(faults),
                Step::Stop { hours, killed, sets_right } => world.stop(hours, killed, sets_right),
                Step::Send(record) => world.send(record),
            }
            world.look();
        }
    }
}

#[test]
fn days_go_in_time_once_the_clock_is_right() {
    for first_fault in [0, 3, -3] {
        let mut world = World::new(first_fault);
        world.pass_hours(30, 5);
        world.set(0);
        world.pass_hours(80 * 24, 5);
        let oldest = world.days.first().unwrap().start().0;
        let age = (world.truth - oldest) / NANOS_PER_DAY;
        assert_eq!(age, KEPT_DAYS, "by {first_fault} faults at the start");
    }
}

#[test]
fn a_machine_that_was_off_drops_old_days_once_records_agree_with_its_clock() {
    let mut world = World::new(0);
    world.pass_hours(24, 3);
    world.stop(45 * 24, false, true);
    world.pass_hours(20, 3);
    assert!(world.days.first().unwrap().start().0 < world.truth - 40 * NANOS_PER_DAY);
    world.pass_hours(10, 3);
    assert!(world.days.first().unwrap().start().0 > world.truth - 3 * NANOS_PER_DAY);
}
