//! Value lists of columns with many values, and ids that share what the index keeps of them.

use proptest::collection::vec;
use proptest::prelude::*;
use steplog_model::column::Column;
use steplog_model::ids::{EventId, Tenant, TermHasher};
use steplog_model::query::{
    Expr, FacetRequest, Filter, HistogramRequest, Order, PageRequest, Period, Phrase, Query, Target,
};
use steplog_model::store::{EventStore as _, StoreError};
use steplog_model::testing::arbitrary::FIRST;
use steplog_model::testing::build::EventBuilder;

use super::super::facets::MAX_VALUES;
use super::super::{facets, page};
use super::harness::{World, budget};
use super::{check_facets, check_histogram, config};

/// Events with many statuses and objects, so many that their texts are not kept in memory.
fn world(picks: &[(u16, u16, i64)], per_commit: usize) -> World {
    let mut world = World::default();
    for (number, (object, status, nanos)) in (1_usize..).zip(picks) {
        let mut event = EventBuilder::new(number as u128, FIRST.saturating_add(*nanos));
        if *object > 0 {
            event = event.cell(Column::Object, &format!("Object with a long name {object}"));
        }
        if *status > 0 {
            event = event.cell(Column::Status, &format!("status {status} of a great many"));
        }
        world.add(event.build());
        if number.is_multiple_of(per_commit) {
            world.commit(number % 2 == 0);
        }
    }
    world.commit(false);
    world
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn many_values_are_counted_like_few(
        picks in vec((0_u16..40, 0_u16..30, 0_i64..50), 1..120),
        per_commit in 1_usize..40,
        limit in 1_usize..50,
        (from, to) in (0_i64..50, 0_i64..50),
        buckets in 1_usize..60,
    ) {
        let world = world(&picks, per_commit);
        let period = Period { from: FIRST.saturating_add(from), to: FIRST.saturating_add(to) };
        let target = Target::Column(Column::Object);
        let any_of = vec!["Object with a long name 3".to_owned(), "Object with a long name 5".to_owned()];
        let filter = Filter { any_of, ..Filter::on(target) };
        for period in [Period::ALL, period] {
            let all = Query::all(Tenant::default(), period);
            for query in [Query { filters: vec![filter.clone()], ..all.clone() }, all] {
                for prefix in ["", "OBJECT with a long name 1", "status 2", "none"] {
                    check_facets(&world, &query, prefix, limit);
                }
                let bars = HistogramRequest { query, start: FIRST, step_nanos: 3, buckets };
                check_histogram(&world, &bars);
            }
        }
    }
}

#[test]
fn a_column_of_too_many_values_is_refused_without_a_prefix() {
    let picks: Vec<(u16, u16, i64)> = (1..=MAX_VALUES as u16 + 1).map(|number| (number, 1, 0)).collect();
    let world = world(&picks, 200);
    let request = |prefix: &str, columns| FacetRequest {
        query: Query::all(Tenant::default(), Period::ALL),
        columns,
        part: prefix.to_owned(),
        named: Vec::new(),
        limit: 3,
    };
    let ask = |request: &FacetRequest| facets(&world.days(), request, &budget());
    let found = ask(&request("", vec![Column::Status, Column::Object]));
    assert!(matches!(&found, Err(StoreError::TooBroad(reason)) if reason.contains("object")), "{found:?}");
    assert_eq!(
        ask(&request("", vec![Column::Status])).unwrap().facets[0].values[0].count,
        picks.len() as u64
    );
    let some = ask(&request("object with a long name 4", vec![Column::Object])).unwrap();
    assert!(some.facets[0].more && some.facets[0].values.len() == 3);
}

#[test]
fn a_pasted_id_finds_its_own_event_only() {
    let (id, other) = (EventId(0x1234_5678_9abc_def0 << 64 | 9), EventId(8 << 64));
    // All ids and values share a term.
    let mut world = World::default();
    world.hasher = Some(TermHasher::blunt(0));
    for (number, id) in [other, id, EventId(9)].into_iter().enumerate() {
        world.add(EventBuilder::new(id.0, FIRST.saturating_add(number as i64)).build());
        world.commit(false);
    }
    for id in [id, other, EventId(9), EventId(10)] {
        let text = Some(Expr::Phrase(Phrase::new(&id.to_string())));
        let query = Query { text, ..Query::all(Tenant::default(), Period::ALL) };
        for (order, limit) in [(Order::NewestFirst, 1), (Order::OldestFirst, 1), (Order::NewestFirst, 5)] {
            let request = PageRequest::first(query.clone(), order, limit);
            let found = page(&world.days(), &request, &budget()).unwrap();
            assert_eq!(found, world.scan.page(&request, &budget()).unwrap(), "{request:?}");
        }
    }
}
