//! The same events in days with many small segments, and in a store that scans.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future as _;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use steplog_model::event::{Event, EventBatch, StoredEvent};
use steplog_model::ids::{EventId, Seq, Tenant, TermHasher};
use steplog_model::store::{Budget, EventStore as _, StoreError};
use steplog_model::testing::arbitrary;
use steplog_model::testing::scan_store::ScanStore;
use steplog_model::time::UtcDay;
use tantivy::directory::RamDirectory;

use crate::index::{DayIndex, SegmentBuilder};
use crate::pace::Pace;
use crate::search::{Day, Records};

pub(super) fn budget() -> Budget {
    Budget::new(Duration::from_secs(60))
}

/// Records in memory.
#[derive(Default)]
pub(super) struct Kept(Mutex<BTreeMap<Seq, StoredEvent>>);

impl Records for Kept {
    fn read_within(&self, seqs: &[Seq], bytes: usize) -> Result<(Vec<StoredEvent>, usize), StoreError> {
        let kept = self.0.lock().unwrap();
        let mut held = 0;
        let fits = seqs.iter().enumerate().take_while(|(place, seq)| {
            held += kept.get(seq).map_or(0, |stored| stored.event.whole_bytes());
            *place == 0 || held <= bytes
        });
        let taken = fits.count();
        Ok((seqs[..taken].iter().filter_map(|seq| kept.get(seq).cloned()).collect(), taken))
    }
}

struct OneDay {
    directory: RamDirectory,
    index: DayIndex,
    builder: Option<SegmentBuilder>,
    records: Arc<Kept>,
}

/// What is searched, and the scan to compare with.
pub(super) trait Searched {
    fn days(&self) -> Vec<Day>;
    fn scan(&self) -> &ScanStore;
    fn events(&self) -> &[StoredEvent];
}

/// Days without a store around them.
#[derive(Default)]
pub(super) struct World {
    days: BTreeMap<UtcDay, OneDay>,
    /// Of all indexes, in place of their own.
    pub(super) hasher: Option<TermHasher>,
    pub(super) scan: ScanStore,
    pub(super) events: Vec<StoredEvent>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stored in &self.events {
            let Event { id, time, cells, record, origin, .. } = &stored.event;
            let cells: Vec<_> = cells.iter().map(|cell| (cell.column, &*cell.value)).collect();
            writeln!(f, "{} {id} {time} {cells:?} {record:?} {:?}", stored.seq, origin.resource)?;
        }
        for (day, OneDay { index, .. }) in &self.days {
            let sizes: Vec<u32> = index.snapshot().segments.iter().map(|view| view.side.num_docs).collect();
            writeln!(f, "{day}: segments of {sizes:?}")?;
        }
        Ok(())
    }
}

impl World {
    /// Adds an event to its day's builder; searchable after [`commit`](Self::commit).
    pub(super) fn add(&mut self, event: Event) {
        let seq = self.events.len() as u64 + 1;
        let stored = StoredEvent { seq, event };
        let batch = EventBatch { tenant: Tenant::default(), events: vec![stored.event.clone()] };
        let ingest = pin!(self.scan.ingest(batch)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(ingest, Poll::Ready(Ok(done)) if done.stored == 1));
        let day = self.days.entry(stored.event.time.day()).or_insert_with(|| {
            let directory = RamDirectory::create();
            let mut index = DayIndex::open(Box::new(directory.clone()), &cache()).unwrap();
            if let Some(hasher) = self.hasher {
                index = index.with_hasher(hasher);
            }
            OneDay { directory, index, builder: None, records: Arc::default() }
        });
        let builder = day.builder.get_or_insert_with(|| day.index.builder().unwrap());
        builder.add(&stored).unwrap();
        day.records.0.lock().unwrap().insert(seq, stored.clone());
        self.events.push(stored);
    }

    /// Opens every index again.
    pub(super) fn reopen(&mut self) {
        for day in self.days.values_mut() {
            day.index = DayIndex::open(Box::new(day.directory.clone()), &cache()).unwrap();
        }
    }

    /// Commits every builder and merges what is due.
    pub(super) fn commit(&mut self, merge: bool) {
        let checkpoint = self.events.len() as u64;
        for day in self.days.values_mut() {
            if let Some(builder) = day.builder.take() {
                day.index.commit(builder, checkpoint).unwrap();
            }
            while merge && day.index.merge_due() {
                day.index.merge(&Pace::full()).unwrap();
            }
        }
    }

    pub(super) fn days(&self) -> Vec<Day> {
        let day = |(day, one): (&UtcDay, &OneDay)| Day {
            day: *day,
            snapshot: one.index.snapshot(),
            records: one.records.clone(),
        };
        self.days.iter().map(day).collect()
    }
}

impl Searched for World {
    fn days(&self) -> Vec<Day> {
        self.days()
    }

    fn scan(&self) -> &ScanStore {
        &self.scan
    }

    fn events(&self) -> &[StoredEvent] {
        &self.events
    }
}

/// The world of these events, with `per_commit` in each commit.
pub(super) fn build(events: Vec<Event>, per_commit: usize, merge: bool) -> World {
    let mut world = World::default();
    let mut ids: Vec<EventId> = Vec::new();
    for (number, mut event) in (1..).zip(events) {
        // Shrunk ids are small: look for one that is free.
        while ids.contains(&event.id) {
            event.id = EventId(event.id.0.wrapping_add(number));
        }
        ids.push(event.id);
        world.add(event);
        if (number as usize).is_multiple_of(per_commit) {
            world.commit(merge);
        }
    }
    world.commit(merge);
    world
}

/// Up to 90 events in commits of some, merged or not.
pub(super) fn world() -> impl Strategy<Value = World> {
    (vec(arbitrary::event(), 0..90), 1_usize..20, any::<bool>())
        .prop_map(|(events, per_commit, merge)| build(events, per_commit, merge))
}

/// So small that not all is kept.
fn cache() -> Arc<crate::index::IndexCache> {
    Arc::new(crate::index::IndexCache::new(8 << 10))
}
