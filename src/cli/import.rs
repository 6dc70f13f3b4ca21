//! `steplog import`: events of files into a running steplog, or into the store of a directory.

mod sink;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use steplog_model::settings::units::Unit;
use steplog_model::store::IngestError;
use tokio::sync::mpsc;

use super::interrupt::{self, Interrupt};
use super::output::{self, Form};
use super::source::open_store;
use crate::import::batch::{Batch, Batches, total_bytes};
use sink::{Outcome, Sink};
use target::TargetArgs;

/// How many batches are read ahead.
const READ_AHEAD: usize = 2;

#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Files of lines as `steplog export` writes them (ndjson, otlp-json) or a Collector's file exporter does (json),
    /// plain or compressed by gzip or zstd; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Begin with this line of the first file: an import that ended early told which.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = Unit::Number.within::<u64>(1..))]
    from_line: u64,
    #[command(flatten)]
    target: TargetArgs,
    /// Import into the store of this directory instead, while no steplog runs on it. It is made if it is not there.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings file for --data. Without it ./steplog.toml is read if it exists.
    #[arg(long, value_name = "FILE", requires = "data")]
    config: Option<PathBuf>,
}

impl ImportArgs {
    async fn sink(&self) -> anyhow::Result<Sink> {
        if let Some(data) = &self.data {
            return Ok(Sink::of_store(open_store(data, self.config.as_deref(), true).await?));
        }
        Ok(Sink::of_receiver(self.target.read().await?))
    }

    /// An error with what the store's disk says to it: a part of the store may know only that it cannot write.
    fn with_disk(&self, error: anyhow::Error) -> anyhow::Error {
        let Some(data) = self.data.as_ref().filter(|_| error.is::<IngestError>()) else { return error };
        let has_room = rustix::fs::statvfs(data).map_or(true, |disk| disk.f_bavail > 0);
        if has_room || error.to_string().contains("is full") {
            return error;
        }
        error.context(format!(
            "the disk of {} is full: make room, or name a directory on another disk with --data",
            data.display()
        ))
    }
}

/// What came of an import.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Records read, those that cannot be read left out.
    read: u64,
    /// Durable: stored now or before.
    acknowledged: u64,
    /// Of these, stored now; `None` where a receiver took them: OTLP does not tell new events from known ones.
    new: Option<u64>,
    /// Known to have been there already, or twice in the files.
    duplicates: u64,
    /// Refused or unreadable.
    rejected: u64,
    /// Left out by the mapping of the settings.
    left_out: u64,
}

impl Report {
    fn add(&mut self, batch: [u64; 4], outcome: &Outcome) {
        let [items, duplicates, rejected, left_out] = batch;
        self.read += items + duplicates + left_out;
        self.acknowledged += outcome.acknowledged;
        self.new = self.new.zip(outcome.new).map(|(all, new)| all + new);
        self.duplicates += duplicates + outcome.duplicates;
        self.rejected += rejected + outcome.rejected;
        self.left_out += left_out + outcome.left_out;
    }
}

