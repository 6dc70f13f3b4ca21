use ::http::header;
use prost::Message as _;
use tonic_types::StatusExt as _;

use super::*;
use crate::wire::media_type::Format;

const REASONS: [RefusalReason; 8] = [
    RefusalReason::Malformed,
    RefusalReason::TooLarge,
    RefusalReason::Compression,
    RefusalReason::ContentType,
    RefusalReason::Method,
    RefusalReason::Path,
    RefusalReason::Signal,
    RefusalReason::Internal,
];
const CAUSES: [RetryCause; 8] = [
    RetryCause::Busy,
    RetryCause::Unwritable,
    RetryCause::Unready,
    RetryCause::Stopping,
    RetryCause::Body,
    RetryCause::Slow,
    RetryCause::Protocol,
    RetryCause::Host,
];

/// The codes that OTLP lets senders try again after.
fn is_retryable(status: &tonic::Status) -> bool {
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => true,
        Code::ResourceExhausted => status.get_details_retry_info().is_some(),
        _ => false,
    }
}

fn grpc_status(reply: &Reply) -> tonic::Status {
    tonic::Status::from_header_map(reply.to_grpc().headers()).unwrap()
}

#[test]
fn refusals_are_final_in_both_protocols() {
    for reason in REASONS {
        let reply = Reply::refused(reason, "no");
        assert!(!is_retryable(&grpc_status(&reply)), "{reason:?}");
        let response = reply.to_http(Format::Json);
        // Of the errors of a server, OTLP lets senders try again after 502, 503 and 504.
        let is_final = response.status().is_client_error() || response.status() == 500;
        assert!(is_final, "{reason:?}");
        assert!(![408, 429].contains(&response.status().as_u16()), "{reason:?}");
        assert!(!response.headers().contains_key(header::RETRY_AFTER), "{reason:?}");
    }
}

#[test]
fn retries_carry_a_hint_in_both_protocols() {
    for cause in CAUSES {
        for (after_millis, want) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (4_200, 5), (90_000, 5)] {
            let reply = Reply::retry(cause, Duration::from_millis(after_millis), "later");
            let status = grpc_status(&reply);
            assert_eq!(status.code(), Code::Unavailable);
            let hint = status.get_details_retry_info().unwrap().retry_delay;
            assert_eq!(hint, Some(Duration::from_secs(want)), "{after_millis} ms");
            let python = status.metadata().get_bin("google.rpc.retryinfo-bin").unwrap().to_bytes().unwrap();
            let info = tonic_types::pb::RetryInfo::decode(python).unwrap();
            assert_eq!(info.retry_delay.map(|delay| delay.seconds), Some(want as i64));
            let response = reply.to_http(Format::Protobuf);
            assert!([429, 503].contains(&response.status().as_u16()));
            assert_eq!(response.headers()[header::RETRY_AFTER], want.to_string());
        }
    }
}

#[test]
fn statuses_say_the_same_in_both_encodings() {
    let replies = REASONS
        .map(|reason| Reply::refused(reason, "a \"quoted\" reason"))
        .into_iter()
        .chain(CAUSES.map(|cause| Reply::retry(cause, Duration::from_secs(2), "later")));
    for reply in replies {
        let status = tonic_types::pb::Status::decode(reply.to_protobuf()).unwrap();
        let json = reply.to_json();
        assert_eq!(json["code"], status.code);
        assert_eq!(json["message"], status.message);
        let details = json["details"].as_array().map_or(0, Vec::len);
        assert_eq!(details, status.details.len(), "{json}");
        for (detail, json) in status.details.iter().zip(json["details"].as_array().into_iter().flatten()) {
            assert_eq!(json["@type"], detail.type_url);
        }
        assert_eq!(grpc_status(&reply).message(), status.message);
    }
}

#[test]
fn success_leaves_everything_unset() {
    let reply = Reply::Accepted(Accepted::default());
    assert!(reply.to_protobuf().is_empty());
    assert_eq!(reply.to_json().to_string(), "{}");
    let response = reply.to_http(Format::Protobuf);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/x-protobuf");
}

#[test]
fn partial_success_follows_the_json_mapping() {
    let partial = Reply::Accepted(Accepted { rejected: 3, message: "why".into(), ..Accepted::default() });
    let want = r#"{"partialSuccess":{"errorMessage":"why","rejectedLogRecords":"3"}}"#;
    assert_eq!(partial.to_json(), serde_json::from_str::<serde_json::Value>(want).unwrap());
    let warning = Reply::Accepted(Accepted { message: "look".into(), ..Accepted::default() });
    assert_eq!(warning.to_json().to_string(), r#"{"partialSuccess":{"errorMessage":"look"}}"#);
    assert_eq!(warning.outcome(), "accepted");
}

#[test]
fn error_trailers_stay_below_what_clients_take() {
    // Every byte of this needs three in a header.
    let message = "ä".repeat(100_000);
    for reply in [
        Reply::refused(RefusalReason::Malformed, &message),
        Reply::retry(RetryCause::Busy, Duration::from_secs(1), &message),
    ] {
        let response = reply.to_grpc();
        let bytes: usize =
            response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        assert!(bytes < 8 << 10, "{bytes}");
        assert!(reply.to_json().to_string().len() < 32 << 10);
    }
}

#[test]
fn long_messages_are_cut_at_a_character() {
    assert_eq!(bounded("short", 10), "short");
    let cut = bounded(&"ä".repeat(10), 10);
    assert_eq!(cut, "äää…");
    assert!(cut.len() <= 10);
}
