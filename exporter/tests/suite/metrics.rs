//! What is counted. On one thread, so that the recorder sees this test alone.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use prost::Message as _;

use crate::support::clients::{export, export_raw, framed, post, post_json, post_protobuf};
use crate::support::compress::compress;
use crate::support::requests::{many, one, record, request_of_bytes};
use crate::support::start;
use crate::support::store::Answer;

#[tokio::test(flavor = "current_thread")]
async fn requests_and_records_are_counted_by_outcome() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let shown = recorder.handle();
    let _here = metrics::set_default_local_recorder(&recorder);
    let server = start().await;

    export(server.grpc, many("x", 5)).await.unwrap();
    let body = many("y", 3).encode_to_vec();
    post_protobuf(&server.logs_url(), body.clone()).await.exported();
    post_protobuf(&server.logs_url(), body.clone()).await.exported();
    let gzip = compress("gzip", &body);
    let headers = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    post(&server.logs_url(), &headers, gzip.clone()).await.exported();
    let bad = request_of_bytes([&[0x0a][..], &record("z").encode_to_vec(), &[0x0a]]);
    export_raw(server.grpc, &[], framed(false, &bad)).await.unwrap();
    post_json(&server.logs_url(), "no json").await;
    server.store.answer(Answer::Busy(Duration::from_secs(1)));
    export(server.grpc, one("w")).await.unwrap_err();

    let text = shown.render();
    let sent = 2 * body.len() + gzip.len();
    for line in [
        r#"steplog_receive_requests_total{protocol="grpc",outcome="accepted"} 1"#.to_owned(),
        r#"steplog_receive_requests_total{protocol="grpc",outcome="partial"} 1"#.to_owned(),
        r#"steplog_receive_requests_total{protocol="grpc",outcome="busy"} 1"#.to_owned(),
        r#"steplog_receive_requests_total{protocol="http_protobuf",outcome="accepted"} 3"#.to_owned(),
        r#"steplog_receive_requests_total{protocol="http_json",outcome="malformed"} 1"#.to_owned(),
        format!(r#"steplog_receive_bytes_total{{protocol="http_protobuf"}} {sent}"#),
        r#"steplog_receive_records_total{outcome="stored"} 9"#.to_owned(),
        r#"steplog_receive_records_total{outcome="duplicate"} 6"#.to_owned(),
        r#"steplog_decode_rejected_total{reason="malformed"} 2"#.to_owned(),
        r#"steplog_receive_request_seconds_count{protocol="http_protobuf"} 3"#.to_owned(),
        r#"steplog_receive_connections_total{outcome="accepted"}"#.to_owned(),
    ] {
        assert!(text.contains(&line), "{line} is not in\n{text}");
    }
}
