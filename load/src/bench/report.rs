//! The figures of a benchmark, as tables for people and as JSON for programs.

use std::fmt::Display;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use serde::Serialize;

use steplog_model::counted::counted;

use super::Plans;
use super::busy::Busy;
use super::disk::{Disk, Part};
use super::ingest::Ingest;
use super::measure::{Cold, Crowded, Times};
use super::restart::{Compacted, Offline, Replay};
use super::server::{Cpu, Memory};
use crate::generate::load::Report;

/// What was measured on: figures of two machines do not compare, those of one may.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The version of steplog, and the commit that it is built from.
    pub steplog: String,
    /// Whether the benchmark was built with optimisation; the program under measurement mostly is as well.
    pub optimised: bool,
    /// Processors that it may use.
    pub cores: usize,
    /// The processor's name, where the system tells it.
    pub processor: Option<String>,
    /// Running and waiting tasks on average in the minute before: what else the machine had to do.
    pub load_before: Option<f64>,
}

impl Machine {
    /// This machine, now, with what is measured on it.
    #[must_use]
    pub fn here(steplog: String) -> Self {
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            steplog,
            optimised: !cfg!(debug_assertions),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            processor: model.map(|(_, name)| name.to_owned()),
            load_before: load.split(' ').next().and_then(|load| load.parse().ok()),
        }
    }
}

/// What was done.
#[derive(Clone, Debug, Serialize)]
pub struct PlanFigures {
    /// Events sent.
    pub events: u64,
    /// Days of event time that they fill.
    pub days: u32,
    /// Events per second that were sent; `None` for as fast as they were taken.
    pub rate: Option<f64>,
    /// Connections, half of them gRPC and half HTTP.
    pub connections: usize,
    /// Events of a request.
    pub batch: usize,
    /// Further flags of the server.
    pub flags: Vec<String>,
    /// How many ask at once.
    pub clients: usize,
    /// The newest events that were scanned to know the right answers.
    pub scanned_events: usize,
}

impl PlanFigures {
    /// What of the plans belongs to the figures.
    #[must_use]
    pub fn of(plans: &Plans, scanned_events: usize) -> Self {
        Self {
            events: plans.events,
            days: plans.days,
            rate: plans.rate,
            connections: plans.connections,
            batch: plans.batch,
            flags: plans.flags.clone(),
            clients: plans.clients,
            scanned_events,
        }
    }
}

/// The answers to one question.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// The goal for the median, in milliseconds.
    pub goal_ms: Option<f64>,
    /// Events that the question is about.
    pub events: u64,
    /// One answer after the other.
    pub warm: Times,
    /// Many at once.
    pub crowded: Crowded,
    /// With an empty page cache.
    pub cold: Option<Cold>,
    /// While events come in at full rate.
    pub busy: Option<Busy>,
}

/// The server's memory where nothing is sent.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MemoryFigures {
    /// Right after the last of all questions.
    pub after_questions: Memory,
    /// Some seconds later.
    pub at_rest: Memory,
    /// After a start on the full store.
    pub after_start: Memory,
}

/// Seconds from the start of the program on the full store to its first line, when it answers.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Starts {
    /// With the store in the page cache.
    pub warm_seconds: f64,
    /// With an empty page cache.
    pub cold_seconds: Option<f64>,
}

/// All figures of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Where.
    pub machine: Machine,
    /// What was done.
    pub plan: PlanFigures,
    /// Receiving and indexing.
    pub ingest: Ingest,
    /// The questions.
    pub answers: Vec<Answer>,
    /// Memory.
    pub memory: MemoryFigures,
    /// Bytes on the disk.
    pub disk: Disk,
    /// Starting on the full store.
    pub starts: Starts,
    /// Starting after a crash.
    pub replay: Option<Replay>,
    /// Building the indexes anew.
    pub rebuild: Option<Offline>,
    /// Compacting the closed days.
    pub compacted: Option<Compacted>,
}

