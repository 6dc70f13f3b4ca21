//! The commands that ask, export and import: against a server, and over the store of a directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::otlp::{message, record, request};
use crate::support::{Server, errors, eventually, finish, program, run};
use steplog_load::otlp_client::Protocol;

/// What a command that must end well wrote.
async fn said(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A server with so many events of the last hours.
async fn filled(directory: &Path, events: u64) -> (Server, String) {
    let server = Server::start(directory).await;
    let endpoint = format!("http://{}", server.address("grpc"));
    let events = events.to_string();
    let sending = ["generate", "--spread", "20h", "--events", &events, "--endpoint", &endpoint];
    said(directory, &sending).await;
    server.searchable().await;
    let url = format!("http://{}", server.address("listen"));
    (server, url)
}

#[tokio::test]
async fn a_server_and_its_store_give_the_same_answers() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let (server, url) = filled(here, 2_000).await;
    let failed = ["search", "--status", "failure", "--limit", "7", "--sort", "time", "--from", "now-2d"];
    let rows = json_lines(&said(here, &[&failed[..], &["--server", &url]].concat()).await);
    assert_eq!(rows.len(), 7);
    assert!(rows.iter().all(|row| row["status"] == "failure"), "{rows:?}");
    let (id, interaction) = (rows[0]["id"].as_str().unwrap(), rows[0]["interaction"].as_str().unwrap());
    let questions: [&[&str]; 7] = [
        &failed,
        &["search", "--columns", "person,id", "--element-type", "message", "--from", "now-2d"],
        &["search", "delivery OR refund", "--text", "--to", "now-1h", "--from", "now-2d"],
        &["show", id],
        &["interaction", interaction],
        &["facets", "--columns", "status,event", "--status", "failure", "--from", "now-2d"],
        &["export", "--format", "csv", "--columns", "id,person", "--from", "now-2d", "--sort", "time"],
    ];
    let mut told = Vec::new();
    for question in questions {
        told.push(said(here, &[question, &["--server", &url]].concat()).await);
    }
    assert!(told.iter().all(|text| !text.is_empty()));
    let count = server.get("/api/v1/count?from=now-2d").await["count"].as_u64().unwrap();
    assert_eq!(told[6].lines().count() as u64, count + 1, "a line an event, and the head");
    people_can_read(here, &url, id, interaction).await;
    server.stop().await;
    for (question, want) in questions.into_iter().zip(told) {
        let offline = said(here, &[question, &["--data", "data"]].concat()).await;
        // The words that the text search finds are about a moving `now`.
        assert!(offline == want || question.contains(&"now-1h"), "{question:?}: {offline}\nand not\n{want}");
    }
    let nothing = run(here, &["search", "--data", "nowhere"]).await;
    assert_eq!(nothing.status.code(), Some(1));
    let whole = here.canonicalize().unwrap().join("nowhere");
    let told = format!("no store at {}", whole.display());
    assert!(errors(&nothing).contains(&told) && !whole.exists(), "{}", errors(&nothing));
}

async fn people_can_read(here: &Path, url: &str, id: &str, interaction: &str) {
    let shown = said(here, &["show", id, "--text", "--server", url]).await;
    assert!(shown.contains("Event ID") && shown.contains(id) && shown.contains("Attributes"), "{shown}");
    let way = said(here, &["interaction", interaction, "--text", "--server", url]).await;
    for part in [interaction, "Lanes", "first failure", "Outcome"] {
        assert!(way.contains(part), "{part} is not in\n{way}");
    }
    let table = said(here, &["search", "--text", "--limit", "3", "--server", url]).await;
    assert!(table.contains("Event name") && table.lines().count() == 4, "{table}");
    let nothing = said(here, &["search", "--text", "--person", "nobody", "--server", url]).await;
    assert!(nothing.contains("No events") && nothing.contains("without the filter person: "), "{nothing}");
    let hot = said(here, &["hotspots", "--text", "--from", "now-2d", "--server", url]).await;
    assert!(hot.contains("failed") && hot.contains("Cart reminder"), "{hot}");
    let unknown = run(here, &["show", &"0".repeat(32), "--server", url]).await;
    assert_eq!(unknown.status.code(), Some(1));
    assert!(errors(&unknown).contains("no event with this id"), "{}", errors(&unknown));
    let cut = run(here, &["show", &id[..12], "--server", url]).await;
    assert_eq!(cut.status.code(), Some(2));
    assert!(errors(&cut).contains("an event id has 32 hex digits"), "{}", errors(&cut));
    // What the table offers is not offered a second time behind it.
    let value = run(here, &["search", "--text", "--status", "failur", "--server", url]).await;
    let table = String::from_utf8_lossy(&value.stdout);
    assert!(table.contains("with status failure instead of failur"), "{table}");
    assert!(!errors(&value).contains("failur"), "{}", errors(&value));
    let value = run(here, &["search", "--json", "--status", "failur", "--server", url]).await;
    assert!(errors(&value).contains("did you mean failure?"), "{}", errors(&value));
    let attribute = ["search", "--columns", "id,attr.steplog.person.id", "--limit", "1", "--server", url];
    let shown = said(here, &attribute).await;
    assert!(shown.contains("\"attr.steplog.person.id\":\"person-"), "{shown}");
    let missing = ["hotspots", "--object", "Cart reminder", "--compare", "14", "nowhere", "--from", "now-2d"];
    let missing = run(here, &[&missing[..], &["--text", "--server", url]].concat()).await;
    assert!(
        errors(&missing).contains("version nowhere has no events in this period"),
        "{}",
        errors(&missing)
    );
    assert!(!String::from_utf8_lossy(&missing.stdout).contains("points"), "it looks like a change");
    let column = run(here, &["search", "--columns", "persn", "--server", url]).await;
    assert_eq!(column.status.code(), Some(2));
    assert!(errors(&column).contains("person"), "{}", errors(&column));
}

