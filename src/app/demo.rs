//! `--demo`: steplog feeds itself over real OTLP.

use std::net::SocketAddr;
use std::sync::Arc;

use steplog_model::time::{NANOS_PER_DAY, UnixNanos};
use tokio_util::sync::CancellationToken;

use crate::generate::load::{self, Load, Progress};
use crate::generate::stream::{Plan, Stream, Times};
use crate::otlp_client::retry::RetryPolicy;
use crate::otlp_client::{Compression, Protocol, Target};

/// Events of the last 24 hours that are sent first, so that there is something to look at at once.
const PAST_EVENTS: u64 = 20_000;
/// Events per second from then on.
const RATE: f64 = 4.0;

/// Sends the past, then the present until `stop` is cancelled.
pub(super) async fn feed(grpc: SocketAddr, stop: CancellationToken) {
    if let Err(error) = send(grpc, stop).await {
        tracing::error!(error = format!("{error:#}"), "the demo ended");
    }
}

async fn send(grpc: SocketAddr, stop: CancellationToken) -> anyhow::Result<()> {
    let now = UnixNanos::now();
    let past = Times::Spread { from: now.saturating_add(-NANOS_PER_DAY), to: now, events: PAST_EVENTS };
    let mut target = Target::new(Protocol::Grpc, &format!("http://{grpc}"))?;
    target.compression = Compression::Gzip;
    // A new seed each time: people who come back tomorrow meet new interactions.
    let plan = Plan { seed: now.0.cast_unsigned(), persons: 20_000, times: past, uids: false };
    let retry = RetryPolicy { give_up_after: None, ..RetryPolicy::default() };
    let load = Load {
        target,
        connections: 2,
        batch: 500,
        rate: None,
        events: Some(PAST_EVENTS),
        duration: None,
        retry,
        level: None,
    };
    let progress = Arc::new(Progress::default());
    let sent = load::run(load.clone(), Stream::new(plan), stop.clone(), Arc::clone(&progress), None).await?;
    tracing::info!(
        events = sent.events,
        "the demo's last 24 hours are in; more events follow as they happen"
    );
    let plan = Plan { seed: plan.seed ^ 1, times: Times::Live { running: 60 }, ..plan };
    let load = Load { connections: 1, rate: Some(RATE), events: None, ..load };
    load::run(load, Stream::new(plan), stop, progress, None).await?;
    Ok(())
}
