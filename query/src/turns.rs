//! A fair queue of questions. Short questions run before long ones. Among equals the tenant with the fewest running
//! goes first, and within a tenant the caller with the fewest; ties go to the one whose last turn is longest ago. So many
//! questions of one caller do not delay the single question of another.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use steplog_model::ids::Tenant;
use steplog_net::Client;
use tokio::sync::oneshot;

use crate::answers::Caller;
use crate::config::QuerySettings;

/// How expensive a question usually is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Length {
    /// A page of rows, one event, one interaction: the search stops early.
    Short,
    /// Counts, or reads all matches.
    Long,
}

/// Whose question it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CallerKey {
    tenant: Tenant,
    client: Client,
}

/// How many a tenant has, and of these the one caller.
type Count = (usize, usize);

/// Why somebody got no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTurn {
    QueueFull,
    WaitedTooLong,
}

/// How many may do what.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    running: usize,
    /// How many of these may be long: one core is left for short ones.
    running_long: usize,
    /// Of these, those of one caller.
    running_of_one: usize,
    waiting: usize,
    waiting_long: usize,
}

/// The turns that there are.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bounds: Bounds,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    running_long: usize,
    /// The usage of those who have something running or waiting.
    callers: HashMap<CallerKey, Usage>,
    tenants: HashMap<Tenant, Usage>,
    turns: u64,
    /// In the order in which they came.
    waiting: VecDeque<Waiter>,
}

/// What a tenant or a caller has running, and its last turn. The lesser is served first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Usage {
    running: usize,
    /// The number of the last turn.
    last_turn: u64,
}

#[derive(Debug)]
struct Waiter {
    who: CallerKey,
    length: Length,
    turn: oneshot::Sender<Turn>,
}

/// A turn: the place of one question that is being answered.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    who: CallerKey,
    length: Length,
}

impl Turns {
    pub(crate) fn new(settings: &QuerySettings) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let running = settings.query_concurrency.max(1);
        let waiting = settings.query_queue;
        Self::within(Bounds {
            running,
            running_long: (cores - 1).clamp(1, running.saturating_sub(1).max(1)),
            running_of_one: (running - running / 4).max(1),
            waiting,
            waiting_long: waiting.div_ceil(2),
        })
    }

    fn within(bounds: Bounds) -> Self {
        Self(Arc::new(Inner { bounds, state: Mutex::default() }))
    }

    /// A turn, after a wait of at most `patience`.
    pub(crate) async fn take(
        &self,
        caller: &Caller,
        length: Length,
        patience: Duration,
    ) -> Result<Turn, NoTurn> {
        let who = CallerKey { tenant: caller.asker.tenant.clone(), client: caller.client };
        let turn = match self.enter(who, length) {
            Entered::Running(turn) => return Ok(turn),
            Entered::Waiting(turn) => turn,
            Entered::Refused => return Err(NoTurn::QueueFull),
        };
        match tokio::time::timeout(patience, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            // Somebody who waits for less has its place.
            Ok(Err(_)) => Err(NoTurn::QueueFull),
            Err(_) => Err(NoTurn::WaitedTooLong),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, who: CallerKey, length: Length) -> Entered {
        let bounds = self.0.bounds;
        let mut state = self.state();
        if state.may_run(bounds, &who, length) {
            state.begin(&who, length);
            return Entered::Running(Turn { turns: self.clone(), who, length });
        }
        state.waiting.retain(|waiter| !waiter.turn.is_closed());
        if !state.may_wait(bounds, length) && !state.displace(bounds, &who, length) {
            return Entered::Refused;
        }
        let (turn, taken) = oneshot::channel();
        state.waiting.push_back(Waiter { who, length, turn });
        Entered::Waiting(taken)
    }

    /// Gives turns to those who wait, as many as may run now.
    fn go_on(&self) {
        loop {
            let mut state = self.state();
            let Some(Waiter { who, length, turn }) = state.next(self.0.bounds) else { return };
            state.begin(&who, length);
            drop(state);
            // If the caller went away, the turn is dropped here. That takes the lock, so it was released before.
            let _ = turn.send(Turn { turns: self.clone(), who, length });
        }
    }
}

