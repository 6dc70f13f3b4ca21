//! Collects the exact terms of events as they come.

use std::io::{self, Write};

use tantivy::DocId;

use super::write::ExactWriter;
use super::{ExactTerm, TERM_BITS};

/// Terms are sorted in so many parts, one after another, so that a quarter of them at a time is there twice.
const PART_BITS: u32 = 2;
/// Those of a part are put into so many heaps by their next bits before they are sorted, so that each heap fits into
/// the nearest cache.
const HEAP_BITS: u32 = if cfg!(test) { 1 } else { 8 };

/// The exact terms of the documents so far.
#[derive(Default)]
pub(in super::super) struct ExactBuilder {
    terms: Vec<u64>,
    /// For each document, where its terms end.
    ends: Vec<u32>,
}

impl ExactBuilder {
    /// Adds the next document's terms, in any order, also several times.
    pub(in super::super) fn add(&mut self, terms: &[ExactTerm]) {
        self.terms.extend(terms.iter().map(|term| term.bits()));
        self.ends.push(self.terms.len() as u32);
    }

    /// The memory they take, with what sorting them will take.
    pub(in super::super) const fn memory_bytes(&self) -> usize {
        const SORTED_BYTES: usize = size_of::<(u64, DocId)>();
        self.terms.capacity() * size_of::<u64>()
            + self.ends.capacity() * size_of::<u32>()
            + (self.terms.len() >> PART_BITS) * SORTED_BYTES
    }

    /// Writes them.
    pub(in super::super) fn write<W: Write>(self, out: W) -> io::Result<W> {
        let mut writer = ExactWriter::new(out);
        let mut docs = Vec::new();
        for part in 0..1 << PART_BITS {
            for group in self.sorted(part).chunk_by(|(a, _), (b, _)| a == b) {
                docs.clear();
                docs.extend(group.iter().map(|(_, doc)| *doc));
                docs.dedup();
                if let [(term, _), ..] = group {
                    writer.push(*term, &docs)?;
                }
            }
        }
        writer.finish()
    }

    /// The terms of a part with their documents, sorted.
    fn sorted(&self, part: u64) -> Vec<(u64, DocId)> {
        const HEAPS: usize = 1 << HEAP_BITS;
        const SHIFT: u32 = TERM_BITS - PART_BITS - HEAP_BITS;
        let heap_of = |term: u64| ((term >> SHIFT) as usize).checked_sub(part as usize * HEAPS);
        let mut places = [0_usize; HEAPS];
        let mut len = 0;
        for heap in self.terms.iter().filter_map(|term| heap_of(*term)) {
            if let Some(number) = places.get_mut(heap) {
                *number += 1;
                len += 1;
            }
        }
        let mut start = 0;
        for place in &mut places {
            (*place, start) = (start, start + *place);
        }
        let mut sorted = vec![(0, 0); len];
        let mut start = 0;
        for (doc, end) in self.ends.iter().enumerate() {
            for term in self.terms.get(start..*end as usize).unwrap_or_default() {
                if let Some(place) = heap_of(*term).and_then(|heap| places.get_mut(heap)) {
                    sorted[*place] = (*term, doc as DocId);
                    *place += 1;
                }
            }
            start = *end as usize;
        }
        // Each place has come to where its heap ends.
        let mut rest = &mut *sorted;
        let mut start = 0;
        for end in places {
            let (heap, behind) = rest.split_at_mut(end - start);
            heap.sort_unstable();
            (rest, start) = (behind, end);
        }
        sorted
    }
}
