//! Running for long: events at a steady rate, whose days pass quickly, with questions beside, days that are dropped
//! and days that are compacted. What the server holds must not grow.

mod tables;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use http::StatusCode;
use serde::Serialize;
use steplog_model::counted::counted;
use steplog_model::query::Period;
use steplog_model::time::UnixNanos;
use tokio_util::sync::CancellationToken;

use super::measure::{Clock, Times};
use super::questions::{self, Asks, Question, period_of};
use super::report::{Machine, PlanFigures};
use super::server::{Cpu, ServerProcess};
use super::tally::Tally;
use super::{Plans, disk, ingest, measure};
use crate::generate::load::{OnAcknowledged, Report};
use crate::generate::stream::Batch;
use crate::otlp_client::Protocol;

/// How many looks there are at the server.
const LOOKS: u32 = 15;
/// Between two questions, so that they are a load beside the events and not the load itself.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// Fewer events hold no usual person and no usual interaction to ask about.
const FEW_EVENTS: u64 = 2_000;

/// What the server held at one moment.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Look {
    /// Seconds since the first event was sent.
    pub seconds: f64,
    /// Memory of its own.
    pub anonymous_bytes: u64,
    /// All memory, files that are mapped included.
    pub resident_bytes: u64,
    /// Open files and connections.
    pub open_files: u64,
    /// Threads.
    pub threads: u64,
    /// Days that are kept.
    pub days: u64,
    /// Index segments on the disk.
    pub segments: u64,
    /// Bytes on the disk.
    pub disk_bytes: u64,
    /// Events that are kept.
    pub events: u64,
    /// Events of days that were dropped.
    pub dropped_events: u64,
    /// Log files that were compacted so far.
    pub compacted_files: u64,
}

/// How long the answers to one question took.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// The question.
    pub question: &'static str,
    /// Answers.
    pub answers: u64,
    /// Half of them took at most this, in milliseconds.
    pub median_ms: f64,
    /// 99 of 100 took at most this.
    pub p99_ms: f64,
    /// Questions that the server had no time for, which it said.
    pub refused: u64,
}

/// All of a long run.
#[derive(Clone, Debug, Serialize)]
pub struct Steady {
    /// Where.
    pub machine: Machine,
    /// What was done.
    pub plan: PlanFigures,
    /// Moments of the run, evenly spread, the last one after it.
    pub looks: Vec<Look>,
    /// The questions.
    pub asked: Vec<Asked>,
    /// The server's CPU time, questions and compaction included.
    pub server_cpu: Cpu,
    /// What the sender of gRPC saw.
    pub grpc: Report,
    /// What the sender of HTTP saw.
    pub http: Report,
}

type SharedTally = Arc<Mutex<Tally>>;

/// Sends the events of the plans at their rate and asks and looks meanwhile.
///
/// # Errors
/// If the server does not start or answer, refuses or loses an event.
pub async fn run(plans: &Plans, tell: impl Fn(&str)) -> anyhow::Result<Steady> {
    let rate = plans.rate.context("a steady run needs a rate: --rate 20000")?;
    let directory = tempfile::tempdir()?;
    let setup = plans.setup(directory.path());
    let machine = Machine::here(setup.version().await?);
    let mut server = Arc::new(ServerProcess::start(&setup).await?);
    let whole = super::period(plans);
    let run =
        Run { started: Instant::now(), whole, length: Duration::from_secs_f64(plans.events as f64 / rate) };
    tell(&format!(
        "sending {} events at {rate} a second for {:.0} s",
        plans.events,
        run.length.as_secs_f64()
    ));
    let tally: SharedTally = Arc::new(Mutex::new(Tally::new(whole.to)));
    let half = plans.events / 2;
    let sender = |protocol, address: &str, seed, events| {
        let load = ingest::load(plans, protocol, address, events)?;
        anyhow::Ok(tokio::spawn(ingest::send(load, seed, whole, 0, Some(counting(&tally, seed)))))
    };
    let grpc = sender(Protocol::Grpc, &server.addresses.grpc, super::SEED, plans.events - half)?;
    let http = sender(Protocol::Http, &server.addresses.http, super::SEED + 1, half)?;
    let sent = CancellationToken::new();
    let (asking_server, over) = (Arc::clone(&server), sent.clone());
    let asking = tokio::spawn(async move { ask(&asking_server, &tally, run, &over).await });
    let sending = async {
        let both = (grpc.await??, http.await??);
        sent.cancel();
        anyhow::Ok(both)
    };
    let looking = look_on(&server, plans, run, &sent, &tell);
    let asking = async { asking.await? };
    let ((grpc, http), mut looks, asked) = tokio::try_join!(sending, looking, asking)?;
    server.wait_until_searchable().await?;
    let server_cpu = server.cpu()?;
    let last = look(&server, plans, run).await?;
    looks.push(last);
    check(&server, plans, whole).await?;
    Arc::get_mut(&mut server).context("the server is still asked")?.stop().await?;
    let plan = PlanFigures::of(plans, 0);
    Ok(Steady { machine, plan, looks, asked, server_cpu, grpc, http })
}

