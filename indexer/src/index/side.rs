//! Statistics of a segment, so that questions need not read it: time bounds and counts by status of each block of
//! events, counts of all facet values, a filter of ids.
//!
//! All of it follows from the segment ([`compute`]). It is stored because computing it at every start takes seconds.

mod codec;
mod compute;

use std::ops::Range;
use std::sync::Arc;

use tantivy::DocId;

use super::checked::FileSums;
use super::filter::IdFilter;

pub(super) use compute::compute;

/// Events per block.
pub(crate) const BLOCK_DOCS: u32 = if cfg!(test) { 8 } else { 1_024 };

/// Stands for "no status" where an ordinal would.
pub(crate) const ABSENT: u32 = u32::MAX;

/// The side data of one segment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Side {
    /// Events in the segment.
    pub(crate) num_docs: u32,
    /// The arrival number of the segment's last event.
    pub(crate) last_seq: u64,
    /// Its blocks, in the order of arrival. Never empty.
    pub(crate) blocks: Vec<Block>,
    /// For each block, the highest time in it and all blocks before it.
    max_until: Vec<i64>,
    /// For each block, the lowest time in it and all blocks after it.
    min_from: Vec<i64>,
    statuses: StatusCounts,
    /// For each facet column, in the order of [`Column::facets`](steplog_model::column::Column::facets).
    pub(crate) facets: Vec<FacetCounts>,
    /// The ids in the segment.
    pub(crate) filter: IdFilter,
    /// What the segment's files were when they were written, in the order of `EXTENSIONS`.
    pub(super) files: Vec<Arc<FileSums>>,
}

/// Up to [`BLOCK_DOCS`] events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The lowest time.
    pub(crate) min: i64,
    /// The highest time.
    pub(crate) max: i64,
    /// The arrival number of the first event.
    pub(crate) first_seq: u64,
}

/// For each block, how many events have which status.
#[derive(Debug, Default, PartialEq, Eq)]
struct StatusCounts {
    /// Where each block's counts end.
    ends: Vec<u32>,
    /// Ordinal of the status or [`ABSENT`], and count.
    counts: Vec<(u32, u16)>,
}

/// The values of one column in a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FacetCounts {
    /// Events with each value, by its ordinal.
    pub(crate) counts: Vec<u32>,
    /// The values by ordinal; `None` where there are too many to keep them all in memory.
    pub(crate) values: Option<Values>,
}

/// Texts in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values {
    text: String,
    ends: Vec<u32>,
}

impl Values {
    /// The most bytes of values of one column that are kept.
    const MAX_BYTES: usize = if cfg!(test) { 100 } else { 1 << 20 };

    fn push(&mut self, value: &str) {
        self.text.push_str(value);
        self.ends.push(self.text.len() as u32);
    }

    const fn is_full(&self) -> bool {
        self.text.len() > Self::MAX_BYTES
    }

    /// The value of an ordinal.
    pub(crate) fn get(&self, ord: usize) -> Option<&str> {
        let start = ord.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before))?;
        self.text.get(*start as usize..*self.ends.get(ord)? as usize)
    }
}

impl Side {
    /// The side data of what was read or computed, with what follows from it.
    fn complete(mut self) -> Self {
        let highest = self.blocks.iter().scan(i64::MIN, |max, block| {
            *max = block.max.max(*max);
            Some(*max)
        });
        self.max_until = highest.collect();
        let lowest = self.blocks.iter().rev().scan(i64::MAX, |min, block| {
            *min = block.min.min(*min);
            Some(*min)
        });
        self.min_from = lowest.collect();
        self.min_from.reverse();
        self
    }

    /// The lowest time in the segment.
    pub(crate) fn min_time(&self) -> i64 {
        self.min_from.first().copied().unwrap_or(i64::MAX)
    }

    /// The highest time in the segment.
    pub(crate) fn max_time(&self) -> i64 {
        self.max_until.last().copied().unwrap_or(i64::MIN)
    }

    /// The arrival number of the segment's first event.
    pub(crate) fn first_seq(&self) -> u64 {
        self.blocks.first().map_or(0, |block| block.first_seq)
    }

    /// The highest time in the blocks before block `end`.
    pub(crate) fn max_before(&self, end: usize) -> i64 {
        end.checked_sub(1).and_then(|last| self.max_until.get(last)).copied().unwrap_or(i64::MIN)
    }

    /// The lowest time in the blocks from block `start` on.
    pub(crate) fn min_from(&self, start: usize) -> i64 {
        self.min_from.get(start).copied().unwrap_or(i64::MAX)
    }

    /// An upper bound of the seqs of block `block`.
    pub(crate) fn last_seq_of(&self, block: usize) -> u64 {
        self.blocks.get(block + 1).map_or(self.last_seq, |next| next.first_seq - 1)
    }

    /// The events of a block.
    pub(crate) fn docs_of(&self, block: usize) -> Range<DocId> {
        let start = block as u32 * BLOCK_DOCS;
        start..self.num_docs.min(start + BLOCK_DOCS)
    }

    /// Ordinal (or [`ABSENT`]) and count of each status in a block.
    pub(crate) fn statuses_of(&self, block: usize) -> &[(u32, u16)] {
        let ends = &self.statuses.ends;
        let start = block.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        let end = ends.get(block).copied().unwrap_or(start);
        self.statuses.counts.get(start as usize..end as usize).unwrap_or_default()
    }
}
