//! What survives a power cut: the content of a file once it is synced, its name once its directory is.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a small new file that lasts.
///
/// # Errors
/// As the disk says.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    sync_name(path)
}

/// Makes the name last that a file was just given.
///
/// # Errors
/// As the disk says; none where the directory may be written but not read, since then nobody can sync it.
pub(crate) fn sync_name(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    match File::open(directory.unwrap_or(Path::new("."))) {
        Ok(directory) => directory.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_synced_in_its_directory() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("note.txt");
        write(&path, "kept").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
        // One that is named without its directory, too; where there is none, nothing was synced.
        sync_name(Path::new("note.txt")).unwrap();
        assert!(sync_name(&directory.path().join("absent/note.txt")).is_err());
    }
}
