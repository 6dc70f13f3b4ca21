//! Invented events stay apart from those of the user, and a directory is what its user thinks it is.

use steplog_load::otlp_client::Protocol;

use crate::support::otlp::{message, record, request};
use crate::support::{Server, errors, eventually, run};

/// Serves nothing for long: the ports are free ones, and what starts is expected to refuse.
const PORTS: [&str; 6] =
    ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"];

async fn refused(directory: &std::path::Path, flags: &[&str]) -> String {
    let output = run(directory, &[&["serve"], flags, &PORTS].concat()).await;
    assert!(!output.status.success());
    errors(&output)
}

#[tokio::test]
async fn the_demo_says_so_and_fills_only_what_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let total = |count: serde_json::Value| count["count"].as_u64().unwrap();
    let server = Server::start_with(directory.path(), &["--demo"]).await;
    let whole = eventually("the demo's events are there", async || {
        let count = total(server.get("/api/v1/count?from=now-2d").await);
        (count > 19_000).then_some(count)
    })
    .await;
    let page = reqwest::get(format!("http://{}/", server.address("listen"))).await.unwrap();
    assert!(page.text().await.unwrap().contains("<html data-demo "));
    server.stop().await;

    let server = Server::start_with(directory.path(), &["--demo"]).await;
    server.searchable().await;
    let again = total(server.get("/api/v1/count?from=now-2d").await);
    assert!(again < whole + 5_000, "{whole} events became {again}");
}

#[tokio::test]
async fn the_demo_leaves_a_store_of_own_events_alone() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let sent = message(&request(vec![record("order.shipped", "i-own")]));
    server.sender(Protocol::Grpc).send(&sent).await;
    let page = reqwest::get(format!("http://{}/", server.address("listen"))).await.unwrap();
    assert!(!page.text().await.unwrap().contains("data-demo"));
    server.stop().await;
    let said = refused(directory.path(), &["--demo", "--data", "data"]).await;
    assert!(said.contains("of your own") && said.contains("steplog-demo"), "{said}");
}

#[tokio::test]
async fn a_directory_within_a_store_is_no_store() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let sent = message(&request(vec![record("order.shipped", "i-own")]));
    server.sender(Protocol::Grpc).send(&sent).await;
    server.stop().await;
    for flags in [["--data", "data/default"]] {
        let said = refused(directory.path(), &flags).await;
        assert!(said.contains("is a part of the store at") && said.contains("--data"), "{said}");
    }
    std::fs::create_dir(directory.path().join("photos")).unwrap();
    std::fs::write(directory.path().join("photos/cat.jpg"), "x").unwrap();
    let output = run(directory.path(), &["check", "--data", "photos"]).await;
    assert!(!output.status.success());
    assert!(errors(&output).contains("is no store: it holds other things, such as cat.jpg"));
}
