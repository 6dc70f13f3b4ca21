//! `hotspots`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};

use steplog_model::query::Period;

use super::Api;
use super::answer::{Answer, json, pairs};
use crate::answers::Caller;
use crate::hotspots::{self, Tree};
use crate::params::HotspotsParams;
use crate::turns::Length;

/// Interactions, failures and durations by object, version and element.
pub(super) async fn hotspots(
    State(api): State<Arc<Api>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Answer {
    let context = api.context(&caller);
    let params = HotspotsParams::parse(&pairs(query.as_deref())?, &context)?;
    let paper = api.answers.paper(&caller)?;
    let body = api.questions.ask(&caller, Length::Long, move |store, budget| {
        let HotspotsParams { request, limit, compare, onsets } = params;
        let from = request.query.period.from;
        let tree = Tree::new(store.hotspots(&request, budget)?);
        let comparison = compare.map(|[object, a, b]| tree.compare(&object, &a, &b));
        let onsets = onsets.then(|| tree.onsets(store, &request.query, budget)).transpose()?;
        paper.write(&hotspots::Answer {
            tree: &tree,
            // A period without end ends now in the answer.
            period: Period { to: request.query.period.to.min(context.now.max(from)), from },
            limit,
            elements: request.elements,
            comparison: comparison.as_ref(),
            onsets: onsets.as_deref(),
        })
    });
    Ok(json(body.await?))
}
