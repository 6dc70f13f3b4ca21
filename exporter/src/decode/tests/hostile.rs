//! Records that are damaged, too large or not quite right, one by one.

use bytes::Bytes;
use steplog_model::event::Flags;
use steplog_model::limits;
use steplog_model::record::LogRecordRef;
use steplog_model::record::value::{AnyValue, put_string_attribute};
use steplog_model::record::wire::{put_bytes_field, put_fixed64_field, put_message_field, put_varint_field};

use super::{decode_records, request_of};
use crate::decode::{Decoded, RejectReason, decode_protobuf};

fn record(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn good(name: &str) -> Vec<u8> {
    record(|out| put_bytes_field(out, 12, name.as_bytes()))
}

/// A record whose body nests arrays.
fn nested(depth: usize) -> Vec<u8> {
    let mut value = Vec::new();
    for _ in 0..depth {
        let inner = std::mem::take(&mut value);
        put_message_field(&mut value, 5, |out| put_bytes_field(out, 1, &inner));
    }
    record(|out| put_bytes_field(out, 5, &value))
}

#[track_caller]
fn check_rejected(bad: &[u8], reason: RejectReason, words: &str) {
    let decoded = decode_records(&[&good("a"), bad, &good("b")]);
    let names: Vec<_> =
        decoded.records.iter().map(|kept| LogRecordRef::new(&kept.record).event_name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(decoded.rejected.by_reason().collect::<Vec<_>>(), [(reason, 1)]);
    let message = decoded.rejected.message().unwrap();
    assert!(message.contains("log record 1: ") && message.contains(words), "{message}");
}

#[test]
fn only_the_bad_record_is_rejected() {
    check_rejected(&[0x0a], RejectReason::Malformed, "ends inside a field");
    check_rejected(
        &record(|out| put_bytes_field(out, 1, b"time")),
        RejectReason::Malformed,
        "field 1 of LogRecord",
    );
    check_rejected(&nested(limits::MAX_VALUE_DEPTH + 1), RejectReason::TooDeep, "64 levels");
    check_rejected(&nested(5_000), RejectReason::TooDeep, "64 levels");
    let many = record(|out| {
        for place in 0..=limits::MAX_ATTRIBUTES {
            put_string_attribute(out, 6, &place.to_string(), "x");
        }
    });
    check_rejected(&many, RejectReason::TooManyAttributes, "4096");
    let long_key = "k".repeat(limits::MAX_KEY_BYTES + 1);
    check_rejected(
        &record(|out| put_string_attribute(out, 6, &long_key, "")),
        RejectReason::KeyTooLong,
        "4097 bytes",
    );
    let large = "x".repeat(limits::MAX_RECORD_BYTES);
    check_rejected(
        &record(|out| put_bytes_field(out, 3, large.as_bytes())),
        RejectReason::TooLarge,
        "at most 16777216",
    );
}

#[test]
fn records_at_the_limits_are_kept() {
    let attributes = record(|out| {
        for place in 0..limits::MAX_ATTRIBUTES {
            put_string_attribute(out, 6, &place.to_string(), "x");
        }
    });
    let key = "k".repeat(limits::MAX_KEY_BYTES);
    let long_key = record(|out| put_string_attribute(out, 6, &key, &"v".repeat(1 << 20)));
    let decoded = decode_records(&[&nested(limits::MAX_VALUE_DEPTH), &attributes, &long_key]);
    assert_eq!((decoded.records.len(), decoded.rejected.total()), (3, 0));
    assert!(decoded.records.iter().all(|record| record.flags == Flags::default()));
}

#[test]
fn invalid_utf8_is_replaced_and_the_rest_kept() {
    let bad = record(|out| {
        put_fixed64_field(out, 1, 7);
        put_bytes_field(out, 12, b"na\xffme");
        put_message_field(out, 6, |out| {
            put_bytes_field(out, 1, b"k\xc3");
            put_message_field(out, 2, |out| {
                put_message_field(out, 5, |out| {
                    put_message_field(out, 1, |out| put_bytes_field(out, 1, b"\xf0\x9f"));
                });
            });
        });
        put_varint_field(out, 999, 5);
    });
    let decoded = decode_records(&[&bad]);
    let kept = &decoded.records[0];
    assert!(kept.flags.contains(Flags::UTF8_REPAIRED));
    assert_eq!(decoded.warnings.utf8_repaired, 1);
    let view = LogRecordRef::new(&kept.record);
    assert_eq!((view.time_unix_nano, view.event_name), (7, "na\u{fffd}me"));
    let (key, value) = view.attributes().next().unwrap();
    let AnyValue::Array(mut values) = value else { panic!("{value:?}") };
    assert_eq!(key, "k\u{fffd}");
    assert!(matches!(values.next(), Some(AnyValue::String("\u{fffd}"))));
    assert!(kept.record.ends_with(&record(|out| put_varint_field(out, 999, 5))), "the unknown field is kept");
    // Sent again, it is the same record and so the same event.
    assert_eq!(decode_records(&[&bad]).records, decoded.records);
}

#[test]
fn a_repaired_record_still_has_limits() {
    let key = [b"\xff".as_slice(); 1].concat().repeat(limits::MAX_KEY_BYTES);
    let bad = record(|out| {
        put_message_field(out, 6, |out| put_bytes_field(out, 1, &key));
    });
    check_rejected(&bad, RejectReason::KeyTooLong, "12288 bytes");
}

#[test]
fn duplicate_keys_and_string_references_are_flagged() {
    let twice = |count: usize| {
        record(|out| {
            for place in 0..count {
                put_string_attribute(out, 6, &format!("k{place}"), "x");
            }
            put_string_attribute(out, 6, "k0", "y");
        })
    };
    let reference = record(|out| {
        put_message_field(out, 6, |out| {
            put_bytes_field(out, 1, b"k");
            put_message_field(out, 2, |out| put_varint_field(out, 8, 3));
        });
    });
    let decoded = decode_records(&[&twice(1), &twice(100), &reference]);
    let flags: Vec<_> = decoded.records.iter().map(|record| record.flags).collect();
    assert_eq!(flags, [Flags::DUPLICATE_KEYS, Flags::DUPLICATE_KEYS, Flags::STRING_REFERENCE]);
    assert_eq!((decoded.warnings.duplicate_keys, decoded.warnings.string_references), (2, 1));
    let view = LogRecordRef::new(&decoded.records[2].record);
    assert!(matches!(view.attributes().next(), Some(("k", AnyValue::Empty))));
}

#[test]
fn equal_records_are_numbered_and_origins_shared() {
    let (a, b) = (good("a"), good("b"));
    let decoded = decode_records(&[&a, &b, &a, &a]);
    let ordinals: Vec<_> = decoded.records.iter().map(|record| record.ordinal).collect();
    assert_eq!(ordinals, [0, 0, 1, 2]);
    let first = &decoded.records[0].origin;
    assert!(decoded.records.iter().all(|record| std::sync::Arc::ptr_eq(&record.origin, first)));
    // The same origin in another group of the request is the same; another scope is another.
    let mut request = request_of(&[&a]);
    request.extend(request_of(&[&a]));
    put_message_field(&mut request, 1, |out| {
        put_message_field(out, 2, |out| {
            put_message_field(out, 1, |out| put_bytes_field(out, 1, b"scope"));
            put_bytes_field(out, 2, &a);
        });
    });
    let records = decode_protobuf(Bytes::from(request)).unwrap().records;
    assert_eq!(records.iter().map(|record| record.ordinal).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!(records[0].origin.hash, records[1].origin.hash);
    assert_ne!(records[0].origin.hash, records[2].origin.hash);
}

#[track_caller]
fn names(decoded: &Decoded) -> Vec<&str> {
    decoded.records.iter().map(|kept| LogRecordRef::new(&kept.record).event_name).collect()
}

#[test]
fn damage_around_records_costs_no_more_than_it_hides() {
    let group = |resource: &[u8], tail: &[u8]| {
        record(|out| {
            put_bytes_field(out, 1, resource);
            put_message_field(out, 2, |out| {
                put_bytes_field(out, 2, &good("a"));
                put_bytes_field(out, 2, &good("b"));
                out.extend_from_slice(tail);
            });
        })
    };
    let mut request = Vec::new();
    put_bytes_field(&mut request, 1, &group(b"", b"\x12\x7f"));
    put_bytes_field(&mut request, 1, &group(b"", b""));
    let decoded = decode_protobuf(Bytes::from(request)).unwrap();
    assert_eq!((names(&decoded), decoded.rejected.total()), (vec!["a", "b", "a", "b"], 1));

    // Without its resource nobody knows whose records these are.
    let mut request = Vec::new();
    put_bytes_field(&mut request, 1, &group(b"\x0a", b""));
    put_bytes_field(&mut request, 1, &group(b"", b""));
    let decoded = decode_protobuf(Bytes::from(request)).unwrap();
    assert_eq!((names(&decoded), decoded.rejected.total()), (vec!["a", "b"], 2));
}

#[test]
fn what_is_no_request_says_where() {
    let mut request = request_of(&[&good("a")]);
    let length = request.len();
    request.extend_from_slice(b"\x0a\xff\x01");
    let error = decode_protobuf(Bytes::from(request)).unwrap_err();
    assert_eq!((error.encoding, error.offset), ("protobuf", length));
    assert!(error.to_string().contains("the message ends inside a field"), "{error}");
    assert!(decode_protobuf(Bytes::from_static(b"{\"resourceLogs\":[]}")).is_err());
    assert!(decode_protobuf(Bytes::from_static(b"\x08\x01")).is_err());
    for empty in [&b""[..], b"\x0a\x00", b"\x0a\x02\x12\x00", b"\x0a\x04\x12\x02\x12\x00"] {
        let decoded = decode_protobuf(Bytes::from_static(empty)).unwrap();
        assert_eq!(decoded.rejected.total(), 0);
    }
}
