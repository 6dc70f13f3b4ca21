//! `steplog-bench`: what steplog does on this machine; everything else is in the library.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Parser;
use steplog_load::arguments::{parse_duration, parse_rate};
use steplog_load::bench::{self, Plans};
use steplog_model::settings::units::Unit;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures steplog on this machine: a server of its own, fed over OTLP and asked over HTTP.
#[derive(Debug, Parser)]
#[command(name = "steplog-bench", version, max_term_width = 110)]
struct BenchArgs {
    /// The program to measure. Without it: steplog, from the directory of this program.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Events to send.
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER", value_parser = Unit::Number.within::<u64>(10_000..))]
    events: u64,
    /// Days of event time that they fill, up to now.
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = Unit::Days.within::<u32>(1..=28))]
    days: u32,
    /// Events per second. Without it: as fast as they are taken. At a rate, small requests show what senders of
    /// single events wait for: --batch 100.
    #[arg(long, value_name = "EVENTS", value_parser = parse_rate)]
    rate: Option<f64>,
    /// Run for so long at the rate instead, such as 30m, and tell what the server holds meanwhile; the days of the
    /// events pass as quickly as --days says: --steady 30m --rate 20000 --days 28 -- --store-retention-bytes
    /// 4000000000 --store-compact-after-hours 0
    #[arg(long, value_name = "TIME", requires = "rate", conflicts_with = "events", value_parser = parse_duration)]
    steady: Option<Duration>,
    /// Connections, half of them gRPC and half HTTP.
    #[arg(long, default_value_t = 4, value_name = "NUMBER", value_parser = Unit::Number.within::<u32>(2..=64))]
    connections: u32,
    /// Events of a request.
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER", value_parser = Unit::Number.within::<u32>(1..=65_536))]
    batch: u32,
    /// How often each question is asked.
    #[arg(long, default_value_t = 200, value_name = "NUMBER", value_parser = Unit::Number.within::<u32>(1..=10_000))]
    rounds: u32,
    /// How often each question is asked of a server that was just started, with an empty page cache; 0 for never.
    #[arg(long, default_value_t = 3, value_name = "NUMBER", value_parser = Unit::Number.within::<u32>(0..=1_000))]
    cold_rounds: u32,
    /// How many clients ask at once, after one has asked alone.
    #[arg(long, default_value_t = 16, value_name = "NUMBER", value_parser = Unit::Number.within::<u32>(1..=256))]
    clients: u32,
    /// Leave out replay after a crash, rebuild of the indexes and compaction.
    #[arg(long)]
    no_restarts: bool,
    /// Keep the store in this directory, which must not exist. Without it: a temporary one, removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print the figures as JSON, not as tables.
    #[arg(long)]
    json: bool,
    /// Write the figures as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Further flags of the server that is measured, after --: -- --store-commit-millis 500
    #[arg(last = true, value_name = "FLAGS")]
    flags: Vec<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Boxed: what it waits for is large, and the main thread's stack is what it is.
    Box::pin(run(BenchArgs::parse())).await
}

async fn run(args: BenchArgs) -> anyhow::Result<()> {
    let temporary = tempfile::tempdir()?;
    let data = args.data.clone().unwrap_or_else(|| temporary.path().join("data"));
    ensure!(!data.exists(), "{} exists; name a directory that does not", data.display());
    let plans = Plans {
        program: program(args.program)?,
        events: args.events,
        days: args.days,
        rate: args.rate,
        connections: args.connections as usize,
        batch: args.batch as usize,
        rounds: args.rounds as usize,
        cold_rounds: args.cold_rounds as usize,
        clients: args.clients as usize,
        restarts: !args.no_restarts,
        data: std::path::absolute(data)?,
        flags: args.flags,
    };
    // Who cannot read this cannot be told.
    let tell = |step: &str| drop(writeln!(io::stderr().lock(), "{step}"));
    let (json, tables) = match args.steady {
        Some(length) => {
            let events = (length.as_secs_f64() * plans.rate.unwrap_or_default()) as u64;
            let steady = bench::steady::run(&Plans { events, ..plans }, tell).await?;
            (serde_json::to_string_pretty(&steady)?, steady.tables())
        }
        None => {
            let figures = bench::run(&plans, tell).await?;
            (serde_json::to_string_pretty(&figures)?, figures.tables())
        }
    };
    if let Some(report) = &args.report {
        std::fs::write(report, format!("{json}\n"))
            .with_context(|| format!("writing {}", report.display()))?;
    }
    let printed = if args.json { json.as_str() } else { tables.trim_end() };
    writeln!(io::stdout().lock(), "{printed}")?;
    Ok(())
}

/// Where the program under measurement is.
fn program(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let program = match named {
        Some(program) => program,
        None => std::env::current_exe().context("finding this program's own file")?.with_file_name("steplog"),
    };
    let missing = || {
        format!(
            "there is no {}; build steplog as this program was built, or name it with --program",
            program.display()
        )
    };
    // Absolute: the server runs in a directory of its own.
    std::fs::canonicalize(&program).with_context(missing)
}
