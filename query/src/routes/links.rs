//! `links`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use serde::Serialize;

use super::Api;
use super::answer::{Answer, json, pairs, write};
use crate::links::ListedTemplate;
use crate::params::parse_none;

#[derive(Serialize)]
struct List<'a> {
    links: Vec<ListedTemplate<'a>>,
}

/// The templates of links.
pub(super) async fn list(State(api): State<Arc<Api>>, RawQuery(query): RawQuery) -> Answer {
    parse_none(&pairs(query.as_deref())?)?;
    Ok(json(write(&List { links: api.links.list().collect() })?))
}
