//! steplog's own log: to stderr, as text for a terminal and as JSON for everything else.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// What is wrong with a filter.
pub(super) fn problem(filter: &str) -> Option<String> {
    let error = EnvFilter::try_new(filter).err()?;
    Some(format!("--log {filter}: {error}; write a level such as info, or info,steplog_indexer=debug"))
}

/// Starts logging; what the filter lets through is written from now on.
///
/// # Errors
/// If the filter is none, or logging was started before.
pub fn init(filter: &str) -> anyhow::Result<()> {
    let builder =
        tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(EnvFilter::try_new(filter)?);
    let started = if io::stderr().is_terminal() {
        builder.with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
