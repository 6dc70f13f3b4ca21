//! What is said of some events.

use serde::ser::{Serialize, SerializeMap, Serializer};
use steplog_model::query::GroupStats;

use crate::row::moment;

/// Below so many events a rate says little, and is not compared.
const FEW_EVENTS: u64 = 30;

/// The share of a normal distribution's width that 95 % lie within.
const Z: f64 = 1.959_964;

/// Counts of events with rates and durations.
pub(super) struct Stats<'a>(pub(super) &'a GroupStats);

impl Stats<'_> {
    /// The share of events that failed; 0 without events.
    pub(super) fn rate(&self) -> f64 {
        if self.0.events == 0 { 0.0 } else { self.0.failures as f64 / self.0.events as f64 }
    }

    pub(super) const fn is_few(&self) -> bool {
        self.0.events < FEW_EVENTS
    }

    /// Writes the fields into an object that has other fields, too.
    pub(super) fn put<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let stats = self.0;
        let (low, high) = interval(stats.failures, stats.events);
        map.serialize_entry("events", &stats.events)?;
        map.serialize_entry("interactions", &stats.interactions.count())?;
        map.serialize_entry("failures", &stats.failures)?;
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
/// statistical inference", 1927): right for few events and for rates near 0, unlike the normal one.
fn interval(failures: u64, events: u64) -> (f64, f64) {
    if events == 0 {
        return (0.0, 1.0);
    }
    let (count, rate) = (events as f64, failures as f64 / events as f64);
    let square = Z * Z;
    let middle = rate + square / (2.0 * count);
    let half = Z * (rate * (1.0 - rate) / count + square / (4.0 * count * count)).sqrt();
    let whole = 1.0 + square / count;
    // Rounding must not lead beyond what was seen at the ends.
    let low = if failures == 0 { 0.0 } else { ((middle - half) / whole).max(0.0) };
    let high = if failures == events { 1.0 } else { ((middle + half) / whole).min(1.0) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn intervals_are_wilsons() {
        // Worked by hand from the formula, to four digits.
        for (failures, events, low, high) in [
            (0, 10, 0.0, 0.2775),
            (1, 10, 0.0179, 0.4042),
            (5, 10, 0.2366, 0.7634),
            (10, 10, 0.7225, 1.0),
            (50, 1_000, 0.0381, 0.0653),
        ] {
            let found = interval(failures, events);
            assert!(
                (found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5,
                "{failures} of {events}: {found:?}"
            );
        }
        assert_eq!(interval(0, 0), (0.0, 1.0));
    }
}
