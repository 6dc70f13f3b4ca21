//! Looks up and iterates terms.

use std::io;
use std::ops::Range;

use steplog_model::ids::{EventId, TermHasher};
use tantivy::directory::{FileSlice, OwnedBytes};
use tantivy::{DocId, HasLen as _};
use tantivy_bitpacker::BitUnpacker;

use super::list::{DocList, Many};
use super::sets::RoleSets;
use super::{BLOCK_TERMS, ExactTerm, ExactValue, FIRST_ID, NotExact, TOP_BLOCKS};

const ENTRY_BYTES: usize = 16;
const END_BYTES: usize = 24;
/// The most bytes of a block before its lists: its widths and, of each term, a difference, a set and an entry.
const MAX_HEAD_BYTES: usize = 3 + 3 + BLOCK_TERMS * (56 + 32 + 56) / 8;

/// The exact terms of a segment, opened. Only the top of the table and the sets lie in memory.
pub(crate) struct ExactTerms {
    file: FileSlice,
    /// What hashed them.
    hasher: TermHasher,
    /// Where the table starts in the file.
    table: usize,
    num_blocks: usize,
    num_terms: usize,
    top: Vec<u64>,
    pub(super) sets: RoleSets,
}

/// The part of the table under one entry of the top, and the entry behind it.
struct Stretch {
    blocks: Range<usize>,
    entries: OwnedBytes,
    /// Where the table starts, which is where the last block ends.
    table: usize,
}

impl Stretch {
    fn entry(&self, block: usize, part: usize) -> Option<u64> {
        let at = block.checked_sub(self.blocks.start)? * ENTRY_BYTES + part * size_of::<u64>();
        let bytes = self.entries.get(at..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    }

    fn first_of(&self, block: usize) -> u64 {
        self.entry(block, 0).unwrap_or(u64::MAX)
    }

    /// Where a block starts; the end of all behind the last.
    fn start_of(&self, block: usize) -> usize {
        self.entry(block, 1).map_or(self.table, |start| start as usize)
    }

    /// The last of its blocks whose first term is not above `term`, the first of them where none is.
    fn block_of(&self, term: u64) -> usize {
        let (mut low, mut high) = (self.blocks.start, self.blocks.end);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if self.first_of(middle) <= term { low = middle } else { high = middle }
        }
        low
    }
}

/// A block taken apart.
struct Block {
    num_terms: usize,
    first: u64,
    differences: (BitUnpacker, OwnedBytes),
    sets: (BitUnpacker, OwnedBytes),
    entries: (BitUnpacker, OwnedBytes),
    /// Where its lists are in the file.
    lists: Range<usize>,
}

impl ExactTerms {
    /// Opens what was written with terms of `hasher`.
    pub(in super::super) fn open(file: FileSlice, hasher: TermHasher) -> io::Result<Self> {
        let before_end = file.len().checked_sub(END_BYTES).ok_or(NotExact)?;
        let end = file.read_bytes_slice(before_end..file.len())?;
        let num_terms = read_u64(&end, 0) as usize;
        let num_blocks = num_terms.div_ceil(BLOCK_TERMS);
        let table = read_u64(&end, 8) as usize;
        let top = table.saturating_add(num_blocks.saturating_mul(ENTRY_BYTES));
        let sets = before_end.checked_sub(read_u64(&end, 16) as usize).ok_or(NotExact)?;
        if top > sets {
            return Err(NotExact.into());
        }
        let sets_bytes = file.read_bytes_slice(sets..before_end)?;
        let top = file.read_bytes_slice(top..sets)?;
        let (top, odd) = top.as_chunks();
        if !odd.is_empty() || top.len() != num_blocks.div_ceil(TOP_BLOCKS) {
            return Err(NotExact.into());
        }
        let top = top.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let sets = RoleSets::read(&sets_bytes)?;
        Ok(Self { file, hasher, table, num_blocks, num_terms, top, sets })
    }

