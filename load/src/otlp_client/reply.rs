//! What a receiver's reply means to a sender (OTLP 1.11, "Failures" of OTLP/gRPC and of OTLP/HTTP).

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode_str;
use steplog_model::record::wire::{Field, Reader, text};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Taken, but for so many records that were refused for good.
    Accepted {
        /// Records refused.
        rejected: u64,
        /// What the receiver says: why, or a warning; mostly empty.
        message: String,
    },
    /// Not taken now.
    Retry {
        /// How long the receiver asks to wait.
        after: Option<Duration>,
        /// Why.
        reason: String,
    },
    /// Refused for good; sending it again is forbidden.
    Refused {
        /// Why.
        reason: String,
    },
}

/// The reply in a gRPC response: its status is in the trailers, or in the headers where there is no body.
pub(super) fn of_grpc(
    http: StatusCode,
    headers: &HeaderMap,
    trailers: Option<&HeaderMap>,
    body: &[u8],
) -> Reply {
    let tail = trailers.unwrap_or(headers);
    let Some(code) = text_of(tail, "grpc-status").and_then(|code| code.parse::<u32>().ok()) else {
        // A reply from something between us, or of no gRPC server (gRPC, "HTTP to gRPC status code mapping").
        let reason = format!("HTTP {http} without a gRPC status; does a gRPC server listen there?");
        let again = matches!(http.as_u16(), 429 | 502 | 503 | 504);
        return if again { Reply::Retry { after: None, reason } } else { Reply::Refused { reason } };
    };
    if code == 0 {
        return partial_success(body.get(5..).unwrap_or_default());
    }
    let after = text_of(tail, "grpc-status-details-bin").and_then(retry_info);
    let reason = format!(
        "{} (gRPC status {code})",
        percent_decode_str(text_of(tail, "grpc-message").unwrap_or_default()).decode_utf8_lossy()
    );
    // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS; RESOURCE_EXHAUSTED only with a hint.
    let again = matches!(code, 1 | 4 | 10 | 11 | 14 | 15) || code == 8 && after.is_some();
    if again { Reply::Retry { after, reason } } else { Reply::Refused { reason } }
}

/// The reply in an HTTP response.
pub(super) fn of_http(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Reply {
    if status.is_success() {
        return partial_success(body);
    }
    let said = Reader::new(body).valid_fields().find_map(|(number, field)| match (number, field) {
        (2, Field::Bytes(message)) => Some(text(message)),
        _ => None,
    });
    let reason = format!("{} (HTTP {status})", said.unwrap_or_default());
    if matches!(status.as_u16(), 429 | 502 | 503 | 504) {
        let seconds = text_of(headers, RETRY_AFTER.as_str()).and_then(|seconds| seconds.parse().ok());
        Reply::Retry { after: seconds.map(Duration::from_secs), reason }
    } else {
        Reply::Refused { reason }
    }
}

/// Reads an `ExportLogsServiceResponse`.
fn partial_success(response: &[u8]) -> Reply {
    let (mut rejected, mut message) = (0, String::new());
    for (number, field) in Reader::new(response).valid_fields() {
        let (1, Field::Bytes(partial)) = (number, field) else { continue };
        for (number, field) in Reader::new(partial).valid_fields() {
            match (number, field) {
                (1, Field::Varint(count)) => rejected = count,
                (2, Field::Bytes(said)) => message = text(said).to_owned(),
                _ => {}
            }
        }
    }
    Reply::Accepted { rejected, message }
}

/// The delay of the `google.rpc.RetryInfo` among the details of a `google.rpc.Status` in base64.
fn retry_info(details: &str) -> Option<Duration> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let status = LENIENT.decode(details).ok()?;
    Reader::new(&status).valid_fields().find_map(|(number, field)| {
        let (3, Field::Bytes(any)) = (number, field) else { return None };
        let (mut is_retry_info, mut delay) = (false, None);
        for (number, field) in Reader::new(any).valid_fields() {
            match (number, field) {
                (1, Field::Bytes(url)) => is_retry_info = text(url).ends_with("/google.rpc.RetryInfo"),
                (2, Field::Bytes(info)) => delay = Some(delay_of(info)),
                _ => {}
            }
        }
        delay.filter(|_| is_retry_info)
    })
}

