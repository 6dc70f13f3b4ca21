//! What a store asks for beside a running server: replaying what a crash left, building an index anew, compaction.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use steplog_model::query::Period;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};
use tokio::process::Command;

use super::disk::{Disk, Part};
use super::server::{Cpu, ServerProcess, Setup, cpu_of_children};
use super::{Plans, check, ingest};

/// About 256 MiB of events.
const REPLAYED_EVENTS: u64 = 290_000;

/// A start on a store whose process was killed before it had indexed anything.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Replay {
    /// Events that were in the record log and in no index.
    pub events: u64,
    /// Their bytes as they were sent, before compression.
    pub bytes: u64,
    /// Seconds until the server answered.
    pub ready_seconds: f64,
    /// Seconds until all of them could be found.
    pub searchable_seconds: f64,
    /// The server's CPU time until then.
    pub cpu: Cpu,
}

/// Fills a store of its own, kills its server before it commits, and starts it again.
///
/// # Errors
/// If an acknowledged event is lost.
pub async fn replay(plans: &Plans, directory: &Path) -> anyhow::Result<Replay> {
    let setup = Setup { data: directory.join("replayed"), ..plans.setup(directory) };
    let mut lazy = setup.clone();
    // Nothing is committed before the kill.
    for (name, value) in [("--store-commit-millis", "86400000"), ("--store-builder-bytes", "17179869184")] {
        lazy.flags = without(lazy.flags, name);
        lazy.flags.extend([name.to_owned(), value.to_owned()]);
    }
    let mut server = ServerProcess::start(&lazy).await?;
    let events = plans.events.min(REPLAYED_EVENTS);
    let to = UnixNanos::now();
    let whole = Period { from: to.saturating_add(-3_600 * NANOS_PER_SECOND), to };
    let report = ingest::send_plainly(plans, &server, super::SEED, events, whole).await?;
    let unindexed = server.unindexed_events().await?;
    ensure!(unindexed == events, "{unindexed} of {events} events wait for the index");
    server.kill().await?;
    let started = Instant::now();
    let mut server = ServerProcess::start(&setup).await?;
    let ready_seconds = started.elapsed().as_secs_f64();
    server.wait_until_searchable().await?;
    let searchable_seconds = started.elapsed().as_secs_f64();
    let cpu = server.cpu()?;
    check::check_total(&server, whole, events).await?;
    server.stop().await?;
    let bytes = (report.bytes_per_event * events as f64) as u64;
    Ok(Replay { events, bytes, ready_seconds, searchable_seconds, cpu })
}

/// Flags without one of them, written as `--name value` or `--name=value`.
fn without(flags: Vec<String>, name: &str) -> Vec<String> {
    let mut left = Vec::new();
    let mut flags = flags.into_iter();
    while let Some(flag) = flags.next() {
        if flag == name {
            flags.next();
        } else if flag.strip_prefix(name).is_none_or(|rest| !rest.starts_with('=')) {
            left.push(flag);
        }
    }
    left
}

/// Work on a store that no server uses.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Offline {
    /// Events that it was about.
    pub events: u64,
    /// Seconds for all of it; every byte of the store is verified as well.
    pub seconds: f64,
    /// Its CPU time.
    pub cpu: Cpu,
}

/// Builds all indexes of a store anew, as `steplog check --rebuild` does; no server may run on the store.
///
/// # Errors
/// If that fails, or the store is damaged.
pub async fn rebuild(setup: &Setup) -> anyhow::Result<Offline> {
    let (work, report) = check_with(setup, "--rebuild").await?;
    let days = report.get("days").and_then(serde_json::Value::as_array).context("the report has no days")?;
    let events = days.iter().filter_map(|day| day.get("events").and_then(serde_json::Value::as_u64)).sum();
    Ok(Offline { events, ..work })
}

/// A store whose closed days were compacted, as `steplog check --compact` does.
#[derive(Clone, Debug, Serialize)]
pub struct Compacted {
    /// The work, on the closed days.
    pub work: Offline,
    /// What they take since.
    pub closed_days: Part,
}

/// Compacts the days of a store but for the newest one, which hold so many events each, the oldest first.
///
/// # Errors
/// If that fails, or the store is damaged.
pub async fn compact(setup: &Setup, days: &[u64]) -> anyhow::Result<Compacted> {
    let (work, _) = check_with(setup, "--compact").await?;
    let closed_days = Disk::of(&setup.data, days)?.closed_days;
    Ok(Compacted { work: Offline { events: closed_days.events, ..work }, closed_days })
}

async fn check_with(setup: &Setup, flag: &str) -> anyhow::Result<(Offline, serde_json::Value)> {
    let (started, before) = (Instant::now(), cpu_of_children()?);
    let mut command = setup.command();
    command.args(["check", flag, "--json", "--data"]).arg(&setup.data);
    let output =
        Command::output(&mut command).await.with_context(|| format!("running steplog check {flag}"))?;
    let seconds = started.elapsed().as_secs_f64();
    let cpu = cpu_of_children()?.since(before);
    ensure!(output.status.success(), "check {flag} failed: {}", String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).context("reading the check's report")?;
    Ok((Offline { events: 0, seconds, cpu }, report))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_left_out_however_it_is_written() {
        let flags = ["--a", "1", "--ab", "2", "--a=3", "--c"].map(str::to_owned);
        assert_eq!(without(flags.to_vec(), "--a"), ["--ab", "2", "--c"]);
    }
}
