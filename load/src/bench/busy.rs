//! How long answers take while events come in as fast as they are taken.

use std::cell::Cell;

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use serde::Serialize;
use steplog_model::query::Period;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use super::questions::{Question, period_of};
use super::server::{ServerProcess, Setup};
use super::{Plans, ingest, measure};

/// The most events that are sent meanwhile.
const MOST_EVENTS: u64 = 1_000_000;

/// Answers of a server that receives at full rate.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Busy {
    /// Half of them took at most this, in milliseconds.
    pub median_ms: f64,
    /// 99 of 100 took at most this; of fewer than 100, the longest.
    pub p99_ms: f64,
    /// How many there were.
    pub answers: u64,
    /// Questions that the server had no time for, which it said.
    pub refused: u64,
}

/// Sends further events of the last hour and asks all questions in turn until they are acknowledged; each question
/// once at least.
///
/// # Errors
/// If an event is refused or an answer fails.
pub async fn ask_busy(
    plans: &Plans,
    setup: &Setup,
    questions: &[Question],
    whole: Period,
) -> anyhow::Result<Vec<Busy>> {
    let mut server = ServerProcess::start(setup).await?;
    let to = UnixNanos::now();
    let last_hour = Period { from: to.saturating_add(-3_600 * NANOS_PER_SECOND), to };
    let events = plans.events.min(MOST_EVENTS);
    let is_over = Cell::new(false);
    let sending = async {
        // Another seed than that of all other events.
        let sent = ingest::send_plainly(plans, &server, super::SEED + 2, events, last_hour).await;
        is_over.set(true);
        sent
    };
    let (_, seen) = tokio::try_join!(sending, ask_until(&is_over, &server, questions, whole))?;
    server.wait_until_searchable().await?;
    let found = super::questions::total(&server, Period { to: UnixNanos::MAX, ..whole }).await?;
    ensure!(found == plans.events + events, "{found} events are found, {} were sent", plans.events + events);
    server.stop().await?;
    let busy = |(latency, refused): &(Histogram<u64>, u64)| {
        let millis = |quantile: f64| latency.value_at_quantile(quantile) as f64 / 1_000.0;
        Busy { median_ms: millis(0.5), p99_ms: millis(0.99), answers: latency.len(), refused: *refused }
    };
    Ok(seen.iter().map(busy).collect())
}

/// The latencies of the answers to each question, and how often it was refused.
async fn ask_until(
    is_over: &Cell<bool>,
    server: &ServerProcess,
    questions: &[Question],
    whole: Period,
) -> anyhow::Result<Vec<(Histogram<u64>, u64)>> {
    // Microseconds up to a minute, three digits.
    let empty = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    let mut seen = vec![(empty, 0); questions.len()];
    while !is_over.get() {
        for (question, (latency, refused)) in questions.iter().zip(&mut seen) {
            if is_over.get() && (!latency.is_empty() || *refused > 0) {
                break;
            }
            let url = server.url(&question.path(period_of(question.span, whole)));
            let asked = measure::ask(&server.client, &url).await;
            match asked.with_context(|| format!("asking \"{}\" under load", question.name))? {
                Some(taken) => {
                    latency.saturating_record(u64::try_from(taken.as_micros()).unwrap_or(u64::MAX));
                }
                None => *refused += 1,
            }
        }
    }
    Ok(seen)
}
