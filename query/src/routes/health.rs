//! `/health/live` and `/health/ready`, for whoever watches over the process.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use serde::Serialize;

use super::answer::{Answer, json, write};
use super::{Api, Receivers};
use crate::problem::{Problem, ProblemKind};

/// The process answers.
pub(super) async fn live() -> Response {
    json(Bytes::from_static(br#"{"status":"live"}"#))
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_searchable: Option<String>,
    notices: Vec<String>,
    events: u64,
    unindexed_events: u64,
    queued_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    receivers: Option<Receivers>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    refused: BTreeMap<&'static str, u64>,
}

/// The store takes events; where answers lack some of those that it has, it is degraded.
pub(super) async fn ready(State(api): State<Arc<Api>>) -> Answer {
    let mut health = api.questions.health().await?;
    health.notices.extend(api.tenants.notices());
    if let Some(reason) = health.not_writable {
        let detail = [reason].into_iter().chain(health.notices).collect::<Vec<_>>().join("; ");
        return Err(Problem::new(ProblemKind::NotReady, detail));
    }
    let body = write(&Ready {
        status: if health.not_searchable.is_some() { "degraded" } else { "ready" },
        not_searchable: health.not_searchable,
        notices: health.notices,
        events: health.events,
        unindexed_events: health.unindexed_events,
        queued_bytes: health.queued_bytes,
        receivers: api.receivers,
        refused: api.refusals.totals(),
    })?;
    Ok(json(body))
}
