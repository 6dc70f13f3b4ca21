//! steplog's own log: to stderr, as text or as JSON.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// What is wrong with a filter.
pub(super) fn problem(filter: &str) -> Option<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    // A word that is no level would be taken for the name of a part, and everything else be silent.
    let is_level = |part: &&str| LEVELS.contains(&part.trim().to_ascii_lowercase().as_str());
    let word = filter.split(',').find(|part| !part.contains(['=', '[']) && !is_level(part));
    let wrong = word.map(|word| format!("{word:?} is none of {}", LEVELS.join(", ")));
    let error = wrong.or_else(|| Some(EnvFilter::try_new(filter).err()?.to_string()))?;
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
