//! Checks a store that no server uses: whether every byte is what was written, and what the next start would do.

mod day;
mod rebuild;
mod report;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use steplog_model::event::Event;
use steplog_model::ids::Tenant;

use crate::config::StoreSettings;
use crate::disk::{Disk, RealDisk};
use crate::env::{DayKey, StoreEnv};
use crate::error::OpenError;
use crate::log::dictionary::Dictionaries;
use crate::log::file_name;
use crate::recovery::Verifying;
use crate::seqs::read_store_file;

pub use report::{
    CheckProgress, CheckReport, CheckStage, DamagedPlace, DayReport, DiskBytes, IndexState, LogState,
};

/// Reads every frame and every index file of the store in `data` and compares them with their
/// checksums. Holds the store's lock meanwhile. `progress` gets a report after each part.
///
/// Without `rebuild` no record and no searchable event is changed: torn tails and damage are only reported; the next
/// start handles them. With `rebuild`, logs are recovered as a start does, and the index of every day is then rebuilt
/// from its records.
///
/// # Errors
/// [`OpenError::Locked`] where a process uses the store, [`OpenError::Newer`] where another version wrote it, which is
/// then left as it is, [`OpenError::Io`] where the disk fails or there is no such directory. Damage is no error: it is
/// in the report.
pub fn check(
    data: &Path,
    rebuild: bool,
    progress: &mut dyn FnMut(CheckProgress),
) -> Result<CheckReport, OpenError> {
    check_on(Arc::new(RealDisk), &StoreSettings::at(data), rebuild, progress)
}

/// Fills the columns of a tenant's stored events again.
pub type Remap<'a> = dyn FnMut(&Tenant, &mut Event) + 'a;

/// Rebuilds as [`check`] does. Before that, `remap` may change the cells, duration and flags of every event; the rest
/// of an event stays. Each log file is rewritten as a compacted one.
///
/// # Errors
/// As [`check`].
pub fn rebuild_remapped(
    data: &Path,
    remap: &mut Remap<'_>,
    progress: &mut dyn FnMut(CheckProgress),
) -> Result<CheckReport, OpenError> {
    run_on(Arc::new(RealDisk), &StoreSettings::at(data), Some(Some(remap)), progress)
}

pub(crate) fn check_on(
    disk: Arc<dyn Disk>,
    settings: &StoreSettings,
    rebuild: bool,
    progress: &mut dyn FnMut(CheckProgress),
) -> Result<CheckReport, OpenError> {
    run_on(disk, settings, rebuild.then_some(None), progress)
}

/// Checks. Before that it rebuilds where `rebuild` is given, and remaps where that has a `remap`.
pub(crate) fn run_on(
    disk: Arc<dyn Disk>,
    settings: &StoreSettings,
    mut rebuild: Option<Option<&mut Remap<'_>>>,
    progress: &mut dyn FnMut(CheckProgress),
) -> Result<CheckReport, OpenError> {
    let data = &settings.data;
    let at = |source| OpenError::Io { path: data.clone(), source };
    let lock = disk.lock(&data.join(file_name::LOCK_FILE)).map_err(at)?;
    let _lock = lock.ok_or_else(|| OpenError::Locked { path: data.clone() })?;
    read_store_file(&*disk, data)?;
    let env = StoreEnv::new(Arc::clone(&disk), settings, Verifying::all());
    let keys = env.list_days()?;
    let mut report = CheckReport { data: data.clone(), days: Vec::new(), rebuilt_days: 0 };
    for (place, key) in keys.iter().enumerate() {
        let mut reporting = Reporting { key, place, days: keys.len(), progress: &mut *progress };
        let mut damage = Vec::new();
        if let Some(remap) = &mut rebuild {
            damage = rebuild::rebuild_day(&env, settings, remap.as_deref_mut(), &mut reporting)?;
            report.rebuilt_days += 1;
        }
        // Each day has only its own dictionaries: a neighbour's copy must not hide that the day lost one.
        let dictionaries = Arc::new(Dictionaries::new(settings.store_zstd_level));
        let own = StoreEnv { dictionaries, ..env.clone() };
        let day = day::check_day(&own, &mut reporting)?;
        damage.extend(day.damage.iter().filter(|one| !damage.contains(one)).cloned().collect::<Vec<_>>());
        report.days.push(DayReport { damage, ..day });
    }
    Ok(report)
}

/// Reports the progress of the work on one day.
struct Reporting<'a> {
    key: &'a DayKey,
    place: usize,
    days: usize,
    progress: &'a mut dyn FnMut(CheckProgress),
}

impl Reporting<'_> {
    fn report(&mut self, stage: CheckStage, done: u64, total: u64) {
        (self.progress)(CheckProgress {
            tenant: self.key.0.to_string(),
            day: self.key.1.to_string(),
            place: self.place,
            days: self.days,
            stage,
            done,
            total,
        });
    }
}
