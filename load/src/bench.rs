//! Measures the whole product from outside: a server in a process of its own, fed over real OTLP, asked over HTTP.
//!
//! CPU seconds, not wall time, compare between machines and runs; the sender's are told apart from the server's.
//! Every answer is held to what was sent before its time counts.

pub mod busy;
pub mod check;
pub mod disk;
pub mod ingest;
pub mod measure;
pub mod questions;
pub mod recent;
pub mod report;
pub mod restart;
pub mod server;
pub mod steady;
pub mod tally;
pub mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use steplog_model::counted::counted;
use steplog_model::query::Period;
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use questions::Question;
use report::{Answer, Figures, Machine, MemoryFigures, PlanFigures, Starts};
use server::{ServerProcess, Setup};

/// The seed of every benchmark: figures compare only over the same events.
pub const SEED: u64 = 1;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plans {
    /// The program to measure, by its absolute path.
    pub program: PathBuf,
    /// Events to send.
    pub events: u64,
    /// Days of event time they fill, up to now.
    pub days: u32,
    /// Events per second; `None` for as fast as they are taken.
    pub rate: Option<f64>,
    /// Connections, half of them gRPC and half HTTP.
    pub connections: usize,
    /// Events of a request.
    pub batch: usize,
    /// How often each question is asked.
    pub rounds: usize,
    /// How often each question is asked of a server with an empty page cache; 0 for never.
    pub cold_rounds: usize,
    /// How many ask at once.
    pub clients: usize,
    /// Whether to measure replay, rebuild and compaction as well.
    pub restarts: bool,
    /// Where the store is made; it must not exist.
    pub data: PathBuf,
    /// Further flags of `steplog serve`.
    pub flags: Vec<String>,
}

impl Plans {
    /// How servers are started, with `directory` for what is not the store.
    #[must_use]
    pub fn setup(&self, directory: &Path) -> Setup {
        Setup {
            program: self.program.clone(),
            data: self.data.clone(),
            flags: self.flags.clone(),
            directory: directory.to_owned(),
        }
    }
}

/// Runs the server, feeds it, asks it, starts it again, and returns the figures.
///
/// # Errors
/// If the server does not start or answer, loses an event, or answers wrongly.
pub async fn run(plans: &Plans, tell: impl Fn(&str)) -> anyhow::Result<Figures> {
    let directory = tempfile::tempdir()?;
    let setup = plans.setup(directory.path());
    let machine = Machine::here(setup.version().await?);
    let server = Arc::new(ServerProcess::start(&setup).await?);
    let (events, connections) =
        (counted(plans.events, "event"), counted(plans.connections as u64, "connection"));
    tell(&format!("sending {events} over {connections}"));
    let whole = period(plans);
    let (ingest, sent) = ingest::feed(plans, &server, whole, &tell).await?;
    let mut server = Arc::into_inner(server).context("the server is still watched")?;
    let questions = questions::all(&server, &sent.tally, whole).await?;
    tell(&format!("checking the answers to {} questions", questions.len()));
    let recent = sent.recent.into_events(whole.to)?;
    let checked_events = recent.len();
    let counts = check::check_all(&server, &questions, &sent.tally, &recent, whole).await?;
    drop(recent);
    tell("asking");
    let mut answers = ask(plans, &server, &questions, &counts, whole).await?;
    let after_questions = server.memory()?;
    let at_rest = server.memory_at_rest().await?;
    server.stop().await?;
    let disk = disk::Disk::of(&plans.data, &sent.tally.days())?;
    tell("starting again");
    let (mut starts, after_start) = start_again(&setup, whole, plans.events).await?;
    if plans.cold_rounds > 0 {
        tell("asking with an empty page cache");
        starts.cold_seconds = ask_cold(plans, &setup, &questions, &mut answers, whole).await?;
    }
    let (mut replay, mut rebuild, mut compacted) = (None, None, None);
    if plans.restarts {
        tell("replaying what a crash left");
        replay = Some(restart::replay(plans, directory.path()).await?);
        tell("building the indexes anew");
        rebuild = Some(restart::rebuild(&setup).await?);
        start_again(&setup, whole, plans.events).await.context("after the rebuild")?;
        tell("compacting the closed days");
        compacted = Some(restart::compact(&setup, &sent.tally.days()).await?);
        start_again(&setup, whole, plans.events).await.context("after the compaction")?;
    }
    tell("asking while events come in");
    let busy = busy::ask_busy(plans, &setup, &questions, whole).await?;
    answers.iter_mut().zip(busy).for_each(|(answer, busy)| answer.busy = Some(busy));
    let memory = MemoryFigures { after_questions, at_rest, after_start };
    let plan = PlanFigures::of(plans, checked_events);
    Ok(Figures { machine, plan, ingest, answers, memory, disk, starts, replay, rebuild, compacted })
}

/// The period that is filled; it ends right after the last moment that an event can have.
fn period(plans: &Plans) -> Period {
    let to = UnixNanos::now();
    let from = to.saturating_add(-NANOS_PER_DAY.saturating_mul(i64::from(plans.days)));
    Period { from, to: to.saturating_add(1) }
}

async fn ask(
    plans: &Plans,
    server: &ServerProcess,
    questions: &[Question],
    counts: &[u64],
    whole: Period,
) -> anyhow::Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for (question, events) in questions.iter().zip(counts) {
        let warm = measure::warm(server, question, whole, plans.rounds).await;
        let crowded = measure::crowded(server, question, whole, plans.rounds, plans.clients).await;
        answers.push(Answer {
            question: question.name,
            goal_ms: question.goal_ms,
            events: *events,
            warm: warm.with_context(|| format!("asking \"{}\"", question.name))?,
            crowded: crowded.with_context(|| format!("asking \"{}\" at once", question.name))?,
            cold: None,
            busy: None,
        });
    }
    Ok(answers)
}

/// Adds the cold times to the answers and gives the seconds of a cold start, the median of many.
async fn ask_cold(
    plans: &Plans,
    setup: &Setup,
    questions: &[Question],
    answers: &mut [Answer],
    whole: Period,
) -> anyhow::Result<Option<f64>> {
    let mut starts = Vec::new();
    for (question, answer) in questions.iter().zip(answers) {
        let cold = measure::cold(setup, question, whole, plans.cold_rounds).await;
        let (cold, started) = cold.with_context(|| format!("asking \"{}\" cold", question.name))?;
        answer.cold = Some(cold);
        starts.extend(started);
    }
    starts.sort_unstable_by(f64::total_cmp);
    Ok(starts.get(starts.len() / 2).copied())
}

/// Starts on the full store, and counts what is there.
async fn start_again(setup: &Setup, whole: Period, events: u64) -> anyhow::Result<(Starts, server::Memory)> {
    let started = std::time::Instant::now();
    let mut server = ServerProcess::start(setup).await?;
    let warm_seconds = started.elapsed().as_secs_f64();
    let memory = server.memory()?;
    check::check_total(&server, whole, events).await?;
    server.stop().await?;
    Ok((Starts { warm_seconds, cold_seconds: None }, memory))
}