    /// Calls `visit` with the terms of ids, with some of them several times.
    pub(in super::super) fn visit_ids(&self, mut visit: impl FnMut(u64)) -> io::Result<()> {
        let mut stretch = self.stretch(self.group_of(FIRST_ID))?;
        for number in stretch.block_of(FIRST_ID)..self.num_blocks {
            self.turn_to(&mut stretch, number)?;
            self.block(&stretch, number)?.terms().filter(|term| *term >= FIRST_ID).for_each(&mut visit);
        }
        Ok(())
    }

    /// The documents that have a value: those of some lists, several of which may have a document.
    pub(crate) fn find(&self, value: &ExactValue) -> io::Result<Vec<DocList>> {
        let (value, mut lists) = (value.terms(&self.hasher), Vec::new());
        self.visit(value.alone, |_| Ok(true), &mut lists)?;
        for (term, role) in value.shared.into_iter().chain(value.own) {
            self.visit(term, |set| Ok(self.sets.roles(set)?.contains(&role)), &mut lists)?;
        }
        Ok(lists)
    }

    /// The term of an event's id here.
    pub(crate) fn term_of_id(&self, id: EventId) -> ExactTerm {
        ExactTerm::of_id(&self.hasher, id)
    }

    /// The documents whose ids have the term of an id: those of some lists.
    pub(crate) fn find_id(&self, id: EventId) -> io::Result<Vec<DocList>> {
        let mut lists = Vec::new();
        self.visit(self.term_of_id(id), |_| Ok(true), &mut lists)?;
        Ok(lists)
    }

