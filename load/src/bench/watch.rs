//! Looks at a server under load: its memory, and how soon what it acknowledged can be found.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::Value;
use steplog_model::query::Period;
use tokio_util::sync::CancellationToken;

use super::server::ServerProcess;
use crate::generate::{EventKey, Outline};

/// The time between two looks, and so the error of the time to searchable; few, since looking costs the server work.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// At most one event in so long is followed.
const FOLLOW_EVERY: Duration = Duration::from_millis(100);
/// An event that cannot be found after so long is lost.
const PATIENCE: Duration = Duration::from_secs(120);

/// Acknowledged events that are looked for, oldest first.
#[derive(Debug, Default)]
pub struct Followed {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<(Instant, u64, EventKey)>,
    last: Option<Instant>,
}

impl Followed {
    /// Tells of acknowledged events of the stream of a seed; now and then one of them is followed.
    pub fn acknowledged(&self, seed: u64, events: &[Outline]) {
        let now = Instant::now();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = waiting.last.is_none_or(|last| now.duration_since(last) >= FOLLOW_EVERY);
        if let (true, Some(event)) = (is_due, events.last()) {
            waiting.last = Some(now);
            waiting.events.push_back((now, seed, event.key));
        }
    }

    fn first(&self) -> Option<(Instant, u64, EventKey)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).events.front().copied()
    }

    fn drop_first(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).events.pop_front();
    }
}

/// What was seen while the server was under load.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Seen {
    /// Half of the followed events could be found so soon after their acknowledgement, in milliseconds.
    pub searchable_p50_ms: f64,
    /// 99 of 100 of them could be found so soon.
    pub searchable_p99_ms: f64,
    /// How many events were followed.
    pub followed_events: u64,
    /// The server's own memory at its highest, files that are mapped left out.
    pub peak_anonymous_bytes: u64,
}

/// Looks until `stop` and until all followed events were found.
///
/// # Errors
/// If the server stops answering, or an acknowledged event cannot be found.
pub async fn watch(
    server: Arc<ServerProcess>,
    followed: Arc<Followed>,
    whole: Period,
    stop: CancellationToken,
) -> anyhow::Result<Seen> {
    // Milliseconds up to ten minutes, three digits.
    let mut searchable = Histogram::<u64>::new_with_bounds(1, 600_000, 3)?;
    let mut peak_anonymous_bytes = 0;
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        peak_anonymous_bytes = peak_anonymous_bytes.max(server.memory()?.anonymous_bytes);
        let is_over = stop.is_cancelled();
        // What was acknowledged in turn becomes searchable about in turn, so one is looked for at a time.
        while let Some((acknowledged, seed, key)) = followed.first() {
            if !is_found(&server, whole, seed, key).await? {
                anyhow::ensure!(
                    acknowledged.elapsed() < PATIENCE,
                    "an acknowledged event cannot be found: {key:?}"
                );
                break;
            }
            searchable
                .saturating_record(u64::try_from(acknowledged.elapsed().as_millis()).unwrap_or(u64::MAX));
            followed.drop_first();
        }
        if is_over && followed.first().is_none() {
            break;
        }
    }
    Ok(Seen {
        searchable_p50_ms: searchable.value_at_quantile(0.5) as f64,
        searchable_p99_ms: searchable.value_at_quantile(0.99) as f64,
        followed_events: searchable.len(),
        peak_anonymous_bytes,
    })
}

async fn is_found(server: &ServerProcess, whole: Period, seed: u64, key: EventKey) -> anyhow::Result<bool> {
    let path = format!(
        "/api/v1/events?limit=1&from={}&to={}&interaction={}&attr.steplog.event.sequence={}",
        whole.from.0,
        whole.to.0,
        key.interaction_id(seed),
        key.sequence
    );
    let page = server.get(&path).await?;
    Ok(page.get("events").and_then(Value::as_array).is_some_and(|events| !events.is_empty()))
}