pub(super) async fn run(args: ImportArgs, form: Form) -> anyhow::Result<ExitCode> {
    let total = total_bytes(&args.files)?;
    if args.files.iter().any(|path| path.as_os_str() == "-") {
        output::tell_waiting();
    }
    let mut sink = args.sink().await?;
    let read_bytes = Arc::new(AtomicU64::new(0));
    let batches =
        Batches::new(args.files.clone(), args.from_line - 1, sink.mapping(), Arc::clone(&read_bytes));
    let bar = progress_bar(total);
    let report = Report { new: args.data.is_some().then_some(0), ..Report::default() };
    let mut import = Import { report, acknowledged: None, bar: bar.clone(), read_bytes, warned: false };
    let mut interrupt = Interrupt::new()?;
    // Wherever it is: reading, sending, waiting for a receiver that is not there.
    let outcome = tokio::select! {
        outcome = import.run(&mut sink, batches) => Some(outcome),
        () = interrupt.wait() => None,
    };
    bar.finish_and_clear();
    let sound = match outcome {
        Some(Ok(())) => sink.close().await?,
        Some(Err(error)) => {
            if form.is_json() || import.has_begun() {
                import.print(form.is_json())?;
            }
            if import.has_begun() {
                import.tell_where(&args.files);
            }
            return Err(args.with_disk(error));
        }
        None => {
            import.print(form.is_json())?;
            import.tell_where(&args.files);
            // A store is not closed first, which may take long: what was acknowledged is durable.
            std::process::exit(interrupt::INTERRUPTED.into());
        }
    };
    import.print(form.is_json())?;
    Ok(if sound && import.report.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An import under way.
struct Import {
    report: Report,
    /// The file and its line up to which all is acknowledged.
    acknowledged: Option<(usize, u64)>,
    bar: ProgressBar,
    read_bytes: Arc<AtomicU64>,
    /// Whether a receiver's remark about events that it took was told.
    warned: bool,
}

impl Import {
    async fn run(&mut self, sink: &mut Sink, mut batches: Batches) -> anyhow::Result<()> {
        let (sender, mut receiver) = mpsc::channel::<Batch>(READ_AHEAD);
        // Reading and decoding go on while a batch is on its way. It ends where nobody wants the next one.
        let reading = tokio::task::spawn_blocking(move || {
            while let Some(batch) = batches.next_batch()? {
                if sender.blocking_send(batch).is_err() {
                    break;
                }
            }
            anyhow::Ok(())
        });
        while let Some(batch) = receiver.recv().await {
            self.take(sink, batch).await?;
        }
        reading.await?
    }

    async fn take(&mut self, sink: &mut Sink, batch: Batch) -> anyhow::Result<()> {
        for problem in &batch.problems {
            self.bar.suspend(|| output::tell(format_args!("{problem}")));
        }
        let place = (batch.file, batch.line);
        let counts = [batch.items.len() as u64, batch.duplicates, batch.rejected, batch.left_out];
        let outcome = if batch.items.is_empty() {
            Outcome { new: self.report.new.map(|_| 0), ..Outcome::default() }
        } else {
            let bar = &self.bar;
            sink.take(batch, |problem| bar.suspend(|| output::tell(format_args!("{problem}")))).await?
        };
        // A receiver says of each batch what it noticed, such as that it has the events already: once is enough.
        let is_news = outcome.rejected > 0 || !self.warned;
        if let Some(problem) = outcome.problem.as_ref().filter(|_| is_news) {
            self.warned |= outcome.rejected == 0;
            self.bar.suspend(|| output::tell(format_args!("{problem}")));
        }
        self.report.add(counts, &outcome);
        self.acknowledged = Some(place);
        self.bar.set_position(self.read_bytes.load(Ordering::Relaxed));
        self.bar.set_message(output::events(self.report.read));
        Ok(())
    }

    fn print(&self, json: bool) -> anyhow::Result<()> {
        let Report { read, acknowledged, new, duplicates, rejected, left_out } = &self.report;
        if json {
            output::put_line(format_args!("{}", serde_json::to_string(&self.report)?))?;
            return Ok(());
        }
        let mut line = match new {
            Some(new) => format!("{} read: {} new", output::events(*read), HumanCount(*new)),
            None => format!(
                "{} read: {} acknowledged, be they new or stored before",
                output::events(*read),
                HumanCount(*acknowledged)
            ),
        };
        let there = if new.is_some() { "there already" } else { "twice in what was read" };
        for (count, what) in
            [(duplicates, there), (rejected, "rejected"), (left_out, "left out by the mapping")]
        {
            if *count > 0 {
                line.push_str(&format!(", {} {what}", HumanCount(*count)));
            }
        }
        output::put_line(format_args!("{line}"))?;
        Ok(())
    }

    /// Whether anything was read or taken.
    const fn has_begun(&self) -> bool {
        self.acknowledged.is_some() || self.report.read + self.report.rejected > 0
    }

    /// Where another import goes on. It may also start over: nothing is stored twice.
    fn tell_where(&self, files: &[PathBuf]) {
        let Some((file, line)) = self.acknowledged else {
            output::tell(format_args!("nothing is acknowledged yet: begin anew"));
            return;
        };
        if let Some(path) = files.get(file) {
            output::tell(format_args!(
                "acknowledged up to line {line} of {}; go on with that file and --from-line {}",
                path.display(),
                line + 1
            ));
        }
    }
}

fn progress_bar(total: Option<u64>) -> ProgressBar {
    // indicatif hides itself where stderr is no terminal.
    let bar = match total {
        Some(bytes) => ProgressBar::new(bytes),
        None => ProgressBar::no_length(),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    let template = if total.is_some() {
        "{bar:32.cyan/dim} {bytes}/{total_bytes}  {msg}  {eta} left"
    } else {
        "{spinner:.cyan} {bytes}  {msg}  {elapsed}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
