//! Merges the exact terms of neighbouring segments.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{self, Write};

use tantivy::DocId;

use super::NotExact;
use super::list::DocList;
use super::read::{ExactTerms, Walk};
use super::sets::RoleSets;
use super::write::ExactWriter;

/// A walk over the terms of one of the segments.
struct Part<'a> {
    walk: Walk<'a>,
    /// The number of its first document in the whole, and how many there are.
    first_doc: DocId,
    num_docs: u32,
    /// What its sets are called in the whole.
    sets: Vec<u32>,
    /// The set and the documents at which it stands.
    set: u32,
    docs: DocList,
}

/// The documents of one term, by the set of its roles.
#[derive(Default)]
struct Gathered {
    term: Option<u64>,
    /// The first `len` are of this term; the rest is room to use again.
    sets: Vec<(u32, Vec<DocId>)>,
    len: usize,
}

/// Writes the terms of all parts, each given with its number of documents, in their order.
///
/// # Errors
/// As the output says, and [`io::ErrorKind::InvalidData`] where a part is not what was written.
pub(in super::super) fn merge<'a, W: Write>(
    parts: impl IntoIterator<Item = (&'a ExactTerms, u32)>,
    out: W,
) -> io::Result<W> {
    // What each part comes to next; of equal terms the earlier part's first.
    let mut next = BinaryHeap::new();
    let mut walks = Vec::new();
    let mut sets = RoleSets::default();
    let mut first_doc = 0;
    for (place, (exact, num_docs)) in parts.into_iter().enumerate() {
        let numbers = exact.sets.numbers_in(&mut sets);
        let mut part = Part {
            walk: Walk::new(exact),
            first_doc,
            num_docs,
            sets: numbers,
            set: 0,
            docs: DocList::One(0),
        };
        next.extend(part.advance()?.map(|term| Reverse((term, place))));
        walks.push(part);
        first_doc += num_docs;
    }
    let mut writer = ExactWriter::new(out);
    let (mut gathered, mut block) = (Gathered::default(), Vec::new());
    while let Some(mut top) = next.peek_mut() {
        let Reverse((term, place)) = *top;
        if gathered.term != Some(term) {
            gathered.write(&mut writer)?;
            gathered.begin(term);
        }
        let part = walks.get_mut(place).ok_or(NotExact)?;
        // All sets of its term, so that of each set the earlier part's documents come first.
        loop {
            part.add_to(gathered.docs_of(part.set), &mut block)?;
            match part.advance()? {
                Some(same) if same == term => {}
                Some(after) if after > term => {
                    top.0.0 = after;
                    break;
                }
                Some(_) => return Err(NotExact.into()),
                None => {
                    PeekMut::pop(top);
                    break;
                }
            }
        }
    }
    gathered.write(&mut writer)?;
    writer.finish(&sets)
}

impl Gathered {
    fn begin(&mut self, term: u64) {
        self.term = Some(term);
        self.len = 0;
    }

    /// The documents of a set so far.
    fn docs_of(&mut self, set: u32) -> &mut Vec<DocId> {
        let known = self.sets[..self.len].iter().position(|(known, _)| *known == set);
        let place = known.unwrap_or_else(|| {
            if self.len == self.sets.len() {
                self.sets.push((set, Vec::new()));
            }
            let (name, docs) = &mut self.sets[self.len];
            *name = set;
            docs.clear();
            self.len += 1;
            self.len - 1
        });
        &mut self.sets[place].1
    }

    fn write(&mut self, writer: &mut ExactWriter<impl Write>) -> io::Result<()> {
        let Some(term) = self.term else { return Ok(()) };
        let sets = &mut self.sets[..self.len];
        sets.sort_unstable_by_key(|(set, _)| *set);
        sets.iter().try_for_each(|(set, docs)| writer.push(term, *set, docs))
    }
}

impl Part<'_> {
    /// Moves to the next term and returns it.
    fn advance(&mut self) -> io::Result<Option<u64>> {
        let Some((term, set, docs)) = self.walk.next()? else { return Ok(None) };
        let set = self.sets.get(set as usize).ok_or(NotExact)?;
        (self.set, self.docs) = (*set, docs);
        Ok(Some(term))
    }

    /// Appends the documents of the term and set, as the whole numbers them.
    fn add_to(&self, docs: &mut Vec<DocId>, block: &mut Vec<DocId>) -> io::Result<()> {
        let (start, before) = (docs.len(), docs.last().copied());
        let read = self.docs.collect_into(docs, self.first_doc, block);
        // A set comes once with a term, but for nonsense.
        let rises = before.is_none_or(|before| docs.get(start).is_some_and(|first| before < *first));
        let is_within = docs.last().is_some_and(|last| *last - self.first_doc < self.num_docs);
        if read.is_some() && rises && is_within { Ok(()) } else { Err(NotExact.into()) }
    }
}
