//! Which log files of a day were compacted. If the file is lost, they are compacted once more.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::MIN_GROWTH_DIVISOR;
use crate::disk::{Disk, read_file, replace_file};
use crate::log::file_name::{self, LogFile};
use crate::log::table::FileTable;

/// The content of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CompactedFiles {
    /// The end of each file's last frame when it was compacted.
    files: BTreeMap<LogFile, u64>,
    /// What their frames were compressed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) compressed_with: Option<TrainedOn>,
}

/// A dictionary, and the day that it was trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TrainedOn {
    pub(super) dictionary: u32,
    /// As in [`steplog_model::time::UtcDay`].
    pub(super) day: i32,
}

impl CompactedFiles {
    /// Loads the file of a day's directory.
    pub(crate) fn load(disk: &dyn Disk, directory: &Path) -> io::Result<Self> {
        match read_file(disk, &directory.join(file_name::COMPACTED_FILE)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn store(&self, disk: &dyn Disk, directory: &Path) -> io::Result<()> {
        replace_file(disk, &directory.join(file_name::COMPACTED_FILE), &serde_json::to_vec(self)?)
    }

    pub(super) fn note(&mut self, table: &FileTable) {
        self.files.insert(table.file, table.end);
    }

    /// Whether enough of a file is not compacted.
    pub(super) fn is_worth_it(&self, table: &FileTable) -> bool {
        let compacted = self.files.get(&table.file).copied().unwrap_or(0);
        let since = table.end.saturating_sub(compacted);
        !table.blocks.is_empty() && since > compacted / MIN_GROWTH_DIVISOR
    }

    /// Whether all of a day's files but the last are compacted, and the last is small in comparison.
    pub(super) fn is_all_but_little(&self, tables: &[FileTable]) -> bool {
        let Some((last, others)) = tables.split_last() else { return true };
        let bytes: u64 = others.iter().map(|table| table.end).sum();
        !others.iter().any(|table| self.is_worth_it(table)) && last.end <= bytes / MIN_GROWTH_DIVISOR
    }

    /// Bytes of a file that were compacted.
    pub(crate) fn bytes_of(&self, file: LogFile, len: u64) -> u64 {
        self.files.get(&file).map_or(0, |end| (*end).min(len))
    }
}
