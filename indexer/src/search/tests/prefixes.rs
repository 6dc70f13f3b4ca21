//! What is refused, and what budgets do.

use std::time::Duration;

use steplog_model::ids::Tenant;
use steplog_model::limits::MAX_PREFIX_WORDS;
use steplog_model::query::{Expr, Order, PageRequest, Period, Query};
use steplog_model::store::{Budget, StoreError};
use steplog_model::testing::arbitrary::FIRST;
use steplog_model::testing::build::EventBuilder;

use super::super::{count, page};
use super::harness::{World, budget};

fn asking(prefix: &str) -> Query {
    let text = Some(Expr::Prefix(prefix.to_owned()));
    Query { text, ..Query::all(Tenant::default(), Period::ALL) }
}

#[test]
fn a_prefix_of_too_many_words_is_refused() {
    let mut world = World::default();
    let text: Vec<String> = (0..=MAX_PREFIX_WORDS).map(|number| format!("w{number:05}")).collect();
    for (number, words) in text.chunks(5_000).enumerate() {
        world.add(EventBuilder::new(number as u128 + 1, FIRST).body(&words.join(" ")).build());
    }
    world.commit(false);
    let found = count(&world.days(), &asking("w"), &budget());
    assert!(matches!(&found, Err(StoreError::TooBroad(reason)) if reason.contains("\"w\"")), "{found:?}");
    // One word fewer is within the bound: nothing else starts with these.
    assert_eq!(count(&world.days(), &asking("w0"), &budget()).unwrap().events, 2);
}

#[test]
fn a_spent_budget_ends_every_question() {
    let mut world = World::default();
    world.add(EventBuilder::new(1, FIRST).body("word").build());
    world.commit(false);
    let (spent, cancelled) = (Budget::new(Duration::ZERO), budget());
    cancelled.cancel();
    let query = asking("w");
    let request = PageRequest::first(query.clone(), Order::NewestFirst, 1);
    assert!(matches!(page(&world.days(), &request, &spent), Err(StoreError::TimedOut { .. })));
    assert_eq!(page(&world.days(), &request, &cancelled), Err(StoreError::Cancelled));
    assert!(matches!(count(&world.days(), &query, &spent), Err(StoreError::TimedOut { .. })));
}
