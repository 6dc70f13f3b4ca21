//! Room and places that some hold without using them are there for others.

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use steplog_exporter::ReceiverSettings;
use steplog_model::counted::counted;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::clients::{http1, post_protobuf, talk};
use crate::support::requests::{many, one, record, request, string};
use crate::support::{Server, settings, start_with};

/// Room for hardly more than two requests of a megabyte.
fn tight() -> ReceiverSettings {
    ReceiverSettings {
        otlp_request_bytes: 1 << 20,
        otlp_in_flight_bytes: (2 << 20) + (128 << 10),
        ..settings()
    }
}

/// A request of half a megabyte.
fn half() -> Vec<u8> {
    let mut large = record("large");
    large.body = Some(string(&"x".repeat(500_000)));
    request(vec![large]).encode_to_vec()
}

/// Sends until there is room; how often there was none.
async fn send_until_taken(server: &Server, body: &[u8]) -> usize {
    let mut refused = 0;
    loop {
        match post_protobuf(&server.logs_url(), body.to_vec()).await.status {
            200 => return refused,
            429 => refused += 1,
            status => panic!("{status}"),
        }
    }
}

#[tokio::test]
async fn bodies_that_do_not_go_on_leave_their_room_to_others() {
    let server = start_with(tight()).await;
    let mut stuck = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        let whole = http1("", &vec![0; 1 << 20]);
        stream.write_all(&whole[..1_000_000]).await.unwrap();
        stuck.push(stream);
    }
    // Before the body time-out, which is half a minute.
    send_until_taken(&server, &half()).await;
    let mut answer = vec![0; 12];
    stuck[0].read_exact(&mut answer).await.unwrap();
    // 429 where the room asked for it while it was read, 503 where its time had come by then: both are retried.
    assert!(
        [*b"HTTP/1.1 429", *b"HTTP/1.1 503"].iter().any(|wanted| answer == wanted),
        "the oldest is told to come again"
    );
    assert_eq!(server.store.events().len(), 1);
}

#[tokio::test]
async fn requests_without_a_body_hold_little() {
    let server = start_with(tight()).await;
    let head = b"POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 9\r\n\r\n";
    let mut waiting = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        stream.write_all(head).await.unwrap();
        waiting.push(stream);
    }
    assert_eq!(send_until_taken(&server, &one("a.b").encode_to_vec()).await, 0);
}

#[tokio::test]
async fn a_connection_that_asks_nothing_leaves_its_place() {
    let server = start_with(ReceiverSettings { otlp_max_connections: 4, ..settings() }).await;
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(TcpStream::connect(server.http).await.unwrap());
    }
    let whole = http1("connection: close\r\n", &one("a.b").encode_to_vec());
    // Long before the ten seconds that a connection has for its first request.
    let begin = std::time::Instant::now();
    while !talk_if_open(server.http, &whole).await.starts_with("HTTP/1.1 200") {
        tokio::task::yield_now().await;
    }
    assert!(begin.elapsed().as_secs() < 9, "{:?}", begin.elapsed());
    assert_eq!(silent[0].read(&mut [0]).await.unwrap_or(0), 0, "the oldest is closed");
}

/// Like `talk`, but a connection that is closed at once is an empty answer.
async fn talk_if_open(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let Ok(mut stream) = TcpStream::connect(address).await else { return String::new() };
    let mut answer = Vec::new();
    let _ = stream.write_all(bytes).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn records_for_which_a_request_has_no_room_are_rejected_alone() {
    let server = start_with(tight()).await;
    // Some twenty bytes each, and hundreds around them. What is noticed of those that are rejected is not told.
    let tiny = (0..20_000).map(|n| LogRecord {
        event_name: format!("{n}"),
        time_unix_nano: 1,
        ..LogRecord::default()
    });
    let body = request(tiny.collect()).encode_to_vec();
    let answer = post_protobuf(&server.logs_url(), body).await.exported();
    let partial = answer.partial_success.unwrap();
    assert!(partial.error_message.contains("send smaller batches"), "{partial:?}");
    let stored = server.store.events().len();
    assert!(stored > 1_000, "{stored}");
    assert_eq!(stored as i64 + partial.rejected_log_records, 20_000);
    let implausible = format!("{} with an implausible time", counted(stored as u64, "log record"));
    assert!(partial.error_message.contains(&implausible), "{implausible}: {partial:?}");
    // Ordinary ones are all taken.
    let ordinary = many("x", 1_000).encode_to_vec();
    assert_eq!(post_protobuf(&server.logs_url(), ordinary).await.exported().partial_success, None);
    assert!(talk(server.http, &http1("connection: close\r\n", b"")).await.starts_with("HTTP/1.1 200"));
}
