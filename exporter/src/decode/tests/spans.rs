//! Spans: what becomes of each field, in both encodings, and of damage.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use steplog_model::record::LogRecordRef;
use steplog_model::record::value::{AnyValue, put_string_attribute};
use steplog_model::record::wire::{
    put_bytes_field, put_fixed32_field, put_fixed64_field, put_message_field, put_varint_field,
};

use super::super::{Decoded, NameSet, SpanRules, decode_spans_json, decode_spans_protobuf};

fn rules() -> SpanRules {
    SpanRules {
        attributes: NameSet::new(["gen_ai.*", "cicd.pipeline.name"]),
        names: NameSet::new(["shop.*"]),
        except_names: NameSet::new(["shop.noise"]),
        except: [("kind".into(), vec!["pending".to_owned()])].into_iter().collect(),
        folded: NameSet::new(["exception", "gen_ai.*"]),
        shared: NameSet::new(["session.id"]),
    }
}

/// Attributes by key, all of them texts.
type Texts = Vec<(String, String)>;

/// A span as a test writes it.
#[derive(Clone, Debug, Default)]
struct Span {
    name: String,
    kind: u64,
    times: (u64, u64),
    attributes: Vec<(String, String)>,
    events: Vec<(u64, String, Texts)>,
    links: Vec<u8>,
    status: Option<(u64, String)>,
}

const TRACE: [u8; 16] = [7; 16];
const ID: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

fn put_attributes(out: &mut Vec<u8>, number: u32, pairs: &[(String, String)]) {
    pairs.iter().for_each(|(key, value)| put_string_attribute(out, number, key, value));
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02X}")).collect()
}

impl Span {
    fn named(name: &str, pairs: &[(&str, &str)]) -> Self {
        let attributes = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Self {
            name: name.to_owned(),
            attributes: attributes.collect(),
            times: (1_000, 3_000),
            ..Self::default()
        }
    }

    fn protobuf(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_bytes_field(&mut out, 1, &TRACE);
        put_bytes_field(&mut out, 2, &ID);
        put_bytes_field(&mut out, 3, b"a=b");
        put_bytes_field(&mut out, 4, &[9; 8]);
        put_bytes_field(&mut out, 5, self.name.as_bytes());
        put_varint_field(&mut out, 6, self.kind);
        put_fixed64_field(&mut out, 7, self.times.0);
        put_fixed64_field(&mut out, 8, self.times.1);
        put_attributes(&mut out, 9, &self.attributes);
        put_varint_field(&mut out, 10, 2);
        for (time, name, pairs) in &self.events {
            put_message_field(&mut out, 11, |out| {
                put_fixed64_field(out, 1, *time);
                put_bytes_field(out, 2, name.as_bytes());
                put_attributes(out, 3, pairs);
            });
        }
        put_varint_field(&mut out, 12, 3);
        for link in &self.links {
            put_message_field(&mut out, 13, |out| {
                put_bytes_field(out, 1, &[*link; 16]);
                put_bytes_field(out, 2, &[*link; 8]);
                put_string_attribute(out, 4, "why", "retry");
                put_fixed32_field(out, 6, 1);
            });
        }
        put_varint_field(&mut out, 14, 4);
        if let Some((code, message)) = &self.status {
            put_message_field(&mut out, 15, |out| {
                put_bytes_field(out, 2, message.as_bytes());
                put_varint_field(out, 3, *code);
            });
        }
        put_fixed32_field(&mut out, 16, 0x101);
        out
    }

    fn json(&self) -> Value {
        let attributes = |pairs: &[(String, String)]| -> Value {
            pairs
                .iter()
                .map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } }))
                .collect()
        };
        let event = |(time, name, pairs): &(u64, String, Vec<_>)| json!({ "timeUnixNano": time.to_string(), "name": name, "attributes": attributes(pairs) });
        let link = |link: &u8| {
            let why = [("why".to_owned(), "retry".to_owned())];
            json!({
                "traceId": hex(&[*link; 16]), "spanId": hex(&[*link; 8]), "attributes": attributes(&why), "flags": 1
            })
        };
        let mut span = json!({
            "spanId": hex(&ID), "traceId": hex(&TRACE), "parentSpanId": hex(&[9; 8]), "traceState": "a=b",
            "name": self.name, "kind": self.kind, "flags": 0x101,
            "startTimeUnixNano": self.times.0.to_string(), "endTimeUnixNano": self.times.1,
            "attributes": attributes(&self.attributes), "droppedAttributesCount": 2,
            "events": self.events.iter().map(event).collect::<Value>(), "droppedEventsCount": 3,
            "links": self.links.iter().map(link).collect::<Value>(), "droppedLinksCount": 4,
        });
        if let Some((code, message)) = &self.status {
            span["status"] = json!({ "code": code, "message": message });
        }
        span
    }
}

