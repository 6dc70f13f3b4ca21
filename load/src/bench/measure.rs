//! How long answers take at the API: one after the other, many at once, and with nothing in the page cache.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use http::StatusCode;
use serde::Serialize;
use steplog_model::query::Period;
use tokio::task::JoinSet;

use super::questions::{Question, period_of};
use super::server::{ServerProcess, Setup};

/// How long some answers took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    /// Half of them took at most this, in milliseconds.
    pub median_ms: f64,
    /// 99 of 100 took at most this; of fewer than 100, the longest.
    pub p99_ms: f64,
    /// The server's CPU time for one of them, in milliseconds.
    pub cpu_ms: f64,
}

/// Answers to many who ask at once.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Crowded {
    /// The times of the answers.
    pub times: Times,
    /// Questions that the server had no time for, which it said.
    pub refused: u64,
}

/// Answers of a server that was just started, with nothing of the store in the page cache.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cold {
    /// Their times; every answer is the first one of its server.
    pub times: Times,
    /// Pages that an answer waited for the disk to bring, on average.
    pub major_faults: f64,
    /// Bytes that an answer read from the disk, on average.
    pub read_bytes: f64,
}

/// How long answers took, one after the other.
pub(super) struct Clock {
    // Microseconds up to a minute, three digits.
    latency: Histogram<u64>,
}

impl Clock {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self { latency: Histogram::new_with_bounds(1, 60_000_000, 3)? })
    }

    pub(super) fn record(&mut self, taken: Duration) {
        self.latency.saturating_record(u64::try_from(taken.as_micros()).unwrap_or(u64::MAX));
    }

    /// How many there were.
    pub(super) fn answers(&self) -> u64 {
        self.latency.len()
    }

    pub(super) fn times(&self, cpu_seconds: f64) -> Times {
        let millis = |quantile: f64| self.latency.value_at_quantile(quantile) as f64 / 1_000.0;
        let cpu_ms = cpu_seconds * 1_000.0 / self.latency.len().max(1) as f64;
        Times { median_ms: millis(0.5), p99_ms: millis(0.99), cpu_ms }
    }
}

/// Asks a question once and tells how long the whole answer took; `None` where the server had no time for it.
pub(super) async fn ask(client: &reqwest::Client, url: &str) -> anyhow::Result<Option<Duration>> {
    let (status, taken) = ask_whatever(client, url).await?;
    // No place for it, or not done within the time that a question may take.
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT) {
        return Ok(None);
    }
    ensure!(status.is_success(), "the answer is {status}");
    Ok(Some(taken))
}

/// Asks once and tells the status of the whole answer, and how long it took.
pub(super) async fn ask_whatever(
    client: &reqwest::Client,
    url: &str,
) -> anyhow::Result<(StatusCode, Duration)> {
    let started = Instant::now();
    let answer = client.get(url).send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    ensure!(!body.is_empty(), "the answer {status} is empty");
    Ok((status, started.elapsed()))
}

/// The same of a server that has nothing else to do.
async fn ask_idle(client: &reqwest::Client, url: &str) -> anyhow::Result<Duration> {
    ask(client, url).await?.context("the server has no time for a single question")
}

/// Asks `rounds` times over one connection.
///
/// # Errors
/// If an answer fails.
pub async fn warm(
    server: &ServerProcess,
    question: &Question,
    whole: Period,
    rounds: usize,
) -> anyhow::Result<Times> {
    let url = server.url(&question.path(period_of(question.span, whole)));
    let mut clock = Clock::new()?;
    // The first answers fill caches; what is measured is how it goes on.
    for _ in 0..rounds.div_ceil(10) {
        ask_idle(&server.client, &url).await?;
    }
    let before = server.cpu()?;
    for _ in 0..rounds {
        clock.record(ask_idle(&server.client, &url).await?);
    }
    Ok(clock.times(server.cpu()?.since(before).total_seconds()))
}

/// Asks from `clients` connections at once, `rounds` times in all, but once from each at least.
///
/// # Errors
/// If an answer fails.
pub async fn crowded(
    server: &ServerProcess,
    question: &Question,
    whole: Period,
    rounds: usize,
    clients: usize,
) -> anyhow::Result<Crowded> {
    let url: Arc<str> = server.url(&question.path(period_of(question.span, whole))).into();
    let before = server.cpu()?;
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let (url, times) = (Arc::clone(&url), rounds.div_ceil(clients));
        tasks.spawn(async move {
            let client = reqwest::Client::new();
            let (mut clock, mut refused) = (Clock::new()?, 0);
            for _ in 0..times {
                match ask(&client, &url).await? {
                    Some(taken) => clock.record(taken),
                    None => refused += 1,
                }
            }
            anyhow::Ok((clock, refused))
        });
    }
    let (mut all, mut refused) = (Clock::new()?, 0);
    while let Some(ended) = tasks.join_next().await {
        let (clock, refused_here) = ended??;
        all.latency.add(&clock.latency)?;
        refused += refused_here;
    }
    Ok(Crowded { times: all.times(server.cpu()?.since(before).total_seconds()), refused })
}

/// Asks a question of `rounds` servers, each just started on a store of which nothing is in the page cache.
/// Tells as well how many seconds each start took.
///
/// # Errors
/// If a server does not start, or an answer fails.
pub async fn cold(
    setup: &Setup,
    question: &Question,
    whole: Period,
    rounds: usize,
) -> anyhow::Result<(Cold, Vec<f64>)> {
    let path = question.path(period_of(question.span, whole));
    let (mut clock, mut starts) = (Clock::new()?, Vec::new());
    let (mut cpu_seconds, mut major_faults, mut read_bytes) = (0.0, 0, 0);
    for _ in 0..rounds {
        drop_page_cache(&setup.data)?;
        let started = Instant::now();
        let mut server = ServerProcess::start(setup).await?;
        starts.push(started.elapsed().as_secs_f64());
        // Connects, so that only the answer is measured.
        server.get("/health/live").await?;
        // What the start itself has read and does not keep mapped goes again.
        drop_page_cache(&setup.data)?;
        let (cpu, io) = (server.cpu()?, server.disk_reads()?);
        clock.record(ask_idle(&server.client, &server.url(&path)).await?);
        cpu_seconds += server.cpu()?.since(cpu).total_seconds();
        let io = server.disk_reads()?.since(io);
        major_faults += io.major_faults;
        read_bytes += io.bytes;
        server.stop().await?;
    }
    let mean = |sum: u64| sum as f64 / rounds.max(1) as f64;
    let cold = Cold {
        times: clock.times(cpu_seconds),
        major_faults: mean(major_faults),
        read_bytes: mean(read_bytes),
    };
    Ok((cold, starts))
}

/// Asks the kernel to forget the files below a directory. Pages that a process has mapped stay.
#[cfg(target_os = "linux")]
fn drop_page_cache(directory: &std::path::Path) -> anyhow::Result<()> {
    for (path, _) in super::disk::files_below(directory)? {
        let file = match std::fs::File::open(&path) {
            Ok(file) => file,
            // A running server replaces files.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("opening {}", path.display())),
        };
        // Only what is on the disk can be forgotten.
        file.sync_all()?;
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)
            .with_context(|| format!("dropping {} from the page cache", path.display()))?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn drop_page_cache(_directory: &std::path::Path) -> anyhow::Result<()> {
    anyhow::bail!("the page cache is emptied in the way of Linux only; leave that out with --cold-rounds 0")
}
