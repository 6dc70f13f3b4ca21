//! Mergeable sketches: the distribution of durations, the number of distinct values.

mod firsts;

use std::collections::BTreeSet;

pub use firsts::Firsts;

/// Steps of durations per doubling: a step is at most 1.6 % wide.
const STEPS_BITS: u32 = 6;

/// The step of a duration in nanoseconds: exact below 64 ns, above at most 1.6 % wide. Rises with the duration.
///
/// Kept in indexes: changing it makes them unreadable.
#[must_use]
pub const fn duration_step(nanos: u64) -> u16 {
    if nanos < 1 << STEPS_BITS {
        return nanos as u16;
    }
    let doublings = nanos.ilog2() - STEPS_BITS;
    let within = (nanos >> doublings) as u16 - (1 << STEPS_BITS);
    ((doublings as u16 + 1) << STEPS_BITS) + within
}

/// A duration in the middle of a step, in nanoseconds.
const fn duration_of(step: u16) -> u64 {
    let doublings = (step >> STEPS_BITS) as u32;
    let Some(doublings) = doublings.checked_sub(1) else { return step as u64 };
    let low = ((1 << STEPS_BITS) + (step as u64 & ((1 << STEPS_BITS) - 1))) << doublings;
    low + ((1 << doublings) - 1) / 2
}

/// Steps that are counted side by side.
const PAGE_STEPS: usize = 8;

/// How durations spread.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    /// For each [`PAGE_STEPS`] steps, which of `pages` counts them, and one more; 0 for none yet. Adding is two
    /// look-ups, however many steps there are.
    places: Vec<u16>,
    /// How many durations each [`duration_step`] has.
    pages: Vec<[u64; PAGE_STEPS]>,
    /// How many steps have any.
    entries: usize,
    total: u64,
}

impl PartialEq for Durations {
    fn eq(&self, other: &Self) -> bool {
        // Pages lie in the order in which they were needed.
        self.total == other.total && self.entries == other.entries && self.counts().eq(other.counts())
    }
}

impl Eq for Durations {}

impl Durations {
    /// Adds a duration by its step. Says whether it takes more room.
    pub fn add(&mut self, step: u16) -> bool {
        self.add_many(step, 1)
    }

    fn add_many(&mut self, step: u16, times: u64) -> bool {
        let (page, within) = (usize::from(step) / PAGE_STEPS, usize::from(step) % PAGE_STEPS);
        if self.places.get(page).is_none_or(|place| *place == 0) {
            self.places.resize(self.places.len().max(page + 1), 0);
            self.pages.push([0; PAGE_STEPS]);
            self.places[page] = self.pages.len() as u16;
        }
        let count = &mut self.pages[usize::from(self.places[page]) - 1][within];
        let is_new = *count == 0;
        *count += times;
        self.entries += usize::from(is_new);
        self.total += times;
        is_new
    }

    /// The steps that have any, in order, and how many.
    fn counts(&self) -> impl Iterator<Item = (u16, u64)> {
        let of_page = |(page, place): (usize, &u16)| {
            let counts = usize::from(*place).checked_sub(1).and_then(|place| self.pages.get(place));
            let counts = counts.into_iter().flatten().enumerate();
            counts.map(move |(within, count)| ((page * PAGE_STEPS + within) as u16, *count))
        };
        self.places.iter().enumerate().flat_map(of_page).filter(|(_, count)| *count > 0)
    }

    /// Adds those of another.
    pub fn join(&mut self, other: &Self) {
        for (step, count) in other.counts() {
            self.add_many(step, count);
        }
    }

    /// How many entries it keeps.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.entries
    }

    /// How many there are.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The duration in nanoseconds that a share of them, between 0 and 1, does not exceed: 0.5 is the
    /// median. Within 0.8 % of the exact one (nearest rank); `None` without durations.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let rank = ((share.clamp(0.0, 1.0) * self.total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.counts().find(|(_, count)| {
            seen += count;
            seen >= rank
        });
        found.map(|(step, _)| duration_of(step))
    }
}

