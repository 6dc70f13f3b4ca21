//! A store that records what it is given and answers as it is told.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use steplog_model::delegate_store;
use steplog_model::event::{Event, EventBatch};
use steplog_model::store::{EventStore, IngestError, IngestFuture, Ingested};
use steplog_model::testing::scan_store::ScanStore;
use steplog_model::time::Received;
use tokio::sync::watch;

/// What the store answers to a batch.
#[derive(Clone, Debug, Default)]
pub(crate) enum Answer {
    /// Takes it.
    #[default]
    Take,
    /// Takes it, but the answer waits until the store is told something else.
    Hold,
    /// Never answers and takes nothing.
    Never,
    /// Takes all but the events at even places.
    RejectEven,
    Busy(Duration),
    Unwritable(Duration),
    Stopping,
    /// Fails within.
    Panic,
}

/// An [`EventStore`] double around the scanning reference store.
pub(crate) struct TestStore {
    scan: ScanStore,
    taken: Mutex<Vec<Event>>,
    answer: watch::Sender<Answer>,
    /// How many batches have arrived.
    arrived: watch::Sender<usize>,
    /// What time it is, where that is not the clock's.
    received: Mutex<Option<Received>>,
}

impl Default for TestStore {
    fn default() -> Self {
        Self {
            scan: ScanStore::new(),
            taken: Mutex::default(),
            answer: watch::Sender::new(Answer::Take),
            arrived: watch::Sender::new(0),
            received: Mutex::default(),
        }
    }
}

impl TestStore {
    pub(crate) fn answer(&self, answer: Answer) {
        let reason = matches!(answer, Answer::Unwritable(_)).then(|| "the disk is full".to_owned());
        self.scan.set_not_writable(reason);
        self.answer.send_replace(answer);
    }

    /// What time it is from now on.
    pub(crate) fn set_received(&self, received: Received) {
        *self.received.lock().unwrap_or_else(PoisonError::into_inner) = Some(received);
    }

    /// The events of all batches in the order in which they came, repeated ones included.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The only event.
    pub(crate) fn only_event(&self) -> Event {
        let mut events = self.events();
        assert_eq!(events.len(), 1, "one event is stored");
        events.remove(0)
    }

    /// How many batches have arrived.
    pub(crate) fn batches(&self) -> usize {
        *self.arrived.borrow()
    }

    /// Waits until so many batches have arrived.
    pub(crate) async fn wait_for_batches(&self, count: usize) {
        self.arrived.subscribe().wait_for(|arrived| *arrived >= count).await.unwrap();
    }
}

impl EventStore for TestStore {
    fn ingest(&self, mut batch: EventBatch) -> IngestFuture {
        let answer = self.answer.borrow().clone();
        self.arrived.send_modify(|arrived| *arrived += 1);
        let mut rejected = Vec::new();
        match answer {
            Answer::Busy(retry_after) => {
                return Box::pin(async move { Err(IngestError::Busy { retry_after }) });
            }
            Answer::Unwritable(retry_after) => {
                let reason = "the disk is full; free some space".to_owned();
                return Box::pin(async move { Err(IngestError::Unwritable { reason, retry_after }) });
            }
            Answer::Stopping => return Box::pin(async { Err(IngestError::Stopping) }),
            Answer::Panic => panic!("secret"),
            Answer::Never => return Box::pin(std::future::pending()),
            Answer::RejectEven => {
                let mut place = 0;
                batch.events.retain(|_| {
                    place += 1;
                    if place % 2 == 1 {
                        rejected.push((place - 1, "even places are refused".to_owned()));
                    }
                    place % 2 == 0
                });
            }
            Answer::Take | Answer::Hold => {}
        }
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).extend(batch.events.iter().cloned());
        let ingested = self.scan.ingest(batch);
        let mut changed = self.answer.subscribe();
        Box::pin(async move {
            let ingested = ingested.await?;
            let _ = changed.wait_for(|answer| !matches!(answer, Answer::Hold)).await;
            Ok(Ingested { rejected, ..ingested })
        })
    }

    delegate_store! { self => self.scan; page event facets histogram count hotspots arrivals health }

    fn received(&self) -> Received {
        let received = *self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.unwrap_or_else(|| self.scan.received())
    }
}
