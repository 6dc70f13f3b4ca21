//! OTLP over HTTP: routes, methods and content types.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{Method, Request, Response, Version, header};
use hyper::body::Incoming;
use steplog_net::asker;
use tonic::body::Body;
use tower::ServiceExt as _;
use tower_http::cors::CorsLayer;

use crate::body;
use crate::decode::Signal;
use crate::edge::sender;
use crate::meter::Meter;
use crate::reply::{Form, RefusalReason, Reply, RetryCause};
use crate::submit::{Payload, Pipeline};
use crate::wire::encoding::Encoding;
use crate::wire::media_type::{ContentType, Format};

/// Where logs are received.
const LOGS: &str = "/v1/logs";
/// Where each signal is received.
const PATHS: [(&str, Signal); 3] =
    [(LOGS, Signal::Logs), ("/v1/traces", Signal::Traces), ("/v1/metrics", Signal::Metrics)];

/// What a proxy is answered that does not speak HTTP/2 to steplog.
const GRPC_OVER_HTTP1: &str = "gRPC needs HTTP/2, and this request came over HTTP/1: let the proxy on the way speak \
    HTTP/2 without TLS to steplog (nginx: grpc_pass grpc://), or send OTLP over HTTP to /v1/logs; send again once it does";

/// What answers all that is not gRPC.
#[derive(Clone)]
pub(crate) struct Routes {
    pipeline: Arc<Pipeline>,
    cors: Option<Arc<CorsLayer>>,
}

impl Routes {
    pub(crate) fn new(pipeline: Arc<Pipeline>, cors: Option<CorsLayer>) -> Self {
        Self { pipeline, cors: cors.map(Arc::new) }
    }

    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let pipeline = Arc::clone(&self.pipeline);
        let Some(cors) = &self.cors else { return respond(pipeline, request).await };
        let inner = tower::service_fn(move |request| {
            let pipeline = Arc::clone(&pipeline);
            async move { Ok::<_, Infallible>(respond(pipeline, request).await) }
        });
        let Ok(response) = tower::Layer::layer(&**cors, inner).oneshot(request).await;
        response
    }
}

async fn respond(pipeline: Arc<Pipeline>, request: Request<Incoming>) -> Response<Body> {
    let content_type = ContentType::of(request.headers());
    let form = Form::of(&request, &content_type);
    let (parts, mut body) = request.into_parts();
    let format = content_type.answer_format();
    let meter = Meter::start(Form::Http(format).protocol());
    let reply = match taken(&parts, &content_type) {
        Err(reply) => reply,
        Ok(signal) => {
            let work = receive(&pipeline, &parts, (signal, format), &mut body, &meter);
            pipeline.unless_stopped(work).await
        }
    };
    // A sender that waits for "100 Continue" has not begun to send; HTTP/2 can end one stream alone.
    if parts.version < Version::HTTP_2 && !parts.headers.contains_key(header::EXPECT) {
        body::leave(body, pipeline.body_limits());
    }
    meter.finish(&reply, reply.response(form))
}

/// The signal of a request, or why it is refused, by its head alone.
fn taken(parts: &Parts, content_type: &ContentType) -> Result<Signal, Reply> {
    if *content_type == ContentType::Grpc {
        return Err(Reply::retry(RetryCause::Protocol, Duration::from_secs(5), GRPC_OVER_HTTP1));
    }
    let path = parts.uri.path();
    // Whatever stands before, or a slash behind: endpoints are written so by mistake, and the ending leaves no doubt.
    let ending = path.trim_end_matches('/');
    let Some((path, signal)) = PATHS.into_iter().find(|(known, _)| ending.ends_with(known)) else {
        return Err(wrong_path(&parts.method, path));
    };
    if parts.method != Method::POST {
        let message = format!("{path} takes POST only; look at events on the page and the API, not here");
        return Err(Reply::refused(RefusalReason::Method, message));
    }
    let refused = |message: String| Err(Reply::refused(RefusalReason::ContentType, message));
    match content_type {
        ContentType::Otlp(_) | ContentType::Grpc => Ok(signal),
        ContentType::Missing => {
            refused("Content-Type is missing; send application/x-protobuf or application/json".to_owned())
        }
        ContentType::Other(other) => refused(format!(
            "Content-Type {other:?} is not supported; send application/x-protobuf or application/json"
        )),
    }
}

fn wrong_path(method: &Method, path: &str) -> Reply {
    if path.ends_with("/v1development/profiles") {
        let message = format!("steplog stores no profiles; send them elsewhere, and logs to {LOGS}");
        return Reply::refused(RefusalReason::Signal, message);
    }
    let shown: String = path.chars().take(60).collect();
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let page = if reads { "; page and API have another port (--listen, 7837 by default)" } else { "" };
    let message = format!(
        "nothing is received at {shown:?}; send logs to {LOGS} (OTEL_EXPORTER_OTLP_LOGS_ENDPOINT is used as it is, \
         OTEL_EXPORTER_OTLP_ENDPOINT gets {LOGS} appended), spans to /v1/traces{page}"
    );
    Reply::refused(RefusalReason::Path, message)
}

async fn receive(
    pipeline: &Arc<Pipeline>,
    parts: &Parts,
    (signal, format): (Signal, Format),
    body: &mut Incoming,
    meter: &Meter,
) -> Result<Reply, Reply> {
    let encoding = Encoding::of_http(&parts.headers)
        .map_err(|error| Reply::refused(RefusalReason::Compression, error.to_string()))?;
    let limits = pipeline.body_limits();
    let sender = sender(&parts.extensions);
    let from = body::Sent { sender, head: &parts.headers, in_flight: pipeline.in_flight() };
    let read = body::read(body, limits, from, |_| Ok(())).await;
    let body = read.map_err(|error| error.into_reply(limits.bytes))?;
    meter.received(body.bytes.len());
    let tenant = asker(&parts.extensions).tenant;
    Ok(pipeline.submit(tenant, Payload { signal, format, encoding, body, sender }).await)
}
