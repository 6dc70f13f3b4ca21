//! What all days of a store work with: its disk, its directory, its caches.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use steplog_model::ids::Tenant;
use steplog_model::time::UtcDay;

use crate::config::{INDEX_CACHE_TIMES, StoreSettings};
use crate::disk::Disk;
use crate::error::OpenError;
use crate::index::IndexCache;
use crate::log::cache::ReadCache;
use crate::log::dictionary::Dictionaries;
use crate::log::file_name;
use crate::recovery::Verifying;
use crate::unindexed_ids::IdRoom;

/// A tenant and a day.
pub(crate) type DayKey = (Tenant, UtcDay);

/// What all days of a store work with.
#[derive(Clone, Debug)]
pub(crate) struct StoreEnv {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) data: PathBuf,
    pub(crate) dictionaries: Arc<Dictionaries>,
    /// The cache of record logs.
    pub(crate) cache: Arc<ReadCache>,
    /// The cache of indexes.
    pub(crate) index_cache: Arc<IndexCache>,
    /// How much of the logs recovery still verifies although their tables cover it.
    pub(crate) verifying: Arc<Verifying>,
    /// The memory limit of ids that no index has.
    pub(crate) ids: Arc<IdRoom>,
}

impl StoreEnv {
    /// An environment with empty caches.
    pub(crate) fn new(disk: Arc<dyn Disk>, settings: &StoreSettings, verifying: Verifying) -> Self {
        let cache_bytes = settings.store_record_cache_bytes;
        Self {
            disk,
            data: settings.data.clone(),
            dictionaries: Arc::new(Dictionaries::new(settings.store_zstd_level)),
            cache: Arc::new(ReadCache::new(cache_bytes)),
            index_cache: Arc::new(IndexCache::new(cache_bytes.saturating_mul(INDEX_CACHE_TIMES))),
            verifying: Arc::new(verifying),
            ids: Arc::new(IdRoom::new(settings.store_builder_bytes / 2)),
        }
    }

    /// The directory of a day.
    pub(crate) fn directory(&self, key: &DayKey) -> PathBuf {
        self.data.join(key.0.as_str()).join(key.1.to_string())
    }

    /// The directory of a day that was dropped; `number` is its partition's.
    pub(crate) fn dropped(&self, key: &DayKey, number: u64) -> PathBuf {
        self.data.join(key.0.as_str()).join(file_name::dropped(&key.1.to_string(), number))
    }

    /// Lists the days. Finishes the removal of those whose drop was interrupted.
    pub(crate) fn list_days(&self) -> Result<Vec<DayKey>, OpenError> {
        let mut keys = Vec::new();
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, source }
        };
        for entry in self.disk.list(&self.data).map_err(at(&self.data))? {
            let Some(tenant) = entry.name.parse::<Tenant>().ok().filter(|_| entry.is_dir) else { continue };
            let directory = self.data.join(&entry.name);
            let days = self.disk.list(&directory).map_err(at(&directory))?;
            for day in days.into_iter().filter(|day| day.is_dir) {
                if file_name::is_dropped(&day.name) {
                    self.disk.remove_dir(&directory.join(&day.name)).map_err(at(&directory))?;
                } else if let Ok(day) = day.name.parse() {
                    keys.push((tenant.clone(), day));
                }
            }
        }
        Ok(keys)
    }
}
