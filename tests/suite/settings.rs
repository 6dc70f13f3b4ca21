//! Settings: the README's table is the program's own; errors say what, where and what to do; flags win.

use std::path::Path;
use std::process::Output;

use crate::support::{Server, errors, finish, free_port, program, run};

const BEGIN: &str = "<!-- settings: written by `steplog check --table readme` -->\n";
const END: &str = "<!-- end of settings -->";

#[test]
fn the_settings_that_are_told_are_those_that_the_program_has() {
    let read =
        |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let readme = read("README.md");
    let (_, after) = readme.split_once(BEGIN).expect("the README has the table");
    let (table, _) = after.split_once(END).unwrap();
    assert_eq!(table, steplog::config::short_table(), "paste the output of `steplog check --table readme`");
    let page = read("docs/settings.md");
    assert_eq!(
        page,
        steplog::config::settings_page(),
        "write it: steplog check --table docs > docs/settings.md"
    );
    let mapping = read("docs/mapping.md");
    let told = "write it: steplog check --table mapping > docs/mapping.md";
    assert_eq!(mapping, steplog_exporter::map::page(), "{told}");
}

#[tokio::test]
async fn variables_that_are_misspelt_or_have_wrong_values_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let with = async |name: &str, value: &str, arguments: &[&str]| {
        finish(program(here).env(name, value).args(arguments)).await
    };
    for command in ["check", "search", "serve"] {
        let output = with("STEPLOG_STORE_RETENTION_DAY", "1", &[command]).await;
        check_failure(
            &output,
            2,
            &["STEPLOG_STORE_RETENTION_DAY:", "did you mean STEPLOG_STORE_RETENTION_DAYS?"],
        );
    }
    let output = with("STEPLOG_SERVR", "http://127.0.0.1:1", &["search"]).await;
    check_failure(&output, 2, &["did you mean STEPLOG_SERVER?"]);
    let output = with("STEPLOG_DEMO", "1", &["check"]).await;
    check_failure(&output, 2, &["'1'", "--demo", "write true or false", "environment variable STEPLOG_DEMO"]);
    // What Kubernetes sets where a service has this name.
    assert!(with("STEPLOG_PORT_4317_TCP_ADDR", "10.0.0.1", &["check", "--print"]).await.status.success());
}

#[tokio::test]
async fn flags_win_over_the_environment_which_wins_over_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let text = "listen = \"127.0.0.1:1\"\notlp_grpc = \"127.0.0.1:1\"\notlp_http = \"127.0.0.1:1\"\n";
    std::fs::write(directory.path().join("steplog.toml"), text).unwrap();
    let mut command = program(directory.path());
    command.env("STEPLOG_OTLP_GRPC", "127.0.0.1:2").env("STEPLOG_LISTEN", "127.0.0.1:2");
    let output = finish(command.args(["check", "--print", "--listen", "127.0.0.1:3"])).await;
    let printed = String::from_utf8(output.stdout).unwrap();
    let told = |name: &str| {
        let line = printed.lines().find(|line| line.split(' ').next() == Some(name)).unwrap();
        line.split_once('=').unwrap().1.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(told("listen"), "127.0.0.1:3 # --listen");
    assert_eq!(told("otlp_grpc"), "127.0.0.1:2 # STEPLOG_OTLP_GRPC");
    assert_eq!(told("otlp_http"), "127.0.0.1:1 # steplog.toml:3");
    assert_eq!(told("store_zstd_level"), "1 # default");
}

#[tokio::test]
async fn settings_are_read_by_their_names_of_before() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("steplog.toml"), "query_timeout_ms = 7\n").unwrap();
    let mut command = program(directory.path());
    command.env("STEPLOG_QUERY_WRITE_TIMEOUT_MS", "9");
    let output = finish(command.args(["check", "--print", "--query-header-timeout-ms", "8"])).await;
    let printed = String::from_utf8(output.stdout).unwrap();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    let printed: Vec<_> = printed.lines().map(words).collect();
    for line in [
        "query_timeout_millis = 7 # steplog.toml:1",
        "query_write_timeout_millis = 9 # STEPLOG_QUERY_WRITE_TIMEOUT_MS",
        "query_header_timeout_millis = 8 # --query-header-timeout-millis",
    ] {
        assert!(printed.iter().any(|printed| printed == line), "{line}: {printed:#?}");
    }
}

#[tokio::test]
async fn mapping_and_links_are_printed_with_their_origin() {
    let directory = tempfile::tempdir().unwrap();
    let text = "[mapping.columns.person]\nprepend = [\"acme.customer\"]\n[mapping.filter]\nunnamed = false\n\
                [links]\nperson = {label = \"Profile\", url = \"https://crm.example/{person}\"}\n";
    std::fs::write(directory.path().join("steplog.toml"), text).unwrap();
    let output = run(directory.path(), &["check", "--print"]).await;
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in [
        "mapping.columns.person.sources = \"acme.customer\"  # steplog.toml:2",
        "mapping.columns.person.sources = \"steplog.person.id\"  # built in",
        "mapping.filter.unnamed = false  # steplog.toml:4",
        "mapping.filter.tracing_default_names = true  # built in",
        "links.person = { label = \"Profile\", url = \"https://crm.example/{person}\" }  # steplog.toml:6",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is not in {printed}");
    }
    let place = |line: &str| printed.lines().position(|printed| printed.contains(line)).unwrap();
    assert!(place("acme.customer") < place("steplog.person.id"), "in the order in which they are tried");
}

