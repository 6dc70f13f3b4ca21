//! The floor that a size limit made, on disk.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use steplog_model::time::UtcDay;

use crate::disk::{Disk, read_file, replace_file};
use crate::log::file_name;

/// The content of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FloorFile {
    /// The first day that was kept.
    pub(super) kept_from: UtcDay,
    /// The limit under which it was.
    pub(super) bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Written {
    kept_from: String,
    retention_bytes: u64,
}

/// Why the floor is not known.
#[derive(Debug)]
pub(crate) enum FloorFileError {
    /// The file makes no sense.
    Damaged(PathBuf, String),
    /// The disk failed.
    Io(PathBuf, io::Error),
}

impl fmt::Display for FloorFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(path, why) => write!(f, "{} was damaged ({why})", path.display()),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl FloorFile {
    /// The file of a data directory; `Ok(None)` where there is none.
    pub(super) fn load(disk: &dyn Disk, data: &Path) -> Result<Option<Self>, FloorFileError> {
        let path = data.join(file_name::RETENTION_FILE);
        let bytes = match read_file(disk, &path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FloorFileError::Io(path, error)),
        };
        let damaged = |why: String| FloorFileError::Damaged(path.clone(), why);
        let written: Written = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        let kept_from = written.kept_from.parse().map_err(|_| damaged("no day".to_owned()))?;
        Ok(Some(Self { kept_from, bytes: written.retention_bytes }))
    }

    /// Removes the file, so that it stays removed.
    pub(super) fn remove(disk: &dyn Disk, data: &Path) -> Result<(), FloorFileError> {
        let path = data.join(file_name::RETENTION_FILE);
        let removed = disk.remove_file(&path).and_then(|()| disk.sync_dir(data));
        removed.map_err(|error| FloorFileError::Io(path, error))
    }

    /// Makes the floor last.
    pub(super) fn store(self, disk: &dyn Disk, data: &Path) -> io::Result<()> {
        let written = Written { kept_from: self.kept_from.to_string(), retention_bytes: self.bytes };
        replace_file(disk, &data.join(file_name::RETENTION_FILE), &serde_json::to_vec(&written)?)
    }
}