/// All events of a store by their id, without what belongs to one store: arrival number and, over OTLP, time of
/// receipt.
fn by_id(lines: &str) -> BTreeMap<String, Value> {
    let events = json_lines(lines).into_iter().map(|mut event| {
        let members = event.as_object_mut().unwrap();
        members.remove("seq");
        members.remove("received");
        (event["id"].as_str().unwrap().to_owned(), event)
    });
    events.collect()
}

#[tokio::test]
async fn what_is_exported_and_imported_is_the_same() {
    const EVENTS: usize = 20_000;
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let (server, url) = filled(here, EVENTS as u64).await;
    // Equal records of one request are events of their own, told apart by their ordinal alone.
    let equal = record("equal.step", "i-equal");
    let mut timeless = record("timeless.step", "i-equal");
    timeless.time_unix_nano = 0;
    let odd = vec![equal.clone(), equal.clone(), equal, timeless];
    server.sender(Protocol::Grpc).send(&message(&request(odd))).await;
    server.searchable().await;
    let all = ["export", "--from", "now-3d", "--sort", "time", "--server", &url];
    let original = by_id(&said(here, &all).await);
    assert_eq!(original.len(), EVENTS + 4);
    for (format, file) in [("ndjson", "all.ndjson.zst"), ("otlp-json", "all.otlp.json.gz")] {
        let to_file = ["--format", format, "--output", file];
        said(here, &[&all[..], &to_file].concat()).await;
    }
    server.stop().await;
    for file in ["all.ndjson.zst", "all.otlp.json.gz"] {
        let offline = format!("{file}.store");
        for stored in [EVENTS + 4, 0] {
            let report = said(here, &["import", file, "--data", &offline, "--json"]).await;
            let report: Value = serde_json::from_str(&report).unwrap();
            let (new, again) = (report["new"].as_u64().unwrap(), report["duplicates"].as_u64().unwrap());
            assert_eq!((new as usize, (new + again) as usize), (stored, EVENTS + 4), "{report}");
        }
        let again = by_id(&said(here, &["export", "--from", "now-3d", "--data", &offline]).await);
        same(&original, &again, file.contains("ndjson"));
    }
    let other = tempfile::tempdir().unwrap();
    let server = Server::start(other.path()).await;
    let endpoint = format!("http://{}", server.address("grpc"));
    let importing = ["import", "all.ndjson.zst", "--endpoint", &endpoint];
    for arguments in [&importing[..], &[&importing[..], &["--from-line", "19000"]].concat()] {
        said(here, arguments).await;
    }
    server.searchable().await;
    let url = format!("http://{}", server.address("listen"));
    let again = by_id(&said(here, &["export", "--from", "now-3d", "--server", &url]).await);
    same(&original, &again, true);
    server.stop().await;
}

