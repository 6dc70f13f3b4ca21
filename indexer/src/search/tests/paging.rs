//! Paging through many events of one moment, while more arrive.

use steplog_model::column::Column;
use steplog_model::ids::{Seq, Tenant};
use steplog_model::limits::MAX_PAGE_BYTES;
use steplog_model::query::{Filter, Order, PageRequest, Period, Position, Query, Start, Target};
use steplog_model::testing::arbitrary::FIRST;
use steplog_model::testing::build::EventBuilder;

use super::super::page;
use super::harness::{World, budget};

const EVENTS: u64 = 10_000;

/// A world with all events at the same `nanos` nanoseconds, in several commits.
fn crowd(nanos: i64) -> World {
    let mut world = World::default();
    for number in 0..EVENTS {
        add(&mut world, nanos, number as i64);
        if number % 1_700 == 0 {
            world.commit(number % 2 == 0);
        }
    }
    world.commit(true);
    world
}

fn add(world: &mut World, nanos: i64, number: i64) {
    // Times that do not rise with arrival.
    let time = FIRST.saturating_add((number * 7_919) % nanos);
    let id = world.events.len() as u128 + 1;
    world.add(EventBuilder::new(id, time).cell(Column::Status, "success").body("a crowd").build());
}

/// Pages through everything; every few pages events of the same times arrive.
fn page_through(world: &mut World, nanos: i64, request: &PageRequest, backwards: bool) -> Vec<Position> {
    let mut request = request.clone();
    let mut seen: Vec<Position> = Vec::new();
    let mut pages = 0;
    loop {
        let found = page(&world.days(), &request, &budget()).unwrap();
        assert!(found.complete && found.events.len() <= request.limit);
        let positions: Vec<Position> = found.events.iter().map(Position::from).collect();
        let more = if backwards { found.more_before } else { found.more_after };
        assert!(found.events.len() == request.limit || !more);
        if backwards {
            seen.splice(0..0, positions.iter().copied());
            request.start = positions.first().map_or(Start::First, |first| Start::Before(*first));
        } else {
            seen.extend(&positions);
            request.start = positions.last().map_or(Start::First, |last| Start::After(*last));
        }
        if !more {
            return seen;
        }
        pages += 1;
        if pages % 97 == 0 || request.limit > 400 {
            (0..3).for_each(|number| add(world, nanos, number + pages));
            world.commit(true);
        }
    }
}

fn check(nanos: i64, limit: usize, order: Order, filtered: bool) {
    let mut world = crowd(nanos);
    let mut query = Query::all(Tenant::default(), Period::ALL);
    if filtered {
        let any_of = vec!["success".to_owned()];
        let target = Target::Column(Column::Status);
        query.filters.push(Filter { any_of, ..Filter::on(target) });
    }
    let mut first: Vec<Position> = world.events.iter().map(Position::from).collect();
    first.sort_unstable();
    if order == Order::NewestFirst {
        first.reverse();
    }
    let end = if order == Order::NewestFirst { i64::MIN } else { i64::MAX };
    let end = Position { time: steplog_model::time::UnixNanos(end), seq: Seq::MAX };
    for (backwards, start) in [(false, Start::First), (true, Start::Before(end))] {
        let request = PageRequest { query: query.clone(), order, start, limit, bytes: MAX_PAGE_BYTES };
        let seen = page_through(&mut world, nanos, &request, backwards);
        let in_order = match order {
            Order::NewestFirst => seen.is_sorted_by(|a, b| a > b),
            Order::OldestFirst => seen.is_sorted_by(|a, b| a < b),
        };
        assert!(in_order, "each once, in order");
        let of_first: Vec<Position> = seen.into_iter().filter(|position| position.seq <= EVENTS).collect();
        assert!(of_first == first, "all of the first events, backwards {backwards}");
    }
}

#[test]
fn one_nanosecond_newest_first() {
    [2, 7, 50, 999, 1_000].iter().for_each(|limit| check(1, *limit, Order::NewestFirst, false));
}

#[test]
fn one_nanosecond_oldest_first() {
    [3, 50, 1_000].iter().for_each(|limit| check(1, *limit, Order::OldestFirst, true));
}

#[test]
fn one_millisecond_newest_first() {
    [3, 50, 1_000].iter().for_each(|limit| check(1_000_000, *limit, Order::NewestFirst, true));
}

#[test]
fn one_millisecond_oldest_first() {
    [2, 7, 50, 999, 1_000].iter().for_each(|limit| check(1_000_000, *limit, Order::OldestFirst, false));
}

#[test]
fn single_events_of_one_millisecond() {
    check(1_000_000, 1, Order::NewestFirst, false);
    check(1, 1, Order::OldestFirst, false);
}
