//! `steplog check`: what would `serve` do?

use std::process::ExitCode;

use super::output;
use crate::config::{Resolved, ServeSettings, settings};

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Print each setting, its value and where it came from, and look at nothing else.
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    _settings: ServeSettings,
}

pub(super) fn run(args: &CheckArgs, resolved: Resolved) -> anyhow::Result<ExitCode> {
    if args.print {
        return print(&resolved);
    }
    output::put_line(format_args!("the settings are sound"))?;
    Ok(ExitCode::SUCCESS)
}

fn print(resolved: &Resolved) -> anyhow::Result<ExitCode> {
    let settings = settings();
    let names: Vec<_> = settings.iter().map(|s| s.get_long().unwrap_or_default().replace('-', "_")).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    for (setting, name) in settings.iter().zip(&names) {
        let (value, origin) = (resolved.value(setting), resolved.origin(setting));
        output::put_line(format_args!("{name:width$} = {value:32} # {origin}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
