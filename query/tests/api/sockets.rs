//! The server on real ports: bytes in, bytes out.

use std::sync::Arc;

use steplog_model::event::EventBatch;
use steplog_model::ids::Tenant;
use steplog_model::store::{EventStore, StoreError};
use steplog_model::testing::scan_store::ScanStore;
use steplog_query::{BindError, QuerySettings, Server, bind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::slow_store::SlowStore;
use crate::support::{ago, settings, step};

/// A server that runs until its sender is used or dropped.
pub(crate) struct Running {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

pub(crate) fn free_port() -> QuerySettings {
    QuerySettings { listen: "127.0.0.1:0".parse().unwrap(), ..settings() }
}

pub(crate) async fn start(store: Arc<dyn EventStore>, settings: &QuerySettings) -> Running {
    run(bind(store, settings).await.unwrap())
}

fn run(server: Server) -> Running {
    let address = server.address();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(async { drop(stopped.await) }));
    Running { address, stop, task }
}

pub(crate) async fn send(running: &Running, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the server closes the connection.
pub(crate) async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // Closed or reset: both are an end.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_free_port_is_taken_and_answers() {
    let running = start(Arc::new(ScanStore::new()), &free_port()).await;
    assert_ne!(running.address.port(), 0);
    let answer = rest(send(&running, &get("/api/v1/events")).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(r#"{"events":[],"next":null,"prev":null,"complete":true}"#), "{answer}");
}

#[tokio::test]
async fn a_taken_port_is_told() {
    let running = start(Arc::new(ScanStore::new()), &free_port()).await;
    let again = QuerySettings { listen: running.address, ..settings() };
    let error = bind(Arc::new(ScanStore::new()), &again).await.unwrap_err();
    assert!(matches!(error, BindError::Taken(address) if address == running.address));
    assert!(error.to_string().contains("--listen"), "{error}");
}

#[tokio::test]
async fn metrics_are_text_and_protected() {
    let server = bind(Arc::new(ScanStore::new()), &free_port()).await.unwrap();
    let server = server.with_metrics(|| "steplog_up 1\n".to_owned());
    let running = run(server);
    let answer = rest(send(&running, &get("/metrics")).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\nsteplog_up 1\n"), "{answer}");
    assert!(answer.contains("text/plain; version=0.0.4") && answer.contains("nosniff"), "{answer}");
    let post = rest(send(&running, &get("/metrics").replace("GET", "POST")).await).await;
    assert!(post.contains("405") && post.contains("/problems/method-not-allowed"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_connection_ends_its_question() {
    let (store, begins, ends) = SlowStore::new();
    let running = start(store, &QuerySettings { query_timeout_millis: 600_000, ..free_port() }).await;
    let stream = send(&running, &get("/api/v1/events")).await;
    tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
    drop(stream);
    let end = tokio::task::spawn_blocking(move || ends.recv()).await.unwrap().unwrap();
    assert_eq!(end, StoreError::Cancelled);
}

#[tokio::test]
async fn who_does_not_finish_a_request_is_closed() {
    let settings = QuerySettings { query_header_timeout_millis: 50, ..free_port() };
    let running = start(Arc::new(ScanStore::new()), &settings).await;
    for begun in ["", "GET / HTTP/1.1\r\nhost: ", "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"] {
        // Returns only because the server closes: the client keeps its side open.
        let answer = rest(send(&running, begun).await).await;
        assert_eq!(answer.contains("200 OK"), begun.contains("live"), "{begun:?}: {answer}");
    }
}

#[tokio::test]
async fn too_many_connections_are_told_and_health_answers() {
    let running =
        start(Arc::new(ScanStore::new()), &QuerySettings { query_connections: 1, ..free_port() }).await;
    let request = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut first = send(&running, request).await;
    answer(&mut first).await;
    // Others are told so, but whoever watches the server is answered.
    let second = rest(send(&running, &get("/api/v1/events")).await).await;
    assert!(second.starts_with("HTTP/1.1 503 ") && second.contains("retry-after: 2"), "{second}");
    assert!(second.contains("--query-connections"), "{second}");
    for path in ["/health/live", "/health/ready"] {
        let watching = rest(send(&running, request.replace("/health/live", path).as_str()).await).await;
        assert!(watching.starts_with("HTTP/1.1 200 OK"), "{watching}");
    }
    // The only one with a place keeps it.
    first.write_all(request.as_bytes()).await.unwrap();
    answer(&mut first).await;
}

/// One answer of `/health/live`, to its end.
async fn answer(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    while !bytes.ends_with(br#"{"status":"live"}"#) {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "closed early");
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_server_lives() {
    let running = start(Arc::new(ScanStore::new()), &free_port()).await;
    let endless = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "a".repeat(200_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(5_000));
    for garbage in ["\x16\x03\x01\x02", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET\r\n\r\n", &endless, &many] {
        let answer = rest(send(&running, garbage).await).await;
        assert!(!answer.contains(" 200 "), "{garbage:.40}: {answer:.200}");
    }
    let with_body = "GET /health/live HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\nabc";
    assert!(rest(send(&running, with_body).await).await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_questions_finish() {
    let (store, begins, _ends) = SlowStore::new();
    let running = start(store, &QuerySettings { query_timeout_millis: 200, ..free_port() }).await;
    let asking = send(&running, "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
    running.stop.send(()).unwrap();
    // The answer of this store is that the time is over.
    assert!(rest(asking).await.starts_with("HTTP/1.1 504 "));
    running.task.await.unwrap();
    assert!(TcpStream::connect(running.address).await.is_err(), "nobody listens any more");
}

/// A store whose export has some 40 MB: more than the buffers of any socket.
pub(crate) async fn large() -> Arc<ScanStore> {
    let body = "large ".repeat(20_000);
    let event = |id: u128| step(id, ago(id as i64), "x", "success").body(&body).build();
    let store = Arc::new(ScanStore::new());
    let batch = EventBatch { tenant: Tenant::default(), events: (1..=320).map(event).collect() };
    store.ingest(batch).await.unwrap();
    store
}

#[tokio::test]
async fn exports_that_nobody_reads_are_bounded_and_broken_off() {
    let settings = QuerySettings { query_write_timeout_millis: 1_500, query_exports: 2, ..free_port() };
    let running = start(large().await, &settings).await;
    let ask = get("/api/v1/export?format=ndjson")
        .replace("connection: close", "te: trailers\r\nconnection: close, te");
    let mut stuck = Vec::new();
    for _ in 0..2 {
        let stream = send(&running, &ask).await;
        // It is under way once it has a head.
        stream.readable().await.unwrap();
        stuck.push(stream);
    }
    let third = rest(send(&running, &ask).await).await;
    assert!(third.starts_with("HTTP/1.1 503 ") && third.contains("--query-exports"), "{third:.300}");
    assert!(third.contains("retry-after: 5"), "{third:.300}");
    let health = rest(send(&running, &get("/health/live")).await).await;
    assert!(health.starts_with("HTTP/1.1 200 OK"), "{health}");
    // Their places are free once they are broken off, though they keep their connections.
    let whole = loop {
        let answer = rest(send(&running, &ask).await).await;
        if answer.starts_with("HTTP/1.1 200 ") {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert!(whole.ends_with("\r\n\r\n") && whole.contains("steplog-events: 320"), "a whole file");
    for stream in stuck {
        assert!(!rest(stream).await.contains("steplog-events: 320"), "a file that was broken off");
    }
}

#[tokio::test]
async fn exports_over_http_1_0_are_refused() {
    let running = start(Arc::new(ScanStore::new()), &free_port()).await;
    let old = "GET /api/v1/export?format=csv HTTP/1.0\r\nhost: localhost\r\n\r\n";
    let answer = rest(send(&running, old).await).await;
    assert!(answer.starts_with("HTTP/1.0 505 ") && answer.contains("ask with HTTP/1.1"), "{answer}");
    let page = rest(send(&running, &old.replace("export?format=csv", "events")).await).await;
    assert!(page.starts_with("HTTP/1.0 200 "), "{page}");
}

#[tokio::test]
async fn a_half_closed_connection_is_answered() {
    let server =
        bind(large().await, &free_port()).await.unwrap().with_metrics(|| "steplog_up 1\n".to_owned());
    let running = run(server);
    for (path, most_bytes) in
        [("/api/v1/events?limit=100", 20_000_000), ("/metrics", 10_000), ("/", 1_000_000)]
    {
        for _ in 0..5 {
            // Kept alive: that the server closes is its own doing.
            let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
            let mut stream = send(&running, &request).await;
            stream.shutdown().await.unwrap();
            let answer = rest(stream).await;
            assert!(answer.starts_with("HTTP/1.1 200 OK"), "{path}: {answer:.200}");
            let length = answer.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            assert_eq!(length.unwrap().parse::<usize>().unwrap(), body.len(), "{path}");
            assert!(body.len() < most_bytes, "{path}");
        }
    }
}

#[tokio::test]
async fn metrics_answer_only_to_names_that_are_its_own() {
    let server = bind(Arc::new(ScanStore::new()), &free_port()).await.unwrap();
    let running = run(server.with_metrics(|| "steplog_up 1\n".to_owned()));
    for path in ["/metrics", "/health/ready", "/api/v1/events", "/"] {
        let foreign = get(path).replace("host: localhost", "host: evil.example:7837");
        let answer = rest(send(&running, &foreign).await).await;
        assert!(
            answer.starts_with("HTTP/1.1 421 ") && answer.contains("--query-allowed-hosts"),
            "{path}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_within_is_answered_and_the_connection_goes_on() {
    let (store, _begins, _ends) = SlowStore::new();
    let running = start(Arc::clone(&store) as Arc<dyn EventStore>, &free_port()).await;
    store.fails.store(true, std::sync::atomic::Ordering::Relaxed);
    // One fails on a thread that may block, one where connections are served.
    for path in [format!("/api/v1/events/{:032x}", 1), "/health/ready".to_owned()] {
        for _ in 0..3 {
            let answer = rest(send(&running, &get(&path)).await).await;
            assert!(answer.starts_with("HTTP/1.1 500 "), "{path}: {answer}");
            assert!(
                answer.contains("/problems/failed-within") && !answer.contains("secret"),
                "{path}: {answer}"
            );
        }
    }
    let live = rest(send(&running, &get("/health/live")).await).await;
    assert!(live.starts_with("HTTP/1.1 200 OK"), "{live}");
}
