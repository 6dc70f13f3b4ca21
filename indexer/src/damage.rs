//! What a day has lost. As long as events are missing, every start, the health and a check report it, and answers about
//! the day are incomplete.
//!
//! Damaged bytes are in the day's `damaged/` directory. Where a file is gone or was cut short there are no bytes: a
//! note in the directory reports the loss. An operator who has handled the loss removes the directory.

use std::io;
use std::path::Path;

use steplog_model::ids::Seq;

use crate::disk::{Disk, FileId, OpenMode, read_file, replace_file};
use crate::log::file_name;

/// The most bytes of a note that are reported.
const MAX_NOTE_BYTES: usize = 1_000;

/// Notes durably that events after the seq `after` are missing.
pub(crate) fn note(disk: &dyn Disk, directory: &Path, after: Seq, problem: &str) -> io::Result<()> {
    let damaged = directory.join(file_name::DAMAGED_DIR);
    disk.create_dir(&damaged)?;
    disk.sync_dir(directory)?;
    replace_file(disk, &damaged.join(file_name::missing(after)), problem.as_bytes())
}

/// A report of what a day has lost, for operators; `None` where nothing is missing.
pub(crate) fn report(disk: &dyn Disk, directory: &Path) -> io::Result<Option<String>> {
    let damaged = directory.join(file_name::DAMAGED_DIR);
    let entries = match disk.list(&damaged) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let is_note = |name: &str| file_name::is_missing(name);
    let aside = || entries.iter().filter(|entry| !is_note(&entry.name));
    let bytes: u64 = aside().map(|entry| entry.len).sum();
    let mut parts = Vec::new();
    // Also where there are no bytes: a log file that was cut to nothing has lost its events.
    if aside().next().is_some() {
        parts.push(match bytes {
            0 => "a log file that has no byte left is set aside".to_owned(),
            _ => format!("{bytes} damaged bytes of the record log are set aside"),
        });
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

/// Whether the log may be a copy that was made while a server wrote: the mark of an open log is there, and is not the
/// file that the server created. The log of such a copy may end before its table or index does, without a loss of
/// events that were acknowledged before the copy. After a crash the mark is the original, and what the log lacks is
/// lost.
pub(crate) fn may_be_copy(disk: &dyn Disk, directory: &Path) -> io::Result<bool> {
    let mark = directory.join(file_name::OPEN_FILE);
    match disk.file_id(&mark) {
        Ok(id) => Ok(read_file(disk, &mark)? != name_of(id).as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Marks the log as open, before something is written to it.
pub(crate) fn mark_open(disk: &dyn Disk, directory: &Path) -> io::Result<()> {
    match disk.open(&directory.join(file_name::OPEN_FILE), OpenMode::CreateNew) {
        // A power cut may leave the mark empty. It then counts as that of a copy, like a mark of an older version.
        Ok(mark) => mark.write_at(name_of(mark.id()?).as_bytes(), 0),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// The content of a mark. It has no device number, which may change when the machine restarts.
fn name_of(id: FileId) -> String {
    id.inode.to_string()
}

/// Marks the log as closed: its tables say where it ends.
pub(crate) fn mark_closed(disk: &dyn Disk, directory: &Path) -> io::Result<()> {
    match disk.remove_file(&directory.join(file_name::OPEN_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
