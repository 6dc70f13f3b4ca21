//! `events` and `events/{id}`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use steplog_model::ids::EventId;
use steplog_model::query::{Page, Position};

use super::Api;
use super::answer::{Answer, json, pairs};
use crate::answers::Caller;
use crate::cursor::Direction;
use crate::interaction::said_in;
use crate::pairs::Pairs;
use crate::params::{EventsParams, ParseContext, parse_none};
use crate::problem::{Problem, ProblemKind};
use crate::row::{Details, Row};
use crate::snippet::Marks;
use crate::turns::Length;
use crate::why::{Otherwise, Why, hints};

/// When an event that was just received is searchable.
const SOON: Duration = Duration::from_secs(1);

/// A page of rows.
pub(super) async fn page(State(api): State<Arc<Api>>, caller: Caller, RawQuery(query): RawQuery) -> Answer {
    let asked = pairs(query.as_deref())?;
    let context = api.context(&caller);
    let mut params = match EventsParams::parse(&asked, &context) {
        Ok(params) => params,
        Err(problem) => return Err(otherwise(&api, &caller, asked, context, problem).await),
    };
    let text = asked.into_iter().find(|(name, _)| name == "q").map(|(_, text)| text);
    params.request.bytes = api.answers.page_bytes();
    let mut paper = api.answers.paper(&caller)?;
    let body = api.questions.ask(&caller, Length::Short, move |store, budget| {
        let page = store.page(&params.request, budget)?;
        paper.hold(&page.events)?;
        let why = match page.events.is_empty() && params.why {
            true => Some(Why::ask(store, &params.request.query, text.as_deref(), &context.words, budget)?),
            false => None,
        };
        paper.write(&Rows { page: &page, params: &params, text: text.as_deref(), why })
    });
    Ok(json(body.await?))
}

/// The problem of a search that cannot be read, with what its text finds otherwise: people paste lines of logs, JSON and
/// what other programs say.
async fn otherwise(
    api: &Api,
    caller: &Caller,
    asked: Pairs,
    context: ParseContext,
    mut problem: Problem,
) -> Problem {
    let value = |wanted: &str| asked.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let Some(text) = value("q").filter(|_| value("why").is_some_and(|why| why == "1")) else {
        return problem;
    };
    if problem.errors.iter().any(|error| error.parameter != "q") {
        return problem;
    }
    let found = api.questions.ask(caller, Length::Short, move |store, budget| {
        let read = |instead: &str| {
            let mut asked = asked.clone();
            asked.iter_mut().filter(|(name, _)| name == "q").for_each(|(_, text)| instead.clone_into(text));
            Some(EventsParams::parse(&asked, &context).ok()?.request.query)
        };
        Ok(Otherwise::ask(store, &text, read, budget)?)
    });
    // What is wrong is told in any case.
    if let Ok(Some(Otherwise { instead, events })) = found.await
        && let Some(first) = problem.errors.first_mut()
    {
        let plural = if events == 1 { "" } else { "s" };
        first.hint = format!("{}. This finds {events} event{plural}: {instead}", first.hint);
        problem = Problem::of_parameters(problem.errors);
    }
    problem
}

/// Everything about one event.
pub(super) async fn details(
    State(api): State<Arc<Api>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    parse_none(&pairs(query.as_deref())?)?;
    let no_such = || Problem::new(ProblemKind::EventNotFound, "no event with this id is kept");
    // A text that is no id is the id of no event.
    let Path(id) = id.map_err(|_| no_such())?;
    let id: EventId = id.parse().map_err(|_| {
        let detail = "an event id has 32 hex digits; take it from `id` of a row";
        Problem::new(ProblemKind::EventNotFound, detail)
    })?;
    let (asked, tenant) = (Arc::clone(&api), caller.asker.tenant.clone());
    let mut paper = api.answers.paper(&caller)?;
    let body = api.questions.ask(&caller, Length::Short, move |store, budget| {
        // Before it is looked for: it may become visible in between.
        let is_waiting = store.is_waiting(&tenant, id);
        let no_such = || if is_waiting { not_yet() } else { no_such() };
        let stored = store.event(&tenant, id, budget)?.ok_or_else(no_such)?;
        paper.hold(std::slice::from_ref(&stored))?;
        let said = said_in(&stored.event, &asked.names);
        paper.write(&Details { stored: &stored, links: &asked.links, said })
    });
    Ok(json(body.await?))
}

/// Of an event that was acknowledged and that no question sees yet.
fn not_yet() -> Problem {
    let detail =
        "an event with this id was received and is kept, but is not searchable yet; ask again in a second";
    Problem { retry_after: Some(SOON), ..Problem::new(ProblemKind::EventNotSearchable, detail) }
}

/// The answer of `events`.
struct Rows<'a> {
    page: &'a Page,
    params: &'a EventsParams,
    /// The search as it was written.
    text: Option<&'a str>,
    why: Option<Why>,
}

impl Rows<'_> {
    fn next(&self) -> Option<String> {
        let last = self.page.events.last().filter(|_| self.page.more_after)?;
        Some(self.params.cursor(Direction::After, Position::from(last)))
    }

    fn prev(&self) -> Option<String> {
        let first = self.page.events.first().filter(|_| self.page.more_before)?;
        Some(self.params.cursor(Direction::Before, Position::from(first)))
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let marks = self.params.request.query.text.as_ref().and_then(Marks::of);
        let row = |stored| Row { stored, columns: &self.params.columns, marks: marks.as_ref() };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("events", &Each(|| self.page.events.iter().map(row)))?;
        map.serialize_entry("next", &self.next())?;
        map.serialize_entry("prev", &self.prev())?;
        map.serialize_entry("complete", &self.page.complete)?;
        let hints = match &self.why {
            Some(why) => &why.hints,
            None if self.page.events.is_empty() => &hints(&self.params.request.query, self.text),
            None => &Vec::new(),
        };
        if !hints.is_empty() {
            map.serialize_entry("hints", hints)?;
        }
        if let Some(why) = &self.why {
            map.serialize_entry("why", &why.without)?;
            map.serialize_entry("near", &why.near)?;
        }
        map.end()
    }
}

/// A list that is made while it is written.
struct Each<F>(F);

impl<I: Iterator<Item: Serialize>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for item in (self.0)() {
            list.serialize_element(&item)?;
        }
        list.end()
    }
}