fn request(spans: &[Vec<u8>]) -> Vec<u8> {
    let mut request = Vec::new();
    put_message_field(&mut request, 1, |out| {
        put_message_field(out, 1, |out| put_string_attribute(out, 1, "service.name", "shop"));
        put_message_field(out, 2, |out| {
            put_message_field(out, 1, |out| put_bytes_field(out, 1, b"tracer"));
            spans.iter().for_each(|span| put_bytes_field(out, 2, span));
        });
    });
    request
}

fn json_request(spans: &[Value]) -> Vec<u8> {
    let resource = json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] });
    let scope_spans = json!([{ "scope": { "name": "tracer" }, "spans": spans }]);
    json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scope_spans }] }).to_string().into_bytes()
}

#[track_caller]
fn decode(spans: &[Span]) -> Decoded {
    let spans: Vec<_> = spans.iter().map(Span::protobuf).collect();
    decode_spans_protobuf(&request(&spans), &rules()).expect("the envelope is well-formed")
}

/// The attributes of a record as `key=value`; of lists only their keys.
fn attributes(record: &Bytes) -> Vec<String> {
    let mut scratch = String::new();
    let told = LogRecordRef::new(record).attributes().map(|(key, value)| {
        let text = value.scalar_text(&mut scratch).unwrap_or("[]");
        format!("{key}={text}")
    });
    told.collect()
}

#[test]
fn a_span_is_a_record_at_its_end() {
    let span = Span {
        kind: 3,
        status: Some((2, "gave up".to_owned())),
        links: vec![4],
        ..Span::named("chat gpt", &[("gen_ai.operation.name", "chat"), ("a", "b")])
    };
    let decoded = decode(&[span]);
    assert_eq!(decoded.records.len(), 1);
    let record = LogRecordRef::new(&decoded.records[0].record);
    assert_eq!((record.time_unix_nano, record.event_name, record.body), (3_000, "", None));
    assert_eq!((record.trace_id, record.span_id), (&TRACE[..], &ID[..]));
    assert_eq!((record.dropped_attributes_count, record.flags), (2, 0x101));
    assert_eq!(
        attributes(&decoded.records[0].record),
        [
            "gen_ai.operation.name=chat",
            "a=b",
            "steplog.span.name=chat gpt",
            "steplog.span.kind=client",
            "steplog.span.status=error",
            "steplog.span.status_message=gave up",
            "steplog.span.start=1000",
            "steplog.span.duration=2000",
            "steplog.span.parent=0909090909090909",
            "steplog.span.trace_state=a=b",
            "steplog.span.dropped_events=3",
            "steplog.span.dropped_links=4",
            "steplog.span.links=[]",
        ]
    );
    let link = record.attributes().find_map(|(key, value)| match value {
        AnyValue::Array(mut links) if key == "steplog.span.links" => links.next(),
        _ => None,
    });
    let Some(AnyValue::KvList(link)) = link else { panic!("{link:?}") };
    let keys: Vec<_> = link.map(|(key, _)| key).collect();
    assert_eq!(keys, ["trace_id", "span_id", "flags", "attributes"]);
}

#[test]
fn only_listed_spans_are_kept_and_the_rest_is_counted() {
    let decoded = decode(&[
        Span::named("GET /", &[("http.route", "/")]),
        Span::named("shop.paid", &[]),
        Span::named("shop.noise", &[("gen_ai.x", "y")]),
        Span::named("x", &[("gen_ai.x", "y"), ("kind", "pending")]),
        Span::named("x", &[("cicd.pipeline.name", "build")]),
        Span::named("shop", &[("cicd.pipeline.named", "build")]),
    ]);
    assert_eq!((decoded.records.len(), decoded.unlisted, decoded.rejected.total()), (2, 4, 0));
}