#[track_caller]
fn same(want: &BTreeMap<String, Value>, have: &BTreeMap<String, Value>, with_receipt: bool) {
    assert_eq!(want.len(), have.len());
    for (id, event) in want {
        // Where the time was that of receipt, the record now has it as its own, and the id too.
        let timed = event["time_source"] == "received";
        let other = have.get(id).unwrap_or_else(|| panic!("{id} is missing: {event}"));
        if timed || event != other {
            let without = |event: &Value| {
                let mut event = event.clone();
                let members = event.as_object_mut().unwrap();
                for name in ["record", "flags", "time_source"] {
                    members.remove(name);
                }
                // OTLP has no place for the time of receipt; lines of whole events have.
                if timed && !with_receipt {
                    members.remove("time");
                }
                event
            };
            assert_eq!(without(event), without(other));
            assert!(timed || event["event"] == "equal.step", "{event}\nis now\n{other}");
        }
    }
}

#[tokio::test]
async fn lines_that_are_no_events_are_told_and_the_rest_is_imported() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let good = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.step","timeUnixNano":"1764000000000000000"}]}]}]}"#;
    std::fs::write(here.join("mixed.json"), format!("{good}\n{{\"x\":1}}\n{good}\n")).unwrap();
    let output = run(here, &["import", "mixed.json", "--data", "store", "--json"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("line 2 of mixed.json"), "{}", errors(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["new"], &report["duplicates"], &report["rejected"]),
        (&1.into(), &1.into(), &1.into())
    );
    let missing = run(here, &["import", "missing.json", "--data", "store"]).await;
    assert!(errors(&missing).contains("cannot open missing.json"), "{}", errors(&missing));
}

#[tokio::test]
async fn a_mapping_is_tried_on_records_without_storing_them() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let line = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[
        {"eventName":"order.failed","timeUnixNano":"1764000000000000000","attributes":[
            {"key":"acme.customer","value":{"stringValue":"c-7"}},
            {"key":"steplog.channel","value":{"stringValue":"sms"}}]},
        {"eventName":"order.made"},
        {"body":{"stringValue":"listening"}}]}]}]}"#;
    std::fs::write(here.join("records.json"), format!("{}\n{{\"x\":1}}\n", line.replace('\n', " "))).unwrap();
    std::fs::write(here.join("steplog.toml"), "[mapping.columns.person]\nappend = [\"acme.customer\"]\n")
        .unwrap();
    let output = run(here, &["map", "records.json"]).await;
    assert_eq!(output.status.code(), Some(1), "a line is no record");
    assert!(errors(&output).contains("line 2 of records.json"), "{}", errors(&output));
    let told = String::from_utf8(output.stdout).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [failed, made, unnamed] = told.as_slice() else { panic!("{told:?}") };
    let columns = &failed["columns"];
    assert_eq!(columns["person"], json!({"value": "c-7", "rule": "acme.customer"}));
    assert_eq!(columns["status"], json!({"value": "failure", "rule": "derived: name ending failed"}));
    assert_eq!(columns["channel"], json!({"value": "sms", "rule": null}));
    assert_eq!((&failed["record"], &failed["time_source"]), (&1.into(), &"record".into()));
    assert!(made["id_from"].as_str().unwrap().contains("another each time"), "{made}");
    assert_eq!(unnamed["left_out"], "unnamed");
    // As people read it, from standard input, with another mapping.
    std::fs::write(here.join("other.toml"), "[mapping.filter]\nunnamed = false\n").unwrap();
    let mut command = program(here);
    command.args(["map", "--text", "--config", "other.toml"]);
    command.stdin(std::fs::File::open(here.join("records.json")).unwrap());
    let told = String::from_utf8(finish(&mut command).await.stdout).unwrap();
    assert!(told.contains("Line 1, record 3\n") && !told.contains("acme.customer"), "{told}");
    assert!(told.contains("failure  < derived: name ending failed"), "{told}");
    assert!(!here.join("steplog-data").exists(), "nothing is stored");
}

#[tokio::test]
async fn exports_tell_how_many_and_from_where_to_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let (server, url) = filled(here, 50).await;
    let common = ["--from", "now-2d", "--sort", "time", "--server", &url];
    let csv = ["export", "--output", "part.csv", "--limit", "20"];
    let first = run(here, &[&csv[..], &common].concat()).await;
    let told = errors(&first);
    assert!(first.status.success() && told.contains("20 events in part.csv"), "{told}");
    let cursor = told.split("--cursor ").nth(1).unwrap().split(' ').next().unwrap();
    let part = std::fs::read_to_string(here.join("part.csv")).unwrap();
    assert!(part.starts_with("id,"), "the ending says the format: {part}");
    let again = run(here, &[&csv[..], &common].concat()).await;
    assert_eq!(again.status.code(), Some(2));
    assert!(errors(&again).contains("part.csv is there already; --force"), "{}", errors(&again));
    let rest = ["export", "--output", "part.csv", "--force", "--cursor", cursor];
    let rest = run(here, &[&rest[..], &common].concat()).await;
    assert!(errors(&rest).contains("30 events in part.csv"), "{}", errors(&rest));
    server.stop().await;
}

