//! A segment being filled, in memory.

use std::sync::Arc;

use steplog_model::content::OriginTerms;
use steplog_model::event::{Origin, StoredEvent};
use steplog_model::ids::{Seq, TermHasher};
use tantivy::directory::TerminatingWrite as _;
use tantivy::index::Segment;
use tantivy::indexer::{AddOperation, SegmentWriter};

use super::directory::EXACT_EXTENSION;
use super::document::{Content, EventDocument};
use super::error::IndexError;
use super::exact::ExactBuilder;
use super::in_flight::InFlight;
use super::segment::open_own;

/// Tantivy derives the first size of its hash table from this; the table grows by itself.
const FIRST_BYTES: usize = 4 << 20;

/// Collects events, in the order of their seqs, until it is committed. If it is dropped, it leaves no file.
pub(crate) struct SegmentBuilder {
    writer: SegmentWriter,
    segment: Segment,
    content: Arc<Content>,
    exact: ExactBuilder,
    /// The terms of the last event's origin: events of one request share one.
    origin: Option<(Arc<Origin>, OriginTerms)>,
    last_seq: Seq,
    in_flight: InFlight,
}

/// A segment that is written.
pub(super) struct Finished {
    pub(super) segment: Segment,
    /// Prevents the removal of its files until it is committed.
    pub(super) in_flight: InFlight,
}

impl SegmentBuilder {
    pub(super) fn new(segment: Segment, hasher: TermHasher, in_flight: InFlight) -> Result<Self, IndexError> {
        let writer = SegmentWriter::for_segment(FIRST_BYTES, segment.clone())?;
        let content = Arc::new(Content::new(hasher));
        let exact = ExactBuilder::default();
        Ok(Self { writer, segment, content, exact, origin: None, last_seq: 0, in_flight })
    }

    /// Adds an event that arrived after all that were added before.
    pub(crate) fn add(&mut self, stored: &StoredEvent) -> Result<(), IndexError> {
        if stored.seq <= self.last_seq {
            return Err(IndexError::OutOfOrder { seq: stored.seq, after: self.last_seq });
        }
        let origin = &stored.event.origin;
        if !self.origin.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, origin)) {
            let terms = OriginTerms::new(origin, self.content.terms().hasher());
            self.origin = Some((Arc::clone(origin), terms));
        }
        let terms = self.origin.as_ref().map(|(_, terms)| terms);
        // Tantivy dropped its handle on the content after the event before.
        let content = Arc::get_mut(&mut self.content);
        let (Some(content), Some(terms)) = (content, terms) else {
            return Err(IndexError::Damaged("the buffers of the event before are still held".to_owned()));
        };
        content.fill(stored, terms);
        self.exact.add(content.terms());
        let document = EventDocument(Arc::clone(&self.content));
        self.writer.add_document(AddOperation { opstamp: stored.seq, document })?;
        self.last_seq = stored.seq;
        Ok(())
    }

    /// How many events were added.
    pub(crate) fn num_events(&self) -> u32 {
        self.writer.max_doc()
    }

    /// About how much memory they take.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.writer.mem_usage() + self.exact.memory_bytes()
    }

    /// Writes the segment's files; `None` where no event was added.
    pub(super) fn finish(self) -> Result<Option<Finished>, IndexError> {
        let num_events = self.num_events();
        if num_events == 0 {
            return Ok(None);
        }
        self.writer.finalize()?;
        let mut segment = self.segment.with_max_doc(num_events);
        let file = open_own(&mut segment, EXACT_EXTENSION)?;
        self.exact.write(file)?.terminate()?;
        Ok(Some(Finished { segment, in_flight: self.in_flight }))
    }
}
