//! Opens a day's index, or replaces it by an empty one.

use std::io;
use std::path::Path;

use crate::env::StoreEnv;
use crate::error::OpenError;
use crate::index::{DayIndex, IndexOpenError};
use crate::log::file_name;

/// Opens a day's index. An index that is damaged or of another format is replaced by an empty one, with a notice.
pub(super) fn open_index(env: &StoreEnv, directory: &Path) -> Result<(DayIndex, Vec<String>), OpenError> {
    let disk = &*env.disk;
    let path = directory.join(file_name::INDEX_DIR);
    let at = |source| OpenError::Io { path: path.clone(), source };
    let reason = match DayIndex::open(disk.index_directory(&path).map_err(at)?, &env.index_cache) {
        Ok(index) => return Ok((index, Vec::new())),
        Err(IndexOpenError::NoRoom(reason)) => {
            return Err(at(io::Error::new(io::ErrorKind::StorageFull, reason)));
        }
        Err(IndexOpenError::Io(reason)) => return Err(at(io::Error::other(reason))),
        Err(IndexOpenError::Damaged(reason) | IndexOpenError::OtherFormat(reason)) => reason,
    };
    metrics::counter!("steplog_index_damages_total").increment(1);
    tracing::error!(path = %path.display(), reason, "the index is built anew from the records");
    let notice = format!("{}: {reason}; the index is built anew from the records", path.display());
    Ok((new_index(env, directory)?, vec![notice]))
}

/// Replaces a day's index by an empty one.
pub(super) fn new_index(env: &StoreEnv, directory: &Path) -> Result<DayIndex, OpenError> {
    let disk = &*env.disk;
    let path = directory.join(file_name::INDEX_DIR);
    let at = |source| OpenError::Io { path: path.clone(), source };
    disk.remove_dir(&path).map_err(at)?;
    disk.sync_dir(directory).map_err(at)?;
    let directory = disk.index_directory(&path).map_err(at)?;
    DayIndex::open(directory, &env.index_cache).map_err(|error| at(io::Error::other(error)))
}
