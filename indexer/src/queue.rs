//! Batches that wait to be written: bounded in bytes, taken in groups that share one sync.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use steplog_model::event::EventBatch;
use steplog_model::store::{IngestError, Ingested};
use tokio::sync::oneshot;

/// Sends the result of a batch to its sender.
pub(crate) type Reply = oneshot::Sender<Result<Ingested, IngestError>>;

/// A batch, with the way back to its sender.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) batch: EventBatch,
    pub(crate) reply: Reply,
    since: Instant,
    bytes: usize,
}

/// What the writer gets.
#[derive(Debug)]
pub(crate) enum Taken {
    /// Batches to write together, one at least.
    Group(Vec<Waiting>),
    /// Nothing arrived for a while.
    Idle,
    /// The queue is closed and empty.
    Closed,
}

/// The bounds of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    /// The most bytes in the queue.
    pub(crate) bytes: usize,
    /// The most bytes of a group. A larger batch is a group of its own.
    pub(crate) group_bytes: usize,
    /// The longest that a batch waits for others.
    pub(crate) group_wait: Duration,
}

/// Batches that wait to be written.
#[derive(Debug)]
pub(crate) struct Queue {
    limits: QueueLimits,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    closed: bool,
    /// The number of batches of the last group: the next is likely to have as many.
    last_group: usize,
    /// The recent rate at which bytes left the queue, and when its current interval began.
    drain_rate: f64,
    drained: usize,
    drained_since: Option<Instant>,
}

impl Queue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self { limits, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Puts a batch at the end.
    ///
    /// # Errors
    /// [`IngestError::Busy`] where it would exceed the bound, [`IngestError::Stopping`] after [`Self::close`].
    pub(crate) fn push(
        &self,
        batch: EventBatch,
    ) -> Result<oneshot::Receiver<Result<Ingested, IngestError>>, IngestError> {
        let bytes = batch.size_bytes();
        let mut state = self.locked();
        if state.closed {
            return Err(IngestError::Stopping);
        }
        // An empty queue takes one batch of any size. It would never fit otherwise.
        if state.bytes > 0 && state.bytes + bytes > self.limits.bytes {
            metrics::counter!("steplog_queue_refused_batches_total").increment(1);
            return Err(IngestError::Busy { retry_after: state.retry_after() });
        }
        let (reply, receiver) = oneshot::channel();
        state.bytes += bytes;
        state.waiting.push_back(Waiting { batch, reply, since: Instant::now(), bytes });
        drop(state);
        self.changed.notify_all();
        Ok(receiver)
    }

