//! Reads new events once and broadcasts them to all listeners. Runs only while somebody listens.

use std::sync::Arc;
use std::time::Duration;

use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;
use steplog_model::store::{StoreError, in_full};
use tokio::sync::{Mutex, broadcast};
use tokio::task::JoinHandle;

use super::{READ_AT_ONCE, Source};

/// How often the store is polled.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The pause after the store could not be read.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// How many batches are kept for listeners that are slow.
const KEPT_BATCHES: usize = 16;

/// Some arrivals that follow each other.
pub(super) struct Batch {
    /// All that arrived after this place and up to `upto` is in it.
    pub(super) after: Seq,
    pub(super) upto: Seq,
    pub(super) events: Vec<Arc<StoredEvent>>,
    /// `false` where some could not be read.
    pub(super) complete: bool,
}

/// Where a listener hears of batches.
pub(super) type Heard = broadcast::Receiver<Arc<Batch>>;

/// Broadcasts new events.
#[derive(Clone, Default)]
pub(super) struct Feed(Arc<Mutex<Option<Running>>>);

struct Running {
    sender: broadcast::WeakSender<Arc<Batch>>,
    task: JoinHandle<()>,
}

impl Feed {
    /// Subscribes, and then reads the position of the newest event.
    pub(super) async fn join(&self, source: &Source) -> Result<(Heard, Seq), StoreError> {
        let mut running = self.0.lock().await;
        let known = running.as_ref().filter(|running| !running.task.is_finished());
        if let Some(sender) = known.and_then(|running| running.sender.upgrade()) {
            let heard = sender.subscribe();
            return Ok((heard, source.newest().await?));
        }
        let place = source.newest().await?;
        let (sender, heard) = broadcast::channel(KEPT_BATCHES);
        let weak = sender.downgrade();
        let task = tokio::spawn(run(source.clone(), sender, place));
        *running = Some(Running { sender: weak, task });
        Ok((heard, place))
    }
}

/// Reads and broadcasts until nobody listens.
async fn run(source: Source, sender: broadcast::Sender<Arc<Batch>>, mut place: Seq) {
    while sender.receiver_count() > 0 {
        let read = source.after(place, READ_AT_ONCE).await;
        let pause = match read {
            Ok(arrivals) => {
                let full = arrivals.events.len() == READ_AT_ONCE;
                if arrivals.upto > place {
                    let events = arrivals.events.into_iter().map(Arc::new).collect();
                    // An error says that the last listener has just gone.
                    let (upto, complete) = (arrivals.upto, arrivals.complete);
                    let _ = sender.send(Arc::new(Batch { after: place, upto, events, complete }));
                    place = arrivals.upto;
                }
                if full { Duration::ZERO } else { LOOK_EVERY }
            }
            Err(error) => {
                tracing::warn!(error = in_full(&error), "arrivals cannot be read");
                RETRY_AFTER
            }
        };
        tokio::time::sleep(pause).await;
    }
}
