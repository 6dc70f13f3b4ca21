//! Binds the two ports and serves them until shutdown.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use steplog_model::store::EventStore;
use steplog_net::{Names, Refusals};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::ReceiverSettings;
use crate::cors;
use crate::edge::Edge;
use crate::grpc::Calls;
use crate::http::Routes;
use crate::map::Mappings;
use crate::serve::{Connections, Port};
use crate::submit::Pipeline;

/// Why the receiver cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// An address cannot be listened on.
    #[error(
        "cannot listen on {address} for {protocol}: {}; choose another address with {flag} (port 0 takes a \
         free one)",
        steplog_net::address::unusable(source)
    )]
    Address {
        /// `OTLP over gRPC` or `OTLP over HTTP`.
        protocol: &'static str,
        /// The address.
        address: SocketAddr,
        /// The setting to change.
        flag: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// The settings contradict each other.
    #[error("{0}")]
    Settings(String),
    /// The descriptors that gRPC reflection gives out cannot be read.
    #[error("gRPC reflection cannot be set up: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// A receiver whose ports are taken but not served yet.
pub struct Receiver {
    grpc: (TcpListener, SocketAddr),
    http: (TcpListener, SocketAddr),
    ports: [Port; 2],
    connections: Arc<Connections>,
    stopping: CancellationToken,
    refusals: Arc<Refusals>,
    settings: ReceiverSettings,
}

/// Takes both ports. Senders can connect from now on; they are served once [`Receiver::run`] is polled.
///
/// # Errors
/// [`BindError`] where a port is taken or the settings contradict each other; it says what to change.
pub async fn bind(
    settings: ReceiverSettings,
    store: Arc<dyn EventStore>,
    mappings: Arc<Mappings>,
) -> Result<Receiver, BindError> {
    if let Some(problem) = settings.problem() {
        return Err(BindError::Settings(problem));
    }
    let grpc = listen(settings.otlp_grpc, "OTLP over gRPC", "--otlp-grpc").await?;
    let http = listen(settings.otlp_http, "OTLP over HTTP", "--otlp-http").await?;
    let stopping = CancellationToken::new();
    let giving_up = CancellationToken::new();
    let refusals = Arc::new(Refusals::default());
    let pipeline = Pipeline::new(&settings, Arc::clone(&store), mappings, Arc::clone(&refusals));
    let pipeline = Arc::new(pipeline.giving_up_at(giving_up.clone()));
    let calls = Calls::new(Arc::clone(&pipeline), store, stopping.clone())?;
    let routes = Routes::new(pipeline, cors::layer(&settings.otlp_cors_origins, &settings.otlp_cors_headers));
    let connections = Arc::new(Connections::new(&settings, stopping.clone(), giving_up));
    let names = Names::new(&settings.allowed_hosts).with_private_names(true);
    let edge = Edge::new(names, Arc::clone(&refusals));
    let ports = ["otlp_grpc", "otlp_http"];
    let ports =
        ports.map(|name| Port { name, edge: edge.clone(), calls: calls.clone(), routes: routes.clone() });
    Ok(Receiver { grpc, http, ports, connections, stopping, refusals, settings })
}

async fn listen(
    address: SocketAddr,
    protocol: &'static str,
    flag: &'static str,
) -> Result<(TcpListener, SocketAddr), BindError> {
    let error = |source| BindError::Address { protocol, address, flag, source };
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let bound = listener.local_addr().map_err(error)?;
    Ok((listener, bound))
}

impl Receiver {
    /// Where gRPC is taken.
    #[must_use]
    pub const fn grpc_addr(&self) -> SocketAddr {
        self.grpc.1
    }

    /// Where HTTP is taken.
    #[must_use]
    pub const fn http_addr(&self) -> SocketAddr {
        self.http.1
    }

    /// What it has refused so far.
    #[must_use]
    pub fn refusals(&self) -> Arc<Refusals> {
        Arc::clone(&self.refusals)
    }

    /// Serves both ports until `shutdown` resolves, then drains.
    ///
    /// Draining: health checks say `NOT_SERVING`, no connection is accepted any more, requests in progress are
    /// answered, connections are closed. Requests left after the grace period get "send again".
    /// Dropping the future cuts everything off at once.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { grpc, http, ports: [grpc_port, http_port], connections, stopping, settings, .. } = self;
        let _cut_off = connections.kill_on_drop();
        connections.accept(grpc.0, grpc_port);
        connections.accept(http.0, http_port);
        tracing::info!(grpc = %grpc.1, http = %http.1, "receiving");
        shutdown.await;
        stopping.cancel();
        let left = connections.drain(settings.drain_timeout()).await;
        tracing::info!(cut_off = left, "receiver stopped");
    }
}
