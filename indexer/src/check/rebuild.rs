//! Rebuilds the index of one day.

use std::collections::HashSet;
use std::io;

use steplog_model::event::Event;

use super::report::CheckStage;
use super::{Remap, Reporting};
use crate::compaction::remap_day;
use crate::config::StoreSettings;
use crate::env::StoreEnv;
use crate::error::OpenError;
use crate::index::{DayIndex, IndexError};
use crate::log::file_name;
use crate::pace::Pace;
use crate::partition::Partition;

/// Recovers the day's log as a start does, remaps its events where there is a `remap`, and builds a new index from all
/// of its records. Returns reports of damage, which is set aside or missing in the index.
pub(super) fn rebuild_day(
    env: &StoreEnv,
    settings: &StoreSettings,
    remap: Option<&mut Remap<'_>>,
    reporting: &mut Reporting<'_>,
) -> Result<Vec<String>, OpenError> {
    // Only the index knows of a log file that is gone: the loss is noted before the index is removed.
    let mut notices = Partition::open(env, reporting.key.clone())?.log_notices;
    // Without an index the recovery relies on nothing and verifies every byte.
    let directory = env.directory(reporting.key);
    let removed = env.disk.remove_dir(&directory.join(file_name::INDEX_DIR));
    let removed = removed.and_then(|()| env.disk.sync_dir(&directory));
    removed.map_err(|source| OpenError::Io { path: directory.clone(), source })?;
    let opened = Partition::open(env, reporting.key.clone())?;
    let partition = opened.partition;
    let (index, _) = partition.index();
    let at = |source| OpenError::Io { path: partition.directory.clone(), source };
    notices.extend(opened.notices);
    // Each opening reports what is missing for good.
    let mut seen = HashSet::new();
    notices.retain(|notice| seen.insert(notice.clone()));
    if let Some(remap) = remap {
        let tenant = &reporting.key.0;
        let mut change = |event: &mut Event| remap(tenant, event);
        notices.extend(remap_day(env, &partition, &mut change).map_err(at)?);
    }
    let unread = fill(&partition, &index, settings, reporting).map_err(at)?;
    if unread > 0 {
        let directory = partition.directory.display();
        notices
            .push(format!("{directory}: {unread} frames or events cannot be read, and the index lacks them"));
    }
    while index.merge_due() {
        index.merge(&Pace::full()).map_err(|error| at(io::Error::other(error)))?;
    }
    Ok(notices)
}

/// Builds the index from the records; returns how much of them cannot be read.
fn fill(
    partition: &Partition,
    index: &DayIndex,
    settings: &StoreSettings,
    reporting: &mut Reporting<'_>,
) -> io::Result<usize> {
    let failed = |error: IndexError| io::Error::other(error);
    let total = partition.records.events();
    let (mut seq, mut done, mut unread) = (0, 0, 0);
    let mut builder = index.builder().map_err(failed)?;
    loop {
        let (read, next) = partition.records.read_after(seq)?;
        if next == seq {
            index.commit(builder, seq).map_err(failed)?;
            reporting.report(CheckStage::Rebuild, total, total);
            return Ok(unread);
        }
        for stored in &read.events {
            builder.add(stored).map_err(failed)?;
        }
        seq = next;
        unread += read.damaged;
        done += read.events.len() as u64;
        if builder.memory_bytes() >= settings.store_builder_bytes {
            index.commit(builder, seq).map_err(failed)?;
            builder = index.builder().map_err(failed)?;
        }
        reporting.report(CheckStage::Rebuild, done, total);
    }
}
