//! Serves the API and the page on a port.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use metrics::counter;
use steplog_model::store::EventStore;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::config::QuerySettings;
use crate::routes::{Beside, metrics_route, router_with};

/// The most bytes of a request's head that are kept: the address and the usual headers.
const HEAD_BYTES: usize = 64 << 10;
/// How long requests that are being answered may take once the server stops.
const DRAIN: Duration = Duration::from_secs(5);
/// The pause after a failed `accept`: most often too many open files, which takes a while to clear.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why a port could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else has it.
    #[error(
        "cannot listen on {0}: the port is taken, maybe by another steplog; stop that, \
         or choose another port with --listen"
    )]
    Taken(SocketAddr),
    /// Anything else.
    #[error("cannot listen on {address}: {error}; choose another address with --listen")]
    Failed {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
}

/// A server that has its port and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    settings: QuerySettings,
}

/// Takes the port of the settings for the API and the page over a store. Port 0 takes a free one.
///
/// # Errors
/// [`BindError`], with words for an operator.
pub async fn bind(store: Arc<dyn EventStore>, settings: &QuerySettings) -> Result<Server, BindError> {
    bind_with(store, settings, Beside::default()).await
}

/// As [`bind`], with links and views.
///
/// # Errors
/// As [`bind`].
pub async fn bind_with(
    store: Arc<dyn EventStore>,
    settings: &QuerySettings,
    beside: Beside,
) -> Result<Server, BindError> {
    let wanted = settings.listen;
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken(wanted),
        _ => BindError::Failed { address: wanted, error },
    };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = router_with(store, settings, beside);
    Ok(Server { listener, address, router, settings: settings.clone() })
}

impl Server {
    /// Also answers `GET /metrics` with what `render` gives: metrics in Prometheus' text format.
    #[must_use]
    pub fn with_metrics(mut self, render: impl Fn() -> String + Clone + Send + Sync + 'static) -> Self {
        self.router = self.router.route("/metrics", metrics_route(render));
        self
    }

    /// The address that it has, with the port that was taken.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` is done, then lets the requests at hand finish for at most 5 s.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, router, settings, .. } = self;
        let graceful = GracefulShutdown::new();
        let connections =
            Arc::new(Semaphore::new(settings.query_connections.clamp(1, Semaphore::MAX_PERMITS)));
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = async {
                let place = Arc::clone(&connections).acquire_owned().await;
                (listener.accept().await, place)
            };
            let (accepted, place) = tokio::select! {
                accepted = accepted => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    let connection = graceful.watch(serve(stream, router.clone(), &settings));
                    tokio::spawn(async move {
                        let _place = place;
                        // A client that breaks off is no event of ours.
                        if let Err(error) = connection.await {
                            counter!("steplog_search_connections_broken_total").increment(1);
                            tracing::debug!(%error, "a connection ended early");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still being answered when the server stopped");
        }
    }
}

type Connection = hyper_util::server::conn::auto::Connection<
    'static,
    TokioIo<TcpStream>,
    TowerToHyperService<Router>,
    TokioExecutor,
>;

/// One connection. HTTP/1 only: over plain TCP browsers speak nothing else, and so the time for a
/// request's head counts from the first moment.
fn serve(stream: TcpStream, router: Router, settings: &QuerySettings) -> Connection {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout())
        .max_buf_size(HEAD_BYTES);
    builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).into_owned()
}
