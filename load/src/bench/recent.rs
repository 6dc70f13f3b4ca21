//! The newest events as they were sent, and a scan of them: what each question means, without an index.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::Value;
use steplog_exporter::decode::decode_protobuf;
use steplog_exporter::map::{Mapped, Mapping};
use steplog_model::event::Event;
use steplog_model::ids::Tenant;
use steplog_model::query::{Period, Query};
use steplog_model::time::UnixNanos;
use steplog_query::params::{EventsParams, ParseContext};

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
            let mut in_order = matching;
            if !question.is_newest_first() {
                in_order.reverse();
            }
            check_page(&page, &in_order, 0..50)?;
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
        if self.events.len() < DEEP_EVENTS + 50 {
            return Ok(());
        }
        let page = server.get(&question.path(whole)).await?;
        check_page(&page, &self.events.iter().collect::<Vec<_>>(), DEEP_EVENTS..DEEP_EVENTS + 50)
    }

    fn scan(&self, question: &Question) -> anyhow::Result<Vec<&Event>> {
        let context =
            ParseContext { tenant: Tenant::default(), now: UnixNanos::now(), words: Arc::default() };
        let mut own = question.clone();
        own.asks = Asks::Page;
        let pairs: Vec<_> = own
            .pairs(self.period)
            .into_iter()
            .filter(|(name, _)| !["columns", "cursor"].contains(&&**name))
            .collect();
        let parsed =
            EventsParams::parse(&pairs, &context).map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
        let query: Query = parsed.request.query;
        Ok(self.events.iter().filter(|event| query.matches(event)).collect())
    }
}

/// Whether a page lists those of `all` at these places, in their order; events of equal time may stand in any.
fn check_page(page: &Value, all: &[&Event], places: Range<usize>) -> anyhow::Result<()> {
    let rows = page.get("events").and_then(Value::as_array).context("the answer has no events")?;
    let text = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let found: Vec<_> = rows.iter().map(|row| (text(row, "time"), text(row, "id"))).collect();
    let places = places.start..places.end.min(all.len());
    let want = all.get(places).unwrap_or_default();
    let times = want.iter().map(|event| event.time.to_string());
    ensure!(times.eq(found.iter().map(|(time, _)| time.clone())), "the page has other times than a scan");
    // With the right times it is right if each of its events is one of them, and none is there twice.
    let mut left: HashSet<_> =
        all.iter().map(|event| (event.time.to_string(), event.id.to_string())).collect();
    let stranger = found.iter().find(|event| !left.remove(event));
    ensure!(stranger.is_none(), "the page has an event that a scan does not find there: {stranger:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use steplog_model::time::NANOS_PER_DAY;

    use super::*;
    use crate::generate::stream::{Plan, Stream, Times};

    /// Of some day: times before the year 2000 are not believed.
    const NOON: i64 = 20_000 * NANOS_PER_DAY + NANOS_PER_DAY / 2;

    /// The newest of 500 events of a day.
    fn recent() -> RecentEvents {
        let whole =
            Period { from: UnixNanos(NOON - NANOS_PER_DAY / 2), to: UnixNanos(NOON + NANOS_PER_DAY / 2) };
        let times = Times::Spread { from: whole.from, to: whole.to, events: 500 };
        let mut stream = Stream::new(Plan { seed: 3, persons: 100, times, uids: true });
        let recent = Recent { from: UnixNanos(NOON), requests: Mutex::default() };
        (0..10).for_each(|_| recent.add(&stream.batch(50, UnixNanos(0))));
        recent.into_events(whole.to).unwrap()
    }

    #[test]
    fn the_newest_events_are_kept_newest_first() {
        let recent = recent();
        assert!((150..350).contains(&recent.len()), "{} events", recent.len());
        assert!(recent.events.is_sorted_by(|a, b| a.time >= b.time));
        assert!(recent.events.iter().all(|event| event.time.0 >= NOON));
    }

    #[test]
    fn a_page_with_other_events_is_found_out() {
        let recent = recent();
        let all: Vec<_> = recent.events.iter().collect();
        let row = |event: &&Event| json!({"time": event.time.to_string(), "id": event.id.to_string()});
        let check = |rows: Vec<Value>| check_page(&json!({"events": rows}), &all, 10..13).is_ok();
        let right: Vec<_> = all[10..13].iter().map(row).collect();
        assert!(check(right.clone()));
        assert!(!check(right[..2].to_vec()), "one is missing");
        assert!(!check(right.iter().rev().cloned().collect()), "the other order");
        assert!(!check(all[11..14].iter().map(row).collect()), "one place further");
        let mut wrong = right;
        wrong[1]["id"] = json!("0");
        assert!(!check(wrong), "an event that was not sent");
    }
}
