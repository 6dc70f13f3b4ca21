//! What the store needs of a disk. It is small, so that a simulated disk can fail in every way a real one can.

mod index_directory;
mod index_file;
mod real;
mod real_file;
#[cfg(any(test, feature = "testing"))]
mod sim;

use std::any::Any;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tantivy::Directory;

pub use real::RealDisk;
#[cfg(any(test, feature = "testing"))]
pub use sim::{HeldSyncs, SimDisk};

/// A disk, real or simulated.
///
/// A write is durable only after [`DiskFile::sync_data`]. The creation, renaming or removal of a file is durable only
/// after [`Disk::sync_dir`] of its directory.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Creates a directory and those above it; an existing one is fine.
    ///
    /// # Errors
    /// As the disk says.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// What a directory holds, sorted by name.
    ///
    /// # Errors
    /// As the disk says.
    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>>;

    /// Opens a file. Files opened to be created may not exist yet.
    ///
    /// # Errors
    /// As the disk says.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>>;

    /// Renames a file or directory, replacing a file of the new name.
    ///
    /// # Errors
    /// As the disk says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As the disk says.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory and all that it holds; an absent one is fine.
    ///
    /// # Errors
    /// As the disk says.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes changes of the names in a directory durable.
    ///
    /// # Errors
    /// As the disk says.
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.open_dir(path)?.sync()
    }

    /// Opens a directory, so that a later sync of it needs no file descriptor.
    ///
    /// # Errors
    /// As the disk says.
    fn open_dir(&self, path: &Path) -> io::Result<Arc<dyn DiskDir>>;

    /// The file or directory of a path now.
    ///
    /// # Errors
    /// As the disk says, also where the name leads nowhere.
    fn file_id(&self, path: &Path) -> io::Result<FileId>;

    /// Takes the lock of a file that is created where it is absent; `None` where another process
    /// holds it. It is held until the value is dropped, or the process ends.
    ///
    /// # Errors
    /// As the disk says.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>>;

    /// The directory as Tantivy wants it; created where it is absent.
    ///
    /// # Errors
    /// As the disk says.
    fn index_directory(&self, path: &Path) -> io::Result<Box<dyn Directory>>;
}

/// Identifies a file or directory, also against one that gets its name later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    /// The file system.
    pub device: u64,
    /// The file on it.
    pub inode: u64,
}

/// An open directory.
pub trait DiskDir: fmt::Debug + Send + Sync + 'static {
    /// Makes changes of its names durable.
    ///
    /// # Errors
    /// As the disk says.
    fn sync(&self) -> io::Result<()>;
}

/// An open file, read and written at positions.
#[expect(clippy::len_without_is_empty, reason = "nobody asks whether a file is empty")]
pub trait DiskFile: fmt::Debug + Send + Sync + 'static {
    /// Reads into `buffer`, returns how many bytes: fewer than asked only at the end of the file.
    ///
    /// # Errors
    /// As the disk says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all the bytes, or fails after some of them.
    ///
    /// # Errors
    /// As the disk says.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// The length in bytes.
    ///
    /// # Errors
    /// As the disk says.
    fn len(&self) -> io::Result<u64>;

    /// Cuts the file, or extends it with zeros.
    ///
    /// # Errors
    /// As the disk says.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Extends the file to `len` bytes with zeros whose place on the disk is reserved. Does nothing
    /// where the file system cannot.
    ///
    /// # Errors
    /// As the disk says.
    fn allocate(&self, len: u64) -> io::Result<()>;

    /// The identity of this file, independent of its name.
    ///
    /// # Errors
    /// As the disk says.
    fn id(&self) -> io::Result<FileId>;

    /// Makes all writes and the length durable.
    ///
    /// # Errors
    /// As the disk says. After an error nobody can tell which of the writes lasted.
    fn sync_data(&self) -> io::Result<()>;
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirEntry {
    /// The name, without the directory. Names that are no UTF-8 are left out of listings: the store gives none.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// The length of a file in bytes; 0 for a directory.
    pub len: u64,
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Reading a file that exists.
    Read,
    /// Reading and writing a file that exists.
    Write,
    /// Reading and writing a file that may not exist yet.
    CreateNew,
}

/// Reads exactly `buffer.len()` bytes.
pub(crate) fn read_exact_at(file: &dyn DiskFile, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    if file.read_at(buffer, offset)? == buffer.len() {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the file ends before {offset}")))
    }
}

/// The whole of a file.
pub(crate) fn read_file(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path, OpenMode::Read)?;
    let len = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    let read = file.read_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// The bytes of all files in a directory and below; 0 where it is absent.
pub(crate) fn dir_bytes(disk: &dyn Disk, path: &Path) -> io::Result<u64> {
    let entries = match disk.list(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        other => other?,
    };
    let of = |entry: &DirEntry| {
        if entry.is_dir { dir_bytes(disk, &path.join(&entry.name)) } else { Ok(entry.len) }
    };
    entries.iter().map(of).sum()
}

/// Writes a whole file so that after a power cut there is the old one or the new one.
pub(crate) fn replace_file(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let temporary = path.with_extension("tmp");
    match disk.remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.open(&temporary, OpenMode::CreateNew)?;
    file.write_at(bytes, 0)?;
    file.sync_data()?;
    disk.rename(&temporary, path)?;
    disk.sync_dir(directory)
}