impl Figures {
    /// Two tables in Markdown: the work as a whole, and the questions. The goals are for ten million events
    /// over five days on two cores.
    #[must_use]
    pub fn tables(&self) -> String {
        let machine = &self.machine;
        let processor = machine.processor.as_deref().unwrap_or("unknown processor");
        let load = machine.load_before.map_or_else(String::new, |load| format!(", load before {load}"));
        let build = if machine.optimised { "" } else { ", THE BENCHMARK IS NOT OPTIMISED: a debug build" };
        format!(
            "steplog {}, {} cores ({processor}){load}{build}\n\n{}\n\n{}\n",
            machine.steplog,
            machine.cores,
            self.work(),
            self.questions()
        )
    }

    fn work(&self) -> Table {
        let mut rows = Rows::new();
        let (plan, ingest) = (&self.plan, &self.ingest);
        let events = plan.events as f64;
        rows.put(
            "Events; days; connections",
            format!("{}; {}; {}", plan.events, plan.days, plan.connections),
            "",
        );
        rows.put(
            "Ingest, wire to committed, CPU s per million events",
            per_million(ingest.server_cpu, events),
            "≤ 35",
        );
        rows.put(
            "Making and sending them, CPU s per million events",
            per_million(ingest.sender_cpu, events),
            "",
        );
        let cores = ingest.server_cpu.total_seconds() / ingest.searchable_seconds;
        rows.put(
            "Acknowledged, events/s",
            format!("{:.0}", events / ingest.acknowledged_seconds),
            "≥ 40,000",
        );
        rows.put("Searchable, events/s", format!("{:.0}", events / ingest.searchable_seconds), "");
        rows.put("Cores that the server used meanwhile", format!("{cores:.2}"), "≤ 0.5 at 10,000/s");
        rows.put("Acknowledged over gRPC, ms", request(&ingest.grpc), "p50 ≤ 15 at 10,000/s");
        rows.put("Acknowledged over HTTP, ms", request(&ingest.http), "p50 ≤ 15 at 10,000/s");
        let seen = &ingest.seen;
        rows.put(
            "Searchable after the acknowledgement, ms",
            format!(
                "p50 {:.0}, p99 {:.0} ({} looked for)",
                seen.searchable_p50_ms, seen.searchable_p99_ms, seen.followed_events
            ),
            "p99 ≤ 2,000",
        );
        self.put_memory(&mut rows);
        self.put_disk(&mut rows);
        self.put_starts(&mut rows);
        rows.table
    }

    fn put_memory(&self, rows: &mut Rows) {
        let own = |memory: Memory| {
            format!(
                "{} (with mapped files {})",
                mebibytes(memory.anonymous_bytes),
                mebibytes(memory.resident_bytes)
            )
        };
        let ingest = &self.ingest;
        rows.put(
            "Memory at its highest, MiB",
            format!(
                "{} (with mapped files {})",
                mebibytes(ingest.seen.peak_anonymous_bytes),
                mebibytes(ingest.peak_rss_bytes)
            ),
            "≤ 512",
        );
        rows.put("Memory right after the questions, MiB", own(self.memory.after_questions), "");
        rows.put("Memory at rest after them, MiB", own(self.memory.at_rest), "≤ 150");
        rows.put("Memory after a start, MiB", own(self.memory.after_start), "≤ 150");
    }

    fn put_disk(&self, rows: &mut Rows) {
        rows.put_part("open day", &self.disk.open_day, "≤ 450");
        rows.put_part("closed days", &self.disk.closed_days, "");
        if let Some(compacted) = &self.compacted {
            rows.put_part("compacted days", &compacted.closed_days, "≤ 300");
            let work = compacted.work;
            rows.put(
                "Compaction, events/s",
                format!(
                    "{:.0} (CPU s per million: {})",
                    work.events as f64 / work.seconds,
                    per_million(work.cpu, work.events as f64)
                ),
                "",
            );
        }
    }

