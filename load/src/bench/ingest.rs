//! Feeding the server over both protocols, and what that costs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use steplog_model::query::Period;
use steplog_model::time::UnixNanos;
use tokio_util::sync::CancellationToken;

use super::recent::Recent;
use super::server::{Cpu, ServerProcess, cpu_of};
use super::tally::Tally;
use super::watch::{Followed, Seen, watch};
use super::{Plans, SEED, questions};
use crate::generate::level::Level;
use crate::generate::load::{self, Load, OnAcknowledged, Progress, Report};
use crate::generate::stream::{Batch, Plan, Stream, Times};
use crate::otlp_client::retry::RetryPolicy;
use crate::otlp_client::{Compression, Protocol, Target};

/// How many different people there are.
const PERSONS: u32 = 1_000_000;
/// About how many events the longest interaction has: not quite as many as are answered at once.
const LONG_EVENTS: u64 = 9_950;

const TELL_EVERY: Duration = Duration::from_secs(10);

/// What receiving and indexing came to.
#[derive(Clone, Debug, Serialize)]
pub struct Ingest {
    /// Seconds from the first event sent to the last one acknowledged.
    pub acknowledged_seconds: f64,
    /// Seconds from the first event sent to the last one searchable.
    pub searchable_seconds: f64,
    /// The server's CPU time until all events were searchable.
    pub server_cpu: Cpu,
    /// The server's CPU time until all events were acknowledged.
    pub server_cpu_acknowledged: Cpu,
    /// The CPU time of making, compressing and sending the events, and of counting them.
    pub sender_cpu: Cpu,
    /// The server's memory at its highest, files that are mapped included.
    pub peak_rss_bytes: u64,
    /// What was seen meanwhile.
    pub seen: Seen,
    /// What the sender of gRPC saw.
    pub grpc: Report,
    /// What the sender of HTTP saw.
    pub http: Report,
}

/// What was sent.
#[derive(Debug)]
pub struct Sent {
    /// All of it, counted.
    pub tally: Tally,
    /// The newest of it.
    pub recent: Recent,
}

