//! Compression of frames, with a dictionary trained on a tenant's own events where there is one.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use rapidhash::RapidHashMap;
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{self, CCtx, DCtx};

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

/// What similar texts are compressed with. Without it what it compressed cannot be read.
pub(crate) struct Dictionary {
    /// The checksum of its bytes, never 0.
    pub(crate) id: u32,
    usage: Use,
    level: i32,
    bytes: Vec<u8>,
    /// Made when something is first compressed with it: most dictionaries are only read with.
    encoder: OnceLock<EncoderDictionary<'static>>,
    decoder: DecoderDictionary<'static>,
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

    fn encoder(&self) -> io::Result<&EncoderDictionary<'static>> {
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

    /// Makes the dictionary last in a day's directory. To be done before a frame names it.
    pub(crate) fn store(&self, disk: &dyn Disk, directory: &Path) -> io::Result<()> {
        replace_file(disk, &directory.join(self.usage.file_name(self.id)), &self.bytes)
    }
}

/// With so many in memory, some 30 MB, those that nobody uses at the moment are let go of.
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

    /// Takes a new dictionary in; returns the known one where there is one of its id.
    pub(crate) fn add(&self, dictionary: Dictionary) -> Arc<Dictionary> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN && !known.contains_key(&dictionary.id) {
            // Those of dropped days, and of days that are seldom read, are read again where they are wanted.
            known.retain(|_, one| Arc::strong_count(one) > 1);
        }
        Arc::clone(known.entry(dictionary.id).or_insert_with(|| Arc::new(dictionary)))
    }

    /// The dictionary of an id, which a day's directory holds if it is not known yet.
    pub(crate) fn get(&self, disk: &dyn Disk, directory: &Path, id: u32) -> io::Result<Arc<Dictionary>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        match known {
            Some(dictionary) => Ok(dictionary),
            None => Ok(self.add(Dictionary::load(disk, directory, id, self.level)?)),
        }
    }
}

thread_local! {
    // Contexts are large; a thread keeps its own.
    static DECOMPRESSOR: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// The `plain_bytes` of a payload.
pub(crate) fn decompress(
    payload: &[u8],
    plain_bytes: usize,
    dictionary: Option<&Dictionary>,
) -> io::Result<Bytes> {
    let mut plain = Vec::new();
    plain.try_reserve_exact(plain_bytes).map_err(io::Error::other)?;
    let written = DECOMPRESSOR.with_borrow_mut(|context| {
        if context.is_none() {
            *context = DCtx::try_create();
        }
        let context = context.as_mut().ok_or(io::ErrorKind::OutOfMemory)?;
        let result = match dictionary {
            Some(dictionary) => {
                context.decompress_using_ddict(&mut plain, payload, dictionary.decoder.as_ddict())
            }
            None => context.decompress(&mut plain, payload),
        };
        result.map_err(|code| io::Error::other(zstd_safe::get_error_name(code)))
    })?;
    if written == plain_bytes {
        Ok(Bytes::from(plain))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "a payload of another length than its header says"))
    }
}

/// Compresses frames.
pub(crate) struct Compressor {
    context: CCtx<'static>,
    level: i32,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Compressor({})", self.level)
    }
}

impl Compressor {
    pub(crate) fn new(level: i32) -> io::Result<Self> {
        let context = CCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { context, level })
    }

    /// Appends the compressed bytes to `output`; returns how many there are.
    pub(crate) fn compress(
        &mut self,
        plain: &[u8],
        dictionary: Option<&Dictionary>,
        output: &mut Vec<u8>,
    ) -> io::Result<usize> {
        let start = output.len();
        output.resize(start + zstd_safe::compress_bound(plain.len()), 0);
        let target = output.get_mut(start..).unwrap_or_default();
        let result = match dictionary {
            Some(dictionary) => {
                self.context.compress_using_cdict(target, plain, dictionary.encoder()?.as_cdict())
            }
            None => self.context.compress(target, plain, self.level),
        };
        let written = result.map_err(|code| io::Error::other(zstd_safe::get_error_name(code)))?;
        output.truncate(start + written);
        Ok(written)
    }
}
