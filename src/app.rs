//! The running application: store, then receivers, then query; the receivers stop first, the store last.

mod demo;
mod descriptors;
mod folder;
mod kept;
mod listening;
mod logging;
mod monitoring;
mod offline;
pub mod series;
mod trust;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Serialize;
use steplog_exporter::map::Mappings;
use steplog_exporter::{Receiver, ReceiverSettings};
use steplog_indexer::{EmbeddedStore, RealDisk};
use steplog_model::store::{EventStore, Health};
use steplog_model::views::ViewsStore;
use steplog_query::links::Links;
use steplog_query::{ApiContext, Receivers, SenderWords, Server};
use tokio_util::sync::CancellationToken;

use crate::config::{self, Resolved, ServeSettings, SettingsError};
pub use folder::Folder;
pub use kept::Kept;
pub use logging::init as init_logging;
pub use offline::Offline;

/// How much longer a stop takes at most than senders are given to finish (`otlp_drain_seconds`): for what the receivers
/// then tell them, for answers of the API that are under way, and for the store. By default that is 9 s in all, and
/// supervisors kill after ten.
const AFTER_DRAIN: Duration = Duration::from_secs(4);
/// What of it is left once the last part was given up.
const TO_END: Duration = Duration::from_millis(500);

/// Where an application is reached: the first line that `serve` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Addresses {
    /// OTLP over gRPC.
    pub grpc: SocketAddr,
    /// OTLP over HTTP.
    pub http: SocketAddr,
    /// API and page.
    pub listen: SocketAddr,
    /// The data directory, absolute.
    pub data: PathBuf,
}

/// An application whose store is open and whose ports are taken.
pub struct App {
    addresses: Addresses,
    kept: Kept,
    invented: bool,
    store: Arc<EmbeddedStore>,
    server: Server,
    receiver: Receiver,
    demo: bool,
    stop_within: Duration,
}

/// What the settings file says in tables of its own.
#[derive(Debug)]
pub struct Tables {
    /// How columns are filled.
    pub mappings: Mappings,
    /// Where links of events lead.
    pub links: Links,
}

/// Checks what can be checked without touching disk or network, and reads the tables of the settings file.
///
/// # Errors
/// [`SettingsError`] with all problems.
pub fn check(resolved: &Resolved) -> Result<Tables, SettingsError> {
    let mut problems = trust::problems(&resolved.settings);
    problems.extend(listening::taken_twice(&resolved.settings));
    problems.extend(logging::problem(&resolved.settings.app.log));
    let mappings = Mappings::with_overrides(resolved.file_text());
    let mappings = mappings.map_err(|error| problems.push(format!("{}: {error}", resolved.file_name())));
    let links = config::links(resolved.file_text(), &resolved.file_name());
    let links = links.map_err(|error| problems.extend(error.problems));
    match (mappings, links) {
        (Ok(mappings), Ok(links)) if problems.is_empty() => Ok(Tables { mappings, links }),
        _ => Err(SettingsError { problems }),
    }
}

/// The words of senders that mappings know.
fn sender_words(mappings: &Arc<Mappings>) -> SenderWords {
    let mappings = Arc::clone(mappings);
    SenderWords::new(move |tenant| mappings.for_tenant(tenant).words())
}

/// Opens the store and takes the ports.
///
/// # Errors
/// What the parts say: a store that is in use or damaged beyond what may be decided alone, a port that is taken.
pub async fn start(settings: &ServeSettings, tables: Tables) -> anyhow::Result<App> {
    let Tables { mappings, links } = tables;
    let mappings = Arc::new(mappings);
    let words = sender_words(&mappings);
    let settings = &mut settings.clone();
    descriptors::bound(settings)?;
    let metrics = monitoring::install()?;
    trust::warn(settings);
    let store_settings = settings.store.clone();
    refuse_mistakes(&store_settings.data)?;
    let opening =
        tokio::task::spawn_blocking(move || EmbeddedStore::open(store_settings, Arc::new(RealDisk)));
    let store = Arc::new(opening.await?.context("cannot open the store")?);
    let looked_at = Arc::clone(&store);
    let kept = tokio::task::spawn_blocking(move || Kept::of(looked_at.as_ref())).await?;
    let data = &settings.store.data;
    if settings.app.demo {
        demo::claim(data, kept.events)?;
    }
    let invented = demo::is_demo(data);
    let asked = Arc::clone(&store) as Arc<dyn EventStore>;
    let (ingesting, measured) = (Arc::clone(&asked), Arc::clone(&asked));
    let views = Arc::clone(&store) as Arc<dyn ViewsStore>;
    let allowed_hosts = settings.query.query_allowed_hosts.clone();
    let receiving = ReceiverSettings { allowed_hosts, ..settings.receiver.clone() };
    let receiver = steplog_exporter::bind(receiving, ingesting, mappings).await?;
    let receivers = Some(Receivers { grpc: receiver.grpc_addr(), http: receiver.http_addr() });
    let refusals = receiver.refusals();
    let context = ApiContext { links, views, words, receivers, refusals, invented };
    let server = steplog_query::bind_with(asked, &settings.query, context)
        .await?
        .with_metrics(move || monitoring::render(&metrics, measured.as_ref()));
    let addresses = Addresses {
        grpc: receiver.grpc_addr(),
        http: receiver.http_addr(),
        listen: server.address(),
        data: std::path::absolute(data).unwrap_or_else(|_| data.clone()),
    };
    let stop_within = Duration::from_secs(settings.receiver.otlp_drain_seconds).saturating_add(AFTER_DRAIN);
    Ok(App { addresses, kept, invented, store, server, receiver, demo: settings.app.demo, stop_within })
}

