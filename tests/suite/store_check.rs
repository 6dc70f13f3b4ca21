//! `steplog check` on a store: what is well, what is damaged, and an index made anew from its records.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use steplog_load::otlp_client::Protocol;
use steplog_load::otlp_client::reply::Reply;

use crate::support::otlp::{message, record, request};
use crate::support::{Server, errors, run};

const EVENTS: usize = 200;

/// A store with events of one day that nobody uses any more, and the ids in it.
async fn filled(directory: &Path) -> Value {
    let server = Server::start(directory).await;
    let records = (0..EVENTS).map(|n| record(&format!("step.{n}"), "i-check"));
    let reply = server.sender(Protocol::Grpc).send(&message(&request(records.collect()))).await;
    assert_eq!(reply, Reply::Accepted { rejected: 0, message: String::new() });
    let page = asked(&server).await;
    server.stop().await;
    page
}

async fn asked(server: &Server) -> Value {
    server.searchable().await;
    let page = server.get("/api/v1/events?interaction=i-check&limit=1000").await;
    assert_eq!(page["events"].as_array().unwrap().len(), EVENTS);
    page["events"].clone()
}

async fn check(directory: &Path, flags: &[&str]) -> (Output, Value) {
    let output = run(directory, &[&["check", "--data", "data", "--json"], flags].concat()).await;
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output, report)
}

/// The files below the store whose name ends so.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![directory.join("data")]);
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test]
async fn a_sound_store_is_told_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let before = filled(directory.path()).await;
    let (output, report) = check(directory.path(), &[]).await;
    assert!(output.status.success(), "{}", errors(&output));
    let events: u64 =
        report["days"].as_array().unwrap().iter().map(|day| day["events"].as_u64().unwrap()).sum();
    assert_eq!(events, EVENTS as u64, "{report}");
    let server = Server::start(directory.path()).await;
    assert_eq!(asked(&server).await, before);
    let (output, _) = check(directory.path(), &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("another steplog process"), "{}", errors(&output));
    server.stop().await;
}

#[tokio::test]
async fn a_damaged_index_is_told_and_built_anew() {
    let directory = tempfile::tempdir().unwrap();
    let before = filled(directory.path()).await;
    let terms = files(directory.path(), ".term");
    assert!(!terms.is_empty());
    for path in terms {
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        std::fs::write(&path, bytes).unwrap();
    }
    let (output, report) = check(directory.path(), &[]).await;
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert_eq!(report["days"][0]["index"]["state"], "damaged", "{report}");
    let (output, report) = check(directory.path(), &["--rebuild"]).await;
    assert!(output.status.success(), "{}", errors(&output));
    assert!(report["rebuilt_days"].as_u64().unwrap() >= 1, "{report}");
    let server = Server::start(directory.path()).await;
    assert_eq!(asked(&server).await, before, "the same answer as before");
    server.stop().await;
}

#[tokio::test]
async fn a_store_that_is_not_there_is_an_error_only_where_it_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &["check"]).await;
    assert!(output.status.success() && errors(&output).contains("no store at steplog-data yet"));
    let (output, _) = check(directory.path(), &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("data"), "{}", errors(&output));
    assert!(!directory.path().join("data").exists(), "looking makes nothing");
}

#[tokio::test]
async fn stored_events_are_mapped_anew_only_when_that_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let before = filled(here).await;
    let settings = "[mapping.columns.channel]\nappend = [\"steplog.interaction.id\"]\n[mapping.filter]\nnames = [\"step.1*\"]\n";
    std::fs::write(here.join("steplog.toml"), settings).unwrap();
    let alone = run(here, &["check", "--data", "data", "--remap"]).await;
    assert_eq!(alone.status.code(), Some(2));
    assert!(errors(&alone).contains("--rebuild"), "{}", errors(&alone));
    let channels = async |want: u64| {
        let server = Server::start(here).await;
        let events = asked(&server).await;
        let count = server.get("/api/v1/count?channel=i-check&from=now-2d").await;
        assert_eq!(count["count"], want, "{count}");
        server.stop().await;
        events
    };
    assert!(check(here, &["--rebuild"]).await.0.status.success());
    assert_eq!(channels(0).await, before, "an index that is built anew changes no event");
    let (output, report) = check(here, &["--rebuild", "--remap"]).await;
    assert!(output.status.success(), "{}", errors(&output));
    assert!(report["rebuilt_days"].as_u64().unwrap() >= 1, "{report}");
    // What the mapping would now leave out stays.
    let after = channels(EVENTS as u64).await;
    let same = |events: &Value, key: &str| {
        events.as_array().unwrap().iter().map(|event| event[key].clone()).collect::<Vec<_>>()
    };
    for key in ["id", "seq", "time", "received", "event", "interaction"] {
        assert_eq!(same(&after, key), same(&before, key), "{key}");
    }
}
