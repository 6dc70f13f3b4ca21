//! The meta file, which names the committed segments, and the checkpoint in its payload.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use steplog_model::ids::{Seq, TermHasher};
use tantivy::index::Segment;
use tantivy::{Directory as _, Index, IndexMeta, SegmentMeta};

use super::directory::SegmentDirectory;
use super::error::{IndexError, IndexOpenError};
use super::schema::{self, FORMAT};
use super::segment::SegmentView;

pub(super) const FILE: &str = "meta.json";

/// What is committed.
pub(super) struct Committed {
    /// In the order of arrival.
    pub(super) segments: Vec<Arc<SegmentView>>,
    pub(super) checkpoint: Seq,
    /// See [`Payload::key`].
    pub(super) key: TermKey,
}

/// The key of an index's exact terms: random, made with the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct TermKey(u128);

impl TermKey {
    fn random() -> Self {
        Self(steplog_model::random::number())
    }

    pub(super) const fn hasher(self) -> TermHasher {
        TermHasher::new(self.0)
    }
}

impl From<TermKey> for String {
    fn from(key: TermKey) -> Self {
        format!("{:032x}", key.0)
    }
}

impl TryFrom<String> for TermKey {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16).map(Self)
    }
}

impl Committed {
    /// Whether each segment holds events that arrived after those of the one before.
    pub(super) fn is_in_order(&self) -> bool {
        self.segments.is_sorted_by(|a, b| a.side.last_seq < b.side.first_seq())
    }
}

/// What we add to Tantivy's meta file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    format: u32,
    checkpoint: Seq,
    /// The key that exact terms are hashed with, so that senders cannot choose values that share a hash.
    key: TermKey,
    /// A checksum of the above and the segments: the meta file has none of its own.
    sum: u32,
}

fn sum(checkpoint: Seq, key: TermKey, segments: &[SegmentMeta]) -> u32 {
    let start = crc32c::crc32c(&checkpoint.to_le_bytes());
    let start = crc32c::crc32c_append(start, &key.0.to_le_bytes());
    segments.iter().fold(start, |sum, meta| {
        let sum = crc32c::crc32c_append(sum, meta.id().uuid_string().as_bytes());
        crc32c::crc32c_append(sum, &meta.max_doc().to_le_bytes())
    })
}

/// Replaces the meta file; what it names is synced before.
pub(super) fn write(committed: &Committed, directory: &SegmentDirectory) -> Result<(), IndexError> {
    let segments = committed.segments.iter().map(|view| view.segment.meta().clone()).collect();
    let bytes = encode(committed.checkpoint, committed.key, segments);
    let bytes = bytes.map_err(|error| IndexError::Io(error.to_string()))?;
    directory.sync_directory()?;
    directory.atomic_write(Path::new(FILE), &bytes)?;
    Ok(())
}

fn encode(checkpoint: Seq, key: TermKey, segments: Vec<SegmentMeta>) -> serde_json::Result<Vec<u8>> {
    let payload = Payload { format: FORMAT, checkpoint, key, sum: sum(checkpoint, key, &segments) };
    let mut meta = IndexMeta::with_schema(schema::schema());
    meta.index_settings = schema::settings();
    meta.segments = segments;
    meta.payload = Some(serde_json::to_string(&payload)?);
    serde_json::to_vec(&meta)
}

/// An index as its meta file describes it.
pub(super) struct Opened {
    pub(super) index: Index,
    pub(super) segments: Vec<Segment>,
    pub(super) checkpoint: Seq,
    pub(super) key: TermKey,
}

/// The index in the directory; a new one in an empty directory.
pub(super) fn open_or_create(directory: &SegmentDirectory) -> Result<Opened, IndexOpenError> {
    if !directory.exists(Path::new(FILE))? {
        let nothing = encode(0, TermKey::random(), Vec::new());
        let nothing = nothing.map_err(|error| IndexOpenError::Io(error.to_string()))?;
        directory.atomic_write(Path::new(FILE), &nothing)?;
        directory.sync_directory()?;
    }
    let bytes = directory.atomic_read(Path::new(FILE))?;
    let mut index = Index::open(directory.clone())?;
    index.set_tokenizers(schema::tokenizers());
    let meta = index.load_metas()?;
    let payload = payload(&meta)?;
    if payload.format != FORMAT || !schema::is_ours(&index) {
        let reason = format!("format {}, this version reads format {FORMAT}", payload.format);
        return Err(IndexOpenError::OtherFormat(reason));
    }
    // The same content has one form, so that no byte can differ unnoticed.
    if encode(payload.checkpoint, payload.key, meta.segments.clone()).ok().as_ref() != Some(&bytes) {
        return Err(IndexOpenError::Damaged(format!("{FILE} is not what was written")));
    }
    let segments = meta.segments.iter().map(|meta| index.segment(meta.clone())).collect();
    Ok(Opened { index, segments, checkpoint: payload.checkpoint, key: payload.key })
}

fn payload(meta: &IndexMeta) -> Result<Payload, IndexOpenError> {
    let other =
        |reason: String| IndexOpenError::OtherFormat(format!("the checkpoint cannot be read: {reason}"));
    let payload = meta.payload.as_deref().ok_or_else(|| other("there is none".to_owned()))?;
    serde_json::from_str(payload).map_err(|error| other(error.to_string()))
}
