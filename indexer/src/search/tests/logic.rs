//! Deep logic over many segments whose times jitter.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use steplog_model::column::Column;
use steplog_model::ids::Tenant;
use steplog_model::limits::MAX_PAGE_BYTES;
use steplog_model::query::{Expr, Order, PageRequest, Period, Phrase, Position, Query, Start};
use steplog_model::store::EventStore as _;
use steplog_model::testing::arbitrary::FIRST;
use steplog_model::testing::build::EventBuilder;

use super::super::{count, page};
use super::harness::{World, budget};
use super::{config, order};

/// What an event is made of: which of eight words its two texts have, its status, how late it comes.
type Seed = (u8, u8, bool, i64);

fn words(pick: u8) -> String {
    let words = ["a", "b", "c", "d", "e", "ea", "eb", "ec"];
    let picked = words.into_iter().enumerate().filter(|(place, _)| pick >> place & 1 == 1);
    picked.map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

/// Nanoseconds between two events: jitter below moves an event past a block or two.
const STEP: i64 = 10;

fn world(seeds: &[Seed], per_commit: usize) -> World {
    let mut world = World::default();
    for (number, (body, note, failed, late)) in (1_i64..).zip(seeds) {
        let time = FIRST.saturating_add(number * STEP - late);
        let status = if *failed { "failure" } else { "success" };
        let event = EventBuilder::new(number as u128, time).cell(Column::Status, status);
        world.add(event.body(&words(*body)).attribute("note", &words(*note)).build());
        if (number as usize).is_multiple_of(per_commit) {
            world.commit(number % 3 > 0);
        }
    }
    world.commit(true);
    world
}

fn expr() -> impl Strategy<Value = Expr> {
    let phrase = |text: &str| Expr::Phrase(Phrase::new(text));
    let leaf = prop_oneof![
        4 => select(vec!["a", "b", "c", "d", "none"]).prop_map(phrase),
        2 => select(vec!["a b", "b c d", "a a", "e ea", "d e"]).prop_map(phrase),
        1 => select(vec!["e", "ea", "x"]).prop_map(|prefix| Expr::Prefix(prefix.to_owned())),
        1 => (select(vec!["a", "d", "b c", "none"]), select(vec!["e", "", "c", "x"]))
            .prop_map(|(words, start)| Expr::Begun(Phrase::new(words), start.to_owned())),
        1 => select(vec!["failure", "success", "none"])
            .prop_map(|status| Expr::Column(Column::Status, status.to_owned())),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Expr::And),
            vec(inner.clone(), 1..4).prop_map(Expr::Or),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

/// Pages from one end to the other, forward or back, each compared with that of a scan.
fn walk(world: &World, query: &Query, order: Order, limit: usize, back: bool) {
    let mut start = Start::First;
    if back {
        let ends = world.events.iter().map(Position::from);
        let last = if order == Order::NewestFirst { ends.min() } else { ends.max() };
        start = last.map_or(Start::First, Start::Before);
    }
    loop {
        let request = PageRequest { query: query.clone(), order, start, limit, bytes: MAX_PAGE_BYTES };
        let found = page(&world.days(), &request, &budget()).unwrap();
        assert_eq!(found, world.scan.page(&request, &budget()).unwrap(), "{request:?}");
        let (next, more) = if back {
            (found.events.first().map(|event| Start::Before(event.into())), found.more_before)
        } else {
            (found.events.last().map(|event| Start::After(event.into())), found.more_after)
        };
        match next.filter(|_| more) {
            Some(next) => start = next,
            None => return,
        }
    }
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn deep_logic_equals_a_scan(
        seeds in vec((any::<u8>(), any::<u8>(), any::<bool>(), select(vec![0, 0, 10, 25, 200, 900])), 1..160),
        per_commit in 1_usize..60,
        texts in vec(expr(), 1..12),
        (from, to) in (0_i64..160, 0_i64..160),
        order in order(),
        limit in 1_usize..40,
    ) {
        let world = world(&seeds, per_commit);
        let cut = Period {
            from: FIRST.saturating_add(from * STEP + 1),
            to: FIRST.saturating_add(to * STEP + 1),
        };
        for text in texts {
            for period in [Period::ALL, cut] {
                let query = Query { text: Some(text.clone()), ..Query::all(Tenant::default(), period) };
                let found = count(&world.days(), &query, &budget()).unwrap();
                prop_assert_eq!(found, world.scan.count(&query, &budget()).unwrap(), "{:?}", query);
                walk(&world, &query, order, limit, false);
                walk(&world, &query, order, limit, true);
            }
        }
    }
}
