//! Opens a store.

use std::io;
use std::path::Path;
use std::sync::Arc;

use steplog_model::ids::Seq;

use crate::clock::Clock;
use crate::config::{RESERVED_SEQS, StoreSettings, VERIFY_AT_START_BYTES};
use crate::disk::Disk;
use crate::env::StoreEnv;
use crate::error::OpenError;
use crate::health::{HealthState, cannot_write};
use crate::indexing::Indexing;
use crate::log::file_name;
use crate::partition::{OpenedPartition, Partition};
use crate::place::Place;
use crate::recovery::Verifying;
use crate::retention::{FloorFileError, Retention};
use crate::seqs::{SeqSource, StoreFileState, read_store_file};
use crate::state::StoreState;
use crate::writer::Writer;

/// The parts of an open store, which its threads drive.
pub(crate) struct StoreParts {
    pub(crate) state: Arc<StoreState>,
    pub(crate) writer: Writer,
    pub(crate) indexing: Indexing,
}

impl StoreParts {
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
        match disk.sync_dir(above.unwrap_or(Path::new("."))) {
            // The call above cannot have created a directory that may not be read.
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(at(error)),
            _ => {}
        }
        let place = Place::take(&*disk, &data).map_err(at)?;
        let place = place.ok_or_else(|| OpenError::Locked { path: data.clone() })?;
        let health = HealthState::default();
        let floor = read_floor(&*disk, &settings, &health)?;
        let retention = load_retention(&*disk, &settings, clock, &health)?;
        // The names of files that a killed process created may not be durable yet.
        disk.sync_dir(&data).map_err(at)?;
        let env = StoreEnv::new(Arc::clone(&disk), &settings, Verifying::up_to(VERIFY_AT_START_BYTES));
        let keys = env.list_days()?;
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
            // Seqs after the last known one may have been given to events that are lost.
            (None, Some(known)) => known.saturating_add(RESERVED_SEQS),
        };
        let newest = opened.iter().map(|one| one.partition.key.1).max();
        let (retention, damage) = retention.going_on_from(&*disk, &data, newest).map_err(at)?;
        if let Err(error) = retention.close(&env) {
            // The disk is full. This is retried with the first events.
            tracing::warn!(%error, "what time it is cannot be kept yet");
            health.would_refuse(cannot_write(&data, &error));
        }
        if let Some(damage) = damage {
            tracing::error!(damage, "what time it was is not known; it goes on from the newest day");
            health.notice(
                "clock.json",
                format!("{damage}: days that got events under a wrong clock may be dropped too early"),
            );
        }
        let state = StoreState::new(env, settings, health, retention, place);
        let days = opened.iter().map(|one| Arc::clone(&one.partition));
        let state = Arc::new(state.with_days(days, next_seq.saturating_sub(1)));
        let seqs = SeqSource::new(disk, &data, next_seq);
        seqs.mark_where_absent(floor);
        let indexing = Indexing::new(Arc::clone(&state));
        let writer = Writer::new(Arc::clone(&state), seqs, opened).map_err(at)?;
        Ok(Self { state, writer, indexing })
    }
}

/// The seq after the last one of the partition.
fn next_seq(opened: &OpenedPartition) -> Seq {
    let (index, _) = opened.partition.index();
    opened.partition.records.last_seq().max(index.checkpoint()) + 1
}

/// The lowest free seq, if it is known.
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

/// Loads which days are kept.
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
