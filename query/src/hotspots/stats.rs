//! What is said of some events.

use serde::ser::{Serialize, SerializeMap, Serializer};
use steplog_model::query::GroupStats;

use crate::row::moment;

/// Below so many interactions a rate says little, and is not compared.
const FEW_INTERACTIONS: u64 = 30;

/// The share of a normal distribution's width that 95 % lie within.
const Z: f64 = 1.959_964;

/// Counts of events and interactions, with rates of interactions that failed, and durations.
pub(super) struct Stats<'a>(pub(super) &'a GroupStats);

impl Stats<'_> {
    /// The share of interactions in which something failed; 0 without any.
    pub(super) fn rate(&self) -> f64 {
        let interactions = self.0.interaction_count();
        if interactions == 0 { 0.0 } else { self.0.failed_interaction_count() as f64 / interactions as f64 }
    }

    /// The 95 % interval of that rate.
    pub(super) fn interval(&self) -> (f64, f64) {
        interval(self.0.failed_interaction_count(), self.0.interaction_count())
    }

    pub(super) fn is_few(&self) -> bool {
        self.0.interaction_count() < FEW_INTERACTIONS
    }

    /// Writes the fields into an object that has other fields, too.
    pub(super) fn put<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let stats = self.0;
        let (low, high) = self.interval();
        map.serialize_entry("events", &stats.events)?;
        map.serialize_entry("failures", &stats.failures)?;
        map.serialize_entry("waits_over", &stats.waits_over)?;
        map.serialize_entry("interactions", &stats.interaction_count())?;
        map.serialize_entry("failed_interactions", &stats.failed_interaction_count())?;
        map.serialize_entry("rate", &self.rate())?;
        map.serialize_entry("rate_low", &low)?;
        map.serialize_entry("rate_high", &high)?;
        map.serialize_entry("duration_p50_nanos", &stats.durations.quantile(0.5))?;
        map.serialize_entry("duration_p95_nanos", &stats.durations.quantile(0.95))?;
        map.serialize_entry("durations", &stats.durations.total())?;
        let known = |time| (stats.events > 0).then_some(moment(time));
        map.serialize_entry("first", &known(stats.first))?;
        map.serialize_entry("last", &known(stats.last))
    }
}

impl Serialize for Stats<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.put(&mut map)?;
        map.end()
    }
}

/// The 95 % score interval of a rate (E. B. Wilson, "Probable inference, the law of succession, and
/// statistical inference", 1927): right for few interactions and for rates near 0, unlike the normal one.
fn interval(failed: u64, all: u64) -> (f64, f64) {
    if all == 0 {
        return (0.0, 1.0);
    }
    let (count, rate) = (all as f64, failed as f64 / all as f64);
    let square = Z * Z;
    let middle = rate + square / (2.0 * count);
    let half = Z * (rate * (1.0 - rate) / count + square / (4.0 * count * count)).sqrt();
    let whole = 1.0 + square / count;
    // Rounding must not lead beyond what was seen at the ends.
    let low = if failed == 0 { 0.0 } else { ((middle - half) / whole).max(0.0) };
    let high = if failed == all { 1.0 } else { ((middle + half) / whole).min(1.0) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn intervals_are_wilsons() {
        // Worked by hand from the formula, to four digits.
        for (failed, all, low, high) in [
            (0, 10, 0.0, 0.2775),
            (1, 10, 0.0179, 0.4042),
            (5, 10, 0.2366, 0.7634),
            (10, 10, 0.7225, 1.0),
            (50, 1_000, 0.0381, 0.0653),
        ] {
            let found = interval(failed, all);
            assert!(
                (found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5,
                "{failed} of {all}: {found:?}"
            );
        }
        assert_eq!(interval(0, 0), (0.0, 1.0));
    }
}
