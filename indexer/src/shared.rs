//! What all parts of one store share, and how a store is opened.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use steplog_model::ids::{Seq, Tenant};
use steplog_model::time::UtcDay;

use crate::clock::Clock;
use crate::config::{RESERVED_SEQS, StoreSettings, VERIFY_AT_START_BYTES};
use crate::disk::Disk;
use crate::env::{DayKey, StoreEnv};
use crate::error::OpenError;
use crate::health::HealthState;
use crate::indexing::Indexing;
use crate::log::dictionary::Dictionary;
use crate::log::file_name;
use crate::partition::{OpenedPartition, Partition};
use crate::recovery::Verifying;
use crate::retention::{FloorFileError, Retention};
use crate::seqs::{FIRST_STORE_FORMAT, STORE_FORMAT, SeqSource, StoreFile};
use crate::writer::Writer;

/// What all parts of one store share.
pub(crate) struct Shared {
    pub(crate) env: StoreEnv,
    pub(crate) settings: StoreSettings,
    pub(crate) health: HealthState,
    pub(crate) retention: Retention,
    partitions: RwLock<BTreeMap<DayKey, Arc<Partition>>>,
    /// How many days were dropped: whoever keeps partitions of his own looks whether they still are there.
    drops: AtomicU64,
    /// The arrival number up to which all groups are written and synced.
    written: AtomicU64,
    /// Dropped days that somebody may still read.
    leaving: Mutex<Vec<Arc<Partition>>>,
    /// Held while a group is written, and while a day goes.
    pub(crate) writing: Mutex<()>,
    /// Dictionaries that were trained and not yet taken.
    pub(crate) trained: Mutex<Vec<(Tenant, Dictionary)>>,
    /// Held for as long as the store is open.
    _lock: Box<dyn std::any::Any + Send + Sync>,
}

/// An open store, without threads: the parts that they drive.
pub(crate) struct Core {
    pub(crate) shared: Arc<Shared>,
    pub(crate) writer: Writer,
    pub(crate) indexing: Indexing,
}

impl Shared {
    /// All partitions, by tenant and day.
    pub(crate) fn partitions(&self) -> Vec<Arc<Partition>> {
        self.partitions.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// A tenant's partitions from one day to another, both among them, newest first.
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

    /// Makes a partition that is not there yet; `Ok(None)` where its tenant may have no more.
    pub(crate) fn create_partition(&self, key: &DayKey) -> Result<Option<OpenedPartition>, OpenError> {
        if self.days(&key.0, UtcDay(i32::MIN), UtcDay(i32::MAX)).len() >= self.settings.store_max_days {
            return Ok(None);
        }
        let opened = Partition::create(&self.env, key.clone())?;
        let mut partitions = self.partitions.write().unwrap_or_else(PoisonError::into_inner);
        partitions.insert(key.clone(), Arc::clone(&opened.partition));
        Ok(Some(opened))
    }

    /// The arrival number up to which everything is durable and readable.
    pub(crate) fn written(&self) -> Seq {
        self.written.load(Ordering::Acquire)
    }

    /// Notes that a group is durable and readable.
    pub(crate) fn note_written(&self, last: Seq) {
        self.written.fetch_max(last, Ordering::AcqRel);
    }

    /// How often a day was dropped.
    pub(crate) fn drops(&self) -> u64 {
        self.drops.load(Ordering::Acquire)
    }

    /// Removes a day and all its events. Questions that read it go on: its files are removed once nobody does.
    /// `false` where there is none. After an error the day is either whole or gone from all answers.
    pub(crate) fn drop_day(&self, key: &DayKey) -> io::Result<bool> {
        let Some(partition) = self.partition(key) else { return Ok(false) };
        // A merge of the day may have to end first: writing goes on until the moment of the drop itself.
        partition.drop_it(|| {
            // Not in the middle of a group: it would find its files gone.
            let _no_group = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            // Under another name at once, so that a crash leaves the whole day or nothing of it, and whoever makes
            // the day anew, for an event that comes late, does not find the old directory.
            self.set_aside(&partition)?;
            self.partitions.write().unwrap_or_else(PoisonError::into_inner).remove(key);
            self.drops.fetch_add(1, Ordering::AcqRel);
            Ok(())
        })?;
        self.health.clear_notice(&format!("index {}", partition.label()));
        let tenant = self.env.data.join(key.0.as_str());
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).push(partition);
        let synced = self.env.disk.sync_dir(&tenant);
        self.remove_unread();
        synced.map(|()| true)
    }

