//! Segments that are being written, or are written and not committed yet.

use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;

type SegmentList = Arc<Mutex<Vec<SegmentId>>>;

/// All such segments of one index.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlightSegments(SegmentList);

/// One of them, for as long as this lives.
#[derive(Debug)]
pub(super) struct InFlight {
    id: SegmentId,
    all: SegmentList,
}

impl InFlightSegments {
    pub(super) fn begin(&self, id: SegmentId) -> InFlight {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        InFlight { id, all: Arc::clone(&self.0) }
    }

    pub(super) fn ids(&self) -> Vec<SegmentId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl InFlight {
    pub(super) const fn id(&self) -> SegmentId {
        self.id
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).retain(|id| *id != self.id);
    }
}
