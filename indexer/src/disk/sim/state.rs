//! The two faces of the disk in memory: what the process sees, and what is on the platter.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::DirEntry;

/// Power cuts tear writes at this size.
const SECTOR_BYTES: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Dir,
    File(usize),
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Write(u64, Vec<u8>),
    SetLen(u64),
}

#[derive(Clone, Debug)]
pub(super) enum NameChange {
    Put(PathBuf, Entry),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
}

/// A file: what is seen, what is on the platter, and the changes between the two.
#[derive(Clone, Debug, Default)]
pub(super) struct FileState {
    pub(super) data: Vec<u8>,
    platter: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) names: BTreeMap<PathBuf, Entry>,
    platter_names: BTreeMap<PathBuf, Entry>,
    /// Of each directory, in order.
    unsynced_names: BTreeMap<PathBuf, Vec<NameChange>>,
    files: Vec<FileState>,
    pub(super) locks: BTreeSet<PathBuf>,
    pub(super) operations: u64,
    pub(super) cut_at: Option<u64>,
    pub(super) failing_syncs: u64,
    /// Files of which nothing can be read.
    pub(super) unreadable: BTreeSet<usize>,
    /// A name that can be neither removed nor renamed.
    pub(super) held_name: Option<PathBuf>,
    pub(super) capacity: Option<u64>,
    pub(super) read_only: bool,
    pub(super) descriptors: Option<u64>,
}

impl State {
    pub(super) fn file(&mut self, file: usize) -> &mut FileState {
        if self.files.len() <= file {
            self.files.resize_with(file + 1, FileState::default);
        }
        self.files.get_mut(file).expect("the list was just made long enough")
    }

    pub(super) fn is_dir(&self, path: &Path) -> bool {
        // The root, and what a relative path starts from, are always there.
        path.parent().is_none() || path.as_os_str().is_empty() || self.names.get(path) == Some(&Entry::Dir)
    }

    /// Fails once the power is cut.
    pub(super) fn alive(&self) -> io::Result<()> {
        if self.cut_at.is_some_and(|cut| self.operations >= cut) {
            return Err(io::Error::other("power cut"));
        }
        Ok(())
    }

    /// Fails where nothing more can be opened.
    pub(super) fn take_descriptor(&mut self) -> io::Result<()> {
        self.alive()?;
        if let Some(left) = &mut self.descriptors {
            *left = left.checked_sub(1).ok_or_else(|| io::Error::from(rustix::io::Errno::MFILE))?;
        }
        Ok(())
    }

    pub(super) fn writable(&self) -> io::Result<()> {
        if self.read_only { Err(io::ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(()) }
    }

    fn count_operation(&mut self) -> io::Result<()> {
        self.alive()?;
        self.writable()?;
        self.operations += 1;
        Ok(())
    }

    pub(super) fn used_bytes(&self) -> u64 {
        let lens = self.names.values().map(|entry| match entry {
            Entry::Dir => 0,
            Entry::File(file) => self.files.get(*file).map_or(0, |file| file.data.len() as u64),
        });
        lens.sum()
    }

    /// Up to which end the file can be extended towards `end`.
    pub(super) fn room_up_to(&mut self, file: usize, end: u64) -> u64 {
        let len = self.file(file).data.len() as u64;
        let Some(capacity) = self.capacity else { return end };
        end.min(len.saturating_add(capacity.saturating_sub(self.used_bytes())).max(len))
    }

    pub(super) fn change(&mut self, file: usize, change: Change) -> io::Result<()> {
        self.count_operation()?;
        let file = self.file(file);
        apply(&mut file.data, &change);
        file.unsynced.push(change);
        Ok(())
    }

    pub(super) fn sync_file(&mut self, file: usize) -> io::Result<()> {
        self.count_operation()?;
        if self.failing_syncs > 0 {
            self.failing_syncs -= 1;
            return Err(io::Error::other("input/output error"));
        }
        let file = self.file(file);
        for change in std::mem::take(&mut file.unsynced) {
            apply(&mut file.platter, &change);
        }
        Ok(())
    }

    pub(super) fn create(&mut self, path: &Path) -> io::Result<usize> {
        let file = self.files.len();
        self.change_names(path, NameChange::Put(path.to_owned(), Entry::File(file)))?;
        self.files.push(FileState::default());
        Ok(file)
    }

    pub(super) fn change_names(&mut self, path: &Path, change: NameChange) -> io::Result<()> {
        self.count_operation()?;
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        if !self.is_dir(&directory) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let goes = !matches!(change, NameChange::Put(..));
        if goes && self.held_name.as_deref() == Some(path) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        apply_names(&mut self.names, &change);
        self.unsynced_names.entry(directory).or_default().push(change);
        Ok(())
    }

    pub(super) fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        self.count_operation()?;
        for change in self.unsynced_names.remove(path).unwrap_or_default() {
            apply_names(&mut self.platter_names, &change);
        }
        Ok(())
    }

