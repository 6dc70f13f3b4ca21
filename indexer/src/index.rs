//! The search index of one day of one tenant: Tantivy segments with side files, in a directory.
//!
//! It is disposable: everything in it follows from the day's records. Where it is damaged or of another format, opening
//! it fails, and its owner rebuilds it.
//!
//! Tantivy's `IndexWriter` is not used: it keeps threads for each index, and a commit of it waits
//! for all of them. Segments are built and merged in the caller's thread, and a commit replaces
//! Tantivy's meta file, which names the segments and carries the checkpoint. So an idle index costs
//! no thread, filling a segment never waits for a commit, and a commit never for a merge.

mod builder;
mod cache;
mod checked;
mod columns;
mod directory;
mod document;
mod error;
mod exact;
mod filter;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod in_flight;
mod merge;
mod merge_target;
mod meta;
mod schema;
mod segment;
mod side;
mod snapshot;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use steplog_model::ids::{Seq, TermHasher};
use tantivy::Index;
use tantivy::index::{Segment, SegmentId};

pub(crate) use builder::SegmentBuilder;
pub(crate) use cache::IndexCache;
pub(crate) use error::{IndexError, IndexOpenError, guarded};
pub(crate) use exact::{DocCursor, DocList, ExactValue};
pub(crate) use schema::{
    FACET, SHAPES, TEXT, beginning_start, ending_start, facet_place, facet_term, shape_has,
};
pub(crate) use segment::SegmentView;
pub(crate) use side::{ABSENT, BLOCK_DOCS};
pub(crate) use snapshot::DaySnapshot;

use builder::Finished;
use directory::SegmentDirectory;
use in_flight::{InFlight, InFlightSegments};
use meta::{Committed, Opened};

use crate::workers::side_by_side;

/// The index of one day. All of it may be used from many threads.
pub(crate) struct DayIndex {
    index: Index,
    /// Of exact terms.
    hasher: TermHasher,
    directory: SegmentDirectory,
    in_flight: InFlightSegments,
    /// Held while the meta file is replaced, which takes syncs. Readers use the snapshot.
    committed: Mutex<Committed>,
    /// Held while a merge runs.
    merging: Mutex<()>,
    snapshot: ArcSwap<DaySnapshot>,
}

impl DayIndex {
    /// Opens the index in a directory, or creates it in an empty one.
    ///
    /// Damage to files that every question needs is noticed here: the meta file, side files, and lengths and ends of
    /// all others. Of the rest, what is read is checked then; [`verify`](Self::verify) reads it all.
    pub(crate) fn open(
        directory: Box<dyn tantivy::Directory>,
        cache: &Arc<IndexCache>,
    ) -> Result<Self, IndexOpenError> {
        guarded(|| Self::open_unguarded(directory, cache), IndexOpenError::Damaged)
    }

    fn open_unguarded(
        directory: Box<dyn tantivy::Directory>,
        cache: &Arc<IndexCache>,
    ) -> Result<Self, IndexOpenError> {
        let directory = SegmentDirectory::new(directory, cache)?;
        let Opened { index, segments, checkpoint, key } = meta::open_or_create(&directory)?;
        let hasher = key.hasher();
        let open = |segment: Segment| SegmentView::open(segment, &directory, hasher).map(Arc::new);
        let segments = segments.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let committed = Committed { segments, checkpoint, key };
        if !committed.is_in_order() {
            return Err(IndexOpenError::Damaged("segments overlap".to_owned()));
        }
        if let Some(view) = committed.segments.iter().find(|view| !directory.knows(view.segment.id())) {
            let id = view.segment.id().uuid_string();
            return Err(IndexOpenError::Damaged(format!("the journal of segments lacks {id}")));
        }
        let snapshot = ArcSwap::from_pointee(DaySnapshot::of(&committed));
        let index = Self {
            index,
            hasher,
            directory,
            in_flight: InFlightSegments::default(),
            committed: Mutex::new(committed),
            merging: Mutex::new(()),
            snapshot,
        };
        // On a full disk the files stay until the next start. The index can answer nevertheless.
        match index.remove_unused() {
            Err(IndexOpenError::Io(reason) | IndexOpenError::NoRoom(reason)) => {
                tracing::warn!(reason, "cannot remove files that are not in use")
            }
            other => other?,
        }
        Ok(index)
    }

