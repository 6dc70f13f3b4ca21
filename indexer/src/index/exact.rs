//! The exact terms of a segment and the events that have them, in a file of our own.
//!
//! An event has some 25 exact values: its id, its identifiers, all its attributes and columns. Tantivy keeps a term as
//! text, in a hash table while a segment is filled and in a dictionary after that; what is only a number need not be
//! either. Here terms are appended to a list, sorted once when the segment is written, and packed.
//!
//! Many values stand in an event in several **roles**: a person as a column and as an attribute, an interaction as an
//! identifier, too. Such a value has one term for all of them (`terms`), with the number of its **set** of roles. A
//! segment has some dozens of sets, and a value has mostly the same one in all its events. So a unique id costs one
//! term instead of three. The roles of an event's own id are stored with the term of the id.
//!
//! ```text
//! block      of up to 64 terms, in rising order; the same term comes again for each set of roles that it has:
//!              u8 bits of a difference, u8 bits of a set, u8 bits of an entry
//!              differences to the term before (the first term stands in the table), packed
//!              the number of a set each, packed: 0 for none, others count from 1
//!              an entry each, packed: document * 2, or place in the lists * 2 + 1
//!              the lists of documents of those terms that have several (see `list`)
//! table      for each block: its first term, where it starts; u64 each, little-endian
//! top        the first term of every 256th block; u64 each
//! sets       for each set: u32 how many roles, u64 each of them
//! end        the number of terms, where the table starts, the bytes of the sets; u64 each
//! ```
//!
//! Looking up a term reads one stretch of the table and one block, seldom two.

mod build;
mod list;
mod merge;
mod read;
mod sets;
mod terms;
#[cfg(test)]
mod tests;
mod write;

use std::io;

use steplog_model::ids::{EventId, TermHasher};

pub(super) use build::ExactBuilder;
pub(crate) use list::{DocCursor, DocList};
pub(super) use merge::merge;
pub(crate) use read::ExactTerms;
pub(super) use terms::EventTerms;
pub(crate) use terms::ExactValue;

/// Terms per block.
const BLOCK_TERMS: usize = if cfg!(test) { 4 } else { 64 };
/// Blocks per entry of the top.
const TOP_BLOCKS: usize = if cfg!(test) { 3 } else { 256 };

/// The bits of a term.
const TERM_BITS: u32 = 50;
/// The first term that stands for an id. Ids come after all other terms, so that they can be iterated alone.
const FIRST_ID: u64 = 1 << (TERM_BITS - 1);
/// The first of the terms that stand for values in several roles.
const FIRST_SHARED: u64 = 1 << (TERM_BITS - 2);

/// A hash that stands for an exact value of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExactTerm(u64);

impl ExactTerm {
    /// The term of a [`TermHasher::term`]: its highest 48 bits. With 100 million different values in a
    /// store, one look-up in three million finds what has another value; hits are compared with their records, counts
    /// are not.
    const fn of_hash(hash: u64) -> Self {
        Self(hash >> (u64::BITS - TERM_BITS + 2))
    }

    /// The term of a [`TermHasher::value`] for all roles.
    const fn of_value(hash: u64) -> Self {
        Self(FIRST_SHARED | hash >> (u64::BITS - TERM_BITS + 2))
    }

    /// The term of an event's id. Others may share it.
    fn of_id(hasher: &TermHasher, id: EventId) -> Self {
        Self(FIRST_ID | hasher.id(id) >> (u64::BITS - TERM_BITS + 1))
    }

    /// The number itself.
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }
}

/// The bytes of a file of exact terms make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exact terms are not what was written")]
pub(crate) struct NotExact;

impl From<NotExact> for io::Error {
    fn from(error: NotExact) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// Spreads numbers evenly that may count up.
pub(super) const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

fn put_u64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}
