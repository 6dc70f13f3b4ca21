//! The questions of the benchmark, and how long their answers take at the API.

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::Value;
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use super::Sent;
use super::server::ServerProcess;
use crate::generate::EventKey;

/// How deep the page lies that stands for deep paging.
const DEEP_EVENTS: usize = 100_000;

/// Values to ask for, taken from what was sent.
#[derive(Clone, Debug)]
pub struct Sample {
    from: UnixNanos,
    to: UnixNanos,
    interaction: String,
    interaction_events: u64,
    person: String,
    event: String,
    object: String,
}

impl Sample {
    /// Picks a failed event in the middle of the period and an interaction of the usual length.
    ///
    /// # Errors
    /// If the server does not answer, or nothing failed.
    pub async fn take(
        server: &ServerProcess,
        from: UnixNanos,
        to: UnixNanos,
        sent: &Sent,
    ) -> anyhow::Result<Self> {
        let (number, events) = sent
            .iter()
            .filter(|(_, events)| **events >= 8)
            .min()
            .context("no interaction has eight events")?;
        let interaction = EventKey { interaction: *number, sequence: 0 }.interaction_id(super::report::SEED);
        let path = format!("/api/v1/events?limit=1&status=failure&from={}&to={}", from.0, to.0);
        let page = server.get(&path).await?;
        let row = page.pointer("/events/0").context("no event failed")?;
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self {
            from,
            to,
            interaction,
            interaction_events: u64::from(*events),
            person: text("person"),
            event: text("event"),
            object: text("object"),
        })
    }

    /// Name and path of every question. All of the period unless the name says otherwise.
    fn questions(&self, deep: &str) -> Vec<(&'static str, String)> {
        let all = format!("from={}&to={}", self.from.0, self.to.0 + NANOS_PER_DAY);
        let day = format!("from={}&to={}", self.to.0 - NANOS_PER_DAY, self.to.0);
        let events = |rest: &str| format!("/api/v1/events?limit=50&{all}{rest}");
        let (event, object) = (escaped(&self.event), escaped(&self.object));
        let digits = self.person.trim_start_matches(|c: char| !c.is_ascii_digit());
        vec![
            ("newest 50", events("")),
            ("newest 50, last 24 h", format!("/api/v1/events?limit=50&{day}")),
            ("oldest 50", events("&sort=time")),
            ("one filter", events("&status=failure")),
            ("three filters", events(&format!("&status=failure&event={event}&object={object}"))),
            ("excluded value", events("&status=!success")),
            ("person", events(&format!("&person={}", escaped(&self.person)))),
            ("interaction", events(&format!("&interaction={}", self.interaction))),
            ("interaction, pasted", events(&format!("&q={}", self.interaction))),
            ("interaction timeline", format!("/api/v1/interactions/{}", self.interaction)),
            ("attribute", events("&attr.geo.country=JP&attr.device.type=kiosk")),
            ("common word", events("&q=delivery")),
            ("rare word", events(&format!("&q={digits}"))),
            ("two words", events("&q=delivery+thermos")),
            ("phrase", events("&q=%22for+your%22")),
            ("prefix", events("&q=avalan*")),
            ("common word and person", events(&format!("&q=your&person={}", escaped(&self.person)))),
            ("page after 100,000 events", events(&format!("&cursor={deep}"))),
            ("facet of one column, 24 h", format!("/api/v1/facets?columns=event&{day}")),
            (
                "facets of six columns, 24 h",
                format!("/api/v1/facets?columns=event,status,occurred_in,object,version,element&{day}"),
            ),
            (
                "facets of six columns, filtered, 24 h",
                format!(
                    "/api/v1/facets?columns=event,status,occurred_in,object,version,element&status=failure&{day}"
                ),
            ),
            ("histogram, 24 h", format!("/api/v1/histogram?{day}")),
            ("histogram, all days", format!("/api/v1/histogram?{all}")),
            ("histogram, common word, 24 h", format!("/api/v1/histogram?q=delivery&{day}")),
        ]
    }
}

fn escaped(text: &str) -> String {
    let mut url = reqwest::Url::parse("http://x/").ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().append_pair("", text);
    }
    url.and_then(|url| url.query().map(|query| query.trim_start_matches('=').to_owned())).unwrap_or_default()
}

/// How long one question took.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// Half of the answers took at most this, in milliseconds.
    pub median_ms: f64,
    /// 99 of 100 answers took at most this, in milliseconds.
    pub p99_ms: f64,
    /// CPU time of the server per answer, in milliseconds.
    pub cpu_ms: f64,
    /// Events of the answer, where it lists events.
    pub events: Option<usize>,
}

/// Asks every question `rounds` times over one connection.
///
/// # Errors
/// If an answer is no answer, or a wrong one.
pub async fn ask_all(server: &ServerProcess, sample: &Sample, rounds: usize) -> anyhow::Result<Vec<Answer>> {
    let deep = deep_cursor(server, sample).await?;
    let mut answers = Vec::new();
    for (question, path) in sample.questions(&deep) {
        let answer = ask(server, question, &path, rounds).await.with_context(|| question.to_owned())?;
        if question.starts_with("interaction") && question != "interaction timeline" {
            let want = usize::try_from(sample.interaction_events).unwrap_or(usize::MAX).min(50);
            ensure!(answer.events == Some(want), "{question}: {:?} events, {want} were sent", answer.events);
        }
        answers.push(answer);
    }
    Ok(answers)
}

async fn ask(
    server: &ServerProcess,
    question: &'static str,
    path: &str,
    rounds: usize,
) -> anyhow::Result<Answer> {
    let url = format!("http://{}{path}", server.addresses.listen);
    // Microseconds up to a minute, three digits.
    let mut latency = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    let warm = server.get(path).await?;
    ensure!(warm.get("complete") != Some(&Value::Bool(false)), "the answer is not complete");
    let before = server.cpu()?;
    for _ in 0..rounds {
        let started = std::time::Instant::now();
        let body = server.client.get(&url).send().await?.bytes().await?;
        latency.saturating_record(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
        ensure!(!body.is_empty(), "an answer is empty");
    }
    let cpu = server.cpu()?.since(before).total_seconds();
    let millis = |quantile: f64| latency.value_at_quantile(quantile) as f64 / 1_000.0;
    Ok(Answer {
        question,
        median_ms: millis(0.5),
        p99_ms: millis(0.99),
        cpu_ms: cpu * 1_000.0 / rounds as f64,
        events: warm.get("events").and_then(Value::as_array).map(Vec::len),
    })
}

/// The cursor behind the newest [`DEEP_EVENTS`] events, or behind as many as there are but one page.
async fn deep_cursor(server: &ServerProcess, sample: &Sample) -> anyhow::Result<String> {
    let path = format!("/api/v1/events?limit=1000&from={}&to={}", sample.from.0, sample.to.0 + NANOS_PER_DAY);
    let mut cursor: Option<String> = None;
    for _ in 0..DEEP_EVENTS / 1_000 {
        let at = cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = server.get(&format!("{path}{at}")).await?;
        match page.get("next").and_then(Value::as_str) {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    cursor.context("there is no second page to go to")
}

/// How many events the server finds in a period.
///
/// # Errors
/// If the server does not answer.
pub async fn total(server: &ServerProcess, from: UnixNanos, to: UnixNanos) -> anyhow::Result<u64> {
    let path = format!("/api/v1/histogram?from={}&to={}", from.0, to.0.saturating_add(NANOS_PER_DAY));
    let histogram = server.get(&path).await?;
    histogram.get("total").and_then(Value::as_u64).context("the histogram has no total")
}