    /// The same, still empty, with a hasher under which many values share a term.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn with_hasher(self, hasher: TermHasher) -> Self {
        Self { hasher, ..self }
    }

    /// The checkpoint of the [snapshot](Self::snapshot) as it is now.
    pub(crate) fn checkpoint(&self) -> Seq {
        self.snapshot.load().checkpoint
    }

    /// What questions read. It does not change while it is held. The call never waits for a commit.
    pub(crate) fn snapshot(&self) -> Arc<DaySnapshot> {
        self.snapshot.load_full()
    }

    /// An empty segment to fill.
    pub(crate) fn builder(&self) -> Result<SegmentBuilder, IndexError> {
        let in_flight = self.directory.begin(&self.in_flight)?;
        let segment = self.index.segment(self.index.new_segment_meta(in_flight.id(), 0));
        SegmentBuilder::new(segment, self.hasher, in_flight)
    }

    /// Writes the segment and makes its events searchable. `checkpoint` is the highest arrival
    /// number that is now committed, whether or not its event is of this day; it never falls.
    ///
    /// After an error the events are to be added to another builder.
    pub(crate) fn commit(&self, builder: SegmentBuilder, checkpoint: Seq) -> Result<(), IndexError> {
        self.commit_all(vec![builder], checkpoint)
    }

    /// Like [`commit`](Self::commit), for segments that follow each other: all of them or none.
    pub(crate) fn commit_all(
        &self,
        builders: Vec<SegmentBuilder>,
        checkpoint: Seq,
    ) -> Result<(), IndexError> {
        guarded(|| self.commit_unguarded(builders, checkpoint), IndexError::Io)
            .map_err(IndexError::in_writing)
    }

    fn commit_unguarded(&self, builders: Vec<SegmentBuilder>, checkpoint: Seq) -> Result<(), IndexError> {
        let written = side_by_side(builders, |builder| self.write_segment(builder));
        let written: Result<Vec<_>, _> = written.into_iter().filter_map(Result::transpose).collect();
        let written = written.inspect_err(|_| {
            // Incomplete segments must not fill the disk. What cannot be removed now is removed later.
            let _ = self.remove_unused();
        })?;
        // Held until the segments are committed, so that nobody removes their files.
        let (views, _in_flight): (Vec<_>, Vec<InFlight>) = written.into_iter().unzip();
        self.publish(checkpoint, |segments| {
            for view in views {
                let last_seq = segments.last().map_or(0, |last| last.side.last_seq);
                if view.side.first_seq() <= last_seq {
                    return Err(IndexError::OutOfOrder { seq: view.side.first_seq(), after: last_seq });
                }
                segments.push(view);
            }
            Ok(())
        })
    }

    fn write_segment(
        &self,
        builder: SegmentBuilder,
    ) -> Result<Option<(Arc<SegmentView>, InFlight)>, IndexError> {
        let Some(Finished { segment, in_flight }) = builder.finish()? else { return Ok(None) };
        let view = Arc::new(SegmentView::create(segment, &self.directory, self.hasher)?);
        Ok(Some((view, in_flight)))
    }

    /// Changes the list of segments: on disk first, then for later questions.
    fn publish(
        &self,
        checkpoint: Seq,
        change: impl FnOnce(&mut Vec<Arc<SegmentView>>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut committed = self.committed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Committed { segments: committed.segments.clone(), ..*committed };
        next.checkpoint = next.checkpoint.max(checkpoint);
        change(&mut next.segments)?;
        meta::write(&next, &self.directory)?;
        *committed = next;
        self.snapshot.store(Arc::new(DaySnapshot::of(&committed)));
        Ok(())
    }

    /// Removes the files of segments that are neither committed nor in flight. Snapshots that read them keep them open.
    fn remove_unused(&self) -> Result<(), IndexOpenError> {
        // Tantivy keeps a list of all files that were made; without this it would only ever grow.
        let files = || {
            let extensions = || directory::EXTENSIONS.into_iter().chain([directory::SIDE_EXTENSION]);
            let files = |id: SegmentId| extensions().map(move |e| directory::file_name(id, e));
            self.living().into_iter().flat_map(files).chain([meta::FILE.into()]).collect()
        };
        self.index.clone().directory_mut().garbage_collect(files)?;
        Ok(self.directory.keep_only(|| self.living())?)
    }

    /// The segments whose files are in use.
    fn living(&self) -> Vec<SegmentId> {
        self.living_with(|| ())
    }

    /// Calls `meanwhile` between the two lists that it reads, where another thread may commit.
    fn living_with(&self, meanwhile: impl FnOnce()) -> Vec<SegmentId> {
        // A segment leaves the list of those in flight only once it is committed or given up. So this order misses
        // none.
        let mut living = self.in_flight.ids();
        meanwhile();
        let committed = self.committed.lock().unwrap_or_else(PoisonError::into_inner);
        living.extend(committed.segments.iter().map(|view| view.segment.id()));
        living
    }

    /// Checks every byte of the index against its checksums; says what is damaged. Reads all files.
    pub(crate) fn verify(&self) -> Result<(), IndexOpenError> {
        let snapshot = self.snapshot();
        let verify = |view: &Arc<SegmentView>| {
            let found = guarded(|| view.verify(&self.directory), IndexOpenError::Damaged);
            // A merge that ended meanwhile removed the files.
            if found.is_err() && !self.is_committed(view) { Ok(()) } else { found }
        };
        snapshot.segments.iter().try_for_each(verify)
    }

    fn is_committed(&self, view: &Arc<SegmentView>) -> bool {
        self.snapshot().segments.iter().any(|committed| Arc::ptr_eq(committed, view))
    }
}
