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
use http_body_util::channel::{Channel, Sender};
use serde::Serialize;
use serde_json::json;
use steplog_model::ids::Seq;
use steplog_model::store::in_full;

use super::Api;
use super::answer::{Answer, pairs};
use super::edge::busy;
use crate::answers::Caller;
use crate::params::TailParams;
use crate::row::Row;
use crate::snippet::Marks;
use crate::tail::{Listener, Told};

/// How often something is sent where nothing arrives, so that both sides notice that the other is gone.
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
    let (sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(follow(Follower { api, caller, listener, params }, sender));
    let mut response = Body::new(body).into_response();
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
}

/// Sends until the client goes away or the store cannot be read: then it connects again by itself.
async fn follow(follower: Follower, mut sender: Sender<Bytes, Infallible>) {
    let Follower { api, caller, mut listener, params } = follower;
    let marks = params.query.text.as_ref().and_then(Marks::of);
    let mut text = format!("retry: {RETRY_MILLIS}\n");
    put(&mut text, "ready", listener.place(), &json!({}));
    loop {
        // One for whom there is no room comes again, and goes on where it was.
        let Ok(chunk) = api.answers.chunk(&caller, std::mem::take(&mut text).into_bytes()) else { return };
        if sender.send_data(chunk).await.is_err() {
            return;
        }
        while text.is_empty() {
            match tokio::time::timeout(ALIVE_EVERY, listener.next()).await {
                Ok(Ok(Told::Events(events, place))) => {
                    let matching = events.iter().filter(|stored| params.query.matches(&stored.event));
                    for stored in matching {
                        let row = Row { stored, columns: &params.columns, marks: marks.as_ref() };
                        put(&mut text, "event", stored.seq, &row);
                    }
                    if !text.is_empty() {
                        put_place(&mut text, place);
                    }
                }
                Ok(Ok(Told::Missed(missed, place))) => {
                    metrics::counter!("steplog_tail_missed_total").increment(missed);
                    put(&mut text, "missed", place, &json!({"missed": missed}));
                }
                Ok(Ok(Told::Incomplete(after, upto))) => {
                    metrics::counter!("steplog_tail_incomplete_total").increment(1);
                    // The events that could be read follow: whoever breaks off here must get them.
                    let data = json!({"after": after.to_string(), "upto": upto.to_string()});
                    put(&mut text, "incomplete", after, &data);
                }
                Ok(Err(error)) => {
                    tracing::warn!(error = in_full(&error), "a tail ends");
                    return;
                }
                Err(_) => {
                    text.push_str(": alive\n");
                    put_place(&mut text, listener.place());
                }
            }
        }
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
