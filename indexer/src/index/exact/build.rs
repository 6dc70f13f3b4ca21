//! Collects the exact terms of events as they come.

use std::io::{self, Write};

use tantivy::DocId;

use super::write::ExactWriter;
use super::{ExactTerm, TERM_BITS};

/// Hashed terms are sorted in so many parts, one after another, so that a quarter of them at a time is there twice.
const PARTS: u64 = 4;
/// Those of a part are put into so many heaps by their next bits before they are sorted, so that each heap fits into
/// the nearest cache.
const HEAPS: usize = if cfg!(test) { 2 } else { 256 };
/// What is left of a term behind the bits that say part and heap; the first bit says that it is none of an id.
const HEAP_SHIFT: u32 = TERM_BITS - 1 - PARTS.ilog2() - HEAPS.ilog2();

/// A term and a document that has it.
type Pair = (u64, DocId);

/// The exact terms of the documents so far.
#[derive(Default)]
pub(in super::super) struct ExactBuilder {
    /// The term of each document's id.
    ids: Vec<u64>,
    /// Their other terms.
    terms: Vec<u64>,
    /// For each document, where its other terms end.
    ends: Vec<u32>,
}

impl ExactBuilder {
    /// Adds the next document: the term of its id, and its other terms in any order, also several times.
    pub(in super::super) fn add(&mut self, id: ExactTerm, terms: &[ExactTerm]) {
        self.ids.push(id.bits());
        self.terms.extend(terms.iter().map(|term| term.bits()));
        self.ends.push(self.terms.len() as u32);
    }

    /// The memory they take, with what sorting them will take.
    pub(in super::super) const fn memory_bytes(&self) -> usize {
        let sorted = self.terms.len() / PARTS as usize + self.ids.len();
        self.terms.capacity() * size_of::<u64>()
            + self.ids.capacity() * size_of::<u64>()
            + self.ends.capacity() * size_of::<u32>()
            + sorted * size_of::<Pair>()
    }

    /// Writes them.
    pub(in super::super) fn write<W: Write>(self, out: W) -> io::Result<W> {
        let mut writer = ExactWriter::new(out);
        for part in 0..PARTS {
            put(&mut writer, &self.sorted(part))?;
        }
        let mut ids: Vec<Pair> = self.ids.iter().copied().zip(0..).collect();
        ids.sort_unstable();
        put(&mut writer, &ids)?;
        writer.finish()
    }

    /// The hashed terms of a part with their documents, sorted.
    fn sorted(&self, part: u64) -> Vec<Pair> {
        let first_heap = part as usize * HEAPS;
        let heap_of = |term: u64| ((term >> HEAP_SHIFT) as usize).checked_sub(first_heap);
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

/// Writes sorted terms, each with all of its documents, each of these once.
fn put(writer: &mut ExactWriter<impl Write>, sorted: &[Pair]) -> io::Result<()> {
    let mut docs = Vec::new();
    for group in sorted.chunk_by(|(a, _), (b, _)| a == b) {
        docs.clear();
        docs.extend(group.iter().map(|(_, doc)| *doc));
        docs.dedup();
        if let [(term, _), ..] = group {
            writer.push(*term, &docs)?;
        }
    }
    Ok(())
}
