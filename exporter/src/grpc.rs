//! OTLP over gRPC: its calls.
//!
//! The one unary method of each service that takes a signal is read here and not by tonic: its body goes the same
//! way as that of an HTTP request, and the codes are those that OTLP asks for.

mod health;
mod services;

use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use http::{Method, Request, Response};
use hyper::body::Incoming;
use steplog_model::store::EventStore;
use steplog_net::asker;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use self::services::Services;
use crate::body::{self, BodyLimits};
use crate::decode::Signal;
use crate::edge::sender;
use crate::meter::Meter;
use crate::reply::{Form, RefusalReason, Reply};
use crate::submit::{Payload, Pipeline};
use crate::wire::Protocol;
use crate::wire::encoding::{Encoding, GRPC_ACCEPTED};
use crate::wire::media_type::Format;

/// The services that take a signal, as health and reflection name them; `Export` is the only method of each.
const EXPORT_SERVICES: [(&str, Signal); 3] = [
    ("opentelemetry.proto.collector.logs.v1.LogsService", Signal::Logs),
    ("opentelemetry.proto.collector.trace.v1.TraceService", Signal::Traces),
    ("opentelemetry.proto.collector.metrics.v1.MetricsService", Signal::Metrics),
];
/// The method that takes logs.
const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
/// What precedes a message: one byte that says whether it is compressed, four for its length.
const PREFIX_BYTES: usize = 5;

/// What answers gRPC.
#[derive(Clone)]
pub(crate) struct Calls {
    pipeline: Arc<Pipeline>,
    services: Services,
}

impl Calls {
    pub(crate) fn new(
        pipeline: Arc<Pipeline>,
        store: Arc<dyn EventStore>,
        stopping: CancellationToken,
    ) -> Result<Self, tonic_reflection::server::Error> {
        Ok(Self { pipeline, services: Services::new(store, stopping)? })
    }

    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path();
        if let Some(signal) = exported(path)
            && request.method() == Method::POST
        {
            return self.export(request, signal).await;
        }
        if let Some(service) = self.services.find(path) {
            return Services::call(service, request).await;
        }
        let reply = unknown_method(path);
        Meter::start(Protocol::Grpc).finish(&reply, reply.response(Form::Grpc))
    }

    async fn export(&self, request: Request<Incoming>, signal: Signal) -> Response<Body> {
        let meter = Meter::start(Protocol::Grpc);
        let reply = self.pipeline.unless_stopped(self.receive(request, signal, &meter)).await;
        meter.finish(&reply, reply.response(Form::Grpc))
    }

    async fn receive(
        &self,
        request: Request<Incoming>,
        signal: Signal,
        meter: &Meter,
    ) -> Result<Reply, Reply> {
        let encoding = Encoding::of_grpc(request.headers()).map_err(|error| {
            let message = format!("{error}; this server takes {GRPC_ACCEPTED}");
            Reply::refused(RefusalReason::Compression, message)
        })?;
        let BodyLimits { bytes: limit, timeout } = self.pipeline.body_limits();
        let framed = BodyLimits { bytes: limit + PREFIX_BYTES, timeout };
        let (parts, mut incoming) = request.into_parts();
        let sender = sender(&parts.extensions);
        let from = body::Sent { sender, head: &parts.headers, in_flight: self.pipeline.in_flight() };
        let read = body::read(&mut incoming, framed, from, |arrived| inspect(arrived, limit)).await;
        let mut body = read.map_err(|error| error.into_reply(limit))?;
        meter.received(body.bytes.len());
        let (compressed, message) = unframe(body.bytes)?;
        body.bytes = message;
        let encoding = if compressed { encoding } else { Encoding::Identity };
        let payload = Payload { signal, format: Format::Protobuf, encoding, body, sender };
        Ok(self.pipeline.submit(asker(&parts.extensions).tenant, payload).await)
    }
}

