//! Transport over HTTP.

use http::Method;
use prost::Message as _;
use reqwest::Client;
use tonic::Code;

use crate::support::clients::{Answer, http1, post, post_json, post_protobuf, talk};
use crate::support::requests::{many, one, record_of};
use crate::support::{settings, start, start_with};

#[tokio::test]
async fn protobuf_and_json_arrive_and_are_answered_in_kind() {
    let server = start().await;
    let sent = one("journey.started");
    let answer = post_protobuf(&server.logs_url(), sent.encode_to_vec()).await;
    assert_eq!(answer.exported().partial_success, None);
    assert!(answer.body.is_empty());
    let event = server.store.only_event();
    assert_eq!(record_of(&event), sent.resource_logs[0].scope_logs[0].log_records[0]);
    let answer = post_json(&server.logs_url(), "{}").await;
    assert_eq!((answer.status, answer.json()), (200, serde_json::json!({})));
}

#[tokio::test]
async fn content_types_are_media_types() {
    let server = start().await;
    let body = one("a.b").encode_to_vec();
    for (content_type, body, want) in [
        ("application/x-protobuf", body.clone(), "application/x-protobuf"),
        ("application/protobuf", body.clone(), "application/x-protobuf"),
        ("application/x-protobuf; charset=utf-8", body.clone(), "application/x-protobuf"),
        ("APPLICATION/X-PROTOBUF", body.clone(), "application/x-protobuf"),
        ("application/json", b"{}".to_vec(), "application/json"),
        ("application/json; charset=utf-8", b"{}".to_vec(), "application/json"),
        ("application/json;charset=UTF-8", b"{}".to_vec(), "application/json"),
    ] {
        let answer = post(&server.logs_url(), &[("content-type", content_type)], body).await;
        assert_eq!(answer.status, 200, "{content_type}");
        assert_eq!(answer.header("content-type"), Some(want), "{content_type}");
    }
    for content_type in ["text/plain", "application/xml", "application/jsonp", ""] {
        let answer = post(&server.logs_url(), &[("content-type", content_type)], body.clone()).await;
        assert_eq!(answer.status, 415, "{content_type}");
        assert!(answer.json()["message"].as_str().unwrap().contains("application/x-protobuf"));
    }
    let missing = post(&server.logs_url(), &[], body).await;
    assert_eq!(missing.status, 415);
    assert_eq!(missing.json()["code"], i32::from(Code::InvalidArgument));
}

