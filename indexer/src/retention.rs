//! Retention: which days are kept, and the dropping of those that are not.
//!
//! Age asks the clock ([`today`]) alone. A size limit moves a floor up, day by day; the floor is on disk before
//! the first day below it goes, so that a late copy of a dropped event is known as too old after a
//! restart, too. A start with a looser limit than the floor's, or with none, removes it.

mod floor;
#[cfg(test)]
mod tests;
mod today;

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Instant;

use steplog_model::time::{UnixNanos, UtcDay};

use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::{Disk, dir_bytes};
use crate::log::file_name;
use crate::partition::Partition;
use crate::shared::Shared;
use floor::FloorFile;
pub(crate) use floor::FloorFileError;
use today::Today;

/// Which days a store keeps.
#[derive(Debug)]
pub(crate) struct Retention {
    clock: Clock,
    today: Today,
    /// How many whole days events are kept; 0 for ever.
    days: u32,
    /// How many bytes all days may have.
    bytes: Option<u64>,
    /// The first day that the size limit left.
    floor: AtomicI32,
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
        const NO_FLOOR: UtcDay = UtcDay(i32::MIN);
        if settings.keep_all_days {
            return Ok(Self::new(settings, clock, NO_FLOOR));
        }
        let floor = match FloorFile::load(disk, &settings.data)? {
            Some(floor) if settings.store_retention_bytes.is_some_and(|now| now <= floor.bytes) => {
                floor.kept_from
            }
            Some(_) => {
                FloorFile::remove(disk, &settings.data)?;
                NO_FLOOR
            }
            None => NO_FLOOR,
        };
        Ok(Self::new(settings, clock, floor))
    }

    /// What the settings say; the size limit has dropped the days before `floor`.
    pub(crate) fn new(settings: &StoreSettings, clock: Clock, floor: UtcDay) -> Self {
        Self {
            clock,
            days: if settings.keep_all_days { 0 } else { settings.store_retention_days },
            bytes: settings.store_retention_bytes.filter(|_| !settings.keep_all_days),
            floor: AtomicI32::new(floor.0),
            today: Today::new(None),
        }
    }

    /// The same for a store whose newest day is `newest`.
    pub(crate) fn going_on_from(self, newest: Option<UtcDay>) -> Self {
        Self { today: Today::new(newest), ..self }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> UnixNanos {
        self.clock.now()
    }

    /// The first day that is kept.
    pub(crate) fn kept_from(&self) -> UtcDay {
        self.floor().max(self.by_age())
    }

    fn floor(&self) -> UtcDay {
        UtcDay(self.floor.load(Ordering::Acquire))
    }

    /// The day so many days ago: all of its events stay until the last one is too old.
    fn by_age(&self) -> UtcDay {
        self.first_day_by_age(self.today.of(self.now().day(), Instant::now()))
    }

    fn first_day_by_age(&self, today: UtcDay) -> UtcDay {
        match self.days {
            0 => UtcDay(i32::MIN),
            days => UtcDay(today.0.saturating_sub(i32::try_from(days).unwrap_or(i32::MAX))),
        }
    }

    /// What to tell the sender of an event of a day that is not kept.
    pub(crate) fn refusal(&self, day: UtcDay) -> String {
        let (floor, by_age) = (self.floor(), self.by_age());
        match self.bytes {
            Some(bytes) if floor > by_age => format!(
                "too old: {day} is before {floor}, the first day that fits into {bytes} bytes \
                 (store_retention_bytes)"
            ),
            _ => format!(
                "too old: {day} is before {by_age}; events are kept for {} days (store_retention_days)",
                self.days
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
    drop_before(shared, shared.retention.by_age(), Reason::Age)?;
    // Those that an earlier process did not come to.
    drop_before(shared, shared.retention.floor(), Reason::Size)?;
    if let Some(limit) = shared.retention.bytes {
        keep_within(shared, limit)?;
    }
    shared.remove_unread();
    metrics::gauge!("steplog_store_days").set(shared.partitions().len() as f64);
    Ok(())
}

/// Tells, as long as the clock is not believed, where all days would go by it.
fn tell_of_the_clock(shared: &Shared) {
    const ABOUT: &str = "retention of all days";
    let (retention, days) = (&shared.retention, shared.partitions());
    let by_clock = retention.first_day_by_age(retention.now().day());
    let all_go = days.iter().all(|partition| partition.key.1 < by_clock);
    if by_clock <= retention.by_age() || days.is_empty() || !all_go {
        shared.health.clear_notice(ABOUT);
        return;
    }
    let days = retention.days;
    shared.health.notice(
        ABOUT,
        format!(
            "all events are older than {days} days (store_retention_days) and will be dropped within the hour; \
             if that is wrong, set the clock of the machine, or stop steplog"
        ),
    );
}

fn drop_before(shared: &Shared, kept_from: UtcDay, reason: Reason) -> io::Result<()> {
    let too_old = shared.partitions().into_iter().filter(|partition| partition.key.1 < kept_from);
    too_old.into_iter().try_for_each(|partition| drop_day(shared, &partition, reason))
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
    let disk = &*shared.common.disk;
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

/// Drops the oldest days until the rest has at most `limit` bytes. Neither today nor the newest day goes.
fn keep_within(shared: &Shared, limit: u64) -> io::Result<()> {
    let mut days = Vec::new();
    for partition in shared.partitions() {
        let bytes = published_bytes(shared, &partition)?;
        days.push((partition.key.1, bytes));
    }
    days.sort_unstable();
    let mut total: u64 = days.iter().map(|(_, bytes)| bytes).sum();
    let newest = days.last().map_or(UtcDay(i32::MIN), |(day, _)| *day);
    let last = newest.min(shared.retention.clock.now().day());
    let mut floor = shared.retention.floor();
    for (day, bytes) in days.into_iter().filter(|(day, _)| *day < last) {
        // Days of several tenants go together.
        if total <= limit && day >= floor {
            break;
        }
        total -= bytes;
        floor = floor.max(UtcDay(day.0 + 1));
    }
    metrics::gauge!("steplog_store_bytes").set(total as f64);
    tell_of_excess(shared, total, limit);
    if floor > shared.retention.floor() {
        FloorFile { kept_from: floor, bytes: limit }.store(&*shared.common.disk, &shared.common.data)?;
        // From here on events of those days are refused, so that none is made anew.
        shared.retention.floor.store(floor.0, Ordering::Release);
        drop_before(shared, floor, Reason::Size)?;
    }
    Ok(())
}

fn tell_of_excess(shared: &Shared, total: u64, limit: u64) {
    const ABOUT: &str = "retention";
    if total > limit {
        let text = format!(
            "the newest days alone have {total} bytes, more than the {limit} of store_retention_bytes: \
             they are kept; allow more bytes"
        );
        shared.health.notice(ABOUT, text);
    } else {
        shared.health.clear_notice(ABOUT);
    }
}
