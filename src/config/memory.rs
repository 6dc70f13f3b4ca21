//! One figure for the memory of the process, and what follows from it for the parts.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::ServeSettings;

/// The parts and how many sixty-fourths of the memory each may take. Of index files twice as much is kept as of records
/// (`store_record_cache_bytes`). The rest is for bounds and filters of segments, connections and the program itself.
const SHARES: [(&str, u64); 7] = [
    ("otlp_in_flight_bytes", IN_FLIGHT),
    ("store_builder_bytes", 16),
    ("query_answer_bytes", 8),
    ("store_record_cache_bytes", 4),
    ("store_index_queue_bytes", 2),
    // What these two bound is in flight as well.
    ("store_queue_bytes", 4),
    ("store_group_bytes", 1),
];
const IN_FLIGHT: u64 = 18;
const WHOLE: u64 = 64;

/// About what every request is charged in addition to its bytes.
const REQUEST_BYTES: u64 = 16 << 10;

/// The settings that follow from `memory_bytes` and are not set themselves, with their values.
pub(super) fn follow(settings: &ServeSettings, matches: &ArgMatches) -> Vec<(&'static str, u64)> {
    let is_given =
        |id: &str| matches.value_source(id).is_some_and(|source| source != ValueSource::DefaultValue);
    if !is_given("memory_bytes") {
        // The defaults of the parts are what follows from its own.
        return Vec::new();
    }
    let memory = settings.app.memory_bytes;
    let mut values: Vec<_> = SHARES.iter().map(|(id, share)| (*id, memory / WHOLE * share)).collect();
    let request = u64::from(settings.receiver.otlp_request_bytes);
    if is_given("otlp_request_bytes") {
        // A request is held compressed and decompressed.
        let least = 2 * (request + REQUEST_BYTES);
        values
            .iter_mut()
            .filter(|(id, _)| *id == "otlp_in_flight_bytes")
            .for_each(|(_, bytes)| *bytes = (*bytes).max(least));
    } else {
        let room = if is_given("otlp_in_flight_bytes") {
            settings.receiver.otlp_in_flight_bytes as u64
        } else {
            memory / WHOLE * IN_FLIGHT
        };
        values.push(("otlp_request_bytes", request.min((room / 2).saturating_sub(REQUEST_BYTES))));
    }
    values.retain(|(id, _)| !is_given(id));
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_at_once_leaves_an_eighth() {
        let within_others = ["store_queue_bytes", "store_group_bytes"];
        let parts: u64 =
            SHARES.iter().filter(|(id, _)| !within_others.contains(id)).map(|(_, share)| share).sum();
        let record_cache =
            SHARES.iter().find(|(id, _)| *id == "store_record_cache_bytes").map(|(_, share)| share);
        assert!(parts + 2 * record_cache.unwrap() <= WHOLE / 8 * 7);
    }
}
