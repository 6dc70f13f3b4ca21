//! Middleware of every request on either port: checks the host name, answers a panic, and reports refused requests to
//! operators.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use http::{Extensions, HeaderValue, Method, Request, Response, Uri, header};
use hyper::body::Incoming;
use steplog_net::{Client, Names, Refusals};
use tonic::body::Body;

use crate::meter::Meter;
use crate::reply::{Form, Reply, RetryCause, Warning};
use crate::wire::media_type::ContentType;

/// How long a sender waits that calls another server: until somebody has changed a setting.
const MISDIRECTED_WAITS: Duration = Duration::from_secs(5);
/// The most characters of a sender's text in the log.
const SHOWN_CHARS: usize = 60;

/// The checks of both ports before a request is read.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    names: Arc<Names>,
    refusals: Arc<Refusals>,
}

/// The sender of a request. Set where its connection is.
pub(crate) fn sender(extensions: &Extensions) -> Client {
    extensions.get::<Client>().copied().unwrap_or_default()
}

impl Edge {
    pub(crate) fn new(names: Names, refusals: Arc<Refusals>) -> Self {
        Self { names: Arc::new(names), refusals }
    }

    /// The answer to a request: that of `answer`, unless it calls another server, or the port fails.
    pub(crate) async fn answer<F>(
        &self,
        port: &'static str,
        request: Request<Incoming>,
        answer: impl FnOnce(Request<Incoming>, Form) -> F,
    ) -> Response<Body>
    where
        F: Future<Output = Response<Body>>,
    {
        let arrival = Arrival::of(port, &request);
        let form = Form::of(&request, &ContentType::of(request.headers()));
        let response = if let Some(told) = self.names.refusal(request.uri(), request.headers()) {
            let reply = Reply::retry(RetryCause::Host, MISDIRECTED_WAITS, told);
            Meter::start(form.protocol()).finish(&reply, reply.response(form))
        } else {
            // The request is gone with a panic; nothing else is shared but what locks and atomics keep whole.
            let answered = AssertUnwindSafe(async { answer(request, form).await }).catch_unwind().await;
            answered.unwrap_or_else(|_| Reply::failed_within().response(form))
        };
        if let Some(warning) = response.extensions().get::<Warning>() {
            self.note(&arrival, *warning);
        }
        response
    }

    /// Takes note of a connection that speaks TLS to a port: it reaches no request.
    pub(crate) fn note_tls(&self, sender: Client, port: &'static str) {
        if self.refusals.note(sender, "tls", 1) {
            tracing::warn!(
                kind = "tls",
                %sender,
                port,
                to_do = "let the sender speak without TLS: an endpoint with http:// (in a Collector `tls: insecure: true`); \
                         or put a proxy before the port that ends TLS",
                "a connection speaks TLS, which this port does not; more from there are counted only, for a minute"
            );
        }
    }

    fn note(&self, arrival: &Arrival, warning: Warning) {
        if !self.refusals.note(arrival.sender, warning.kind, 1) {
            return;
        }
        let shown = |text: &str| text.chars().take(SHOWN_CHARS).collect::<String>();
        let content_type = arrival.content_type.as_ref().map(|kind| String::from_utf8_lossy(kind.as_bytes()));
        tracing::warn!(
            kind = warning.kind,
            sender = %arrival.sender,
            port = arrival.port,
            method = shown(arrival.method.as_str()),
            path = shown(arrival.uri.path()),
            content_type = content_type.map(|kind| shown(&kind)),
            to_do = warning.to_do,
            "a request is refused; more of this kind from there are counted only, for a minute"
        );
    }
}

/// What a request said of itself; all of it shares the request's memory.
struct Arrival {
    sender: Client,
    port: &'static str,
    method: Method,
    uri: Uri,
    content_type: Option<HeaderValue>,
}

impl Arrival {
    fn of(port: &'static str, request: &Request<Incoming>) -> Self {
        Self {
            sender: sender(request.extensions()),
            port,
            method: request.method().clone(),
            uri: request.uri().clone(),
            content_type: request.headers().get(header::CONTENT_TYPE).cloned(),
        }
    }
}
