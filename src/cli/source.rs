//! Where a command asks: a running steplog, or the store of a directory while none runs on it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::api::Api;
use super::output;
use crate::app::Offline;

/// Which steplog answers.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SourceArgs {
    /// The running steplog to ask.
    #[arg(long, env = "STEPLOG_SERVER", value_name = "URL", default_value = "http://127.0.0.1:7837")]
    server: String,
    /// Ask the store of this directory instead, while no steplog runs on it.
    #[arg(long, value_name = "DIR")]
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
            None => Api::of_server(&self.server).map_err(|error| output::Usage(format!("{error:#}")).into()),
        }
    }
}

/// Opens the store of a directory with the settings that `serve` would have for it.
pub(super) async fn open_store(data: &Path, config: Option<&Path>, create: bool) -> anyhow::Result<Offline> {
    let mut args: Vec<OsString> = vec!["steplog".into(), "serve".into(), "--data".into(), data.into()];
    if let Some(config) = config {
        args.extend(["--config".into(), config.into()]);
    }
    let offline = Offline::open(&super::resolve("serve", &args)?, create).await?;
    for notice in offline.health().notices {
        output::tell(format_args!("{notice}"));
    }
    Ok(offline)
}
