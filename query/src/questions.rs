//! Runs questions on the store: a bounded number at once, each within a time limit, and only while its caller waits.

use std::sync::Arc;
use std::time::Duration;

use metrics::{counter, gauge};
use steplog_model::store::{Budget, EventStore, Health};

use crate::answers::Caller;
use crate::config::QuerySettings;
use crate::problem::{Problem, ProblemKind};
use crate::turns::{Length, NoTurn, Turn, Turns};

/// When somebody who found no place may come back.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The way to the store.
pub(crate) struct Questions {
    store: Arc<dyn EventStore>,
    turns: Turns,
    timeout: Duration,
}

/// Ends the work for a question whose asker went away: dropped with the request's future.
struct CancelOnDrop(Budget);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Counts a question as running for as long as it lives.
struct Running(#[expect(dead_code, reason = "held for its drop")] Turn);

impl Running {
    fn new(turn: Turn) -> Self {
        gauge!("steplog_search_running").increment(1.0);
        Self(turn)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        gauge!("steplog_search_running").decrement(1.0);
    }
}

impl Questions {
    pub(crate) fn new(store: Arc<dyn EventStore>, settings: &QuerySettings) -> Self {
        Self { store, turns: Turns::new(settings), timeout: settings.timeout() }
    }

    /// Answers a question on a thread that may block.
    ///
    /// Dropping the returned future cancels the question's budget; its turn ends when the store has noticed that.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        caller: &Caller,
        length: Length,
        question: impl FnOnce(&dyn EventStore, &Budget) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turns.take(caller, length, self.timeout).await.map_err(busy)?;
        let running = Running::new(turn);
        let budget = Budget::new(self.timeout);
        let _cancel = CancelOnDrop(budget.clone());
        let store = Arc::clone(&self.store);
        let answer = tokio::task::spawn_blocking(move || {
            let _running = running;
            question(&*store, &budget)
        });
        // A panic, whose place is in the log. Its text may hold what was asked.
        answer.await.unwrap_or_else(|_| Err(Problem::failed_within()))
    }

    /// How the store is. It takes locks to say so, and looks at all of its days.
    pub(crate) async fn health(&self) -> Result<Health, Problem> {
        let store = Arc::clone(&self.store);
        let looking = tokio::task::spawn_blocking(move || store.health());
        // A panic, whose place is in the log.
        looking.await.map_err(|_| Problem::failed_within())
    }
}

fn busy(why: NoTurn) -> Problem {
    let why = match why {
        NoTurn::QueueFull => "queue_full",
        NoTurn::WaitedTooLong => "waited_too_long",
    };
    counter!("steplog_search_refused_total", "why" => why).increment(1);
    let detail = "all places for questions are taken; ask again in a second";
    Problem { retry_after: Some(RETRY_AFTER), ..Problem::new(ProblemKind::Busy, detail) }
}
