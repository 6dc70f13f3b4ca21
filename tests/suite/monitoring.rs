//! What operators see of a server: metrics as their table says, and a log that tells nothing of what events hold.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use steplog::app::series::{Kind, SERIES, Series, markdown_table};
use steplog_load::otlp_client::Protocol;

use crate::support::otlp::{attribute, message, record, request, string};
use crate::support::{Server, eventually};
use crate::tidy::{files, root};

#[test]
fn the_table_of_the_docs_is_what_the_program_has() {
    let docs = std::fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let (_, after) = docs.split_once("<!-- metrics: begin -->\n").unwrap();
    let (table, _) = after.split_once("<!-- metrics: end -->").unwrap();
    assert_eq!(table, markdown_table());
}

#[test]
fn every_metric_of_the_sources_is_in_the_table() {
    let mut names = Vec::new();
    let is_source = |path: &PathBuf| path.iter().any(|folder| folder == "src");
    for path in files().into_iter().filter(is_source) {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        for start in ["counter!(", "gauge!(", "histogram!("] {
            let after = text.split(start).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            names.extend(after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(
            SERIES.iter().any(|series| series.name == name),
            "tell of {name} in src/app/series.rs and docs/metrics.md"
        );
    }
}

#[test]
fn names_follow_the_conventions() {
    for Series { name, kind, about, .. } in SERIES {
        assert!(name.starts_with("steplog_") && about.ends_with('.'), "{name}");
        assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        assert!(*kind != Kind::Histogram || name.ends_with("_seconds") || name.ends_with("_bytes"), "{name}");
    }
    let begins =
        |stage: &str| SERIES.iter().any(|series| series.name.starts_with(&format!("steplog_{stage}_")));
    for stage in ["receive", "decode", "map", "append", "sync", "index", "commit", "search"] {
        assert!(begins(stage), "nothing is measured of the stage {stage}");
    }
}

/// One line of values: the name without a histogram's endings, and the names of its labels.
fn sample(line: &str) -> (&str, Vec<&str>) {
    let name = line.split(['{', ' ']).next().unwrap();
    let inside = line.split_once('{').map_or("", |(_, rest)| rest.split_once('}').unwrap().0);
    let labels = inside.split("\",").filter_map(|label| Some(label.split_once('=')?.0));
    (name, labels.filter(|label| *label != "le").collect())
}

#[tokio::test]
async fn the_server_gives_what_the_table_says() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    server.sender(Protocol::Grpc).send(&message(&request(vec![record("journey.started", "i-1")]))).await;
    server.sender(Protocol::Http).send(&message(&request(vec![record("journey.ended", "i-1")]))).await;
    server.searchable().await;
    server.get("/api/v1/events?interaction=i-1").await;
    let url = format!("http://{}/metrics", server.address("listen"));
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();

    let mut kinds = BTreeMap::new();
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("# TYPE ") {
            let (name, kind) = line.split_once(' ').unwrap();
            kinds.insert(name, kind);
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, labels) = sample(line);
        let known = SERIES.iter().find(|series| {
            let ending = name.strip_prefix(series.name);
            ending.is_some_and(|ending| match series.kind {
                Kind::Histogram => ["_bucket", "_sum", "_count"].contains(&ending),
                _ => ending.is_empty(),
            })
        });
        let known = known.unwrap_or_else(|| panic!("{name} is not in the table"));
        let mut wanted = known.labels.to_vec();
        let mut labels = labels;
        wanted.sort_unstable();
        labels.sort_unstable();
        assert_eq!(labels, wanted, "{line}");
    }
    for (name, kind) in &kinds {
        let series = SERIES.iter().find(|series| series.name == *name).unwrap();
        assert_eq!(series.kind.name(), *kind, "{name}");
        assert!(text.contains(&format!("# HELP {name} {}", series.about)), "{name}");
    }
    for series in SERIES.iter().filter(|series| series.labels.is_empty() && series.kind != Kind::Histogram) {
        assert!(kinds.contains_key(series.name), "{} is not there from the start", series.name);
    }
    for line in ["steplog_append_events_total 2", "steplog_index_events_total 2", "steplog_store_writable 1"]
    {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn the_log_is_json_or_text_and_tells_nothing_of_what_events_hold() {
    for (format, flags) in
        [("json", &["--log", "trace"][..]), ("text", &["--log", "trace", "--log-format", "text"])]
    {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start_with(directory.path(), flags).await;
        let mut secret = record("journey.started", "secret-interaction");
        secret.attributes.push(attribute("steplog.person.id", string("secret-person")));
        secret.body = Some(string("secret words"));
        let mut too_long = secret.clone();
        too_long.attributes.push(attribute(&"secret-key".repeat(1_000), string("secret-value")));
        server.sender(Protocol::Http).send(&message(&request(vec![secret, too_long]))).await;
        server.searchable().await;
        let page = server.get("/api/v1/events?person=secret-person&q=secret").await;
        assert_eq!(page["events"].as_array().map(Vec::len), Some(1), "{page}");
        server.get("/api/v1/interactions/secret-interaction").await;
        let (status, _) = server.ask("/api/v1/events?secret-parameter=secret-value").await;
        assert_eq!(status, 400);
        // The last question has been logged by then.
        let log = eventually("the log is written", async || {
            let log = server.log();
            log.lines().any(|line| line.contains("answered") && line.contains("400")).then_some(log)
        })
        .await;
        let told: Vec<_> = log.lines().filter(|line| line.contains("secret")).collect();
        assert!(told.is_empty(), "{told:#?}");
        for line in log.lines() {
            let object = serde_json::from_str::<Value>(line).is_ok_and(|line| line["level"].is_string());
            assert_eq!(object, format == "json", "{line}");
        }
    }
}
