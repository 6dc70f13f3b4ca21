//! Randomness.

use std::hash::{BuildHasher as _, RandomState};

/// A random number that nobody can foresee. The only place in the product that asks the system for randomness.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn number() -> u128 {
    // The standard library's hashers have random keys from the system, two numbers each.
    let random = RandomState::new();
    u128::from(random.hash_one(0_u64)) << 64 | u128::from(random.hash_one(1_u64))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_differ_in_both_halves() {
        let numbers: Vec<u128> = (0..1_000).map(|_| number()).collect();
        let high: HashSet<u128> = numbers.iter().map(|number| number >> 64).collect();
        let low: HashSet<u128> = numbers.iter().map(|number| number & u128::from(u64::MAX)).collect();
        assert_eq!((high.len(), low.len()), (1_000, 1_000));
    }
}
