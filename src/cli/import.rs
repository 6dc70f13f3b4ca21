//! `steplog import`: events of files into a running steplog, or into the store of a directory.

mod sink;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use tokio::sync::mpsc;

use super::output;
use super::source::open_store;
use crate::import::batch::{Batch, Batches, total_bytes};
use crate::otlp_client::{Compression, Protocol, Target};
use sink::{Outcome, Sink};

/// What a shell reports for a process that SIGINT ended.
const INTERRUPTED: u8 = 130;
/// How many batches are read ahead.
const READ_AHEAD: usize = 2;

#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Files of lines as `steplog export` writes them (ndjson, otlp-json) or a Collector's file exporter does (json),
    /// plain or compressed by gzip or zstd; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Begin with this line of the first file: an import that ended early told which.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    from_line: u64,
    /// Transport of OTLP to a running steplog.
    #[arg(long, value_enum, default_value = "grpc")]
    protocol: Protocol,
    /// Where to send. By default http://127.0.0.1:4317 for gRPC and http://127.0.0.1:4318 for HTTP.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    endpoint: Option<String>,
    /// Header of every request, such as authorization=Bearer KEY. May be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    header: Vec<String>,
    /// Import into the store of this directory instead, while no steplog runs on it. It is made if it is not there.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings file for --data. Without it ./steplog.toml is read if it exists.
    #[arg(long, value_name = "FILE", requires = "data")]
    config: Option<PathBuf>,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

impl ImportArgs {
    async fn sink(&self) -> anyhow::Result<Sink> {
        if let Some(data) = &self.data {
            return Ok(Sink::of_store(open_store(data, self.config.as_deref(), true).await?));
        }
        let default = match self.protocol {
            Protocol::Grpc => "http://127.0.0.1:4317",
            Protocol::Http => "http://127.0.0.1:4318",
        };
        let usage = |error: anyhow::Error| output::Usage(format!("{error:#}"));
        let mut target =
            Target::new(self.protocol, self.endpoint.as_deref().unwrap_or(default)).map_err(usage)?;
        for header in &self.header {
            target.add_header(header).map_err(usage)?;
        }
        target.compression = Compression::Zstd;
        Ok(Sink::of_receiver(target))
    }
}

/// What came of an import.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Records read, those that cannot be read left out.
    read: u64,
    /// Taken: stored now or, where a receiver does not tell, before.
    taken: u64,
    /// Known to have been there already, or twice in the files.
    duplicates: u64,
    /// Refused or unreadable.
    rejected: u64,
    /// Left out by the mapping of the settings.
    left_out: u64,
}

impl Report {
    fn add(&mut self, batch: (u64, u64, u64), outcome: &Outcome) {
        let (items, duplicates, rejected) = batch;
        self.read += items + duplicates;
        self.taken += outcome.taken;
        self.duplicates += duplicates + outcome.duplicates;
        self.rejected += rejected + outcome.rejected;
        self.left_out += outcome.left_out;
    }
}

pub(super) async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let total = total_bytes(&args.files)?;
    let mut sink = args.sink().await?;
    let read_bytes = Arc::new(AtomicU64::new(0));
    let batches =
        Batches::new(args.files.clone(), args.from_line - 1, sink.mapping(), Arc::clone(&read_bytes));
    let bar = progress_bar(total);
    let mut import = Import { report: Report::default(), acknowledged: None, bar: bar.clone(), read_bytes };
    let outcome = import.run(&mut sink, batches).await;
    bar.finish_and_clear();
    let sound = match outcome {
        Ok(Ended::Whole) => sink.close().await?,
        Ok(Ended::Interrupted) => false,
        Err(error) => {
            import.tell_where(&args.files);
            return Err(error);
        }
    };
    import.print(args.json)?;
    if matches!(outcome, Ok(Ended::Interrupted)) {
        import.tell_where(&args.files);
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(if sound && import.report.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

enum Ended {
    Whole,
    Interrupted,
}

/// An import under way.
struct Import {
    report: Report,
    /// The file and its line up to which all is acknowledged.
    acknowledged: Option<(usize, u64)>,
    bar: ProgressBar,
    read_bytes: Arc<AtomicU64>,
}

impl Import {
    async fn run(&mut self, sink: &mut Sink, mut batches: Batches) -> anyhow::Result<Ended> {
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
        loop {
            let batch = tokio::select! {
                batch = receiver.recv() => batch,
                signal = tokio::signal::ctrl_c() => {
                    signal?;
                    return Ok(Ended::Interrupted);
                }
            };
            let Some(batch) = batch else { break };
            self.take(sink, batch).await?;
        }
        reading.await??;
        Ok(Ended::Whole)
    }

    async fn take(&mut self, sink: &mut Sink, batch: Batch) -> anyhow::Result<()> {
        for problem in &batch.problems {
            self.bar.suspend(|| output::tell(format_args!("{problem}")));
        }
        let place = (batch.file, batch.line);
        let counts = (batch.items.len() as u64, batch.duplicates, batch.rejected);
        let outcome = if batch.items.is_empty() { Outcome::default() } else { sink.take(batch).await? };
        if let Some(problem) = &outcome.problem {
            self.bar.suspend(|| output::tell(format_args!("{problem}")));
        }
        self.report.add(counts, &outcome);
        self.acknowledged = Some(place);
        self.bar.set_position(self.read_bytes.load(Ordering::Relaxed));
        self.bar.set_message(format!("{} events", HumanCount(self.report.read)));
        Ok(())
    }

    fn print(&self, json: bool) -> anyhow::Result<()> {
        let Report { read, taken, duplicates, rejected, left_out } = &self.report;
        if json {
            output::put_line(format_args!("{}", serde_json::to_string(&self.report)?))?;
            return Ok(());
        }
        let mut line = format!("{} events read: {} taken", HumanCount(*read), HumanCount(*taken));
        for (count, what) in
            [(duplicates, "there already"), (rejected, "rejected"), (left_out, "left out by the mapping")]
        {
            if *count > 0 {
                line.push_str(&format!(", {} {what}", HumanCount(*count)));
            }
        }
        output::put_line(format_args!("{line}"))?;
        Ok(())
    }

    /// From where another import goes on; it may as well begin anew, since what is there is not stored twice.
    fn tell_where(&self, files: &[PathBuf]) {
        let Some((file, line)) = self.acknowledged else { return };
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
