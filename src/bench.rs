//! Measures the whole product from outside: a server in a process of its own, fed over real OTLP, asked over HTTP.
//!
//! CPU seconds, not wall time, compare between machines and runs; the sender's are told apart from the server's.

pub mod questions;
pub mod report;
pub mod server;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};
use tokio_util::sync::CancellationToken;

use crate::generate::load::{self, Load, OnAcknowledged, Progress};
use crate::generate::stream::{Batch, Plan, Stream, Times};
use crate::otlp_client::retry::RetryPolicy;
use crate::otlp_client::{Compression, Protocol, Target};
use questions::Sample;
use report::{Figures, Ingest};
use server::{ServerProcess, cpu_seconds_of};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plans {
    /// Events to send.
    pub events: u64,
    /// Days of event time they fill, up to now.
    pub days: u32,
    /// Connections, half of them gRPC and half HTTP.
    pub connections: usize,
    /// Events of a request.
    pub batch: usize,
    /// The stream's seed.
    pub seed: u64,
    /// How often each question is asked.
    pub rounds: usize,
    /// Where the store is made; it must not exist.
    pub data: PathBuf,
}

/// Runs the server, feeds it, asks it, and returns the figures.
///
/// # Errors
/// If the server does not start or answer, loses an event, or answers with a wrong count.
pub async fn run(plans: &Plans, tell: impl Fn(&str)) -> anyhow::Result<Figures> {
    let mut server = ServerProcess::start(&plans.data).await?;
    tell(&format!("sending {} events over {} connections", plans.events, plans.connections));
    let to = UnixNanos::now();
    let from = to.saturating_add(-NANOS_PER_DAY.saturating_mul(i64::from(plans.days)));
    let (ingest, sent) = feed(plans, &server, from, to).await?;
    tell("asking");
    let sample = Sample::take(&server, from, to, &sent).await?;
    let answers = questions::ask_all(&server, &sample, plans.rounds).await?;
    let rss_idle_bytes = server.memory()?.current_bytes;
    let disk = server.disk_bytes()?;
    server.stop().await?;
    tell("starting again");
    let started = std::time::Instant::now();
    let mut again = ServerProcess::start(&plans.data).await?;
    let start_seconds = started.elapsed().as_secs_f64();
    let found = questions::total(&again, from, to).await?;
    again.stop().await?;
    ensure!(found == plans.events, "{found} events after a restart, {} were sent", plans.events);
    Ok(Figures {
        events: plans.events,
        days: plans.days,
        ingest,
        answers,
        rss_idle_bytes,
        disk,
        start_seconds,
    })
}

/// How many events each interaction got: what the answers are checked against.
pub type Sent = HashMap<u64, u32>;

async fn feed(
    plans: &Plans,
    server: &ServerProcess,
    from: UnixNanos,
    to: UnixNanos,
) -> anyhow::Result<(Ingest, Sent)> {
    let sent = Arc::new(Mutex::new(Sent::new()));
    let (server_before, sender_before) = (server.cpu()?, cpu_seconds_of("self")?);
    let started = std::time::Instant::now();
    let halves = [(Protocol::Grpc, &server.addresses.grpc), (Protocol::Http, &server.addresses.http)];
    let mut tasks = Vec::new();
    for (place, (protocol, address)) in halves.into_iter().enumerate() {
        let events = plans.events / 2 + if place == 0 { plans.events % 2 } else { 0 };
        let mut target = Target::new(protocol, &format!("http://{address}"))?;
        target.compression = Compression::Gzip;
        target.timeout = Duration::from_secs(60);
        let load = Load {
            target,
            connections: (plans.connections / 2).max(1),
            batch: plans.batch,
            rate: None,
            events: Some(events),
            duration: None,
            retry: RetryPolicy { give_up_after: Some(Duration::from_secs(300)), ..RetryPolicy::default() },
        };
        let plan = Plan {
            seed: plans.seed + place as u64,
            persons: 1_000_000,
            times: Times::Spread { from, to, events },
            uids: false,
        };
        // Only one half is counted, so that the keys of two seeds do not mix.
        let on_acknowledged = (place == 0).then(|| counting(&sent));
        let progress = Arc::new(Progress::default());
        let stop = CancellationToken::new();
        tasks.push(tokio::spawn(load::run(load, Stream::new(plan), stop, progress, on_acknowledged)));
    }
    let mut reports = Vec::new();
    for task in tasks {
        let report = task.await??;
        ensure!(report.is_clean(), "not every event was taken: {:?}", report.last_problem);
        reports.push(report);
    }
    let seconds = started.elapsed().as_secs_f64();
    let (server_acknowledged, sender_after) = (server.cpu()?, cpu_seconds_of("self")?);
    server.wait_until_searchable().await?;
    let searchable_seconds = started.elapsed().as_secs_f64();
    let found = questions::total(server, from, to).await?;
    ensure!(found == plans.events, "{found} events are found, {} were acknowledged", plans.events);
    let ingest = Ingest {
        acknowledged_seconds: seconds,
        searchable_seconds,
        server_cpu: server.cpu()?.since(server_before),
        server_cpu_acknowledged: server_acknowledged.since(server_before),
        sender_cpu: sender_after.since(sender_before),
        peak_rss_bytes: server.memory()?.peak_bytes,
        reports,
    };
    let sent = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((ingest, sent))
}

fn counting(sent: &Arc<Mutex<Sent>>) -> OnAcknowledged {
    let sent = Arc::clone(sent);
    Arc::new(move |batch: &Batch| {
        let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &batch.keys {
            *sent.entry(key.interaction).or_default() += 1;
        }
    })
}

/// The bytes of all files below a directory, by kind: the file's ending, or `index` for all of an index.
///
/// # Errors
/// If a directory cannot be read.
pub fn bytes_by_kind(directory: &std::path::Path) -> anyhow::Result<Vec<(String, u64)>> {
    let mut kinds = std::collections::BTreeMap::new();
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in
            std::fs::read_dir(&directory).with_context(|| format!("reading {}", directory.display()))?
        {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                left.push(path);
                continue;
            }
            let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
            let kind = ending.unwrap_or_else(|| "other".to_owned());
            // Blocks on the disk, so that the unwritten rest of a preallocated file is told as what it takes.
            let metadata = entry.metadata()?;
            let bytes = std::os::unix::fs::MetadataExt::blocks(&metadata) * 512;
            *kinds.entry(kind).or_insert(0) += bytes;
        }
    }
    Ok(kinds.into_iter().collect())
}
