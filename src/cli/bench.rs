//! `steplog bench`: what this program does on this machine.

use std::process::ExitCode;

use super::output;
use crate::bench::{self, Plans, report::SEED};

#[derive(Debug, clap::Args)]
pub(super) struct BenchArgs {
    /// Events to send.
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(10_000..))]
    events: u64,
    /// Days of event time that they fill, up to now.
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=30))]
    days: u32,
    /// Connections, half of them gRPC and half HTTP.
    #[arg(long, default_value_t = 4, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=64))]
    connections: u32,
    /// Events of a request.
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: u32,
    /// How often each question is asked.
    #[arg(long, default_value_t = 100, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Keep the store in this directory, which must not exist. Without it: a temporary one, removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<std::path::PathBuf>,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    let temporary = tempfile::tempdir()?;
    let data = args.data.clone().unwrap_or_else(|| temporary.path().join("data"));
    if data.exists() {
        return Err(
            output::Usage(format!("{} exists; name a directory that does not", data.display())).into()
        );
    }
    let plans = Plans {
        events: args.events,
        days: args.days,
        connections: args.connections as usize,
        batch: args.batch as usize,
        seed: SEED,
        rounds: args.rounds as usize,
        data,
    };
    let figures = bench::run(&plans, |step| output::tell(format_args!("{step}"))).await?;
    if args.json {
        output::put_line(format_args!("{}", serde_json::to_string(&figures)?))?;
    } else {
        output::put_line(format_args!("{}", figures.table().trim_end()))?;
    }
    Ok(ExitCode::SUCCESS)
}