/// How many different values there are, by the lowest of their hashes: exact up to
/// [`EXACT`](Self::EXACT), above within 3 % as a rule (k minimum values; Bar-Yossef and others,
/// "Counting distinct elements in a data stream", 2002).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distinct {
    lowest: BTreeSet<u32>,
    /// The highest of them once the sketch is full: most values are above it, and need no look-up.
    highest: Option<u32>,
    /// There were more hashes than are kept.
    full: bool,
}

impl Distinct {
    /// Up to so many values are counted one by one.
    pub const EXACT: usize = 1_024;

    /// What is kept of a value's hash.
    #[must_use]
    pub const fn bits(hash: u64) -> u32 {
        (hash >> 32) as u32
    }

    /// Adds a value by the [`bits`](Self::bits) of its hash. Says whether it takes more room.
    pub fn add(&mut self, bits: u32) -> bool {
        if let Some(highest) = self.highest
            && bits >= highest
        {
            self.full |= bits != highest;
            return false;
        }
        if !self.lowest.insert(bits) {
            return false;
        }
        let is_more = self.lowest.len() <= Self::EXACT;
        if !is_more {
            self.lowest.pop_last();
            self.full = true;
        }
        if self.lowest.len() == Self::EXACT {
            self.highest = self.lowest.last().copied();
        }
        is_more
    }

    /// Adds those of another.
    pub fn join(&mut self, other: &Self) {
        self.full |= other.full;
        for bits in &other.lowest {
            self.add(*bits);
        }
    }

    /// How many entries it keeps.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.lowest.len()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        let kept = self.lowest.len() as u64;
        match self.lowest.last() {
            Some(highest) if self.full => {
                let share = (f64::from(*highest) + 1.0) / (f64::from(u32::MAX) + 1.0);
                ((kept - 1) as f64 / share).round() as u64
            }
            _ => kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_step_is_narrow_and_rises(nanos in prop_oneof![any::<u64>(), 0_u64..10_000], more in 0_u64..1_000) {
            let (step, next) = (duration_step(nanos), duration_step(nanos.saturating_add(more)));
            prop_assert!(step <= next);
            let middle = duration_of(step);
            prop_assert!(middle.abs_diff(nanos) as f64 <= nanos as f64 * 0.008, "{} is told as {}", nanos, middle);
            prop_assert_eq!(duration_step(middle), step);
        }

        #[test]
        fn quantiles_are_near_and_parts_join(
            mut nanos in prop::collection::vec(0_u64..5_000_000, 1..200),
            cut in 0_usize..200,
            share in 0.0_f64..=1.0,
        ) {
            let (mut joined, mut other) = (Durations::default(), Durations::default());
            for (place, nanos) in nanos.iter().enumerate() {
                if place < cut { &mut joined } else { &mut other }.add(duration_step(*nanos));
            }
            joined.join(&other);
            nanos.sort_unstable();
            let rank = ((share * nanos.len() as f64).ceil() as usize).max(1);
            let want = nanos[rank - 1];
            let found = joined.quantile(share).unwrap();
            prop_assert!(found.abs_diff(want) as f64 <= want as f64 * 0.008 + 0.5, "{} is not near {}", found, want);
            prop_assert_eq!(joined.total(), nanos.len() as u64);
        }
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Durations::default().quantile(0.5), None);
    }

    fn spread(number: u64) -> u32 {
        Distinct::bits(crate::ids::counting_hash(&number.to_string()))
    }

    #[test]
    fn few_values_are_counted_exactly_and_many_nearly() {
        let mut distinct = Distinct::default();
        for number in (0..1_000).chain(0..1_000) {
            distinct.add(spread(number));
        }
        assert_eq!(distinct.count(), 1_000);
        let (mut even, mut odd) = (Distinct::default(), Distinct::default());
        for number in 0..200_000 {
            if number % 2 == 0 { &mut even } else { &mut odd }.add(spread(number));
        }
        even.join(&odd);
        let error = even.count().abs_diff(200_000) as f64 / 200_000.0;
        assert!(error < 0.1, "{} of 200,000", even.count());
        let mut all = Distinct::default();
        (0..200_000).for_each(|number| {
            all.add(spread(number));
        });
        assert_eq!(all, even, "the parts say what the whole says");
        let mut nothing = Distinct::default();
        nothing.join(&all);
        assert_eq!(nothing, all);
    }
}