/// The signal that the method of a path takes.
fn exported(path: &str) -> Option<Signal> {
    let service = path.strip_prefix('/')?.strip_suffix("/Export")?;
    EXPORT_SERVICES.into_iter().find(|(name, _)| *name == service).map(|(_, signal)| signal)
}

/// Looks at the first bytes: a message that says it is too large need not be read.
fn inspect(arrived: &[u8], limit: usize) -> Result<(), Reply> {
    let Some((&[flag, a, b, c, d], _)) = arrived.split_first_chunk::<PREFIX_BYTES>() else { return Ok(()) };
    if flag > 1 {
        return Err(malformed("the message's first byte is neither 0 nor 1"));
    }
    let length = u32::from_be_bytes([a, b, c, d]);
    if length as usize > limit { Err(Reply::too_large(limit)) } else { Ok(()) }
}

/// The one message of a call, and whether it is compressed.
fn unframe(mut body: Bytes) -> Result<(bool, Bytes), Reply> {
    if body.len() < PREFIX_BYTES {
        return Err(malformed("the call has no message"));
    }
    let compressed = body.get_u8() == 1;
    let length = body.get_u32() as usize;
    if body.len() < length {
        return Err(malformed("the message ends early"));
    }
    if body.len() > length {
        return Err(malformed("more than one message in a call that takes one"));
    }
    Ok((compressed, body))
}

fn malformed(what: &str) -> Reply {
    Reply::refused(RefusalReason::Malformed, format!("the call is no gRPC call of an Export method: {what}"))
}

fn unknown_method(path: &str) -> Reply {
    if path.starts_with("/opentelemetry.proto.collector.profiles.") {
        let message = format!("steplog stores no profiles; send them elsewhere, and logs to {EXPORT_LOGS}");
        return Reply::refused(RefusalReason::Signal, message);
    }
    let shown: String = path.chars().take(120).collect();
    let message = format!("there is no method {shown:?}; send logs to {EXPORT_LOGS}");
    Reply::refused(RefusalReason::Path, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &[u8], want: Result<(bool, &[u8]), &str>) {
        let framed = inspect(body, 10).and_then(|()| unframe(Bytes::copy_from_slice(body)));
        match (framed, want) {
            (Ok((compressed, message)), Ok(want)) => assert_eq!((compressed, &*message), want),
            (Err(reply), Err(words)) => assert!(format!("{reply:?}").contains(words), "{reply:?}"),
            (framed, want) => panic!("{framed:?} is not {want:?}"),
        }
    }

    #[test]
    fn calls_have_one_message() {
        check(&[0, 0, 0, 0, 0], Ok((false, &[])));
        check(&[1, 0, 0, 0, 2, 7, 8], Ok((true, &[7, 8])));
        check(&[], Err("no message"));
        check(&[0, 0, 0, 0], Err("no message"));
        check(&[2, 0, 0, 0, 0], Err("neither 0 nor 1"));
        check(&[0, 0, 0, 0, 2, 7], Err("ends early"));
        check(&[0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 0], Err("more than one"));
        check(&[0, 0, 0, 0, 11], Err("TooLarge"));
        check(&[0, 0xff, 0xff, 0xff, 0xff], Err("TooLarge"));
    }

    #[test]
    fn other_signals_are_named() {
        for (name, signal) in EXPORT_SERVICES {
            assert_eq!(exported(&format!("/{name}/Export")), Some(signal));
        }
        assert_eq!(exported(EXPORT_LOGS), Some(Signal::Logs));
        assert_eq!(exported("/opentelemetry.proto.collector.logs.v1.LogsService/Import"), None);
        for (path, want) in [
            ("/opentelemetry.proto.collector.trace.v1.TraceService/Import", RefusalReason::Path),
            (
                "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export",
                RefusalReason::Signal,
            ),
            ("/opentelemetry.proto.collector.logs.v1.LogsService/Import", RefusalReason::Path),
            ("/", RefusalReason::Path),
        ] {
            let Reply::Refused(refusal) = unknown_method(path) else { panic!("{path}") };
            assert_eq!(refusal.reason, want, "{path}");
        }
    }
}
