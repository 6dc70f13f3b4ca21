//! Files and directories in memory, with what of them a power cut leaves.
//!
//! A write is kept for sure once its file is synced, an entry once its directory is; a cut keeps any part of the rest,
//! sector by sector, and often nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use fuser::Errno;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// The number of the directory that is mounted.
pub const ROOT: u64 = 1;

type Outcome<T> = Result<T, Errno>;
type Entries = BTreeMap<OsString, u64>;

/// A file's content, as it is and as it was at its last sync.
#[derive(Default)]
pub struct File {
    now: Vec<u8>,
    synced: Vec<u8>,
    since: Vec<Change>,
}

enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Length(length) => content.resize(*length, 0),
            Self::Write(offset, bytes) => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
        }
    }

    /// The parts of which a disk may have done some and not others.
    fn parts(self) -> Vec<Self> {
        let Self::Write(offset, bytes) = self else { return vec![self] };
        let (mut parts, mut rest, mut at) = (Vec::new(), &bytes[..], offset);
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rest.len().min(SECTOR_BYTES - at % SECTOR_BYTES));
            parts.push(Self::Write(at, part.to_vec()));
            at += part.len();
            rest = after;
        }
        parts
    }
}

/// A directory's entries, as they are and as they were at its last sync.
#[derive(Default)]
pub struct Directory {
    now: Entries,
    synced: Entries,
    since: Vec<Entry>,
}

/// What became of one or two names: a rename is done whole or not at all.
#[derive(Clone)]
struct Entry {
    removed: Option<OsString>,
    set: Option<(OsString, u64)>,
}

impl Entry {
    fn apply(&self, entries: &mut Entries) {
        if let Some(name) = &self.removed {
            entries.remove(name);
        }
        if let Some((name, number)) = &self.set {
            entries.insert(name.clone(), *number);
        }
    }
}

impl Directory {
    fn change(&mut self, removed: Option<&OsStr>, set: Option<(&OsStr, u64)>) {
        let entry = Entry {
            removed: removed.map(OsStr::to_owned),
            set: set.map(|(name, number)| (name.to_owned(), number)),
        };
        entry.apply(&mut self.now);
        self.since.push(entry);
    }
}

pub enum Node {
    File(File),
    Directory(Directory),
}

/// What a cut took away.
#[derive(Default)]
pub struct Lost {
    pub sectors: usize,
    pub entries: usize,
}

pub struct Disk {
    nodes: BTreeMap<u64, Node>,
    next: u64,
    /// Without power every call fails.
    power: bool,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::from([(ROOT, Node::Directory(Directory::default()))]),
            next: ROOT + 1,
            power: true,
        }
    }
}

impl Disk {
    pub fn node(&self, number: u64) -> Outcome<&Node> {
        if !self.power {
            return Err(Errno::EIO);
        }
        self.nodes.get(&number).ok_or(Errno::ENOENT)
    }

    fn node_mut(&mut self, number: u64) -> Outcome<&mut Node> {
        if !self.power {
            return Err(Errno::EIO);
        }
        self.nodes.get_mut(&number).ok_or(Errno::ENOENT)
    }

    fn directory(&mut self, number: u64) -> Outcome<&mut Directory> {
        match self.node_mut(number)? {
            Node::Directory(directory) => Ok(directory),
            Node::File(_) => Err(Errno::ENOTDIR),
        }
    }

    fn file(&mut self, number: u64) -> Outcome<&mut File> {
        match self.node_mut(number)? {
            Node::File(file) => Ok(file),
            Node::Directory(_) => Err(Errno::EISDIR),
        }
    }

    pub fn find(&mut self, directory: u64, name: &OsStr) -> Outcome<u64> {
        self.directory(directory)?.now.get(name).copied().ok_or(Errno::ENOENT)
    }

    pub fn entries(&mut self, directory: u64) -> Outcome<Vec<(OsString, u64)>> {
        Ok(self.directory(directory)?.now.iter().map(|(name, number)| (name.clone(), *number)).collect())
    }

    pub fn is_directory(&self, number: u64) -> bool {
        matches!(self.nodes.get(&number), Some(Node::Directory(_)))
    }

    pub fn length(&self, number: u64) -> u64 {
        match self.nodes.get(&number) {
            Some(Node::File(file)) => file.now.len() as u64,
            _ => 0,
        }
    }

