//! Sending a stream over many connections at a rate, and measuring what comes back.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;
use steplog_model::time::UnixNanos;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::level::Level;
use super::stream::{Batch, Stream};
use crate::otlp_client::reply::Reply;
use crate::otlp_client::retry::{RetryPolicy, deliver};
use crate::otlp_client::{Message, Sender, Target};

/// How to send.
#[derive(Clone, Debug)]
pub struct Load {
    /// Where to.
    pub target: Target,
    /// Connections, each with one request on its way.
    pub connections: usize,
    /// Events of a request.
    pub batch: usize,
    /// Events per second over all connections; `None` for as fast as they are taken.
    pub rate: Option<f64>,
    /// Stop after so many events; `None` for no such end.
    pub events: Option<u64>,
    /// Stop after so long; `None` for no such end.
    pub duration: Option<Duration>,
    /// How to retry.
    pub retry: RetryPolicy,
    /// With what other loads it keeps level, and its number among them.
    pub level: Option<(Level, usize)>,
}

/// Counts of a running load, for whoever shows them.
#[derive(Debug, Default)]
pub struct Progress {
    /// Events acknowledged.
    pub acknowledged: AtomicU64,
    /// Events of acknowledged requests that were refused for good.
    pub rejected: AtomicU64,
    /// Events of requests that were refused for good.
    pub refused: AtomicU64,
    /// Events of requests given up after too many failures.
    pub given_up: AtomicU64,
    /// Attempts after a first one.
    pub retries: AtomicU64,
    /// The reason of the last failure.
    pub last_problem: Mutex<Option<String>>,
}

impl Progress {
    fn set_problem(&self, reason: &str) {
        *self.last_problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }

    /// The reason of the last failure, if there was one.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.last_problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a load came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Events acknowledged, those rejected in them left out.
    pub events: u64,
    /// Requests acknowledged.
    pub requests: u64,
    /// Seconds from the first event to the last acknowledgement.
    pub seconds: f64,
    /// Events acknowledged per second.
    pub events_per_second: f64,
    /// Encoded bytes of an event on average, before compression.
    pub bytes_per_event: f64,
    /// Bytes of an event on the wire on average.
    pub sent_bytes_per_event: f64,
    /// From the moment a request was due to its acknowledgement, retries included, in milliseconds.
    pub latency_ms: Latency,
    /// Attempts after a first one.
    pub retries: u64,
    /// Events refused for good in acknowledged requests.
    pub rejected: u64,
    /// Events of requests refused for good.
    pub refused: u64,
    /// Events of requests given up.
    pub given_up: u64,
    /// The reason of the last failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_problem: Option<String>,
}

impl Report {
    /// Whether every event was acknowledged and none rejected.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.rejected == 0 && self.refused == 0 && self.given_up == 0
    }
}

/// Latencies in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Latency {
    /// Half of the requests took at most this.
    pub p50: f64,
    /// 99 of 100 requests took at most this.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// Called with each batch that was acknowledged, from the task that sent it.
pub type OnAcknowledged = Arc<dyn Fn(&Batch) + Send + Sync>;

/// A load that is being sent, by all connections together.
struct LoadRun {
    load: Load,
    stream: Mutex<(Stream, u64)>,
    started: Instant,
    stop: CancellationToken,
    progress: Arc<Progress>,
    on_acknowledged: Option<OnAcknowledged>,
}

/// What one connection saw.
struct Seen {
    latency: Histogram<u64>,
    requests: u64,
    bytes: u64,
    sent_bytes: u64,
    events: u64,
}

/// Sends the stream until the load's end or until `stop` is cancelled; requests on their way are waited for.
///
/// # Errors
/// If a task ends in a way that it must not.
pub async fn run(
    load: Load,
    stream: Stream,
    stop: CancellationToken,
    progress: Arc<Progress>,
    on_acknowledged: Option<OnAcknowledged>,
) -> anyhow::Result<Report> {
    let connections = load.connections.max(1);
    let started = Instant::now();
    let stream = Mutex::new((stream, 0));
    let run = Arc::new(LoadRun { load, stream, started, stop, progress, on_acknowledged });
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(send_batches(Arc::clone(&run)));
    }
    let mut all = Seen::new()?;
    while let Some(seen) = tasks.join_next().await {
        all.add(&seen??)?;
    }
    Ok(report(&run, &all))
}

impl LoadRun {
    async fn wait_for_others(&self) {
        if let Some((level, number)) = &self.load.level {
            level.wait(*number).await;
        }
    }

    fn note(&self, made: u64) {
        if let Some((level, number)) = &self.load.level {
            level.note(*number, made);
        }
    }