/// The `retry_delay` of a `RetryInfo`.
fn delay_of(info: &[u8]) -> Duration {
    let (mut seconds, mut nanos) = (0, 0);
    for (number, field) in Reader::new(info).valid_fields() {
        let (1, Field::Bytes(delay)) = (number, field) else { continue };
        for (number, field) in Reader::new(delay).valid_fields() {
            match (number, field) {
                (1, Field::Varint(value)) => seconds = value,
                (2, Field::Varint(value)) => nanos = u32::try_from(value).unwrap_or_default(),
                _ => {}
            }
        }
    }
    Duration::from_secs(seconds.min(3_600)) + Duration::from_nanos(u64::from(nanos))
}

fn text_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use steplog_model::record::wire::{put_bytes_field, put_message_field, put_varint_field};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn details(seconds: u64, nanos: u64) -> String {
        let mut status = Vec::new();
        put_message_field(&mut status, 3, |any| {
            put_bytes_field(any, 1, b"type.googleapis.com/google.rpc.RetryInfo");
            put_message_field(any, 2, |info| {
                put_message_field(info, 1, |delay| {
                    put_varint_field(delay, 1, seconds);
                    put_varint_field(delay, 2, nanos);
                });
            });
        });
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(status)
    }

    #[track_caller]
    fn check_grpc(code: &str, hint: Option<&str>, retry: bool, after: Option<Duration>) {
        let mut pairs = vec![("grpc-status", code), ("grpc-message", "slow%20down")];
        pairs.extend(hint.map(|hint| ("grpc-status-details-bin", hint)));
        let reason = format!("slow down (gRPC status {code})");
        let want = if retry { Reply::Retry { after, reason } } else { Reply::Refused { reason } };
        assert_eq!(of_grpc(StatusCode::OK, &HeaderMap::new(), Some(&headers(&pairs)), &[]), want);
        assert_eq!(of_grpc(StatusCode::OK, &headers(&pairs), None, &[]), want, "trailers only");
    }

    #[test]
    fn grpc_codes_are_retried_as_the_specification_says() {
        for code in ["1", "4", "10", "11", "14", "15"] {
            check_grpc(code, None, true, None);
        }
        for code in ["2", "3", "5", "6", "7", "8", "9", "12", "13", "16"] {
            check_grpc(code, None, false, None);
        }
        let hint = details(2, 500_000_000);
        check_grpc("8", Some(&hint), true, Some(Duration::from_millis(2_500)));
        check_grpc("14", Some(&hint), true, Some(Duration::from_millis(2_500)));
        check_grpc("3", Some(&hint), false, None);
        check_grpc("14", Some("no base64!"), true, None);
    }

    #[test]
    fn http_statuses_are_retried_as_the_specification_says() {
        let mut body = Vec::new();
        put_bytes_field(&mut body, 2, b"why");
        for code in 200..600 {
            let status = StatusCode::from_u16(code).unwrap();
            let reply = of_http(status, &headers(&[("retry-after", "3")]), &body);
            let reason = format!("why (HTTP {status})");
            let want = match code {
                200..300 => Reply::Accepted { rejected: 0, message: String::new() },
                429 | 502 | 503 | 504 => Reply::Retry { after: Some(Duration::from_secs(3)), reason },
                _ => Reply::Refused { reason },
            };
            assert_eq!(reply, want);
        }
    }

    #[test]
    fn partial_success_is_told() {
        let mut body = vec![0; 5];
        put_message_field(&mut body, 1, |partial| {
            put_varint_field(partial, 1, 3);
            put_bytes_field(partial, 2, b"three were too large");
        });
        let want = Reply::Accepted { rejected: 3, message: "three were too large".to_owned() };
        assert_eq!(
            of_grpc(StatusCode::OK, &HeaderMap::new(), Some(&headers(&[("grpc-status", "0")])), &body),
            want
        );
        assert_eq!(of_http(StatusCode::OK, &HeaderMap::new(), &body[5..]), want);
    }

    #[test]
    fn replies_of_others_are_told_apart() {
        let of = |code: u16| of_grpc(StatusCode::from_u16(code).unwrap(), &HeaderMap::new(), None, &[]);
        assert!(matches!(of(503), Reply::Retry { .. }));
        assert!(matches!(of(404), Reply::Refused { .. }));
    }
}
