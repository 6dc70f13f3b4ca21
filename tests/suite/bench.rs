//! `steplog bench`: it measures all it says, and a store that answers rightly passes its checks.

use serde_json::Value;

use crate::support::{errors, run};

#[tokio::test]
async fn a_small_benchmark_measures_everything() {
    let directory = tempfile::tempdir().unwrap();
    let small = [
        "bench",
        "--events",
        "10000",
        "--days",
        "2",
        "--rate",
        "20000",
        "--rounds",
        "2",
        "--cold-rounds",
        "1",
    ];
    let flags = ["--json", "--report", "figures.json", "--", "--store-commit-millis", "200"];
    let output = run(directory.path(), &[&small[..], &flags[..]].concat()).await;
    assert!(output.status.success(), "{}", errors(&output));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    let report = std::fs::read(directory.path().join("figures.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&report).unwrap(), figures);

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
    let run_for = ["bench", "--steady", "8s", "--rate", "4000", "--days", "8", "--batch", "100", "--json"];
    let flags = ["--", "--store-retention-bytes", "6000000", "--store-compact-after-hours", "0"];
    let flags = [&flags[..], &["--store-commit-millis", "100"]].concat();
    let output = run(directory.path(), &[&run_for[..], &flags[..]].concat()).await;
    assert!(output.status.success(), "{}", errors(&output));
    let steady: Value = serde_json::from_slice(&output.stdout).unwrap();
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
