//! Whose question is answered next: short ones before long ones, and among equals whoever has the fewest.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use steplog_net::Client;
use tokio::sync::oneshot;

use crate::config::QuerySettings;

/// How long the answer to a question usually takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Length {
    /// A page of rows, one event, one interaction: found and stopped at.
    Short,
    /// What counts or reads all that there is.
    Long,
}

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
    /// Of these, those that are long: one core is left for what is short.
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
    running_of: HashMap<Client, usize>,
    /// In the order in which they came.
    waiting: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    client: Client,
    length: Length,
    turn: oneshot::Sender<Turn>,
}

/// A turn: the place of one question that is being answered.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    client: Client,
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
        client: Client,
        length: Length,
        patience: Duration,
    ) -> Result<Turn, NoTurn> {
        let turn = match self.enter(client, length) {
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

    fn enter(&self, client: Client, length: Length) -> Entered {
        let bounds = self.0.bounds;
        let mut state = self.state();
        if state.may_run(bounds, client, length) {
            state.begin(client, length);
            return Entered::Running(Turn { turns: self.clone(), client, length });
        }
        state.waiting.retain(|waiter| !waiter.turn.is_closed());
        if !state.may_wait(bounds, length) && !state.displace(bounds, client, length) {
            return Entered::Refused;
        }
        let (turn, taken) = oneshot::channel();
        state.waiting.push_back(Waiter { client, length, turn });
        Entered::Waiting(taken)
    }

    /// Gives turns to those who wait, as many as may run now.
    fn go_on(&self) {
        loop {
            let mut state = self.state();
            let Some(Waiter { client, length, turn }) = state.next(self.0.bounds) else { return };
            state.begin(client, length);
            drop(state);
            // Whoever went away meanwhile gives the turn back by dropping it, with the lock free.
            let _ = turn.send(Turn { turns: self.clone(), client, length });
        }
    }
}

enum Entered {
    Running(Turn),
    Waiting(oneshot::Receiver<Turn>),
    Refused,
}

impl State {
    fn running_of(&self, client: Client) -> usize {
        self.running_of.get(&client).copied().unwrap_or_default()
    }

    fn may_run(&self, bounds: Bounds, client: Client, length: Length) -> bool {
        self.running < bounds.running
            && self.running_of(client) < bounds.running_of_one
            && (length == Length::Short || self.running_long < bounds.running_long)
    }

    fn begin(&mut self, client: Client, length: Length) {
        self.running += 1;
        self.running_long += usize::from(length == Length::Long);
        *self.running_of.entry(client).or_default() += 1;
    }

    fn end(&mut self, client: Client, length: Length) {
        self.running -= 1;
        self.running_long -= usize::from(length == Length::Long);
        if let Some(count) = self.running_of.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.running_of.remove(&client);
            }
        }
    }

    fn waiting_of(&self, client: Client, length: Length) -> usize {
        self.waiting.iter().filter(|waiter| waiter.client == client && waiter.length == length).count()
    }

    fn may_wait(&self, bounds: Bounds, length: Length) -> bool {
        let long = || self.waiting.iter().filter(|waiter| waiter.length == Length::Long).count();
        self.waiting.len() < bounds.waiting && (length == Length::Short || long() < bounds.waiting_long)
    }

    /// Sends the newest question away of the caller who has the most waiting, if that is more than `client` would have.
    /// What is long makes room for what is short.
    fn displace(&mut self, bounds: Bounds, client: Client, length: Length) -> bool {
        if bounds.waiting == 0 {
            return false;
        }
        let most = self.waiting.iter().enumerate().filter(|(_, waiter)| waiter.length >= length);
        let most = most.max_by_key(|(place, waiter)| {
            (waiter.length, self.waiting_of(waiter.client, waiter.length), *place)
        });
        let Some((place, waiter)) = most else { return false };
        let is_more = waiter.length > length
            || self.waiting_of(waiter.client, length) > self.waiting_of(client, length) + 1;
        if is_more {
            self.waiting.remove(place);
        }
        is_more
    }

    /// Who runs next: the short before the long, whoever has the fewest running, the first to come.
    fn next(&mut self, bounds: Bounds) -> Option<Waiter> {
        self.waiting.retain(|waiter| !waiter.turn.is_closed());
        let waiting = self.waiting.iter().enumerate();
        let may = waiting.filter(|(_, waiter)| self.may_run(bounds, waiter.client, waiter.length));
        let next = may.min_by_key(|(place, waiter)| (waiter.length, self.running_of(waiter.client), *place));
        let (place, _) = next?;
        self.waiting.remove(place)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.state().end(self.client, self.length);
        self.turns.go_on();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn turns(running: usize, running_long: usize, waiting: usize) -> Turns {
        let (running_of_one, waiting_long) = (running - running / 4, waiting.div_ceil(2));
        Turns::within(Bounds { running, running_long, running_of_one, waiting, waiting_long })
    }

    fn client(number: u8) -> Client {
        Client::of(([10, 0, 0, number], 1).into())
    }

    fn runs(turns: &Turns, number: u8, length: Length) -> Turn {
        match turns.enter(client(number), length) {
            Entered::Running(turn) => turn,
            Entered::Waiting(_) | Entered::Refused => panic!("{number} does not run"),
        }
    }

    fn waits(turns: &Turns, number: u8, length: Length) -> oneshot::Receiver<Turn> {
        match turns.enter(client(number), length) {
            Entered::Waiting(turn) => turn,
            Entered::Running(_) | Entered::Refused => panic!("{number} does not wait"),
        }
    }

    fn is_refused(turns: &Turns, number: u8, length: Length) -> bool {
        matches!(turns.enter(client(number), length), Entered::Refused)
    }

    #[test]
    fn short_questions_go_before_long_ones() {
        let turns = turns(4, 1, 8);
        let long = runs(&turns, 1, Length::Long);
        let mut second = waits(&turns, 1, Length::Long);
        // Places that long ones may not have.
        let short: Vec<Turn> = (2..5).map(|number| runs(&turns, number, Length::Short)).collect();
        let mut third = waits(&turns, 5, Length::Short);
        drop(long);
        assert!(third.try_recv().is_ok_and(|turn| turn.length == Length::Short));
        let _running = second.try_recv().unwrap();
        drop(short);
    }

    #[test]
    fn nobody_has_all_turns_and_those_with_fewest_are_next() {
        let turns = turns(4, 3, 8);
        let mut of_one: Vec<Turn> = (0..3).map(|_| runs(&turns, 1, Length::Short)).collect();
        let mut fourth = waits(&turns, 1, Length::Short);
        let other = runs(&turns, 2, Length::Short);
        let mut more = waits(&turns, 2, Length::Short);
        let mut newcomer = waits(&turns, 3, Length::Short);
        of_one.pop();
        let _third = newcomer.try_recv().unwrap();
        assert!(more.try_recv().is_err() && fourth.try_recv().is_err());
        drop(other);
        let _second = more.try_recv().unwrap();
        assert!(fourth.try_recv().is_err());
        of_one.pop();
        assert!(fourth.try_recv().is_ok());
    }

    #[test]
    fn a_full_queue_is_shared() {
        let turns = turns(1, 1, 4);
        let _runs = runs(&turns, 1, Length::Short);
        let mut queue: Vec<_> = (0..4).map(|_| waits(&turns, 1, Length::Short)).collect();
        assert!(is_refused(&turns, 1, Length::Short));
        let mut other = waits(&turns, 2, Length::Short);
        let mut newest = queue.pop().unwrap();
        assert!(matches!(newest.try_recv(), Err(oneshot::error::TryRecvError::Closed)), "its place is gone");
        let _second = waits(&turns, 2, Length::Short);
        assert!(is_refused(&turns, 2, Length::Short), "each has two");
        assert!(matches!(other.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
    }

    #[test]
    fn long_questions_have_half_of_the_queue_and_leave_it_to_short_ones() {
        let turns = turns(1, 1, 4);
        let _runs = runs(&turns, 1, Length::Long);
        let long: Vec<_> = (0..2).map(|_| waits(&turns, 1, Length::Long)).collect();
        assert!(is_refused(&turns, 1, Length::Long));
        let _short: Vec<_> = (0..4).map(|_| waits(&turns, 1, Length::Short)).collect();
        for mut turn in long {
            assert!(
                matches!(turn.try_recv(), Err(oneshot::error::TryRecvError::Closed)),
                "its place is gone"
            );
        }
        assert!(is_refused(&turns, 1, Length::Short));
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_the_turn_to_the_next() {
        let turns = turns(1, 1, 4);
        let first = turns.take(client(1), Length::Short, PATIENCE).await.unwrap();
        let gone = waits(&turns, 2, Length::Short);
        let waiting = tokio::spawn({
            let turns = turns.clone();
            async move { turns.take(client(3), Length::Long, PATIENCE).await }
        });
        while turns.state().waiting.len() < 2 {
            tokio::task::yield_now().await;
        }
        drop(gone);
        drop(first);
        let turn = waiting.await.unwrap().unwrap();
        assert_eq!(
            turns.take(client(1), Length::Short, Duration::ZERO).await.err(),
            Some(NoTurn::WaitedTooLong)
        );
        drop(turn);
        let state = turns.state();
        assert_eq!((state.running, state.running_long), (0, 0));
        assert!(state.running_of.is_empty());
    }
}
