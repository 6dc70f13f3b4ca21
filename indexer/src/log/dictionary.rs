//! The zstd dictionaries of frames, trained on a tenant's own events.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rapidhash::RapidHashMap;
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::file_name;
use crate::disk::{Disk, read_file, replace_file};

/// What a dictionary is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Frames of an open day.
    Rows,
    /// Frames in pieces.
    Pieces,
}

impl Use {
    /// The size of a trained dictionary: larger ones gained little on events of 1 KB.
    fn dictionary_bytes(self) -> usize {
        match self {
            Self::Rows => 64 << 10,
            Self::Pieces => 128 << 10,
        }
    }

    fn file_name(self, id: u32) -> String {
        match self {
            Self::Rows => file_name::dictionary(id),
            Self::Pieces => file_name::pieces_dictionary(id),
        }
    }
}

/// A dictionary. Frames that were compressed with it cannot be read without it.
pub(crate) struct Dictionary {
    /// The checksum of its bytes, never 0.
    pub(crate) id: u32,
    usage: Use,
    level: i32,
    bytes: Vec<u8>,
    /// Made at the first compression: most dictionaries are only used to decompress.
    encoder: OnceLock<EncoderDictionary<'static>>,
    pub(super) decoder: DecoderDictionary<'static>,
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dictionary({:08x})", self.id)
    }
}

impl Dictionary {
    fn new(usage: Use, bytes: Vec<u8>, level: i32) -> io::Result<Self> {
        let id = crc32c::crc32c(&bytes).max(1);
        let decoder = DecoderDictionary::try_copy(&bytes)?;
        Ok(Self { id, usage, level, bytes, encoder: OnceLock::new(), decoder })
    }

    pub(super) fn encoder(&self) -> io::Result<&EncoderDictionary<'static>> {
        if let Some(encoder) = self.encoder.get() {
            return Ok(encoder);
        }
        let encoder = EncoderDictionary::try_copy(&self.bytes, self.level)?;
        Ok(self.encoder.get_or_init(|| encoder))
    }

    /// Trains a dictionary on samples that lie one after the other.
    ///
    /// # Errors
    /// Where the samples are too few or too alike.
    pub(crate) fn train(usage: Use, samples: &[u8], lengths: &[usize], level: i32) -> io::Result<Self> {
        let size = usage.dictionary_bytes().min(samples.len() / 8);
        Self::new(usage, zstd::dict::from_continuous(samples, lengths, size)?, level)
    }

    /// The same dictionary, to compress with another level.
    pub(crate) fn at_level(&self, level: i32) -> io::Result<Self> {
        Self::new(self.usage, self.bytes.clone(), level)
    }

    /// Reads the dictionary of an id from a day's directory; checks that it is the one.
    pub(crate) fn load(disk: &dyn Disk, directory: &Path, id: u32, level: i32) -> io::Result<Self> {
        let read = |usage: Use| Ok((usage, read_file(disk, &directory.join(usage.file_name(id)))?));
        let (usage, bytes) = read(Use::Rows).or_else(|error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => read(Use::Pieces),
            _ => Err(error),
        })?;
        let dictionary = Self::new(usage, bytes, level)?;
        if dictionary.id == id {
            Ok(dictionary)
        } else {
            let path = directory.join(usage.file_name(id));
            let problem = format!("{} is damaged: put back a copy of it from another day", path.display());
            Err(io::Error::new(io::ErrorKind::InvalidData, problem))
        }
    }

    /// Stores the dictionary durably in a day's directory. It must precede the first frame that refers to it.
    pub(crate) fn store(&self, disk: &dyn Disk, directory: &Path) -> io::Result<()> {
        replace_file(disk, &directory.join(self.usage.file_name(self.id)), &self.bytes)
    }
}

/// With this many in memory, some 30 MB, unused ones are evicted.
const MAX_KNOWN: usize = 128;

/// The dictionaries in memory, by id: the days of a tenant share theirs.
#[derive(Debug)]
pub(crate) struct Dictionaries {
    level: i32,
    known: Mutex<RapidHashMap<u32, Arc<Dictionary>>>,
}

impl Dictionaries {
    pub(crate) fn new(level: i32) -> Self {
        Self { level, known: Mutex::default() }
    }

    /// The zstd level that dictionaries are prepared for.
    pub(crate) fn level(&self) -> i32 {
        self.level
    }

    /// Adds a dictionary; returns the known one where there is one with its id.
    pub(crate) fn add(&self, dictionary: Dictionary) -> Arc<Dictionary> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN && !known.contains_key(&dictionary.id) {
            // An evicted dictionary is read again when a day needs it.
            known.retain(|_, one| Arc::strong_count(one) > 1);
        }
        Arc::clone(known.entry(dictionary.id).or_insert_with(|| Arc::new(dictionary)))
    }

    /// The dictionary of an id, read from a day's directory where it is not in memory.
    pub(crate) fn get(&self, disk: &dyn Disk, directory: &Path, id: u32) -> io::Result<Arc<Dictionary>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        match known {
            Some(dictionary) => Ok(dictionary),
            None => Ok(self.add(Dictionary::load(disk, directory, id, self.level)?)),
        }
    }
}
