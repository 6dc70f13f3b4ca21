//! Commits, merges and opening again change no answer.

use proptest::collection::vec;
use proptest::prelude::*;
use steplog_model::column::Column;
use steplog_model::query::{
    Count, FacetRequest, Facets, Histogram, HistogramRequest, Order, Page, PageRequest, Query,
};
use steplog_model::testing::arbitrary::{self, FIRST};
use steplog_model::time::NANOS_PER_DAY;

use super::super::{Day, count, facets, histogram, page};
use super::config;
use super::harness::{World, budget, build};

type Answers = (Page, Page, Facets, Histogram, Count);

fn answers(days: &[Day], query: &Query) -> Answers {
    let page = |order| {
        let request = PageRequest::first(query.clone(), order, 12);
        page(days, &request, &budget()).unwrap()
    };
    let columns = Column::facets().collect();
    let wanted = FacetRequest { query: query.clone(), columns, part: String::new(), named: vec![], limit: 4 };
    let step_nanos = NANOS_PER_DAY / 7;
    let bars = HistogramRequest { query: query.clone(), start: FIRST, step_nanos, buckets: 21 };
    (
        page(Order::NewestFirst),
        page(Order::OldestFirst),
        facets(days, &wanted, &budget()).unwrap(),
        histogram(days, &bars, &budget()).unwrap(),
        count(days, query, &budget()).unwrap(),
    )
}

fn all_answers(days: &[Day], queries: &[Query]) -> Vec<Answers> {
    queries.iter().map(|query| answers(days, query)).collect()
}

fn segments(world: &World) -> usize {
    world.days().iter().map(|day| day.snapshot.segments.len()).sum()
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn merging_and_opening_again_change_no_answer(
        events in vec(arbitrary::event(), 8..70),
        later in vec(arbitrary::event(), 1..10),
        per_commit in 1_usize..6,
        queries in vec(arbitrary::query(), 1..8),
    ) {
        let mut world = build(events, per_commit, false);
        let before = all_answers(&world.days(), &queries);
        let many = segments(&world);
        world.commit(true);
        prop_assert!(segments(&world) <= many);
        prop_assert_eq!(&all_answers(&world.days(), &queries), &before);
        world.reopen();
        prop_assert_eq!(&all_answers(&world.days(), &queries), &before);
        let held = world.days();
        // What a question holds stays as it was, while the files of its segments go and events come.
        for (number, mut event) in (1_u128 << 100..).zip(later) {
            event.id = steplog_model::ids::EventId(number);
            world.add(event);
            world.commit(true);
        }
        prop_assert_eq!(&all_answers(&held, &queries), &before);
    }
}
