//! Looks up terms, and walks them.

use std::ops::Range;

use tantivy::DocId;
use tantivy::directory::OwnedBytes;
use tantivy_bitpacker::BitUnpacker;

use super::list::{DocList, Many};
use super::sets::RoleSets;
use super::{BLOCK_TERMS, ExactTerm, ExactValue, FIRST_ID, TOP_BLOCKS};

const ENTRY_BYTES: usize = 16;
const END_BYTES: usize = 24;

/// The exact terms of a segment, opened.
pub(crate) struct ExactTerms {
    bytes: OwnedBytes,
    /// Where the table is in `bytes`.
    table: Range<usize>,
    num_blocks: usize,
    num_terms: usize,
    top: Vec<u64>,
    pub(super) sets: RoleSets,
}

/// What makes no sense as a file of exact terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exact terms are not what was written")]
pub(crate) struct NotExact;

/// A block taken apart.
struct Block<'a> {
    num_terms: usize,
    first: u64,
    differences: (BitUnpacker, &'a [u8]),
    sets: (BitUnpacker, &'a [u8]),
    entries: (BitUnpacker, &'a [u8]),
    /// Where its lists are in the file.
    lists: Range<usize>,
}

impl ExactTerms {
    /// Opens what was written.
    pub(in super::super) fn open(bytes: OwnedBytes) -> Result<Self, NotExact> {
        let (rest, end) = bytes.split_last_chunk::<END_BYTES>().ok_or(NotExact)?;
        let num_terms = read_u64(end, 0) as usize;
        let num_blocks = num_terms.div_ceil(BLOCK_TERMS);
        let table = read_u64(end, 8) as usize;
        let table = table..table.saturating_add(num_blocks.saturating_mul(ENTRY_BYTES));
        let sets = rest.len().checked_sub(read_u64(end, 16) as usize).ok_or(NotExact)?..rest.len();
        let top = rest.get(table.end..sets.start).ok_or(NotExact)?;
        let (top, odd) = top.as_chunks();
        if !odd.is_empty() || top.len() != num_blocks.div_ceil(TOP_BLOCKS) {
            return Err(NotExact);
        }
        let top = top.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let sets = RoleSets::read(&bytes.slice(sets))?;
        Ok(Self { table, num_blocks, num_terms, top, sets, bytes })
    }

    /// Hands over the terms of ids, some of them several times.
    pub(in super::super) fn visit_ids(&self, mut visit: impl FnMut(u64)) -> Result<(), NotExact> {
        let first = self.block_of(FIRST_ID).unwrap_or_default();
        for number in first..self.num_blocks {
            self.block(number)?.terms().filter(|term| *term >= FIRST_ID).for_each(&mut visit);
        }
        Ok(())
    }

    /// The documents that have a value: those of some lists, several of which may have a document.
    pub(crate) fn find(&self, value: &ExactValue) -> Result<Vec<DocList>, NotExact> {
        let mut lists = Vec::new();
        self.visit(value.alone, |_| Ok(true), &mut lists)?;
        for (term, role) in value.shared.into_iter().chain(value.own) {
            self.visit(term, |set| Ok(self.sets.roles(set)?.contains(&role)), &mut lists)?;
        }
        Ok(lists)
    }

    /// The documents whose ids have a term: those of some lists.
    pub(crate) fn find_id(&self, term: ExactTerm) -> Result<Vec<DocList>, NotExact> {
        let mut lists = Vec::new();
        self.visit(term, |_| Ok(true), &mut lists)?;
        Ok(lists)
    }

    /// Appends the documents of a term in the sets that are asked for.
    fn visit(
        &self,
        term: ExactTerm,
        is_asked_for: impl Fn(u32) -> Result<bool, NotExact>,
        lists: &mut Vec<DocList>,
    ) -> Result<(), NotExact> {
        // Its sets may reach back into the block before the one that begins with it.
        let first = self.block_of(term.bits().saturating_sub(1)).unwrap_or_default();
        for number in first..self.num_blocks {
            if self.first_of(number) > term.bits() {
                break;
            }
            let block = self.block(number)?;
            for (place, _) in block
                .terms()
                .enumerate()
                .skip_while(|(_, found)| *found < term.bits())
                .take_while(|(_, found)| *found == term.bits())
            {
                if is_asked_for(block.set(place))? {
                    lists.push(self.list(&block, place)?);
                }
            }
        }
        Ok(())
    }

    /// The last block whose first term is not above `term`.
    fn block_of(&self, term: u64) -> Option<usize> {
        let group = self.top.partition_point(|first| *first <= term).checked_sub(1)?;
        let blocks = group * TOP_BLOCKS..((group + 1) * TOP_BLOCKS).min(self.num_blocks);
        let (mut low, mut high) = (blocks.start, blocks.end);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if self.first_of(middle) <= term { low = middle } else { high = middle }
        }
        Some(low)
    }

    fn first_of(&self, block: usize) -> u64 {
        read_u64(&self.bytes, self.table.start + block * ENTRY_BYTES)
    }

    /// Where a block starts; the end of all behind the last.
    fn start_of(&self, block: usize) -> usize {
        if block == self.num_blocks {
            return self.table.start;
        }
        read_u64(&self.bytes, self.table.start + block * ENTRY_BYTES + 8) as usize
    }

    fn block(&self, number: usize) -> Result<Block<'_>, NotExact> {
        let (start, end) = (self.start_of(number), self.start_of(number + 1));
        let num_terms = BLOCK_TERMS.min(self.num_terms - number * BLOCK_TERMS);
        let ([difference_bits, set_bits, entry_bits], rest) =
            self.bytes.get(start..end).and_then(|bytes| bytes.split_first_chunk()).ok_or(NotExact)?;
        let packed_bytes = |number: usize, bits: u8| (number * usize::from(bits)).div_ceil(8);
        if *difference_bits > 56 || *set_bits > 32 || *entry_bits > 56 {
            return Err(NotExact);
        }
        let (differences, rest) = split(rest, packed_bytes(num_terms - 1, *difference_bits))?;
        let (sets, rest) = split(rest, packed_bytes(num_terms, *set_bits))?;
        let (entries, rest) = split(rest, packed_bytes(num_terms, *entry_bits))?;
        Ok(Block {
            num_terms,
            first: self.first_of(number),
            differences: (BitUnpacker::new(*difference_bits), differences),
            sets: (BitUnpacker::new(*set_bits), sets),
            entries: (BitUnpacker::new(*entry_bits), entries),
            lists: end - rest.len()..end,
        })
    }

    fn list(&self, block: &Block<'_>, place: usize) -> Result<DocList, NotExact> {
        let (unpacker, entries) = block.entries;
        let entry = unpacker.get(place as u32, entries);
        if entry & 1 == 0 {
            return Ok(DocList::One((entry >> 1) as DocId));
        }
        let start = block.lists.start + (entry >> 1) as usize;
        if start >= block.lists.end {
            return Err(NotExact);
        }
        Many::read(self.bytes.slice(start..block.lists.end)).map(DocList::Many).ok_or(NotExact)
    }
}

