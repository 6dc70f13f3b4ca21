//! A disk in memory that does to unsynced data whatever a power cut may do, and fails on demand.

mod directory;
mod held;
mod state;

use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tantivy::Directory;

use super::{DirEntry, Disk, DiskDir, DiskFile, FileId, OpenMode};
use directory::SimDirectory;
use held::Gate;
pub use held::HeldSyncs;
use state::{Change, Entry, NameChange, State};

/// A disk in memory. Clones are the same disk.
///
/// Writes reach the platter only by [`DiskFile::sync_data`], names only by [`Disk::sync_dir`]. After
/// [`SimDisk::cut_power_at`] everything fails; [`SimDisk::after_power_cut`] is what is found then.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    gate: Arc<Gate>,
}

impl SimDisk {
    /// Cuts the power at the `operation`-th change from now on; 0 cuts it at once.
    pub fn cut_power_at(&self, operation: u64) {
        let mut state = self.locked();
        state.cut_at = Some(state.operations.saturating_add(operation));
    }

    /// Changes made so far, syncs among them.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.locked().operations
    }

    /// The disk after a power cut now. `seed` chooses which unsynced writes survive, in sectors of 512 bytes.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        Self { state: Arc::new(Mutex::new(self.locked().after_power_cut(seed))), gate: Arc::default() }
    }

    /// The disk after a kill of the process: all writes survive, synced or not.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        Self { state: Arc::new(Mutex::new(self.locked().after_kill())), gate: Arc::default() }
    }

    /// Makes the next `count` syncs of files fail, and what they should have synced stays unsynced.
    pub fn fail_syncs(&self, count: u64) {
        self.locked().failing_syncs = count;
    }

    /// Makes reads fail of all files that are below the directory now, as bad sectors do.
    pub fn fail_reads_below(&self, directory: &Path) {
        let mut state = self.locked();
        let below = state.names.iter().filter(|(path, _)| path.starts_with(directory));
        let files: Vec<usize> = below
            .filter_map(|(_, entry)| match entry {
                Entry::File(file) => Some(*file),
                Entry::Dir => None,
            })
            .collect();
        state.unreadable.extend(files);
    }

    /// Refuses to remove or rename this file or directory, as that of another user; `None` for none.
    pub fn hold_name(&self, path: Option<&Path>) {
        self.locked().held_name = path.map(Path::to_owned);
    }

    /// Blocks syncs of the directory until the returned value is dropped.
    #[must_use]
    pub fn hold_syncs_of(&self, directory: &Path) -> HeldSyncs {
        self.gate.hold(directory)
    }

    /// Refuses all changes from now on, as a disk does that is mounted for reading only.
    pub fn set_read_only(&self, read_only: bool) {
        self.locked().read_only = read_only;
    }

    /// Limits how many files and directories can be opened from now on; `None` for no limit. Open ones stay open.
    pub fn set_descriptors(&self, left: Option<u64>) {
        self.locked().descriptors = left;
    }

    /// Limits the bytes of all files together; `None` for no limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.locked().capacity = bytes;
    }

    /// The bytes of all files together.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.locked().used_bytes()
    }

    /// Every file's path, sorted.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let state = self.locked();
        let files = state.names.iter().filter(|(_, entry)| matches!(entry, Entry::File(_)));
        files.map(|(path, _)| path.clone()).collect()
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for SimDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.locked();
        let mut missing: Vec<&Path> = path.ancestors().take_while(|dir| !state.is_dir(dir)).collect();
        while let Some(dir) = missing.pop() {
            state.change_names(dir, NameChange::Put(dir.to_owned(), Entry::Dir))?;
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut state = self.locked();
        state.take_descriptor()?;
        state.list(path)
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.locked();
        state.take_descriptor()?;
        let file = match (state.names.get(path), mode) {
            (Some(Entry::File(_)), OpenMode::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Some(Entry::File(file)), _) => *file,
            (None, OpenMode::CreateNew) => state.create(path)?,
            (Some(Entry::Dir), _) => return Err(io::ErrorKind::IsADirectory.into()),
            (None, _) => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(Arc::new(SimFile { state: Arc::clone(&self.state), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.locked();
        if !state.names.contains_key(from) {
            state.alive()?;
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change_names(from, NameChange::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.locked().remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.locked();
        state.alive()?;
        let mut names: Vec<PathBuf> =
            state.names.keys().filter(|name| name.starts_with(path)).cloned().collect();
        // Children before their directories.
        while let Some(name) = names.pop() {
            state.change_names(&name, NameChange::Remove(name.clone()))?;
        }
        Ok(())
    }

    fn open_dir(&self, path: &Path) -> io::Result<Arc<dyn DiskDir>> {
        self.locked().take_descriptor()?;
        Ok(Arc::new(SimDir { disk: self.clone(), path: path.to_owned() }))
    }

    fn file_id(&self, path: &Path) -> io::Result<FileId> {
        let state = self.locked();
        state.alive()?;
        match state.names.get(path) {
            Some(Entry::File(file)) => Ok(sim_id(*file)),
            Some(Entry::Dir) => Ok(FileId { device: 0, inode: 0 }),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        let mut state = self.locked();
        state.alive()?;
        state.writable()?;
        if !state.locks.insert(path.to_owned()) {
            return Ok(None);
        }
        Ok(Some(Box::new(SimLock { disk: self.clone(), path: path.to_owned() })))
    }

    fn index_directory(&self, path: &Path) -> io::Result<Box<dyn Directory>> {
        self.create_dir(path)?;
        Ok(Box::new(SimDirectory { disk: self.clone(), path: path.to_owned() }))
    }
}

fn sim_id(file: usize) -> FileId {
    FileId { device: 0, inode: file as u64 + 1 }
}

#[derive(Debug)]
struct SimDir {
    disk: SimDisk,
    path: PathBuf,
}

impl DiskDir for SimDir {
    fn sync(&self) -> io::Result<()> {
        self.disk.gate.pass(&self.path);
        self.disk.locked().sync_dir(&self.path)
    }
}

struct SimLock {
    disk: SimDisk,
    path: PathBuf,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.disk.locked().locks.remove(&self.path);
    }
}

#[derive(Debug)]
struct SimFile {
    state: Arc<Mutex<State>>,
    file: usize,
}

impl SimFile {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.locked();
        state.alive()?;
        if state.unreadable.contains(&self.file) {
            return Err(io::Error::other("a sector cannot be read"));
        }
        let data = &state.file(self.file).data;
        let rest = usize::try_from(offset).ok().and_then(|offset| data.get(offset..)).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.locked();
        let end = offset.saturating_add(bytes.len() as u64);
        let room = state.room_up_to(self.file, end);
        let fits = bytes.len().saturating_sub(usize::try_from(end - room).unwrap_or(usize::MAX));
        let part = bytes.get(..fits).unwrap_or_default();
        state.change(self.file, Change::Write(offset, part.to_vec()))?;
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn len(&self) -> io::Result<u64> {
        let mut state = self.locked();
        state.alive()?;
        Ok(state.file(self.file).data.len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.locked().change(self.file, Change::SetLen(len))
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        let mut state = self.locked();
        if len <= state.file(self.file).data.len() as u64 {
            return Ok(());
        }
        if state.room_up_to(self.file, len) < len {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.change(self.file, Change::SetLen(len))
    }

    fn id(&self) -> io::Result<FileId> {
        self.locked().alive()?;
        Ok(sim_id(self.file))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.locked().sync_file(self.file)
    }
}
