//! What README and docs tell to type works: each line of their shell blocks runs against a real server with the demo's
//! events, and has something to say.

use std::path::{Path, PathBuf};

use crate::support::otlp::{message, record, request};
use crate::support::{Server, errors, eventually, finish, program};
use crate::tidy::root;
use steplog_load::otlp_client::Protocol;

/// Lines that run elsewhere, and where.
const ELSEWHERE: [(&str, &str); 5] = [
    ("steplog serve --otlp-grpc", "tests/collector runs it beside a real Collector"),
    ("steplog serve", "it is the server of this test"),
    ("cargo test --workspace", "this is a part of it"),
    ("cargo run --release --example first_event", "the examples run against a server of their own"),
    (
        "cargo build --release && cargo run --release -p steplog-load",
        "the benchmark has a test of its own, and takes long",
    ),
];

/// Ids stand for any event, person and interaction: those of the demo are others each time.
const SHOWN_EVENT: &str = "2a3a3f86814584dafdaa6c09b354df0d";
const SHOWN_PERSON: &str = "person-0000042";
const SHOWN_INTERACTION: &str = "6ef00b4a-a643-cd55-e9f0-d202c6093f47";

/// The lines of the shell blocks of a document, without comments.
fn commands(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let (mut lines, mut inside, mut quoted) = (Vec::new(), false, false);
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
            quoted = false;
        } else if inside && !line.trim().is_empty() {
            let command = line.split("  #").next().unwrap().trim();
            let command = command.replace("cargo run --release -- ", "steplog ");
            // A quotation goes on over lines.
            match lines.last_mut().filter(|_| quoted) {
                Some(begun) => *begun = format!("{begun}\n{command}"),
                None => lines.push(command),
            }
            quoted = lines.last().is_some_and(|line: &String| line.matches('\'').count() % 2 == 1);
        }
    }
    lines
}

fn documents() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut documents: Vec<_> =
        docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    documents.push(root().join("README.md"));
    documents.sort();
    documents
}

#[tokio::test]
async fn every_command_that_is_told_works() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let server = Server::start_with(here, &["--demo"]).await;
    server
        .sender(Protocol::Grpc)
        .send(&message(&request(vec![record("first.step", "my-interaction")])))
        .await;
    eventually("the demo's events are there", async || {
        let count = server.get("/api/v1/count?from=now-2d").await["count"].as_u64().unwrap();
        (count > 20_000).then_some(())
    })
    .await;
    let page = server.get("/api/v1/events?occurred_in=journey&limit=1&to=now-1h").await;
    let shown = |name: &str| page["events"][0][name].as_str().unwrap().to_owned();
    let ids = [
        (SHOWN_EVENT, shown("id")),
        (SHOWN_PERSON, shown("person")),
        (SHOWN_INTERACTION, shown("interaction")),
    ];
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_steplog"), here.join("steplog")).unwrap();
    let mut ran = 0;
    for document in documents() {
        for told in commands(&document) {
            if ELSEWHERE.iter().any(|(command, _)| told.starts_with(command)) {
                continue;
            }
            let command = told.replace("127.0.0.1:7837", server.address("listen"));
            let mut command = command.replace("127.0.0.1:4318", server.address("http"));
            for (placeholder, id) in &ids {
                command = command.replace(placeholder, id);
            }
            works(here, &server, &command, &format!("{}: {told}", document.display())).await;
            ran += 1;
        }
    }
    assert!(ran > 20, "{ran} commands ran");
    server.stop().await;
}

/// Runs a line. What it should write it must write.
async fn works(here: &Path, server: &Server, command: &str, told: &str) {
    if let Some(url) = command.strip_prefix("curl '").and_then(|rest| rest.strip_suffix('\'')) {
        let answer = reqwest::get(url).await.unwrap();
        assert!(answer.status().is_success(), "{told}: {}", answer.text().await.unwrap());
        return;
    }
    if let Some((head, body)) = command.split_once(" -d '") {
        let url = head.split(' ').nth(1).unwrap();
        assert!(
            head.starts_with("curl ") && head.ends_with(" -H 'Content-Type: application/json'"),
            "{told}"
        );
        let sending = reqwest::Client::new().post(url).header("content-type", "application/json");
        let answer = sending.body(body.strip_suffix('\'').unwrap().to_owned()).send().await.unwrap();
        assert!(answer.status().is_success(), "{told}");
        assert_eq!(answer.text().await.unwrap(), "{}", "{told}: it is taken whole");
        // The next line may ask for it.
        server.searchable().await;
        return;
    }
    assert!(command.starts_with("steplog "), "{told}: a test must know how to run it");
    let mut shell = program(here);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(here.to_path_buf()).chain(std::env::split_paths(&path));
    let shell = shell_of(&mut shell, command)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("STEPLOG_SERVER", format!("http://{}", server.address("listen")))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", server.address("grpc")));
    let output = finish(shell).await;
    assert!(output.status.success(), "{told}: {}", errors(&output));
    let writes_a_file = ["--output", " > ", "steplog man"].iter().any(|part| command.contains(part));
    assert!(writes_a_file || !output.stdout.is_empty(), "{told}: it says nothing");
    if command.starts_with("steplog search") {
        let found = String::from_utf8_lossy(&output.stdout);
        assert!(found.starts_with('{'), "{told}: it finds nothing");
    }
}

/// A shell in place of the program, with the same surroundings.
fn shell_of<'a>(program: &'a mut tokio::process::Command, line: &str) -> &'a mut tokio::process::Command {
    let directory = program.as_std().get_current_dir().unwrap().to_path_buf();
    let removed: Vec<_> = program
        .as_std()
        .get_envs()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| name.to_owned())
        .collect();
    *program = tokio::process::Command::new("sh");
    program.args(["-c", line]).current_dir(directory).stdin(std::process::Stdio::null()).kill_on_drop(true);
    for name in removed {
        program.env_remove(name);
    }
    program
}
