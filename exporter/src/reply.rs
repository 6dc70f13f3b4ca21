//! Replies to senders. The one place that decides between "send again" and "never again", and which code says so in
//! which protocol.

pub(crate) mod grpc;
pub(crate) mod http;

use std::time::Duration;

use ::http::{Request, Response, Version};
use steplog_model::store::IngestError;
use tonic::Code;
use tonic::body::Body;
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::decode::Signal;
use crate::wire::Protocol;
use crate::wire::media_type::{ContentType, Format};

/// The longest message of an error, in bytes: it occurs up to three times in gRPC trailers, which
/// some clients take only up to 8 KiB.
pub(crate) const MAX_ERROR_BYTES: usize = 512;
/// The longest message of a partial success, in bytes. Some Collectors take replies up to 64 KiB only.
pub(crate) const MAX_PARTIAL_BYTES: usize = 4 << 10;
/// The hints to wait that senders get: SDKs give up on a longer one.
const RETRY_SECONDS: std::ops::RangeInclusive<u64> = 1..=5;

/// How a sender reads its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Grpc,
    Http(Format),
}

impl Form {
    /// What the head of a request asks for. HTTP/1 has no trailers that a gRPC client would read.
    pub(crate) fn of<B>(request: &Request<B>, content_type: &ContentType) -> Self {
        match content_type {
            ContentType::Grpc if request.version() >= Version::HTTP_2 => Self::Grpc,
            other => Self::Http(other.answer_format()),
        }
    }

    /// The protocol that is counted.
    pub(crate) const fn protocol(self) -> Protocol {
        match self {
            Self::Grpc => Protocol::Grpc,
            Self::Http(Format::Protobuf) => Protocol::HttpProtobuf,
            Self::Http(Format::Json) => Protocol::HttpJson,
        }
    }
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Every event is durable, except those that were rejected for good.
    Accepted(Accepted),
    /// Never to be sent again.
    Refused(Refusal),
    /// Not taken now; to be sent again.
    Retry(Retry),
}

/// A request that was taken; `partial_success` stays unset where both fields are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) signal: Signal,
    pub(crate) rejected: u64,
    /// Why records were rejected, or a warning.
    pub(crate) message: String,
}

/// A request that can never be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: RefusalReason,
    message: String,
}

/// Why a request can never be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalReason {
    /// It is no export request.
    Malformed,
    /// Larger than the bound, as sent or decompressed.
    TooLarge,
    /// A compression that is not known, or several.
    Compression,
    /// A content type that is not OTLP's.
    ContentType,
    /// Not POST.
    Method,
    /// Nothing is served here.
    Path,
    /// Profiles.
    Signal,
    /// Working on it failed within.
    Internal,
}

/// A request that is to be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    pub(crate) cause: RetryCause,
    after: Duration,
    message: String,
}

/// Why a request is not taken now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryCause {
    /// A queue or the bound on bytes in flight is full.
    Busy,
    /// The store cannot write.
    Unwritable,
    /// The store has just begun, and does not know yet which events it has.
    Unready,
    /// The receiver or the store is stopping.
    Stopping,
    /// The body did not arrive in time, or not to its end.
    Body,
    /// The store took too long.
    Slow,
    /// gRPC over HTTP/1. It is to be sent again, since a proxy on the way can be set right.
    Protocol,
    /// For a server of another name, which may become one of this server's by its settings.
    Host,
}

/// What operators are told of a request that will fare no better until somebody changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Warning {
    pub(crate) kind: &'static str,
    pub(crate) to_do: &'static str,
}

impl Reply {
    pub(crate) fn refused(reason: RefusalReason, message: impl AsRef<str>) -> Self {
        Self::Refused(Refusal { reason, message: bounded(message.as_ref(), MAX_ERROR_BYTES) })
    }

    pub(crate) fn retry(cause: RetryCause, after: Duration, message: impl AsRef<str>) -> Self {
        Self::Retry(Retry { cause, after, message: bounded(message.as_ref(), MAX_ERROR_BYTES) })
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!(
            "the request is larger than {limit} bytes, as sent or decompressed; send smaller batches, or raise \
             --otlp-request-bytes"
        );
        Self::refused(RefusalReason::TooLarge, message)
    }

    /// Sending it again would fail again.
    pub(crate) fn failed_within() -> Self {
        Self::refused(RefusalReason::Internal, steplog_net::panics::TOLD)
    }

    pub(crate) fn no_room() -> Self {
        let message = "too many requests are in flight; send again shortly";
        Self::retry(RetryCause::Busy, Duration::from_secs(1), message)
    }

    /// The response; with it goes what operators are told.
    pub(crate) fn response(&self, form: Form) -> Response<Body> {
        let mut response = match form {
            Form::Grpc => self.to_grpc(),
            Form::Http(format) => self.to_http(format),
        };
        if let Some(warning) = self.warning() {
            response.extensions_mut().insert(warning);
        }
        response
    }

