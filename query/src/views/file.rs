//! The file of the saved views: JSON with a format number, replaced whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use steplog_model::time::UnixNanos;

use super::View;

/// The format that this program writes.
const FORMAT: u64 = 1;

/// What the file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    format: u64,
    /// The id of the next view: ids are given once.
    pub(super) next_id: u64,
    pub(super) views: Vec<View>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { format: FORMAT, next_id: 1, views: Vec::new() }
    }
}

/// What came of reading the file.
pub(super) enum Loaded {
    Kept(Kept),
    /// It was damaged; where it is now, in words.
    SetAside(String),
    /// Its format is a later one.
    Newer(u64),
}

#[derive(Deserialize)]
struct Format {
    format: u64,
}

/// Reads the file; an absent one holds nothing.
pub(super) fn load(path: &Path) -> io::Result<Loaded> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Loaded::Kept(Kept::default())),
        Err(error) => return Err(error),
    };
    if let Ok(Format { format }) = serde_json::from_slice(&bytes)
        && format > FORMAT
    {
        return Ok(Loaded::Newer(format));
    }
    match serde_json::from_slice(&bytes) {
        Ok(kept) => Ok(Loaded::Kept(kept)),
        Err(error) => {
            // The moment keeps an earlier one from being overwritten.
            let aside = with_suffix(path, &format!(".damaged-{}", UnixNanos::now().0));
            fs::rename(path, &aside)?;
            sync_directory(path)?;
            Ok(Loaded::SetAside(format!(
                "the saved views in {} could not be read ({error}); the file is {} now",
                path.display(),
                aside.display()
            )))
        }
    }
}

/// Writes the file so that after a power cut there is the old one or the new one.
pub(super) fn replace(path: &Path, kept: &Kept) -> io::Result<()> {
    if let Some(directory) = path.parent()
        && !directory.is_dir()
    {
        fs::create_dir_all(directory)?;
        sync_directory(directory)?;
    }
    let temporary = with_suffix(path, ".tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(kept)?)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_directory(path)
}

fn sync_directory(of: &Path) -> io::Result<()> {
    let directory = of.parent().filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