/// Sends all events and waits until they can be found. Tells now and then how far it is.
///
/// # Errors
/// If the server refuses or loses an event.
pub async fn feed(
    plans: &Plans,
    server: &Arc<ServerProcess>,
    whole: Period,
    tell: &impl Fn(&str),
) -> anyhow::Result<(Ingest, Sent)> {
    let sent = Sent { tally: Tally::new(last_moment(whole)), recent: Recent::of(whole, plans.events) };
    let (sent, followed) = (Arc::new(Mutex::new(sent)), Arc::new(Followed::default()));
    let stop = CancellationToken::new();
    let watching = tokio::spawn(watch(Arc::clone(server), Arc::clone(&followed), whole, stop.clone()));
    let (server_before, sender_before) = (server.cpu()?, cpu_of("self")?);
    let started = Instant::now();
    let http_events = plans.events / 2;
    // In small runs a small part of all.
    let long_events = u32::try_from(LONG_EVENTS.min(plans.events / 50))?;
    let on_acknowledged = |seed| counting(&sent, &followed, seed);
    let mut grpc_load = load(plans, Protocol::Grpc, &server.addresses.grpc, plans.events - http_events)?;
    let mut http_load = load(plans, Protocol::Http, &server.addresses.http, http_events)?;
    // Else one of them would send yesterday's events while the other is at today's.
    let level = Level::new(2, (plans.batch * plans.connections) as u64);
    grpc_load.level = Some((level.clone(), 0));
    http_load.level = Some((level, 1));
    let grpc = tokio::spawn(send(grpc_load, SEED, whole, long_events, on_acknowledged(SEED)));
    let http = tokio::spawn(send(http_load, SEED + 1, whole, 0, on_acknowledged(SEED + 1)));
    let both = async { anyhow::Ok((grpc.await??, http.await??)) };
    let how_far = || sent.lock().unwrap_or_else(PoisonError::into_inner).tally.events();
    let (grpc, http) =
        telling(both, || tell(&format!("{} of {} are acknowledged", how_far(), plans.events))).await?;
    let acknowledged_seconds = started.elapsed().as_secs_f64();
    let (server_acknowledged, sender_after) = (server.cpu()?, cpu_of("self")?);
    server.wait_until_searchable().await?;
    let searchable_seconds = started.elapsed().as_secs_f64();
    let server_cpu = server.cpu()?.since(server_before);
    stop.cancel();
    let seen = watching.await??;
    let found = questions::total(server, whole).await?;
    ensure!(found == plans.events, "{found} events are found, {} were acknowledged", plans.events);
    let ingest = Ingest {
        acknowledged_seconds,
        searchable_seconds,
        server_cpu,
        server_cpu_acknowledged: server_acknowledged.since(server_before),
        sender_cpu: sender_after.since(sender_before),
        peak_rss_bytes: server.memory()?.peak_bytes,
        seen,
        grpc,
        http,
    };
    let sent = Arc::into_inner(sent).context("a sender still runs")?;
    Ok((ingest, sent.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// Waits for something, and tells now and then.
async fn telling<T>(waited_for: impl Future<Output = T>, tell: impl Fn()) -> T {
    let mut waited_for = std::pin::pin!(waited_for);
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + TELL_EVERY, TELL_EVERY);
    loop {
        tokio::select! {
            done = &mut waited_for => return done,
            _ = ticks.tick() => tell(),
        }
    }
}

/// The last moment that an event can have.
#[must_use]
pub fn last_moment(whole: Period) -> UnixNanos {
    whole.to.saturating_add(-1)
}

/// The sending of so many events to an address, as the plans say.
pub(super) fn load(plans: &Plans, protocol: Protocol, address: &str, events: u64) -> anyhow::Result<Load> {
    let mut target = Target::new(protocol, &format!("http://{address}"))?;
    target.compression = Compression::Gzip;
    target.timeout = Duration::from_secs(60);
    Ok(Load {
        target,
        connections: (plans.connections / 2).max(1),
        batch: plans.batch,
        rate: plans.rate.map(|rate| rate / 2.0),
        events: Some(events),
        duration: None,
        retry: RetryPolicy { give_up_after: Some(Duration::from_secs(300)), ..RetryPolicy::default() },
        level: None,
    })
}

/// Sends a stream whole.
pub(super) async fn send(
    load: Load,
    seed: u64,
    whole: Period,
    long_events: u32,
    on_acknowledged: Option<OnAcknowledged>,
) -> anyhow::Result<Report> {
    let times =
        Times::Spread { from: whole.from, to: last_moment(whole), events: load.events.unwrap_or_default() };
    let stream = Stream::new(Plan { seed, persons: PERSONS, times, uids: false });
    let stream = if long_events > 0 { stream.with_long_interaction(long_events) } else { stream };
    let (stop, progress) = (CancellationToken::new(), Arc::new(Progress::default()));
    let report = load::run(load, stream, stop, progress, on_acknowledged).await?;
    ensure!(report.is_clean(), "not every event was taken: {:?}", report.last_problem);
    Ok(report)
}

/// Sends so many events of a seed and a period as fast as they are taken, over gRPC.
///
/// # Errors
/// If not every event is taken.
pub async fn send_plainly(
    plans: &Plans,
    server: &ServerProcess,
    seed: u64,
    events: u64,
    whole: Period,
) -> anyhow::Result<Report> {
    let unhurried = Plans { rate: None, ..plans.clone() };
    send(load(&unhurried, Protocol::Grpc, &server.addresses.grpc, events)?, seed, whole, 0, None).await
}

fn counting(sent: &Arc<Mutex<Sent>>, followed: &Arc<Followed>, seed: u64) -> Option<OnAcknowledged> {
    let (sent, followed) = (Arc::clone(sent), Arc::clone(followed));
    Some(Arc::new(move |batch: &Batch| {
        followed.acknowledged(seed, &batch.events);
        let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.tally.add(seed, &batch.events);
        sent.recent.add(batch);
    }))
}
