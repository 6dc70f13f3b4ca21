//! What is found of what was read, handed over and let go of.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn id(number: u64) -> EventId {
    EventId(u128::from(number) << 3)
}

#[derive(Clone, Debug)]
enum Step {
    /// So many events are handed over, each so far behind the one before.
    Absorb(Vec<u64>),
    ForgetUpTo(u64),
    /// The index begins anew.
    Begin,
}

fn step() -> impl Strategy<Value = Step> {
    let gap = prop_oneof![8 => 1..50_u64, 1 => 1..3 * MOST_PLACES];
    prop_oneof![
        4 => prop::collection::vec(gap, 1..60).prop_map(Step::Absorb),
        2 => (0..100_u64).prop_map(Step::ForgetUpTo),
        1 => Just(Step::Begin),
    ]
}

proptest! {
    #[test]
    fn every_event_that_is_not_removed_is_found(steps in prop::collection::vec(step(), 1..30)) {
        let room = Arc::new(IdRoom::new(1 << 20));
        let ids = UnindexedIds::new(&room);
        let (mut kept, mut seq, mut generation) = (BTreeMap::new(), 0, 0);
        for step in steps {
            match step {
                Step::Absorb(gaps) => {
                    let mut events = Vec::new();
                    for gap in gaps {
                        seq += gap;
                        events.push((id(seq), seq));
                    }
                    kept.extend(events.iter().map(|(id, seq)| (*seq, *id)));
                    ids.absorb(events.into_iter());
                }
                Step::ForgetUpTo(percent) => {
                    let checkpoint = seq / 100 * percent;
                    ids.forget_up_to(generation, checkpoint);
                    // Of another index: nothing may go.
                    ids.forget_up_to(generation + 1, Seq::MAX);
                    kept.retain(|seq, _| *seq > checkpoint);
                }
                Step::Begin => {
                    generation += 1;
                    ids.begin(generation, 0, seq);
                    prop_assert_eq!(ids.candidates(id(1), generation, 0).is_none(), seq > 0);
                    ids.forget_up_to(generation, seq);
                    kept.clear();
                }
            }
            for (seq, id) in &kept {
                prop_assert!(ids.candidates(*id, generation, 0).unwrap().contains(seq), "{}", seq);
            }
            prop_assert_eq!(ids.candidates(id(seq + 1), generation, 0), Some(Vec::new()));
            prop_assert_eq!(ids.candidates(id(seq), generation + 1, 0), None);
            prop_assert!(room.bytes() >= kept.len() * ID_BYTES && room.is_in_use() != kept.is_empty());
        }
        drop(ids);
        prop_assert_eq!((room.bytes(), room.is_in_use()), (0, false));
    }
}

#[test]
fn parts_have_every_number_once() {
    for (after, last) in [(0, 0), (0, 1), (7, 8), (0, 5 * MOST_PLACES + 3), (9, 1_000), (0, Seq::MAX)] {
        let numbers: u64 = parts(after, last).iter().map(|(from, to)| to - from).sum();
        assert_eq!(numbers, last - after);
        assert!(parts(after, last).windows(2).all(|pair| pair[0].1 == pair[1].0));
    }
}

/// A log of events with these numbers, one a block.
struct Log(Vec<Seq>);

impl Records for Log {
    fn events_after(&self, seq: Seq) -> u64 {
        self.0.iter().filter(|of| **of > seq).count() as u64
    }

    fn ids_after(&self, seq: Seq) -> io::Result<(Vec<(EventId, Seq)>, Seq)> {
        let next = self.0.iter().copied().find(|of| *of > seq);
        Ok(next.map_or((Vec::new(), seq), |next| (vec![(id(next), next)], next)))
    }
}

/// A damaged log states any number: parts of a run's length up to it took 32 GiB.
#[test]
fn a_log_with_numbers_far_apart_is_read() {
    let log = Log((0..40).map(|power| 3 << power).chain([Seq::MAX - 1]).collect());
    let ids = UnindexedIds::new(&Arc::new(IdRoom::new(1 << 20)));
    ids.begin(1, 0, Seq::MAX - 1);
    assert!(ids.read(&log, (1, 0), &|| true).unwrap());
    for seq in log.0 {
        assert_eq!(ids.candidates(id(seq), 1, 0), Some(vec![seq]));
    }
}
