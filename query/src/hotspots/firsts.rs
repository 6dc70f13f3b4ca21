//! Where interactions failed first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use steplog_model::query::{GroupStats, Position};
use steplog_model::sketch::{Distinct, Firsts};

/// For each of the groups, in how many interactions the first failure of all groups was one of its own. What a failed
/// step brings down after it is not counted. The sum is that of the interactions that failed in any of the groups.
pub(super) fn first_failures(groups: &[&GroupStats]) -> Vec<u64> {
    let mut all = Firsts::<Position>::default();
    let mut first_of: BTreeMap<u32, (Position, usize)> = BTreeMap::new();
    for (place, stats) in groups.iter().enumerate() {
        all.join(&stats.failed);
        for (bits, position) in stats.failed.iter() {
            let first = first_of.entry(bits).or_insert((position, place));
            *first = (*first).min((position, place));
        }
    }
    // Of each group those with the lowest hashes are kept, and so, of all groups, at least as many of the lowest.
    let mut counts = vec![0; groups.len()];
    for (_, place) in first_of.into_values().take(Distinct::EXACT) {
        counts[place] += 1;
    }
    if all.is_sample() {
        counts = divided(all.count(), &counts);
    }
    for (count, stats) in counts.iter_mut().zip(groups) {
        *count += stats.alone_failures;
    }
    counts
}

/// A whole divided in proportion to some weights, without a rest (largest remainder).
fn divided(whole: u64, weights: &[u64]) -> Vec<u64> {
    let sum = u128::from(weights.iter().sum::<u64>()).max(1);
    let share = |weight: &u64| u128::from(*weight) * u128::from(whole);
    let mut parts: Vec<u64> = weights.iter().map(|weight| (share(weight) / sum) as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).filter(|place| weights[*place] > 0).collect();
    order.sort_by_key(|place| Reverse(share(&weights[*place]) % sum));
    let left = whole.saturating_sub(parts.iter().sum()) as usize;
    order.into_iter().take(left).for_each(|place| parts[place] += 1);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use steplog_model::ids::counting_hash;
    use steplog_model::time::UnixNanos;

    use super::*;

    fn fail(stats: &mut GroupStats, interaction: u64, time: i64) {
        let bits = Distinct::bits(counting_hash(&interaction.to_string()));
        stats.failed.add(bits, Position { time: UnixNanos(time), seq: time as u64 });
    }

    proptest! {
        #[test]
        fn each_interaction_counts_once_where_it_failed_first(
            failures in prop::collection::vec((0_usize..4, 0_u64..1_024), 0..400),
            alone in prop::collection::vec(0_u64..3, 4),
        ) {
            let mut groups = vec![GroupStats::default(); 4];
            let mut want = alone.clone();
            let mut known = std::collections::BTreeSet::new();
            for (time, (group, interaction)) in failures.into_iter().enumerate() {
                fail(&mut groups[group], interaction, time as i64);
                want[group] += u64::from(known.insert(interaction));
            }
            groups.iter_mut().zip(alone).for_each(|(stats, alone)| stats.alone_failures = alone);
            prop_assert_eq!(first_failures(&groups.iter().collect::<Vec<_>>()), want);
        }

        #[test]
        fn many_are_estimated_and_the_sum_is_that_of_all(count in 1_100_u64..6_000) {
            let mut groups = vec![GroupStats::default(); 3];
            for interaction in 0..count {
                // A third fails in the first group; all fail, later, in the last.
                let first = usize::from(interaction % 3 != 0);
                fail(&mut groups[first], interaction, interaction as i64);
                fail(&mut groups[2], interaction, (interaction + 1) as i64);
            }
            let counts = first_failures(&groups.iter().collect::<Vec<_>>());
            prop_assert_eq!(counts.iter().sum::<u64>(), groups[2].failed.count());
            prop_assert_eq!(counts[2], 0);
            let share = counts[0] as f64 / counts.iter().sum::<u64>() as f64;
            prop_assert!((share - 1.0 / 3.0).abs() < 0.08, "{}", share);
        }
    }
}
