//! What `check`, `serve` and whoever asks say of a directory that is no store.

use std::path::Path;

use crate::support::{Server, errors, run};

/// What each command says of the directory, which must end it.
async fn refused(here: &Path, data: &str) -> Vec<String> {
    let ports = ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"];
    let commands = [vec!["check"], [&["serve"], &ports[..]].concat(), vec!["search"]];
    let mut told = Vec::new();
    for command in commands {
        let output = run(here, &[&command[..], &["--data", data]].concat()).await;
        assert_eq!(output.status.code(), Some(1), "{command:?} {data}: {}", errors(&output));
        told.push(errors(&output));
    }
    told
}

#[tokio::test]
async fn a_directory_that_is_no_store_is_told_by_every_command() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    // A store is one from its first opening on, without any event.
    Server::start(here).await.stop().await;
    assert!(here.join("data/store.json").exists());
    assert!(run(here, &["check", "--data", "data"]).await.status.success());
    std::fs::create_dir_all(here.join("data/default/2026-11-29/index")).unwrap();
    std::fs::write(here.join("file"), "no directory").unwrap();
    for within in ["data/default", "data/default/2026-11-29", "data/default/2026-11-29/index", "data/other"] {
        for told in refused(here, within).await {
            assert!(
                told.contains("is a part of the store at") && told.contains("--data"),
                "{within}: {told}"
            );
        }
    }
    for told in [refused(here, "file").await, refused(here, "file/below").await].concat() {
        assert!(told.contains("it is a file"), "{told}");
    }
    std::fs::create_dir(here.join("empty")).unwrap();
    std::fs::create_dir(here.join("foreign")).unwrap();
    std::fs::write(here.join("foreign/notes.txt"), "mine").unwrap();
    let check = async |data: &str, want: &str| {
        let output = run(here, &["check", "--data", data]).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).contains(want), "{data}: {}", errors(&output));
        assert!(errors(&output).contains("the settings are sound, but"), "{}", errors(&output));
        let search = run(here, &["search", "--data", data]).await;
        assert!(errors(&search).contains("there is no store at"), "{}", errors(&search));
    };
    check("empty", "is empty").await;
    check("foreign", "such as notes.txt").await;
    check("nowhere", "there is no directory nowhere").await;
    assert_eq!(std::fs::read_dir(here.join("empty")).unwrap().count(), 0, "looking makes nothing");
}

#[tokio::test]
async fn times_are_in_the_zone_that_was_asked_for_and_flags_stand_anywhere() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let record = r#"{"eventName":"a.step","timeUnixNano":"1764000000000000000","attributes":[{"key":"steplog.interaction.id","value":{"stringValue":"i-1"}}]}"#;
    let line = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#);
    std::fs::write(here.join("one.json"), line).unwrap();
    let said = async |arguments: &[&str]| {
        let output = run(here, &[arguments, &["--data", "data"]].concat()).await;
        assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
        (String::from_utf8_lossy(&output.stdout).into_owned(), errors(&output))
    };
    let (report, _) = said(&["--json", "import", "one.json"]).await;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&report).unwrap()["new"], 1);
    let ask = ["search", "--from", "2025-11-24 21:00", "--to", "2025-11-24 22:00", "--tz", "+05:00"];
    let (table, told) = said(&[&["--text"], &ask[..]].concat()).await;
    assert!(table.contains("2025-11-24 +05:00") && table.contains("21:00:00.000"), "{table}");
    assert!(told.contains("1 event; times in +05:00"), "{told}");
    let (row, _) = said(&[&ask[..], &["--json"]].concat()).await;
    let row: serde_json::Value = serde_json::from_str(&row).unwrap();
    assert_eq!(row["time"], "2025-11-24T16:00:00.000000000Z", "JSON has UTC");
    let chosen = ["--columns", "event,time,id,object", "--text"];
    let (table, _) = said(&[&ask[..], &chosen].concat()).await;
    assert!(table.contains("21:00:00.000") && table.contains(row["id"].as_str().unwrap()), "{table}");
    let (shown, _) = said(&["show", row["id"].as_str().unwrap(), "--text", "--tz", "Europe/Zagreb"]).await;
    assert!(shown.contains("2025-11-24 17:00:00.000 +01:00"), "{shown}");
    let (way, _) = said(&["interaction", "i-1", "--text", "--tz", "Asia/Kathmandu"]).await;
    assert!(way.contains("Time (+05:45)") && way.contains("21:45:00.000"), "{way}");
    let mapped = run(here, &["map", "one.json", "--text", "--tz", "+05:00"]).await;
    let mapped = String::from_utf8_lossy(&mapped.stdout).into_owned();
    assert!(mapped.contains("2025-11-24 21:00:00.000 +05:00"), "{mapped}");
}
