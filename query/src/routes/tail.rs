//! `tail`: server-sent events (WHATWG HTML, "Server-sent events") of what arrives.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::BodyExt as _;
use http_body_util::channel::{Channel, Sender};
use serde::Serialize;
use serde_json::json;
use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;
use steplog_model::store::in_full;
use steplog_net::panics::TOLD;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::Api;
use super::answer::{Answer, pairs};
use super::edge::busy;
use crate::answers::Caller;
use crate::params::TailParams;
use crate::row::Row;
use crate::snippet::Marks;
use crate::tail::{Listener, Told};

/// How often something is sent where nothing that matches arrives: both sides notice that the other is gone, proxies see
/// the stream in use, and whoever comes back goes on from here.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// After how long clients shall connect again, in milliseconds.
const RETRY_MILLIS: u64 = 2_000;
/// When somebody may come back who found as many following as may.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Follows what arrives, from the place of `Last-Event-ID` on or from now on.
pub(super) async fn tail(
    State(api): State<Arc<Api>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let header = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("?"));
    let params = TailParams::parse(&pairs(query.as_deref())?, header, &api.context(&caller))?;
    let refused = || {
        let detail = "too many are following already; end one of them, or ask again later";
        busy("followers", RETRY_AFTER, detail)
    };
    let tail = &api.tenants.of(&caller.asker).tail;
    let listener = tail.listen(params.from, caller.client).await?.ok_or_else(refused)?;
    let mut response =
        begin(Follower { api, caller, listener, params, alive_every: ALIVE_EVERY }).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather up answers before they pass them on would make the tail arrive in lumps.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// One who follows, and from where on.
struct Follower {
    api: Arc<Api>,
    caller: Caller,
    listener: Listener,
    params: TailParams,
    alive_every: Duration,
}

/// Follows in the background for as long as the returned body lives.
fn begin(follower: Follower) -> Body {
    let (sender, body) = Channel::<Bytes, Infallible>::new(1);
    let left = CancellationToken::new();
    tokio::spawn(follow(follower, sender, left.clone()));
    let guard = left.drop_guard();
    Body::new(body.map_frame(move |frame| {
        // Held for its drop: a follower of whom nothing is told would else not notice that its client left.
        let _ = &guard;
        frame
    }))
}

/// Sends until the client goes away or the store cannot be read: then it connects again by itself.
async fn follow(follower: Follower, mut sender: Sender<Bytes, Infallible>, left: CancellationToken) {
    let Follower { api, caller, mut listener, params, alive_every } = follower;
    let marks = params.query.text.as_ref().and_then(Marks::of);
    let chosen = Arc::new(Chosen { params, marks });
    // Not a time limit of each message: on a busy store arrivals that do not match would put it off for ever.
    let mut alive = interval_at(Instant::now() + alive_every, alive_every);
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut text = format!("retry: {RETRY_MILLIS}\n");
    put(&mut text, "ready", listener.place(), &json!({}));
    loop {
        // One for whom there is no room comes again, and goes on where it was.
        let Ok(chunk) = api.answers.chunk(&caller, std::mem::take(&mut text).into_bytes()) else { return };
        if sender.send_data(chunk).await.is_err() {
            return;
        }
        alive.reset();
        while text.is_empty() {
            tokio::select! {
                biased;
                () = left.cancelled() => return,
                _ = alive.tick() => {
                    text.push_str(": alive\n");
                    put_place(&mut text, listener.place());
                }
                told = listener.next() => match told {
                    Ok(told) => {
                        let Some(told) = written(&chosen, told).await else { return };
                        text = told;
                    }
                    Err(error) => {
                        tracing::warn!(error = in_full(&error), "a tail ends");
                        return;
                    }
                },
            }
        }
    }
}

