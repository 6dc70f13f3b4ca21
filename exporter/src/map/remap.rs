//! Maps stored events again.

use std::sync::Arc;

use steplog_model::content;
use steplog_model::event::{Event, Flags, Origin};
use steplog_model::record::LogRecordRef;

use super::source::Compiled;
use super::walk::{self, OriginHit};
use super::{Mapping, fill, traces};
use crate::decode::HashedOrigin;

impl Mapping {
    /// Fills the columns of stored events again.
    #[must_use]
    pub fn remapper(&self) -> Remapper {
        let mut compiled = (*self.compiled).clone();
        // What is stored stays: a mapping never takes an event away.
        compiled.filter.keeps_all = true;
        Remapper { compiled, origin: None, order: Vec::new() }
    }
}

/// Fills the columns of stored events again, one after the other.
#[derive(Debug)]
pub struct Remapper {
    compiled: Compiled,
    /// The last origin and what it is good for: neighbours share theirs.
    origin: Option<(Arc<Origin>, Vec<OriginHit>)>,
    order: Vec<u64>,
}

impl Remapper {
    /// Fills the columns and the duration of an event as if its record came now. Identity, times and content stay.
    pub fn remap(&mut self, event: &mut Event) {
        let kept = self.origin.take().filter(|(origin, _)| Arc::ptr_eq(origin, &event.origin));
        let (origin, hits) = kept.unwrap_or_else(|| {
            let origin = Arc::clone(&event.origin);
            let hashed = HashedOrigin { origin: Arc::clone(&origin), hash: [0; 32], flags: event.flags };
            let hits = walk::walk_origin(&self.compiled, &hashed);
            (origin, hits)
        });
        let view = LogRecordRef::new(&event.record);
        let found = walk::walk_record(&self.compiled, &view, event.flags, &hits);
        // It leaves nothing out.
        if let Ok(columns) = fill::fill(&self.compiled, &found, &event.record, &mut self.order) {
            event.flags = event.flags.without(Flags::VALUE_TRUNCATED).without(Flags::INDEX_TRUNCATED);
            if columns.truncated {
                event.flags.insert(Flags::VALUE_TRUNCATED);
            }
            event.duration_nanos = found.duration_nanos;
            let before = std::mem::replace(&mut event.cells, columns.cells);
            traces::keep_shared(&before, event);
        }
        if content::exceeds_index(event) {
            event.flags.insert(Flags::INDEX_TRUNCATED);
        }
        self.origin = Some((origin, hits));
    }
}