#[tokio::test]
async fn what_is_good_is_imported_before_a_damaged_place_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let good = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.step","timeUnixNano":"1764000000000000000"}]}]}]}"#;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    std::io::Write::write_all(&mut encoder, format!("{good}\n{{\"x\":\"").as_bytes()).unwrap();
    std::io::Write::write_all(&mut encoder, &vec![b'y'; 1 << 20]).unwrap();
    let mut cut = encoder.finish().unwrap();
    cut.truncate(600_000);
    std::fs::write(here.join("cut.json.gz"), cut).unwrap();
    let output = run(here, &["import", "cut.json.gz", "--data", "store", "--json"]).await;
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["new"], 1, "{report}");
    assert!(errors(&output).contains("--from-line 2"), "{}", errors(&output));
}

/// Starts a command, waits for a part of what it says, interrupts it and gives how it ended and all that it said.
async fn interrupted(command: &mut tokio::process::Command, part: &str) -> (Option<i32>, String) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = String::new();
    while !told.contains(part) {
        told += &lines.next_line().await.unwrap().expect("it goes on");
    }
    let process = child.id().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args(["-INT", &process]).status().await.unwrap().success());
    while let Some(line) = lines.next_line().await.unwrap() {
        told += &line;
    }
    (child.wait().await.unwrap().code(), told)
}

#[tokio::test]
async fn one_ctrl_c_ends_what_waits() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let nobody = format!("http://127.0.0.1:{}", crate::support::free_port());
    let good = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.step","timeUnixNano":"1764000000000000000"}]}]}]}"#;
    std::fs::write(here.join("one.json"), good).unwrap();
    let mut command = program(here);
    command.args(["import", "one.json", "--endpoint", &nobody]);
    let (code, told) = interrupted(&mut command, "trying again").await;
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("begin anew"), "{told}");
    let mut command = program(here);
    command.args(["generate", "--events", "10", "--endpoint", &nobody]);
    let (code, told) = interrupted(&mut command, "nothing is taken at").await;
    assert_eq!(code, Some(130), "{told}");
    // Standard input that never says anything more: reading it cannot be interrupted, the command can.
    let mut command = program(here);
    command.args(["import", "-", "--data", "store"]).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let many = format!("{good}\n{}\n", "{\"bad\":1}").repeat(3_000);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let feeding = tokio::spawn(async move {
        tokio::io::AsyncWriteExt::write_all(&mut stdin, many.as_bytes()).await.unwrap();
        stdin
    });
    let first = lines.next_line().await.unwrap().unwrap();
    assert!(first.contains("line 2 of standard input"), "{first}");
    let process = child.id().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args(["-INT", &process]).status().await.unwrap().success());
    let mut told = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        told += &line;
    }
    assert_eq!(child.wait().await.unwrap().code(), Some(130), "{told}");
    assert!(told.contains("--from-line") || told.contains("begin anew"), "{told}");
    drop(feeding);
}

#[tokio::test]
async fn what_arrives_is_followed_and_gone_on_with() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let url = format!("http://{}", server.address("listen"));
    let mut command = program(directory.path());
    command.args(["tail", "--person", "!nobody", "--last-event-id", "0", "--server", &url]);
    let mut tail = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    for name in ["one.step", "two.step"] {
        server.sender(Protocol::Grpc).send(&message(&request(vec![record(name, "i-tail")]))).await;
        let line = lines.next_line().await.unwrap().unwrap();
        let row: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(row["event"], name);
    }
    // Whoever reads goes away: the next event ends it, quietly.
    drop(lines);
    let ended = eventually("the tail ends", async || {
        server.sender(Protocol::Grpc).send(&message(&request(vec![record("more.step", "i-tail")]))).await;
        tail.try_wait().unwrap()
    });
    assert!(ended.await.success());
    server.stop().await;
}

#[tokio::test]
async fn shells_and_manuals_know_the_commands() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = said(here, &["completions", shell]).await;
        assert!(script.contains("hotspots") && script.contains("occurred-in"), "{shell}");
    }
    said(here, &["man", "pages"]).await;
    for page in ["steplog.1", "steplog-search.1", "steplog-import.1"] {
        let page = std::fs::read_to_string(here.join("pages").join(page)).unwrap();
        assert!(page.contains(".SH NAME"), "{page}");
    }
}
