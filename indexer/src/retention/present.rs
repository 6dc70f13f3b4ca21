//! The present: the time by which retention drops days. Days that a wrong clock drops never come back.
//!
//! A clock may be wrong for seconds or weeks, from the start or from one moment on, behind or ahead. Its witnesses are
//! the time that passes while the program runs, and the times that records state. So the store keeps a **present** of
//! its own, by which days are dropped: it passes as time does, and takes the clock's reading where that is within a day
//! of it, or before it. A clock that is further ahead is believed once it has been there for a day and more records
//! agree with it than do not, or for thirty days and no more records disagree. A clock that went back by more
//! than a day may be behind: for thirty days, times of records up to where it was before are plausible.
//!
//! Events without a plausible time of their own are filed under their receipt: where the clock was wrong, under a day
//! that may look older than it is. Such a day stays for as long as days are kept of **counted** time, which is only
//! what passed while the program ran or was stopped for less than a day.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, Received, UnixNanos, UtcDay};

use crate::clock::Clock;
use crate::disk::{Disk, read_file, replace_file};
use crate::log::file_name;

const NANOS_PER_HOUR: i64 = 3_600 * NANOS_PER_SECOND;
/// How long a clock that leapt has to stay there where records agree with it.
const CONFIRMED_AFTER_NANOS: i64 = NANOS_PER_DAY;
/// The same where no records tell.
const BELIEVED_AFTER_NANOS: i64 = 30 * NANOS_PER_DAY;

/// See the module.
#[derive(Debug)]
pub(super) struct Present {
    clock: Clock,
    state: Mutex<State>,
    /// What is on disk. Held while the file is written, which may take seconds on a slow disk; nobody who only asks
    /// what time it is waits for that.
    stored: Mutex<Option<Kept>>,
}

/// What lasts, as of some moment of the last hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    present: i64,
    /// What the clock said.
    wall: i64,
    /// Counted time: see the module.
    counted: i64,
    /// Since when, in counted time, the clock has been ahead.
    differs_since: Option<i64>,
    /// Records that agree with the clock since then, and others that state a time of their own.
    for_clock: u64,
    against_clock: u64,
    /// What time it would be by the clock from before it went back, and when it did, in counted time.
    before: Option<(i64, i64)>,
    /// When, in counted time, days last got an event that is filed under its receipt; by the number of the day.
    receipts: BTreeMap<i32, i64>,
}

#[derive(Debug)]
struct State {
    now: Kept,
    /// The last reading of the time that passes.
    elapsed: i64,
}

impl Present {
    /// As the file of a data directory has it; the second value says what is wrong with that file. Without one it goes
    /// on from the newest day of the store, and in an empty store from the clock.
    pub(super) fn load(
        disk: &dyn Disk,
        data: &Path,
        clock: Clock,
        newest: Option<UtcDay>,
    ) -> io::Result<(Self, Option<String>)> {
        let (stored, damage) = match read_file(disk, &path(data)) {
            Ok(bytes) => match serde_json::from_slice::<Kept>(&bytes) {
                Ok(kept) => (Some(kept), None),
                Err(error) => (None, Some(format!("{} was damaged ({error})", path(data).display()))),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => (None, None),
            Err(error) => return Err(error),
        };
        let (wall, elapsed) = (clock.now().0, clock.elapsed_nanos());
        let now = match &stored {
            Some(kept) => kept.clone().after_stop(wall),
            None => {
                let present = newest.map_or(wall, |day| wall.clamp(day.start().0, day.end().0));
                Kept { present, wall, ..Kept::default() }
            }
        };
        let state = Mutex::new(State { now, elapsed });
        Ok((Self { clock, state, stored: Mutex::new(stored) }, damage))
    }

    /// The clock alone, for stores that keep all days.
    pub(super) fn of_clock(clock: Clock) -> Self {
        let (wall, elapsed) = (clock.now().0, clock.elapsed_nanos());
        let now = Kept { present: wall, wall, ..Kept::default() };
        let state = Mutex::new(State { now, elapsed });
        Self { clock, state, stored: Mutex::default() }
    }

    /// The moment that days are dropped by: never one after the clock's.
    pub(super) fn earliest(&self) -> UnixNanos {
        let state = self.look();
        UnixNanos(state.now.present.min(state.now.wall))
    }

    /// What times of records are compared with: they may be right although the clock is behind.
    pub(super) fn received(&self) -> Received {
        let state = self.look();
        let wall = state.now.wall;
        let latest = state.now.before.map_or(wall, |(before, _)| before.max(wall)).max(state.now.present);
        Received { clock: UnixNanos(wall), latest: UnixNanos(latest) }
    }

    /// By how many days the clock is ahead of what follows from before, or behind where it is negative.
    pub(super) fn difference_days(&self) -> i64 {
        let state = self.look();
        let expected = state.now.before.map_or(state.now.present, |(before, _)| before);
        state.now.wall.saturating_sub(expected) / NANOS_PER_DAY
    }

    /// Counts new records that agree with the clock, and those that do not.
    pub(super) fn witness(&self, times: impl Iterator<Item = UnixNanos>) {
        let mut state = self.look();
        if state.now.differs_since.is_none() {
            return;
        }
        for time in times {
            let agrees = is_close(time.0, state.now.wall);
            let votes = if agrees { &mut state.now.for_clock } else { &mut state.now.against_clock };
            *votes = votes.saturating_add(1);
        }
    }

    /// Notes, so that it lasts, that a day is about to get events that are filed under their receipt. Once an hour it
    /// is written.
    pub(super) fn note_receipt(&self, day: UtcDay, disk: &dyn Disk, data: &Path) -> io::Result<()> {
        let mut stored = self.stored();
        let mut now = {
            let state = self.look();
            let since = state.now.receipts.get(&day.0).map(|noted| state.now.counted.saturating_sub(*noted));
            if since.is_some_and(|since| since < NANOS_PER_HOUR) {
                return Ok(());
            }
            state.now.clone()
        };
        // Other threads see it once it is durable.
        let counted = now.counted;
        now.receipts.insert(day.0, counted);
        write(disk, data, now, &mut stored)?;
        self.look().now.receipts.insert(day.0, counted);
        Ok(())
    }

    /// Whether a day got something within so many days of counted time that is filed under its receipt.
    pub(super) fn holds(&self, day: UtcDay, days: u32) -> bool {
        let state = self.look();
        let kept = i64::from(days) * NANOS_PER_DAY + NANOS_PER_HOUR;
        state.now.receipts.get(&day.0).is_some_and(|noted| state.now.counted.saturating_sub(*noted) < kept)
    }

    /// Stores changes, once an hour and when the clock starts or ceases to differ. Removes days that are gone.
    /// A day is there before anything is noted of it, so `days` is asked while nothing can be.
    pub(super) fn keep(
        &self,
        disk: &dyn Disk,
        data: &Path,
        days: impl FnOnce() -> BTreeSet<UtcDay>,
    ) -> io::Result<()> {
        // Receipts are noted under this lock alone.
        let mut stored = self.stored();
        let days = days();
        let now = {
            let mut state = self.look();
            state.now.receipts.retain(|day, _| days.contains(&UtcDay(*day)));
            state.now.clone()
        };
        let is_due = stored.as_ref().is_none_or(|stored| {
            now.counted.saturating_sub(stored.counted) >= NANOS_PER_HOUR
                || !is_close(stored.present, now.present)
                || stored.differs_since != now.differs_since
                || stored.before.is_some() != now.before.is_some()
        });
        if is_due { write(disk, data, now, &mut stored) } else { Ok(()) }
    }

    /// Stores changes at an orderly stop.
    pub(super) fn close(&self, disk: &dyn Disk, data: &Path) -> io::Result<()> {
        let mut stored = self.stored();
        let now = self.look().now.clone();
        if stored.as_ref() == Some(&now) { Ok(()) } else { write(disk, data, now, &mut stored) }
    }

    fn stored(&self) -> MutexGuard<'_, Option<Kept>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.advance(self.clock.now().0, self.clock.elapsed_nanos());
        state
    }
}

