//! The benchmark: it measures all it says, and a store that answers rightly passes its checks.

use std::path::Path;

use serde_json::Value;
use steplog_load::bench::{self, Plans};

/// Two days of few events, each question asked as seldom as can be.
fn plans(directory: &Path, flags: &[&str]) -> Plans {
    Plans {
        program: env!("CARGO_BIN_EXE_steplog").into(),
        events: 10_000,
        days: 2,
        rate: Some(20_000.0),
        connections: 4,
        batch: 1_000,
        rounds: 2,
        cold_rounds: 1,
        clients: 16,
        restarts: true,
        data: directory.join("data"),
        flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
    }
}

#[tokio::test]
async fn a_small_benchmark_measures_everything() {
    let directory = tempfile::tempdir().unwrap();
    let plans = plans(directory.path(), &["--store-commit-millis", "200"]);
    let figures = bench::run(&plans, |_| {}).await.unwrap();
    assert!(figures.tables().contains("| newest 50"), "{}", figures.tables());
    let figures = serde_json::to_value(figures).unwrap();

    assert_eq!(figures["plan"]["events"], 10_000);
    assert_eq!(figures["plan"]["scanned_events"], 10_000, "all of so few events are compared with a scan");
    let [grpc, http] =
        ["grpc", "http"].map(|protocol| figures["ingest"][protocol]["events"].as_u64().unwrap());
    assert_eq!((grpc, http), (5_000, 5_000));
    assert!(figures["ingest"]["seen"]["followed_events"].as_u64().unwrap() > 0);
    let answers = figures["answers"].as_array().unwrap();
    assert!(answers.len() > 20);
    for answer in answers {
        assert!(answer["events"].as_u64().unwrap() > 0, "a question about nothing: {answer}");
        for way in ["warm", "crowded", "cold", "busy"] {
            assert!(answer[way].is_object(), "{way} of {answer}");
        }
    }
    let events = |part: &str| figures["disk"][part]["events"].as_u64().unwrap();
    assert_eq!(events("open_day") + events("closed_days"), 10_000);
    assert_eq!(figures["replay"]["events"], 10_000);
    assert_eq!(figures["rebuild"]["events"], 10_000);
    assert_eq!(figures["compacted"]["work"]["events"], figures["disk"]["closed_days"]["events"]);
    let frames = |figures: &Value| figures["closed_days"]["bytes"]["frames"].as_u64().unwrap();
    assert!(frames(&figures["compacted"]) < frames(&figures["disk"]), "{figures}");
}

#[tokio::test]
async fn a_steady_run_drops_days_and_accounts_for_every_event() {
    let directory = tempfile::tempdir().unwrap();
    let flags = ["--store-retention-bytes", "6000000", "--store-compact-after-hours", "0"];
    let flags = [&flags[..], &["--store-commit-millis", "100"]].concat();
    let plans = plans(directory.path(), &flags);
    let plans = Plans { events: 32_000, days: 8, rate: Some(4_000.0), batch: 100, ..plans };
    let steady = serde_json::to_value(bench::steady::run(&plans, |_| {}).await.unwrap()).unwrap();
    let looks = steady["looks"].as_array().unwrap();
    let last = looks.last().unwrap();
    let number = |name: &str| last[name].as_u64().unwrap();
    // The run itself holds the count of found and dropped events to what was sent.
    assert_eq!(number("events") + number("dropped_events"), 32_000, "{last}");
    assert!(number("dropped_events") > 0, "{last}");
    assert!(number("segments") > 0 && number("open_files") > 0 && number("anonymous_bytes") > 0, "{last}");
    let asked = steady["asked"].as_array().unwrap();
    assert!(asked.len() > 20, "every question has its turn: {asked:?}");
    assert!(asked.iter().any(|one| one["question"] == "page after 100,000 events"), "{asked:?}");
    let came = |one: &Value, name: &str| one[name].as_u64().unwrap();
    assert!(asked.iter().all(|one| came(one, "answers") + came(one, "refused") > 0), "{asked:?}");
}
