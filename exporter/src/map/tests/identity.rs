//! Same event or another: ids stated, ids made of the content, records that have none.

use bytes::Bytes;
use steplog_model::event::{Event, Flags};
use steplog_model::ids::EventId;
use steplog_model::record::wire::{put_bytes_field, put_fixed64_field, put_message_field};

use super::{Mapping, RECEIVED, event, keeping_all, mapped};
use crate::decode::{decode_json, decode_protobuf};

fn id(pairs: &[(&str, &str)], resource: &[(&str, &str)]) -> EventId {
    event(mapped(&keeping_all(), "", pairs, resource)).id
}

#[test]
fn ids_come_from_the_sender_or_from_the_whole_record() {
    let uid = "550e8400-e29b-41d4-a716-446655440000";
    let named = event(mapped(&keeping_all(), "", &[("log.record.uid", uid), ("a", "1")], &[]));
    assert_eq!((named.id, named.flags), (EventId::from_uid(uid), Flags::EXPLICIT_ID));
    assert_eq!(id(&[("a", "1")], &[]), id(&[("a", "1")], &[]));
    assert_ne!(id(&[("a", "1")], &[]), id(&[("a", "2")], &[]));
    assert_ne!(id(&[("a", "1")], &[]), id(&[("a", "1")], &[("r", "1")]));
}

#[test]
fn a_uuid_is_one_id_in_every_spelling() {
    let uuid = "550e8400-e29b-41d4-a716-446655440000";
    let spelled = |text: &str| id(&[("log.record.uid", text)], &[]);
    for text in [
        uuid.to_owned(),
        uuid.to_uppercase(),
        uuid.replace('-', ""),
        format!("urn:uuid:{uuid}"),
        format!("URN:UUID:{uuid}"),
        format!("{{{uuid}}}"),
    ] {
        // What starts with a brace is JSON to the helper.
        let sent =
            if text.starts_with('{') { format!(r#"{{"stringValue":"{text}"}}"#) } else { text.clone() };
        assert_eq!(spelled(&sent).to_string(), uuid.replace('-', ""), "{text}");
    }
    assert_ne!(spelled("urn:uuid:7"), spelled("7"));
}

#[test]
fn what_is_unique_only_within_its_source_is_no_id() {
    let of = |source: &str, id: &str| {
        let pairs = &[("cloudevents.event_id", id), ("cloudevents.event_source", source)];
        event(mapped(&keeping_all(), "", pairs, &[]))
    };
    let (orders, billing) = (of("/orders", "1"), of("/billing", "1"));
    assert_ne!(orders.id, billing.id);
    assert!(!orders.flags.contains(Flags::EXPLICIT_ID));
    for other in ["event.id", "message.id", "trace_id", "id"] {
        assert_ne!(id(&[(other, "1"), ("a", "1")], &[]), id(&[(other, "1"), ("a", "2")], &[]), "{other}");
    }
}

/// An event of a record in protobuf with a time and these attributes, whose texts may be any bytes.
fn of_bytes(pairs: &[(&str, &[u8])]) -> Event {
    let mut request = Vec::new();
    put_message_field(&mut request, 1, |out| {
        put_message_field(out, 2, |out| {
            put_message_field(out, 2, |out| {
                put_fixed64_field(out, 1, RECEIVED.0.cast_unsigned());
                put_bytes_field(out, 12, b"a.b");
                for (key, value) in pairs {
                    put_message_field(out, 6, |out| {
                        put_bytes_field(out, 1, key.as_bytes());
                        put_message_field(out, 2, |out| put_bytes_field(out, 1, value));
                    });
                }
            });
        });
    });
    let mut decoded = decode_protobuf(Bytes::from(request)).unwrap();
    event(Mapping::built_in().map(decoded.records.remove(0), RECEIVED))
}

#[test]
fn bytes_that_are_repaired_tell_events_apart_as_they_were_sent() {
    for key in ["log.record.uid", "anything"] {
        let [one, other] = [&b"k\xff"[..], b"k\xfe"].map(|value| of_bytes(&[(key, value)]));
        assert_eq!(one.record, other.record, "{key}: both are repaired alike");
        assert!(one.flags.contains(Flags::UTF8_REPAIRED));
        assert_ne!(one.id, other.id, "{key}");
        assert_eq!(one.id, of_bytes(&[(key, b"k\xff")]).id, "{key}: sent again");
    }
    // A uid that can be read names its event, whatever else cannot.
    let read = of_bytes(&[("log.record.uid", b"u"), ("a", b"\xff")]);
    assert_eq!(read.id, EventId::from_uid("u"));
    assert_eq!(read.id, of_bytes(&[("log.record.uid", b"u"), ("a", b"\xfe")]).id);
    let stated = of_bytes(&[("log.record.uid", b"k\xff"), ("a", b"1")]);
    assert!(stated.flags.contains(Flags::EXPLICIT_ID));
    assert_eq!(stated.id, of_bytes(&[("log.record.uid", b"k\xff"), ("a", b"2")]).id);
}

/// The ids of a request's events, sent as the given number.
fn sent(records: &str, number: u128) -> Vec<EventId> {
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#);
    let mapping = keeping_all();
    let mut mapper = mapping.mapper(RECEIVED).of_sending(number);
    let records = decode_json(json.as_bytes()).unwrap().records;
    records.into_iter().map(|record| event(mapper.map(record)).id).collect()
}

#[test]
fn a_record_without_id_and_time_is_new_each_time() {
    let same = r#"{"eventName":"job.started"}"#;
    let twice = format!("{same},{same}");
    let ids = [sent(&twice, 1), sent(&twice, 2)].concat();
    let different: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(different.len(), 4);
    assert_eq!(sent(same, 1), sent(same, 1), "it is the sending that makes it");
    for identified in [
        r#"{"eventName":"job.started","timeUnixNano":"1795424400000000000"}"#,
        r#"{"eventName":"job.started","observedTimeUnixNano":"1795424400000000000"}"#,
        r#"{"eventName":"a","attributes":[{"key":"log.record.uid","value":{"stringValue":"u"}}]}"#,
    ] {
        assert_eq!(sent(identified, 1), sent(identified, 2), "{identified}");
    }
    // An id that states nothing is none.
    let empty = r#"{"eventName":"a","attributes":[{"key":"log.record.uid","value":{"stringValue":""}}]}"#;
    assert_ne!(sent(empty, 1), sent(empty, 2));
}

#[test]
fn equal_records_of_one_request_are_different_events_and_the_same_when_sent_again() {
    let record = r#"{"eventName":"a.b","timeUnixNano":"1795424400000000000"}"#;
    let twice = format!("{record},{record}");
    let ids = sent(&twice, 1);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids, sent(&twice, 2));
}
