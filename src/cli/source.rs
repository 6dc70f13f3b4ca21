//! Where a command asks: a running steplog, or the store of a directory while none runs on it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use steplog_indexer::OpenError;

use super::api::Api;
use super::{output, words};
use crate::app::{Folder, Offline};

/// Where the API of a steplog is that nobody named.
pub(super) const USUAL_SERVER: &str = "http://127.0.0.1:7837";

/// Which steplog answers.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SourceArgs {
    /// The running steplog to ask, http://127.0.0.1:7837 by default. [env: STEPLOG_SERVER].
    #[arg(long, value_name = "URL", value_parser = words::not_empty)]
    server: Option<String>,
    /// Ask the store of this directory instead, while no steplog runs on it.
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    data: Option<PathBuf>,
    /// Settings file for --data. Without it ./steplog.toml is read if it exists.
    #[arg(long, value_name = "FILE", requires = "data")]
    config: Option<PathBuf>,
}

impl SourceArgs {
    /// Somebody who answers.
    pub(super) async fn open(&self) -> anyhow::Result<Api> {
        match &self.data {
            Some(data) => {
                let offline = open_store(data, self.config.as_deref(), false).await?;
                // The store may have been left in the middle of its work, or its index be of an earlier version.
                if !offline.searchable().await? {
                    offline.health().notices.iter().for_each(|notice| output::tell(format_args!("{notice}")));
                    bail!(
                        "the index of {} is not complete and cannot be completed now; \
                         start `steplog serve` on it, which says why and answers meanwhile",
                        data.display()
                    );
                }
                Ok(Api::of_store(offline))
            }
            None => {
                let api = Api::of_server(&server(self.server.as_ref()))
                    .map_err(|error| output::Usage(format!("{error:#}")))?;
                Ok(api.or_store())
            }
        }
    }
}

/// The steplog that is asked: that of the flag, of the variable, or the usual one. The variable is not clap's, to which
/// it would contradict `--data` as the flag does.
pub(super) fn server(flag: Option<&String>) -> String {
    let variable = || std::env::var("STEPLOG_SERVER").ok().filter(|server| !server.is_empty());
    flag.cloned().or_else(variable).unwrap_or_else(|| USUAL_SERVER.to_owned())
}

/// A directory as it is found from anywhere.
fn whole(data: &Path) -> String {
    std::path::absolute(data).unwrap_or_else(|_| data.to_owned()).display().to_string()
}

/// What keeps a store from being opened, and what to do about that alone.
fn told(data: &Path, error: anyhow::Error) -> anyhow::Error {
    let found = error.chain().find_map(|cause| cause.downcast_ref::<OpenError>());
    let Some(cause) = found else { return error };
    let at = format!("cannot open the store at {}", whole(data));
    match cause {
        OpenError::Locked { .. } => anyhow!(
            "{at}: a steplog runs on it; leave --data away to ask that one, at its address if it is not the usual one \
             (--server)"
        ),
        OpenError::Io { source, .. } => anyhow!("{at}: {cause}: {source}"),
        OpenError::Newer { .. } => anyhow!("{at}: {cause}"),
    }
}

/// Opens the store of a directory with the settings that `serve` would have for it.
pub(super) async fn open_store(data: &Path, config: Option<&Path>, create: bool) -> anyhow::Result<Offline> {
    let mut args: Vec<OsString> = vec!["steplog".into(), "serve".into(), "--data".into(), data.into()];
    if let Some(config) = config {
        args.extend(["--config".into(), config.into()]);
    }
    let resolved = super::resolve("serve", &args)?;
    if !create && matches!(Folder::look(data), Ok(Folder::New | Folder::Foreign { .. })) {
        bail!("there is no store at {}; name its directory with --data", whole(data));
    }
    let offline = Offline::open(&resolved, create).await.map_err(|error| told(data, error))?;
    for notice in offline.health().notices {
        output::tell(format_args!("{notice}"));
    }
    Ok(offline)
}
