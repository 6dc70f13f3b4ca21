//! What went wrong, as RFC 9457 problem details: the only error that the API answers with.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use steplog_model::store::{StoreError, in_full};

macro_rules! problems {
    ($($variant:ident $status:ident $path:literal $title:literal $doc:literal;)*) => {
        /// The kinds of problems. Their `type` is stable: clients may compare it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemKind { $(#[doc = $doc] $variant),* }

        impl ProblemKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The `type`: a path below the API's origin.
            #[must_use]
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("/problems/", $path)),* }
            }

            /// The `title`: the same for every problem of the kind.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// What problems of the kind are, in one sentence.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }
        }
    };
}

problems! {
    InvalidParameter BAD_REQUEST "invalid-parameter" "The request cannot be read"
        "A parameter is unknown, malformed, missing or stated twice.";
    TooBroad BAD_REQUEST "too-broad" "The question is too broad"
        "The answer would need more than its bound allows.";
    EventNotFound NOT_FOUND "event-not-found" "There is no such event"
        "No event of this id is kept.";
    EventNotSearchable SERVICE_UNAVAILABLE "event-not-searchable" "The event is not searchable yet"
        "An event of this id was received and is kept; questions see it soon.";
    InteractionNotFound NOT_FOUND "interaction-not-found" "There is no such interaction"
        "No event of this interaction is kept.";
    ViewNotFound NOT_FOUND "view-not-found" "There is no such view"
        "No saved view has this id.";
    NameTaken CONFLICT "name-taken" "The name is taken"
        "Another saved view has this name.";
    TooManyViews CONFLICT "too-many-views" "There are too many saved views"
        "No more views are kept.";
    InvalidBody BAD_REQUEST "invalid-body" "The body cannot be read"
        "The body of the request is not what the address takes.";
    BodyTooLarge PAYLOAD_TOO_LARGE "body-too-large" "The body is too large"
        "The body has more bytes than the address takes.";
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" "The body has the wrong type"
        "The address takes JSON only.";
    RouteNotFound NOT_FOUND "route-not-found" "There is no such address"
        "The path names nothing.";
    MethodNotAllowed METHOD_NOT_ALLOWED "method-not-allowed" "The method is not allowed here"
        "The path does not take this method; the header Allow says which ones.";
    AddressTooLong URI_TOO_LONG "address-too-long" "The address is too long"
        "Path and parameters are longer than the limit.";
    HostNotAllowed MISDIRECTED_REQUEST "host-not-allowed" "The server has another name"
        "The header Host names a server that this one is not known to be.";
    OriginNotAllowed FORBIDDEN "origin-not-allowed" "Another site may not write"
        "The page of another site tried to change something.";
    HttpVersion HTTP_VERSION_NOT_SUPPORTED "http-version" "The version of HTTP is too old"
        "The answer needs HTTP/1.1: over an older version it could not say that it is not whole.";
    Busy SERVICE_UNAVAILABLE "busy" "Too many questions at once"
        "All places for questions, exports, followers or connections are taken.";
    NotReady SERVICE_UNAVAILABLE "not-ready" "Events are not taken now"
        "The store does not accept events.";
    Withdrawn SERVICE_UNAVAILABLE "withdrawn" "The question was withdrawn"
        "The asker went away or the server is stopping.";
    TimedOut GATEWAY_TIMEOUT "timed-out" "The question took too long"
        "The time that a question may take is over.";
    StoreFailed INTERNAL_SERVER_ERROR "store-failed" "The store failed"
        "A part of the store could not be read.";
    FailedWithin INTERNAL_SERVER_ERROR "failed-within" "The server failed"
        "Making the answer failed within: a mistake of steplog, not of the question.";
}

/// One thing that is wrong with a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterError {
    /// The parameter's name, as it was written.
    pub parameter: String,
    /// Where in its value, in characters from 0; absent where the whole value is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub hint: String,
}

/// A problem: what, where and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", kind.title())]
pub struct Problem {
    /// Its kind.
    pub kind: ProblemKind,
    /// What happened this time, and what to do.
    pub detail: String,
    /// Every parameter that is wrong.
    pub errors: Vec<ParameterError>,
    /// When asking again makes sense.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A problem without parameters.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// The problem of an answer whose making panicked.
    #[must_use]
    pub fn failed_within() -> Self {
        Self::new(ProblemKind::FailedWithin, steplog_net::panics::TOLD)
    }

    /// The problem of a request with wrong parameters, of which there is one at least.
    #[must_use]
    pub fn of_parameters(errors: Vec<ParameterError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}; {}", one.parameter, one.problem, one.hint),
            many => format!("{} problems; see `errors`", many.len()),
        };
        Self { kind: ProblemKind::InvalidParameter, detail, errors, retry_after: None }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::TimedOut { .. } => ProblemKind::TimedOut,
            StoreError::Cancelled => ProblemKind::Withdrawn,
            StoreError::TooBroad(_) => ProblemKind::TooBroad,
            StoreError::Failed(_) => ProblemKind::StoreFailed,
        };
        Self::new(kind, in_full(&error))
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind.uri())?;
        map.serialize_entry("title", self.kind.title())?;
        map.serialize_entry("status", &self.kind.status().as_u16())?;
        map.serialize_entry("detail", &self.detail)?;
        if !self.errors.is_empty() {
            map.serialize_entry("errors", &self.errors)?;
        }
        map.end()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Texts and numbers only: cannot fail.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.kind.status(), body).into_response();
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value| headers.insert(name, value);
        set(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(after) = self.retry_after {
            set(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
        }
        response
    }
}
