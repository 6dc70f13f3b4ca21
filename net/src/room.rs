//! A bound that all callers share: bytes in memory, connections, places in a queue. A charge is released when it is
//! dropped; a gauge shows the sum, which is exact at any time.
//!
//! No caller can take it all. The last eighth is reserved for callers who hold little. When nothing is left, charges that
//! wait for their caller without progress are evicted, the one that has waited longest first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use metrics::Gauge;
use tokio_util::sync::CancellationToken;

use crate::Client;

/// How long a holder must have waited for its caller before others may have its room.
const MIN_IDLE: Duration = Duration::from_secs(1);
/// The pause after a search that found no holder to evict: a search looks at all of them.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The part of the room that is kept for callers who hold little, and the most that such a caller holds.
const RESERVE_PART: usize = 8;
const SMALL_PART: usize = 32;
/// Progress is a sixteenth of what is held, and one unit at least: a trickle does not count as use.
const PROGRESS_PART: usize = 16;

/// Room for so many units.
#[derive(Clone, Debug)]
pub struct Room(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    total: usize,
    reserve: usize,
    gauge: Gauge,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: usize,
    next: u64,
    holders: HashMap<u64, Holder>,
    by_client: HashMap<Client, usize>,
    /// The next search for holders to evict is not before then.
    look_at: Option<Instant>,
}

#[derive(Debug)]
struct Holder {
    client: Client,
    units: usize,
    /// Present while it waits for its caller.
    waits: Option<Waits>,
}

/// What is free once some holders are evicted: of all of it, and of it what the caller has who wants room.
#[derive(Clone, Copy, Default)]
struct Freed {
    all: usize,
    own: usize,
}

#[derive(Debug)]
struct Waits {
    since: Instant,
    /// What came since then.
    came: usize,
    end: CancellationToken,
}

impl Room {
    /// Room for `total` units, of which one caller alone may always have `least`.
    #[must_use]
    pub fn new(total: usize, least: usize, gauge: Gauge) -> Self {
        let reserve = (total / RESERVE_PART).min(total.saturating_sub(least));
        gauge.set(0.0);
        Self(Arc::new(Inner { total, reserve, gauge, state: Mutex::default() }))
    }

    /// Takes `units` where there is room for them and for what is `expected` beyond; `None` where there is none now.
    #[must_use]
    pub fn take(&self, client: Client, units: usize, expected: usize) -> Option<Charge> {
        let mut state = self.0.state();
        if !state.make_room(&self.0, client, units.saturating_add(expected), None) {
            return None;
        }
        let number = state.next;
        state.next += 1;
        state.holders.insert(number, Holder { client, units: 0, waits: None });
        state.add(&self.0, number, units);
        Some(Charge { room: self.clone(), number })
    }

    /// How much is held.
    #[must_use]
    pub fn used(&self) -> usize {
        self.0.state().used
    }

