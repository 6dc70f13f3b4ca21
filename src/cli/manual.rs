//! `steplog completions` and `steplog man`: what shells and manuals know of the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Command;
use clap_complete::Shell;

use super::output;

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell, such as bash: steplog completions bash > ~/.local/share/bash-completion/completions/steplog
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// Where the pages are written: steplog.1 and one for each command.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Writes the completions of a shell to stdout.
pub(super) fn completions(args: &CompletionsArgs, mut command: Command) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "steplog", &mut script);
    output::put_text(&String::from_utf8(script)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the manual pages into a directory, which is made where it is not there.
pub(super) fn man(args: &ManArgs, command: Command) -> anyhow::Result<ExitCode> {
    let told = || format!("cannot write manual pages to {}", args.directory.display());
    std::fs::create_dir_all(&args.directory).with_context(told)?;
    clap_mangen::generate_to(command, &args.directory).with_context(told)?;
    Ok(ExitCode::SUCCESS)
}