impl Kept {
    /// After the program was stopped, where the clock says `wall` now.
    fn after_stop(self, wall: i64) -> Self {
        let stopped = wall.saturating_sub(self.present);
        let counted = if (0..=NANOS_PER_DAY).contains(&stopped) { stopped } else { 0 };
        // One that went back is another one than the one that differed.
        let went_back = wall < self.wall.saturating_sub(NANOS_PER_DAY);
        let differs_since = self.differs_since.filter(|_| !went_back);
        Self { wall, counted: self.counted.saturating_add(counted), differs_since, ..self }
    }
}

impl State {
    fn advance(&mut self, wall: i64, elapsed: i64) {
        let passed = elapsed.saturating_sub(self.elapsed).max(0);
        let leapt = !is_close(wall, self.now.wall.saturating_add(passed));
        (self.now.wall, self.elapsed) = (wall, elapsed.max(self.elapsed));
        self.now.counted = self.now.counted.saturating_add(passed);
        self.now.present = self.now.present.saturating_add(passed);
        let (counted, present) = (self.now.counted, self.now.present);
        let before = self.now.before.map(|(before, since)| (before.saturating_add(passed), since));
        let is_over = |(before, since): (i64, i64)| {
            present >= before.saturating_sub(NANOS_PER_DAY)
                || counted.saturating_sub(since) >= BELIEVED_AFTER_NANOS
        };
        self.now.before = before.filter(|before| !is_over(*before));
        if wall <= present.saturating_add(NANOS_PER_DAY) {
            if !is_close(wall, present) {
                let highest = self.now.before.map_or(present, |(before, _)| before.max(present));
                self.now.before = Some((highest, counted));
            }
            self.agree();
            return;
        }
        if leapt {
            self.now.differs_since = None;
        }
        let Some(since) = self.now.differs_since else {
            self.now.differs_since = Some(counted);
            (self.now.for_clock, self.now.against_clock) = (0, 0);
            return;
        };
        let Kept { for_clock, against_clock, .. } = self.now;
        let confirmed = for_clock > against_clock && counted.saturating_sub(since) >= CONFIRMED_AFTER_NANOS;
        let believed = for_clock >= against_clock && counted.saturating_sub(since) >= BELIEVED_AFTER_NANOS;
        if confirmed || believed {
            self.agree();
        }
    }

    fn agree(&mut self) {
        self.now.present = self.now.wall;
        self.now.differs_since = None;
        (self.now.for_clock, self.now.against_clock) = (0, 0);
    }
}

/// Makes it last.
fn write(disk: &dyn Disk, data: &Path, now: Kept, stored: &mut Option<Kept>) -> io::Result<()> {
    replace_file(disk, &path(data), &serde_json::to_vec(&now)?)?;
    *stored = Some(now);
    Ok(())
}

/// Whether two moments are within a day: a clock that is wrong by less counts as right.
fn is_close(one: i64, other: i64) -> bool {
    one.saturating_sub(other).saturating_abs() <= NANOS_PER_DAY
}

fn path(data: &Path) -> PathBuf {
    data.join(file_name::CLOCK_FILE)
}
