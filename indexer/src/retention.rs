//! Retention: which days are kept.
//!
//! Age is measured by the clock, as far as it can be trusted ([`present`]). The size limit is for each tenant: one
//! tenant's volume drops no day of another. It raises the tenant's floor, day by day. The floor is on disk before a day
//! below it is dropped, so that a restarted server still refuses late copies of dropped events as too old. A start with
//! a higher limit than that of the floors, or with none, removes them.

#[cfg(test)]
mod clock_model;
mod floor;
mod present;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use steplog_model::counted::counted;
use steplog_model::event::{Event, TimeSource};
use steplog_model::ids::Tenant;
use steplog_model::time::{Received, UnixNanos, UtcDay};

use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::Disk;
use crate::env::StoreEnv;
pub(crate) use floor::FloorFileError;
use floor::{FloorFile, Floors};
use present::Present;

/// Which days a store keeps.
#[derive(Debug)]
pub(crate) struct Retention {
    clock: Clock,
    present: Present,
    /// How many whole days events are kept; 0 for ever.
    days: u32,
    /// How many bytes all days of a tenant may have.
    bytes: Option<u64>,
    /// The first days that the size limit left.
    floors: Mutex<Floors>,
}

impl Retention {
    /// Retention by the settings, above the floors that the size limit has set so far. A higher limit, or none, removes
    /// the floors for good.
    pub(crate) fn load(
        disk: &dyn Disk,
        settings: &StoreSettings,
        clock: Clock,
    ) -> Result<Self, FloorFileError> {
        if settings.keep_all_days {
            return Ok(Self::new(settings, clock));
        }
        let floors = match FloorFile::load(disk, &settings.data)? {
            Some(file) if settings.store_retention_bytes.is_some_and(|now| now <= file.bytes) => file.floors,
            Some(_) => {
                FloorFile::remove(disk, &settings.data)?;
                Floors::default()
            }
            None => Floors::default(),
        };
        Ok(Self { floors: Mutex::new(floors), ..Self::new(settings, clock) })
    }

    /// Retention by the settings, without floors.
    pub(crate) fn new(settings: &StoreSettings, clock: Clock) -> Self {
        Self {
            present: Present::of_clock(clock.clone()),
            clock,
            days: if settings.keep_all_days { 0 } else { settings.store_retention_days },
            bytes: settings.store_retention_bytes.filter(|_| !settings.keep_all_days),
            floors: Mutex::default(),
        }
    }

    /// The same with the store's present, for a store whose newest day is `newest`. The second value reports a damaged
    /// `clock.json`.
    pub(crate) fn going_on_from(
        self,
        disk: &dyn Disk,
        data: &Path,
        newest: Option<UtcDay>,
    ) -> io::Result<(Self, Option<String>)> {
        let (present, damage) = Present::load(disk, data, self.clock.clone(), newest)?;
        Ok((Self { present, ..self }, damage))
    }

    /// What time it is for events that come now.
    pub(crate) fn received(&self) -> Received {
        self.present.received()
    }

    /// Notes what the times of new events say about the present, and the days that get events without a plausible time.
    pub(crate) fn note_events<'e>(
        &self,
        events: impl Iterator<Item = &'e Event> + Clone,
        env: &StoreEnv,
    ) -> io::Result<()> {
        let of_own_time = |event: &&Event| event.time_source != TimeSource::Received;
        self.present.witness(events.clone().filter(of_own_time).map(|event| event.time));
        let days: BTreeSet<UtcDay> =
            events.filter(|event| !of_own_time(event)).map(|event| event.time.day()).collect();
        days.into_iter().try_for_each(|day| self.present.note_receipt(day, &*env.disk, &env.data))
    }

    /// Stores the present at an orderly stop.
    pub(crate) fn close(&self, env: &StoreEnv) -> io::Result<()> {
        self.present.close(&*env.disk, &env.data)
    }

    /// Whether a day is so old that it is to be dropped.
    pub(crate) fn is_too_old(&self, day: UtcDay) -> bool {
        day < self.by_age() && !self.present.holds(day, self.days)
    }

    /// What time it is.
    pub(crate) fn now(&self) -> UnixNanos {
        self.clock.now()
    }

    /// How many days the clock is ahead of the present; 0 where they agree.
    pub(crate) fn clock_ahead_days(&self) -> i64 {
        self.present.difference_days()
    }

    /// Stores the present, once in a while; `days` are the existing days.
    pub(crate) fn keep_present(
        &self,
        env: &StoreEnv,
        days: impl FnOnce() -> BTreeSet<UtcDay>,
    ) -> io::Result<()> {
        self.present.keep(&*env.disk, &env.data, days)
    }

    /// How many bytes all days of a tenant may have.
    pub(crate) const fn limit_bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// The first day of a tenant that the size limit left.
    pub(crate) fn floor(&self, tenant: &Tenant) -> UtcDay {
        self.floors().of(tenant)
    }

    /// Raises a tenant's floor, durably: events of earlier days are refused, so that none of the days is created again.
    /// `limit` is the size limit.
    pub(crate) fn raise_floor(
        &self,
        env: &StoreEnv,
        tenant: &Tenant,
        floor: UtcDay,
        limit: u64,
    ) -> io::Result<()> {
        let mut floors = self.floors().clone();
        floors.raise(tenant.clone(), floor);
        let file = FloorFile { floors, bytes: limit };
        file.store(&*env.disk, &env.data)?;
        *self.floors() = file.floors;
        Ok(())
    }

    /// The first day of a tenant that is kept.
    pub(crate) fn kept_from(&self, tenant: &Tenant) -> UtcDay {
        self.floors().of(tenant).max(self.by_age())
    }

    fn floors(&self) -> MutexGuard<'_, Floors> {
        self.floors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The day so many days ago: all of its events stay until the last one is too old.
    fn by_age(&self) -> UtcDay {
        match self.days {
            0 => UtcDay(i32::MIN),
            days => {
                let today = self.present.earliest().day();
                UtcDay(today.0.saturating_sub(i32::try_from(days).unwrap_or(i32::MAX)))
            }
        }
    }

    /// The reply for an event of a day that is not kept.
    pub(crate) fn refusal(&self, tenant: &Tenant, day: UtcDay) -> String {
        let (floor, by_age) = (self.floors().of(tenant), self.by_age());
        match self.bytes {
            Some(bytes) if floor > by_age => format!(
                "too old: {day} is before {floor}, the first day that fits into {bytes} bytes \
                 (store_retention_bytes)"
            ),
            _ => format!(
                "too old: {day} is before {by_age}; events are kept for {} (store_retention_days)",
                counted(self.days.into(), "day")
            ),
        }
    }
}
