//! A store without ports: what commands ask and fill while no steplog runs on it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use steplog_exporter::map::Mappings;
use steplog_indexer::{EmbeddedStore, RealDisk};
use steplog_model::store::{EventStore, Health};
use steplog_query::{ApiContext, Local};

use super::{Folder, Tables};
use crate::config::Resolved;

/// Nobody else waits for these answers, so they may take as long as somebody at a terminal does.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How long one wait for events to become searchable takes at most.
const SEARCHABLE_WITHIN: Duration = Duration::from_secs(600);

/// An open store, with the API over it and the mapping of its settings. Dropping it closes it in good order.
#[derive(Debug)]
pub struct Offline {
    store: Arc<EmbeddedStore>,
    api: Local,
    mappings: Arc<Mappings>,
}

impl Offline {
    /// Opens the store of the settings. Without `create` it must be there already.
    ///
    /// # Errors
    /// Settings that are wrong; a store that is not there, in use, of a newer version, or that the disk does not give.
    pub async fn open(resolved: &Resolved, create: bool) -> anyhow::Result<Self> {
        let Tables { mappings, links } = super::check(resolved)?;
        let data = resolved.settings.store.data.clone();
        let folder = Folder::look(&data).with_context(|| format!("cannot read {}", data.display()))?;
        if let Some(problem) = folder.problem(&data) {
            bail!(problem);
        }
        if !create && folder != Folder::Store {
            bail!("there is no store at {}; name its directory with --data", data.display());
        }
        let mut settings = resolved.settings.store.clone();
        // Whoever looks into a store or adds to it does not want to lose days of it: only `serve` drops them.
        settings.keep_all_days = true;
        let opening = tokio::task::spawn_blocking(move || EmbeddedStore::open(settings, Arc::new(RealDisk)));
        let store = opening.await?.with_context(|| format!("cannot open the store at {}", data.display()))?;
        let store = Arc::new(store);
        let mut query = resolved.settings.query.clone();
        query.query_timeout_millis = u64::try_from(ANSWER_WITHIN.as_millis()).unwrap_or(u64::MAX);
        let asked = Arc::clone(&store) as Arc<dyn EventStore>;
        let mappings = Arc::new(mappings);
        let words = super::sender_words(&mappings);
        let api = Local::new(asked, &query, ApiContext { links, words, ..ApiContext::default() });
        Ok(Self { store, api, mappings })
    }

    /// The API over it.
    #[must_use]
    pub const fn api(&self) -> &Local {
        &self.api
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &dyn EventStore {
        self.store.as_ref()
    }

    /// How columns of its events are filled.
    #[must_use]
    pub fn mappings(&self) -> &Mappings {
        &self.mappings
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        self.store.health()
    }

    /// Waits until all that was ingested is searchable; `false` where that takes too long.
    ///
    /// # Errors
    /// Where the waiting itself fails, which it does not unless the process ends.
    pub async fn searchable(&self) -> anyhow::Result<bool> {
        let store = Arc::clone(&self.store);
        Ok(tokio::task::spawn_blocking(move || store.wait_until_searchable(SEARCHABLE_WITHIN)).await?)
    }
}
