//! Merges neighbouring small segments, so that questions search few.
//!
//! At full rate each event is merged once, from a commit's segment into a large one. At low rates
//! segments are tiny and pass through up to two sizes more, which costs little then.

use std::ops::Range;
use std::sync::{Arc, TryLockError};

use tantivy::Directory as _;
use tantivy::directory::TerminatingWrite as _;
use tantivy::index::Segment;
use tantivy::indexer::merge_filtered_segments;

use super::DayIndex;
use super::directory::{EXACT_EXTENSION, SegmentDirectory};
use super::error::{IndexError, IndexOpenError, guarded};
use super::exact;
use super::in_flight::InFlight;
use super::merge_target::MergeTarget;
use super::schema;
use super::segment::{SegmentView, open_own};
use crate::pace::Pace;

/// As many neighbours of one size make a merge.
const DUE_SEGMENTS: usize = if cfg!(test) { 4 } else { 32 };
/// The most segments of one merge.
const MAX_SEGMENTS: usize = if cfg!(test) { 6 } else { 50 };
/// The events of a merged segment, unless one of the parts alone has more.
const MAX_DOCS: u32 = if cfg!(test) { 60 } else { 1 << 20 };
/// Sizes, in events, above which a segment belongs to the next larger kind; above the last it is never merged.
const SIZES: [u32; 3] = if cfg!(test) { [4, 12, 30] } else { [512, 16 << 10, 512 << 10] };

/// The neighbours to merge now, by the numbers of their events.
fn choose(sizes: &[u32]) -> Option<Range<usize>> {
    SIZES.iter().find_map(|size| {
        let mut start = 0;
        sizes.chunk_by(|a, b| (a <= size) == (b <= size)).find_map(|run| {
            let first = start;
            start += run.len();
            let is_small = run.first().is_some_and(|docs| docs <= size);
            let docs: u64 = run.iter().map(|docs| u64::from(*docs)).sum();
            let due = run.len() >= DUE_SEGMENTS || (run.len() > 1 && docs >= u64::from(MAX_DOCS));
            (is_small && due).then(|| first..first + part_of(run))
        })
    })
}

/// The most events of a segment of a closed day, unless one of the parts alone has more.
/// A merge and a question hold the columns of one segment in memory, some fifteen bytes an event.
const MAX_CLOSED_DOCS: u64 = if cfg!(test) { 200 } else { 2 << 20 };
/// Small segments are merged into a large one once they have this part of its events, or are this many.
const SMALL_PART: u64 = 8;
const MAX_SMALL: usize = 8;

/// The neighbours to merge in a closed day: all, or those that fit together.
fn choose_closed(sizes: &[u32]) -> Option<Range<usize>> {
    let mut start = 0;
    while start + 1 < sizes.len() {
        let rest = sizes.get(start..).unwrap_or_default();
        let fits = rest.iter().scan(0, |sum, docs| {
            *sum += u64::from(*docs);
            (*sum <= MAX_CLOSED_DOCS).then_some(*sum)
        });
        let number = fits.clone().count().max(1);
        let (sum, largest) = (fits.last().unwrap_or(0), rest.iter().take(number).max().copied().unwrap_or(0));
        let small = sum.saturating_sub(u64::from(largest));
        if number > 1 && (number > MAX_SMALL || small * SMALL_PART >= u64::from(largest)) {
            return Some(start..start + number);
        }
        start += number;
    }
    None
}

/// How many of a run's segments one merge takes, from the oldest on: two at least.
fn part_of(run: &[u32]) -> usize {
    let fits = run.iter().scan(0_u64, |sum, docs| {
        *sum += u64::from(*docs);
        (*sum <= u64::from(MAX_DOCS)).then_some(())
    });
    fits.take(MAX_SEGMENTS).count().clamp(2, run.len().max(2))
}

impl DayIndex {
    /// Whether there is something to merge.
    pub(crate) fn merge_due(&self) -> bool {
        choose(&sizes(&self.snapshot().segments)).is_some()
    }

    /// Whether there is something to merge, once the day is closed.
    pub(crate) fn compact_due(&self) -> bool {
        choose_closed(&sizes(&self.snapshot().segments)).is_some()
    }

    /// Like [`merge`](Self::merge), for a day in which little more is expected.
    pub(crate) fn compact(&self, pace: &Pace) -> Result<bool, IndexError> {
        self.merge_those(choose_closed, pace)
    }

    /// Merges once, if a merge is due and no other thread merges; returns whether it did. Large segments take seconds,
    /// while commits and questions continue. Where `pace` ends the merge, nothing has changed.
    pub(crate) fn merge(&self, pace: &Pace) -> Result<bool, IndexError> {
        self.merge_those(choose, pace)
    }