    /// The next group. Waits for a first batch up to `idle`, then, as long as fewer batches came than
    /// made up the last group, a little for others to share the sync.
    pub(crate) fn take_group(&self, idle: Duration) -> Taken {
        let empty = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let waited = self.changed.wait_timeout_while(self.locked(), idle, empty);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let Some(first) = state.waiting.front() else {
            return if state.closed { Taken::Closed } else { Taken::Idle };
        };
        let left = self.limits.group_wait.saturating_sub(first.since.elapsed());
        let group_bytes = self.limits.group_bytes;
        let fewer = |state: &mut State| {
            state.waiting.len() < state.last_group && state.bytes < group_bytes && !state.closed
        };
        if fewer(&mut state) {
            let waited = self.changed.wait_timeout_while(state, left, fewer);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Taken::Group(state.take(group_bytes))
    }

    /// Refuses further batches. The writer still gets those in the queue.
    pub(crate) fn close(&self) {
        self.locked().closed = true;
        self.changed.notify_all();
    }

    /// Refuses further batches and discards those in the queue: no writer is left. Their senders get
    /// [`IngestError::Stopping`].
    pub(crate) fn abandon(&self) {
        let mut state = self.locked();
        state.closed = true;
        state.bytes = 0;
        let forgotten = std::mem::take(&mut state.waiting);
        drop(state);
        drop(forgotten);
        self.changed.notify_all();
    }

    /// The bytes in the queue.
    pub(crate) fn bytes(&self) -> usize {
        self.locked().bytes
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, group_bytes: usize) -> Vec<Waiting> {
        let mut group: Vec<Waiting> = Vec::new();
        let mut bytes = 0;
        while let Some(next) = self.waiting.front() {
            if !group.is_empty() && bytes + next.bytes > group_bytes {
                break;
            }
            bytes += next.bytes;
            group.extend(self.waiting.pop_front());
        }
        self.bytes -= bytes;
        self.last_group = group.len();
        self.count_drained(bytes);
        group
    }

    fn count_drained(&mut self, bytes: usize) {
        self.drained += bytes;
        let since = *self.drained_since.get_or_insert_with(Instant::now);
        let elapsed = since.elapsed().as_secs_f64();
        if elapsed >= 1.0 {
            self.drain_rate = self.drained as f64 / elapsed;
            self.drained = 0;
            self.drained_since = Some(Instant::now());
        }
    }

    /// An estimate of when the queue will be empty: 1 to 5 seconds.
    fn retry_after(&self) -> Duration {
        let seconds = if self.drain_rate > 0.0 { self.bytes as f64 / self.drain_rate } else { 1.0 };
        Duration::from_secs_f64(seconds.clamp(1.0, 5.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steplog_model::ids::Tenant;

    const NONE: Duration = Duration::ZERO;

    fn queue(bytes: usize, group_bytes: usize) -> Queue {
        Queue::new(QueueLimits { bytes, group_bytes, group_wait: NONE })
    }

    fn batch(events: usize) -> EventBatch {
        let events = (0..events as u64).map(crate::testing::event).collect();
        EventBatch { tenant: Tenant::default(), events }
    }

    fn group_len(queue: &Queue) -> usize {
        match queue.take_group(NONE) {
            Taken::Group(group) => group.len(),
            Taken::Idle | Taken::Closed => 0,
        }
    }

    #[test]
    fn a_full_queue_says_when_to_come_again() {
        let one = batch(1).size_bytes();
        let queue = queue(2 * one, one);
        assert!(queue.push(batch(1)).is_ok() && queue.push(batch(1)).is_ok());
        let Err(error) = queue.push(batch(1)) else { panic!("taken beyond the bound") };
        assert!((1..=5).contains(&error.retry_after().as_secs()), "{error:?}");
        assert_eq!(group_len(&queue), 1);
        assert!(queue.push(batch(1)).is_ok());
    }

    #[test]
    fn a_batch_beyond_the_bound_is_taken_alone() {
        let queue = queue(1, 1);
        assert!(queue.push(batch(3)).is_ok());
        assert!(queue.push(batch(1)).is_err());
        assert_eq!(group_len(&queue), 1);
        assert_eq!(queue.bytes(), 0);
    }

    #[test]
    fn groups_are_bounded_and_in_order() {
        let one = batch(1).size_bytes();
        let queue = queue(100 * one, 2 * one);
        for _ in 0..5 {
            queue.push(batch(1)).unwrap();
        }
        assert_eq!([group_len(&queue), group_len(&queue), group_len(&queue)], [2, 2, 1]);
        assert!(matches!(queue.take_group(NONE), Taken::Idle));
    }

    #[test]
    fn an_abandoned_queue_lets_its_senders_go() {
        let queue = queue(1_000_000, 1_000_000);
        let mut reply = queue.push(batch(1)).unwrap();
        assert!(matches!(reply.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
        queue.abandon();
        assert!(matches!(reply.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
        assert_eq!(queue.push(batch(1)).unwrap_err(), IngestError::Stopping);
        assert_eq!(queue.bytes(), 0);
        assert!(matches!(queue.take_group(NONE), Taken::Closed));
    }

    #[test]
    fn a_closed_queue_gives_what_it_has() {
        let queue = queue(1_000_000, 1_000_000);
        queue.push(batch(1)).unwrap();
        queue.close();
        assert_eq!(queue.push(batch(1)).unwrap_err(), IngestError::Stopping);
        assert_eq!(group_len(&queue), 1);
        assert!(matches!(queue.take_group(NONE), Taken::Closed));
    }
}