/// What is sent of a message, empty where nothing of it matches; `None` where that failed.
async fn written(chosen: &Arc<Chosen>, told: Told) -> Option<String> {
    let mut text = String::new();
    match told {
        Told::Events(events, place) => {
            let chosen = Arc::clone(chosen);
            // Hundreds of events, each read from its record, for as many followers as there are.
            let writing = tokio::task::spawn_blocking(move || chosen.written(&events, place));
            // A panic, whose place is in the log. Its text may hold what events do.
            return writing.await.inspect_err(|_| tracing::warn!(error = TOLD, "a tail ends")).ok();
        }
        Told::Missed(missed, place) => {
            metrics::counter!("steplog_tail_missed_total").increment(missed);
            put(&mut text, "missed", place, &json!({"missed": missed}));
        }
        Told::Incomplete(after, upto) => {
            metrics::counter!("steplog_tail_incomplete_total").increment(1);
            // The events that could be read follow: whoever breaks off here must get them.
            let data = json!({"after": after.to_string(), "upto": upto.to_string()});
            put(&mut text, "incomplete", after, &data);
        }
    }
    Some(text)
}

/// What is told of events, and of which.
struct Chosen {
    params: TailParams,
    marks: Option<Marks>,
}

impl Chosen {
    /// Those that match, and the place after all of them; nothing where none does.
    fn written(&self, events: &[Arc<StoredEvent>], place: Seq) -> String {
        let mut text = String::new();
        for stored in events.iter().filter(|stored| self.params.query.matches(&stored.event)) {
            let row = Row { stored, columns: &self.params.columns, marks: self.marks.as_ref() };
            put(&mut text, "event", stored.seq, &row);
        }
        if !text.is_empty() {
            put_place(&mut text, place);
        }
        text
    }
}

fn put(text: &mut String, name: &str, place: Seq, data: &impl Serialize) {
    // JSON has no line breaks outside of strings, and none in them.
    let data = serde_json::to_string(data).unwrap_or_else(|_| "{}".to_owned());
    text.push_str(&format!("id: {place}\nevent: {name}\ndata: {data}\n\n"));
}

/// An id alone is no event, but a client that comes back says it.
fn put_place(text: &mut String, place: Seq) {
    text.push_str(&format!("id: {place}\n\n"));
}

#[cfg(test)]
mod tests {
    use steplog_model::event::EventBatch;
    use steplog_model::ids::Tenant;
    use steplog_model::store::EventStore;
    use steplog_model::testing::build::EventBuilder;
    use steplog_model::testing::scan_store::ScanStore;
    use steplog_model::time::UnixNanos;

    use super::*;
    use crate::config::QuerySettings;
    use crate::routes::ApiContext;

    /// Keeps events coming faster than the store is asked for them.
    async fn keep_busy(store: &ScanStore) {
        let mut pace = tokio::time::interval(Duration::from_millis(10));
        for id in 1..1_000 {
            pace.tick().await;
            let events = vec![EventBuilder::new(id, UnixNanos::now()).build()];
            store.ingest(EventBatch { tenant: Tenant::default(), events }).await.unwrap();
        }
    }

    #[tokio::test]
    async fn whoever_follows_what_does_not_come_learns_the_place_all_the_same() {
        let store = Arc::new(ScanStore::new());
        let asked = Arc::clone(&store) as Arc<dyn EventStore>;
        let api = Arc::new(Api::new(asked, &QuerySettings::default(), ApiContext::default()));
        let caller = Caller::default();
        let parts = api.tenants.of(&caller.asker);
        let listener = parts.tail.listen(None, caller.client).await.unwrap().unwrap();
        let pairs = [("status".to_owned(), "failure".to_owned())];
        let params = TailParams::parse(&pairs, None, &api.context(&caller)).unwrap();
        // Longer than the time between two batches.
        let alive_every = Duration::from_millis(400);
        let mut body = begin(Follower { api, caller, listener, params, alive_every });
        let mut said = String::new();
        let follow = async {
            let moved = |said: &str| said.contains(": alive\nid: ") && !said.ends_with("id: 0\n\n");
            while !moved(&said) {
                let frame = body.frame().await.unwrap().unwrap();
                said.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
            }
        };
        tokio::select! {
            () = follow => {}
            () = keep_busy(&store) => {}
        }
        assert!(said.contains(": alive\nid: ") && !said.contains("event: event"), "{said}");
    }
}
