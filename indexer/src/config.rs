//! The store's settings.

use std::path::PathBuf;

use steplog_model::settings::units::Unit;

/// Where and how the embedded store keeps its events.
#[derive(Clone, Debug, clap::Args)]
pub struct StoreSettings {
    /// The directory that holds everything: record logs, indexes, settings of the store itself.
    #[arg(long, env = "STEPLOG_DATA", default_value = "steplog-data", value_name = "DIR")]
    pub data: PathBuf,

    /// The most bytes of events that wait to be written; beyond, senders are told to come again.
    #[arg(long, env = "STEPLOG_STORE_QUEUE_BYTES", default_value_t = 32 << 20, value_name = "BYTES", value_parser = Unit::Bytes.any::<usize>())]
    pub store_queue_bytes: usize,

    /// The most bytes of events that are written and synced together.
    #[arg(long, env = "STEPLOG_STORE_GROUP_BYTES", default_value_t = 8 << 20, value_name = "BYTES", value_parser = Unit::Bytes.any::<usize>())]
    pub store_group_bytes: usize,

    /// How long the first request of a group waits for others to share its sync, in milliseconds, at most.
    #[arg(long, env = "STEPLOG_STORE_GROUP_WAIT_MILLIS", default_value_t = 10, value_name = "MILLISECONDS", value_parser = Unit::Millis.any::<u64>())]
    pub store_group_wait_millis: u64,

    /// The size at which a record log goes on in a new file, in bytes.
    #[arg(long, env = "STEPLOG_STORE_LOG_FILE_BYTES", default_value_t = 64 << 20, value_name = "BYTES", value_parser = Unit::Bytes.any::<u64>())]
    pub store_log_file_bytes: u64,

    /// The zstd level of records: 1 is fast, 19 is small.
    #[arg(long, env = "STEPLOG_STORE_ZSTD_LEVEL", default_value_t = 1, value_name = "LEVEL",
          value_parser = Unit::Number.within::<i32>(1..=19))]
    pub store_zstd_level: i32,

    /// The most bytes of records kept decompressed in memory; of index files twice as much is kept.
    #[arg(long, env = "STEPLOG_STORE_RECORD_CACHE_BYTES", default_value_t = 32 << 20, value_name = "BYTES", value_parser = Unit::Bytes.any::<u64>())]
    pub store_record_cache_bytes: u64,

    /// How long the first event that is not searchable yet waits for others, in milliseconds. Shorter shows
    /// events sooner and costs more work.
    #[arg(long, env = "STEPLOG_STORE_COMMIT_MILLIS", default_value_t = 1_000, value_name = "MILLISECONDS", value_parser = Unit::Millis.any::<u64>())]
    pub store_commit_millis: u64,

    /// The most bytes of written events that wait to be indexed; beyond, writing waits.
    #[arg(long, env = "STEPLOG_STORE_INDEX_QUEUE_BYTES", default_value_t = 16 << 20, value_name = "BYTES", value_parser = Unit::Bytes.any::<usize>())]
    pub store_index_queue_bytes: usize,

    /// The most memory of index segments that are being built and written, in bytes; beyond, indexing waits.
    #[arg(long, env = "STEPLOG_STORE_BUILDER_BYTES", default_value_t = 128 << 20, value_name = "BYTES", value_parser = Unit::Bytes.any::<usize>())]
    pub store_builder_bytes: usize,

    /// How many days events are kept, by their own time; whole days are dropped. 0: for ever.
    #[arg(long, env = "STEPLOG_STORE_RETENTION_DAYS", default_value_t = 30, value_name = "DAYS",
          value_parser = Unit::Days.within::<u32>(0..=36_500))]
    pub store_retention_days: u32,

    /// The most bytes that all days of a tenant together may have on disk; beyond, the oldest are dropped, but never
    /// the newest one. Without it there is no limit.
    #[arg(long, env = "STEPLOG_STORE_RETENTION_BYTES", value_name = "BYTES", value_parser = Unit::Bytes.any::<u64>())]
    pub store_retention_bytes: Option<u64>,

    /// How many hours after its end a day is compacted: its index merged, its records compressed harder, in the
    /// background.
    #[arg(long, env = "STEPLOG_STORE_COMPACT_AFTER_HOURS", default_value_t = 2, value_name = "HOURS", value_parser = Unit::Hours.any::<u32>())]
    pub store_compact_after_hours: u32,

    /// The most days of events of a tenant. Events of further days are rejected.
    #[arg(long, env = "STEPLOG_STORE_MAX_DAYS", default_value_t = 4_096, value_name = "DAYS", value_parser = Unit::Days.any::<usize>())]
    pub store_max_days: usize,

    /// For who only looks into a store or adds to it: no day is dropped, whatever the limits say, and what they
    /// dropped before is remembered as it is.
    #[arg(skip)]
    pub keep_all_days: bool,
}

/// About how many bytes of events, before compression, make a frame when they are appended: larger ones are denser,
/// smaller ones are quicker to read a single event from.
pub(crate) const APPENDED_FRAME_BYTES: usize = 32 << 10;

/// How much of a tenant's events a dictionary is trained on.
pub(crate) const TRAINING_BYTES: usize = 1 << 20;

/// A day uses a dictionary once it has this many bytes of events: with fewer, its copy costs more than it saves.
pub(crate) const DICTIONARY_AFTER_BYTES: u64 = 64 << 10;

/// Where an index lacks the ids of no more events than this, the writer reads them itself. More are read in the
/// background.
pub(crate) const READ_AT_ONCE_EVENTS: u64 = 8 << 10;

/// How many bytes of unindexed records a start verifies although tables cover them, over all days.
pub(crate) const VERIFY_AT_START_BYTES: u64 = 16 << 20;

/// How many times larger the cache of index files is than that of records. Both are evicted when idle.
pub(crate) const INDEX_CACHE_TIMES: u64 = 2;

/// The most log files that are open for writing. The least recently written are closed.
pub(crate) const MAX_OPEN_LOGS: usize = 64;

/// How many seqs are reserved on disk at a time, so that none is given twice even where events are lost.
pub(crate) const RESERVED_SEQS: u64 = 1 << 20;

impl StoreSettings {
    /// The default settings, with the data in a directory.
    #[must_use]
    pub fn at(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), ..steplog_model::settings::defaults() }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::StoreSettings;

    #[test]
    fn every_flag_has_a_default() {
        let settings = StoreSettings::at("/somewhere");
        assert_eq!((settings.data.as_path(), settings.store_zstd_level), (Path::new("/somewhere"), 1));
    }
}