#[track_caller]
fn check_failure(output: &Output, code: i32, parts: &[&str]) {
    let told = errors(output);
    assert_eq!(output.status.code(), Some(code), "{told}");
    for part in parts {
        assert!(told.contains(part), "{part:?} is not in {told:?}");
    }
}

#[tokio::test]
async fn wrong_settings_are_told_with_their_place_and_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    check_failure(&run(here, &["serve", "--lisen", "x"]).await, 2, &["--lisen", "--listen"]);
    check_failure(&run(here, &["serve", "--listen", "here"]).await, 2, &["here", "--listen"]);
    check_failure(&run(here, &["serve", "--log", "info,,=x"]).await, 2, &["--log"]);
    let public = run(here, &["serve", "--listen", "0.0.0.0:0"]).await;
    check_failure(&public, 2, &["--listen 0.0.0.0:0", "authenticate", "--allow-public"]);
    let mut command = program(here);
    let output = finish(command.env("STEPLOG_LISTEN", "here").arg("check")).await;
    check_failure(&output, 2, &["STEPLOG_LISTEN"]);
    std::fs::write(here.join("steplog.toml"), "otlp_gprc = \"127.0.0.1:1\"\nlisten = 7\n").unwrap();
    let wants = ["steplog.toml:1:1", "otlp_gprc", "did you mean \"otlp_grpc\"", "steplog.toml:2:10"];
    check_failure(&run(here, &["serve"]).await, 2, &wants);
    check_failure(&run(here, &["check"]).await, 2, &wants);
    std::fs::write(here.join("steplog.toml"), "[mapping.columns.persn]\nappend = [\"x\"]\n").unwrap();
    check_failure(&run(here, &["check"]).await, 2, &["steplog.toml", "persn"]);
}

#[tokio::test]
async fn what_is_taken_or_wrong_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let server = Server::start(here).await;
    let free = "127.0.0.1:0";
    let ports = ["--otlp-grpc", free, "--otlp-http", free, "--listen", free];
    let data = here.join("data").display().to_string();
    let second = run(here, &[&["serve", "--data", &data], &ports[..]].concat()).await;
    check_failure(&second, 1, &[&data, "another steplog process", "--data"]);
    for (flag, name) in [("--listen", "listen"), ("--otlp-grpc", "grpc"), ("--otlp-http", "http")] {
        let taken = server.address(name);
        let others: Vec<&str> = ports.chunks(2).filter(|pair| pair[0] != flag).flatten().copied().collect();
        let arguments = [&["serve", "--data", "other", flag, taken], &others[..]].concat();
        check_failure(&run(here, &arguments).await, 1, &[taken, flag, "choose another"]);
    }
    std::fs::write(here.join("file"), "no directory").unwrap();
    let wrong = run(here, &[&["serve", "--data", "file"], &ports[..]].concat()).await;
    check_failure(&wrong, 1, &["cannot use file: it is a file", "writable"]);
    server.stop().await;
}

#[tokio::test]
async fn wrong_questions_are_told_on_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let server = Server::start(here).await;
    let url = format!("http://{}", server.address("listen"));
    check_failure(&run(here, &["search", "--stauts", "x"]).await, 2, &["--stauts", "--status"]);
    let wrong = run(here, &["search", "(a", "--from", "now-1y", "--server", &url]).await;
    check_failure(&wrong, 2, &["q", "parenthesis", "from", "now-1y"]);
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let output = run(here, &["search", "--server", &nobody]).await;
    check_failure(&output, 1, &[&nobody, "steplog serve", "--server"]);
    let (status, problem) = server.ask("/api/v1/events/00000000000000000000000000000000").await;
    assert_eq!((status, &problem["title"]), (404, &"There is no such event".into()));
    let (status, problem) = server.ask("/api/v1/events?stauts=x&sort=up").await;
    assert_eq!((status, problem["errors"].as_array().unwrap().len()), (400, 2), "{problem}");
    // Either port takes either protocol.
    let (grpc, http) = (server.address("grpc"), format!("http://{}", server.address("http")));
    for (protocol, endpoint) in [("http", &format!("http://{grpc}")), ("grpc", &http)] {
        let sending = ["generate", "--protocol", protocol, "--events", "1", "--endpoint", endpoint];
        let output = run(here, &sending).await;
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    }
    let output = run(here, &["search", "--server", &http]).await;
    check_failure(&output, 1, &["HTTP 404", "it takes OTLP and answers no questions", "--server"]);
    server.stop().await;
}
