//! Replies as gRPC responses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use http_body_util::{BodyExt as _, Full};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use prost::Message as _;
use steplog_model::record::wire::{put_message_field, put_varint_field};
use tonic::body::Body;

use super::{Accepted, Reply, Retry};
use crate::wire::encoding;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
/// Where the Python exporter looks for the hint to wait.
const RETRY_INFO: HeaderName = HeaderName::from_static("google.rpc.retryinfo-bin");

impl Reply {
    /// The response to a call of a gRPC method.
    pub(crate) fn to_grpc(&self) -> Response<Body> {
        let mut response = match self {
            Self::Accepted(accepted) => success(&accepted.to_message()),
            Self::Refused(refusal) => refusal.status().into_http(),
            Self::Retry(retry) => retry_response(retry),
        };
        let accepted = HeaderValue::from_static(encoding::GRPC_ACCEPTED);
        response.headers_mut().insert(ACCEPT_ENCODING, accepted);
        response
    }
}

impl Accepted {
    /// Whether all was kept and there is nothing to say.
    pub(super) const fn is_whole(&self) -> bool {
        self.rejected == 0 && self.message.is_empty()
    }

    /// The reply's message, for both protocols. Its fields have the same numbers for every signal.
    pub(super) fn to_message(&self) -> ExportLogsServiceResponse {
        let partial = (!self.is_whole()).then(|| ExportLogsPartialSuccess {
            rejected_log_records: i64::try_from(self.rejected).unwrap_or(i64::MAX),
            error_message: self.message.clone(),
        });
        ExportLogsServiceResponse { partial_success: partial }
    }
}

/// One message, then the trailers.
fn success(message: &ExportLogsServiceResponse) -> Response<Body> {
    let encoded = message.encode_to_vec();
    let mut framed = BytesMut::with_capacity(5 + encoded.len());
    framed.put_u8(0);
    framed.put_u32(encoded.len() as u32);
    framed.put_slice(&encoded);
    let mut trailers = HeaderMap::new();
    trailers.insert(HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"));
    let body = Full::new(framed.freeze()).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}

fn retry_response(retry: &Retry) -> Response<Body> {
    let mut info = Vec::new();
    // google.rpc.RetryInfo: a Duration in field 1, whose seconds are its field 1.
    put_message_field(&mut info, 1, |out| put_varint_field(out, 1, retry.after_seconds()));
    let mut response = retry.status().into_http::<Body>();
    let encoded = Bytes::from(STANDARD_NO_PAD.encode(info));
    if let Ok(value) = HeaderValue::from_maybe_shared(encoded) {
        response.headers_mut().insert(RETRY_INFO, value);
    }
    response
}
