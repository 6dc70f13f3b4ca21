//! Mistakes that anybody makes on the command line: what they are told says what, where, and what to do.

use serde_json::Value;

use crate::support::{Server, errors, free_port, run};

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
    let contexts = "--occurred-in shop: no event of the period has it; there are journey, chatbot, ai_agent, \
                    conversation, message";
    for command in ["search", "facets", "hotspots", "export"] {
        let told = told(&[command, "--occurred-in", "shop"]).await;
        assert!(told.contains(contexts), "{command}: {told}");
    }
    assert!(told(&["search", "--status", "brewing"]).await.contains("there are success, failure, timed_out"));
    assert!(told(&["search", "--event", "journey.startd"]).await.contains("did you mean journey.started?"));
    // What is there is not told, whatever else finds nothing.
    let other = told(&["search", "--event", "journey.started", "--person", "nobody"]).await;
    assert!(!other.contains("no event of the period"), "{other}");
    let file = told(&["export", "found.csv"]).await;
    assert!(
        file.contains("found.csv was searched for as text") && file.contains("--output found.csv"),
        "{file}"
    );
}
