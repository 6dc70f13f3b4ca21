//! `steplog generate`: sends realistic events.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use steplog_load::arguments::{parse_duration, parse_rate};
use steplog_load::generate::load::{self, Load, Progress, Report};
use steplog_load::generate::stream::{Plan, Stream, Times};
use steplog_load::otlp_client::retry::RetryPolicy;
use steplog_load::otlp_client::{Compression, Protocol, Target};
use steplog_model::settings::units::Unit;
use steplog_model::time::UnixNanos;
use tokio_util::sync::CancellationToken;

use super::interrupt::{self, Interrupt};
use super::output::{self, Form};

/// How long requests on their way are waited for after Ctrl-C.
const GRACE: Duration = Duration::from_millis(700);
/// How many interactions are on their way at once in live traffic without a rate.
const RUNNING_AT_FULL_SPEED: u32 = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct GenerateArgs {
    /// Transport of OTLP.
    #[arg(long, value_enum, default_value = "grpc")]
    protocol: Protocol,
    /// Where to send. By default http://127.0.0.1:4317 for gRPC and http://127.0.0.1:4318 for HTTP.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    endpoint: Option<String>,
    /// Header of every request, such as authorization=Bearer KEY. May be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    header: Vec<String>,
    /// Connections, each with one request on its way.
    #[arg(long, default_value_t = 4, value_name = "NUMBER", value_parser = Unit::Number.within::<u32>(1..=1024))]
    connections: u32,
    /// Events of a request; fewer where the rate is lower.
    #[arg(long, default_value_t = 512, value_name = "NUMBER", value_parser = Unit::Number.within::<u32>(1..=65_536))]
    batch: u32,
    /// Compression of requests.
    #[arg(long, value_enum, default_value = "gzip")]
    compression: Compression,
    /// Events per second over all connections. Without it: as fast as they are taken.
    #[arg(long, value_name = "EVENTS", value_parser = parse_rate)]
    rate: Option<f64>,
    /// Stop after so many events. 100,000 if no duration is given either.
    #[arg(long, value_name = "NUMBER", value_parser = Unit::Number.any::<u64>())]
    events: Option<u64>,
    /// Stop after so long: 90s, 10m, 2h.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,
    /// Equal seeds give equal events, but for the times of live ones.
    #[arg(long, default_value_t = 1, value_parser = Unit::Number.any::<u64>())]
    seed: u64,
    /// How many different people there are.
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER", value_parser = Unit::Number.any::<u32>())]
    persons: u32,
    /// Spread the events over so much time up to now, such as 24h or 5d. Without it they happen now.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, requires = "events")]
    spread: Option<Duration>,
    /// Give each event an id of its own (log.record.uid).
    #[arg(long)]
    uids: bool,
    /// Retry a request for so long before giving it up.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_duration)]
    retry_for: Duration,
}

impl GenerateArgs {
    fn plan(&self) -> Plan {
        let times = match (self.spread, self.events) {
            (Some(spread), Some(events)) => {
                let to = UnixNanos::now();
                let span = i64::try_from(spread.as_nanos()).unwrap_or(i64::MAX);
                Times::Spread { from: to.saturating_add(-span), to, events }
            }
            _ => Times::Live { running: self.rate.map_or(RUNNING_AT_FULL_SPEED, running_at) },
        };
        Plan { seed: self.seed, persons: self.persons, times, uids: self.uids }
    }

    fn load(&self) -> anyhow::Result<Load> {
        let default = match self.protocol {
            Protocol::Grpc => "http://127.0.0.1:4317",
            Protocol::Http => "http://127.0.0.1:4318",
        };
        let mut target = Target::new(self.protocol, self.endpoint.as_deref().unwrap_or(default))
            .map_err(|error| output::Usage(format!("{error:#}")))?;
        for header in &self.header {
            target.add_header(header).map_err(|error| output::Usage(format!("{error:#}")))?;
        }
        target.compression = self.compression;
        let events = self.events.or_else(|| self.duration.is_none().then_some(100_000));
        let retry = RetryPolicy { give_up_after: Some(self.retry_for), ..RetryPolicy::default() };
        Ok(Load {
            target,
            connections: self.connections as usize,
            batch: self.batch as usize,
            rate: self.rate,
            events,
            duration: self.duration,
            retry,
            level: None,
        })
    }
}