    /// The next batch and the moment it is due; `None` at the end of the load.
    fn next_batch(&self) -> Option<(Batch, Instant)> {
        let mut guard = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let (stream, made) = &mut *guard;
        let left = self.load.events.map_or(u64::MAX, |events| events.saturating_sub(*made));
        // At a low rate small requests, so that events do not wait for each other longer than a second.
        let batch = self.load.rate.map_or(self.load.batch, |rate| self.load.batch.min(rate as usize).max(1));
        let size = batch.min(usize::try_from(left).unwrap_or(usize::MAX));
        let due = match self.load.rate {
            Some(rate) => self.started + Duration::from_secs_f64(*made as f64 / rate.max(1e-3)),
            None => Instant::now(),
        };
        let over = self.load.duration.is_some_and(|duration| due.duration_since(self.started) >= duration);
        if size == 0 || over {
            self.note(u64::MAX);
            return None;
        }
        *made += size as u64;
        self.note(*made);
        let wait = due.saturating_duration_since(Instant::now());
        let now = UnixNanos::now().saturating_add(i64::try_from(wait.as_nanos()).unwrap_or(0));
        Some((stream.batch(size, now), due))
    }
}

async fn send_batches(run: Arc<LoadRun>) -> anyhow::Result<Seen> {
    let mut sender = Sender::new(run.load.target.clone());
    let mut seen = Seen::new()?;
    while !run.stop.is_cancelled() {
        tokio::select! {
            () = run.wait_for_others() => {}
            () = run.stop.cancelled() => break,
        }
        let Some((batch, due)) = run.next_batch() else { break };
        let message = Message::new(batch.request.clone(), run.load.target.compression)?;
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            () = run.stop.cancelled() => break,
        }
        let progress = &run.progress;
        let events = batch.events.len() as u64;
        let delivering = deliver(&mut sender, &message, &run.load.retry, |reason| {
            progress.retries.fetch_add(1, Relaxed);
            progress.set_problem(reason);
        });
        let delivery = tokio::select! {
            delivery = delivering => delivery,
            // Whoever stops does not want to wait for a receiver that is not there.
            () = stopped_for(&run.stop, Duration::from_secs(10)) => {
                progress.given_up.fetch_add(events, Relaxed);
                break;
            }
        };
        match &delivery.reply {
            Reply::Accepted { rejected, message: said } => {
                if *rejected > 0 {
                    progress.set_problem(said);
                }
                progress.rejected.fetch_add(*rejected, Relaxed);
                progress.acknowledged.fetch_add(events.saturating_sub(*rejected), Relaxed);
                seen.requests += 1;
                seen.events += events;
                seen.bytes += batch.request.len() as u64;
                seen.sent_bytes += message.size_bytes() as u64;
                seen.latency.saturating_record(u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX));
                if let Some(on_acknowledged) = &run.on_acknowledged {
                    on_acknowledged(&batch);
                }
            }
            Reply::Refused { reason } => {
                progress.refused.fetch_add(events, Relaxed);
                progress.set_problem(reason);
            }
            Reply::Retry { reason, .. } => {
                progress.given_up.fetch_add(events, Relaxed);
                progress.set_problem(reason);
            }
        }
    }
    Ok(seen)
}

/// Resolves so long after the stop.
async fn stopped_for(stop: &CancellationToken, grace: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(grace).await;
}

impl Seen {
    fn new() -> anyhow::Result<Self> {
        // Microseconds up to an hour, three digits.
        let latency = Histogram::new_with_bounds(1, 3_600_000_000, 3)?;
        Ok(Self { latency, requests: 0, bytes: 0, sent_bytes: 0, events: 0 })
    }

    fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.latency.add(&other.latency)?;
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.sent_bytes += other.sent_bytes;
        self.events += other.events;
        Ok(())
    }
}

fn report(run: &LoadRun, seen: &Seen) -> Report {
    let progress = &run.progress;
    let seconds = run.started.elapsed().as_secs_f64();
    let events = progress.acknowledged.load(Relaxed);
    let millis = |micros: u64| micros as f64 / 1_000.0;
    let per_event = |bytes: u64| if seen.events == 0 { 0.0 } else { bytes as f64 / seen.events as f64 };
    Report {
        events,
        requests: seen.requests,
        seconds,
        events_per_second: events as f64 / seconds.max(1e-9),
        bytes_per_event: per_event(seen.bytes),
        sent_bytes_per_event: per_event(seen.sent_bytes),
        latency_ms: Latency {
            p50: millis(seen.latency.value_at_quantile(0.5)),
            p99: millis(seen.latency.value_at_quantile(0.99)),
            max: millis(seen.latency.max()),
        },
        retries: progress.retries.load(Relaxed),
        rejected: progress.rejected.load(Relaxed),
        refused: progress.refused.load(Relaxed),
        given_up: progress.given_up.load(Relaxed),
        last_problem: progress.problem(),
    }
}
