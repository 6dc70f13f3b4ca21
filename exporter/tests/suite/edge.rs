//! What both ports ask of every request: its name, its media type, its half-closed connection; and that a failure
//! within is answered.

use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::clients::{
    Answer, channel, export, export_raw, framed, grpc_raw, http1, post, post_json, post_protobuf, talk,
};
use crate::support::compress::compress;
use crate::support::requests::{many, one};
use crate::support::store::Answer as StoreAnswer;
use crate::support::{Server, settings, start, start_with};

fn refused(server: &Server, kind: &str) -> u64 {
    server.refusals.totals().get(kind).copied().unwrap_or_default()
}

#[tokio::test]
async fn a_failure_within_is_answered_and_others_go_on() {
    let server = start().await;
    server.store.answer(StoreAnswer::Panic);
    let status = export(server.grpc, one("a.b")).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Internal);
    let answer = post_json(
        &server.logs_url(),
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.b"}]}]}]}"#,
    )
    .await;
    assert_eq!(answer.status, 500);
    let told = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(told.contains("failed within") && !told.contains("secret"), "{told}");
    assert_eq!(refused(&server, "internal"), 2);
    server.store.answer(StoreAnswer::Take);
    export(server.grpc, one("a.b")).await.unwrap();
}

#[tokio::test]
async fn half_closed_connections_are_answered_on_both_ports() {
    let server = start().await;
    for (address, name) in [(server.http, "http"), (server.grpc, "grpc")] {
        for n in 0..10 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let body = many(&format!("{name}.{n}"), 100).encode_to_vec();
            stream.write_all(&http1("", &body)).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        }
    }
    assert_eq!(server.store.events().len(), 2_000);
}

#[tokio::test]
async fn either_port_takes_either_protocol() {
    let server = start().await;
    for (address, name) in [(server.http, "http"), (server.grpc, "grpc")] {
        let message = |protocol| one(&format!("{name}.{protocol}"));
        export(address, message("grpc")).await.unwrap();
        let url = format!("http://{address}/v1/logs");
        post_protobuf(&url, message("protobuf").encode_to_vec()).await.exported();
        let json = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"eventName":"{name}.json"}}]}}]}}]}}"#
        );
        assert_eq!(post_json(&url, json).await.json().to_string(), "{}");
        let kind = [("content-type", "application/x-protobuf")];
        let over_http2 = message("http2").encode_to_vec().into();
        let (response, _, body) = grpc_raw(address, "/v1/logs", &kind, over_http2).await;
        assert_eq!((response.status().as_u16(), &*body), (200, &b""[..]), "HTTP over HTTP/2");
        // What is wrong is told in the protocol that was spoken, whatever the port.
        let status = export_raw(address, &[], framed(false, b"no message")).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
        assert_eq!(post_json(&url, "no json").await.status, 400);
        let mut health = tonic_health::pb::health_client::HealthClient::new(channel(address).await);
        health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
    }
    assert_eq!(server.store.events().len(), 8);
    assert_eq!(server.refusals.totals(), [("malformed", 4)].into());
}

#[tokio::test]
async fn grpc_by_a_proxy_that_speaks_http1_is_to_be_sent_again_and_told() {
    let server = start().await;
    for address in [server.http, server.grpc] {
        let url = format!("http://{address}{}", crate::support::clients::EXPORT);
        let answer =
            post(&url, &[("content-type", "application/grpc")], framed(false, &one("a.b").encode_to_vec()))
                .await;
        // Clients of gRPC read UNAVAILABLE from this status, and senders try again after that.
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
        let told = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(told.contains("HTTP/2") && told.contains("grpc_pass"), "{told}");
    }
    assert_eq!(refused(&server, "protocol"), 2);
    assert!(server.store.events().is_empty());
}