#[tokio::test]
async fn other_paths_get_a_hint() {
    let server = start().await;
    for (path, words) in [
        ("/", "/v1/logs"),
        ("/v1/log", "/v1/logs"),
        ("/v1/logs/more", "/v1/logs"),
        ("/v1/traces/1", "/v1/traces"),
        ("/v1development/profiles", "no profiles"),
    ] {
        let url = format!("http://{}{path}", server.http);
        let answer = post_protobuf(&url, one("a.b").encode_to_vec()).await;
        assert_eq!(answer.status, 404, "{path}");
        let status = answer.status_message();
        assert_eq!(status.code, i32::from(Code::Unimplemented), "{path}");
        assert!(status.message.contains(words), "{path}: {}", status.message);
        let answer = post_json(&url, "{}").await;
        assert!(answer.json()["message"].as_str().unwrap().contains(words), "{path}");
    }
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn the_ending_of_a_path_is_enough() {
    let server = start().await;
    for path in ["/v1/logs/", "//v1/logs", "/v1/logs/v1/logs", "/v1/traces/v1/logs", "/prefix/v1/logs"] {
        let url = format!("http://{}{path}", server.http);
        post_protobuf(&url, one(path).encode_to_vec()).await.exported();
    }
    assert_eq!(server.store.events().len(), 5);
    for (path, key) in [("/v1/logs/v1/traces", "resourceSpans"), ("/v1/metrics/", "resourceMetrics")] {
        let answer = post_json(&format!("http://{}{path}", server.http), format!(r#"{{"{key}":[]}}"#)).await;
        assert_eq!((answer.status, answer.json()), (200, serde_json::json!({})), "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_told_which() {
    let server = start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let response = Client::new().request(method.clone(), server.logs_url()).send().await.unwrap();
        let answer = Answer::of(response).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("POST"));
        assert!(answer.json()["message"].as_str().unwrap().contains("POST"));
    }
}

#[tokio::test]
async fn malformed_is_400_with_a_status_in_kind() {
    let server = start().await;
    let answer = post_protobuf(&server.logs_url(), "certainly no protobuf").await;
    assert_eq!(answer.status, 400);
    let status = answer.status_message();
    assert_eq!(status.code, i32::from(Code::InvalidArgument));
    assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.BadRequest");
    let answer = post_json(&server.logs_url(), "{\"resourceLogs\": [").await;
    assert_eq!(answer.status, 400);
    let json = answer.json();
    assert_eq!(json["code"], 3);
    assert_eq!(json["details"][0]["@type"], "type.googleapis.com/google.rpc.BadRequest");
    assert!(json["details"][0]["fieldViolations"][0]["description"].is_string());
    assert_eq!(answer.header("retry-after"), None);
}

#[tokio::test]
async fn too_large_is_413_declared_streamed_and_inflated() {
    let server =
        start_with(steplog_exporter::ReceiverSettings { otlp_request_bytes: 10_000, ..settings() }).await;
    let body = many("x", 500).encode_to_vec();
    let declared = post_protobuf(&server.logs_url(), body.clone()).await;
    let chunks = body.chunks(1_000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>();
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let streamed = post_protobuf(&server.logs_url(), stream).await;
    let gzip = crate::support::compress::compress("gzip", &body);
    assert!(gzip.len() < 10_000);
    let headers = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    let inflated = post(&server.logs_url(), &headers, gzip).await;
    for answer in [declared, streamed, inflated] {
        assert_eq!(answer.status, 413);
        assert_eq!(answer.status_message().code, i32::from(Code::ResourceExhausted));
        assert_eq!(answer.header("retry-after"), None);
    }
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn a_sender_that_is_still_writing_reads_its_refusal() {
    let server =
        start_with(steplog_exporter::ReceiverSettings { otlp_request_bytes: 4 << 20, ..settings() }).await;
    // Far more than socket buffers hold: the answer is there before the body is written.
    let body = vec![0; 7 << 20];
    let client = Client::new();
    for (path, status) in [("/v1/logs", 413), ("/nowhere", 404)] {
        let url = format!("http://{}{path}", server.http);
        let request = client.post(url).header("content-type", "application/x-protobuf").body(body.clone());
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn http2_without_tls() {
    let server = start().await;
    let client = Client::builder().http2_prior_knowledge().build().unwrap();
    let mut exports = tokio::task::JoinSet::new();
    for n in 0..20 {
        let request = client
            .post(server.logs_url())
            .header("content-type", "application/x-protobuf")
            .body(one(&format!("step.{n}")).encode_to_vec());
        exports.spawn(async move {
            let response = request.send().await.unwrap();
            assert_eq!(response.version(), http::Version::HTTP_2);
            assert_eq!(response.status(), 200);
        });
    }
    while let Some(done) = exports.join_next().await {
        done.unwrap();
    }
    assert_eq!(server.store.events().len(), 20);
}

#[tokio::test]
async fn a_sender_may_ask_before_it_sends() {
    let server = start().await;
    let body = one("a.b").encode_to_vec();
    let answer = talk(server.http, &http1("expect: 100-continue\r\nconnection: close\r\n", &body)).await;
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"), "{answer}");
    let refused =
        b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 999999\r\nexpect: 100-continue\r\n\r\n";
    let answer = talk(server.http, refused).await;
    assert!(answer.starts_with("HTTP/1.1 404"), "no body is asked for: {answer}");
}

#[tokio::test]
async fn browsers_may_send_from_the_origins_that_are_set() {
    let origins = vec!["https://app.example.com".to_owned(), "https://*.example.org".to_owned()];
    let server =
        start_with(steplog_exporter::ReceiverSettings { otlp_cors_origins: origins, ..settings() }).await;
    let client = Client::new();
    let preflight = async |origin: &str| {
        let request = client
            .request(Method::OPTIONS, server.logs_url())
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,content-encoding");
        Answer::of(request.send().await.unwrap()).await
    };
    for origin in ["https://app.example.com", "https://eu.example.org"] {
        let answer = preflight(origin).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let headers = answer.header("access-control-allow-headers").unwrap();
        assert!(headers.contains("content-type") && headers.contains("content-encoding"), "{headers}");
        let headers = [("content-type", "application/json"), ("origin", origin)];
        let answer = post(&server.logs_url(), &headers, "{}").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(origin)));
    }
    assert_eq!(preflight("https://evil.example").await.header("access-control-allow-origin"), None);

    let closed = start().await;
    let headers = [("content-type", "application/json"), ("origin", "https://app.example.com")];
    let answer = post(&closed.logs_url(), &headers, "{}").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
}