    const fn warning(&self) -> Option<Warning> {
        match self {
            Self::Refused(refusal) => Some(refusal.reason.warning()),
            Self::Retry(retry) => retry.cause.warning(),
            Self::Accepted(_) => None,
        }
    }

    /// A few letters for counters.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Accepted(Accepted { rejected: 0, .. }) => "accepted",
            Self::Accepted(_) => "partial",
            Self::Refused(refusal) => refusal.reason.name(),
            Self::Retry(retry) => retry.cause.name(),
        }
    }
}

impl From<IngestError> for Reply {
    fn from(error: IngestError) -> Self {
        let cause = match &error {
            IngestError::Busy { .. } => RetryCause::Busy,
            IngestError::Unwritable { .. } => RetryCause::Unwritable,
            IngestError::Unready { .. } => RetryCause::Unready,
            IngestError::Stopping => RetryCause::Stopping,
        };
        Self::retry(cause, error.retry_after(), error.to_string())
    }
}

impl RefusalReason {
    /// A few letters for counters and for operators.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Compression => "compression",
            Self::ContentType => "content_type",
            Self::Method => "method",
            Self::Path => "path",
            Self::Signal => "signal",
            Self::Internal => "internal",
        }
    }

    pub(crate) const fn warning(self) -> Warning {
        Warning { kind: self.name(), to_do: self.to_do() }
    }

    /// What operators do about senders whose requests are refused so.
    const fn to_do(self) -> &'static str {
        match self {
            Self::Malformed => {
                "the body is no OTLP export request in the encoding that Content-Type names; look at the sender's \
                 encoding (protobuf or JSON), and whether something on the way changes bodies"
            }
            Self::TooLarge => "let the sender make smaller batches, or raise --otlp-request-bytes",
            Self::Compression => "let the sender compress with gzip, zstd or not at all",
            Self::ContentType => "send application/x-protobuf or application/json; gRPC-Web is not taken",
            Self::Method => "send with POST; look at events on the page and the API, not here",
            Self::Path => {
                "let the sender's endpoint end in /v1/logs or /v1/traces, or let the sender speak gRPC"
            }
            Self::Signal => "send this signal elsewhere; steplog keeps log records and spans",
            Self::Internal => "steplog failed within: report the place that the log names",
        }
    }

    /// None of these is a code that OTLP calls retryable: `RESOURCE_EXHAUSTED` is not, without a hint to wait.
    const fn code(self) -> Code {
        match self {
            Self::Malformed | Self::ContentType => Code::InvalidArgument,
            Self::TooLarge => Code::ResourceExhausted,
            Self::Compression | Self::Method | Self::Path | Self::Signal => Code::Unimplemented,
            Self::Internal => Code::Internal,
        }
    }
}

impl RetryCause {
    const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Unwritable => "unwritable",
            Self::Unready => "unready",
            Self::Stopping => "stopping",
            Self::Body => "body",
            Self::Slow => "slow",
            Self::Protocol => "protocol",
            Self::Host => "host",
        }
    }
}

impl RetryCause {
    const fn warning(self) -> Option<Warning> {
        let to_do = match self {
            Self::Protocol => {
                "gRPC came over HTTP/1, so that a proxy is on the way: let it speak HTTP/2 to steplog, or let the sender \
                 use OTLP over HTTP"
            }
            Self::Host => {
                "call steplog localhost or by its address, or add the name with --query-allowed-hosts NAME"
            }
            Self::Busy | Self::Unwritable | Self::Unready | Self::Stopping | Self::Body | Self::Slow => {
                return None;
            }
        };
        Some(Warning { kind: self.name(), to_do })
    }
}

impl Retry {
    /// How long the sender should wait, in whole seconds.
    fn after_seconds(&self) -> u64 {
        let whole = self.after.as_secs() + u64::from(self.after.subsec_nanos() > 0);
        whole.clamp(*RETRY_SECONDS.start(), *RETRY_SECONDS.end())
    }

    fn status(&self) -> tonic::Status {
        let delay = Duration::from_secs(self.after_seconds());
        let details = ErrorDetails::with_retry_info(Some(delay));
        tonic::Status::with_error_details(Code::Unavailable, &*self.message, details)
    }
}

impl Refusal {
    fn status(&self) -> tonic::Status {
        let code = self.reason.code();
        if self.reason != RefusalReason::Malformed {
            let details = ErrorDetails::new();
            return tonic::Status::with_error_details(code, &*self.message, details);
        }
        let details = ErrorDetails::with_bad_request_violation(FIELD, &*self.message);
        tonic::Status::with_error_details(code, &*self.message, details)
    }
}

/// What a `BadRequest` detail points at: the request as a whole.
const FIELD: &str = "body";

/// `text` cut to at most `length` bytes, with an ellipsis where it was longer.
pub(crate) fn bounded(text: &str, length: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() <= length {
        return text.to_owned();
    }
    let kept = text.floor_char_boundary(length.saturating_sub(ELLIPSIS.len()));
    format!("{}{ELLIPSIS}", text.get(..kept).unwrap_or_default())
}

#[cfg(test)]
mod tests;
