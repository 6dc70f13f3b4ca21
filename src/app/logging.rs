//! steplog's own log: to stderr, as text or as JSON.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Text,
}

/// What is wrong with a filter.
pub(super) fn problem(filter: &str) -> Option<String> {
    let error = EnvFilter::try_new(filter).err()?;
    Some(format!("--log {filter}: {error}; write a level such as info, or info,steplog_indexer=debug"))
}

/// Starts logging; what the filter lets through is written from now on. Without a format: text on a terminal, JSON
/// elsewhere.
///
/// # Errors
/// If the filter is none, or logging was started before.
pub fn init(filter: &str, format: Option<LogFormat>) -> anyhow::Result<()> {
    let builder =
        tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(EnvFilter::try_new(filter)?);
    let is_terminal = io::stderr().is_terminal();
    let usual = if is_terminal { LogFormat::Text } else { LogFormat::Json };
    let started = match format.unwrap_or(usual) {
        LogFormat::Text => builder.with_target(false).with_ansi(is_terminal).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
