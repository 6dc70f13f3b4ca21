//! Stores that earlier versions wrote are opened, and answer as they did. `tests/fixtures/make` writes another one.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::support::{errors, run};
use crate::tidy::root;

fn fixtures() -> Vec<PathBuf> {
    let all = std::fs::read_dir(root().join("tests/fixtures")).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.is_dir()).collect()
}

async fn unpack(archive: &Path, directory: &Path) {
    let bytes = zstd::decode_all(std::fs::File::open(archive).unwrap()).unwrap();
    let mut tar = Command::new("tar");
    let mut tar = tar.arg("-xf-").current_dir(directory).stdin(Stdio::piped()).spawn().unwrap();
    tar.stdin.take().unwrap().write_all(&bytes).await.unwrap();
    assert!(tar.wait().await.unwrap().success());
}

async fn said(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Whatever was told then is told now; later versions may say more.
#[track_caller]
fn same(then: &Value, now: &Value) {
    for (name, value) in then.as_object().unwrap() {
        assert_eq!(as_doubles(value), as_doubles(&now[name]), "{name} of {now}");
    }
}

/// The same with every number as a double: `2` and `2.0` are one number, and versions write them differently.
fn as_doubles(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(as_doubles).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), as_doubles(value))).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn stores_of_earlier_versions_answer_as_they_did() {
    let fixtures = fixtures();
    assert!(!fixtures.is_empty());
    for fixture in fixtures {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path();
        unpack(&fixture.join("store.tar.zst"), here).await;
        let events = std::fs::File::open(fixture.join("events.ndjson.zst")).unwrap();
        let then = String::from_utf8(zstd::decode_all(events).unwrap()).unwrap();
        let then: Vec<Value> = then.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let all = ["--data", "store", "--from", "2020-01-01T00:00:00Z"];
        let now = said(here, &[&["export", "--sort", "time"], &all[..]].concat()).await;
        let now: Vec<Value> = now.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(now.len(), then.len(), "{}", fixture.display());
        then.iter().zip(&now).for_each(|(then, now)| same(then, now));
        found_by_the_index(here, &all, &then).await;
        let check = said(here, &["check", "--data", "store", "--json"]).await;
        let check: Value = serde_json::from_str(&check).unwrap();
        let days = check["days"].as_array().unwrap().iter();
        assert_eq!(days.map(|day| day["events"].as_u64().unwrap()).sum::<u64>(), then.len() as u64);
    }
}

/// Filters find what a scan of the answers finds.
async fn found_by_the_index(here: &Path, all: &[&str], then: &[Value]) {
    let ids = |events: &mut dyn Iterator<Item = &Value>| -> Vec<String> {
        let mut ids: Vec<_> = events.map(|event| event["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    for column in ["person", "interaction", "event", "status"] {
        let value = then[then.len() / 2][column].as_str().unwrap();
        let question = ["export", &format!("--{column}"), value];
        let found = said(here, &[&question[..], all].concat()).await;
        let found: Vec<Value> = found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let want = ids(&mut then.iter().filter(|event| event[column] == value));
        assert!(!want.is_empty());
        assert_eq!(ids(&mut found.iter()), want, "{column} {value}");
    }
}