    /// How much there is.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.total
    }

    /// How much a caller has who is alone.
    #[must_use]
    pub fn most_of_one(&self) -> usize {
        self.0.total - self.0.reserve
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether `units` more fit, once what is `freed` is free.
    fn fits(&self, inner: &Inner, client: Client, units: usize, freed: Freed) -> bool {
        let used = (self.used - freed.all).saturating_add(units);
        let held = || self.by_client.get(&client).copied().unwrap_or_default() - freed.own;
        used <= inner.total - inner.reserve
            || (used <= inner.total && held().saturating_add(units) <= (inner.total / SMALL_PART).max(1))
    }

    /// Whether `units` more fit, at the cost of holders that wait if need be; `number` is the one that wants them.
    fn make_room(&mut self, inner: &Inner, client: Client, units: usize, number: Option<u64>) -> bool {
        if self.fits(inner, client, units, Freed::default()) {
            return true;
        }
        let now = Instant::now();
        if self.look_at.is_some_and(|at| now < at) {
            return false;
        }
        let mut waiting: Vec<(Instant, u64)> = self
            .holders
            .iter()
            .filter(|(other, _)| number != Some(**other))
            .filter_map(|(other, holder)| Some((holder.waits.as_ref()?.since, *other)))
            .filter(|(since, _)| now.saturating_duration_since(*since) >= MIN_IDLE)
            .collect();
        waiting.sort_unstable();
        // Nobody is evicted before it is known that it helps: a request that is too large would else end them all.
        let mut freed = Freed::default();
        let enough = waiting.iter().position(|(_, other)| {
            if let Some(holder) = self.holders.get(other) {
                freed.all += holder.units;
                freed.own += if holder.client == client { holder.units } else { 0 };
            }
            self.fits(inner, client, units, freed)
        });
        let Some(last) = enough else {
            self.look_at = Some(now + LOOK_AGAIN);
            return false;
        };
        for (_, other) in waiting.into_iter().take(last + 1) {
            self.end(inner, other);
        }
        true
    }

    /// Evicts a holder: its charge is free at once, and its token is cancelled.
    fn end(&mut self, inner: &Inner, number: u64) {
        self.remove(inner, number, usize::MAX);
        if let Some(Holder { waits: Some(waits), .. }) = self.holders.remove(&number) {
            waits.end.cancel();
        }
    }

    fn add(&mut self, inner: &Inner, number: u64, units: usize) {
        let Some(holder) = self.holders.get_mut(&number) else { return };
        holder.units += units;
        *self.by_client.entry(holder.client).or_default() += units;
        self.used += units;
        inner.gauge.set(self.used as f64);
    }

    fn remove(&mut self, inner: &Inner, number: u64, most: usize) {
        let Some(holder) = self.holders.get_mut(&number) else { return };
        let units = holder.units.min(most);
        holder.units -= units;
        let client = holder.client;
        if let Some(held) = self.by_client.get_mut(&client) {
            *held -= units;
            if *held == 0 {
                self.by_client.remove(&client);
            }
        }
        self.used -= units;
        inner.gauge.set(self.used as f64);
    }
}

/// What one holder has of a room; given back when dropped.
#[derive(Debug)]
pub struct Charge {
    room: Room,
    number: u64,
}

impl Charge {
    /// Takes `units` more; `false` where there is no room now, or the holder was ended.
    #[must_use]
    pub fn grow(&mut self, units: usize) -> bool {
        let inner = &*self.room.0;
        let mut state = inner.state();
        let Some(client) = state.holders.get(&self.number).map(|holder| holder.client) else { return false };
        // Nobody needs to leave for nothing, however full it is.
        if units == 0 {
            return true;
        }
        if !state.make_room(inner, client, units, Some(self.number)) {
            return false;
        }
        state.add(inner, self.number, units);
        true
    }

    /// Gives `units` back.
    pub fn shrink(&mut self, units: usize) {
        self.room.0.state().remove(&self.room.0, self.number, units);
    }

    /// From now on the holder waits for its caller, who must go on. `end` is cancelled where others need the room more,
    /// which is then theirs already.
    pub fn waits(&mut self, end: CancellationToken) {
        let mut state = self.room.0.state();
        match state.holders.get_mut(&self.number) {
            Some(holder) => holder.waits = Some(Waits { since: Instant::now(), came: 0, end }),
            None => end.cancel(),
        }
    }

    /// The caller went on by `units`.
    pub fn came(&mut self, units: usize) {
        if let Some(Holder { units: held, waits: Some(waits), .. }) =
            self.room.0.state().holders.get_mut(&self.number)
        {
            waits.came += units;
            if waits.came >= (*held / PROGRESS_PART).max(1) {
                waits.came = 0;
                waits.since = Instant::now();
            }
        }
    }

    /// The holder has all that it waited for.
    pub fn works(&mut self) {
        if let Some(holder) = self.room.0.state().holders.get_mut(&self.number) {
            holder.waits = None;
        }
    }

    /// How much it holds.
    #[must_use]
    pub fn units(&self) -> usize {
        self.room.0.state().holders.get(&self.number).map_or(0, |holder| holder.units)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let mut state = self.room.0.state();
        state.remove(&self.room.0, self.number, usize::MAX);
        state.holders.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