    fn merge_those(
        &self,
        choose: impl Fn(&[u32]) -> Option<Range<usize>>,
        pace: &Pace,
    ) -> Result<bool, IndexError> {
        let _held = match self.merging.try_lock() {
            Ok(held) => held,
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        };
        let snapshot = self.snapshot();
        let Some(range) = choose(&sizes(&snapshot.segments)) else { return Ok(false) };
        let parts = snapshot.segments.get(range).unwrap_or_default();
        let in_flight = self.directory.begin(&self.in_flight)?;
        let target = MergeTarget::new(&self.directory, in_flight.id(), pace);
        let merged = guarded(|| self.merge_parts(parts, in_flight, target.clone()), IndexError::Damaged);
        // After a failure, too: incomplete segments must not fill the disk.
        let removed = self.remove_unused();
        if merged.is_err() && target.was_called_off() {
            return Ok(false);
        }
        merged.map_err(|error| blame(error, parts, &self.directory))?;
        removed?;
        Ok(true)
    }

    fn merge_parts(
        &self,
        parts: &[Arc<SegmentView>],
        in_flight: InFlight,
        target: MergeTarget,
    ) -> Result<(), IndexError> {
        // Otherwise damage would get into a new file, with a right checksum.
        parts.iter().try_for_each(|part| part.verify(&self.directory))?;
        let id = in_flight.id();
        let sources: Vec<Segment> = parts.iter().map(|view| view.segment.clone()).collect();
        let filters = sources.iter().map(|_| None).collect();
        let merged = merge_filtered_segments(&sources, schema::settings(), filters, target.clone())?;
        let num_docs = merged.load_metas()?.segments.iter().map(|meta| meta.max_doc()).sum();
        let mut segment = self.index.segment(self.index.new_segment_meta(id, num_docs));
        let file = target.at_pace(open_own(&mut segment, EXACT_EXTENSION)?);
        exact::merge(parts.iter().map(|view| (&view.exact, view.side.num_docs)), file)?.terminate()?;
        let view = Arc::new(SegmentView::create(segment, &self.directory, self.hasher)?);
        if num_docs != sizes(parts).iter().sum::<u32>() {
            return Err(IndexError::Damaged("a merge lost events".to_owned()));
        }
        self.publish(0, |segments| {
            // Commits only append, and no other merge runs: the parts are where they were.
            let first =
                parts.first().and_then(|part| segments.iter().position(|view| Arc::ptr_eq(view, part)));
            let first = first.ok_or_else(|| IndexError::Damaged("merged segments are gone".to_owned()))?;
            segments.splice(first..first + parts.len(), [view]);
            Ok(())
        })?;
        drop(in_flight);
        // The meta file that no longer names the parts must be durable before their files are removed.
        self.directory.sync_directory()?;
        Ok(())
    }
}

/// Tantivy reports a full disk like damage. Verifying what was read shows which it is.
fn blame(error: IndexError, parts: &[Arc<SegmentView>], directory: &SegmentDirectory) -> IndexError {
    let (IndexError::Io(reason) | IndexError::Damaged(reason)) = error else { return error };
    let verify = |part: &Arc<SegmentView>| guarded(|| part.verify(directory), IndexOpenError::Damaged);
    match parts.iter().try_for_each(verify) {
        Err(IndexOpenError::Damaged(damage)) => IndexError::Damaged(format!("{damage}: {reason}")),
        _ => IndexError::Damaged(reason).in_writing(),
    }
}

fn sizes(segments: &[Arc<SegmentView>]) -> Vec<u32> {
    segments.iter().map(|view| view.side.num_docs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_a_size_are_merged_oldest_first() {
        assert_eq!(choose(&[1, 1, 1]), None);
        assert_eq!(choose(&[1, 1, 1, 1]), Some(0..4));
        assert_eq!(choose(&[100, 1, 2, 3, 4, 1, 1, 1]), Some(1..7));
        // Two of the next size in between: they are neighbours only at that size.
        assert_eq!(choose(&[1, 10, 1, 1]), Some(0..4));
        assert_eq!(choose(&[31, 31, 31, 31, 31]), None);
        // Enough events before there are many segments.
        assert_eq!(choose(&[30, 30]), Some(0..2));
        assert_eq!(choose(&[25, 25, 25]), Some(0..2));
    }

    #[test]
    fn merging_ends_with_few_segments() {
        let mut sizes: Vec<u32> = Vec::new();
        while sizes.iter().sum::<u32>() < 2_000 {
            sizes.push(1);
            while let Some(range) = choose(&sizes) {
                let merged = sizes[range.clone()].iter().sum();
                sizes.splice(range, [merged]);
            }
        }
        let small = sizes.iter().filter(|size| **size <= SIZES[2]).count();
        assert!(small < DUE_SEGMENTS * SIZES.len(), "{sizes:?}");
    }

    #[test]
    fn a_closed_day_has_few_segments() {
        assert_eq!(choose_closed(&[]), None);
        assert_eq!(choose_closed(&[7]), None);
        assert_eq!(choose_closed(&[30, 20, 1]), Some(0..3));
        // Late segments wait until a merge is worth the work.
        assert_eq!(choose_closed(&[150, 1, 2]), None);
        assert_eq!(choose_closed(&[150, 10, 9]), Some(0..3));
        assert_eq!(choose_closed(&[150, 1, 1, 1, 1, 1, 1, 1, 1]), Some(0..9));
        // No more than fit.
        assert_eq!(choose_closed(&[150, 90, 90, 150]), Some(1..3));
        assert_eq!(choose_closed(&[500, 300]), None);
    }
}
