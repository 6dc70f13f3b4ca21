//! Distinct values with the place at which each was first met.

use std::collections::BTreeMap;

use super::Distinct;

/// What [`Distinct`] keeps, and of each of these values the first place it was met at. The values that are kept are
/// chosen by their hashes alone, so that they stand for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firsts<T> {
    lowest: BTreeMap<u32, T>,
    /// There were more hashes than are kept.
    full: bool,
}

impl<T> Default for Firsts<T> {
    fn default() -> Self {
        Self { lowest: BTreeMap::new(), full: false }
    }
}

impl<T: Copy + Ord> Firsts<T> {
    /// How many entries of [`Distinct`] one of these takes the room of.
    pub const ENTRIES: usize = 4;

    /// Adds a value by the [`bits`](Distinct::bits) of its hash, and where it was met. Says whether it takes more room.
    pub fn add(&mut self, bits: u32, place: T) -> bool {
        if let Some(first) = self.lowest.get_mut(&bits) {
            *first = place.min(*first);
            return false;
        }
        if self.lowest.len() < Distinct::EXACT {
            self.lowest.insert(bits, place);
            return true;
        }
        self.full = true;
        if self.lowest.last_key_value().is_some_and(|(highest, _)| bits < *highest) {
            self.lowest.insert(bits, place);
            self.lowest.pop_last();
        }
        false
    }

    /// Adds those of another.
    pub fn join(&mut self, other: &Self) {
        self.full |= other.full;
        for (bits, place) in &other.lowest {
            self.add(*bits, *place);
        }
    }

    /// How many entries it keeps, counted as those of [`Distinct`].
    #[must_use]
    pub fn entries(&self) -> usize {
        self.lowest.len() * Self::ENTRIES
    }

    /// How many values there are: what [`Distinct`] says of them.
    #[must_use]
    pub fn count(&self) -> u64 {
        let kept = self.lowest.len() as u64;
        match self.lowest.last_key_value() {
            Some((highest, _)) if self.full => {
                let share = (f64::from(*highest) + 1.0) / (f64::from(u32::MAX) + 1.0);
                ((kept - 1) as f64 / share).round() as u64
            }
            _ => kept,
        }
    }

    /// Whether values were left out, so that the rest stands for all.
    #[must_use]
    pub const fn is_sample(&self) -> bool {
        self.full
    }

    /// The values that are kept, by their hashes, and where each was first met.
    pub fn iter(&self) -> impl Iterator<Item = (u32, T)> + '_ {
        self.lowest.iter().map(|(bits, place)| (*bits, *place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_as_distinct_does_and_keeps_the_first_place(
            met in prop::collection::vec((0_u64..3_000, 0_u64..1_000), 0..4_000),
            cut in 0_usize..4_000,
        ) {
            let (mut firsts, mut other) = (Firsts::default(), Firsts::default());
            let mut distinct = Distinct::default();
            let mut exact: BTreeMap<u32, u64> = BTreeMap::new();
            for (at, (value, place)) in met.iter().enumerate() {
                let bits = Distinct::bits(crate::ids::counting_hash(&value.to_string()));
                if at < cut { &mut firsts } else { &mut other }.add(bits, *place);
                distinct.add(bits);
                exact.entry(bits).and_modify(|first| *first = (*first).min(*place)).or_insert(*place);
            }
            firsts.join(&other);
            prop_assert_eq!(firsts.count(), distinct.count());
            prop_assert_eq!(firsts.entries(), distinct.entries() * Firsts::<u64>::ENTRIES);
            prop_assert_eq!(firsts.is_sample(), exact.len() > Distinct::EXACT);
            let lowest: Vec<_> = exact.into_iter().take(Distinct::EXACT).collect();
            prop_assert_eq!(firsts.iter().collect::<Vec<_>>(), lowest);
        }
    }
}
