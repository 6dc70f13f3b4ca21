//! `--demo`: steplog feeds itself over real OTLP, into a directory that holds nothing else.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use steplog_load::generate::load::{self, Load, Progress};
use steplog_load::generate::stream::{Plan, Stream, Times};
use steplog_load::otlp_client::retry::RetryPolicy;
use steplog_load::otlp_client::{Compression, Protocol, Target};
use steplog_model::counted::counted;
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, UnixNanos};
use tokio_util::sync::CancellationToken;

use crate::config::DEMO_DATA;
use crate::durable;

/// Says of a data directory that its events are invented.
const MARK: &str = "demo.json";
const MARK_TEXT: &str =
    "{\"note\": \"the events of this directory are invented by `steplog serve --demo`\"}\n";

/// Events of 24 hours. What is sent live comes at the same rate, so that the chart has one height.
const EVENTS_A_DAY: u64 = 20_000;
/// A gap shorter than this is not filled: its interactions would have no time to end.
const SHORTEST_GAP_NANOS: i64 = 300 * NANOS_PER_SECOND;

/// Whether the events of a data directory are invented.
pub(super) fn is_demo(data: &Path) -> bool {
    data.join(MARK).exists()
}

/// Makes the directory one of invented events.
///
/// # Errors
/// Where it holds events that are not, or as the disk says.
pub(super) fn claim(data: &Path, events: u64) -> anyhow::Result<()> {
    let mark = data.join(MARK);
    if mark.exists() {
        return Ok(());
    }
    if events > 0 {
        bail!(
            "{} holds {} of your own, and those of --demo would stand among them; leave --data away \
             (the demo then has {DEMO_DATA} for itself), or name an empty directory",
            data.display(),
            counted(events, "event")
        );
    }
    // Before any event is: after a power cut it must not be the events alone that are there.
    durable::write(&mark, MARK_TEXT).with_context(|| format!("cannot write {}", mark.display()))
}

/// Sends what happened since `newest`, or in the last 24 hours, then the present until `stop` is cancelled.
pub(super) async fn feed(grpc: SocketAddr, newest: Option<UnixNanos>, stop: CancellationToken) {
    if let Err(error) = send(grpc, newest, stop).await {
        tracing::error!(error = format!("{error:#}"), "the demo ended");
    }
}

/// The part of the last 24 hours that has no events yet, and how many it gets.
fn gap(newest: Option<UnixNanos>, now: UnixNanos) -> Option<(UnixNanos, u64)> {
    let from = newest.unwrap_or(UnixNanos(i64::MIN)).max(now.saturating_add(-NANOS_PER_DAY));
    let nanos = now.0.saturating_sub(from.0);
    if nanos < SHORTEST_GAP_NANOS {
        return None;
    }
    let events = i128::from(nanos) * i128::from(EVENTS_A_DAY) / i128::from(NANOS_PER_DAY);
    Some((from, u64::try_from(events).ok()?))
}

async fn send(grpc: SocketAddr, newest: Option<UnixNanos>, stop: CancellationToken) -> anyhow::Result<()> {
    let now = UnixNanos::now();
    let mut target = Target::new(Protocol::Grpc, &format!("http://{grpc}"))?;
    target.compression = Compression::Gzip;
    let retry = RetryPolicy { give_up_after: None, ..RetryPolicy::default() };
    let live = Times::Live { running: 60 };
    // A new seed each time: people who come back tomorrow meet new interactions.
    let plan = Plan { seed: now.0.cast_unsigned(), persons: 20_000, times: live, uids: false };
    let rate = EVENTS_A_DAY as f64 / (NANOS_PER_DAY / NANOS_PER_SECOND) as f64;
    let load = Load {
        target,
        connections: 1,
        batch: 500,
        rate: Some(rate),
        events: None,
        duration: None,
        retry,
        level: None,
    };
    let progress = Arc::new(Progress::default());
    if let Some((from, events)) = gap(newest, now) {
        let past = Plan { seed: plan.seed ^ 1, times: Times::Spread { from, to: now, events }, ..plan };
        let load = Load { connections: 2, rate: None, events: Some(events), ..load.clone() };
        let sent = load::run(load, Stream::new(past), stop.clone(), Arc::clone(&progress), None).await?;
        tracing::info!(events = sent.events, "the demo's past is in; more events follow as they happen");
    }
    load::run(load, Stream::new(plan), stop, progress, None).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_of_the_last_day_is_filled() {
        let now = UnixNanos(100 * NANOS_PER_DAY);
        let ago = |nanos: i64| Some(now.saturating_add(-nanos));
        assert_eq!(gap(None, now), Some((UnixNanos(99 * NANOS_PER_DAY), EVENTS_A_DAY)));
        assert_eq!(gap(ago(9 * NANOS_PER_DAY), now), Some((UnixNanos(99 * NANOS_PER_DAY), EVENTS_A_DAY)));
        assert_eq!(gap(ago(NANOS_PER_DAY / 2), now).unwrap().1, EVENTS_A_DAY / 2);
        assert_eq!(gap(ago(SHORTEST_GAP_NANOS - 1), now), None);
        assert_eq!(gap(ago(-NANOS_PER_SECOND), now), None);
    }

    #[test]
    fn a_directory_of_own_events_is_not_the_demos() {
        let directory = tempfile::tempdir().unwrap();
        let refused = claim(directory.path(), 7).unwrap_err().to_string();
        assert!(refused.contains("7 events of your own") && refused.contains(DEMO_DATA), "{refused}");
        assert!(!is_demo(directory.path()));
        claim(directory.path(), 0).unwrap();
        claim(directory.path(), 7).unwrap();
        assert!(is_demo(directory.path()));
    }
}
