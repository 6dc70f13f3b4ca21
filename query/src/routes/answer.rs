//! JSON answers.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Serialize;

use crate::pairs::{self, Pairs};
use crate::problem::{Problem, ProblemKind};

/// What a handler gives.
pub(super) type Answer = Result<Response, Problem>;

/// The parameters of an address.
pub(super) fn pairs(query: Option<&str>) -> Result<Pairs, Problem> {
    pairs::decode(query.unwrap_or_default()).map_err(Problem::of_parameters)
}

/// Writes a small value as JSON.
pub(super) fn write(value: &impl Serialize) -> Result<Bytes, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Problem::new(ProblemKind::StoreFailed, "the answer cannot be written as JSON")
    })?;
    Ok(Bytes::from(body))
}

/// A response with a JSON body.
pub(super) fn json(body: impl Into<Body>) -> Response {
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([json], body.into()).into_response()
}
