//! Looks at a store that nobody uses: is every byte what was written, and what would the next start do?

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
/// checksums. Holds the store's lock meanwhile. `progress` is told after each part.
///
/// Without `rebuild` no record and no searchable event is changed: torn tails and damage are only told; the next
/// start deals with them. With `rebuild`, logs are recovered as a start would do it, and the index of
/// every day is then built anew from its records.
///
/// # Errors
/// [`OpenError::Locked`] where a process uses the store, [`OpenError::Newer`] where another version
/// wrote it, which is then left as it is, [`OpenError::Io`] where the disk fails or there is no such directory. Damage is no error:
/// the report tells it.
pub fn check(
    data: &Path,
    rebuild: bool,
    progress: &mut dyn FnMut(CheckProgress),
) -> Result<CheckReport, OpenError> {
    check_on(Arc::new(RealDisk), &StoreSettings::at(data), rebuild, progress)
}

/// What fills the columns of stored events anew, by their tenant.
pub type Remap<'a> = dyn FnMut(&Tenant, &mut Event) + 'a;

/// Rebuilds as [`check`] does, and gives every event to `remap` before: cells, duration and flags may be filled anew. All
/// else of an event stays as it is. Each log file is written once more, in the form of compacted ones.
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

/// Checks; rebuilds before, where there is a `rebuild`, and maps anew, where that has something.
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
        let mut telling = Telling { key, place, days: keys.len(), progress: &mut *progress };
        let mut damage = Vec::new();
        if let Some(remap) = &mut rebuild {
            damage = rebuild::rebuild_day(&env, settings, remap.as_deref_mut(), &mut telling)?;
            report.rebuilt_days += 1;
        }
        // Each day by what its own directory holds: a copy of a neighbour must not stand in for what it lost.
        let dictionaries = Arc::new(Dictionaries::new(settings.store_zstd_level));
        let own = StoreEnv { dictionaries, ..env.clone() };
        let day = day::check_day(&own, &mut telling)?;
        damage.extend(day.damage.iter().filter(|told| !damage.contains(told)).cloned().collect::<Vec<_>>());
        report.days.push(DayReport { damage, ..day });
    }
    Ok(report)
}

/// Tells how far the work on one day is.
struct Telling<'a> {
    key: &'a DayKey,
    place: usize,
    days: usize,
    progress: &'a mut dyn FnMut(CheckProgress),
}

impl Telling<'_> {
    fn tell(&mut self, stage: CheckStage, done: u64, total: u64) {
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