/// The time of a run, and that of its events.
#[derive(Clone, Copy)]
struct Run {
    started: Instant,
    length: Duration,
    whole: Period,
}

impl Run {
    /// What of the events' time has passed by now.
    fn so_far(self) -> Period {
        let part = (self.started.elapsed().as_secs_f64() / self.length.as_secs_f64()).min(1.0);
        let nanos = (self.whole.to.0 - self.whole.from.0) as f64 * part;
        Period { to: self.whole.from.saturating_add(nanos as i64 + 1), ..self.whole }
    }
}

fn counting(tally: &SharedTally, seed: u64) -> OnAcknowledged {
    let tally = Arc::clone(tally);
    Arc::new(move |batch: &Batch| {
        tally.lock().unwrap_or_else(PoisonError::into_inner).add(seed, &batch.events);
    })
}

/// Somebody who asks while events come in.
struct Asker<'a> {
    server: &'a ServerProcess,
    run: Run,
    over: &'a CancellationToken,
    answers: Answers,
    /// How many questions were asked so far.
    turns: usize,
}

/// Asks in turn until the events are sent, about people and interactions of late.
async fn ask(
    server: &ServerProcess,
    tally: &SharedTally,
    run: Run,
    over: &CancellationToken,
) -> anyhow::Result<Vec<Asked>> {
    let mut asker = Asker { server, run, over, answers: Answers::default(), turns: 0 };
    let part = run.length / LOOKS;
    while !over.is_cancelled() {
        tokio::select! {
            () = tokio::time::sleep(part / 2) => {}
            () = over.cancelled() => break,
        }
        let Some(lately) = take_tally(tally, run) else { continue };
        let so_far = run.so_far();
        let questions = questions::all(server, &lately, so_far).await?;
        drop(lately);
        asker.ask_for(&questions, so_far, part / 2).await?;
    }
    Ok(asker.answers.finish())
}

/// What was sent since the last time; `None` while it is too little to ask about.
fn take_tally(tally: &SharedTally, run: Run) -> Option<Tally> {
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    (tally.events() >= FEW_EVENTS).then(|| std::mem::replace(&mut *tally, Tally::new(run.whole.to)))
}

impl Asker<'_> {
    /// Asks the questions for so long, from the one on whose turn it is. A cursor holds only for the period for
    /// which it was `made`; all else is about the time up to now.
    async fn ask_for(
        &mut self,
        questions: &[Question],
        made: Period,
        length: Duration,
    ) -> anyhow::Result<()> {
        let mut turn = tokio::time::interval(ASK_EVERY);
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let until = Instant::now() + length;
        for question in questions.iter().cycle().skip(self.turns % questions.len().max(1)) {
            if Instant::now() >= until || self.over.is_cancelled() {
                break;
            }
            turn.tick().await;
            self.turns += 1;
            let whole = if question.asks == Asks::DeepPage { made } else { self.run.so_far() };
            let path = question.path(period_of(question.span, whole));
            let asked = measure::ask_whatever(&self.server.client, &self.server.url(&path)).await;
            let (status, taken) = asked.with_context(|| format!("asking \"{}\"", question.name))?;
            match status {
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                    self.answers.add(question.name, None)?;
                }
                // Its day was dropped, or it cannot be found yet.
                StatusCode::NOT_FOUND if question.asks == Asks::Timeline => {}
                _ if status.is_success() => self.answers.add(question.name, Some(taken))?,
                _ => bail!("\"{}\" is answered with {status}", question.name),
            }
        }
        Ok(())
    }
}

