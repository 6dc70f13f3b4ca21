use proptest::prelude::*;

use super::*;

fn room(total: usize) -> Room {
    Room::new(total, 0, Gauge::noop())
}

fn client(number: u8) -> Client {
    Client::of(([10, 0, 0, number], 1).into())
}

fn waits(charge: &mut Charge) -> CancellationToken {
    let end = CancellationToken::new();
    charge.waits(end.clone());
    end
}

/// Lets holders that wait have waited for a long time.
fn long_after(room: &Room) {
    let mut state = room.0.state();
    for waits in state.holders.values_mut().filter_map(|holder| holder.waits.as_mut()) {
        waits.since -= MIN_IDLE;
    }
    state.look_at = None;
}

#[test]
fn charges_add_up_and_come_back() {
    let room = Room::new(100, 100, Gauge::noop());
    assert!(room.take(client(1), 1, 100).is_none());
    let mut first = room.take(client(1), 10, 90).unwrap();
    assert!(first.grow(60));
    let second = room.take(client(2), 30, 0).unwrap();
    assert!(!first.grow(1) && room.take(client(3), 1, 0).is_none());
    assert_eq!((room.used(), first.units(), second.units()), (100, 70, 30));
    first.shrink(20);
    assert_eq!(room.used(), 80);
    drop((first, second));
    assert_eq!(room.used(), 0);
    assert!(room.0.state().by_client.is_empty() && room.0.state().holders.is_empty());
}

#[test]
fn the_last_eighth_is_for_callers_who_hold_little() {
    let room = room(320);
    let mut greedy = room.take(client(1), 280, 0).unwrap();
    assert!(!greedy.grow(1));
    assert!(room.take(client(1), 1, 0).is_none(), "however it is asked for");
    let mut others: Vec<Charge> = (2..6).map(|number| room.take(client(number), 10, 0).unwrap()).collect();
    assert!(!others[0].grow(1));
    assert!(room.take(client(9), 1, 0).is_none(), "all of it is taken");
    others.pop();
    assert!(room.take(client(9), 10, 0).is_some());
}

#[test]
fn one_alone_has_what_it_may_always_have() {
    let room = Room::new(100, 99, Gauge::noop());
    assert!(room.take(client(1), 99, 0).is_some());
    assert!(room.take(client(1), 100, 0).is_none());
}

#[test]
fn the_one_that_has_waited_longest_ends_first() {
    let room = Room::new(100, 100, Gauge::noop());
    let mut holders: Vec<Charge> = (0..10).map(|_| room.take(client(1), 10, 0).unwrap()).collect();
    let ends: Vec<_> = holders[..9].iter_mut().map(waits).collect();
    assert!(room.take(client(1), 5, 0).is_none(), "none has waited for long");
    long_after(&room);
    let ended = |ends: &[CancellationToken]| ends.iter().filter(|end| end.is_cancelled()).count();
    // What came is no progress yet; what came to the second one is.
    holders[0].came(0);
    holders[1].came(1);
    let _new = room.take(client(1), 15, 0).unwrap();
    assert!(ends[0].is_cancelled() && !ends[1].is_cancelled() && ends[2].is_cancelled());
    assert_eq!(ended(&ends), 2);
    assert_eq!(room.used(), 95);
    assert!(!holders[0].grow(1), "one that was ended gets nothing more");
    assert!(waits(&mut holders[0]).is_cancelled());
    holders[3].works();
    assert!(room.take(client(2), 56, 0).is_none());
    assert_eq!(ended(&ends), 2, "those that work, or wait for short only, are not enough together");
    room.0.state().look_at = None;
    let _further = room.take(client(2), 55, 0).unwrap();
    assert_eq!(ended(&ends), 7, "those that work, or wait for short only, stay");
    drop(holders);
    assert_eq!(room.used(), 70);
}

#[test]
fn nobody_is_ended_where_it_would_not_be_enough() {
    let room = room(320);
    let mut waiting = room.take(client(1), 100, 0).unwrap();
    let end = waits(&mut waiting);
    let _working = room.take(client(2), 180, 0).unwrap();
    long_after(&room);
    // Of the 140 that would then be free, the last eighth is for those who hold little.
    for units in [101, 141, 321, usize::MAX] {
        assert!(room.take(client(3), units, 0).is_none());
        assert!(!end.is_cancelled(), "{units}");
        room.0.state().look_at = None;
    }
    let _new = room.take(client(3), 100, 0).unwrap();
    assert!(end.is_cancelled());
}

#[test]
fn what_its_own_caller_has_waiting_counts_as_free() {
    let room = room(320);
    let _working = room.take(client(2), 280, 0).unwrap();
    let mut first = room.take(client(1), 10, 0).unwrap();
    let end = waits(&mut first);
    long_after(&room);
    let _second = room.take(client(1), 10, 0).unwrap();
    assert!(end.is_cancelled());
}

#[test]
fn nothing_more_needs_no_room() {
    let room = room(320);
    let mut full = room.take(client(1), 280, 0).unwrap();
    let mut small: Vec<Charge> = (2..6).map(|number| room.take(client(number), 10, 0).unwrap()).collect();
    let end = waits(&mut small[0]);
    long_after(&room);
    assert!(full.grow(0) && !end.is_cancelled());
    let _new = room.take(client(9), 10, 0).unwrap();
    assert!(end.is_cancelled());
    assert!(!small[0].grow(0), "one that was ended gets nothing more");
}

#[test]
fn a_trickle_is_no_progress() {
    let room = Room::new(1_600, 1_600, Gauge::noop());
    let mut trickle = room.take(client(1), 1_600, 0).unwrap();
    let end = waits(&mut trickle);
    long_after(&room);
    for _ in 0..99 {
        trickle.came(1);
    }
    assert!(room.take(client(2), 1, 0).is_some());
    assert!(end.is_cancelled());
}

proptest! {
    #[test]
    fn what_is_held_is_what_is_charged(steps in proptest::collection::vec((0..6_u8, 0..4_u8, 0..60_usize), 1..200)) {
        let room = room(320);
        let mut charges: Vec<(Charge, CancellationToken)> = Vec::new();
        for (what, who, units) in steps {
            let place = usize::from(who).min(charges.len().saturating_sub(1));
            match (what, charges.get_mut(place)) {
                (0 | 1, _) => charges.extend(room.take(client(who), units, 0).map(|charge| (charge, CancellationToken::new()))),
                (2, Some((charge, _))) => { let _ = charge.grow(units); }
                (3, Some((charge, _))) => charge.shrink(units),
                (4, Some((charge, end))) => *end = waits(charge),
                (5, Some(_)) => { long_after(&room); charges.remove(place); }
                _ => {}
            }
            let held: usize = charges.iter().map(|(charge, _)| charge.units()).sum();
            prop_assert_eq!(room.used(), held);
            prop_assert!(held <= 320);
            for (charge, end) in &charges {
                prop_assert!(!end.is_cancelled() || charge.units() == 0);
            }
        }
        drop(charges);
        prop_assert_eq!(room.used(), 0);
    }
}
