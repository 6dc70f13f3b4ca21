//! Replies as HTTP responses, in the encoding of the request.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use prost::Message as _;
use serde_json::{Map, Value, json};
use tonic::body::Body;

use super::{Accepted, FIELD, RefusalReason, Reply, RetryCause};
use crate::decode::Signal;
use crate::wire::encoding;
use crate::wire::media_type::Format;

impl Reply {
    /// The response to a request whose body is in `format`.
    pub(crate) fn to_http(&self, format: Format) -> Response<Body> {
        let body = match format {
            Format::Protobuf => self.to_protobuf(),
            Format::Json => Bytes::from(self.to_json().to_string()),
        };
        let mut response = Response::new(Body::new(Full::new(body)));
        *response.status_mut() = self.http_status();
        let headers = response.headers_mut();
        // Written bare: some clients compare the whole header.
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        match self {
            Self::Accepted(_) => {}
            Self::Refused(refusal) => match refusal.reason {
                RefusalReason::Method => {
                    headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
                }
                RefusalReason::Compression => {
                    let accepted = HeaderValue::from_static(encoding::HTTP_ACCEPTED);
                    headers.insert(header::ACCEPT_ENCODING, accepted);
                }
                _ => {}
            },
            Self::Retry(retry) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(retry.after_seconds()));
            }
        }
        response
    }

    const fn http_status(&self) -> StatusCode {
        match self {
            Self::Accepted(_) => StatusCode::OK,
            Self::Refused(refusal) => match refusal.reason {
                RefusalReason::Malformed => StatusCode::BAD_REQUEST,
                RefusalReason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                RefusalReason::Compression | RefusalReason::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                RefusalReason::Method => StatusCode::METHOD_NOT_ALLOWED,
                RefusalReason::Path | RefusalReason::Signal => StatusCode::NOT_FOUND,
                RefusalReason::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Retry(retry) => match retry.cause {
                RetryCause::Busy => StatusCode::TOO_MANY_REQUESTS,
                RetryCause::Unwritable
                | RetryCause::Unready
                | RetryCause::Stopping
                | RetryCause::Body
                | RetryCause::Slow
                | RetryCause::Protocol
                | RetryCause::Host => StatusCode::SERVICE_UNAVAILABLE,
            },
        }
    }

    /// An `ExportLogsServiceResponse` or a `google.rpc.Status`.
    pub(super) fn to_protobuf(&self) -> Bytes {
        match self {
            Self::Accepted(accepted) => Bytes::from(accepted.to_message().encode_to_vec()),
            Self::Refused(refusal) => Bytes::copy_from_slice(refusal.status().details()),
            Self::Retry(retry) => Bytes::copy_from_slice(retry.status().details()),
        }
    }

    /// The same by the JSON mapping of protobuf: defaults left out, 64-bit integers as strings.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Accepted(accepted) => accepted.to_json(),
            Self::Refused(refusal) => {
                let violation = json!({ "field": FIELD, "description": refusal.message });
                let detail = json!({ "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation] });
                let details = if refusal.reason == RefusalReason::Malformed { vec![detail] } else { vec![] };
                status_json(refusal.reason.code(), &refusal.message, details)
            }
            Self::Retry(retry) => {
                let delay = format!("{}s", retry.after_seconds());
                let detail =
                    json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay });
                status_json(tonic::Code::Unavailable, &retry.message, vec![detail])
            }
        }
    }
}

impl Accepted {
    fn to_json(&self) -> Value {
        let mut partial = Map::new();
        if self.rejected > 0 {
            let name = match self.signal {
                Signal::Logs => "rejectedLogRecords",
                Signal::Traces => "rejectedSpans",
                Signal::Metrics => "rejectedDataPoints",
            };
            partial.insert(name.into(), self.rejected.to_string().into());
        }
        if !self.message.is_empty() {
            partial.insert("errorMessage".into(), self.message.as_str().into());
        }
        if partial.is_empty() { json!({}) } else { json!({ "partialSuccess": partial }) }
    }
}

fn status_json(code: tonic::Code, message: &str, details: Vec<Value>) -> Value {
    let mut status = json!({ "code": i32::from(code), "message": message });
    if let (Some(status), false) = (status.as_object_mut(), details.is_empty()) {
        status.insert("details".into(), details.into());
    }
    status
}
