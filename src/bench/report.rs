//! The figures of a benchmark, as a table for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::questions::Answer;
use super::server::Cpu;
use crate::generate::load::Report;

/// The seed of every benchmark: figures compare only over the same events.
pub const SEED: u64 = 1;

/// What receiving and indexing came to.
#[derive(Clone, Debug, Serialize)]
pub struct Ingest {
    /// Seconds from the first event sent to the last one acknowledged.
    pub acknowledged_seconds: f64,
    /// Seconds from the first event sent to the last one searchable.
    pub searchable_seconds: f64,
    /// The server's CPU time until all events were searchable.
    pub server_cpu: Cpu,
    /// The server's CPU time until all events were acknowledged.
    pub server_cpu_acknowledged: Cpu,
    /// The sender's CPU time.
    pub sender_cpu: Cpu,
    /// The server's memory at its highest, files that are mapped included.
    pub peak_rss_bytes: u64,
    /// What the senders saw, one for each protocol.
    pub reports: Vec<Report>,
}

/// All figures of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Events sent.
    pub events: u64,
    /// Days of event time that they fill.
    pub days: u32,
    /// Receiving and indexing.
    pub ingest: Ingest,
    /// The questions.
    pub answers: Vec<Answer>,
    /// The server's memory after the questions, files that are mapped left out.
    pub rss_idle_bytes: u64,
    /// Bytes on the disk by kind of file.
    pub disk: Vec<(String, u64)>,
    /// Seconds from the start of the program on the full store to its first answer.
    pub start_seconds: f64,
}

impl Figures {
    /// A Markdown table. The goals are those of the README.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::new();
        let millions = self.events as f64 / 1e6;
        let mebibytes = |bytes: u64| bytes as f64 / 1_048_576.0;
        let ingest = &self.ingest;
        let cpu = ingest.server_cpu;
        let disk: u64 = self.disk.iter().map(|(_, bytes)| bytes).sum();
        let mut row = |what: &str, figure: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "| {what} | {figure} |");
        };
        row("What", format!("{} events over {} days", self.events, self.days));
        row("---", "---".to_owned());
        row(
            "Ingest, wire to committed, CPU s per million events",
            format!(
                "{:.1} (user {:.1}, system {:.1})",
                cpu.total_seconds() / millions,
                cpu.user_seconds / millions,
                cpu.system_seconds / millions
            ),
        );
        row(
            "The sender's CPU s per million events",
            format!("{:.1}", ingest.sender_cpu.total_seconds() / millions),
        );
        row("Acknowledged, events/s", format!("{:.0}", self.events as f64 / ingest.acknowledged_seconds));
        row("Searchable, events/s", format!("{:.0}", self.events as f64 / ingest.searchable_seconds));
        for report in &ingest.reports {
            let latency = report.latency_ms;
            row(
                "A request, ms",
                format!("p50 {:.1}, p99 {:.1}, {} retries", latency.p50, latency.p99, report.retries),
            );
        }
        row("Memory at its highest, MiB", format!("{:.0}", mebibytes(ingest.peak_rss_bytes)));
        row("Memory after the questions, MiB", format!("{:.0}", mebibytes(self.rss_idle_bytes)));
        row("Disk, bytes per event", format!("{:.0}", disk as f64 / self.events as f64));
        for (kind, bytes) in &self.disk {
            row(&format!("… .{kind}"), format!("{:.1}", *bytes as f64 / self.events as f64));
        }
        row("Start on the full store, s", format!("{:.2}", self.start_seconds));
        for answer in &self.answers {
            let events = answer.events.map(|events| format!(", {events} events")).unwrap_or_default();
            row(
                answer.question,
                format!(
                    "{:.2} ms (p99 {:.2}; CPU {:.2}){events}",
                    answer.median_ms, answer.p99_ms, answer.cpu_ms
                ),
            );
        }
        out
    }
}
