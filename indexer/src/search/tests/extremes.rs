//! Times at both ends of what a time can be.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use steplog_model::column::Column;
use steplog_model::ids::{Seq, Tenant};
use steplog_model::limits::MAX_PAGE_BYTES;
use steplog_model::query::{HistogramRequest, Order, PageRequest, Period, Position, Query, Start};
use steplog_model::store::EventStore as _;
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use super::super::{count, page};
use super::harness::{World, budget};
use super::{check_facets, check_histogram, check_pages, config, order};

fn time() -> impl Strategy<Value = UnixNanos> {
    let edges = [i64::MIN, i64::MIN + 1, -NANOS_PER_DAY, -1, 0, 1, NANOS_PER_DAY, i64::MAX - 1, i64::MAX];
    prop_oneof![select(edges.to_vec()), any::<i64>()].prop_map(UnixNanos)
}

fn world() -> impl Strategy<Value = World> {
    (vec((time(), select(vec!["", "success", "failure"])), 0..25), 1_usize..9).prop_map(
        |(times, per_commit)| {
            let mut world = World::default();
            for (number, (time, status)) in (1_usize..).zip(times) {
                let event = EventBuilder::new(number as u128, time).body("word");
                let event = if status.is_empty() { event } else { event.cell(Column::Status, status) };
                world.add(event.build());
                if number.is_multiple_of(per_commit) {
                    world.commit(number % 2 == 0);
                }
            }
            world.commit(false);
            world
        },
    )
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn extreme_times_are_found_like_others(
        world in world(),
        (from, to) in (time(), time()),
        (start, step_nanos) in (time(), select(vec![1, NANOS_PER_DAY, i64::MAX / 3, i64::MAX])),
        buckets in 1_usize..1_000,
        order in order(),
    ) {
        for period in [Period::ALL, Period { from, to }, Period { from: to, to: from }] {
            let query = Query::all(Tenant::default(), period);
            let found = count(&world.days(), &query, &budget()).unwrap();
            prop_assert_eq!(found, world.scan.count(&query, &budget()).unwrap());
            check_pages(&world, &query, order, 3);
            check_facets(&world, &query, "", 2);
            check_histogram(&world, &HistogramRequest { query, start, step_nanos, buckets });
        }
    }

    #[test]
    fn cursors_anywhere_are_places(world in world(), time in time(), order in order(), limit in 1_usize..5) {
        for seq in [0, 1, Seq::MAX] {
            let position = Position { time, seq };
            for start in [Start::After(position), Start::Before(position)] {
                let query = Query::all(Tenant::default(), Period::ALL);
                let request = PageRequest { query, order, start, limit, bytes: MAX_PAGE_BYTES };
                let found = page(&world.days(), &request, &budget()).unwrap();
                prop_assert_eq!(found, world.scan.page(&request, &budget()).unwrap(), "{:?}", request);
            }
        }
    }
}

#[test]
fn no_days_have_no_events() {
    let request = |start| PageRequest {
        query: Query::all(Tenant::default(), Period::ALL),
        order: Order::NewestFirst,
        start,
        limit: 5,
        bytes: MAX_PAGE_BYTES,
    };
    let middle = Position { time: UnixNanos(0), seq: 5 };
    for start in [Start::First, Start::After(middle), Start::Before(middle)] {
        let found = page(&[], &request(start), &budget()).unwrap();
        assert!(found.events.is_empty() && !found.more_before && !found.more_after && found.complete);
    }
}
