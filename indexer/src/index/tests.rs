//! Tests of the index as a whole, on a disk in memory.

mod damage;
mod life;
mod power;

use std::path::Path;
use std::sync::Arc;

use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;

use super::{DayIndex, DaySnapshot, IndexError, IndexOpenError};
use crate::disk::{Disk as _, SimDisk};
use crate::pace::Pace;
use crate::testing::event;

const DIRECTORY: &str = "day";

fn open(disk: &SimDisk) -> Result<DayIndex, IndexOpenError> {
    DayIndex::open(disk.index_directory(Path::new(DIRECTORY))?, &Arc::new(super::IndexCache::new(1 << 20)))
}

fn stored(seq: Seq) -> StoredEvent {
    StoredEvent { seq, event: event(seq) }
}

/// Commits the events from `first` to `last` as one segment.
fn commit(index: &DayIndex, first: Seq, last: Seq) -> Result<(), IndexError> {
    let mut builder = index.builder()?;
    for seq in first..=last {
        builder.add(&stored(seq))?;
    }
    index.commit(builder, last)
}

fn merge_all(index: &DayIndex) -> Result<(), IndexError> {
    while index.merge_due() {
        index.merge(&Pace::full())?;
    }
    Ok(())
}

/// The arrival numbers of all events, in the order of the segments.
fn seqs(snapshot: &DaySnapshot) -> Vec<Seq> {
    let of = |view: &Arc<super::SegmentView>| {
        let view = Arc::clone(view);
        (0..view.side.num_docs).map(move |doc| view.seq_of(doc))
    };
    snapshot.segments.iter().flat_map(of).collect()
}

/// Asserts that the index has exactly the events up to `last`, and finds each by its id.
#[track_caller]
fn assert_holds_up_to(index: &DayIndex, last: Seq) {
    let snapshot = index.snapshot();
    assert_eq!(seqs(&snapshot), (1..=last).collect::<Vec<_>>());
    for seq in 1..=last {
        assert_eq!(snapshot.find_id(event(seq).id), Ok(vec![seq]));
    }
    assert_eq!(snapshot.find_id(event(last + 1).id), Ok(vec![]));
}
