//! Retention: which days are kept, and the dropping of those that are not.
//!
//! Age asks the clock, as far as it can be believed ([`present`]). The size limit is for each tenant: what one sends
//! costs no day of another. It moves the tenant's floor up, day by day; the floor is on disk before the first day below
//! it goes, so that a late copy of a dropped event is known as too old after a restart, too. A start with a looser limit
//! than the floors', or with none, removes them.

#[cfg(test)]
mod clock_model;
mod floor;
mod present;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use steplog_model::counted::counted;
use steplog_model::event::{Event, TimeSource};
use steplog_model::ids::Tenant;
use steplog_model::time::{Received, UnixNanos, UtcDay};

use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::{Disk, dir_bytes};
use crate::env::{DayKey, StoreEnv};
use crate::log::file_name;
use crate::partition::Partition;
use crate::shared::Shared;
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

/// Why a day is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Age,
    Size,
}

impl Reason {
    const fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Size => "size",
        }
    }
}

impl Retention {
    /// What the settings say, and what the size limit has dropped so far. A looser limit, or none, lifts the floor
    /// for good: days that came since fit, also once the limit is as tight as before.
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

    /// What the settings say; the size limit has dropped nothing.
    pub(crate) fn new(settings: &StoreSettings, clock: Clock) -> Self {
        Self {
            present: Present::of_clock(clock.clone()),
            clock,
            days: if settings.keep_all_days { 0 } else { settings.store_retention_days },
            bytes: settings.store_retention_bytes.filter(|_| !settings.keep_all_days),
            floors: Mutex::default(),
        }
    }

    /// The same with the store's own idea of the present, for one whose newest day is `newest`; the second value says
    /// what is wrong with it.
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

    /// Notes what events that are about to be written say about the present, and days whose age will not be known by
    /// their own times.
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

    /// At an orderly end: makes the present last.
    pub(crate) fn close(&self, env: &StoreEnv) -> io::Result<()> {
        self.present.close(&*env.disk, &env.data)
    }

    /// Whether a day is so old that it goes.
    fn is_too_old(&self, day: UtcDay) -> bool {
        day < self.by_age() && !self.present.holds(day, self.days)
    }

