//! Senders: a gRPC client by tonic, calls framed by hand, HTTP by reqwest, and plain sockets.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;
use tonic_prost::ProstCodec;

pub(crate) const EXPORT: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// What the logs service answers.
pub(crate) type Exported = Result<ExportLogsServiceResponse, tonic::Status>;

pub(crate) async fn channel(address: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// Exports over a new connection.
pub(crate) async fn export(address: SocketAddr, request: ExportLogsServiceRequest) -> Exported {
    export_on(channel(address).await, request, None).await
}

pub(crate) async fn export_on(
    channel: Channel,
    request: ExportLogsServiceRequest,
    compression: Option<CompressionEncoding>,
) -> Exported {
    call(channel, EXPORT, request, compression).await
}

/// Calls any unary method.
pub(crate) async fn call<Q, A>(
    channel: Channel,
    path: &'static str,
    request: Q,
    compression: Option<CompressionEncoding>,
) -> Result<A, tonic::Status>
where
    Q: prost::Message + Send + Sync + 'static,
    A: prost::Message + Default + Send + Sync + 'static,
{
    let mut client = tonic::client::Grpc::new(channel);
    if let Some(compression) = compression {
        client = client.send_compressed(compression);
    }
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(path);
    let codec = ProstCodec::<Q, A>::default();
    client.unary(tonic::Request::new(request), path, codec).await.map(tonic::Response::into_inner)
}

/// A gRPC message with its prefix.
pub(crate) fn framed(compressed: bool, message: &[u8]) -> Bytes {
    let mut body = vec![u8::from(compressed)];
    body.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    body.extend_from_slice(message);
    body.into()
}

/// Exports with a body and headers made by hand; gRPC's status comes back as tonic reads it.
pub(crate) async fn export_raw(address: SocketAddr, headers: &[(&str, &str)], body: Bytes) -> Exported {
    let (response, trailers, body) = grpc_raw(address, EXPORT, headers, body).await;
    let status = tonic::Status::from_header_map(&trailers)
        .or_else(|| tonic::Status::from_header_map(response.headers()))
        .expect("a gRPC status");
    if status.code() != tonic::Code::Ok {
        return Err(status);
    }
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/grpc");
    Ok(ExportLogsServiceResponse::decode(body.slice(5..)).unwrap())
}

/// One HTTP/2 request; its response, trailers and body.
pub(crate) async fn grpc_raw(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> (Response<()>, HeaderMap, Bytes) {
    let mut request = Request::post(format!("http://{address}{path}"));
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/grpc");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request.body(Full::new(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.unwrap();
    let trailers = collected.trailers().cloned().unwrap_or_default();
    connection.abort();
    (Response::from_parts(parts, ()), trailers, collected.to_bytes())
}

/// What an HTTP sender sees.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body of an error, as protobuf.
    pub(crate) fn status_message(&self) -> tonic_types::Status {
        assert_eq!(self.header("content-type"), Some("application/x-protobuf"));
        tonic_types::Status::decode(self.body.clone()).unwrap()
    }

    /// The body of a success, as protobuf.
    pub(crate) fn exported(&self) -> ExportLogsServiceResponse {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/x-protobuf"));
        ExportLogsServiceResponse::decode(self.body.clone()).unwrap()
    }
}

pub(crate) async fn post(url: &str, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Answer {
    let mut request = reqwest::Client::new().post(url).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.unwrap()).await
}

pub(crate) async fn post_protobuf(url: &str, body: impl Into<reqwest::Body>) -> Answer {
    post(url, &[("content-type", "application/x-protobuf")], body).await
}

pub(crate) async fn post_json(url: &str, body: impl Into<reqwest::Body>) -> Answer {
    post(url, &[("content-type", "application/json")], body).await
}

/// Writes bytes to a new connection and reads all that comes back until it is closed.
pub(crate) async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// An HTTP/1.1 request for logs.
pub(crate) fn http1(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
