//! A plan in one segment, looked up.

use std::sync::Arc;

use tantivy::postings::TermInfo;
use tantivy::schema::Field;

use super::bits::Bits;
use crate::index::DocList;

/// Logic over the postings of one segment.
#[derive(Clone)]
pub(super) enum Node {
    All,
    Nothing,
    Postings(Field, TermInfo),
    Docs(DocList),
    Phrase(Vec<TermInfo>),
    Bits(Arc<Bits>),
    /// All of the first, none of the second.
    And(Vec<Node>, Vec<Node>),
    Or(Vec<Node>),
}

impl Node {
    /// An upper bound of the number of matching events.
    pub(super) fn at_most(&self, num_docs: u32) -> u32 {
        match self {
            Self::All => num_docs,
            Self::Nothing => 0,
            Self::Postings(_, info) => info.doc_freq,
            Self::Docs(docs) => docs.len(),
            Self::Phrase(infos) => infos.iter().map(|info| info.doc_freq).min().unwrap_or(0),
            Self::Bits(bits) => bits.len(),
            Self::And(parts, _) => parts.iter().map(|part| part.at_most(num_docs)).min().unwrap_or(num_docs),
            Self::Or(parts) => {
                parts.iter().fold(0_u32, |sum, part| sum.saturating_add(part.at_most(num_docs))).min(num_docs)
            }
        }
    }
}
