//! Nothing acknowledged is lost and nothing is there twice, however often and whenever the process is killed.
//!
//! `STEPLOG_TEST_KILLS` kills it more often, `STEPLOG_TEST_SEED` repeats a run's choices.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use steplog_load::otlp_client::Protocol::{Grpc, Http};
use steplog_load::otlp_client::retry::RetryPolicy;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};
use tokio::task::JoinSet;

use crate::support::load::{Journal, Senders};
use crate::support::{Server, eventually, free_port, number, otlp_json, random_moment};

const KILLS: u64 = 30;
/// Events per second that each of the four senders offers.
const RATE: f64 = 640.0;
/// How many askers compare contents at once.
const ASKERS: usize = 4;

/// Retries soon, so that the program is under load as soon as it is back, and never gives up.
const STUBBORN: RetryPolicy = RetryPolicy {
    first_pause: Duration::from_millis(10),
    longest_pause: Duration::from_millis(100),
    give_up_after: None,
};

/// Gives up soon: what it sent last may be there or not, but never twice.
const FICKLE: RetryPolicy = RetryPolicy { give_up_after: Some(Duration::from_millis(30)), ..STUBBORN };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_and_double_nothing() {
    let seed = number("STEPLOG_TEST_SEED").unwrap_or_else(rand::random);
    println!("STEPLOG_TEST_SEED={seed}");
    let mut rng = SmallRng::seed_from_u64(seed);
    let directory = tempfile::tempdir().unwrap();
    // Senders come back to where they were, so the ports stay.
    let ports = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
    let commit = rng.random_range(20..400).to_string();
    let flags = ["--otlp-grpc", &ports[0], "--otlp-http", &ports[1], "--store-commit-millis", &commit];
    let from = UnixNanos::now().0 - 60 * NANOS_PER_SECOND;
    let mut server = Server::start_with(directory.path(), &flags).await;
    let targets = [(Grpc, STUBBORN), (Http, STUBBORN), (Grpc, FICKLE), (Http, FICKLE)];
    let targets = targets.map(|(protocol, retry)| (server.target(protocol), retry)).to_vec();
    let senders = Senders::start(targets, seed, RATE);
    let started = tokio::time::Instant::now();
    for _ in 0..number("STEPLOG_TEST_KILLS").unwrap_or(KILLS) {
        // Some lives end before anything was taken, some after several commits.
        let events = [0, 64, 512, 2_048][rng.random_range(0..4)];
        let until = senders.acknowledged() + events;
        eventually("events are acknowledged", async || (senders.acknowledged() >= until).then_some(())).await;
        random_moment(Duration::from_millis(rng.random_range(1..80))).await;
        server.kill().await;
        server = Server::start_with(directory.path(), &flags).await;
    }
    let seconds = started.elapsed().as_secs_f64();
    let journal = senders.finish().await;
    let Journal { sent, acknowledged, retries, .. } = &journal;
    println!("{} sent, {} acknowledged, {retries} retries in {seconds:.1} s", sent.len(), acknowledged.len());
    assert!(*retries > 0 && acknowledged.len() > 10_000, "the kills hit senders at work");
    assert!(sent.len() > acknowledged.len(), "some requests were given up");
    check(Arc::new(server), journal, from).await;
}

/// What is found is what was acknowledged, perhaps some of what was sent else, and nothing twice or altered.
async fn check(server: Arc<Server>, journal: Journal, from: i64) {
    assert_eq!(journal.refused, [""; 0]);
    server.searchable().await;
    let found = server.ids_since(from).await;
    let lost: Vec<_> = journal.acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "{} acknowledged events are lost: {:?}", lost.len(), lost.first());
    let unknown: Vec<_> = found.iter().filter(|id| !journal.sent.contains_key(*id)).collect();
    assert!(unknown.is_empty(), "{} events were never sent: {:?}", unknown.len(), unknown.first());
    assert_eq!(server.count_since(from).await, found.len() as u64, "counting and walking agree");
    let journal = Arc::new(journal);
    let found: Arc<Vec<String>> = Arc::new(found.into_iter().collect());
    let mut askers = JoinSet::new();
    for asker in 0..ASKERS {
        let (server, journal, found) = (Arc::clone(&server), Arc::clone(&journal), Arc::clone(&found));
        askers.spawn(async move {
            for id in found.iter().skip(asker).step_by(ASKERS) {
                let event = server.event(id).await;
                assert_eq!(event["record"]["logRecord"], otlp_json::log_record(&journal.sent[id]), "{id}");
            }
        });
    }
    while let Some(ended) = askers.join_next().await {
        ended.unwrap();
    }
}
