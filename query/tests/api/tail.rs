//! The live tail: everything that arrives, in order, once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use steplog_model::event::{Event, EventBatch};
use steplog_model::ids::Tenant;
use steplog_model::store::EventStore;
use steplog_query::router;
use tower::ServiceExt as _;

use crate::export::Failing;
use crate::support::{Server, ago, settings, step};

/// One who listens.
pub(crate) struct Listener {
    body: Body,
    pub(crate) text: String,
}

/// One message of the stream.
#[derive(Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) name: String,
    id: String,
    pub(crate) data: Value,
}

impl Listener {
    pub(crate) async fn new(server: &Server, query: &str, last_id: Option<&str>) -> Self {
        let request = Request::get(format!("/api/v1/tail?{query}"));
        let request = last_id.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let response = server.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next message that has data.
    pub(crate) async fn next(&mut self) -> Message {
        loop {
            while let Some((message, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let mut lines =
                        message.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    lines.next_back().unwrap_or_default().to_owned()
                };
                let (name, id, data) = (field("event"), field("id"), field("data"));
                self.text = rest.to_owned();
                if !data.is_empty() {
                    return Message { name, id, data: serde_json::from_str(&data).unwrap() };
                }
            }
            let frame = self.body.frame().await.unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }

    /// The numbers of the next events, and the last id.
    async fn events(&mut self, count: usize) -> (Vec<u128>, String) {
        let (mut found, mut last) = (Vec::new(), String::new());
        while found.len() < count {
            let message = self.next().await;
            assert_eq!(message.name, "event", "{message:?}");
            found.push(u128::from_str_radix(message.data["id"].as_str().unwrap(), 16).unwrap());
            last = message.id;
        }
        (found, last)
    }
}

fn events(ids: std::ops::RangeInclusive<u128>) -> Vec<Event> {
    ids.map(|id| step(id, ago(1), "x", if id.is_multiple_of(2) { "failure" } else { "success" }).build())
        .collect()
}

#[tokio::test]
async fn what_arrives_is_told_from_now_on_under_the_filters() {
    let server = Server::with(events(1..=10)).await;
    let mut listener = Listener::new(&server, "status=failure&columns=seq,attr.none", None).await;
    let ready = listener.next().await;
    assert_eq!((&*ready.name, &*ready.id), ("ready", "10"));
    server.add(events(11..=20)).await;
    assert_eq!(listener.events(5).await.0, [12, 14, 16, 18, 20]);
}

#[tokio::test]
async fn whoever_comes_back_misses_nothing_and_gets_nothing_twice() {
    let server = Server::with(Vec::new()).await;
    let mut all = Vec::new();
    let mut last = String::from("0");
    for round in 0..20_u128 {
        let mut listener = Listener::new(&server, "", Some(&last)).await;
        assert_eq!((listener.next().await.name, listener.text.is_empty()), ("ready".to_owned(), true));
        let first = round * 50 + 1;
        server.add(events(first..=first + 49)).await;
        // Breaks off in the middle of what has come, some of which was never read.
        let (found, id) = listener.events(37).await;
        all.extend(found);
        last = id;
    }
    let mut listener = Listener::new(&server, &format!("last_event_id={last}"), None).await;
    listener.next().await;
    all.extend(listener.events(1_000 - all.len()).await.0);
    assert_eq!(all, (1..=1_000).collect::<Vec<u128>>());
}

#[tokio::test]
async fn a_hundred_listen_and_one_that_is_stuck_holds_nobody_up() {
    let server = Server::with(Vec::new()).await;
    let mut listeners = Vec::new();
    for _ in 0..100 {
        let mut listener = Listener::new(&server, "", None).await;
        assert_eq!(listener.next().await.name, "ready");
        listeners.push(listener);
    }
    let mut stuck = listeners.pop().unwrap();
    // In so many batches that what is kept for the slow ones does not do.
    for round in 0..45_u128 {
        let first = round * 10 + 1;
        server.add(events(first..=first + 9)).await;
        for listener in &mut listeners {
            let (found, _) = listener.events(10).await;
            assert_eq!(found, (first..=first + 9).collect::<Vec<u128>>());
        }
    }
    assert_eq!(stuck.events(450).await.0, (1..=450).collect::<Vec<u128>>(), "it reads up on the rest");
}

#[tokio::test]
async fn who_was_away_for_too_long_is_told_how_much_was_missed() {
    let server = Server::with(events(1..=12_000)).await;
    let mut listener = Listener::new(&server, "", Some("500")).await;
    assert_eq!(listener.next().await.name, "ready");
    let missed = listener.next().await;
    assert_eq!((&*missed.name, &missed.data["missed"]), ("missed", &Value::from(11_500)));
    server.add(events(12_001..=12_003)).await;
    assert_eq!(listener.events(3).await.0, [12_001, 12_002, 12_003]);
}

#[tokio::test]
async fn mistakes_and_too_many_listeners_are_refused() {
    let server = Server::with(Vec::new()).await;
    for query in ["from=now-1h", "last_event_id=abc", "sort=time", "status="] {
        let answer = server.get(&format!("/api/v1/tail?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    let mut listeners = Vec::new();
    // Of the 256 that there may be, the last eighth is for those who have few.
    for _ in 0..224 {
        listeners.push(Listener::new(&server, "", None).await);
    }
    let refused = server.get("/api/v1/tail").await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
}

#[tokio::test]
async fn the_place_of_one_who_left_is_free_whatever_arrives() {
    let server = Server::with(Vec::new()).await;
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    let busy = async {
        for id in 1.. {
            pace.tick().await;
            server.add(events(id..=id)).await;
        }
    };
    let come_and_go = async {
        let mut listeners = Vec::new();
        for _ in 0..224 {
            let mut listener = Listener::new(&server, "status=cancelled", None).await;
            assert_eq!(listener.next().await.name, "ready");
            listeners.push(listener);
        }
        assert_eq!(server.get("/api/v1/tail").await.status, StatusCode::SERVICE_UNAVAILABLE);
        drop(listeners);
        // Long before the next word to each of them, which is due after 15 seconds.
        let begin = Instant::now();
        let follow = || Request::get("/api/v1/tail").body(Body::empty()).unwrap();
        while server.router.clone().oneshot(follow()).await.unwrap().status() != StatusCode::OK {
            assert!(begin.elapsed() < Duration::from_secs(5), "their places are still taken");
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = busy => {}
        () = come_and_go => {}
    }
}

#[tokio::test]
async fn arrivals_that_cannot_be_read_are_told() {
    let store = Arc::new(Failing::default());
    let shared: Arc<dyn EventStore> = Arc::clone(&store) as _;
    let server = Server { store: Arc::default(), router: router(Arc::clone(&shared), &settings()) };
    let add = |events| shared.ingest(EventBatch { tenant: Tenant::default(), events });
    add(events(1..=3)).await.unwrap();
    // Read up on by one who comes back, and handed around to one who is there.
    store.broken.store(true, Ordering::Relaxed);
    let mut listener = Listener::new(&server, "", Some("1")).await;
    assert_eq!(listener.next().await.name, "ready");
    for (after, upto, want) in [(1, 3, [2, 3]), (3, 5, [4, 5])] {
        let told = listener.next().await;
        assert_eq!((&*told.name, &*told.id), ("incomplete", &*after.to_string()), "{told:?}");
        assert_eq!(told.data, json!({"after": after.to_string(), "upto": upto.to_string()}));
        assert_eq!(listener.events(2).await.0, want, "those that can be read follow");
        add(events(4..=5)).await.unwrap();
    }
}
