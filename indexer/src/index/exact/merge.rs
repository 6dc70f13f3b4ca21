//! Puts the exact terms of neighbouring segments together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

use tantivy::DocId;

use super::list::DocList;
use super::read::{ExactTerms, Walk};
use super::write::ExactWriter;

/// One of the segments: its terms, and the number of its first document in the whole.
pub(in super::super) struct Part<'a> {
    pub(in super::super) exact: &'a ExactTerms,
    pub(in super::super) first_doc: DocId,
}

/// Writes the terms of all parts, in the order of their documents.
///
/// # Errors
/// As the output says, and [`io::ErrorKind::InvalidData`] where a part is not what was written.
pub(in super::super) fn merge<W: Write>(parts: &[Part<'_>], out: W) -> io::Result<W> {
    let mut walks: Vec<(Walk<'_>, Option<DocList>)> =
        parts.iter().map(|part| (Walk::new(part.exact), None)).collect();
    // The next term of each part; of equal ones the earlier part's first.
    let mut next = BinaryHeap::with_capacity(parts.len());
    for (place, walk) in walks.iter_mut().enumerate() {
        if let Some(term) = advance(walk)? {
            next.push(Reverse((term, place)));
        }
    }
    let mut writer = ExactWriter::new(out);
    let mut docs: Vec<DocId> = Vec::new();
    while let Some(Reverse((term, _))) = next.peek().copied() {
        docs.clear();
        while let Some(mut top) = next.peek_mut()
            && top.0.0 == term
        {
            let place = top.0.1;
            let (Some(walk), Some(part)) = (walks.get_mut(place), parts.get(place)) else { break };
            let start = docs.len();
            if let (_, Some(list)) = walk {
                list.collect_into(&mut docs);
            }
            docs.iter_mut().skip(start).for_each(|doc| *doc += part.first_doc);
            match advance(walk)? {
                Some(term) => top.0.0 = term,
                None => drop(std::collections::binary_heap::PeekMut::pop(top)),
            }
        }
        writer.push(term, &docs)?;
    }
    writer.finish()
}

/// Turns to the next term of a walk.
fn advance(walk: &mut (Walk<'_>, Option<DocList>)) -> io::Result<Option<u64>> {
    let next = walk.0.next().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let (term, list) = next.unzip();
    walk.1 = list;
    Ok(term)
}
