//! Mistakes that anybody makes on the command line: what they are told says what, where, and what to do.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::{PATIENCE, Server, errors, finish, free_port, program, run};

const ONE: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.step","body":{"stringValue":"x"}}]}]}]}"#;

#[tokio::test]
async fn an_import_goes_where_the_running_steplog_says() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::write(here.join("one.json"), ONE).unwrap();
    let server = Server::start(here).await;
    let listen = server.address("listen");
    for (protocol, port) in [("grpc", "grpc"), ("http", "http")] {
        let output = run(here, &["import", "one.json", "--server", listen, "--protocol", protocol]).await;
        let told = errors(&output);
        assert!(output.status.success(), "{told}");
        let want = format!("importing into http://{}, where the steplog at {listen}", server.address(port));
        assert!(told.contains(&want), "{told}");
    }
    server.searchable().await;
    assert!(server.get("/health/ready").await["events"].as_u64() >= Some(1));
    // The API's own address is known as well.
    let output = run(here, &["search", "--server", &format!("http://{listen}/api/v1/"), "--json"]).await;
    assert!(output.status.success(), "{}", errors(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("a.step"));
    // A port of OTLP answers no questions, and the page takes no OTLP.
    let output = run(here, &["search", "--server", server.address("http")]).await;
    assert!(errors(&output).contains("takes OTLP and answers no questions"), "{}", errors(&output));
    let page = format!("http://{listen}");
    let output = run(here, &["import", "one.json", "--protocol", "http", "--endpoint", &page]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("the receiver refuses the records"), "{}", errors(&output));
    // It is retried, as a receiver that is just starting would be: the first reason is what matters.
    let mut import = program(here)
        .args(["import", "one.json", "--endpoint", &page])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reasons = BufReader::new(import.stderr.take().unwrap()).lines();
    let reason = tokio::time::timeout(PATIENCE, reasons.next_line()).await.unwrap().unwrap().unwrap();
    assert!(reason.contains("does a gRPC server listen there?"), "{reason}");
    import.kill().await.unwrap();
    let wrong = run(here, &["search", "(( a OR", "--server", &page]).await;
    let told = errors(&wrong);
    assert!(told.contains("3 problems:\n") && !told.contains("see `errors`"), "{told}");
    server.stop().await;

    let nobody = format!("http://127.0.0.1:{}", free_port());
    let output = run(here, &["import", "one.json", "--server", &nobody]).await;
    let told = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("does not tell where it takes OTLP; name where to send with --endpoint"), "{told}");
}

#[tokio::test]
async fn files_of_other_kinds_are_told_for_what_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::create_dir(here.join("files")).unwrap();
    std::fs::write(here.join("one.json"), ONE).unwrap();
    std::fs::write(here.join("empty.json"), "").unwrap();
    std::fs::write(here.join("list.json"), format!("[{ONE}]")).unwrap();
    std::fs::write(here.join("x.zip"), b"PK\x03\x04rest").unwrap();
    for (command, file, want) in [
        ("import", "files", "files is a directory; name files in it, such as files/*.json"),
        ("map", "files", "files is a directory"),
        ("import", "x.zip", "x.zip is a zip archive: unpack it first"),
        ("map", "list.json", "list.json is a list in JSON: write each of its objects on a line"),
        ("import", "missing.json", "cannot open missing.json"),
    ] {
        let data: &[&str] = if command == "import" { &["--data", "store"] } else { &[] };
        let output = run(here, &[&[command, file], data].concat()).await;
        assert_eq!(output.status.code(), Some(1), "{command} {file}");
        assert!(errors(&output).contains(want), "{command} {file}: {}", errors(&output));
        assert!(output.stdout.is_empty(), "{command} {file} has read nothing");
    }
    // A file without anything holds up none of the others.
    let output = run(here, &["import", "empty.json", "one.json", "--data", "store", "--json"]).await;
    assert!(
        output.status.success() && errors(&output).contains("empty.json is empty"),
        "{}",
        errors(&output)
    );
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["new"], 1);
}

#[tokio::test]
async fn a_value_that_nothing_has_is_told_with_those_that_there_are() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::write(here.join("one.json"), ONE.replace("a.step", "journey.started")).unwrap();
    let output = run(here, &["import", "one.json", "--data", "store"]).await;
    assert!(output.status.success(), "{}", errors(&output));
    let told = async |arguments: &[&str]| {
        let output = run(here, &[arguments, &["--data", "store"]].concat()).await;
        assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
        errors(&output)
    };
    let contexts = "--occurred-in shop: no event of the last 24 hours has it; there are journey";
    for command in ["search", "facets", "hotspots", "export"] {
        let told = told(&[command, "--occurred-in", "shop"]).await;
        assert!(told.contains(contexts), "{command}: {told}");
    }
    assert!(
        told(&["search", "--status", "brewing"])
            .await
            .contains("no event of the last 24 hours has it; there are in_progress")
    );
    assert!(told(&["search", "--event", "journey.startd"]).await.contains("did you mean journey.started?"));
    // What is there is not told, whatever else finds nothing.
    let other = told(&["search", "--event", "journey.started", "--person", "nobody"]).await;
    assert!(!other.contains("has it;"), "{other}");
    let days = told(&["search", "--status", "brewing", "--from", "now-2d"]).await;
    assert!(days.contains("--status brewing: no event of the period has it;"), "{days}");
    let file = told(&["export", "found.csv"]).await;
    assert!(
        file.contains("found.csv was searched for as text") && file.contains("--output found.csv"),
        "{file}"
    );
}

