//! Serves the API and the page on a port.

mod answering;
mod progress;

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use metrics::counter;
use steplog_model::store::EventStore;
use steplog_net::Client;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use crate::config::QuerySettings;
use crate::routes::{Beside, metrics_route, only_operation, router_with};
use answering::Answering;
use progress::Progress;

/// The most bytes of a request's head that are kept: the address and the usual headers.
const HEAD_BYTES: usize = 64 << 10;
/// How long requests that are being answered may take once the server stops.
const DRAIN: Duration = Duration::from_secs(5);
/// The pause after a failed `accept`: most often too many open files, which takes a while to clear.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections beyond those of the settings, on which only health and metrics are answered: whoever watches the
/// server is not locked out by those who use it up.
const RESERVE: usize = 8;

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
        self.router = self.router.route("/metrics", metrics_route(&self.settings, render));
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
        let places = Places::new(settings.query_connections);
        let reserved = router.clone().layer(from_fn(only_operation));
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = async {
                places.any().await;
                let accepted = listener.accept().await;
                (accepted, places.take().await)
            };
            let (accepted, place) = tokio::select! {
                accepted = accepted => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, from)) => {
                    let router = if place.ordinary { &router } else { &reserved };
                    let from = Client::of(from);
                    let served = serve(stream, from, router.clone(), &settings, place.ordinary);
                    let connection = graceful.watch(served);
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

/// How many connections may be open.
struct Places {
    ordinary: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
}

/// The place of one connection.
struct Place {
    ordinary: bool,
    /// Held for its drop; the semaphores are never closed.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Places {
    fn new(ordinary: usize) -> Self {
        let ordinary = ordinary.clamp(1, Semaphore::MAX_PERMITS);
        Self { ordinary: Arc::new(Semaphore::new(ordinary)), reserve: Arc::new(Semaphore::new(RESERVE)) }
    }

    /// Waits until there is a place of either kind; only the task that accepts takes them.
    async fn any(&self) {
        tokio::select! {
            _ = self.ordinary.acquire() => {}
            _ = self.reserve.acquire() => {}
        }
    }

    async fn take(&self) -> Place {
        if let Ok(permit) = Arc::clone(&self.ordinary).try_acquire_owned() {
            return Place { ordinary: true, _permit: Some(permit) };
        }
        Place { ordinary: false, _permit: Arc::clone(&self.reserve).acquire_owned().await.ok() }
    }
}

/// One connection. HTTP/1 only: over plain TCP browsers speak nothing else, and so the time for a
/// request's head counts from the first moment.
fn serve(
    stream: TcpStream,
    client: Client,
    router: Router,
    settings: &QuerySettings,
    keep_alive: bool,
) -> impl GracefulConnection<Error = Box<dyn Error + Send + Sync>> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout())
        .keep_alive(keep_alive)
        .max_buf_size(HEAD_BYTES);
    let answering = Answering::default();
    let stream = Progress::new(stream, settings.write_timeout(), answering.clone());
    let answer = tower::service_fn(move |mut request: Request<Incoming>| {
        let (router, answered) = (router.clone(), answering.begin());
        request.extensions_mut().insert(client);
        async move {
            let response = router.oneshot(request).await;
            response.map(|response| response.map(|body| answered.with(body)))
        }
    });
    builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(answer)).into_owned()
}