    fn put_starts(&self, rows: &mut Rows) {
        rows.put("Start on the full store, s", format!("{:.2}", self.starts.warm_seconds), "≤ 1");
        if let Some(seconds) = self.starts.cold_seconds {
            rows.put("… with an empty page cache", format!("{seconds:.2}"), "");
        }
        if let Some(replay) = self.replay {
            rows.put(
                &format!("Start after a crash with {} MiB to replay, s", mebibytes(replay.bytes)),
                format!(
                    "answers after {:.2}, has all after {:.2} (CPU {:.1})",
                    replay.ready_seconds,
                    replay.searchable_seconds,
                    replay.cpu.total_seconds()
                ),
                "≤ 5 for 256 MiB",
            );
        }
        if let Some(rebuild) = self.rebuild {
            let events = rebuild.events as f64;
            rows.put(
                "Rebuild of the indexes, events/s",
                format!(
                    "{:.0} (CPU s per million: {})",
                    events / rebuild.seconds,
                    per_million(rebuild.cpu, events)
                ),
                "≥ 20,000",
            );
        }
    }

    fn questions(&self) -> Table {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN);
        let clients = format!("{} at once: median", self.plan.clients);
        table.set_header([
            "Question, ms",
            "Events",
            "Median",
            "Goal",
            "p99",
            "CPU",
            &clients,
            "p99",
            "Cold: median",
            "Longest",
            "Read, KiB",
            "Ingesting: median",
            "p99",
        ]);
        for answer in &self.answers {
            let cold = |figure: fn(&Cold) -> f64| answer.cold.as_ref().map(figure);
            table.add_row([
                answer.question.to_owned(),
                answer.events.to_string(),
                format!("{:.2}", answer.warm.median_ms),
                answer.goal_ms.map_or_else(String::new, |goal| format!("≤ {goal}")),
                format!("{:.2}", answer.warm.p99_ms),
                format!("{:.2}", answer.warm.cpu_ms),
                format!("{:.2}", answer.crowded.times.median_ms),
                format!("{:.2}{}", answer.crowded.times.p99_ms, refused(answer.crowded.refused)),
                optional(cold(|cold| cold.times.median_ms)),
                optional(cold(|cold| cold.times.p99_ms)),
                optional(cold(|cold| cold.read_bytes / 1_024.0)),
                optional(answer.busy.map(|busy| busy.median_ms)),
                answer
                    .busy
                    .map_or_else(String::new, |busy| format!("{:.2}{}", busy.p99_ms, refused(busy.refused))),
            ]);
        }
        table
    }
}

/// The rows of the first table.
struct Rows {
    table: Table,
}

impl Rows {
    /// What an event takes in some days, whole and by kind of file.
    fn put_part(&mut self, name: &str, part: &Part, goal: &str) {
        if part.events == 0 {
            return;
        }
        self.put(&format!("Disk, {name}, bytes per event"), format!("{:.0}", part.bytes_per_event()), goal);
        for (kind, bytes) in &part.bytes {
            self.put(&format!("… .{kind}"), format!("{:.1}", *bytes as f64 / part.events as f64), "");
        }
    }

    fn new() -> Self {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header(["What", "Figure", "Goal"]);
        Self { table }
    }

    fn put(&mut self, what: &str, figure: impl Display, goal: &str) {
        self.table.add_row([what, &figure.to_string(), goal]);
    }
}

fn per_million(cpu: Cpu, events: f64) -> String {
    let per_million = |seconds: f64| seconds * 1e6 / events;
    format!(
        "{:.1} (user {:.1}, system {:.1})",
        per_million(cpu.total_seconds()),
        per_million(cpu.user_seconds),
        per_million(cpu.system_seconds)
    )
}

fn request(report: &Report) -> String {
    let latency = report.latency_ms;
    format!("p50 {:.1}, p99 {:.1}, {}", latency.p50, latency.p99, counted(report.retries, "retry"))
}

/// What is added to figures that leave out refused questions.
fn refused(refused: u64) -> String {
    if refused == 0 { String::new() } else { format!(" ({refused} refused)") }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

fn optional(figure: Option<f64>) -> String {
    figure.map_or_else(String::new, |figure| format!("{figure:.2}"))
}