/// The answers to each question and how many were refused, in the order in which they were first asked.
#[derive(Default)]
struct Answers(Vec<(&'static str, Clock, u64)>);

impl Answers {
    fn add(&mut self, question: &'static str, taken: Option<Duration>) -> anyhow::Result<()> {
        let place = self.0.iter().position(|(name, ..)| *name == question);
        let place = place.unwrap_or(self.0.len());
        if place == self.0.len() {
            self.0.push((question, Clock::new()?, 0));
        }
        if let Some((_, clock, refused)) = self.0.get_mut(place) {
            match taken {
                Some(taken) => clock.record(taken),
                None => *refused += 1,
            }
        }
        Ok(())
    }

    fn finish(self) -> Vec<Asked> {
        let asked = self.0.into_iter().map(|(question, clock, refused)| {
            let Times { median_ms, p99_ms, .. } = clock.times(0.0);
            Asked { question, answers: clock.answers(), median_ms, p99_ms, refused }
        });
        asked.collect()
    }
}

/// Looks at the server until the events are sent.
async fn look_on(
    server: &ServerProcess,
    plans: &Plans,
    run: Run,
    over: &CancellationToken,
    tell: &impl Fn(&str),
) -> anyhow::Result<Vec<Look>> {
    let mut looks = Vec::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(run.length / LOOKS) => {}
            () = over.cancelled() => return Ok(looks),
        }
        let look = look(server, plans, run).await?;
        tell(&format!(
            "after {:.0} s: {} MiB, {}, {} MiB on disk",
            look.seconds,
            look.anonymous_bytes >> 20,
            counted(look.days as u64, "day"),
            look.disk_bytes >> 20
        ));
        looks.push(look);
    }
}

async fn look(server: &ServerProcess, plans: &Plans, run: Run) -> anyhow::Result<Look> {
    let memory = server.memory()?;
    let metrics = metrics_of(server).await?;
    let metric = |name: &str| metrics.get(name).copied().unwrap_or_default() as u64;
    let files = disk::files_below(&plans.data)?;
    let segments =
        files.iter().filter(|(path, _)| path.extension().is_some_and(|kind| kind == "side")).count();
    Ok(Look {
        seconds: run.started.elapsed().as_secs_f64(),
        anonymous_bytes: memory.anonymous_bytes,
        resident_bytes: memory.resident_bytes,
        open_files: server.open_files()?,
        threads: server.threads()?,
        days: metric("steplog_store_days"),
        segments: segments as u64,
        disk_bytes: files.iter().map(|(_, metadata)| disk::taken_bytes(metadata)).sum(),
        events: metric("steplog_store_events"),
        dropped_events: metric("steplog_retention_dropped_events_total"),
        compacted_files: metric("steplog_compaction_files_total"),
    })
}

/// Series without labels, by name.
async fn metrics_of(server: &ServerProcess) -> anyhow::Result<HashMap<String, f64>> {
    let text = server.client.get(server.url("/metrics")).send().await?.error_for_status()?.text().await?;
    let series = text.lines().filter_map(|line| line.split_once(' '));
    Ok(series.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect())
}

/// Every event is either found or of a day that was dropped.
async fn check(server: &ServerProcess, plans: &Plans, whole: Period) -> anyhow::Result<()> {
    let dropped = async || {
        let metrics = metrics_of(server).await?;
        anyhow::Ok(metrics.get("steplog_retention_dropped_events_total").copied().unwrap_or_default() as u64)
    };
    loop {
        let before = dropped().await?;
        let found = questions::total(server, Period { to: UnixNanos::MAX, ..whole }).await?;
        // A day may go in the middle of the count.
        if dropped().await? == before {
            ensure!(
                found + before == plans.events,
                "{found} events are found and {before} were dropped, but {} were sent",
                plans.events
            );
            return Ok(());
        }
    }
}
