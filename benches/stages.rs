//! What each stage of the data's way costs, and the least that it could cost: the same bytes copied, checksummed,
//! synced. `cargo bench --bench stages` measures; `cargo test --bench stages` runs each once.

use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use steplog_exporter::decode::decode_protobuf;
use steplog_exporter::map::{Mapped, Mapping};
use steplog_indexer::stages::{Append, Index};
use steplog_indexer::{EmbeddedStore, RealDisk, StoreSettings};
use steplog_load::generate::stream::{Plan, Stream, Times};
use steplog_model::column::Column;
use steplog_model::event::{Event, EventBatch, StoredEvent};
use steplog_model::ids::Tenant;
use steplog_model::limits;
use steplog_model::query::{
    Filter, HotspotsRequest, Order, PageRequest, Period, Position, Query, Start, Target,
};
use steplog_model::store::{Budget, EventStore as _};
use steplog_model::time::UnixNanos;

/// 2026-11-23T12:00:00Z.
const NOON: UnixNanos = UnixNanos(1_795_435_200_000_000_000);
/// Events of one request, and of one group of the writer.
const EVENTS: usize = 500;
/// Requests of the store whose pages are walked.
const REQUESTS: usize = 40;
/// Events of a page.
const LIMIT: usize = 100;

/// One request of realistic events.
static REQUEST: LazyLock<Bytes> = LazyLock::new(|| stream(EVENTS).batch(EVENTS, NOON).request);
/// Its events.
static MAPPED: LazyLock<Vec<Event>> = LazyLock::new(|| mapped(&REQUEST));

fn main() {
    divan::main();
}

fn stream(events: usize) -> Stream {
    let from = NOON.saturating_add(-3_600_000_000_000);
    let times = Times::Spread { from, to: NOON, events: events as u64 };
    Stream::new(Plan { seed: 1, persons: 1_000, times, uids: false })
}

fn mapped(request: &Bytes) -> Vec<Event> {
    let decoded = decode_protobuf(request.clone()).expect("the generator makes requests that can be read");
    let mapping = Mapping::built_in();
    let mut mapper = mapping.mapper(NOON);
    let event = |record| match mapper.map(record) {
        Mapped::Event(event) => Some(event),
        Mapped::Filtered(_) => None,
    };
    decoded.records.into_iter().filter_map(event).collect()
}

fn numbered(events: &[Event], first: u64) -> Vec<StoredEvent> {
    (first..).zip(events).map(|(seq, event)| StoredEvent { seq, event: event.clone() }).collect()
}

/// About the bytes that these events have in memory.
fn size(events: &[Event]) -> usize {
    events.iter().map(Event::size_bytes).sum()
}

/// The least that touching the bytes of a request costs.
#[divan::bench_group]
mod floor {
    use super::*;

    #[divan::bench]
    fn copy(bencher: Bencher) {
        let (from, mut to) = (&*REQUEST, vec![0_u8; REQUEST.len()]);
        bencher.counter(BytesCount::new(from.len())).counter(ItemsCount::new(EVENTS)).bench_local(|| {
            to.copy_from_slice(black_box(from));
            black_box(to.last().copied())
        });
    }

    #[divan::bench]
    fn crc32c_of_the_same(bencher: Bencher) {
        let bytes = &*REQUEST;
        bencher
            .counter(BytesCount::new(bytes.len()))
            .counter(ItemsCount::new(EVENTS))
            .bench(|| crc32c::crc32c(black_box(bytes)));
    }

    /// About what the record log keeps of a request.
    #[divan::bench]
    fn fdatasync_of_a_group(bencher: Bencher) {
        let mut file = tempfile::tempfile().expect("a file can be made");
        let group = vec![0x5a_u8; size(&MAPPED) / 5];
        bencher.counter(BytesCount::new(group.len())).counter(ItemsCount::new(EVENTS)).bench_local(|| {
            file.write_all(&group).expect("the disk takes it");
            file.sync_data().expect("the disk takes it");
        });
    }
}

#[divan::bench]
fn decode(bencher: Bencher) {
    let request = &*REQUEST;
    bencher
        .counter(BytesCount::new(request.len()))
        .counter(ItemsCount::new(EVENTS))
        .bench(|| decode_protobuf(black_box(request.clone())));
}

#[divan::bench]
fn map(bencher: Bencher) {
    let records = decode_protobuf(REQUEST.clone()).expect("the request can be read").records;
    let mapping = Mapping::built_in();
    bencher
        .counter(BytesCount::new(REQUEST.len()))
        .counter(ItemsCount::new(EVENTS))
        .with_inputs(|| records.clone())
        .bench_values(|records| {
            let mut mapper = mapping.mapper(NOON);
            records.into_iter().map(|record| mapper.map(record)).collect::<Vec<_>>()
        });
}