    pub(super) fn remove_file(&mut self, path: &Path) -> io::Result<()> {
        self.alive()?;
        match self.names.get(path) {
            Some(Entry::File(_)) => self.change_names(path, NameChange::Remove(path.to_owned())),
            Some(Entry::Dir) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.alive()?;
        if !self.is_dir(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let children = self.names.iter().filter(|(name, _)| name.parent() == Some(path));
        let entries = children.filter_map(|(name, entry)| {
            let name = name.file_name()?.to_str()?.to_owned();
            Some(match entry {
                Entry::Dir => DirEntry { name, is_dir: true, len: 0 },
                Entry::File(file) => {
                    let len = self.files.get(*file).map_or(0, |file| file.data.len() as u64);
                    DirEntry { name, is_dir: false, len }
                }
            })
        });
        Ok(entries.collect())
    }

    pub(super) fn after_kill(&self) -> Self {
        Self {
            names: self.names.clone(),
            platter_names: self.platter_names.clone(),
            unsynced_names: self.unsynced_names.clone(),
            files: self.files.clone(),
            capacity: self.capacity,
            ..Self::default()
        }
    }

    pub(super) fn after_power_cut(&self, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut names = self.platter_names.clone();
        for changes in self.unsynced_names.values() {
            let kept = dice.below(changes.len() + 1);
            for change in changes.iter().take(kept) {
                apply_names(&mut names, change);
            }
        }
        // What lies in a directory that is gone is gone.
        let all: BTreeSet<PathBuf> = names.keys().cloned().collect();
        names.retain(|path, _| {
            let mut above = path.ancestors().skip(1);
            above.all(|dir| dir.parent().is_none() || dir.as_os_str().is_empty() || all.contains(dir))
        });
        let files = self.files.iter().map(|file| file.after_power_cut(&mut dice)).collect();
        Self { platter_names: names.clone(), names, files, capacity: self.capacity, ..Self::default() }
    }
}

impl FileState {
    fn after_power_cut(&self, dice: &mut Dice) -> Self {
        let mut platter = self.platter.clone();
        // What is kept of the unsynced changes: nothing, all, those up to one, or any sector of any.
        let up_to = dice.below(self.unsynced.len() + 1);
        let mode = dice.below(4);
        for (place, change) in self.unsynced.iter().enumerate() {
            let keep_whole = mode == 1 || (mode == 2 && place < up_to);
            let tear = mode == 3 || (mode == 2 && place == up_to);
            match change {
                _ if keep_whole => apply(&mut platter, change),
                Change::Write(offset, bytes) if tear => tear_write(&mut platter, *offset, bytes, dice),
                Change::SetLen(_) if tear && dice.below(2) == 0 => apply(&mut platter, change),
                _ => {}
            }
        }
        Self { data: platter.clone(), platter, unsynced: Vec::new() }
    }
}

/// Writes some of the sectors.
fn tear_write(platter: &mut Vec<u8>, offset: u64, bytes: &[u8], dice: &mut Dice) {
    let in_sector = usize::try_from(offset).unwrap_or(0) % SECTOR_BYTES;
    let first = (SECTOR_BYTES - in_sector).min(bytes.len());
    let (head, rest) = bytes.split_at(first);
    let mut at = offset;
    for sector in std::iter::once(head).chain(rest.chunks(SECTOR_BYTES)) {
        if dice.below(2) == 0 {
            apply(platter, &Change::Write(at, sector.to_vec()));
        }
        at += sector.len() as u64;
    }
}

fn apply(data: &mut Vec<u8>, change: &Change) {
    match change {
        Change::SetLen(len) => data.resize(usize::try_from(*len).unwrap_or(usize::MAX), 0),
        Change::Write(_, bytes) if bytes.is_empty() => {}
        Change::Write(offset, bytes) => {
            let start = usize::try_from(*offset).unwrap_or(usize::MAX);
            let end = start + bytes.len();
            if data.len() < end {
                data.resize(end, 0);
            }
            if let Some(target) = data.get_mut(start..end) {
                target.copy_from_slice(bytes);
            }
        }
    }
}

fn apply_names(names: &mut BTreeMap<PathBuf, Entry>, change: &NameChange) {
    match change {
        NameChange::Put(path, entry) => _ = names.insert(path.clone(), *entry),
        NameChange::Remove(path) => _ = names.remove(path),
        NameChange::Rename(from, to) => {
            let moved: Vec<PathBuf> = names.keys().filter(|name| name.starts_with(from)).cloned().collect();
            for old in moved {
                let below = old.strip_prefix(from).unwrap_or(&old);
                let new = if below.as_os_str().is_empty() { to.clone() } else { to.join(below) };
                if let Some(entry) = names.remove(&old) {
                    names.insert(new, entry);
                }
            }
        }
    }
}

/// A small generator of random numbers (SplitMix64), so that a seed tells the whole story.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}