#[tokio::test]
async fn a_name_that_is_not_its_own_is_refused_until_it_is_set_on_both_ports() {
    let named = steplog_exporter::ReceiverSettings {
        allowed_hosts: vec!["otel.example.com".to_owned()],
        ..settings()
    };
    let server = start_with(named).await;
    let send = async |host: &str| {
        let body = one("a.b").encode_to_vec();
        let request = String::from_utf8_lossy(&http1("connection: close\r\n", b""))
            .replace("host: x", &format!("host: {host}"));
        let head = request.replace("content-length: 0", &format!("content-length: {}", body.len()));
        talk(server.http, &[head.as_bytes(), &body].concat()).await
    };
    for host in [
        "localhost:4318",
        "127.0.0.1",
        "[::1]:4318",
        "steplog:4318",
        "host.docker.internal",
        "otel.example.com",
    ] {
        let answer = send(host).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
    }
    let stored = server.store.events().len();
    for host in ["evil.example:4318", "localhost.evil.example", "a b"] {
        let answer = send(host).await;
        assert!(
            answer.starts_with("HTTP/1.1 503") && answer.contains("--query-allowed-hosts"),
            "{host}: {answer}"
        );
    }
    // A page that was made to lead here, asking first whether it may send.
    let preflight = b"OPTIONS /v1/logs HTTP/1.1\r\nhost: evil.example\r\norigin: http://evil.example\r\nconnection: close\r\n\r\n";
    assert!(talk(server.http, preflight).await.starts_with("HTTP/1.1 503"));
    let stranger = tonic::transport::Channel::from_shared(format!("http://{}", server.grpc)).unwrap();
    let stranger = stranger.origin("http://evil.example".parse().unwrap()).connect().await.unwrap();
    let status = crate::support::clients::export_on(stranger, one("a.b"), None).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert!(status.message().contains("evil.example"), "{status:?}");
    assert_eq!(server.store.events().len(), stored);
    assert_eq!(refused(&server, "host"), 5);
}

#[tokio::test]
async fn grpc_web_is_not_grpc() {
    let server = start().await;
    for kind in [
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/grpc-web-text",
        "application/grpcx",
    ] {
        let body = framed(false, &one("a.b").encode_to_vec());
        for address in [server.http, server.grpc] {
            let answer =
                post(&format!("http://{address}/v1/logs"), &[("content-type", kind)], body.clone()).await;
            assert_eq!(answer.status, 415, "{kind}: {answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{kind}");
            let (response, _, _) =
                grpc_raw(address, crate::support::clients::EXPORT, &[("content-type", kind)], body.clone())
                    .await;
            // A path of gRPC is told first.
            assert_eq!(response.status(), 404, "{kind} over HTTP/2");
        }
    }
    assert!(server.store.events().is_empty());
}

#[tokio::test]
async fn zeros_behind_gzip_are_padding() {
    let server = start().await;
    let headers = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    for (padding, status) in [(&[0; 8][..], 200), (&[0; 5_000], 200), (b"\0\0x", 400), (b"x\0\0", 400)] {
        let body = [&compress("gzip", &one("a.b").encode_to_vec()), padding].concat();
        assert_eq!(post(&server.logs_url(), &headers, body).await.status, status, "{} bytes", padding.len());
    }
}

#[tokio::test]
async fn the_headers_that_pages_may_send_are_a_setting() {
    for (set, want) in [(vec!["traceparent", "x-api-key"], true), (vec!["*"], true), (vec![], false)] {
        let settings = steplog_exporter::ReceiverSettings {
            otlp_cors_origins: vec!["https://app.example.com".to_owned()],
            otlp_cors_headers: set.iter().map(|&header| header.to_owned()).collect(),
            ..settings()
        };
        let server = start_with(settings).await;
        let request = reqwest::Client::new()
            .request(reqwest::Method::OPTIONS, server.logs_url())
            .header("origin", "https://app.example.com")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,traceparent,x-api-key");
        let answer = Answer::of(request.send().await.unwrap()).await;
        let headers = answer.header("access-control-allow-headers").unwrap();
        assert!(headers.contains("authorization"), "{set:?}: {headers}");
        assert_eq!(
            headers.contains("traceparent") && headers.contains("x-api-key"),
            want,
            "{set:?}: {headers}"
        );
    }
}

#[tokio::test]
async fn what_is_refused_is_counted_by_kind() {
    let server = start().await;
    export(server.grpc, many("x", 2)).await.unwrap();
    post_json(&server.logs_url(), "no json").await;
    post_json(&server.logs_url().replace("logs", "metrics"), "{}").await;
    post_json(&server.logs_url().replace("v1/logs", "elsewhere"), "{}").await;
    let early =
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.b","timeUnixNano":"1"},7]}]}]}"#;
    post_json(&server.logs_url(), early).await;
    let totals = server.refusals.totals();
    for kind in ["malformed", "path", "implausible_time", "record_malformed"] {
        assert_eq!(totals.get(kind), Some(&1), "{kind}: {totals:?}");
    }
}
