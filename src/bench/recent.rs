//! The newest events as they were sent, and a scan of them: what each question means, without an index.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::Value;
use steplog_exporter::decode::decode_protobuf;
use steplog_exporter::map::{Mapped, Mapping};
use steplog_model::event::Event;
use steplog_model::ids::Tenant;
use steplog_model::query::{Period, Query};
use steplog_model::time::UnixNanos;
use steplog_query::params::{Asker, EventsParams};

use super::questions::{Asks, DEEP_EVENTS, Question, count};
use super::server::ServerProcess;
use crate::generate::stream::Batch;

/// About how many events are kept: the deep page is among them.
const KEPT_EVENTS: u64 = DEEP_EVENTS as u64 + 20_000;

/// The newest of the requests that were sent.
#[derive(Debug)]
pub struct Recent {
    from: UnixNanos,
    requests: Mutex<Vec<Bytes>>,
}

/// The events of the newest requests, newest first.
#[derive(Debug)]
pub struct RecentEvents {
    period: Period,
    events: Vec<Event>,
}

impl Recent {
    /// Keeps the newest of `events` events that are spread evenly over a period.
    #[must_use]
    pub fn of(period: Period, events: u64) -> Self {
        let share = (KEPT_EVENTS as f64 / events.max(1) as f64).min(1.0);
        let length = period.to.0.saturating_sub(period.from.0) as f64 * share;
        Self { from: period.to.saturating_add(-(length as i64)), requests: Mutex::default() }
    }

    /// Keeps a batch if it is among the newest.
    pub fn add(&self, batch: &Batch) {
        if batch.events.iter().any(|event| event.time >= self.from) {
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(batch.request.clone());
        }
    }

    /// Decodes and maps what was kept.
    ///
    /// # Errors
    /// If a request is not what the generator makes.
    pub fn into_events(self, to: UnixNanos) -> anyhow::Result<RecentEvents> {
        let (mapping, period) = (Mapping::built_in(), Period { from: self.from, to });
        let mut events = Vec::new();
        for request in self.requests.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let decoded = decode_protobuf(request).context("decoding what was sent")?;
            let mut mapper = mapping.mapper(UnixNanos::now());
            for record in decoded.records {
                let Mapped::Event(event) = mapper.map(record) else { continue };
                if period.contains(event.time) {
                    events.push(event);
                }
            }
        }
        events.sort_unstable_by_key(|event| std::cmp::Reverse(event.time));
        Ok(RecentEvents { period, events })
    }
}

impl RecentEvents {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Asks the server a question about these events and compares its page and its count with a scan.
    /// Questions that are no pages are compared by their count.
    ///
    /// # Errors
    /// If the answer is another one, or none.
    pub async fn check(
        &self,
        server: &ServerProcess,
        question: &Question,
        whole: Period,
    ) -> anyhow::Result<()> {
        if question.asks == Asks::DeepPage {
            return self.check_deep(server, question, whole).await;
        }
        let matching = self.scan(question)?;
        let found = count(server, question, self.period).await?;
        ensure!(found == matching.len() as u64, "{found} events are found, a scan finds {}", matching.len());
        if question.asks == Asks::Page {
            let page = server.get(&question.path(self.period)).await?;
            let mut want = matching;
            if !question.is_newest_first() {
                want.reverse();
            }
            same_events(&page, want.get(..want.len().min(50)).unwrap_or_default())?;
        }
        Ok(())
    }

    /// The deep page lies among these events where there are enough; then it is known as well.
    async fn check_deep(
        &self,
        server: &ServerProcess,
        question: &Question,
        whole: Period,
    ) -> anyhow::Result<()> {
        let Some(want) = self.events.get(DEEP_EVENTS..DEEP_EVENTS + 50) else { return Ok(()) };
        let page = server.get(&question.path(whole)).await?;
        same_events(&page, &want.iter().collect::<Vec<_>>())
    }

    fn scan(&self, question: &Question) -> anyhow::Result<Vec<&Event>> {
        let asker = Asker { tenant: Tenant::default(), now: UnixNanos::now() };
        let mut own = question.clone();
        own.asks = Asks::Page;
        let pairs: Vec<_> = own
            .pairs(self.period)
            .into_iter()
            .filter(|(name, _)| !["columns", "cursor"].contains(&&**name))
            .collect();
        let parsed = EventsParams::parse(&pairs, &asker).map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
        let query: Query = parsed.request.query;
        Ok(self.events.iter().filter(|event| query.matches(event)).collect())
    }
}

/// Whether a page lists these events in this order; events of equal time may stand in any.
fn same_events(page: &Value, want: &[&Event]) -> anyhow::Result<()> {
    let rows = page.get("events").and_then(Value::as_array).context("the answer has no events")?;
    let text = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut found: Vec<_> = rows.iter().map(|row| (text(row, "time"), text(row, "id"))).collect();
    let mut want: Vec<_> = want.iter().map(|event| (event.time.to_string(), event.id.to_string())).collect();
    let times = |events: &[(String, String)]| events.iter().map(|(time, _)| time.clone()).collect::<Vec<_>>();
    ensure!(times(&found) == times(&want), "the page has other times, or another order, than a scan");
    found.sort_unstable();
    want.sort_unstable();
    ensure!(found == want, "the page has other events than a scan");
    Ok(())
}
