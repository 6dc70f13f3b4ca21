//! What the server says of what it refuses: in its log, in its health, in its metrics.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use steplog_load::otlp_client::Protocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::otlp::{attribute, message, record, request, string};
use crate::support::{Server, eventually};

async fn post(server: &Server, path: &str, kind: &str, body: impl Into<reqwest::Body>) -> u16 {
    let url = format!("http://{}{path}", server.address("http"));
    let request = reqwest::Client::new().post(url).header(CONTENT_TYPE, kind).body(body);
    request.send().await.unwrap().status().as_u16()
}

/// The warnings of the log about what came from senders, by kind.
fn warned(log: &str) -> Vec<(String, Value)> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["level"] == "WARN")
        .filter_map(|line| Some((line["kind"].as_str()?.to_owned(), line)))
        .collect()
}

#[tokio::test]
async fn the_first_refusal_of_a_kind_is_told_and_all_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let json_type = "application/json";
    for _ in 0..3 {
        assert_eq!(post(&server, "/v1development/profiles", json_type, "{}").await, 404);
        assert_eq!(post(&server, "/v1/logs", json_type, "secret").await, 400);
        assert_eq!(post(&server, "/v1/logs", "application/grpc", "").await, 503);
        assert_eq!(post(&server, "/secret/elsewhere", "text/plain", "").await, 404);
    }
    let mut late = record("secret.late", "i-1");
    late.time_unix_nano -= 400 * 86_400_000_000_000;
    let mut odd = record("secret.odd", "i-1");
    odd.time_unix_nano = 1;
    odd.attributes.push(attribute("secret", string("secret")));
    let mut unnamed = record("", "i-1");
    unnamed.body = Some(string("secret"));
    server.sender(Protocol::Http).send(&message(&request(vec![late, odd, unnamed]))).await;

    let health = server.get("/health/ready").await;
    let refused = &health["refused"];
    assert_eq!(refused["malformed"], 3, "{refused}");
    assert_eq!(refused["protocol"], 3, "{refused}");
    assert_eq!(refused["signal"], 3, "{refused}");
    assert_eq!(refused["implausible_time"], 1, "{refused}");
    assert_eq!(refused["too_old"], 1, "{refused}");
    let log = eventually("the warnings are written", async || {
        let log = server.log();
        warned(&log).iter().any(|(kind, _)| kind == "too_old").then_some(log)
    })
    .await;
    let warned = warned(&log);
    for kind in ["malformed", "protocol", "path", "signal", "implausible_time", "too_old"] {
        let lines: Vec<_> = warned.iter().filter(|(told, _)| told == kind).collect();
        assert_eq!(lines.len(), 1, "{kind}: {warned:#?}");
        assert_eq!(lines[0].1["sender"], "127.0.0.1", "{kind}");
        assert!(lines[0].1["to_do"].as_str().is_some_and(|text| text.len() > 20), "{kind}");
    }
    // The path that was asked for helps whoever looks; what was sent there is not told.
    assert!(!log.contains("secret.") && !log.contains("\"secret\""), "{log}");
    server.stop().await;
}

/// Writes to a port and reads until it closes the connection.
async fn speak(server: &Server, port: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address(port)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // What was not read of it may make the end a reset.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

#[tokio::test]
async fn a_connection_that_speaks_another_protocol_is_told_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    // The head of a ClientHello.
    let mut hello = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    hello.extend([7; 505]);
    for port in ["grpc", "http", "listen"] {
        for _ in 0..2 {
            let answer = speak(&server, port, &hello).await;
            // Some clients of TLS know plain HTTP by its answer, and say so.
            assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{port}: {answer:?}");
        }
    }
    speak(&server, "listen", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    // A sender of OTLP that was given the port of the page.
    let url = format!("http://{}/v1/logs", server.address("listen"));
    let answer = reqwest::Client::new().post(url).body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let told = answer.text().await.unwrap();
    assert!(told.contains(server.address("http")) && told.contains("--otlp-http"), "{told}");

    let health = server.get("/health/ready").await;
    assert_eq!(health["refused"], json!({"protocol": 2, "tls": 6}));
    let metrics = reqwest::get(format!("http://{}/metrics", server.address("listen"))).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("steplog_receive_connections_total{outcome=\"tls\"} 4"), "{metrics}");
    let log = eventually("the warnings are written", async || {
        let log = server.log();
        warned(&log).iter().any(|(kind, _)| kind == "protocol").then_some(log)
    })
    .await;
    let told: Vec<_> = warned(&log).into_iter().map(|(kind, line)| (kind, line["port"].clone())).collect();
    assert_eq!(told, [("tls".to_owned(), json!("otlp_grpc")), ("protocol".to_owned(), json!("query"))]);
    assert!(warned(&log).iter().all(|(_, line)| line["to_do"].as_str().unwrap().len() > 20), "{log}");
    server.stop().await;
}

#[tokio::test]
async fn gauges_of_the_servers_are_true_at_rest_and_failures_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let mut large = record("a.b", "i-1");
    large.body = Some(string(&"x".repeat(3_000_000)));
    server.sender(Protocol::Http).send(&message(&request(vec![large]))).await;
    server.sender(Protocol::Grpc).send(&message(&request(vec![record("a.c", "i-1")]))).await;
    server.searchable().await;
    server.get("/api/v1/events?limit=10").await;
    let url = format!("http://{}/metrics", server.address("listen"));
    let value = async |name: &str| {
        let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.unwrap_or_else(|| panic!("{name} is not in {text}")).parse::<f64>().unwrap()
    };
    for name in [
        "steplog_receive_in_flight_bytes",
        "steplog_receive_connections",
        "steplog_search_answer_bytes",
        "steplog_search_running",
        "steplog_export_open",
        "steplog_tail_followers",
        "steplog_panics_total",
    ] {
        eventually(name, async || (value(name).await == 0.0).then_some(())).await;
    }
    // The connection that asks.
    assert!(value("steplog_search_connections").await >= 1.0);

    let tail = reqwest::get(format!("http://{}/api/v1/tail", server.address("listen"))).await.unwrap();
    assert_eq!(value("steplog_tail_followers").await, 1.0);
    drop(tail);
    eventually("nobody follows", async || (value("steplog_tail_followers").await == 0.0).then_some(())).await;
    assert_eq!(server.get("/health/ready").await["refused"], Value::Null, "nothing was refused");
    server.stop().await;
}
