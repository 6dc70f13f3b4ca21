//! The dictionary for the frames of a compacted day: that of a near day, or a new one.
//!
//! Days share one for a week. So few are in memory, and events that change over time get a new one.

use std::io;
use std::sync::Arc;

use super::CompactedFiles;
use super::done::TrainedOn;
use super::rewrite::COMPACTED_FRAME_BYTES;
use crate::log::dictionary::{Dictionary, Use};
use crate::log::frame::{FrameEncoder, PiecesEncoder};
use crate::log::table::FileTable;
use crate::pace::Pace;
use crate::partition::Partition;
use crate::state::StoreState;

/// For how many days before and after its own a dictionary is used.
const NEARBY_DAYS: u32 = 7;
/// How many frames of a day it is trained on: twice as many gained nothing.
const SAMPLES: usize = 128;
/// Fewer frames are not worth a dictionary, which would be longer than what it saves.
const FEWEST_SAMPLES: usize = if cfg!(test) { 8 } else { 16 };

/// The dictionary for a day, durable in its directory; `None` where the day is too small for one.
pub(super) fn choose(
    state: &StoreState,
    partition: &Arc<Partition>,
    compacted: &mut CompactedFiles,
    tables: &[FileTable],
    pace: &Pace,
) -> io::Result<Option<Arc<Dictionary>>> {
    let disk = &*state.env.disk;
    if let Some(known) = load(state, partition, compacted.compressed_with)? {
        // The dictionary may be in memory from another day, while this day's copy is gone or damaged.
        let level = state.env.dictionaries.level();
        if Dictionary::load(disk, &partition.directory, known.id, level).is_err() {
            known.store(disk, &partition.directory)?;
        }
        return Ok(Some(known));
    }
    let (dictionary, day) = match nearby(state, partition)? {
        Some(found) => found,
        None => match train(state, partition, tables, pace)? {
            Some(trained) => (state.env.dictionaries.add(trained), partition.key.1.0),
            None => return Ok(None),
        },
    };
    // It must be durable before a frame refers to it.
    dictionary.store(disk, &partition.directory)?;
    compacted.compressed_with = Some(TrainedOn { dictionary: dictionary.id, day });
    compacted.store(disk, &partition.directory)?;
    Ok(Some(dictionary))
}

/// The dictionary of a day, if it has a readable one. Without it its frames are damaged.
fn load(state: &StoreState, of: &Partition, known: Option<TrainedOn>) -> io::Result<Option<Arc<Dictionary>>> {
    let Some(TrainedOn { dictionary, .. }) = known else { return Ok(None) };
    match state.env.dictionaries.get(&*state.env.disk, &of.directory, dictionary) {
        Ok(dictionary) => Ok(Some(dictionary)),
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::InvalidData].contains(&error.kind()) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The dictionary of the tenant's nearest day that has one, with the day that it was trained on. That day must be near
/// too; otherwise each day would take the dictionary of the day before, and the first one would stay for ever.
fn nearby(state: &StoreState, partition: &Partition) -> io::Result<Option<(Arc<Dictionary>, i32)>> {
    let (tenant, day) = &partition.key;
    let distance = |other: i32| other.abs_diff(day.0);
    let mut others = state.partitions();
    others.retain(|other| {
        other.number != partition.number && other.key.0 == *tenant && distance(other.key.1.0) <= NEARBY_DAYS
    });
    others.sort_by_key(|other| distance(other.key.1.0));
    for other in others {
        let compacted = CompactedFiles::load(&*state.env.disk, &other.directory)?;
        let known = compacted.compressed_with.filter(|known| distance(known.day) <= NEARBY_DAYS);
        if let (Some(known), Some(dictionary)) = (known, load(state, &other, known)?) {
            return Ok(Some((dictionary, known.day)));
        }
    }
    Ok(None)
}

/// Trains a dictionary on frames from the whole day.
fn train(
    state: &StoreState,
    partition: &Partition,
    tables: &[FileTable],
    pace: &Pace,
) -> io::Result<Option<Dictionary>> {
    let blocks: Vec<u64> =
        tables.iter().flat_map(|table| &table.blocks).map(|block| block.first_seq).collect();
    let (mut samples, mut lengths) = (Vec::new(), Vec::new());
    let (mut rows, mut pieces) = (FrameEncoder::default(), PiecesEncoder::default());
    // A frame is made of blocks next to each other.
    let runs = blocks.chunks(blocks.len().div_ceil(SAMPLES).max(1));
    for run in runs {
        if !pace.goes_on() {
            // A dictionary of only a part of the day would stay.
            return Ok(None);
        }
        rows.clear();
        for first_seq in run {
            for stored in partition.records.read_after(first_seq.saturating_sub(1))?.0.events {
                rows.push(&stored.event);
            }
            if rows.plain_bytes() >= COMPACTED_FRAME_BYTES {
                break;
            }
        }
        let count = rows.count() as u32;
        if let Some(sample) = pieces.encode(rows.finish(), count) {
            samples.extend_from_slice(sample);
            lengths.push(sample.len());
        }
    }
    if lengths.len() < FEWEST_SAMPLES {
        return Ok(None);
    }
    match Dictionary::train(Use::Pieces, &samples, &lengths, state.env.dictionaries.level()) {
        Ok(dictionary) => {
            let partition = partition.label();
            tracing::info!(partition, id = dictionary.id, "trained a dictionary for compacted records");
            Ok(Some(dictionary))
        }
        // Training fails where events are all alike. They compress well without a dictionary.
        Err(error) => {
            tracing::info!(partition = partition.label(), %error, "no dictionary could be trained");
            Ok(None)
        }
    }
}
