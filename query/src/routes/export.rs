//! `export`: the whole filtered set as one streamed file.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse as _;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use http_body_util::channel::{Channel, Sender};
use metrics::counter;
use steplog_model::query::{Page, Position, Start};
use steplog_net::Charge;

use super::Api;
use super::answer::{Answer, pairs};
use super::edge::busy;
use crate::answers::Caller;
use crate::cursor::Direction;
use crate::params::ExportParams;
use crate::problem::{Problem, ProblemKind};
use crate::turns::Length;

/// How many bytes of events one step reads, one event at least: what an export takes of memory, a few times over.
const STEP_BYTES: usize = 256 << 10;
/// The most events of one step.
const STEP_EVENTS: usize = 500;
/// When somebody may come back who found as many exports running as may.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// How often a step that finds all places taken asks again.
const MOST_TRIES: usize = 30;

const EVENTS: HeaderName = HeaderName::from_static("steplog-events");
const CURSOR: HeaderName = HeaderName::from_static("steplog-cursor");

/// Why a file breaks off. It only ends the connection: the status was sent long before.
#[derive(Debug, thiserror::Error)]
#[error("the export was cut short: {0}")]
struct CutShort(String);

/// The events as a file. Two trailers say how many there were, and from where a later export goes on.
///
/// A part that cannot be read ends the connection within the body, so that no client takes it for the whole.
pub(super) async fn export(
    State(api): State<Arc<Api>>,
    caller: Caller,
    version: Version,
    RawQuery(query): RawQuery,
) -> Answer {
    if version < Version::HTTP_11 {
        let detail = "an export over HTTP/1.0 could not tell that it was cut short; ask with HTTP/1.1";
        return Err(Problem::new(ProblemKind::HttpVersion, detail));
    }
    let context = api.context(&caller);
    let params = ExportParams::parse(&pairs(query.as_deref())?, &context)?;
    let format = params.lines.format;
    let place = api.exports.take(caller.client, 1, 0).ok_or_else(|| {
        let detail = "as many exports are running as may (--query-exports); ask again in a few seconds";
        busy("exports", RETRY_AFTER, detail)
    })?;
    let params = Arc::new(params);
    let mut export = Export { _place: place, api, caller, params, events: 0, last: None };
    // An error before the first byte still gets a status.
    let first = export.step().await?;
    let (sender, body) = Channel::<Bytes, CutShort>::new(1);
    tokio::spawn(export.run(first, sender));
    let mut response = Body::new(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::TRAILER, HeaderValue::from_static("steplog-events, steplog-cursor"));
    let disposition = format!("attachment; filename=\"{}\"", format.file_name(context.now));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// An export under way.
struct Export {
    _place: Charge,
    api: Arc<Api>,
    caller: Caller,
    params: Arc<ExportParams>,
    /// The events so far.
    events: u64,
    /// The place of the last one.
    last: Option<Position>,
}

/// The lines of some events.
struct Step {
    lines: Bytes,
    more: bool,
}

impl Export {
    async fn run(mut self, first: Step, mut sender: Sender<Bytes, CutShort>) {
        let done = self.send_all(first, &mut sender).await;
        match done {
            Ok(()) => {
                counter!("steplog_export_events_total").increment(self.events);
                // Whoever went away misses nothing.
                let _ = sender.send_trailers(self.trailers()).await;
            }
            Err(Some(problem)) => {
                counter!("steplog_export_cut_short_total").increment(1);
                tracing::warn!(events = self.events, problem = problem.detail, "an export was cut short");
                sender.abort(CutShort(problem.detail));
            }
            // Nobody reads it any more.
            Err(None) => counter!("steplog_export_events_total").increment(self.events),
        }
    }

    /// Sends the steps one after the other; `Err(None)` where the client went away.
    async fn send_all(
        &mut self,
        first: Step,
        sender: &mut Sender<Bytes, CutShort>,
    ) -> Result<(), Option<Problem>> {
        let head = if self.params.resumed { Vec::new() } else { self.params.lines.head() };
        let (mut step, mut head) = (first, Bytes::from(head));
        loop {
            for part in [std::mem::take(&mut head), std::mem::take(&mut step.lines)] {
                if !part.is_empty() {
                    sender.send_data(part).await.map_err(|_| None)?;
                }
            }
            if !step.more {
                return Ok(());
            }
            step = self.step_patiently().await.map_err(Some)?;
        }
    }

    /// A step for which a place may have to be waited for: what is half sent is worth it.
    async fn step_patiently(&mut self) -> Result<Step, Problem> {
        let mut tries = 0;
        loop {
            match self.step().await {
                Err(problem) if problem.kind == ProblemKind::Busy && tries < MOST_TRIES => {
                    tries += 1;
                    tokio::time::sleep(problem.retry_after.unwrap_or(Duration::from_secs(1))).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn step(&mut self) -> Result<Step, Problem> {
        let mut request = self.params.request.clone();
        let left = self.params.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.events));
        request.limit = STEP_EVENTS.min(usize::try_from(left).unwrap_or(usize::MAX));
        request.bytes = STEP_BYTES;
        if let Some(last) = self.last {
            request.start = Start::After(last);
        }
        let params = Arc::clone(&self.params);
        let asked = self.api.questions.ask(&self.caller, Length::Long, move |store, budget| {
            let page = store.page(&request, budget)?;
            if !page.complete {
                let detail =
                    "a part of the store cannot be read now, so that the file would lack events; ask again";
                return Err(Problem::new(ProblemKind::StoreFailed, detail));
            }
            let lines = params.lines.of(&page.events).map_err(|error| {
                Problem::new(ProblemKind::StoreFailed, format!("an event cannot be written: {error}"))
            })?;
            Ok((page, lines))
        });
        let (page, lines) = asked.await?;
        let lines = self.api.answers.chunk(&self.caller, lines)?;
        let Page { events, more_after, .. } = page;
        self.events += events.len() as u64;
        self.last = events.last().map(Position::from).or(self.last);
        let more = more_after && self.params.limit.is_none_or(|limit| self.events < limit);
        Ok(Step { lines, more })
    }

    fn trailers(&self) -> HeaderMap {
        let mut trailers = HeaderMap::new();
        trailers.insert(EVENTS, HeaderValue::from(self.events));
        let cursor = self.last.map(|last| self.params.cursor(Direction::After, last));
        if let Some(cursor) = cursor.and_then(|cursor| HeaderValue::from_str(&cursor).ok()) {
            trailers.insert(CURSOR, cursor);
        }
        trailers
    }
}
