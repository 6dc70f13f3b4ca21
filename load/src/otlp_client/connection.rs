//! One connection: HTTP/2 with gRPC framing, or HTTP/1.1.

use anyhow::{Context as _, anyhow};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, TE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::reply::{self, Reply};
use super::{Message, Protocol, Target};

/// Replies are small; a larger one is no OTLP.
const MAX_REPLY_BYTES: usize = 4 << 20;
const USER_AGENT_VALUE: HeaderValue =
    HeaderValue::from_static(concat!("steplog-generate/", env!("CARGO_PKG_VERSION")));

#[derive(Debug)]
enum Channel {
    Grpc(http2::SendRequest<Full<Bytes>>),
    Http(http1::SendRequest<Full<Bytes>>),
}

#[derive(Debug)]
pub(super) struct Connection {
    channel: Channel,
    /// Whether a reply came over it: then the other side speaks the protocol.
    has_answered: bool,
}

impl Connection {
    pub(super) async fn open(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(&target.authority)
            .await
            .with_context(|| format!("cannot connect to {}", target.authority))?;
        stream.set_nodelay(true)?;
        let io = TokioIo::new(stream);
        // The driver tasks end with the connection; what breaks is told to the request that waits.
        let channel = match target.protocol {
            Protocol::Grpc => {
                let (sender, driver) = http2::handshake(TokioExecutor::new(), io).await?;
                tokio::spawn(driver);
                Channel::Grpc(sender)
            }
            Protocol::Http => {
                let (sender, driver) = http1::handshake(io).await?;
                tokio::spawn(driver);
                Channel::Http(sender)
            }
        };
        Ok(Self { channel, has_answered: false })
    }

    pub(super) fn is_usable(&self) -> bool {
        match &self.channel {
            Channel::Grpc(sender) => !sender.is_closed(),
            Channel::Http(sender) => !sender.is_closed(),
        }
    }

    pub(super) async fn send(&mut self, target: &Target, message: &Message) -> anyhow::Result<Reply> {
        let response = match &mut self.channel {
            Channel::Grpc(sender) => {
                let request = grpc_request(target, message)?;
                match sender.ready().await {
                    Ok(()) => sender.send_request(request).await,
                    Err(error) => Err(error),
                }
            }
            Channel::Http(sender) => {
                let request = http_request(target, message)?;
                match sender.ready().await {
                    Ok(()) => sender.send_request(request).await,
                    Err(error) => Err(error),
                }
            }
        };
        let response = response.map_err(|error| self.broken(&error, target))?;
        self.has_answered = true;
        let (head, body, trailers) = collect(response).await?;
        Ok(match target.protocol {
            Protocol::Grpc => reply::of_grpc(head.status, &head.headers, trailers.as_ref(), &body),
            Protocol::Http => reply::of_http(head.status, &head.headers, &body),
        })
    }

    /// Why no reply came. What never answered may speak something else.
    fn broken(&self, error: &hyper::Error, target: &Target) -> anyhow::Error {
        let Target { authority, protocol, .. } = target;
        if self.has_answered {
            return anyhow!("{authority} broke the connection: {error}");
        }
        let (name, article) = match protocol {
            Protocol::Grpc => ("gRPC", "a"),
            Protocol::Http => ("HTTP", "an"),
        };
        anyhow!(
            "{authority} ends the connection without an answer ({error}); does {article} {name} server listen there?"
        )
    }
}

fn grpc_request(target: &Target, message: &Message) -> anyhow::Result<Request<Full<Bytes>>> {
    let encoding = message.compression.encoding();
    let mut framed = BytesMut::with_capacity(message.body.len() + 5);
    framed.put_u8(u8::from(encoding.is_some()));
    framed.put_u32(u32::try_from(message.body.len()).context("the request is larger than gRPC can frame")?);
    framed.extend_from_slice(&message.body);
    let path = "opentelemetry.proto.collector.logs.v1.LogsService/Export";
    let mut request =
        Request::post(format!("http://{}/{path}", target.authority)).body(Full::new(framed.freeze()))?;
    let headers = request.headers_mut();
    headers.extend(target.headers.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(USER_AGENT, USER_AGENT_VALUE);
    if let Some(encoding) = encoding {
        headers.insert("grpc-encoding", HeaderValue::from_static(encoding));
    }
    Ok(request)
}

fn http_request(target: &Target, message: &Message) -> anyhow::Result<Request<Full<Bytes>>> {
    let mut request =
        Request::post(format!("{}/v1/logs", target.path)).body(Full::new(message.body.clone()))?;
    let headers = request.headers_mut();
    headers.extend(target.headers.clone());
    headers.insert(HOST, HeaderValue::from_str(&target.authority)?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    headers.insert(USER_AGENT, USER_AGENT_VALUE);
    if let Some(encoding) = message.compression.encoding() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(request)
}

async fn collect(
    response: Response<Incoming>,
) -> anyhow::Result<(http::response::Parts, Bytes, Option<HeaderMap>)> {
    let (head, body) = response.into_parts();
    let collected = Limited::new(body, MAX_REPLY_BYTES)
        .collect()
        .await
        .map_err(|error| anyhow::anyhow!("the reply broke off: {error}"))?;
    let trailers = collected.trailers().cloned();
    Ok((head, collected.to_bytes(), trailers))
}
