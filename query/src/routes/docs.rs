//! The API's description, and the page that shows it.

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use bytes::Bytes;
use http::Method;

use super::Api;
use super::answer::{Answer, json, pairs};
use super::described::Routes;
use crate::openapi::{Placed, document, operations};
use crate::params::parse_none;

/// Where the description is.
const PATH: &str = "/api/openapi.json";

/// The routes with one more: that of the description of them all.
pub(super) fn with_description(routes: Routes) -> Router<Arc<Api>> {
    let Routes { router, mut placed } = routes;
    let own = Placed { method: Method::GET, path: PATH, operation: &operations::DESCRIPTION };
    // Routed where the server is made: what gives the metrics is not part of the API.
    let metrics = Placed { method: Method::GET, path: "/metrics", operation: &operations::METRICS };
    placed.extend([own, metrics]);
    let body = Bytes::from(document(&placed).to_string());
    let answer = async move |RawQuery(query): RawQuery| -> Answer {
        parse_none(&pairs(query.as_deref())?)?;
        Ok(json(body.clone()))
    };
    router.route(PATH, axum::routing::get(answer))
}
