//! What reads the files of an index, from bytes: see [`crate::fuzzing`].

use std::io;
use std::path::Path;
use std::sync::Arc;

use steplog_model::event::{Event, StoredEvent};
use steplog_model::ids::{TermHasher, TermKind};
use tantivy::Directory as _;
use tantivy::TERMINATED;
use tantivy::directory::{FileSlice, RamDirectory};
use tantivy::index::SegmentComponent;

use super::directory::{EXACT_EXTENSION, SIDE_EXTENSION, parse_journal, print_journal};
use super::exact::{DocCursor, DocList, ExactTerms, ExactValue, merge};
use super::side::Side;
use super::{DayIndex, IndexCache};

/// What hashes terms here.
const HASHER: TermHasher = TermHasher::new(7);
/// So many documents of a list are walked.
const MOST_DOCS: u32 = 2_000;
/// What is kept of the files of one input.
const INDEX_CACHE_BYTES: u64 = 16 << 20;

/// Reads bytes as a side file; one that is read is written again to the byte.
///
/// # Panics
/// Where it is not.
pub fn side(bytes: &[u8]) {
    let Some(side) = Side::decode(bytes) else { return };
    assert!(side.encode() == bytes, "another side file");
    for (block, _) in side.blocks.iter().enumerate() {
        let _ = (side.last_seq_of(block), side.docs_of(block), side.statuses_of(block).len());
        assert!(side.max_before(block) <= side.max_time() && side.min_from(block) >= side.min_time());
    }
    let _ = side.filter.may_hold(7);
}

/// Reads bytes as the exact terms of a segment: looks for the ids and some values of these events, walks all of it, and
/// writes it again.
///
/// # Panics
/// Where what was written cannot be read, or is another file when it is written once more.
pub fn exact(bytes: &[u8], events: &[Event]) {
    let Ok(exact) = open(bytes) else { return };
    for event in events {
        exact.find_id(event.id).iter().flatten().for_each(walk);
        for cell in &event.cells {
            let value = ExactValue::new(TermKind::Column, cell.column.name(), &cell.value);
            exact.find(&value).iter().flatten().for_each(walk);
        }
    }
    let mut ids = 0_u64;
    let _ = exact.visit_ids(|_| ids += 1);
    let Ok(written) = merge([(&exact, u32::MAX / 2)], Vec::new()) else { return };
    let again = open(&written);
    assert!(again.is_ok(), "what was written cannot be opened: {:?}", again.err());
    let rewritten = again.and_then(|again| merge([(&again, u32::MAX / 2)], Vec::new()));
    assert_eq!(rewritten.map_err(|error| error.to_string()), Ok(written));
}

fn open(bytes: &[u8]) -> io::Result<ExactTerms> {
    ExactTerms::open(FileSlice::from(bytes.to_vec()), HASHER)
}

/// Goes over the documents of a list, by ones and by larger steps.
fn walk(list: &DocList) {
    for step in [1, 100] {
        let (mut cursor, mut target) = (DocCursor::new(list), 0);
        for _ in 0..list.len().min(MOST_DOCS) {
            let doc = cursor.seek(target);
            if doc == TERMINATED {
                break;
            }
            target = doc.saturating_add(step).max(target);
        }
    }
}

/// Reads bytes as the journal of segments, with the checksum that it would have.
///
/// # Panics
/// Where it is another one when it is written again.
pub fn journal(bytes: &[u8]) {
    let sealed = [bytes, format!("{:08x}\n", crc32c::crc32c(bytes)).as_bytes()].concat();
    for bytes in [bytes, &sealed] {
        assert!(parse_journal(bytes).is_none_or(|ids| print_journal(&ids) == bytes));
    }
}

/// Opens an index whose meta file these bytes are, without any other file.
pub fn meta(bytes: &[u8]) {
    let directory = RamDirectory::create();
    if directory.atomic_write(Path::new(super::meta::FILE), bytes).is_ok() {
        let cache = Arc::new(IndexCache::new(INDEX_CACHE_BYTES));
        let _ = DayIndex::open(Box::new(directory), &cache);
    }
}

/// A side file, a file of exact terms and a meta file of events.
///
/// # Errors
/// Where the index cannot be made.
pub fn index_seed(events: &[Event]) -> io::Result<[Vec<u8>; 3]> {
    let ram = RamDirectory::create();
    let cache = Arc::new(IndexCache::new(INDEX_CACHE_BYTES));
    let index = DayIndex::open(Box::new(ram.clone()), &cache).map_err(io::Error::other)?;
    let index = index.with_hasher(HASHER);
    let mut builder = index.builder().map_err(io::Error::other)?;
    for (seq, event) in (1..).zip(events) {
        builder.add(&StoredEvent { seq, event: event.clone() }).map_err(io::Error::other)?;
    }
    index.commit(builder, 1).map_err(io::Error::other)?;
    let snapshot = index.snapshot();
    let view = snapshot.segments.first().ok_or_else(|| io::Error::other("no segment"))?;
    let read = |extension: &str| -> io::Result<Vec<u8>> {
        let file = view.segment.open_read(SegmentComponent::Custom(extension.to_owned()));
        Ok(file.map_err(io::Error::other)?.read_bytes()?.to_vec())
    };
    let meta = ram.atomic_read(Path::new(super::meta::FILE)).map_err(io::Error::other)?;
    Ok([read(SIDE_EXTENSION)?, read(EXACT_EXTENSION)?, meta])
}