    fn set_aside(&self, partition: &Partition) -> io::Result<()> {
        let disk = &*self.env.disk;
        let dropped = self.env.dropped(&partition.key, partition.number);
        disk.remove_dir(&dropped)?;
        // First, so that a reader who does not find a file knows where it went.
        partition.records.expect_move_to(&dropped);
        disk.rename(&partition.directory, &dropped)
    }

    /// Removes the files of dropped days that nobody reads any more. What cannot be removed now is by a later call,
    /// or at the next start.
    pub(crate) fn remove_unread(&self) {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.retain(|partition| {
            // Questions, the writer and the indexing hold days that they use.
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

impl Core {
    /// Opens the store of a directory: recovers every day's log, opens or replaces every day's index.
    pub(crate) fn open(
        settings: StoreSettings,
        disk: Arc<dyn Disk>,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        let data = settings.data.clone();
        let at = |source| OpenError::Io { path: data.clone(), source };
        disk.create_dir(&data).map_err(at)?;
        let above = data.parent().filter(|above| !above.as_os_str().is_empty());
        match disk.sync_dir(above.unwrap_or(std::path::Path::new("."))) {
            // A directory that may not be read was not made just now.
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(at(error)),
            _ => {}
        }
        let lock = disk.lock(&data.join(file_name::LOCK_FILE)).map_err(at)?;
        let lock = lock.ok_or_else(|| OpenError::Locked { path: data.clone() })?;
        let health = HealthState::default();
        let floor = read_floor(&*disk, &settings, &health)?;
        let retention = load_retention(&*disk, &settings, clock, &health)?;
        // Names that a killed process made may not last yet.
        disk.sync_dir(&data).map_err(at)?;
        let env = StoreEnv::new(Arc::clone(&disk), &settings, Verifying::up_to(VERIFY_AT_START_BYTES));
        let keys = list_days(&*disk, &env)?;
        for tenant in keys.chunk_by(|one, next| one.0 == next.0).filter_map(|days| days.first()) {
            disk.sync_dir(&data.join(tenant.0.as_str())).map_err(at)?;
        }
        let mut opened = Vec::new();
        for key in keys {
            let partition = Partition::open(&env, key)?;
            for (place, notice) in partition.notices.iter().enumerate() {
                health.notice(&format!("{} {place}", partition.partition.label()), notice.clone());
            }
            opened.push(partition);
        }
        let next_seq = match (floor, opened.iter().map(next_seq).max()) {
            (Some(floor), known) => known.unwrap_or(1).max(floor),
            (None, None) => 1,
            // Numbers after the last known one may have been given to events that are gone.
            (None, Some(known)) => known.saturating_add(RESERVED_SEQS),
        };
        let newest = opened.iter().map(|one| one.partition.key.1).max();
        let (retention, damage) = retention.going_on_from(&*disk, &data, newest).map_err(at)?;
        if let Err(error) = retention.close(&env) {
            // On a full disk: it is tried again.
            tracing::warn!(%error, "what time it is cannot be kept yet");
        }
        if let Some(damage) = damage {
            tracing::error!(damage, "what time it was is not known; it goes on from the newest day");
            health.notice(
                "clock.json",
                format!("{damage}: days that got events under a wrong clock may be dropped too early"),
            );
        }
        let by_key = |one: &OpenedPartition| (one.partition.key.clone(), Arc::clone(&one.partition));
        let shared = Arc::new(Shared {
            env,
            settings,
            health,
            retention,
            partitions: RwLock::new(opened.iter().map(by_key).collect()),
            drops: AtomicU64::new(0),
            written: AtomicU64::new(next_seq.saturating_sub(1)),
            leaving: Mutex::default(),
            writing: Mutex::default(),
            trained: Mutex::default(),
            _lock: lock,
        });
        let seqs = SeqSource::new(disk, &data, next_seq);
        seqs.mark_where_absent(floor);
        let indexing = Indexing::new(Arc::clone(&shared));
        let writer = Writer::new(Arc::clone(&shared), seqs, opened).map_err(at)?;
        Ok(Self { shared, writer, indexing })
    }
}

/// The seq after the last one that the partition knows.
fn next_seq(opened: &OpenedPartition) -> Seq {
    let (index, _) = opened.partition.index();
    opened.partition.records.last_seq().max(index.checkpoint()) + 1
}

/// The floor of the arrival numbers, if it is known.
fn read_floor(
    disk: &dyn Disk,
    settings: &StoreSettings,
    health: &HealthState,
) -> Result<Option<Seq>, OpenError> {
    match read_store_file(disk, &settings.data)? {
        StoreFileState::Known(next_seq) => Ok(Some(next_seq)),
        StoreFileState::Absent => Ok(None),
        StoreFileState::Damaged(error) => {
            let path = settings.data.join(file_name::STORE_FILE);
            health.notice("store.json", format!("{} was damaged and is written anew", path.display()));
            tracing::error!(path = %path.display(), %error, "damaged; written anew");
            Ok(None)
        }
    }
}

/// What `store.json` says, in a format that this program knows.
pub(crate) enum StoreFileState {
    Absent,
    /// The floor of the arrival numbers.
    Known(Seq),
    Damaged(io::Error),
}

/// Reads `store.json`; refuses a directory that another version wrote, before anything in it is touched.
pub(crate) fn read_store_file(disk: &dyn Disk, data: &std::path::Path) -> Result<StoreFileState, OpenError> {
    let path = data.join(file_name::STORE_FILE);
    match StoreFile::load(disk, data) {
        Ok(None) => Ok(StoreFileState::Absent),
        Ok(Some(file)) if (FIRST_STORE_FORMAT..=STORE_FORMAT).contains(&file.format) => {
            Ok(StoreFileState::Known(file.next_seq))
        }
        Ok(Some(file)) => Err(OpenError::Newer { path, format: file.format }),
        Err(error) if is_about_json(&error) => Ok(StoreFileState::Damaged(error)),
        Err(source) => Err(OpenError::Io { path, source }),
    }
}

/// Which days are kept.
fn load_retention(
    disk: &dyn Disk,
    settings: &StoreSettings,
    clock: Clock,
    health: &HealthState,
) -> Result<Retention, OpenError> {
    match Retention::load(disk, settings, clock.clone()) {
        Ok(retention) => Ok(retention),
        Err(FloorFileError::Io(path, source)) => Err(OpenError::Io { path, source }),
        Err(damaged @ FloorFileError::Damaged(..)) => {
            health.notice("retention.json", format!("{damaged}: events that were dropped may be sent again"));
            tracing::error!(%damaged, "written anew when the size limit drops a day");
            Ok(Retention::new(settings, clock))
        }
    }
}

/// Whether the error is about the text of a file rather than the disk.
fn is_about_json(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<serde_json::Error>())
}

/// The days that there are. Finishes the removal of those that were being dropped.
pub(crate) fn list_days(disk: &dyn Disk, env: &StoreEnv) -> Result<Vec<DayKey>, OpenError> {
    let mut keys = Vec::new();
    let at = |path: &std::path::Path| {
        let path = path.to_owned();
        move |source| OpenError::Io { path, source }
    };
    for entry in disk.list(&env.data).map_err(at(&env.data))? {
        let Some(tenant) = entry.name.parse::<Tenant>().ok().filter(|_| entry.is_dir) else { continue };
        let directory = env.data.join(&entry.name);
        for day in disk.list(&directory).map_err(at(&directory))?.into_iter().filter(|day| day.is_dir) {
            if file_name::is_dropped(&day.name) {
                disk.remove_dir(&directory.join(&day.name)).map_err(at(&directory))?;
            } else if let Ok(day) = day.name.parse() {
                keys.push((tenant.clone(), day));
            }
        }
    }
    Ok(keys)
}
