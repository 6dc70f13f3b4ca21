//! The report of a check.

use std::path::PathBuf;

use serde::Serialize;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The data directory.
    pub data: PathBuf,
    /// Every day of every tenant, by tenant and day.
    pub days: Vec<DayReport>,
    /// How many indexes were rebuilt.
    pub rebuilt_days: usize,
}

impl CheckReport {
    /// Whether nothing is damaged. A torn tail is no damage, nor is an index that is behind: a crash
    /// leaves them, and the next start handles them.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.days.iter().all(DayReport::is_sound)
    }

    /// Readable events, over all days.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.days.iter().map(|day| day.events).sum()
    }
}

/// One day of one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayReport {
    /// The tenant.
    pub tenant: String,
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// Readable events in the record log.
    pub events: u64,
    /// What the day takes on the disk.
    pub bytes: DiskBytes,
    /// How many bytes of the record log are compacted.
    pub compacted_log_bytes: u64,
    /// The state of the record log.
    pub log: LogState,
    /// The state of the index.
    pub index: IndexState,
    /// The arrival number up to which the index has the day's events; 0 where it has none.
    pub checkpoint: u64,
    /// The last arrival number in the record log; 0 where there is none.
    pub last_seq: u64,
    /// Damage that a rebuilding check found: bytes that it set aside, and events that the index cannot have.
    pub damage: Vec<String>,
}

impl DayReport {
    /// Whether neither the log nor the index is damaged, or was until now.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let damaged =
            matches!(self.log, LogState::Damaged { .. }) || matches!(self.index, IndexState::Damaged { .. });
        !damaged && self.damage.is_empty()
    }
}

/// Bytes on the disk by kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiskBytes {
    /// Record logs, room that is preallocated included.
    pub log: u64,
    /// Tables that lead to the frames of record logs.
    pub tables: u64,
    /// Compression dictionaries.
    pub dictionaries: u64,
    /// The index.
    pub index: u64,
    /// Damage that was set aside.
    pub damaged: u64,
    /// Anything else.
    pub other: u64,
}

impl DiskBytes {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.log + self.tables + self.dictionaries + self.index + self.damaged + self.other
    }
}

/// The state of a day's record log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LogState {
    /// Every frame is what was written.
    Clean,
    /// A crash cut off the last append, which was never acknowledged.
    TornTail {
        /// Where.
        place: DamagedPlace,
    },
    /// Some of it is not what was written.
    Damaged {
        /// Where, in order.
        places: Vec<DamagedPlace>,
    },
}

/// Bytes of a file that are not what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DamagedPlace {
    /// The file's name in the day's directory.
    pub file: String,
    /// The first byte.
    pub offset: u64,
    /// How many bytes: up to the next whole frame, or the end of the file.
    pub bytes: u64,
    /// What is wrong.
    pub problem: String,
}

/// The state of a day's index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum IndexState {
    /// Every file is what was written, and all events are in it.
    Ok,
    /// It is whole but lacks events, which the next start adds.
    Behind {
        /// How many.
        events: u64,
    },
    /// It is not what was written. The next start that notices rebuilds it.
    Damaged {
        /// What is wrong.
        why: String,
    },
}

/// The progress of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckProgress {
    /// The tenant that is looked at.
    pub tenant: String,
    /// The day that is looked at, `YYYY-MM-DD`.
    pub day: String,
    /// The day's place among all, from 0.
    pub place: usize,
    /// All days.
    pub days: usize,
    /// What is being done.
    pub stage: CheckStage,
    /// How far that is, in bytes; when rebuilding, in events.
    pub done: u64,
    /// Where it ends.
    pub total: u64,
}

/// What a check is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStage {
    /// Rebuilding an index.
    Rebuild,
    /// Reading record logs.
    Log,
    /// Reading an index.
    Index,
}
