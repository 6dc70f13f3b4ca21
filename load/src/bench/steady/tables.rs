//! A long run, as tables for people.

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;

use super::Steady;

impl Steady {
    /// Two tables in Markdown: what the server held as time passed, and how long its answers took meanwhile.
    #[must_use]
    pub fn tables(&self) -> String {
        let machine = &self.machine;
        let build = if machine.optimised { "" } else { ", THE BENCHMARK IS NOT OPTIMISED: a debug build" };
        let seconds = self.looks.last().map_or(1.0, |look| look.seconds);
        let acknowledged = |report: &crate::generate::load::Report| {
            format!("p50 {:.1}, p99 {:.1} ms", report.latency_ms.p50, report.latency_ms.p99)
        };
        format!(
            "steplog {}, {} cores{build}: {} events in {seconds:.0} s, {:.2} cores used, acknowledged over gRPC {}, \
             over HTTP {}\n\n{}\n\n{}\n",
            machine.steplog,
            machine.cores,
            self.plan.events,
            self.server_cpu.total_seconds() / seconds,
            acknowledged(&self.grpc),
            acknowledged(&self.http),
            self.held(),
            self.answers()
        )
    }

    fn held(&self) -> Table {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header([
            "After, s",
            "Memory, MiB",
            "with mapped files",
            "Open files",
            "Threads",
            "Days",
            "Segments",
            "Disk, MiB",
            "Events kept",
            "Dropped",
            "Log files compacted",
        ]);
        for look in &self.looks {
            table.add_row([
                format!("{:.0}", look.seconds),
                (look.anonymous_bytes >> 20).to_string(),
                (look.resident_bytes >> 20).to_string(),
                look.open_files.to_string(),
                look.threads.to_string(),
                look.days.to_string(),
                look.segments.to_string(),
                (look.disk_bytes >> 20).to_string(),
                look.events.to_string(),
                look.dropped_events.to_string(),
                look.compacted_files.to_string(),
            ]);
        }
        table
    }

    fn answers(&self) -> Table {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header(["Question, ms", "Answers", "Median", "p99", "Refused"]);
        for asked in &self.asked {
            table.add_row([
                asked.question.to_owned(),
                asked.answers.to_string(),
                format!("{:.2}", asked.median_ms),
                format!("{:.2}", asked.p99_ms),
                asked.refused.to_string(),
            ]);
        }
        table
    }
}
