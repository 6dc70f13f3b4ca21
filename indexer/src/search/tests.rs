//! Answers compared with those of a scan over the same events.

mod compacted;
mod extremes;
mod harness;
mod lifecycle;
mod logic;
mod paging;
mod prefixes;
mod values;

use proptest::prelude::*;
use proptest::sample::select;
use steplog_model::column::Column;
use steplog_model::limits::MAX_PAGE_BYTES;
use steplog_model::query::{
    FacetRequest, HistogramRequest, HotspotsRequest, Order, PageRequest, Position, Query, Start,
};
use steplog_model::store::EventStore as _;
use steplog_model::testing::arbitrary::{self, FIRST};
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use super::{count, facets, histogram, hotspots, page};
use harness::{Searched, budget, world};

/// Worlds are made of few, large inputs: shrinking them needs more steps than proptest takes by itself.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_iters: 5_000, failure_persistence: None, ..ProptestConfig::default() }
}

fn order() -> impl Strategy<Value = Order> {
    select(&[Order::NewestFirst, Order::OldestFirst][..])
}

/// Every page of a query from every place in the store, in one order.
fn check_pages(world: &impl Searched, query: &Query, order: Order, limit: usize) {
    let days = world.days();
    let mut starts = vec![Start::First];
    for stored in world.events() {
        let position = Position::from(stored);
        starts.extend([Start::After(position), Start::Before(position)]);
        let beside = Position { seq: position.seq + 1_000, ..position };
        starts.extend([Start::After(beside), Start::Before(beside)]);
    }
    // Room for all, for one, for a few.
    let room = [MAX_PAGE_BYTES, 1, 2_000].into_iter().cycle();
    for (start, bytes) in starts.into_iter().zip(room) {
        let request = PageRequest { query: query.clone(), order, start, limit, bytes };
        let found = page(&days, &request, &budget()).unwrap();
        let want = world.scan().page(&request, &budget()).unwrap();
        assert_eq!(found, want, "{request:?}");
    }
}

fn check_count(world: &impl Searched, query: &Query) {
    let found = count(&world.days(), query, &budget()).unwrap();
    assert_eq!(found, world.scan().count(query, &budget()).unwrap(), "{query:?}");
}

fn check_facets(world: &impl Searched, query: &Query, prefix: &str, limit: usize) {
    let request = FacetRequest {
        query: query.clone(),
        columns: Column::facets().collect(),
        part: prefix.to_owned(),
        named: vec![(Column::Event, "step.started".to_owned())],
        limit,
    };
    let found = facets(&world.days(), &request, &budget()).unwrap();
    assert_eq!(found, world.scan().facets(&request, &budget()).unwrap(), "{request:?}");
}

fn check_histogram(world: &impl Searched, request: &HistogramRequest) {
    let found = histogram(&world.days(), request, &budget()).unwrap();
    assert_eq!(found, world.scan().histogram(request, &budget()).unwrap(), "{request:?}");
}

fn check_hotspots(world: &impl Searched, query: &Query, elements: bool) {
    let request = HotspotsRequest { query: query.clone(), elements };
    let found = hotspots(&world.days(), &request, &budget()).unwrap();
    assert_eq!(found, world.scan().hotspots(&request, &budget()).unwrap(), "{request:?}");
}

fn bars() -> impl Strategy<Value = (UnixNanos, i64, usize)> {
    let starts = select(&[-NANOS_PER_DAY, -1, 0, 1, NANOS_PER_DAY, i64::MIN / 2][..])
        .prop_map(|offset| FIRST.saturating_add(offset));
    let steps = select(&[1, 3, NANOS_PER_DAY / 24, NANOS_PER_DAY, i64::MAX][..]);
    (starts, steps, 1_usize..30)
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn pages_equal_a_scan(
        world in world(),
        queries in prop::collection::vec((arbitrary::query(), order()), 1..6),
        limit in 1_usize..9,
    ) {
        for (query, order) in &queries {
            check_pages(&world, query, *order, limit);
        }
    }

    #[test]
    fn counts_equal_a_scan(
        world in world(),
        queries in prop::collection::vec(arbitrary::query(), 1..6),
        prefix in select(&["", "", "s", "CHECK", "о́", "\u{1}"][..]),
        limit in 1_usize..5,
        (start, step_nanos, buckets) in bars(),
    ) {
        for query in &queries {
            check_count(&world, query);
            check_facets(&world, query, prefix, limit);
            check_hotspots(&world, query, false);
            check_hotspots(&world, query, true);
            let query = query.clone();
            check_histogram(&world, &HistogramRequest { query, start, step_nanos, buckets });
        }
    }
}
