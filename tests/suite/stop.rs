//! A stop takes what is on its way, loses nothing and ends in time; a second signal ends at once.
//!
//! `STEPLOG_TEST_STOPS` stops it more often.

use std::time::Duration;

use steplog_load::otlp_client::Protocol::{Grpc, Http};
use steplog_load::otlp_client::retry::RetryPolicy;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::support::load::Senders;
use crate::support::{Server, eventually, number};

const STOPS: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_is_quick_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let from = UnixNanos::now().0 - 60 * NANOS_PER_SECOND;
    let mut journals = Vec::new();
    for life in 0..number("STEPLOG_TEST_STOPS").unwrap_or(STOPS) {
        let server = Server::start(directory.path()).await;
        let impatient = RetryPolicy { give_up_after: Some(Duration::ZERO), ..RetryPolicy::default() };
        let targets = [Grpc, Http, Grpc, Http].map(|protocol| (server.target(protocol), impatient)).to_vec();
        // Other events than those of the lives before.
        let senders = Senders::start(targets, 8 * life, 1_000.0);
        eventually("events are acknowledged", async || (senders.acknowledged() > 1_000).then_some(())).await;
        stop_in_time(server).await;
        let journal = senders.finish().await;
        assert_eq!(journal.refused, [""; 0], "a stop is no reason to refuse for good");
        journals.push(journal);
    }
    let again = Server::start(directory.path()).await;
    again.searchable().await;
    let found = again.ids_since(from).await;
    for (life, journal) in journals.iter().enumerate() {
        let lost = journal.acknowledged.difference(&found).count();
        assert_eq!(lost, 0, "of {} acknowledged before stop {life}", journal.acknowledged.len());
    }
    assert!(found.iter().all(|id| journals.iter().any(|journal| journal.sent.contains_key(id))));
    again.stop().await;
}

async fn stop_in_time(mut server: Server) {
    let asked = Instant::now();
    server.signal("TERM").await;
    let status = server.end().await;
    let took = asked.elapsed();
    assert_eq!(status.code(), Some(0), "{}", server.log());
    assert!(took < Duration::from_secs(10), "the stop took {took:?}");
}

/// A request that never ends: the first signal waits for it.
async fn never_ending(server: &Server) -> TcpStream {
    let mut slow = TcpStream::connect(server.address("http")).await.unwrap();
    let head = "POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 100\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    // Answered on another connection after it: the slow request is in by now.
    server.get("/health/ready").await;
    slow
}

#[tokio::test]
async fn a_stop_waits_for_as_long_as_senders_are_given() {
    let directory = tempfile::tempdir().unwrap();
    // As long as a stop takes in all by default.
    let mut server = Server::start_with(directory.path(), &["--otlp-drain-seconds", "9"]).await;
    let mut slow = never_ending(&server).await;
    let asked = Instant::now();
    server.signal("TERM").await;
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(asked.elapsed() >= Duration::from_secs(9), "{:?}", asked.elapsed());
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("send them again"), "{answer}");
    assert_eq!(server.end().await.code(), Some(0), "{}", server.log());
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Server::start(directory.path()).await;
    let _slow = never_ending(&server).await;
    server.signal("TERM").await;
    eventually("the stop begins", async || server.log().contains("stopping").then_some(())).await;
    let asked = Instant::now();
    server.signal("INT").await;
    assert_eq!(server.end().await.code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
}