/// Frames, compressed and written, not synced.
#[divan::bench]
fn append(bencher: Bencher) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let mut log = Append::new(directory.path()).expect("a log can be begun");
    let mut next = 1;
    bencher
        .counter(BytesCount::new(size(&MAPPED)))
        .counter(ItemsCount::new(EVENTS))
        .with_inputs(|| {
            let stored = numbered(&MAPPED, next);
            next += stored.len() as u64;
            stored
        })
        .bench_local_values(|stored| log.append(&stored).expect("the disk takes it"));
}

#[divan::bench_group]
mod index {
    use super::*;

    /// Events into a segment in memory.
    #[divan::bench]
    fn fill(bencher: Bencher) {
        let stored = numbered(&MAPPED, 1);
        bencher
            .counter(BytesCount::new(size(&MAPPED)))
            .counter(ItemsCount::new(EVENTS))
            .with_inputs(|| Index::new().and_then(|index| index.segment()).expect("memory takes it"))
            .bench_local_refs(|segment| segment.add(&stored).expect("the events are in order"));
    }

    /// The same, and the segment made searchable.
    #[divan::bench]
    fn fill_and_commit(bencher: Bencher) {
        let stored = numbered(&MAPPED, 1);
        bencher
            .counter(BytesCount::new(size(&MAPPED)))
            .counter(ItemsCount::new(EVENTS))
            .with_inputs(|| Index::new().expect("memory takes it"))
            .bench_local_values(|index| {
                let mut segment = index.segment().expect("memory takes it");
                segment.add(&stored).expect("the events are in order");
                index.commit(segment).expect("memory takes it");
            });
    }
}

/// Questions to a store of [`REQUESTS`] requests, warm.
#[divan::bench_group]
mod walk {
    use super::*;

    struct Store {
        store: EmbeddedStore,
        _directory: tempfile::TempDir,
    }

    static STORE: LazyLock<Store> = LazyLock::new(|| {
        let directory = tempfile::tempdir().expect("a directory can be made");
        Store { store: filled(directory.path()), _directory: directory }
    });

    fn filled(directory: &Path) -> EmbeddedStore {
        let settings = StoreSettings { store_retention_days: 0, ..StoreSettings::at(directory) };
        let store = EmbeddedStore::open(settings, Arc::new(RealDisk)).expect("a store can be made");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made");
        let mut stream = stream(REQUESTS * EVENTS);
        for _ in 0..REQUESTS {
            let events = mapped(&stream.batch(EVENTS, NOON).request);
            let batch = EventBatch { tenant: Tenant::default(), events };
            runtime.block_on(store.ingest(batch)).expect("the store takes events");
        }
        assert!(store.wait_until_searchable(Duration::from_secs(60)), "events do not become searchable");
        store
    }

    fn budget() -> Budget {
        Budget::new(Duration::from_secs(60))
    }

    fn all() -> Query {
        Query::all(Tenant::default(), Period::ALL)
    }

    fn newest() -> PageRequest {
        let bytes = limits::MAX_PAGE_BYTES;
        PageRequest { query: all(), order: Order::NewestFirst, start: Start::First, limit: LIMIT, bytes }
    }

    fn last_of_newest() -> StoredEvent {
        let page = STORE.store.page(&newest(), &budget()).expect("the store answers");
        page.events.last().expect("there are events").clone()
    }

    fn ask(bencher: Bencher, request: &PageRequest) {
        let page = STORE.store.page(request, &budget()).expect("the store answers");
        assert!(!page.events.is_empty(), "nothing is found");
        bencher
            .counter(ItemsCount::new(page.events.len()))
            .counter(BytesCount::new(
                page.events.iter().map(|stored| stored.event.size_bytes()).sum::<usize>(),
            ))
            .bench(|| STORE.store.page(request, &budget()));
    }

    #[divan::bench]
    fn newest_page(bencher: Bencher) {
        ask(bencher, &newest());
    }

    #[divan::bench]
    fn page_after_a_place(bencher: Bencher) {
        let start = Start::After(Position::from(&last_of_newest()));
        ask(bencher, &PageRequest { start, ..newest() });
    }

    #[divan::bench]
    fn page_of_a_person(bencher: Bencher) {
        let last = last_of_newest();
        let person = last.event.value(Column::Person).expect("the generator names persons");
        let target = Target::Column(Column::Person);
        let filter = Filter { any_of: vec![person.to_owned()], ..Filter::on(target) };
        ask(bencher, &PageRequest { query: Query { filters: vec![filter], ..all() }, ..newest() });
    }

    /// All events of the store in groups.
    #[divan::bench(args = [false, true])]
    fn hot_spots(bencher: Bencher, elements: bool) {
        let request = HotspotsRequest { query: all(), elements };
        // Filled before anything is measured.
        let store = &STORE.store;
        bencher.counter(ItemsCount::new(REQUESTS * EVENTS)).bench(|| store.hotspots(&request, &budget()));
    }
}
