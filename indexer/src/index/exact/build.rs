//! Collects the exact terms of events as they come.

use std::io::{self, Write};

use steplog_model::ids::TermHasher;
use tantivy::DocId;

use super::sets::RoleSets;
use super::terms::{EventTerms, ValueRoles};
use super::write::ExactWriter;
use super::{ExactTerm, TERM_BITS};

/// Terms of one role are sorted in 4 passes. Each copies only a quarter of them, which bounds the peak memory.
const PARTS: u64 = 4;
/// Before a pass sorts, it divides its terms into this many buckets by their next bits, so that a bucket fits into the
/// CPU's first-level cache.
const HEAPS: usize = if cfg!(test) { 2 } else { 256 };
/// What is left of a term behind the bits that say part and heap; the first two say that it is of one role.
const HEAP_SHIFT: u32 = TERM_BITS - 2 - PARTS.ilog2() - HEAPS.ilog2();

/// The most sets of roles, so that a number fits next to a term. A value with a further set has a term for each role.
const MAX_SETS: usize = if cfg!(test) { 3 } else { 255 };
const SET_BITS: u32 = u64::BITS - TERM_BITS;

/// A term and a document that has it.
type Pair = (u64, DocId);

/// The exact terms of the documents so far.
#[derive(Default)]
pub(in super::super) struct ExactBuilder {
    /// The term of each document's id, with the number of the set of its roles in the lowest bits.
    ids: Vec<u64>,
    /// Terms of several roles, likewise.
    shared: Vec<Pair>,
    sets: RoleSets,
    /// Terms of one role.
    terms: Vec<u64>,
    /// For each document, where its terms of one role end.
    ends: Vec<u32>,
    /// A reused buffer.
    roles: Vec<u64>,
}

const fn with_set(term: ExactTerm, set: u32) -> u64 {
    term.bits() << SET_BITS | set as u64
}

impl ExactBuilder {
    /// Adds the next document.
    pub(in super::super) fn add(&mut self, event: &EventTerms) {
        let doc = self.ids.len() as DocId;
        let own = event.own();
        let set = if own.is_empty() { Some(0) } else { self.sets.number(own, MAX_SETS) };
        if set.is_none() {
            self.terms.extend(event.own_alone().iter().map(|term| term.bits()));
        }
        self.ids.push(with_set(event.id(), set.unwrap_or_default()));
        self.terms.extend(event.alone().iter().map(|term| term.bits()));
        event.values().for_each(|roles| self.add_value(doc, roles, event.hasher()));
        self.ends.push(self.terms.len() as u32);
    }

    fn add_value(&mut self, doc: DocId, roles: ValueRoles<'_>, hasher: &TermHasher) {
        if let [(value, _), _, ..] = *roles {
            self.roles.clear();
            self.roles.extend(roles.iter().map(|(_, role)| role));
            if let Some(set) = self.sets.number(&self.roles, MAX_SETS) {
                self.shared.push((with_set(ExactTerm::of_value(value), set), doc));
                return;
            }
        }
        let alone = roles.iter().map(|(value, role)| ExactTerm::of_hash(hasher.term_of(*role, *value)));
        self.terms.extend(alone.map(ExactTerm::bits));
    }

    /// The memory they take, with what sorting them will take.
    pub(in super::super) fn memory_bytes(&self) -> usize {
        let sorted = (self.terms.len() / PARTS as usize).max(self.ids.len());
        self.terms.capacity() * size_of::<u64>()
            + self.ids.capacity() * size_of::<u64>()
            + self.ends.capacity() * size_of::<u32>()
            + (self.shared.capacity() + sorted) * size_of::<Pair>()
            + self.sets.memory_bytes()
    }

    /// Writes them.
    pub(in super::super) fn write<W: Write>(mut self, out: W) -> io::Result<W> {
        let mut writer = ExactWriter::new(out);
        for part in 0..PARTS {
            put(&mut writer, &self.sorted(part), |term| (term, 0))?;
        }
        let apart = |packed: u64| (packed >> SET_BITS, (packed & ((1 << SET_BITS) - 1)) as u32);
        self.shared.sort_unstable();
        put(&mut writer, &std::mem::take(&mut self.shared), apart)?;
        let mut ids: Vec<Pair> = self.ids.iter().copied().zip(0..).collect();
        ids.sort_unstable();
        put(&mut writer, &ids, apart)?;
        writer.finish(&self.sets)
    }

    /// The terms of one role of a part with their documents, sorted.
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

/// Writes sorted terms, each with all of its documents, each of these once. `apart` tells term and set.
fn put(
    writer: &mut ExactWriter<impl Write>,
    sorted: &[Pair],
    apart: impl Fn(u64) -> (u64, u32),
) -> io::Result<()> {
    let mut docs = Vec::new();
    for group in sorted.chunk_by(|(a, _), (b, _)| a == b) {
        docs.clear();
        docs.extend(group.iter().map(|(_, doc)| *doc));
        docs.dedup();
        if let [(term, _), ..] = group {
            let (term, set) = apart(*term);
            writer.push(term, set, &docs)?;
        }
    }
    Ok(())
}