    /// Appends the documents of a term in the sets that are asked for.
    fn visit(
        &self,
        term: ExactTerm,
        is_asked_for: impl Fn(u32) -> Result<bool, NotExact>,
        lists: &mut Vec<DocList>,
    ) -> io::Result<()> {
        // Its sets may reach back into the block before the one that begins with it.
        let before = term.bits().saturating_sub(1);
        let mut stretch = self.stretch(self.group_of(before))?;
        for number in stretch.block_of(before)..self.num_blocks {
            self.turn_to(&mut stretch, number)?;
            if stretch.first_of(number) > term.bits() {
                break;
            }
            let block = self.block(&stretch, number)?;
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

    /// The last entry of the top that is not above `term`, the first where none is.
    fn group_of(&self, term: u64) -> usize {
        self.top.partition_point(|first| *first <= term).saturating_sub(1)
    }

    /// Reads the part of the table under an entry of the top.
    fn stretch(&self, group: usize) -> io::Result<Stretch> {
        let blocks = group * TOP_BLOCKS..((group + 1) * TOP_BLOCKS).min(self.num_blocks);
        let behind = (blocks.end + 1).min(self.num_blocks);
        let at = |block: usize| self.table + block * ENTRY_BYTES;
        let entries = if blocks.is_empty() {
            OwnedBytes::empty()
        } else {
            self.file.read_bytes_slice(at(blocks.start)..at(behind))?
        };
        Ok(Stretch { blocks, entries, table: self.table })
    }

    /// Takes the stretch that has a block, if it is another one.
    fn turn_to(&self, stretch: &mut Stretch, block: usize) -> io::Result<()> {
        if !stretch.blocks.contains(&block) {
            *stretch = self.stretch(block / TOP_BLOCKS)?;
        }
        Ok(())
    }

    /// Reads a block of the stretch without its lists.
    fn block(&self, stretch: &Stretch, number: usize) -> io::Result<Block> {
        let (start, end) = (stretch.start_of(number), stretch.start_of(number + 1));
        if start >= end || end > self.table {
            return Err(NotExact.into());
        }
        let head = self.file.read_bytes_slice(start..end.min(start + MAX_HEAD_BYTES))?;
        let num_terms = BLOCK_TERMS.min(self.num_terms - number * BLOCK_TERMS);
        let [difference_bits, set_bits, entry_bits] = *head.first_chunk().ok_or(NotExact)?;
        if difference_bits > 56 || set_bits > 32 || entry_bits > 56 {
            return Err(NotExact.into());
        }
        let mut at = 3;
        let mut next = |number: usize, bits: u8| {
            let from = at;
            at += (number * usize::from(bits)).div_ceil(8);
            let packed = (at <= head.len()).then(|| head.slice(from..at)).ok_or(NotExact)?;
            Ok::<_, NotExact>((BitUnpacker::new(bits), packed))
        };
        let differences = next(num_terms - 1, difference_bits)?;
        let sets = next(num_terms, set_bits)?;
        let entries = next(num_terms, entry_bits)?;
        let first = stretch.first_of(number);
        Ok(Block { num_terms, first, differences, sets, entries, lists: start + at..end })
    }

    fn list(&self, block: &Block, place: usize) -> io::Result<DocList> {
        let lists = block.lists.start;
        let read = |list: Range<usize>| self.file.read_bytes_slice(lists + list.start..lists + list.end);
        block.list(place, read)
    }

    /// The lists of a block, all in one.
    fn lists(&self, block: &Block) -> io::Result<OwnedBytes> {
        self.file.read_bytes_slice(block.lists.clone())
    }
}

impl Block {
    fn terms(&self) -> impl Iterator<Item = u64> + '_ {
        let (unpacker, differences) = &self.differences;
        let mut term = self.first;
        (0..self.num_terms).map(move |place| {
            if let Some(before) = place.checked_sub(1) {
                term = term.saturating_add(unpacker.get(before as u32, differences));
            }
            term
        })
    }

    /// The number of the set of roles.
    fn set(&self, place: usize) -> u32 {
        let (unpacker, sets) = &self.sets;
        unpacker.get(place as u32, sets) as u32
    }

    fn entry(&self, place: usize) -> u64 {
        let (unpacker, entries) = &self.entries;
        unpacker.get(place as u32, entries)
    }

    /// The documents of a term; `read` gives a part of the lists.
    fn list(
        &self,
        place: usize,
        read: impl FnOnce(Range<usize>) -> io::Result<OwnedBytes>,
    ) -> io::Result<DocList> {
        let entry = self.entry(place);
        if entry & 1 == 0 {
            return Ok(DocList::One((entry >> 1) as DocId));
        }
        // A list ends where the next one of the block begins.
        let next = (place + 1..self.num_terms).map(|place| self.entry(place)).find(|entry| entry & 1 == 1);
        let (start, end) =
            ((entry >> 1) as usize, next.map_or(self.lists.len(), |next| (next >> 1) as usize));
        if start >= end || end > self.lists.len() {
            return Err(NotExact.into());
        }
        Ok(DocList::Many(Many::read(read(start..end)?).ok_or(NotExact)?))
    }
}

/// A walk over all terms.
pub(super) struct Walk<'a> {
    exact: &'a ExactTerms,
    stretch: Option<Stretch>,
    /// The next block.
    next: usize,
    /// The entries of the block before, the next one last.
    block: Vec<Entry>,
}

/// A term, a set of its roles, the documents.
pub(super) type Entry = (u64, u32, DocList);

impl<'a> Walk<'a> {
    pub(super) const fn new(exact: &'a ExactTerms) -> Self {
        Self { exact, stretch: None, next: 0, block: Vec::new() }
    }

    /// The next term and set with its documents.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
        if self.block.is_empty() && self.next < self.exact.num_blocks {
            let mut stretch = match self.stretch.take() {
                Some(stretch) => stretch,
                None => self.exact.stretch(0)?,
            };
            self.exact.turn_to(&mut stretch, self.next)?;
            let block = self.exact.block(&stretch, self.next)?;
            let lists = self.exact.lists(&block)?;
            for (place, term) in block.terms().enumerate() {
                let docs = block.list(place, |list| Ok(lists.slice(list)))?;
                self.block.push((term, block.set(place), docs));
            }
            self.block.reverse();
            self.stretch = Some(stretch);
            self.next += 1;
        }
        Ok(self.block.pop())
    }
}

fn read_u64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
