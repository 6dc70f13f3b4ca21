//! Puts the exact terms of neighbouring segments together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{self, Write};

use tantivy::DocId;

use super::list::DocList;
use super::read::{ExactTerms, NotExact, Walk};
use super::write::ExactWriter;

/// A walk over the terms of one of the segments.
struct Part<'a> {
    walk: Walk<'a>,
    /// The number of its first document in the whole, and how many there are.
    first_doc: DocId,
    num_docs: u32,
    /// The documents of the term at which it stands.
    docs: DocList,
}

/// Writes the terms of all parts, each told with the number of its documents, in their order.
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
    let mut first_doc = 0;
    for (place, (exact, num_docs)) in parts.into_iter().enumerate() {
        let mut part = Part { walk: Walk::new(exact), first_doc, num_docs, docs: DocList::One(0) };
        next.extend(part.advance()?.map(|term| Reverse((term, place))));
        walks.push(part);
        first_doc += num_docs;
    }
    let mut writer = ExactWriter::new(out);
    let (mut docs, mut block) = (Vec::new(), Vec::new());
    let mut current = None;
    while let Some(mut top) = next.peek_mut() {
        let Reverse((term, place)) = *top;
        if current != Some(term) {
            write(&mut writer, current, &docs)?;
            docs.clear();
            current = Some(term);
        }
        let part = walks.get_mut(place).ok_or_else(|| invalid(NotExact))?;
        part.add_to(&mut docs, &mut block)?;
        match part.advance()? {
            Some(after) if after > term => top.0.0 = after,
            Some(_) => return Err(invalid(NotExact)),
            None => drop(PeekMut::pop(top)),
        }
    }
    write(&mut writer, current, &docs)?;
    writer.finish()
}

fn write(writer: &mut ExactWriter<impl Write>, term: Option<u64>, docs: &[DocId]) -> io::Result<()> {
    term.map_or(Ok(()), |term| writer.push(term, docs))
}

fn invalid(error: NotExact) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl Part<'_> {
    /// Turns to the next term and tells it.
    fn advance(&mut self) -> io::Result<Option<u64>> {
        let Some((term, docs)) = self.walk.next().map_err(invalid)? else { return Ok(None) };
        self.docs = docs;
        Ok(Some(term))
    }

    /// Appends the documents of the term, as the whole numbers them.
    fn add_to(&self, docs: &mut Vec<DocId>, block: &mut Vec<DocId>) -> io::Result<()> {
        let read = self.docs.collect_into(docs, self.first_doc, block);
        let is_within = docs.last().is_some_and(|last| *last - self.first_doc < self.num_docs);
        if read.is_some() && is_within { Ok(()) } else { Err(invalid(NotExact)) }
    }
}
