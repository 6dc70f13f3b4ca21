//! Writes terms that come in rising order.

use std::io::{self, Write};

use tantivy::DocId;
use tantivy_bitpacker::BitPacker;

use super::list::ListWriter;
use super::sets::RoleSets;
use super::{BLOCK_TERMS, TOP_BLOCKS, put_u64};

/// A file of exact terms that is being written.
pub(super) struct ExactWriter<W> {
    out: W,
    written: u64,
    /// The block that is being filled.
    terms: Vec<u64>,
    sets: Vec<u32>,
    entries: Vec<u64>,
    lists: Vec<u8>,
    list: ListWriter,
    table: Vec<u8>,
    top: Vec<u8>,
    num_terms: u64,
    buffer: Vec<u8>,
}

impl<W: Write> ExactWriter<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            written: 0,
            terms: Vec::with_capacity(BLOCK_TERMS),
            sets: Vec::with_capacity(BLOCK_TERMS),
            entries: Vec::with_capacity(BLOCK_TERMS),
            lists: Vec::new(),
            list: ListWriter::default(),
            table: Vec::new(),
            top: Vec::new(),
            num_terms: 0,
            buffer: Vec::new(),
        }
    }

    /// Adds a term and a set of its roles with the documents that have both, which rise. Terms rise, and the sets of
    /// a term do.
    pub(super) fn push(&mut self, term: u64, set: u32, docs: &[DocId]) -> io::Result<()> {
        let entry = match *docs {
            [doc] => u64::from(doc) << 1,
            _ => {
                let start = self.lists.len() as u64;
                self.list.put(&mut self.lists, docs);
                start << 1 | 1
            }
        };
        self.terms.push(term);
        self.sets.push(set);
        self.entries.push(entry);
        self.num_terms += 1;
        if self.terms.len() == BLOCK_TERMS { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> io::Result<()> {
        let Some(first) = self.terms.first() else { return Ok(()) };
        if (self.table.len() / 16).is_multiple_of(TOP_BLOCKS) {
            put_u64(&mut self.top, *first);
        }
        put_u64(&mut self.table, *first);
        put_u64(&mut self.table, self.written);
        self.buffer.clear();
        let differences = || self.terms.array_windows().map(|[before, term]| term - before);
        let sets = || self.sets.iter().map(|set| u64::from(*set));
        let widths = [widest(differences()), widest(sets()), widest(self.entries.iter().copied())];
        self.buffer.extend_from_slice(&widths);
        let [difference_bits, set_bits, entry_bits] = widths;
        pack(&mut self.buffer, differences(), difference_bits)?;
        pack(&mut self.buffer, sets(), set_bits)?;
        pack(&mut self.buffer, self.entries.iter().copied(), entry_bits)?;
        self.out.write_all(&self.buffer)?;
        self.out.write_all(&self.lists)?;
        self.written += (self.buffer.len() + self.lists.len()) as u64;
        self.terms.clear();
        self.sets.clear();
        self.entries.clear();
        self.lists.clear();
        Ok(())
    }

    /// Writes what is left, and the sets; the file is whole then.
    pub(super) fn finish(mut self, sets: &RoleSets) -> io::Result<W> {
        self.end_block()?;
        let (mut all_sets, mut end) = (Vec::new(), Vec::new());
        sets.put(&mut all_sets);
        put_u64(&mut end, self.num_terms);
        put_u64(&mut end, self.written);
        put_u64(&mut end, all_sets.len() as u64);
        for part in [&self.table, &self.top, &all_sets, &end] {
            self.out.write_all(part)?;
        }
        Ok(self.out)
    }
}

/// The bits of the largest number.
fn widest(numbers: impl Iterator<Item = u64>) -> u8 {
    let all = numbers.fold(0, |all, number| all | number);
    (u64::BITS - all.leading_zeros()) as u8
}

fn pack(out: &mut Vec<u8>, numbers: impl Iterator<Item = u64>, bits: u8) -> io::Result<()> {
    let mut packer = BitPacker::new();
    for number in numbers {
        packer.write(number, bits, out)?;
    }
    packer.close(out)
}
