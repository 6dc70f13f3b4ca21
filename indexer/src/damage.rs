//! What a day has lost, as its own directory tells: for as long as something is missing, every start, the health and a
//! check tell the same, and answers about the day are not complete.
//!
//! Bytes that were no frames lie in `damaged/`. A loss that leaves no bytes, as of a file that is gone or was cut short,
//! is noted there before anything forgets it. Whoever has seen to it removes the directory.

use std::io;
use std::path::Path;

use steplog_model::ids::Seq;

use crate::disk::{Disk, OpenMode, read_file, replace_file};
use crate::log::file_name;

/// The most bytes of a note that are told.
const MAX_NOTE_BYTES: usize = 1_000;

/// Notes that events are missing behind `after`, so that it lasts.
pub(crate) fn note(disk: &dyn Disk, directory: &Path, after: Seq, problem: &str) -> io::Result<()> {
    let damaged = directory.join(file_name::DAMAGED_DIR);
    disk.create_dir(&damaged)?;
    disk.sync_dir(directory)?;
    replace_file(disk, &damaged.join(file_name::missing(after)), problem.as_bytes())
}

/// What a day has lost, for operators; `None` where it has all.
pub(crate) fn told(disk: &dyn Disk, directory: &Path) -> io::Result<Option<String>> {
    let damaged = directory.join(file_name::DAMAGED_DIR);
    let entries = match disk.list(&damaged) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let is_note = |name: &str| file_name::is_missing(name);
    let bytes: u64 = entries.iter().filter(|entry| !is_note(&entry.name)).map(|entry| entry.len).sum();
    let mut parts = Vec::new();
    if bytes > 0 {
        parts.push(format!("{bytes} damaged bytes of the record log are set aside"));
    }
    for entry in entries.iter().filter(|entry| is_note(&entry.name)) {
        let text = read_file(disk, &damaged.join(&entry.name))?;
        let text = text.get(..text.len().min(MAX_NOTE_BYTES)).unwrap_or_default();
        parts.push(String::from_utf8_lossy(text).into_owned());
    }
    if parts.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!(
        "{}: events are missing, and answers about this day are not complete: {}; bring the day back from a copy, or \
         remove the directory once you have seen to it",
        damaged.display(),
        parts.join("; ")
    )))
}

/// Whether the log was left open: by a crash, or in a copy that was made while a server wrote. Then the log may end
/// before its table or its index does, and nothing that was acknowledged before the copy is missing.
pub(crate) fn was_open(disk: &dyn Disk, directory: &Path) -> io::Result<bool> {
    match disk.open(&directory.join(file_name::OPEN_FILE), OpenMode::Read) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Marks the log as open, before something is written to it.
pub(crate) fn mark_open(disk: &dyn Disk, directory: &Path) -> io::Result<()> {
    match disk.open(&directory.join(file_name::OPEN_FILE), OpenMode::CreateNew) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Marks the log as whole: nothing is missing in it, and its tables tell where it ends.
pub(crate) fn mark_closed(disk: &dyn Disk, directory: &Path) -> io::Result<()> {
    match disk.remove_file(&directory.join(file_name::OPEN_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
