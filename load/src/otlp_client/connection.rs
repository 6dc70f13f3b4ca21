//! One connection: HTTP/2 with gRPC framing, or HTTP/1.1.

use anyhow::Context as _;
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
pub(super) enum Connection {
    Grpc(http2::SendRequest<Full<Bytes>>),
    Http(http1::SendRequest<Full<Bytes>>),
}

impl Connection {
    pub(super) async fn open(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(&target.authority)
            .await
            .with_context(|| format!("cannot connect to {}", target.authority))?;
        stream.set_nodelay(true)?;
        let io = TokioIo::new(stream);
        // The driver tasks end with the connection; what breaks is told to the request that waits.
        Ok(match target.protocol {
            Protocol::Grpc => {
                let (sender, driver) = http2::handshake(TokioExecutor::new(), io).await?;
                tokio::spawn(driver);
                Self::Grpc(sender)
            }
            Protocol::Http => {
                let (sender, driver) = http1::handshake(io).await?;
                tokio::spawn(driver);
                Self::Http(sender)
            }
        })
    }

    pub(super) fn is_usable(&self) -> bool {
        match self {
            Self::Grpc(sender) => !sender.is_closed(),
            Self::Http(sender) => !sender.is_closed(),
        }
    }

    pub(super) async fn send(&mut self, target: &Target, message: &Message) -> anyhow::Result<Reply> {
        match self {
            Self::Grpc(sender) => {
                sender.ready().await?;
                let response = sender.send_request(grpc_request(target, message)?).await?;
                let (head, body, trailers) = collect(response).await?;
                Ok(reply::of_grpc(head.status, &head.headers, trailers.as_ref(), &body))
            }
            Self::Http(sender) => {
                sender.ready().await?;
                let response = sender.send_request(http_request(target, message)?).await?;
                let (head, body, _) = collect(response).await?;
                Ok(reply::of_http(head.status, &head.headers, &body))
            }
        }
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
