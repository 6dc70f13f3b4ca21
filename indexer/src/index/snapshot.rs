//! What questions see of a day: its segments as of one commit or merge.

use std::sync::Arc;

use steplog_model::ids::{EventId, Seq};
use tantivy::TERMINATED;

use super::error::{IndexError, guarded};
use super::exact::DocCursor;
use super::meta::Committed;
use super::segment::SegmentView;

/// The content of a day's index as of one commit, with its checkpoint. The two are swapped together, so they are always
/// of the same commit.
pub(crate) struct DaySnapshot {
    /// In the order of arrival.
    pub(crate) segments: Vec<Arc<SegmentView>>,
    /// The highest arrival number whose events are committed; 0 when nothing is.
    pub(crate) checkpoint: Seq,
}

impl DaySnapshot {
    pub(super) fn of(committed: &Committed) -> Self {
        Self { segments: committed.segments.clone(), checkpoint: committed.checkpoint }
    }

    /// The bytes of the committed segments' files.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().flat_map(|view| &view.side.files).map(|file| file.len).sum()
    }

    /// How many events are searchable.
    pub(crate) fn num_events(&self) -> u64 {
        self.segments.iter().map(|view| u64::from(view.side.num_docs)).sum()
    }

    /// The seqs of events that may have this id, nearly always one or none. The caller compares with the record.
    pub(crate) fn find_id(&self, id: EventId) -> Result<Vec<Seq>, IndexError> {
        guarded(|| self.find_id_unguarded(id), IndexError::Damaged)
    }

    fn find_id_unguarded(&self, id: EventId) -> Result<Vec<Seq>, IndexError> {
        let mut found = Vec::new();
        let may_hold = |view: &&Arc<SegmentView>| view.side.filter.may_hold(view.exact.term_of_id(id).bits());
        for view in self.segments.iter().filter(may_hold) {
            let lists = view.exact.find_id(id)?;
            let seqs = if lists.is_empty() { continue } else { view.columns.seq()? };
            for docs in lists {
                let mut cursor = DocCursor::new(&docs);
                let mut doc = cursor.seek(0);
                while doc < TERMINATED {
                    found.push(seqs.get_val(doc));
                    doc = cursor.seek(doc + 1);
                }
            }
        }
        Ok(found)
    }
}
