//! `views`: reading and changing the saved views.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequestParts, Path, RawQuery};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde::Serialize;
use steplog_model::time::UnixNanos;
use steplog_net::asker;

use super::Api;
use super::answer::{Answer, json, pairs, write};
use crate::params::parse_none;
use crate::problem::{Problem, ProblemKind};
use crate::views::{MAX_NAME_CHARS, MAX_QUERY_BYTES, NewView, View, ViewError, Views};

/// The most bytes of a view as it is sent: in JSON a character may take six.
pub(super) const MAX_BODY_BYTES: usize = 6 * (MAX_QUERY_BYTES + 4 * MAX_NAME_CHARS) + 1_024;

/// The saved views of whoever asks.
pub(super) struct CallersViews(Arc<Views>);

impl FromRequestParts<Arc<Api>> for CallersViews {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let views = api.tenants.views(&asker(&parts.extensions)).await?;
        Ok(Self(views))
    }
}

impl CallersViews {
    /// Changes the views where blocking is allowed.
    async fn change<T: Send + 'static>(
        self,
        change: impl FnOnce(&Views) -> Result<T, ViewError> + Send + 'static,
    ) -> Result<T, Problem> {
        let changed = tokio::task::spawn_blocking(move || change(&self.0)).await;
        Ok(changed.map_err(|_| Problem::failed_within())??)
    }
}

#[derive(Serialize)]
struct List {
    views: Vec<View>,
}

/// All views.
pub(super) async fn list(views: CallersViews, RawQuery(query): RawQuery) -> Answer {
    parse_none(&pairs(query.as_deref())?)?;
    Ok(json(write(&List { views: views.0.list() })?))
}

/// Saves a new view.
pub(super) async fn add(
    views: CallersViews,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let new = read(query.as_deref(), &headers, body)?;
    let view = views.change(move |views| views.add(new, UnixNanos::now())).await?;
    let address = format!("/api/v1/views/{}", view.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, address)], json(write(&view)?)).into_response())
}

/// Changes the name and the query of a view.
pub(super) async fn update(
    views: CallersViews,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let new = read(query.as_deref(), &headers, body)?;
    let id = view_id(id)?;
    let view = views.change(move |views| views.update(&id, new, UnixNanos::now())).await?;
    Ok(json(write(&view)?))
}

/// Deletes a view.
pub(super) async fn remove(
    views: CallersViews,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    parse_none(&pairs(query.as_deref())?)?;
    let id = view_id(id)?;
    views.change(move |views| views.remove(&id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn view_id(id: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    // A text that cannot be decoded is the id of no view.
    id.map(|Path(id)| id).map_err(|_| ViewError::NotFound(String::new()).into())
}

/// Reads the body. Only JSON is taken: a form on somebody else's page cannot send it.
fn read(
    query: Option<&str>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<NewView, Problem> {
    parse_none(&pairs(query)?)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        let detail = "send JSON, with the header Content-Type: application/json";
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(ProblemKind::BodyTooLarge, format!("a view has at most {MAX_BODY_BYTES} bytes"))
        }
        _ => Problem::new(ProblemKind::InvalidBody, "the body ended early"),
    })?;
    serde_json::from_slice(&body).map_err(|error| {
        let detail = format!("{error}; send {{\"name\": \"…\", \"query\": \"…\"}}");
        Problem::new(ProblemKind::InvalidBody, detail)
    })
}

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        let kind = match &error {
            ViewError::NotFound(_) => ProblemKind::ViewNotFound,
            ViewError::NameTaken(_) => ProblemKind::NameTaken,
            ViewError::TooMany => ProblemKind::TooManyViews,
            ViewError::Invalid(_) => ProblemKind::InvalidBody,
            ViewError::Disk(error) => {
                tracing::error!(%error, "a view could not be kept");
                ProblemKind::StoreFailed
            }
        };
        Self::new(kind, error.to_string())
    }
}
