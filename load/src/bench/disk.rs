//! What the store takes on the disk, by kind of file.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

/// Bytes of the store on the disk: blocks, so that the empty rest of a preallocated file counts as what it takes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Disk {
    /// The day that is still written to.
    pub open_day: Part,
    /// The days before it.
    pub closed_days: Part,
}

/// Bytes of some days.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Part {
    /// Events of these days.
    pub events: u64,
    /// Bytes by kind of file: the ending of its name.
    pub bytes: BTreeMap<String, u64>,
}

impl Part {
    /// Bytes of all kinds for one event.
    #[must_use]
    pub fn bytes_per_event(&self) -> f64 {
        self.bytes.values().sum::<u64>() as f64 / self.events.max(1) as f64
    }
}

impl Disk {
    /// Measures a store that holds so many events of each day, the oldest first.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(data: &Path, days: &[u64]) -> anyhow::Result<Self> {
        let mut disk = Self::default();
        if let [closed @ .., open] = days {
            disk.open_day.events = *open;
            disk.closed_days.events = closed.iter().sum();
        }
        let files = files_below(data)?;
        let newest = files.iter().filter_map(|(path, _)| day_of(data, path)).max();
        for (path, metadata) in &files {
            let day = day_of(data, path);
            let part = if day == newest { &mut disk.open_day } else { &mut disk.closed_days };
            if day.is_some() {
                *part.bytes.entry(kind_of(path)).or_default() += taken_bytes(metadata);
            }
        }
        Ok(disk)
    }
}

/// The day's directory that a file of the store is in: `<tenant>/<YYYY-MM-DD>/…`.
fn day_of(data: &Path, path: &Path) -> Option<String> {
    let parts: Vec<_> = path.strip_prefix(data).ok()?.components().collect();
    match parts.as_slice() {
        [_, day, _, ..] => Some(day.as_os_str().to_string_lossy().into_owned()),
        _ => None,
    }
}

fn kind_of(path: &Path) -> String {
    path.extension().map_or_else(|| "other".to_owned(), |ending| ending.to_string_lossy().into_owned())
}

pub(super) fn taken_bytes(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

/// All files below a directory; those that go while it is read are left out.
///
/// # Errors
/// If a directory cannot be read.
pub fn files_below(directory: &Path) -> anyhow::Result<Vec<(PathBuf, Metadata)>> {
    let (mut files, mut left) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(directory) = left.pop() {
        let entries = match std::fs::read_dir(&directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            other => other.with_context(|| format!("reading {}", directory.display()))?,
        };
        for entry in entries {
            let entry = entry?;
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            if metadata.is_dir() {
                left.push(entry.path());
            } else {
                files.push((entry.path(), metadata));
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_count_for_their_day_and_kind() {
        let data = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = data.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, [7; 5_000]).unwrap();
        };
        for path in ["store.json", "default/2026-11-24/log-1.frames", "default/2026-11-25/index/a.pos"] {
            put(path);
        }
        put("default/2026-11-25/log-2.frames");
        put("default/2026-11-23/log-0.frames");
        let disk = Disk::of(data.path(), &[3, 4, 5]).unwrap();
        assert_eq!((disk.open_day.events, disk.closed_days.events), (5, 7));
        assert_eq!(disk.open_day.bytes.keys().collect::<Vec<_>>(), ["frames", "pos"]);
        assert_eq!(disk.closed_days.bytes.keys().collect::<Vec<_>>(), ["frames"]);
        assert!(disk.closed_days.bytes["frames"] >= 10_000);
        assert!(disk.open_day.bytes_per_event() >= 2_000.0);
    }
}