    pub fn create(&mut self, directory: u64, name: &OsStr, node: Node) -> Outcome<u64> {
        let number = self.next;
        if self.find(directory, name).is_ok() {
            return Err(Errno::EEXIST);
        }
        self.directory(directory)?.change(None, Some((name, number)));
        self.nodes.insert(number, node);
        self.next += 1;
        Ok(number)
    }

    pub fn remove(&mut self, directory: u64, name: &OsStr, is_directory: bool) -> Outcome<()> {
        let number = self.find(directory, name)?;
        match self.node(number)? {
            Node::File(_) if is_directory => return Err(Errno::ENOTDIR),
            Node::Directory(_) if !is_directory => return Err(Errno::EISDIR),
            Node::Directory(inner) if !inner.now.is_empty() => return Err(Errno::ENOTEMPTY),
            _ => self.directory(directory)?.change(Some(name), None),
        }
        Ok(())
    }

    pub fn rename(&mut self, from: (u64, &OsStr), to: (u64, &OsStr)) -> Outcome<()> {
        let number = self.find(from.0, from.1)?;
        if let Ok(target) = self.find(to.0, to.1)
            && let Node::Directory(inner) = self.node(target)?
            && !inner.now.is_empty()
        {
            return Err(Errno::ENOTEMPTY);
        }
        if from.0 == to.0 {
            self.directory(to.0)?.change(Some(from.1), Some((to.1, number)));
            return Ok(());
        }
        self.directory(to.0)?.change(None, Some((to.1, number)));
        self.directory(from.0)?.change(Some(from.1), None);
        Ok(())
    }

    pub fn read(&mut self, number: u64, offset: usize, length: usize) -> Outcome<Vec<u8>> {
        let content = &self.file(number)?.now;
        let start = offset.min(content.len());
        Ok(content[start..(start + length).min(content.len())].to_vec())
    }

    pub fn write(&mut self, number: u64, offset: usize, bytes: &[u8]) -> Outcome<()> {
        self.change(number, Change::Write(offset, bytes.to_vec()))
    }

    pub fn set_length(&mut self, number: u64, length: usize) -> Outcome<()> {
        self.change(number, Change::Length(length))
    }

    fn change(&mut self, number: u64, change: Change) -> Outcome<()> {
        let file = self.file(number)?;
        change.apply(&mut file.now);
        file.since.push(change);
        Ok(())
    }

    pub fn sync(&mut self, number: u64) -> Outcome<()> {
        match self.node_mut(number)? {
            Node::File(file) => {
                file.since.drain(..).for_each(|change| change.apply(&mut file.synced));
            }
            Node::Directory(directory) => {
                directory.since.drain(..).for_each(|entry| entry.apply(&mut directory.synced));
            }
        }
        Ok(())
    }

    /// The power goes: what was synced stays, and what the dice let stay of the rest.
    pub fn cut_power(&mut self, seed: u64) -> Lost {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut lost = Lost::default();
        for node in self.nodes.values_mut() {
            // One in two loses all that was not synced: the plainest cut, and the one that shows a missing sync.
            let keeps = if dice.random() { 0.0 } else { dice.random::<f64>() };
            match node {
                Node::File(file) => {
                    for part in file.since.drain(..).flat_map(Change::parts) {
                        if dice.random_bool(keeps) {
                            part.apply(&mut file.synced);
                        } else {
                            lost.sectors += 1;
                        }
                    }
                    file.now.clone_from(&file.synced);
                }
                Node::Directory(directory) => {
                    // A directory's changes come to the disk in their order.
                    let kept = (directory.since.len() as f64 * keeps) as usize;
                    lost.entries += directory.since.len() - kept;
                    directory.since.drain(..).take(kept).for_each(|entry| entry.apply(&mut directory.synced));
                    directory.now.clone_from(&directory.synced);
                }
            }
        }
        self.forget_unreachable();
        self.power = false;
        lost
    }

    pub fn restore_power(&mut self) {
        self.power = true;
    }

    fn forget_unreachable(&mut self) {
        let (mut reached, mut next) = (BTreeSet::new(), vec![ROOT]);
        while let Some(number) = next.pop() {
            if reached.insert(number)
                && let Some(Node::Directory(directory)) = self.nodes.get(&number)
            {
                next.extend(directory.now.values());
            }
        }
        self.nodes.retain(|number, _| reached.contains(number));
    }
}
