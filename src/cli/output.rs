//! Where a command's words go: answers to stdout, everything else to stderr.

use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use steplog_net::panics::TOLD;
use tokio::task::JoinError;

use steplog_model::counted::things;

use crate::config::{ResolveError, SettingsError};

/// Wrong use or settings.
const USAGE: u8 = 2;

/// An answer to what the user asked for that is an error to the program.
#[derive(Debug)]
pub(super) struct Usage(pub(super) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}

/// Tells an error and gives the exit code that it means.
pub(super) fn exit_with(error: &anyhow::Error) -> ExitCode {
    if let Some(usage) = clap_error(error) {
        // Help and version are "errors" too, with exit code 0.
        let _ = usage.print();
        return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(USAGE));
    }
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    tell(format_args!("steplog: {}", told(error)));
    let usage = error.is::<ResolveError>() || error.is::<SettingsError>() || error.is::<Usage>();
    if usage { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
}

/// An error and its causes, those left out that it already tells.
fn told(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(said).filter(|cause| !cause.is_empty()) {
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line.push_str(": ");
            line.push_str(&cause);
        }
    }
    line
}

/// The text of a cause. That of a panic may hold data and is never shown.
fn said(cause: &(dyn Error + 'static)) -> String {
    let panicked = cause.downcast_ref::<JoinError>().is_some_and(JoinError::is_panic);
    if panicked { TOLD.to_owned() } else { cause.to_string() }
}

fn clap_error(error: &anyhow::Error) -> Option<&clap::Error> {
    match error.downcast_ref::<ResolveError>() {
        Some(ResolveError::Usage(usage)) => Some(usage),
        _ => error.downcast_ref(),
    }
}

/// Whether the reader of our output went away, as `head` does.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_errors = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    io_errors.into_iter().any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Writes a line to stderr.
pub(super) fn tell(line: fmt::Arguments<'_>) {
    // Who cannot read this cannot be told.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes a line to stdout.
pub(super) fn put_line(line: fmt::Arguments<'_>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

/// Writes text that has its own line ends to stdout.
pub(super) fn put_text(text: &str) -> io::Result<()> {
    io::stdout().lock().write_all(text.as_bytes())
}

/// Says so where standard input is read and somebody sits at it: nothing happens until they type.
pub(super) fn tell_waiting() {
    if io::stdin().is_terminal() {
        tell(format_args!(
            "reading lines from standard input; Ctrl-D ends it. A file is read by its name: FILE"
        ));
    }
}

/// How many events, in words.
pub(super) fn events(count: u64) -> String {
    counted(count, "event")
}

/// A number of things, in words: `1 event`, `2,000 events`.
pub(super) fn counted(count: u64, what: &str) -> String {
    format!("{} {}", super::words::thousands(count), things(count, what))
}

/// Whether a person reads stdout.
pub(super) fn is_for_people() -> bool {
    io::stdout().is_terminal()
}

/// Whether stdout may have colours (no-color.org).
pub(super) fn has_colours() -> bool {
    is_for_people() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How many characters fit into a line: those of the terminal, else `COLUMNS`, else 120; 40 at least.
pub(super) fn width() -> usize {
    const USUAL: usize = 120;
    const LEAST: usize = 40;
    let terminal = is_for_people().then(terminal_size::terminal_size).flatten();
    let stated = || std::env::var("COLUMNS").ok()?.parse().ok();
    let width = terminal.map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0).or_else(stated);
    width.unwrap_or(USUAL).max(LEAST)
}

/// For whom an answer is written.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Form {
    /// JSON, on a terminal too.
    #[arg(long, global = true)]
    json: bool,
    /// As for people, into a pipe or a file too.
    #[arg(long = "text", global = true, conflicts_with = "json")]
    as_text: bool,
}

impl Form {
    /// Whether a person reads it: on a terminal, unless the flags say otherwise.
    pub(super) fn is_for_people(self) -> bool {
        self.as_text || !self.json && is_for_people()
    }

    /// Whether JSON was asked for: reports are for people everywhere else.
    pub(super) const fn is_json(self) -> bool {
        self.json
    }

    /// Whether somebody chose.
    pub(super) const fn is_chosen(self) -> bool {
        self.json || self.as_text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let cause = io::Error::other("disk full");
        let told_whole = anyhow::Error::new(cause).context("cannot write x: disk full; make room");
        assert_eq!(
            told(&told_whole.context("the store failed")),
            "the store failed: cannot write x: disk full; make room"
        );
    }
}