/// What a command that is refused as wrongly used says.
async fn refused(here: &Path, arguments: &[&str]) -> String {
    let output = run(here, arguments).await;
    let told = errors(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    told
}

#[tokio::test]
async fn flags_that_would_not_be_heeded_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::write(here.join("one.json"), ONE).unwrap();
    for command in [
        &["search"][..],
        &["show", "0123456789abcdef0123456789abcdef"],
        &["interaction", "i-1"],
        &["facets"],
        &["hotspots"],
        &["export"],
        &["import", "one.json"],
    ] {
        let both = [command, &["--data", "store", "--server", "http://127.0.0.1:1"]].concat();
        let told = refused(here, &both).await;
        assert!(told.contains("--server") && told.contains("cannot be used with"), "{told}");
    }
    for flag in [["--endpoint", "http://127.0.0.1:1"], ["--header", "a=b"], ["--protocol", "http"]] {
        let told = refused(here, &[&["import", "one.json", "--data", "store"], &flag[..]].concat()).await;
        assert!(told.contains("cannot be used with"), "{told}");
    }
    let told = refused(here, &["export", "--bom"]).await;
    assert!(told.contains("--bom is for csv"), "{told}");
    assert!(!here.join("store").exists());
    // A variable is for whoever names nothing else.
    let import = run(here, &["import", "one.json", "--data", "store"]).await;
    assert!(import.status.success(), "{}", errors(&import));
    let mut command = program(here);
    command.args(["search", "--data", "store", "--json"]).env("STEPLOG_SERVER", "http://127.0.0.1:1");
    let found = finish(&mut command).await;
    assert!(String::from_utf8_lossy(&found.stdout).contains("a.step"), "{}", errors(&found));
    let mut command = program(here);
    command.args(["search"]).env("STEPLOG_SERVER", "http://127.0.0.1:1");
    let told = errors(&finish(&mut command).await);
    assert!(told.contains("no steplog answers at http://127.0.0.1:1/") && told.contains("--data"), "{told}");
}

#[tokio::test]
async fn values_that_are_none_are_told_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::create_dir(here.join("dd")).unwrap();
    for (arguments, want) in [
        (&["interaction", ""][..], "it is empty"),
        (&["search", "--server", ""], "it is empty"),
        (&["export", "--output", ""], "it is empty"),
        (&["tail", "--from", "now-2m"], "tail follows what arrives"),
        (&["search", "--from", "30.11.2026 15:00"], "such as 2026-11-23 09:52"),
        (&["search", "--limit", "-1"], "invalid value '-1' for '--limit"),
        (&["serve", "--store-retention-days", "-1"], "invalid value '-1' for '--store-retention-days"),
        (&["export", "--output", "."], ". is a directory: name a file in it, such as ./steplog.ndjson"),
        (&["export", "--output", "dd", "--force"], "dd is a directory: name a file in it, such as dd/"),
        (&["export", "--output", "dd.csv/"], "dd.csv/ names a directory"),
    ] {
        let told = refused(here, arguments).await;
        assert!(told.contains(want), "{arguments:?}: {told}");
    }
    let help = run(here, &["tail", "--help"]).await;
    let help = String::from_utf8_lossy(&help.stdout);
    assert!(help.contains("--status") && !help.contains("--from") && !help.contains("--to "), "{help}");
}

#[tokio::test]
async fn all_mistakes_of_a_settings_file_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let text = "store-retention-days = 7\nListen = \"127.0.0.1:0\"\notlp_max_streams = 0\n\
                [mapping.colums]\nx = 1\n[links]\nshop = 1\n";
    std::fs::write(here.join("steplog.toml"), text).unwrap();
    let told = refused(here, &["check"]).await;
    for want in [
        "did you mean \"store_retention_days\"?",
        "did you mean \"listen\"?",
        "otlp_max_streams: must be",
        "colums",
        "links",
    ] {
        assert!(told.contains(want), "{want}: {told}");
    }
}

#[tokio::test]
async fn ids_that_nobody_has_are_told_with_those_that_are_near() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let id = r#""attributes":[{"key":"steplog.interaction.id","value":{"stringValue":"order-4713"}}],"body""#;
    std::fs::write(here.join("one.json"), ONE.replace("\"body\"", id)).unwrap();
    let output = run(here, &["import", "one.json", "--data", "store"]).await;
    assert!(output.status.success(), "{}", errors(&output));
    for near in ["ORDER-4713", "4713"] {
        let output = run(here, &["interaction", near, "--data", "store"]).await;
        assert_eq!(output.status.code(), Some(1));
        let told = errors(&output);
        assert!(told.contains("no event of this interaction is kept; did you mean order-4713?"), "{told}");
    }
    let output = run(here, &["interaction", "else", "--data", "store"]).await;
    assert!(
        errors(&output).trim_end().ends_with("no event of this interaction is kept"),
        "{}",
        errors(&output)
    );
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_is_told_with_what_helps() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::write(here.join("one.json"), ONE).unwrap();
    let server = Server::start(here).await;
    let told = errors(&run(here, &["search", "--data", "data"]).await);
    assert!(told.contains("a steplog runs on it; leave --data away to ask that one"), "{told}");
    server.stop().await;
    let about = here.join("data/store.json");
    let mut store: Value = serde_json::from_slice(&std::fs::read(&about).unwrap()).unwrap();
    store["format"] = 999.into();
    std::fs::write(&about, store.to_string()).unwrap();
    let told = errors(&run(here, &["search", "--data", "data"]).await);
    assert!(told.contains("has format 999, which this version"), "{told}");
    assert!(!told.contains("leave --data away"), "no steplog runs on it: {told}");
}