#[test]
fn span_events_are_events_unless_they_belong_to_their_span() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut span = Span {
        events: vec![
            (1_500, "order.checked".to_owned(), vec![pair("order", "A-17")]),
            (1_600, "gen_ai.user.message".to_owned(), vec![pair("content", "hello")]),
            (1_700, "exception".to_owned(), vec![pair("exception.type", "Timeout"), pair("a", "z")]),
        ],
        ..Span::named("x", &[("gen_ai.x", "y"), ("session.id", "s-1"), ("a", "b")])
    };
    // An exception that the span survived is an event.
    let decoded = decode(&[span.clone()]);
    assert_eq!(decoded.records.len(), 3);
    let record = LogRecordRef::new(&decoded.records[0].record);
    assert_eq!((record.time_unix_nano, record.event_name, record.span_id), (1_500, "order.checked", &ID[..]));
    assert_eq!(attributes(&decoded.records[0].record), ["order=A-17", "session.id=s-1"]);
    assert_eq!(LogRecordRef::new(&decoded.records[1].record).event_name, "exception");

    span.status = Some((2, String::new()));
    let decoded = decode(&[span]);
    assert_eq!(decoded.records.len(), 2);
    let all = attributes(&decoded.records[1].record);
    assert!(all.contains(&"exception.type=Timeout".to_owned()), "{all:?}");
    assert!(all.contains(&"a=b".to_owned()) && !all.contains(&"a=z".to_owned()), "{all:?}");
    assert!(all.contains(&"steplog.span.events=[]".to_owned()), "{all:?}");
}

#[test]
fn a_span_that_comes_twice_in_a_request_is_one() {
    let span = Span {
        events: vec![(5, "x".to_owned(), vec![]), (5, "x".to_owned(), vec![])],
        ..Span::named("shop.paid", &[])
    };
    let decoded = decode(&[span.clone(), span, Span::named("shop.paid", &[("a", "b")])]);
    assert_eq!((decoded.records.len(), decoded.repeated), (4, 1));
    let ordinals: Vec<_> = decoded.records.iter().map(|record| record.ordinal).collect();
    assert_eq!(ordinals, [0, 1, 0, 0], "two equal events of one span are two");
}

#[test]
fn damage_costs_what_it_hits() {
    let whole = Span::named("shop.paid", &[]).protobuf();
    let mut cut = whole.clone();
    cut.truncate(cut.len() - 2);
    let mut wrong = whole.clone();
    put_varint_field(&mut wrong, 5, 1);
    let unlisted = Span::named("GET /", &[]).protobuf();
    let mut body = request(&[unlisted, cut, wrong, whole.clone()]);
    let decoded = decode_spans_protobuf(&body, &rules()).unwrap();
    assert_eq!((decoded.records.len(), decoded.unlisted, decoded.rejected.total()), (1, 1, 2));
    let message = decoded.rejected.message_of(super::super::Signal::Traces).unwrap();
    assert!(message.starts_with("2 spans rejected: span 1: malformed"), "{message}");
    assert!(message.contains("span 2: malformed: field 5 of Span"), "{message}");

    // A group that ends early loses its rest alone.
    let mut group = Vec::new();
    put_message_field(&mut group, 2, |out| {
        put_bytes_field(out, 2, &whole);
        out.extend_from_slice(&[0x12, 0x7f, 1]);
    });
    put_bytes_field(&mut body, 1, &group);
    let decoded = decode_spans_protobuf(&body, &rules()).unwrap();
    // The whole span is in both groups, and one span.
    assert_eq!((decoded.records.len(), decoded.repeated, decoded.rejected.total()), (1, 1, 3));

    let error = decode_spans_protobuf(b"certainly no protobuf", &rules()).unwrap_err();
    assert!(error.to_string().contains("ExportTraceServiceRequest in protobuf"), "{error}");
    let error = decode_spans_json(b"{\"resourceSpans\": [", &rules()).unwrap_err();
    assert!(error.to_string().contains("ExportTraceServiceRequest in JSON"), "{error}");
}

