//! What senders in the wild send, and what becomes of it: one row each, through a real receiver.

use serde_json::{Value, json};
use steplog_model::event::{Event, Flags};
use steplog_model::time::UnixNanos;

use crate::support::clients::post_json;
use crate::support::requests::record_of;
use crate::support::start;

/// A case: what it is, what is sent, a part of what the sender is told (empty for nothing), and what is stored.
struct Case {
    name: &'static str,
    sent: String,
    told: &'static str,
    stored: usize,
    flags: Flags,
}

fn around(records: &Value) -> String {
    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).to_string()
}

/// A case of one record with a name and a time, that is stored.
fn kept(name: &'static str, more: Value, told: &'static str, flags: Flags) -> Case {
    let mut record = json!({"eventName": "a.b", "timeUnixNano": UnixNanos::now().0.to_string()});
    for (key, value) in more.as_object().unwrap() {
        record[key] = value.clone();
    }
    Case { name, sent: around(&json!([record])), told, stored: 1, flags }
}

fn value(value: Value) -> Value {
    json!({"attributes": [{"key": "k", "value": value}]})
}

const NOTHING: Flags = Flags(0);

#[expect(clippy::too_many_lines, reason = "a table, a row a case")]
fn cases() -> Vec<Case> {
    let (unreadable, implausible) = (Flags::VALUE_UNREADABLE, Flags::TIME_IMPLAUSIBLE);
    let now = UnixNanos::now().0.to_string();
    let late = json!({"timeUnixNano": format!("{now}000000"), "observedTimeUnixNano": now});
    let refused =
        |name, sent: Value, told| Case { name, sent: sent.to_string(), told, stored: 0, flags: NOTHING };
    vec![
        kept("a time of 25 digits", late, "", Flags(implausible.0 | unreadable.0)),
        kept("a time that is negative", json!({"timeUnixNano": -5}), "cannot be read", unreadable),
        kept(
            "bytes as a Buffer",
            value(json!({"bytesValue": {"type": "Buffer", "data": [104, 105]}})),
            "",
            NOTHING,
        ),
        kept("bytes by index", value(json!({"bytesValue": {"0": 104, "1": 105}})), "", NOTHING),
        kept("bytes as a list", value(json!({"bytesValue": [104, 105]})), "", NOTHING),
        kept("bytes that are none", value(json!({"bytesValue": "%%"})), "cannot be read", unreadable),
        kept(
            "a value in a value",
            value(json!({"value": {"stringValue": "x"}})),
            "as they are meant",
            NOTHING,
        ),
        kept("an id in base64", json!({"traceId": "S/kvNXezTaajzpKdDg5HNg=="}), "", NOTHING),
        kept("an id of 32 bytes", json!({"traceId": "ab".repeat(32)}), "", unreadable),
        kept(
            "an id that an export moved",
            json!({"attributes": [{"key": "steplog.exported", "value": {"stringValue": "trace_id=ab"}}]}),
            "",
            unreadable,
        ),
        kept("an id that is none", json!({"traceId": "zz"}), "", unreadable),
        kept(
            "a key without a value",
            json!({"attributes": [{"key": "k"}, {}, {"key": "l", "value": null}]}),
            "",
            NOTHING,
        ),
        kept(
            "names of enumerations",
            json!({"severityNumber": "SEVERITY_NUMBER_INFO", "traceId": "", "spanId": ""}),
            "",
            NOTHING,
        ),
        kept(
            "a list of maps",
            json!({"body": {"arrayValue": {"values": [{"kvlistValue": {"values": [
            {"key": "a", "value": {"kvlistValue": {"values": [{"key": "b", "value": {"stringValue": "x"}}]}}}]}}]}}}),
            "",
            NOTHING,
        ),
        Case {
            name: "a map that is a list, beside a good neighbour",
            sent: around(
                &json!([{"eventName": "a.b"}, {"eventName": "a.c", "attributes": [{"key": "k", "value": {"kvlistValue": []}}]}]),
            ),
            told: "as they are meant",
            stored: 2,
            flags: NOTHING,
        },
        Case {
            name: "default names, in the field and in an attribute",
            sent: around(&json!([
                {"eventName": "event src/main.rs:42", "body": {"stringValue": "x"}},
                {"attributes": [{"key": "event.name", "value": {"stringValue": "event src/main.rs:42"}}]},
                {"eventName": "event src/main.rs:42", "attributes": [{"key": "event.name", "value": {"stringValue": "order.made"}}]}
            ])),
            told: "name",
            stored: 1,
            flags: NOTHING,
        },
        refused("raw JSON", json!({"message": "order made", "level": "info"}), "nothing was understood"),
        refused("a list of requests", json!([{"resourceLogs": []}]), "must be an object"),
    ]
}

#[tokio::test]
async fn what_is_sent_is_kept_or_told() {
    let mut wrong = Vec::new();
    for Case { name, sent, told, stored, flags } in cases() {
        let server = start().await;
        let answer = post_json(&server.logs_url(), sent).await;
        let text = answer.json().to_string();
        let events: Vec<Event> = server.store.events();
        let is_told = !told.is_empty() || text == "{}" || flags != NOTHING;
        let other = events.iter().find(|event| event.flags.without(Flags::EXPLICIT_ID) != flags);
        if events.len() != stored || !is_told || !text.contains(told) || other.is_some() {
            wrong.push(format!(
                "{name}: {} events, {:?}, {text}",
                events.len(),
                other.map(|event| event.flags)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_same_id_of_two_sources_is_two_events_and_a_record_that_says_nothing_is_new_each_time() {
    let server = start().await;
    let now = UnixNanos::now().0.to_string();
    let source = |source: &str| {
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let attributes = json!([text("cloudevents.event_id", "1"), text("cloudevents.event_source", source)]);
        around(&json!([{"eventName": "a.b", "timeUnixNano": now, "attributes": attributes}]))
    };
    let bare = around(&json!([{"eventName": "job.started"}]));
    let mut told = Vec::new();
    for sent in [source("/orders"), source("/billing"), source("/orders"), bare.clone(), bare.clone(), bare] {
        told.push(post_json(&server.logs_url(), sent).await.json());
    }
    let mut ids: Vec<_> = server.store.events().iter().map(|event| event.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5, "{told:?}");
}

#[tokio::test]
async fn costs_keep_their_digits() {
    let server = start().await;
    for cost in [2.5e-7, 1e21, f64::MIN_POSITIVE] {
        let sent = kept("cost", value(json!({"doubleValue": cost})), "", NOTHING).sent;
        assert_eq!(post_json(&server.logs_url(), sent).await.json(), json!({}));
        let record = record_of(server.store.events().last().unwrap());
        let Some(kept) = record.attributes[0].value.clone().and_then(|value| value.value) else {
            panic!("{record:?}")
        };
        assert_eq!(format!("{kept:?}"), format!("DoubleValue({cost:?})"));
    }
}
