//! `interactions/{id}`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};

use super::Api;
use super::answer::{Answer, json, pairs};
use crate::answers::Caller;
use crate::interaction::{Interaction, Question};
use crate::problem::{Problem, ProblemKind};
use crate::turns::Length;

/// One interaction over all of time.
pub(super) async fn interaction(
    State(api): State<Arc<Api>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let no_such = || Problem::new(ProblemKind::InteractionNotFound, "no event of this interaction is kept");
    let pairs = pairs(query.as_deref())?;
    let Path(id) = id.map_err(|_| no_such())?;
    let question = Question::new(caller.asker.tenant.clone(), &id, &pairs)?;
    let asked = Arc::clone(&api);
    let page_bytes = api.answers.page_bytes();
    let mut paper = api.answers.paper(&caller)?;
    let body = api.questions.ask(&caller, Length::Short, move |store, budget| {
        let part = question.ask(store, budget, page_bytes, &mut paper)?;
        if part.is_nothing() {
            return Err(no_such());
        }
        paper.write(&Interaction::new(&id, &part, &asked.names))
    });
    Ok(json(body.await?))
}