enum Entered {
    Running(Turn),
    Waiting(oneshot::Receiver<Turn>),
    Refused,
}

impl State {
    /// The usage of a tenant, and of this that of the one caller.
    fn usage(&self, who: &CallerKey) -> (Usage, Usage) {
        let of = |usage: Option<&Usage>| usage.copied().unwrap_or_default();
        (of(self.tenants.get(&who.tenant)), of(self.callers.get(who)))
    }

    fn may_run(&self, bounds: Bounds, who: &CallerKey, length: Length) -> bool {
        self.running < bounds.running
            && self.usage(who).1.running < bounds.running_of_one
            && (length == Length::Short || self.running_long < bounds.running_long)
    }

    fn begin(&mut self, who: &CallerKey, length: Length) {
        self.running += 1;
        self.running_long += usize::from(length == Length::Long);
        self.turns += 1;
        let tenant = self.tenants.entry(who.tenant.clone()).or_default();
        for usage in [tenant, self.callers.entry(who.clone()).or_default()] {
            *usage = Usage { running: usage.running + 1, last_turn: self.turns };
        }
    }

    fn end(&mut self, who: &CallerKey, length: Length) {
        self.running -= 1;
        self.running_long -= usize::from(length == Length::Long);
        for usage in [self.tenants.get_mut(&who.tenant), self.callers.get_mut(who)].into_iter().flatten() {
            usage.running -= 1;
        }
        let waiting = &self.waiting;
        self.callers
            .retain(|who, usage| usage.running > 0 || waiting.iter().any(|waiter| waiter.who == *who));
        self.tenants.retain(|tenant, usage| {
            usage.running > 0 || waiting.iter().any(|waiter| waiter.who.tenant == *tenant)
        });
    }

    fn waiting_of(&self, who: &CallerKey, length: Length) -> Count {
        let of_tenant = || {
            let equal = |waiter: &&Waiter| waiter.who.tenant == who.tenant && waiter.length == length;
            self.waiting.iter().filter(equal)
        };
        (of_tenant().count(), of_tenant().filter(|waiter| waiter.who == *who).count())
    }

    fn may_wait(&self, bounds: Bounds, length: Length) -> bool {
        let long = || self.waiting.iter().filter(|waiter| waiter.length == Length::Long).count();
        self.waiting.len() < bounds.waiting && (length == Length::Short || long() < bounds.waiting_long)
    }

    /// Evicts the newest waiting question of the tenant with the most, if that is more than the tenant of `who` would
    /// have; within a tenant, that of the caller with the most. Long questions are evicted for short ones.
    fn displace(&mut self, bounds: Bounds, who: &CallerKey, length: Length) -> bool {
        if bounds.waiting == 0 {
            return false;
        }
        let most = self.waiting.iter().enumerate().filter(|(_, waiter)| waiter.length >= length);
        let most = most.max_by_key(|(place, waiter)| {
            (waiter.length, self.waiting_of(&waiter.who, waiter.length), *place)
        });
        let Some((place, waiter)) = most else { return false };
        let (theirs, own) = (self.waiting_of(&waiter.who, length), self.waiting_of(who, length));
        let is_more = waiter.length > length
            || theirs.0 > own.0 + 1
            || (waiter.who.tenant == who.tenant && theirs.1 > own.1 + 1);
        if is_more {
            self.waiting.remove(place);
        }
        is_more
    }

    /// The next to run, compared by: short before long, fewest running, last turn longest ago, order of arrival; first
    /// among tenants, then among the callers of one.
    fn next(&mut self, bounds: Bounds) -> Option<Waiter> {
        self.waiting.retain(|waiter| !waiter.turn.is_closed());
        let waiting = self.waiting.iter().enumerate();
        let may = waiting.filter(|(_, waiter)| self.may_run(bounds, &waiter.who, waiter.length));
        let next = may.min_by_key(|(place, waiter)| (waiter.length, self.usage(&waiter.who), *place));
        let (place, _) = next?;
        self.waiting.remove(place)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.state().end(&self.who, self.length);
        self.turns.go_on();
    }
}

#[cfg(test)]
mod tests;
