//! `interactions/{id}`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};

use super::Api;
use super::answer::{Answer, json, pairs, write};
use crate::interaction::{self, Interaction};
use crate::params::parse_none;
use crate::problem::{Problem, ProblemKind};

/// One interaction over all of time.
pub(super) async fn interaction(
    State(api): State<Arc<Api>>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    parse_none(&pairs(query.as_deref())?)?;
    let no_such = || Problem::new(ProblemKind::InteractionNotFound, "no event of this interaction is kept");
    let Path(id) = id.map_err(|_| no_such())?;
    let asked = Arc::clone(&api);
    let body = api.questions.ask(move |store, budget| {
        let (events, complete) = interaction::read(store, &asked.tenant, &id, budget)?;
        if events.is_empty() && complete {
            return Err(no_such());
        }
        write(&Interaction::new(&id, &events, complete, &asked.names))
    });
    Ok(json(body.await?))
}