/// Says what the end of a store waits for, where that may be longer than a moment.
fn tell_wait(health: &Health) {
    if health.not_searchable.is_none() {
        return;
    }
    tracing::warn!(
        events = health.unindexed_events,
        reason = health.notices.join("; "),
        "waiting some seconds for the last events to become searchable; they are safe, the next start goes on with them, \
         and another signal ends this at once"
    );
}

/// Refuses a directory within a store, where a new store would hide the events from whoever looks for them, and tells
/// of one that holds other things.
fn refuse_mistakes(data: &Path) -> anyhow::Result<()> {
    let folder = Folder::look(data).with_context(|| format!("cannot read {}", data.display()))?;
    if let Some(problem) = folder.problem(data) {
        bail!(problem);
    }
    if let Folder::Foreign { example } = folder {
        tracing::warn!(data = %data.display(), holds = example, "a new store begins in a directory of other things");
    }
    Ok(())
}

impl App {
    /// Where it is reached.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// What the store held when it was opened.
    #[must_use]
    pub const fn kept(&self) -> Kept {
        self.kept
    }

    /// Why it takes no events now, as on a full disk.
    #[must_use]
    pub fn takes_nothing(&self) -> Option<String> {
        self.store.health().not_writable
    }

    /// Whether its events are invented, by `--demo` of this start or of an earlier one.
    #[must_use]
    pub const fn invented(&self) -> bool {
        self.invented
    }

    /// How long [`run`](Self::run) goes on once it is stopped.
    #[must_use]
    pub const fn stop_within(&self) -> Duration {
        self.stop_within
    }

    /// Serves until `stop` is cancelled; then says that it is not ready, drains the receivers, and closes the store while
    /// the API ends its answers.
    ///
    /// # Errors
    /// If the store cannot be closed in good order; what was acknowledged is safe even then.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let Self { addresses, kept, store, server, receiver, demo, stop_within, .. } = self;
        let (stop_receiving, stop_answering) = (CancellationToken::new(), CancellationToken::new());
        let receiving = tokio::spawn(receiver.run(stop_receiving.clone().cancelled_owned()));
        let answering = tokio::spawn(server.run(stop_answering.clone().cancelled_owned()));
        let feeding = demo.then(|| tokio::spawn(demo::feed(addresses.grpc, kept.newest, stop.clone())));
        stop.cancelled().await;
        let asked = Instant::now();
        let left = || stop_within.saturating_sub(asked.elapsed()).saturating_sub(TO_END);
        tracing::info!(at_most_seconds = stop_within.as_secs(), "stopping");
        store.announce_close();
        if let Some(feeding) = feeding {
            // The demo's own requests must not hold up the stop.
            feeding.abort();
        }
        stop_receiving.cancel();
        receiving.await.context("the receivers failed")?;
        stop_answering.cancel();
        tell_wait(&store.health());
        let closing = tokio::task::spawn_blocking(move || store.close());
        match tokio::time::timeout(left(), closing).await {
            Ok(closed) => closed.context("the store failed while it was closed")?,
            Err(_) => tracing::warn!(
                "the store could not be closed in time; acknowledged events are safe, the next start makes the last ones searchable"
            ),
        }
        if tokio::time::timeout(left(), answering).await.is_err() {
            tracing::warn!("some answers were still being written");
        }
        tracing::info!("stopped");
        Ok(())
    }
}
