//! The running application: store, then receivers, then query; the receivers stop first, the store last.

mod demo;
mod gate;
mod logging;
mod monitoring;
mod offline;
pub mod series;
mod trust;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use steplog_exporter::Receiver;
use steplog_exporter::map::Mappings;
use steplog_indexer::{EmbeddedStore, RealDisk};
use steplog_model::ids::Tenant;
use steplog_model::store::EventStore;
use steplog_query::links::Links;
use steplog_query::views::Views;
use steplog_query::{Beside, Receivers, Server};
use tokio_util::sync::CancellationToken;

use crate::config::{self, Resolved, ServeSettings, SettingsError};
use gate::Gate;
pub use logging::{LogFormat, init as init_logging};
pub use offline::Offline;

/// How long answers of the API that are under way get once the receivers have stopped.
const ANSWERS_GRACE: Duration = Duration::from_secs(2);

/// The saved views, beside a tenant's days.
const VIEWS_FILE: &str = "views.json";

/// Where an application is reached: the first line that `serve` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Addresses {
    /// OTLP over gRPC.
    pub grpc: SocketAddr,
    /// OTLP over HTTP.
    pub http: SocketAddr,
    /// API and page.
    pub listen: SocketAddr,
    /// The data directory.
    pub data: PathBuf,
}

/// An application whose store is open and whose ports are taken.
pub struct App {
    addresses: Addresses,
    store: Arc<EmbeddedStore>,
    gate: Arc<Gate>,
    server: Server,
    receiver: Receiver,
    demo: bool,
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

/// Opens the store and takes the ports.
///
/// # Errors
/// What the parts say: a store that is in use or damaged beyond what may be decided alone, a port that is taken.
pub async fn start(settings: &ServeSettings, tables: Tables) -> anyhow::Result<App> {
    let Tables { mappings, links } = tables;
    let metrics = monitoring::install()?;
    let store_settings = settings.store.clone();
    let opening =
        tokio::task::spawn_blocking(move || EmbeddedStore::open(store_settings, Arc::new(RealDisk)));
    let store = Arc::new(opening.await?.context("cannot open the store")?);
    let gate = Arc::new(Gate::new(Arc::clone(&store) as Arc<dyn EventStore>));
    let asked = Arc::clone(&gate) as Arc<dyn EventStore>;
    let measured = Arc::clone(&asked);
    let tenant = Tenant::default();
    let views = settings.store.data.join(tenant.as_str()).join(VIEWS_FILE);
    // After the store: its lock is that of the views as well.
    let views = tokio::task::spawn_blocking(move || Views::open(views)).await??;
    let ingesting = Arc::clone(&gate) as Arc<dyn EventStore>;
    let receiver = steplog_exporter::bind(settings.receiver.clone(), ingesting, Arc::new(mappings)).await?;
    let receivers = Some(Receivers { grpc: receiver.grpc_addr(), http: receiver.http_addr() });
    let server = steplog_query::bind_with(asked, &settings.query, Beside { links, views, receivers })
        .await?
        .with_metrics(move || monitoring::render(&metrics, measured.as_ref()));
    let addresses = Addresses {
        grpc: receiver.grpc_addr(),
        http: receiver.http_addr(),
        listen: server.address(),
        data: settings.store.data.clone(),
    };
    Ok(App { addresses, store, gate, server, receiver, demo: settings.app.demo })
}

impl App {
    /// Where it is reached.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Serves until `stop` is cancelled; then says that it is not ready, drains the receivers, the API, and
    /// closes the store.
    ///
    /// # Errors
    /// If the store cannot be closed in good order; what was acknowledged is safe even then.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let Self { addresses, store, gate, server, receiver, demo } = self;
        let (stop_receiving, stop_answering) = (CancellationToken::new(), CancellationToken::new());
        let receiving = tokio::spawn(receiver.run(stop_receiving.clone().cancelled_owned()));
        let answering = tokio::spawn(server.run(stop_answering.clone().cancelled_owned()));
        let feeding = demo.then(|| tokio::spawn(demo::feed(addresses.grpc, stop.clone())));
        stop.cancelled().await;
        tracing::info!("stopping");
        gate.close();
        if let Some(feeding) = feeding {
            // The demo's own requests must not hold up the stop.
            feeding.abort();
        }
        stop_receiving.cancel();
        receiving.await.context("the receivers failed")?;
        stop_answering.cancel();
        if tokio::time::timeout(ANSWERS_GRACE, answering).await.is_err() {
            tracing::warn!("some answers were still being written");
        }
        drop(gate);
        tokio::task::spawn_blocking(move || store.close())
            .await
            .context("the store failed while it was closed")?;
        tracing::info!("stopped");
        Ok(())
    }
}