/// How many interactions run at once at a rate, if one takes about four minutes.
fn running_at(rate: f64) -> u32 {
    (rate * 20.0).clamp(8.0, f64::from(RUNNING_AT_FULL_SPEED)) as u32
}

pub(super) async fn run(args: GenerateArgs, form: Form) -> anyhow::Result<ExitCode> {
    let load = args.load()?;
    let (stream, stop) = (Stream::new(args.plan()), CancellationToken::new());
    let progress = Arc::new(Progress::default());
    let bar = progress_bar(&load);
    let (authority, retry_for) = (load.target.authority.clone(), args.retry_for);
    let mut interrupt = Interrupt::new()?;
    let mut is_told = false;
    let mut running = tokio::spawn(load::run(load, stream, stop.clone(), Arc::clone(&progress), None));
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let report = loop {
        tokio::select! {
            report = &mut running => break report??,
            _ = tick.tick() => {
                show(&bar, &progress);
                if let Some(problem) = progress.problem().filter(|_| !is_told) {
                    is_told = true;
                    bar.suspend(|| tell_first(&problem, &authority, retry_for, &progress));
                }
            }
            () = interrupt.wait() => {
                stop.cancel();
                match tokio::time::timeout(GRACE, &mut running).await {
                    Ok(report) => break report??,
                    Err(_) => {
                        bar.finish_and_clear();
                        let acknowledged = progress.acknowledged.load(Relaxed);
                        output::tell(format_args!(
                            "stopped; acknowledged: {}; requests on their way were not waited for",
                            output::events(acknowledged)
                        ));
                        return Ok(interrupt::code());
                    }
                }
            }
        }
    };
    bar.finish_and_clear();
    if form.is_json() {
        output::put_line(format_args!("{}", serde_json::to_string(&report)?))?;
    } else {
        print(&report)?;
    }
    if stop.is_cancelled() {
        return Ok(interrupt::code());
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tells the first failure when it happens: the report comes only after all retries.
fn tell_first(problem: &str, authority: &str, retry_for: Duration, progress: &Progress) {
    let for_good = progress.refused.load(Relaxed) + progress.rejected.load(Relaxed) > 0;
    if for_good {
        output::tell(format_args!("{authority} refuses events: {problem}"));
    } else {
        output::tell(format_args!(
            "nothing is taken at {authority} yet: {problem}; each request is tried again for up to {} s (--retry-for). Is the \
             address right (--endpoint), and does it speak what --protocol says?",
            retry_for.as_secs()
        ));
    }
}

fn progress_bar(load: &Load) -> ProgressBar {
    // indicatif hides itself where stderr is no terminal.
    let bar = match load.events {
        Some(events) => ProgressBar::new(events),
        None => ProgressBar::no_length(),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    let template = if load.events.is_some() {
        "{bar:32.cyan/dim} {human_pos}/{human_len} events  {per_sec}  {eta} left  {msg}"
    } else {
        "{spinner:.cyan} {human_pos} events  {per_sec}  {elapsed}  {msg}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, progress: &Progress) {
    bar.set_position(progress.acknowledged.load(Relaxed));
    let retries = progress.retries.load(Relaxed);
    if retries > 0 {
        let problem = progress.problem().unwrap_or_default();
        bar.set_message(format!("{}, last: {problem}", output::counted(retries, "retry")));
    }
    bar.tick();
}

fn print(report: &Report) -> anyhow::Result<()> {
    let (seconds, latency) = (report.seconds, report.latency_ms);
    output::put_line(format_args!(
        "{} in {}, {seconds:.1} s: {:.0} events/s",
        output::events(report.events),
        output::counted(report.requests, "request"),
        report.events_per_second
    ))?;
    output::put_line(format_args!(
        "{:.0} bytes per event, {:.0} on the wire; acknowledged in {:.1} ms (p50), {:.1} ms (p99), {:.1} ms at most",
        report.bytes_per_event, report.sent_bytes_per_event, latency.p50, latency.p99, latency.max
    ))?;
    output::put_line(format_args!(
        "{}, {} rejected, {} refused, {} given up",
        output::counted(report.retries, "retry"),
        HumanCount(report.rejected),
        HumanCount(report.refused),
        HumanCount(report.given_up)
    ))?;
    if let Some(problem) = &report.last_problem {
        output::tell(format_args!("last problem: {problem}"));
    }
    Ok(())
}
