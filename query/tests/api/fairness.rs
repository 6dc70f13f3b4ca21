//! Who asks much, or takes nothing of what it asked for, leaves places and room to others.

use steplog_query::{QuerySettings, router};

use axum::body::Body;
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use crate::slow_store::SlowStore;
use crate::sockets::{free_port, get, large, rest, send, start};
use crate::support::settings;

#[tokio::test(flavor = "multi_thread")]
async fn short_questions_do_not_wait_for_long_ones() {
    let (store, begins, _ends) = SlowStore::new();
    let settings = QuerySettings { query_timeout_millis: 600_000, ..settings() };
    let router = router(store, &settings);
    let ask = |path: &str| {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request)
    };
    let asking: Vec<_> = (0..80).map(|_| tokio::spawn(ask("/api/v1/hotspots"))).collect();
    tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
    for _ in 0..20 {
        let answer = ask(&format!("/api/v1/events/{:032x}", 3)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "answered at once: there is no such event");
    }
    let still = asking.iter().filter(|one| !one.is_finished()).count();
    assert!(still > 0, "long ones are under way");
    for one in asking {
        one.abort();
    }
}

#[tokio::test]
async fn answers_that_nobody_takes_leave_their_room_to_others() {
    // Room for some steps of an export, of which each that is stuck holds a few.
    let settings = QuerySettings { query_answer_bytes: 3 << 20, ..free_port() };
    let running = start(large().await, &settings).await;
    let ask = get("/api/v1/export?format=ndjson")
        .replace("connection: close", "te: trailers\r\nconnection: close, te");
    let mut stuck = Vec::new();
    for _ in 0..6 {
        let stream = send(&running, &ask).await;
        stream.readable().await.unwrap();
        stuck.push(stream);
    }
    // Long before those are broken off whose clients take nothing for a minute.
    let begin = std::time::Instant::now();
    while !rest(send(&running, &ask).await).await.contains("steplog-events: 320") {
        assert!(begin.elapsed() < std::time::Duration::from_secs(50), "no room was made");
    }
    let mut cut = 0;
    for stream in stuck {
        cut += usize::from(!rest(stream).await.contains("steplog-events: 320"));
    }
    assert!(cut > 0, "somebody had to leave");
}

#[tokio::test]
async fn an_answer_that_is_larger_than_all_may_be_is_told_so() {
    let settings = QuerySettings { query_answer_bytes: 100 << 10, ..settings() };
    let answers = router(large().await, &settings);
    let ask = async |path: &str| {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        answers.clone().oneshot(request).await.unwrap().status()
    };
    assert_eq!(ask("/api/v1/events?limit=1").await, StatusCode::OK);
    assert_eq!(ask(&format!("/api/v1/events/{:032x}", 7)).await, StatusCode::BAD_REQUEST);
}
