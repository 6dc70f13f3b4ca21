//! Starting, keeping connections, ending them, stopping.

use std::collections::BTreeSet;
use std::sync::Arc;

use prost::Message as _;
use steplog_exporter::map::Mappings;
use steplog_exporter::{BindError, ReceiverSettings, bind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic_types::StatusExt as _;

use crate::support::clients::{channel, export, export_on, http1, post_protobuf, talk};
use crate::support::requests::{many, names, one};
use crate::support::store::{Answer, TestStore};
use crate::support::{settings, start, start_with};

#[tokio::test]
async fn a_taken_port_is_told_with_the_setting_to_change() {
    let server = start().await;
    let store = || Arc::new(TestStore::default()) as _;
    let taken = [
        (ReceiverSettings { otlp_grpc: server.grpc, ..settings() }, "--otlp-grpc", server.grpc),
        (ReceiverSettings { otlp_http: server.http, ..settings() }, "--otlp-http", server.http),
    ];
    for (settings, flag, address) in taken {
        let error = bind(settings, store(), Arc::new(Mappings::built_in())).await.err().unwrap();
        assert!(matches!(error, BindError::Address { .. }));
        let message = error.to_string();
        assert!(message.contains(flag) && message.contains(&address.to_string()), "{message}");
    }
    let contradiction = ReceiverSettings { otlp_in_flight_bytes: 1, ..settings() };
    let error = bind(contradiction, store(), Arc::new(Mappings::built_in())).await.err().unwrap();
    assert!(error.to_string().contains("--otlp-in-flight-bytes"), "{error}");
}

#[tokio::test]
async fn one_http1_connection_takes_many_requests() {
    let server = start().await;
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    for n in 0..10 {
        let body = one(&format!("step.{n}")).encode_to_vec();
        stream.write_all(&http1("", &body)).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("content-length: 0"), "{answer}");
    }
    assert_eq!(server.store.events().len(), 10);
}

#[tokio::test]
async fn refusals_keep_the_connection() {
    let server = start().await;
    let refused = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
    let taken = http1("connection: close\r\n", &one("a.b").encode_to_vec());
    let answers = talk(server.http, &[&refused[..], &taken].concat()).await;
    assert!(answers.starts_with("HTTP/1.1 404"), "{answers}");
    assert!(answers.contains("HTTP/1.1 200"), "{answers}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_at_once_lose_nothing() {
    let server = start().await;
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..8 {
        let (grpc, url) = (server.grpc, server.logs_url());
        senders.spawn(async move {
            let channel = channel(grpc).await;
            let client = reqwest::Client::new();
            for batch in 0..10 {
                let request = many(&format!("s{sender}.b{batch}"), 50);
                if sender % 2 == 0 {
                    export_on(channel.clone(), request, None).await.unwrap();
                } else {
                    let post = client.post(&url).header("content-type", "application/x-protobuf");
                    let response = post.body(request.encode_to_vec()).send().await.unwrap();
                    assert_eq!(response.status(), 200);
                }
            }
        });
    }
    while let Some(done) = senders.join_next().await {
        done.unwrap();
    }
    let names = names(&server.store.events());
    assert_eq!(names.len(), 8 * 10 * 50);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[tokio::test]
async fn requests_under_way_are_answered_when_it_stops() {
    let mut server = start().await;
    server.store.answer(Answer::Hold);
    let grpc = tokio::spawn(export(server.grpc, one("over.grpc")));
    let url = server.logs_url();
    let http = tokio::spawn(async move { post_protobuf(&url, one("over.http").encode_to_vec()).await });
    server.store.wait_for_batches(2).await;
    let idle = TcpStream::connect(server.http).await.unwrap();
    server.begin_stop();
    // An idle connection ends, new ones are not taken, and what is under way is still waited for.
    let mut idle = idle;
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0);
    while TcpStream::connect(server.grpc).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!grpc.is_finished() && !http.is_finished());
    let store = Arc::clone(&server.store);
    store.answer(Answer::Take);
    grpc.await.unwrap().unwrap();
    assert_eq!(http.await.unwrap().status, 200);
    server.stopped().await;
    assert_eq!(store.events().len(), 2);
}

#[tokio::test]
async fn the_time_to_drain_is_bounded() {
    let mut server = start_with(ReceiverSettings { otlp_drain_seconds: 1, ..settings() }).await;
    server.store.answer(Answer::Never);
    let grpc = tokio::spawn(export(server.grpc, one("a.b")));
    server.store.wait_for_batches(1).await;
    server.begin_stop();
    server.stopped().await;
    let status = grpc.await.unwrap().unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert!(status.get_details_retry_info().is_some(), "told to come again, not cut off");
}

#[tokio::test]
async fn connections_without_a_request_are_closed() {
    let server = start_with(ReceiverSettings { otlp_header_seconds: 1, ..settings() }).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for address in [server.grpc, server.http] {
        let (silent, slow, http2) = tokio::join!(
            talk(address, b""),
            talk(address, b"POST /v1/logs HTTP/1.1\r\nhost: x\r\nslow: "),
            talk(address, preface)
        );
        assert_eq!(silent, "");
        assert!(!slow.contains("200"), "{slow}");
        // The server's settings come back, no response.
        assert!(!http2.is_empty());
    }
}

#[tokio::test]
async fn idle_and_old_connections_are_closed_and_senders_come_back() {
    for settings in [
        ReceiverSettings { otlp_idle_seconds: 1, ..settings() },
        ReceiverSettings { otlp_connection_seconds: 1, ..settings() },
    ] {
        let server = start_with(settings).await;
        let channel = channel(server.grpc).await;
        export_on(channel.clone(), one("first"), None).await.unwrap();
        // This resolves when the server closes: keep-alive without a further request.
        let answer = talk(server.http, &http1("", &one("second").encode_to_vec())).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        // A call that meets the good-bye half-way is cancelled, which senders try again after.
        while let Err(status) = export_on(channel.clone(), one("third"), None).await {
            assert!(
                [tonic::Code::Cancelled, tonic::Code::Unavailable].contains(&status.code()),
                "{status:?}"
            );
        }
        assert_eq!(server.store.events().len(), 3);
    }
}

#[tokio::test]
async fn connections_beyond_the_bound_are_closed_at_once() {
    let server = start_with(ReceiverSettings { otlp_max_connections: 3, ..settings() }).await;
    let mut open = Vec::new();
    for n in 0..3 {
        let channel = channel(server.grpc).await;
        export_on(channel.clone(), one(&format!("step.{n}")), None).await.unwrap();
        open.push(channel);
    }
    assert_eq!(talk(server.http, b"").await, "");
    // Once one is free, the next is taken.
    open.pop();
    let whole = http1("connection: close\r\n", &one("a.b").encode_to_vec());
    while !talk_if_open(server.http, &whole).await.starts_with("HTTP/1.1 200") {
        tokio::task::yield_now().await;
    }
}

/// Like `talk`, but a connection that is reset is an empty answer.
async fn talk_if_open(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.write_all(bytes).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn headers_have_a_bound() {
    let server = start().await;
    let long = format!("x-long: {}\r\n", "a".repeat(200 << 10));
    let answer = talk_if_open(server.http, &http1(&long, b"")).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    export(server.grpc, one("still.alive")).await.unwrap();
}
