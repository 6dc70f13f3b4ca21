//! Drops the days that [`Retention`](crate::retention::Retention) does not keep.

use std::collections::BTreeMap;
use std::io;

use steplog_model::ids::Tenant;
use steplog_model::time::UtcDay;

use crate::disk::dir_bytes;
use crate::env::DayKey;
use crate::log::file_name;
use crate::partition::Partition;
use crate::state::StoreState;

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

/// Drops days that are too old, then those beyond the size limit where there is one.
///
/// # Errors
/// The first error of the disk. The other days are dropped nevertheless; a later call retries.
pub(crate) fn drop_old_days(state: &StoreState) -> io::Result<()> {
    state.check_place().map_err(io::Error::other)?;
    state.remove_unread();
    report_the_clock(state);
    let retention = &state.retention;
    let mut outcome = drop_days(state, |(_, day)| retention.is_too_old(*day), Reason::Age);
    outcome = outcome.and(drop_below_floors(state));
    if let Some(limit) = retention.limit_bytes() {
        let (tenants, known) = sizes(state);
        outcome = outcome.and(known);
        for (tenant, days) in tenants {
            outcome = outcome.and(keep_within(state, &tenant, days, limit));
        }
    }
    let (days, known) = sizes(state);
    outcome = outcome.and(known);
    let bytes = days.values().flatten().map(|(_, bytes)| *bytes as f64).sum::<f64>();
    metrics::gauge!("steplog_store_bytes").set(bytes);
    state.remove_unread();
    metrics::gauge!("steplog_store_days").set(state.partitions().len() as f64);
    let days = || state.partitions().iter().map(|partition| partition.key.1).collect();
    outcome.and(retention.keep_present(&state.env, days))
}

/// The days of each tenant and their bytes, the oldest first.
type TenantDays = BTreeMap<Tenant, Vec<(UtcDay, u64)>>;

/// The days of all tenants, and the first error of the disk. A day that cannot be measured counts as empty.
fn sizes(state: &StoreState) -> (TenantDays, io::Result<()>) {
    let mut outcome = Ok(());
    let mut tenants = TenantDays::new();
    for partition in state.partitions() {
        let (tenant, day) = partition.key.clone();
        let bytes = published_bytes(state, &partition);
        tenants.entry(tenant).or_default().push((day, *bytes.as_ref().unwrap_or(&0)));
        outcome = outcome.and(bytes.map(drop));
    }
    (tenants, outcome)
}

/// Keeps a notice while the clock differs from the present.
fn report_the_clock(state: &StoreState) {
    const ABOUT: &str = "clock";
    let retention = &state.retention;
    let days = retention.clock_ahead_days();
    if days == 0 {
        state.health.clear_notice(ABOUT);
        return;
    }
    let (way, clock) = (if days > 0 { "ahead of" } else { "behind" }, retention.now());
    let text = format!(
        "the clock of the machine says {clock}, {} days {way} what follows from before and from the time that passed \
         since: no day is dropped for its age by that until records agree with it for a day; if it is wrong, set it",
        days.abs()
    );
    if state.health.notice(ABOUT, text.clone()) {
        tracing::warn!(text, "the clock leapt");
    }
}

/// Drops the days that the size limit chose, also where an earlier process ended before it could.
fn drop_below_floors(state: &StoreState) -> io::Result<()> {
    drop_days(state, |(tenant, day)| *day < state.retention.floor(tenant), Reason::Size)
}

fn drop_days(state: &StoreState, goes: impl Fn(&DayKey) -> bool, reason: Reason) -> io::Result<()> {
    let going = state.partitions().into_iter().filter(|partition| goes(&partition.key));
    let mut outcome = Ok(());
    for partition in going {
        outcome = outcome.and(drop_day(state, &partition, reason));
    }
    outcome
}

fn drop_day(state: &StoreState, partition: &Partition, reason: Reason) -> io::Result<()> {
    let events = partition.records.events();
    // Only for the metric.
    let bytes = published_bytes(state, partition).unwrap_or_default();
    if state.drop_day(&partition.key)? {
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

/// The bytes of a day without those that a running merge or compaction writes: they replace as many, and must not cost
/// another day.
fn published_bytes(state: &StoreState, partition: &Partition) -> io::Result<u64> {
    let disk = &*state.env.disk;
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
fn keep_within(state: &StoreState, tenant: &Tenant, days: Vec<(UtcDay, u64)>, limit: u64) -> io::Result<()> {
    let retention = &state.retention;
    let mut total: u64 = days.iter().map(|(_, bytes)| bytes).sum();
    let newest = days.last().map_or(UtcDay(i32::MIN), |(day, _)| *day);
    let last = newest.min(retention.now().day());
    let mut floor = retention.floor(tenant);
    for (day, bytes) in days.into_iter().filter(|(day, _)| *day < last) {
        if total <= limit {
            break;
        }
        total -= bytes;
        floor = floor.max(UtcDay(day.0 + 1));
    }
    report_excess(state, tenant, total, limit);
    if floor > retention.floor(tenant) {
        retention.raise_floor(&state.env, tenant, floor, limit)?;
        drop_below_floors(state)?;
    }
    Ok(())
}

fn report_excess(state: &StoreState, tenant: &Tenant, total: u64, limit: u64) {
    let about = format!("retention of {tenant}");
    if total > limit {
        let text = format!(
            "the newest days of the tenant {tenant} alone have {total} bytes, more than the {limit} of \
             store_retention_bytes: they are kept; allow more bytes"
        );
        state.health.notice(&about, text);
    } else {
        state.health.clear_notice(&about);
    }
}