#[test]
fn json_is_read_leniently() {
    let span = json!({
        "trace_id": hex(&TRACE), "span_id": hex(&ID), "name": "shop.paid", "kind": "SPAN_KIND_SERVER",
        "start_time_unix_nano": 1, "end_time_unix_nano": "3", "status": { "code": "STATUS_CODE_ERROR" },
        "attributes": null, "events": null, "links": [null], "unknown": { "x": [1] },
    });
    let broken = json!("no span");
    let decoded = decode_spans_json(&json_request(&[broken, span, Value::Null]), &rules()).unwrap();
    assert_eq!((decoded.records.len(), decoded.rejected.total()), (1, 1));
    let all = attributes(&decoded.records[0].record);
    assert!(all.contains(&"steplog.span.status=error".to_owned()), "{all:?}");
    assert!(all.contains(&"steplog.span.kind=server".to_owned()), "{all:?}");
}

#[test]
fn a_value_that_cannot_be_read_costs_no_span() {
    let span = json!({
        "traceId": hex(&TRACE), "spanId": hex(&ID), "name": "shop.paid", "kind": "LOUD", "flags": "x",
        "startTimeUnixNano": [], "endTimeUnixNano": "soon", "status": { "code": "odd", "message": {"a": 1} },
        "attributes": 7, "events": {}, "links": [5, { "traceId": "xyz" }],
    });
    let decoded = decode_spans_json(&json_request(&[span]), &rules()).unwrap();
    assert_eq!((decoded.records.len(), decoded.rejected.total()), (1, 0));
    let record = &decoded.records[0];
    assert!(record.flags.contains(steplog_model::event::Flags::VALUE_UNREADABLE));
    let kept = String::from_utf8_lossy(&record.record);
    for sent in ["kind", "LOUD", "endTimeUnixNano", "soon", "status.code", "status.message", "events"] {
        assert!(kept.contains(sent), "{sent} is not in {kept}");
    }
}

#[test]
fn growth_is_bounded() {
    let shared = "s".repeat(400);
    let span = Span {
        events: vec![(1, String::new(), vec![]); 20_000],
        ..Span::named("shop.paid", &[("session.id", &shared)])
    };
    let body = request(&[span.protobuf()]);
    let decoded = decode_spans_protobuf(&body, &rules()).unwrap();
    assert_eq!((decoded.records.len(), decoded.rejected.total()), (0, 1));
    let message = decoded.rejected.message().unwrap();
    assert!(message.contains("bytes of events; send smaller batches"), "{message}");
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let key = prop::sample::select(vec!["gen_ai.x", "session.id", "a", "kind", "cicd.pipeline.name"]);
    prop::collection::vec((key.prop_map(str::to_owned), "[a-z\u{e9}]{0,6}"), 0..4)
}

fn spans() -> impl Strategy<Value = Span> {
    let name = prop::sample::select(vec!["shop.paid", "shop.noise", "GET /", ""]);
    let event_name = prop::sample::select(vec!["exception", "gen_ai.choice", "order.checked", ""]);
    let event = (0_u64..5, event_name.prop_map(str::to_owned), pairs());
    let parts = (
        name.prop_map(str::to_owned),
        0_u64..7,
        (0_u64..3, 0_u64..3),
        pairs(),
        prop::collection::vec(event, 0..4),
        prop::collection::vec(1_u8..9, 0..3),
        prop::option::of((0_u64..4, "[a-z]{0,5}")),
    );
    parts.prop_map(|(name, kind, times, attributes, events, links, status)| Span {
        name,
        kind,
        times,
        attributes,
        events,
        links,
        status,
    })
}

proptest! {
    #[test]
    fn both_encodings_give_the_same_records(spans in prop::collection::vec(spans(), 0..6)) {
        let protobuf = decode(&spans);
        let json: Vec<_> = spans.iter().map(Span::json).collect();
        let json = decode_spans_json(&json_request(&json), &rules()).unwrap();
        prop_assert_eq!(protobuf.rejected.total(), 0);
        prop_assert_eq!(&protobuf.records, &json.records);
        prop_assert_eq!((protobuf.unlisted, protobuf.repeated), (json.unlisted, json.repeated));
    }

    #[test]
    fn any_bytes_end(mut bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..400, spans in spans()) {
        let _ = decode_spans_protobuf(&bytes, &rules());
        let _ = decode_spans_json(&bytes, &rules());
        let mut whole = request(&[spans.protobuf()]);
        let at = at.min(whole.len());
        whole.splice(at..at, bytes.drain(..));
        let _ = decode_spans_protobuf(&whole, &rules());
    }
}
