//! An OTLP sender: one connection, gRPC or HTTP, requests that are encoded already.
//!
//! The SDKs' exporters take records one by one and hide the replies; this one sends bytes and tells what came
//! back, so that load, the demo and the crash test see every acknowledgement. It speaks OTLP 1.11 as a client:
//! which replies are worth a retry is in [`reply`], how long to wait in [`retry`].

mod connection;
pub mod reply;
pub mod retry;

use std::io::Write as _;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use connection::Connection;
use http::{HeaderMap, HeaderName, HeaderValue};
use reply::Reply;

/// Which transport of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Protocol {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP with protobuf bodies.
    Http,
}

impl Protocol {
    /// As people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grpc => "gRPC",
            Self::Http => "HTTP",
        }
    }
}

/// How requests are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Compression {
    /// As they are.
    None,
    /// gzip, at its fastest level.
    Gzip,
    /// zstd, at its first level: smaller and quicker than gzip, understood by steplog and the Collector.
    Zstd,
}

impl Compression {
    /// The name in `Content-Encoding` and `grpc-encoding`; `None` for requests as they are.
    pub(crate) const fn encoding(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// Where to send, and how.
#[derive(Clone, Debug)]
pub struct Target {
    /// The transport.
    pub protocol: Protocol,
    /// Host and port.
    pub authority: String,
    /// The path before `/v1/logs` (HTTP only), empty or starting with a slash.
    pub path: String,
    /// Headers of every request.
    pub headers: HeaderMap,
    /// The compression.
    pub compression: Compression,
    /// How long one attempt may take.
    pub timeout: Duration,
}

impl Target {
    /// The target of an endpoint such as `http://127.0.0.1:4317`.
    ///
    /// # Errors
    /// If the endpoint is no plain HTTP address.
    pub fn new(protocol: Protocol, endpoint: &str) -> anyhow::Result<Self> {
        if endpoint.starts_with("https://") {
            bail!(
                "{endpoint} asks for TLS, which this sender does not speak; send to a local Collector that does"
            );
        }
        let plain = endpoint.strip_prefix("http://").unwrap_or(endpoint);
        if let Some((scheme, rest)) = plain.split_once("://") {
            bail!("{endpoint} begins with {scheme}://, which is no address of OTLP; write http://{rest}");
        }
        let (authority, path) = plain.split_once('/').map_or((plain, ""), |(host, path)| (host, path));
        let authority = http::uri::Authority::from_str(authority)
            .with_context(|| format!("{endpoint:?} is no endpoint; write http://HOST:PORT"))?;
        let port = match protocol {
            Protocol::Grpc => 4317,
            Protocol::Http => 4318,
        };
        let authority = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(port));
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self {
            protocol,
            authority,
            path,
            headers: HeaderMap::new(),
            compression: Compression::None,
            timeout: Duration::from_secs(10),
        })
    }

    /// Adds a header written as `name=value`, as in `OTEL_EXPORTER_OTLP_HEADERS`.
    ///
    /// # Errors
    /// If the text is no header.
    pub fn add_header(&mut self, text: &str) -> anyhow::Result<()> {
        let (name, value) =
            text.split_once('=').with_context(|| format!("{text:?} is no header; write name=value"))?;
        let name =
            HeaderName::from_str(name.trim()).with_context(|| format!("{name:?} cannot name a header"))?;
        let mut value = HeaderValue::from_str(value.trim())
            .context("the header's value has characters that none may have")?;
        value.set_sensitive(true);
        self.headers.append(name, value);
        Ok(())
    }
}

/// A request as it goes over the wire: compressed once, sent as often as it takes.
#[derive(Clone, Debug)]
pub struct Message {
    body: Bytes,
    compression: Compression,
}

impl Message {
    /// Compresses an encoded `ExportLogsServiceRequest`.
    ///
    /// # Errors
    /// If compressing fails, which it does for want of memory only.
    pub fn new(request: Bytes, compression: Compression) -> anyhow::Result<Self> {
        let body = match compression {
            Compression::None => request,
            Compression::Gzip => {
                let buffer = Vec::with_capacity(request.len() / 4);
                let mut encoder = flate2::write::GzEncoder::new(buffer, flate2::Compression::fast());
                encoder.write_all(&request)?;
                encoder.finish()?.into()
            }
            Compression::Zstd => zstd::bulk::compress(&request, 1)?.into(),
        };
        Ok(Self { body, compression })
    }

    /// Bytes on the wire.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.body.len()
    }
}

/// One sender with one connection, made when it is needed and made anew after it broke.
#[derive(Debug)]
pub struct Sender {
    target: Target,
    connection: Option<Connection>,
}

impl Sender {
    /// A sender to a target; connects with the first request.
    #[must_use]
    pub const fn new(target: Target) -> Self {
        Self { target, connection: None }
    }

    /// Where it sends.
    #[must_use]
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Sends a request once and tells what came back. Whatever breaks on the way is a [`Reply::Retry`].
    pub async fn send(&mut self, message: &Message) -> Reply {
        self.send_within(message, self.target.timeout).await
    }

    /// The same for an attempt that may not take longer than this, nor than the target's timeout.
    async fn send_within(&mut self, message: &Message, limit: Duration) -> Reply {
        let limit = limit.min(self.target.timeout);
        match tokio::time::timeout(limit, self.attempt(message)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => {
                self.connection = None;
                Reply::Retry { after: None, reason: format!("{error:#}") }
            }
            Err(_) => {
                self.connection = None;
                Reply::Retry { after: None, reason: format!("no reply within {} s", limit.as_secs_f32()) }
            }
        }
    }

    async fn attempt(&mut self, message: &Message) -> anyhow::Result<Reply> {
        let connection = match self.connection.take() {
            Some(connection) if connection.is_usable() => connection,
            _ => Connection::open(&self.target).await?,
        };
        let connection = self.connection.insert(connection);
        connection.send(&self.target, message).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(protocol: Protocol, endpoint: &str, want: Option<(&str, &str)>) {
        let target = Target::new(protocol, endpoint).ok();
        assert_eq!(target.as_ref().map(|t| (&*t.authority, &*t.path)), want, "{endpoint}");
    }

    #[test]
    fn endpoints_are_read() {
        check(Protocol::Grpc, "http://127.0.0.1:9", Some(("127.0.0.1:9", "")));
        check(Protocol::Grpc, "localhost", Some(("localhost:4317", "")));
        check(Protocol::Http, "http://[::1]", Some(("[::1]:4318", "")));
        check(Protocol::Http, "http://host:1/a/b/", Some(("host:1", "/a/b")));
        check(Protocol::Http, "https://host", None);
        check(Protocol::Grpc, "grpc://host:4317", None);
        check(Protocol::Http, "http://", None);
    }

    #[test]
    fn headers_are_read() {
        let mut target = Target::new(Protocol::Http, "localhost").unwrap();
        target.add_header("authorization=Bearer a=b").unwrap();
        assert_eq!(target.headers["authorization"], "Bearer a=b");
        assert!(target.add_header("nothing").is_err());
        assert!(target.add_header("no name=1").is_err());
    }
}
