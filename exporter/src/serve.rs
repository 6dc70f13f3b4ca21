//! Sockets: accepting connections, bounding their number, ending them.

mod connection;

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use steplog_net::{Charge, Client, Opening, Room};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;

use crate::config::ReceiverSettings;
use crate::edge::Edge;
use crate::grpc::Calls;
use crate::http::Routes;
use crate::meter::count_connection;
use crate::reply::Form;

/// The largest headers of a request, in bytes.
const MAX_HEADER_BYTES: u32 = 32 << 10;
/// How long to wait when the system refuses to accept: mostly because it has no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long the answers may take that tell senders to come again.
const GIVE_UP_TIME: Duration = Duration::from_millis(500);

/// A port: what all requests pass, and what answers them. Either port takes both protocols, which no request leaves in
/// doubt: what is refused for its port alone its sender would drop.
#[derive(Clone)]
pub(crate) struct Port {
    /// What operators know it by.
    pub(crate) name: &'static str,
    pub(crate) edge: Edge,
    pub(crate) calls: Calls,
    pub(crate) routes: Routes,
}

impl Port {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let answer = |request, form| async move {
            match form {
                Form::Grpc => Box::pin(self.calls.answer(request)).await,
                Form::Http(_) => Box::pin(self.routes.answer(request)).await,
            }
        };
        Box::pin(self.edge.answer(self.name, request, answer)).await
    }

    /// Takes note of what a connection begins with, where no request will tell.
    fn note_opening(&self, opening: Opening, client: Client) {
        if opening == Opening::Tls {
            count_connection("tls");
            self.edge.note_tls(client, self.name);
        }
    }
}

/// A connection that has its place.
struct Accepted {
    stream: TcpStream,
    client: Client,
    slot: Charge,
    port: Port,
}

/// What all connections of both ports share.
pub(crate) struct Connections {
    /// hyper's part: how the protocols are read.
    builder: auto::Builder<TokioExecutor>,
    limits: connection::Limits,
    /// A unit a connection.
    slots: Room,
    tasks: TaskTracker,
    /// Set when the receiver begins to stop: connections end once their requests are answered.
    stopping: CancellationToken,
    /// Cancelled when the grace period is over: requests get "send again".
    giving_up: CancellationToken,
    /// Set when even that took too long.
    kill: CancellationToken,
}

impl Connections {
    pub(crate) fn new(
        settings: &ReceiverSettings,
        stopping: CancellationToken,
        giving_up: CancellationToken,
    ) -> Self {
        let max_connections = settings.otlp_max_connections as usize;
        Self {
            builder: builder(settings),
            limits: connection::Limits {
                first_request: settings.header_timeout(),
                idle: settings.idle_timeout(),
                age: settings.connection_age(),
                grace: settings.body_timeout() + settings.store_timeout(),
            },
            slots: Room::new(max_connections, 0, metrics::gauge!("steplog_receive_connections")),
            tasks: TaskTracker::new(),
            stopping,
            giving_up,
            kill: CancellationToken::new(),
        }
    }

    /// Accepts until the receiver stops.
    pub(crate) fn accept(self: &Arc<Self>, listener: TcpListener, port: Port) {
        let this = Arc::clone(self);
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    () = this.stopping.cancelled() => return,
                    accepted = listener.accept() => match accepted {
                        Ok((stream, from)) => this.begin(stream, Client::of(from), &port),
                        Err(error) => {
                            tracing::warn!(%error, "cannot accept a connection");
                            count_connection("accept_failed");
                            tokio::time::sleep(ACCEPT_PAUSE).await;
                        }
                    },
                }
            }
        });
    }

    fn begin(self: &Arc<Self>, stream: TcpStream, client: Client, port: &Port) {
        let Some(slot) = self.slots.take(client, 1, 0) else {
            // Closing is the cheapest answer, and senders try again.
            count_connection("refused");
            return;
        };
        count_connection("accepted");
        // Without this a small reply may wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let this = Arc::clone(self);
        let accepted = Accepted { stream, client, slot, port: port.clone() };
        self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = this.kill.cancelled() => count_connection("killed"),
                () = connection::serve(&this, accepted) => {}
            }
        });
    }

    /// Lets requests finish for `time`, then answers those that are left with "send again". Returns how many
    /// connections had to be cut off even then.
    pub(crate) async fn drain(&self, time: Duration) -> usize {
        self.tasks.close();
        if tokio::time::timeout(time, self.tasks.wait()).await.is_ok() {
            return 0;
        }
        self.giving_up.cancel();
        if tokio::time::timeout(GIVE_UP_TIME, self.tasks.wait()).await.is_ok() {
            return 0;
        }
        let left = self.tasks.len();
        self.kill.cancel();
        self.tasks.wait().await;
        left
    }

    /// Ends everything at once when the returned guard is dropped.
    pub(crate) fn kill_on_drop(&self) -> impl Sized {
        (self.stopping.clone().drop_guard(), self.kill.clone().drop_guard())
    }
}

fn builder(settings: &ReceiverSettings) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Waiting for headers is bounded in `connection`, which tells a first request from an idle connection.
    let mut http1 = builder.http1();
    http1.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(2 * MAX_HEADER_BYTES as usize);
    // A sender that has closed its side still wants its answer, and what it sent is worked on to the end.
    http1.half_close(true);
    let mut http2 = builder.http2();
    http2
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.ping_interval())
        .keep_alive_timeout(settings.ping_interval())
        .max_concurrent_streams(settings.otlp_max_streams)
        .max_header_list_size(MAX_HEADER_BYTES);
    builder
}
