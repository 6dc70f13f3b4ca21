//! Bounds the copies of a batch's origins on the disk: an origin is stored once for each day that has events of it.

use std::sync::Arc;

use rapidhash::RapidHashSet;
use steplog_model::event::{Event, Origin};
use steplog_model::time::UtcDay;

/// How many times the size of the batch its copies may have.
const FACTOR: usize = 4;
/// Bytes of copies that are always allowed: usual resources of a thousand bytes, on the days of some months.
const ALWAYS_BYTES: usize = 256 << 10;

/// The copies of one batch, by the addresses of origins, which the batch keeps alive.
#[derive(Debug, Default)]
pub(super) struct OriginCopies {
    stored: RapidHashSet<(usize, UtcDay)>,
    origins: RapidHashSet<usize>,
    /// The origin of the last event. The next event mostly has the same.
    last: Option<(usize, UtcDay)>,
    left_bytes: usize,
    /// The bytes of copies in the order of arrival, where days alternate.
    turns_left_bytes: usize,
}

impl OriginCopies {
    /// No copies yet, of a batch with these events.
    pub(super) fn of(events: &[Event]) -> Self {
        let (mut brought_bytes, mut last, mut origins) = (0, 0, RapidHashSet::default());
        for event in events {
            brought_bytes += event.record.len();
            let address = address(&event.origin);
            if address != last && origins.insert(address) {
                brought_bytes += event.origin.size_bytes();
            }
            last = address;
        }
        let left_bytes = ALWAYS_BYTES + FACTOR * brought_bytes;
        Self { left_bytes, turns_left_bytes: left_bytes, ..Self::default() }
    }

    /// Adds an event; returns why it is refused where its origin would need too many copies.
    pub(super) fn refusal(&mut self, event: &Event) -> Option<String> {
        let place = (address(&event.origin), event.time.day());
        if self.last == Some(place) {
            return None;
        }
        let bytes = event.origin.size_bytes();
        if self.stored.contains(&place) {
            let other_day = self.last.is_some_and(|(_, day)| day != place.1);
            self.turns_left_bytes = self.turns_left_bytes.saturating_sub(if other_day { bytes } else { 0 });
            self.last = Some(place);
            return None;
        }
        if !self.origins.insert(place.0) {
            let Some(left) = self.left_bytes.checked_sub(bytes) else {
                return Some(format!(
                    "its resource and scope have {bytes} bytes, which {} would be one more day to keep: a request's may \
                     take {FACTOR} times its size; send a smaller resource, or fewer days in one request",
                    place.1
                ));
            };
            self.left_bytes = left;
        }
        self.stored.insert(place);
        self.last = Some(place);
        None
    }

    /// Whether the order of arrival would need more copies than are allowed.
    pub(super) fn come_by_turns(&self) -> bool {
        self.turns_left_bytes == 0
    }
}

fn address(origin: &Arc<Origin>) -> usize {
    Arc::as_ptr(origin).addr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use steplog_model::testing::build::EventBuilder;
    use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

    fn events(origin_bytes: usize, days: i64) -> Vec<Event> {
        let origin = Arc::new(Origin { resource: vec![7; origin_bytes].into(), ..Origin::default() });
        let event = |number: i64| Event {
            origin: Arc::clone(&origin),
            ..EventBuilder::new(number as u128, UnixNanos(number / 2 * NANOS_PER_DAY)).build()
        };
        (0..2 * days).map(event).collect()
    }

    fn refused(events: &[Event]) -> usize {
        let mut copies = OriginCopies::of(events);
        events.iter().filter_map(|event| copies.refusal(event)).count()
    }

    #[test]
    fn usual_resources_may_have_any_day_and_large_ones_few() {
        assert_eq!(refused(&events(600, 366)), 0);
        assert_eq!(refused(&events(4 << 20, 1)), 0);
        // Five days, two events each, and nothing of the rest.
        assert_eq!(refused(&events(4 << 20, 100)), 190);
    }
}
