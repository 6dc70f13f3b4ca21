//! Transport over gRPC.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use prost::Message as _;
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic_types::StatusExt as _;

use crate::support::clients::{EXPORT, call, channel, export, export_on, export_raw, framed};
use crate::support::compress::compress;
use crate::support::requests::{many, names, one, record, record_of, request};
use crate::support::{settings, start, start_with};

#[tokio::test]
async fn a_record_arrives_whole() {
    let server = start().await;
    let sent = record("journey.started");
    let answer = export(server.grpc, request(vec![sent.clone()])).await.unwrap();
    assert_eq!(answer, ExportLogsServiceResponse::default(), "partial_success is unset");
    let event = server.store.only_event();
    assert_eq!(record_of(&event), sent);
    assert_eq!(event.time.0, i64::try_from(sent.time_unix_nano).unwrap());
    assert_eq!(event.value(steplog_model::column::Column::Event), Some("journey.started"));
}

#[tokio::test]
async fn requests_without_records_succeed() {
    let server = start().await;
    for request in [ExportLogsServiceRequest::default(), request(vec![])] {
        assert_eq!(export(server.grpc, request).await.unwrap(), ExportLogsServiceResponse::default());
    }
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn gzip_and_zstd_by_a_real_client() {
    let server = start().await;
    let channel = channel(server.grpc).await;
    for (name, compression) in [("gzip", CompressionEncoding::Gzip), ("zstd", CompressionEncoding::Zstd)] {
        let answer = export_on(channel.clone(), many(name, 300), Some(compression)).await.unwrap();
        assert_eq!(answer, ExportLogsServiceResponse::default());
    }
    let events = server.store.events();
    assert_eq!(events.len(), 600);
    assert_eq!(names(&events)[300], "zstd.0");
}

#[tokio::test]
async fn compressions_by_hand() {
    let server = start().await;
    let plain = one("a.b").encode_to_vec();
    let send = async |headers: &[(&str, &str)], compressed, message: &[u8]| {
        export_raw(server.grpc, headers, framed(compressed, message)).await
    };
    // The Collector's snappy over gRPC is the framing format.
    for (name, written) in
        [("gzip", "gzip"), ("zstd", "zstd"), ("deflate", "deflate"), ("snappy", "x-snappy-framed")]
    {
        send(&[("grpc-encoding", name)], true, &compress(written, &plain)).await.unwrap();
    }
    // A message may stay uncompressed whatever the header says.
    send(&[("grpc-encoding", "gzip")], false, &plain).await.unwrap();
    assert_eq!(server.store.batches(), 5);

    let status = send(&[("grpc-encoding", "br")], true, &plain).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(status.message().contains("gzip,zstd"), "{}", status.message());
    let accepted = status.metadata().get("grpc-accept-encoding").unwrap();
    assert_eq!(accepted, "gzip,zstd,deflate,snappy,identity");
    let status = send(&[("grpc-encoding", "gzip")], true, &plain).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "not gzip at all");
    assert_eq!(server.store.batches(), 5);
}

#[tokio::test]
async fn malformed_is_invalid_argument_with_the_field() {
    let server = start().await;
    for body in [
        framed(false, b"no protobuf at all"),
        framed(false, &[0x0a, 0x7f]),
        Bytes::new(),
        Bytes::from_static(&[0, 0, 0]),
        Bytes::from_static(&[0, 0, 0, 0, 9, 1]),
        Bytes::from_static(&[7, 0, 0, 0, 0]),
        [framed(false, &[]), framed(false, &[])].concat().into(),
    ] {
        let status = export_raw(server.grpc, &[], body.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{body:?}");
        assert!(status.get_details_bad_request().is_some(), "{body:?}");
        assert!(status.get_details_retry_info().is_none(), "{body:?}");
    }
    export(server.grpc, one("still.alive")).await.unwrap();
}

#[tokio::test]
async fn too_large_is_final_before_and_after_inflating() {
    let server =
        start_with(steplog_exporter::ReceiverSettings { otlp_request_bytes: 10_000, ..settings() }).await;
    let large = many("x", 500);
    assert!(large.encoded_len() > 10_000);
    let channel = channel(server.grpc).await;
    for compression in [None, Some(CompressionEncoding::Gzip), Some(CompressionEncoding::Zstd)] {
        let status = export_on(channel.clone(), large.clone(), compression).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted, "{compression:?}");
        assert!(status.get_details_retry_info().is_none());
        assert!(status.message().contains("10000 bytes"), "{}", status.message());
    }
    // The prefix alone is enough to refuse.
    let body = Bytes::from_static(&[0, 0x7f, 0xff, 0xff, 0xff, 1]);
    let status = export_raw(server.grpc, &[], body).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(server.store.batches(), 0);
    // The connection is as good as before.
    export_on(channel, one("small"), None).await.unwrap();
}

#[tokio::test]
async fn a_request_may_be_exactly_as_large_as_the_limit() {
    let sent = many("x", 100);
    let limit = u32::try_from(sent.encoded_len()).unwrap();
    let fits =
        start_with(steplog_exporter::ReceiverSettings { otlp_request_bytes: limit, ..settings() }).await;
    export(fits.grpc, sent.clone()).await.unwrap();
    let short =
        start_with(steplog_exporter::ReceiverSettings { otlp_request_bytes: limit - 1, ..settings() }).await;
    assert_eq!(export(short.grpc, sent).await.unwrap_err().code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn other_signals_get_a_clean_answer() {
    let server = start().await;
    let channel = channel(server.grpc).await;
    let path = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";
    let answer: Result<ExportLogsServiceResponse, _> =
        call(channel.clone(), path, ExportLogsServiceRequest::default(), None).await;
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(status.message().contains("no profiles"), "{}", status.message());
    let answer: Result<ExportLogsServiceResponse, _> =
        call(channel, "/no.such.Service/Method", ExportLogsServiceRequest::default(), None).await;
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(status.message().contains(EXPORT), "{}", status.message());
}

#[tokio::test]
async fn content_type_of_grpc_may_name_its_codec() {
    let server = start().await;
    let body = framed(false, &one("a.b").encode_to_vec());
    export_raw(server.grpc, &[("content-type", "application/grpc+proto")], body).await.unwrap();
    server.store.only_event();
}
