//! Refused requests: counted by kind; the first of a kind from each caller is logged.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Client;

/// For so long further refusals of a kind to the same caller are counted and not logged.
const QUIET: Duration = Duration::from_secs(60);
/// The most pairs of caller and kind that are remembered: some 100 KB. Beyond, all other callers are one.
const MOST_REMEMBERED: usize = 1_024;

/// The refusals of a server since its start.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    totals: BTreeMap<&'static str, u64>,
    /// When each was last logged; without a caller: all callers for whom there is no place.
    told: HashMap<(Option<Client>, &'static str), Instant>,
}

impl Refusals {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts `count` refusals of a kind. `true` where it is to be logged: it is the first in a minute.
    pub fn note(&self, client: Client, kind: &'static str, count: u64) -> bool {
        self.note_at(client, kind, count, Instant::now())
    }

    fn note_at(&self, client: Client, kind: &'static str, count: u64, now: Instant) -> bool {
        let mut state = self.state();
        *state.totals.entry(kind).or_default() += count;
        let is_quiet = |told: &Instant| now.saturating_duration_since(*told) < QUIET;
        let key = (Some(client), kind);
        let mut full = !state.told.contains_key(&key) && state.told.len() >= MOST_REMEMBERED;
        if full {
            state.told.retain(|_, told| is_quiet(told));
            full = state.told.len() >= MOST_REMEMBERED;
        }
        // There are few kinds, so that those without a caller are few as well.
        let key = if full { (None, kind) } else { key };
        if state.told.get(&key).is_some_and(is_quiet) {
            return false;
        }
        state.told.insert(key, now);
        true
    }

    /// The kinds that there were, and how many of each.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<&'static str, u64> {
        self.state().totals.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(number: u32) -> Client {
        Client::of((std::net::Ipv4Addr::from(number), 1).into())
    }

    #[test]
    fn the_first_of_a_kind_per_caller_and_minute_is_told() {
        let refusals = Refusals::default();
        let start = Instant::now();
        let note = |number, kind, seconds| {
            refusals.note_at(client(number), kind, 2, start + Duration::from_secs(seconds))
        };
        assert!(note(1, "signal", 0));
        assert!(!note(1, "signal", 59));
        assert!(note(1, "malformed", 1) && note(2, "signal", 1));
        assert!(note(1, "signal", 60));
        assert_eq!(refusals.totals(), BTreeMap::from([("malformed", 2), ("signal", 8)]));
    }

    #[test]
    fn many_callers_take_bounded_memory_and_are_told_together() {
        let refusals = Refusals::default();
        let start = Instant::now();
        let told = (0..10_000).filter(|&number| refusals.note_at(client(number), "path", 1, start)).count();
        assert_eq!(told, MOST_REMEMBERED + 1);
        assert_eq!(refusals.state().told.len(), MOST_REMEMBERED + 1);
        assert_eq!(refusals.totals()["path"], 10_000);
        // Expired ones are removed.
        assert!(refusals.note_at(client(20_000), "path", 1, start + QUIET));
        assert_eq!(refusals.state().told.len(), 1);
    }
}