    /// What time it is.
    pub(crate) fn now(&self) -> UnixNanos {
        self.clock.now()
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

    /// What to tell the sender of an event of a day that is not kept.
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

/// Drops what is too old. Looks at the sizes of days where there is a limit of bytes.
///
/// # Errors
/// As the disk says; what is left is dropped by a later call.
pub(crate) fn drop_old_days(shared: &Shared) -> io::Result<()> {
    shared.remove_unread();
    tell_of_the_clock(shared);
    let retention = &shared.retention;
    drop_days(shared, |(_, day)| retention.is_too_old(*day), Reason::Age)?;
    drop_below_floors(shared)?;
    if let Some(limit) = retention.bytes {
        for (tenant, days) in sizes(shared)? {
            keep_within(shared, &tenant, days, limit)?;
        }
    }
    let days = sizes(shared)?;
    let bytes = days.values().flatten().map(|(_, bytes)| *bytes as f64).sum::<f64>();
    metrics::gauge!("steplog_store_bytes").set(bytes);
    shared.remove_unread();
    metrics::gauge!("steplog_store_days").set(shared.partitions().len() as f64);
    let days = || shared.partitions().iter().map(|partition| partition.key.1).collect();
    retention.present.keep(&*shared.env.disk, &shared.env.data, days)
}

/// The days of each tenant and their bytes, the oldest first.
fn sizes(shared: &Shared) -> io::Result<BTreeMap<Tenant, Vec<(UtcDay, u64)>>> {
    let mut tenants: BTreeMap<Tenant, Vec<(UtcDay, u64)>> = BTreeMap::new();
    for partition in shared.partitions() {
        let (tenant, day) = partition.key.clone();
        tenants.entry(tenant).or_default().push((day, published_bytes(shared, &partition)?));
    }
    Ok(tenants)
}

/// Tells, as long as it is so, that the clock differs from the present.
fn tell_of_the_clock(shared: &Shared) {
    const ABOUT: &str = "clock";
    let retention = &shared.retention;
    let days = retention.present.difference_days();
    if days == 0 {
        shared.health.clear_notice(ABOUT);
        return;
    }
    let (way, clock) = (if days > 0 { "ahead of" } else { "behind" }, retention.now());
    let text = format!(
        "the clock of the machine says {clock}, {} days {way} what follows from before and from the time that passed \
         since: no day is dropped for its age by that until records agree with it for a day; if it is wrong, set it",
        days.abs()
    );
    if shared.health.notice(ABOUT, text.clone()) {
        tracing::warn!(text, "the clock leapt");
    }
}

/// Drops what the size limit decided to, also those days that an earlier process did not come to.
fn drop_below_floors(shared: &Shared) -> io::Result<()> {
    let floors = shared.retention.floors().clone();
    drop_days(shared, |(tenant, day)| *day < floors.of(tenant), Reason::Size)
}

fn drop_days(shared: &Shared, goes: impl Fn(&DayKey) -> bool, reason: Reason) -> io::Result<()> {
    let going = shared.partitions().into_iter().filter(|partition| goes(&partition.key));
    going.into_iter().try_for_each(|partition| drop_day(shared, &partition, reason))
}

fn drop_day(shared: &Shared, partition: &Partition, reason: Reason) -> io::Result<()> {
    let events = partition.records.events();
    let bytes = published_bytes(shared, partition)?;
    if shared.drop_day(&partition.key)? {
        metrics::counter!("steplog_retention_dropped_days_total", "reason" => reason.name()).increment(1);
        metrics::counter!("steplog_retention_dropped_events_total").increment(events);
        metrics::counter!("steplog_retention_dropped_bytes_total").increment(bytes);
        tracing::info!(
            partition = partition.label(),
            events,
            bytes,
            reason = reason.name(),
            "dropped a day: retention does not keep it"
        );
    }
    Ok(())
}

/// The bytes of a day that stay: what a compaction or a merge is just writing takes the place of as much, and must not
/// cost another day.
fn published_bytes(shared: &Shared, partition: &Partition) -> io::Result<u64> {
    let disk = &*shared.env.disk;
    let entries = match disk.list(&partition.directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        other => other?,
    };
    let mut bytes = partition.index().0.snapshot().bytes();
    for entry in entries {
        if entry.is_dir && entry.name != file_name::INDEX_DIR {
            bytes += dir_bytes(disk, &partition.directory.join(&entry.name))?;
        } else if !entry.is_dir && !file_name::is_compacting(&entry.name) {
            bytes += entry.len;
        }
    }
    Ok(bytes)
}

/// Drops a tenant's oldest days until the rest has at most `limit` bytes. Neither today nor the newest day goes.
fn keep_within(shared: &Shared, tenant: &Tenant, days: Vec<(UtcDay, u64)>, limit: u64) -> io::Result<()> {
    let retention = &shared.retention;
    let mut total: u64 = days.iter().map(|(_, bytes)| bytes).sum();
    let newest = days.last().map_or(UtcDay(i32::MIN), |(day, _)| *day);
    let last = newest.min(retention.clock.now().day());
    let mut floor = retention.floors().of(tenant);
    for (day, bytes) in days.into_iter().filter(|(day, _)| *day < last) {
        if total <= limit {
            break;
        }
        total -= bytes;
        floor = floor.max(UtcDay(day.0 + 1));
    }
    tell_of_excess(shared, tenant, total, limit);
    let mut floors = retention.floors().clone();
    if floor > floors.of(tenant) {
        floors.raise(tenant.clone(), floor);
        let file = FloorFile { floors, bytes: limit };
        file.store(&*shared.env.disk, &shared.env.data)?;
        // From here on events of those days are refused, so that none is made anew.
        *retention.floors() = file.floors;
        drop_below_floors(shared)?;
    }
    Ok(())
}

fn tell_of_excess(shared: &Shared, tenant: &Tenant, total: u64, limit: u64) {
    let about = format!("retention of {tenant}");
    if total > limit {
        let text = format!(
            "the newest days of the tenant {tenant} alone have {total} bytes, more than the {limit} of \
             store_retention_bytes: they are kept; allow more bytes"
        );
        shared.health.notice(&about, text);
    } else {
        shared.health.clear_notice(&about);
    }
}