fn split(bytes: &[u8], len: usize) -> Result<(&[u8], &[u8]), NotExact> {
    bytes.split_at_checked(len).ok_or(NotExact)
}

impl Block<'_> {
    fn terms(&self) -> impl Iterator<Item = u64> + '_ {
        let (unpacker, differences) = self.differences;
        let mut term = self.first;
        (0..self.num_terms).map(move |place| {
            if let Some(before) = place.checked_sub(1) {
                term += unpacker.get(before as u32, differences);
            }
            term
        })
    }

    /// The number of the set of roles.
    fn set(&self, place: usize) -> u32 {
        let (unpacker, sets) = self.sets;
        unpacker.get(place as u32, sets) as u32
    }
}

/// A walk over all terms.
pub(super) struct Walk<'a> {
    exact: &'a ExactTerms,
    /// The next block.
    next: usize,
    /// The entries of the block before, the next one last.
    block: Vec<Entry>,
}

/// A term, a set of its roles, the documents.
pub(super) type Entry = (u64, u32, DocList);

impl<'a> Walk<'a> {
    pub(super) const fn new(exact: &'a ExactTerms) -> Self {
        Self { exact, next: 0, block: Vec::new() }
    }

    /// The next term and set with its documents.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, NotExact> {
        if self.block.is_empty() && self.next < self.exact.num_blocks {
            let block = self.exact.block(self.next)?;
            for (place, term) in block.terms().enumerate() {
                self.block.push((term, block.set(place), self.exact.list(&block, place)?));
            }
            self.block.reverse();
            self.next += 1;
        }
        Ok(self.block.pop())
    }
}

fn read_u64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
