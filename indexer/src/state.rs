//! What all parts of one store share.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use steplog_model::ids::{Seq, Tenant};
use steplog_model::time::UtcDay;

use crate::config::StoreSettings;
use crate::env::{DayKey, StoreEnv};
use crate::error::OpenError;
use crate::health::HealthState;
use crate::log::dictionary::Dictionary;
use crate::partition::{OpenedPartition, Partition};
use crate::place::Place;
use crate::retention::Retention;

/// What all parts of one store share.
pub(crate) struct StoreState {
    pub(crate) env: StoreEnv,
    pub(crate) settings: StoreSettings,
    pub(crate) health: HealthState,
    pub(crate) retention: Retention,
    partitions: RwLock<BTreeMap<DayKey, Arc<Partition>>>,
    /// How many days were dropped. Those who keep partitions look for dropped ones when it rises.
    drops: AtomicU64,
    /// The seq up to which all groups are written and synced.
    written: AtomicU64,
    /// Dropped days whose files may still be read.
    leaving: Mutex<Vec<Arc<Partition>>>,
    /// Held while a group is written, and while a day's directory moves away.
    pub(crate) writing: Mutex<()>,
    /// Dictionaries that were trained and not yet taken.
    pub(crate) trained: Mutex<Vec<(Tenant, Dictionary)>>,
    place: Place,
}

impl StoreState {
    /// State without a day.
    pub(crate) fn new(
        env: StoreEnv,
        settings: StoreSettings,
        health: HealthState,
        retention: Retention,
        place: Place,
    ) -> Self {
        Self {
            env,
            settings,
            health,
            retention,
            partitions: RwLock::default(),
            drops: AtomicU64::new(0),
            written: AtomicU64::new(0),
            leaving: Mutex::default(),
            writing: Mutex::default(),
            trained: Mutex::default(),
            place,
        }
    }

    /// Adds the days that a start found. Their events have seqs up to `written`.
    pub(crate) fn with_days(self, days: impl Iterator<Item = Arc<Partition>>, written: Seq) -> Self {
        let by_key = days.map(|partition| (partition.key.clone(), partition));
        let (partitions, written) = (RwLock::new(by_key.collect()), AtomicU64::new(written));
        Self { partitions, written, ..self }
    }

    /// See [`Place::check`].
    pub(crate) fn check_place(&self) -> Result<(), String> {
        self.place.check(&*self.env.disk)
    }

    /// All partitions, by tenant and day.
    pub(crate) fn partitions(&self) -> Vec<Arc<Partition>> {
        self.partitions.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// A tenant's partitions from one day to another, inclusive, newest first.
    pub(crate) fn days(&self, tenant: &Tenant, from: UtcDay, to: UtcDay) -> Vec<Arc<Partition>> {
        if from > to {
            return Vec::new();
        }
        let partitions = self.partitions.read().unwrap_or_else(PoisonError::into_inner);
        let range = (tenant.clone(), from)..=(tenant.clone(), to);
        partitions.range(range).rev().map(|(_, partition)| Arc::clone(partition)).collect()
    }

    pub(crate) fn partition(&self, key: &DayKey) -> Option<Arc<Partition>> {
        self.partitions.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Creates a partition; `Ok(None)` where its tenant may have no more.
    pub(crate) fn create_partition(&self, key: &DayKey) -> Result<Option<OpenedPartition>, OpenError> {
        if self.days(&key.0, UtcDay(i32::MIN), UtcDay(i32::MAX)).len() >= self.settings.store_max_days {
            return Ok(None);
        }
        let opened = Partition::create(&self.env, key.clone())?;
        let mut partitions = self.partitions.write().unwrap_or_else(PoisonError::into_inner);
        partitions.insert(key.clone(), Arc::clone(&opened.partition));
        Ok(Some(opened))
    }

    /// A tenant's days, and the seq up to which they have every durable event of the tenant.
    pub(crate) fn written_days(&self, tenant: &Tenant) -> (Vec<Arc<Partition>>, Seq) {
        // A day comes into the map before the first of its events is written. So this order misses no day.
        let written = self.written.load(Ordering::Acquire);
        (self.days(tenant, UtcDay(i32::MIN), UtcDay(i32::MAX)), written)
    }

    /// Notes that a group is durable and readable.
    pub(crate) fn note_written(&self, last: Seq) {
        self.written.fetch_max(last, Ordering::AcqRel);
    }

    /// How often a day was dropped.
    pub(crate) fn drops(&self) -> u64 {
        self.drops.load(Ordering::Acquire)
    }

    /// Drops a day. Questions that read it continue: its files are removed once nobody reads them. `false` where there
    /// is no such day, or another thread dropped it. After an error the day is either whole or gone from all answers.
    pub(crate) fn drop_day(&self, key: &DayKey) -> io::Result<bool> {
        let Some(partition) = self.partition(key) else { return Ok(false) };
        // A merge of the day may have to end first. Writing continues until the directory moves.
        let dropped = partition.drop_with(|| {
            // Not in the middle of a group, which would miss its files.
            let _no_group = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            // One rename: a crash leaves the whole day or nothing of it, and a late event that creates the day again
            // does not find the old directory.
            self.set_aside(&partition)?;
            self.partitions.write().unwrap_or_else(PoisonError::into_inner).remove(key);
            self.drops.fetch_add(1, Ordering::AcqRel);
            Ok(())
        })?;
        if !dropped {
            return Ok(false);
        }
        self.health.clear_notice(&format!("index {}", partition.label()));
        let tenant = self.env.data.join(key.0.as_str());
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).push(partition);
        let synced = self.env.disk.sync_dir(&tenant);
        self.remove_unread();
        synced.map(|()| true)
    }

    fn set_aside(&self, partition: &Partition) -> io::Result<()> {
        let dropped = self.env.dropped(&partition.key, partition.number);
        self.env.disk.remove_dir(&dropped)?;
        partition.records.move_to(&dropped)
    }

    /// Removes the files of dropped days that nobody reads any more. A later call, or the next start, retries failures.
    pub(crate) fn remove_unread(&self) {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.retain(|partition| {
            // Questions, the writer and the indexing hold the days that they use.
            if Arc::strong_count(partition) > 1 {
                return true;
            }
            partition.records.close_files();
            let dropped = self.env.dropped(&partition.key, partition.number);
            let removed = self.env.disk.remove_dir(&dropped);
            removed.inspect_err(|error| tracing::warn!(%error, "cannot remove a dropped day yet")).is_err()
        });
    }
}
