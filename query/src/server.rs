//! Serves the API and the page on a port.

mod answering;
mod progress;

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use metrics::{counter, gauge};
use steplog_model::store::EventStore;
use steplog_net::{Charge, Client, Opened, Opening, Refusals, Room};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::answers::Connection;
use crate::config::QuerySettings;
use crate::routes::{ApiContext, metrics_route, only_operation, router_with};
use answering::Answering;
use progress::Progress;

/// The most bytes of a request's head that are kept: the address and the usual headers.
const HEAD_BYTES: usize = 64 << 10;
/// How long requests that are being answered may take once the server stops.
const DRAIN: Duration = Duration::from_secs(2);
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
    #[error(
        "cannot listen on {address}: {}; choose another address with --listen",
        steplog_net::address::unusable(error)
    )]
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
    refusals: Arc<Refusals>,
}

/// Takes the port of the settings for the API and the page over a store. Port 0 takes a free one.
///
/// # Errors
/// [`BindError`], with words for an operator.
pub async fn bind(store: Arc<dyn EventStore>, settings: &QuerySettings) -> Result<Server, BindError> {
    bind_with(store, settings, ApiContext::default()).await
}

/// As [`bind`], with links and views.
///
/// # Errors
/// As [`bind`].
pub async fn bind_with(
    store: Arc<dyn EventStore>,
    settings: &QuerySettings,
    context: ApiContext,
) -> Result<Server, BindError> {
    let wanted = settings.listen;
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken(wanted),
        _ => BindError::Failed { address: wanted, error },
    };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let refusals = Arc::clone(&context.refusals);
    let router = router_with(store, settings, context);
    Ok(Server { listener, address, router, settings: settings.clone(), refusals })
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

    /// Answers until `shutdown` is done, then lets the requests at hand finish for at most 2 s.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, router, settings, refusals, .. } = self;
        let graceful = GracefulShutdown::new();
        let places = Places::new(settings.query_connections);
        let reserved = router.clone().layer(from_fn(only_operation));
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = async {
                let (stream, from) = listener.accept().await?;
                let from = Connection { client: Client::of(from), end: CancellationToken::new() };
                let place = places.take(&from).await;
                io::Result::Ok((stream, from, place))
            };
            let accepted = tokio::select! {
                accepted = accepted => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, from, place)) => {
                    let router = if place.is_ordinary() { &router } else { &reserved };
                    let end = from.end.clone();
                    let stream = Opened::new(stream, noting(&refusals, from.client));
                    let served = serve(stream, from, place, router.clone(), &settings);
                    let connection = graceful.watch(served);
                    tokio::spawn(async move {
                        let ended = tokio::select! {
                            biased;
                            () = end.cancelled() => {
                                counter!("steplog_search_connections_crowded_total").increment(1);
                                return;
                            }
                            ended = connection => ended,
                        };
                        // A client that breaks off is no event of ours.
                        if let Err(error) = ended {
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
    ordinary: Room,
    reserve: Arc<Semaphore>,
}

/// The place of one connection.
enum Place {
    Ordinary(Charge),
    /// Held for its drop; the semaphore is never closed.
    Reserve(#[expect(dead_code, reason = "held for its drop")] Option<OwnedSemaphorePermit>),
}

impl Places {
    fn new(ordinary: usize) -> Self {
        let ordinary = Room::new(ordinary.max(1), 0, gauge!("steplog_search_connections"));
        Self { ordinary, reserve: Arc::new(Semaphore::new(RESERVE)) }
    }

    /// A place of either kind. One whose client asks nothing is the next one's where there is no other.
    async fn take(&self, from: &Connection) -> Place {
        if let Some(mut place) = self.ordinary.take(from.client, 1, 0) {
            place.waits(from.end.clone());
            return Place::Ordinary(place);
        }
        Place::Reserve(Arc::clone(&self.reserve).acquire_owned().await.ok())
    }
}

impl Place {
    const fn is_ordinary(&self) -> bool {
        matches!(self, Self::Ordinary(_))
    }

    /// The client has asked something: the place is its own for as long as the connection lives.
    fn asked(&mut self) {
        if let Self::Ordinary(place) = self {
            place.works();
        }
    }
}

/// Tells operators of a connection that reaches no request, since it speaks something else.
fn noting(refusals: &Arc<Refusals>, client: Client) -> impl FnOnce(Opening) + Send + Sync + Unpin + use<> {
    let refusals = Arc::clone(refusals);
    move |opening| {
        let (kind, to_do) = match opening {
            Opening::Tls => (
                "tls",
                "page and API speak no TLS: open http:// and not https://, or put a proxy before the port that ends TLS",
            ),
            Opening::Http2 => (
                "protocol",
                "page and API speak HTTP/1 on this port; let a proxy do so, and send OTLP over gRPC to --otlp-grpc (4317)",
            ),
            Opening::Other => return,
        };
        if refusals.note(client, kind, 1) {
            tracing::warn!(
                kind,
                sender = %client,
                port = "query",
                to_do,
                "a connection speaks another protocol than this port; more of this kind from there are counted only, for \
                 a minute"
            );
        }
    }
}

/// One connection. HTTP/1 only: over plain TCP browsers speak nothing else, and so the time for a
/// request's head counts from the first moment.
fn serve<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    from: Connection,
    place: Place,
    router: Router,
    settings: &QuerySettings,
) -> impl GracefulConnection<Error = Box<dyn Error + Send + Sync>> + use<S> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout())
        .keep_alive(place.is_ordinary())
        .max_buf_size(HEAD_BYTES);
    let answering = Answering::default();
    let stream = Progress::new(stream, settings.write_timeout(), answering.clone());
    let place = Arc::new(Mutex::new(place));
    let answer = tower::service_fn(move |mut request: Request<Incoming>| {
        let (router, answered) = (router.clone(), answering.begin());
        place.lock().unwrap_or_else(PoisonError::into_inner).asked();
        request.extensions_mut().insert(from.clone());
        async move {
            let response = router.oneshot(request).await;
            response.map(|response| response.map(|body| answered.with(body)))
        }
    });
    builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(answer)).into_owned()
}
