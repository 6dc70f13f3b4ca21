//! What an export holds is the same events again for whoever imports it, whatever they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use proptest::prelude::*;
use prost::Message as _;
use serde_json::{Value as Json, json};
use steplog::import::batch::Batch;
use steplog::import::line;
use steplog_exporter::decode::{Decoded, decode_json, decode_protobuf};
use steplog_exporter::map::{Mapped, Mapping};
use steplog_model::event::{Event, EventBatch, Flags};
use steplog_model::ids::Tenant;
use steplog_model::record::exported::EXPORTED;
use steplog_model::record::wire::{put_bytes_field, put_message_field, put_varint_field};
use steplog_model::store::EventStore;
use steplog_model::testing::scan_store::ScanStore;
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, Received, UnixNanos};
use steplog_query::{ApiContext, Local, QuerySettings};

use crate::support::otlp::{attribute, string, value};

/// When the events were received first.
pub(crate) const RECEIVED: UnixNanos = UnixNanos(1_795_420_800_000_000_000);
/// When they are imported: much later, so that times which were to come, or could not be believed, are past by then.
const IMPORTED: UnixNanos = UnixNanos(RECEIVED.0 + 500 * NANOS_PER_DAY);

/// A time: none, right, of another unit, of 1970, minutes, days or a year ahead, beyond the range.
fn time() -> impl Strategy<Value = u64> {
    let received = RECEIVED.0.cast_unsigned();
    let year = 400 * 86_400 * NANOS_PER_SECOND.cast_unsigned();
    prop_oneof![
        3 => (0..1_000_000_000_000_u64).prop_map(move |back| received - back),
        2 => Just(0),
        1 => Just(received / 1_000_000),
        1 => Just(received / 1_000),
        1 => Just(1),
        1 => Just(received + year),
        2 => prop::sample::select(&[59_u64, 61, 3_600, 82_000, 90_000, 200_000][..])
            .prop_map(move |seconds| received + seconds * NANOS_PER_SECOND.cast_unsigned()),
        1 => Just(u64::MAX),
    ]
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let scalar = prop_oneof![
        "\\PC{0,8}".prop_map(Value::StringValue),
        prop::sample::select(&["", "\u{0}\u{2028}\u{feff}", "{\"a\":1}"][..])
            .prop_map(|text| Value::StringValue(text.to_owned())),
        any::<i64>().prop_map(Value::IntValue),
        // JSON knows one that is not a number.
        any::<f64>().prop_map(|double| Value::DoubleValue(if double.is_nan() { f64::NAN } else { double })),
        prop::sample::select(&[-0.0, 1e300, 5e-324, 1e21, f64::NAN, f64::INFINITY, f64::NEG_INFINITY][..])
            .prop_map(Value::DoubleValue),
        any::<bool>().prop_map(Value::BoolValue),
        prop::collection::vec(any::<u8>(), 0..5).prop_map(Value::BytesValue),
    ];
    let leaf = prop_oneof![9 => scalar.prop_map(value), 1 => Just(AnyValue { value: None })];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let pair = ("[a-c]{0,2}", inner.clone()).prop_map(|(key, value)| attribute(&key, value));
        prop_oneof![
            prop::collection::vec(inner, 0..4)
                .prop_map(|values| value(Value::ArrayValue(ArrayValue { values }))),
            prop::collection::vec(pair, 0..4)
                .prop_map(|values| value(Value::KvlistValue(KeyValueList { values }))),
        ]
    })
}

/// How a record names itself: not at all, rightly, or with what is no name.
fn uid() -> impl Strategy<Value = Option<KeyValue>> {
    prop_oneof![
        4 => Just(None),
        1 => "\\PC{1,12}".prop_map(|uid| Some(string(&uid))),
        1 => Just(Some(string("6ba7b810-9dad-11d1-80b4-00c04fd430c8"))),
        1 => Just(Some(string(""))),
        1 => Just(Some(value(Value::ArrayValue(ArrayValue { values: vec![string("x")] })))),
        1 => any::<i64>().prop_map(|uid| Some(value(Value::IntValue(uid)))),
    ]
    .prop_map(|uid| uid.map(|uid| attribute("log.record.uid", uid)))
}

fn id() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => Just(vec![]),
        2 => prop::collection::vec(any::<u8>(), 16),
        2 => prop::collection::vec(any::<u8>(), 8),
        1 => prop::collection::vec(any::<u8>(), 32),
        1 => prop::collection::vec(any::<u8>(), 1..4),
        1 => Just(vec![0; 16]),
    ]
}

fn record() -> impl Strategy<Value = LogRecord> {
    let attributes = prop::collection::vec(("[a-c]{1,2}", any_value()), 0..4);
    let parts = (time(), time(), uid(), attributes, prop::option::of(any_value()));
    (parts, id(), id(), -1_i32..30, any::<u32>()).prop_map(
        |(
            (time_unix_nano, observed_time_unix_nano, uid, attributes, body),
            trace_id,
            span_id,
            severity,
            flags,
        )| {
            let attributes = attributes.iter().map(|(key, value)| attribute(key, value.clone())).chain(uid);
            LogRecord {
                time_unix_nano,
                observed_time_unix_nano,
                severity_number: severity,
                body,
                attributes: attributes.collect(),
                flags,
                trace_id,
                span_id,
                event_name: "odd.step".to_owned(),
                ..LogRecord::default()
            }
        },
    )
}

/// An attribute as an encoder of OTLP may write it and the generated types do not: texts that are no UTF-8, references
/// into a table, what exports state, parts of one value apart.
fn odd_attribute() -> impl Strategy<Value = Vec<u8>> {
    let pair = |key: &[u8], value: &[u8]| {
        let mut out = Vec::new();
        put_bytes_field(&mut out, 1, key);
        put_message_field(&mut out, 2, |out| put_bytes_field(out, 1, value));
        out
    };
    let reference = |put: fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        put(&mut out);
        out
    };
    let stated = prop::sample::select(
        &["", "uid", "utf8_repaired", "time=received", "uid time=record", "trace_id=0102", "none of it"][..],
    );
    prop_oneof![
        Just(pair(b"k", b"\xff\xfe")),
        Just(pair(b"k\xff", b"v")),
        Just(pair(b"log.record.uid", b"u\xff")),
        Just(pair(b"log.record.uid", b"00112233445566778899aabbccddeeff")),
        Just(pair(b"steplog.sent.trace_id", b"ab")),
        stated.prop_map(move |text| pair(EXPORTED.as_bytes(), text.as_bytes())),
        Just(reference(|out| {
            put_bytes_field(out, 1, b"k");
            put_message_field(out, 2, |out| put_varint_field(out, 8, 7));
        })),
        Just(reference(|out| put_varint_field(out, 3, 7))),
        Just(reference(|out| {
            put_bytes_field(out, 1, b"k");
            put_message_field(out, 2, |out| put_bytes_field(out, 1, b"a"));
            put_message_field(out, 2, |out| put_bytes_field(out, 1, b"b"));
        })),
    ]
}

/// An encoded record.
pub(crate) fn encoded() -> impl Strategy<Value = Vec<u8>> {
    (record(), prop::collection::vec(odd_attribute(), 0..3), any::<bool>()).prop_map(
        |(record, odd, first)| {
            let mut out = if first { Vec::new() } else { record.encode_to_vec() };
            odd.iter().for_each(|pair| put_bytes_field(&mut out, 6, pair));
            if first {
                out.extend(record.encode_to_vec());
            }
            out
        },
    )
}

/// The request of encoded records, each twice: equal ones are different events.
pub(crate) fn request(records: &[Vec<u8>], resource: &[u8]) -> Bytes {
    let mut out = Vec::new();
    put_message_field(&mut out, 1, |out| {
        put_message_field(out, 1, |out| {
            put_message_field(out, 1, |out| {
                put_bytes_field(out, 1, b"service.name");
                put_message_field(out, 2, |out| put_bytes_field(out, 1, resource));
            });
        });
        put_message_field(out, 2, |out| {
            records.iter().flat_map(|record| [record, record]).for_each(|one| put_bytes_field(out, 2, one));
        });
    });
    Bytes::from(out)
}

/// What a receiver makes of a request.
pub(crate) fn events(decoded: Decoded, received: Received) -> Vec<Event> {
    let mapping = Mapping::built_in();
    let mut mapper = mapping.mapper(received).of_sending(7);
    let mapped = decoded.records.into_iter().map(|record| match mapper.map(record) {
        Mapped::Event(event) => event,
        Mapped::Filtered(reason) => panic!("{reason:?}"),
    });
    mapped.collect()
}

/// The lines of an export of all that a store holds.
pub(crate) async fn exported(store: &Arc<ScanStore>, format: &str) -> Vec<String> {
    let asked = Arc::clone(store) as Arc<dyn EventStore>;
    let api = Local::new(asked, &QuerySettings::default(), ApiContext::default());
    let address = format!("/api/v1/export?format={format}&from=0001-01-01T00:00:00Z&sort=time");
    let body = api.get(&address).await.unwrap().into_body();
    let chunks: Vec<Bytes> = body.try_collect().await.unwrap();
    let text = String::from_utf8(chunks.concat()).unwrap();
    text.lines().map(str::to_owned).collect()
}

pub(crate) async fn store_of(events: Vec<Event>) -> Arc<ScanStore> {
    let store = Arc::new(ScanStore::new());
    store.ingest(EventBatch { tenant: Tenant::default(), events }).await.unwrap();
    store
}

/// Whole events by their ids, without what belongs to a store.
async fn contents(store: &Arc<ScanStore>) -> BTreeMap<String, Json> {
    let lines = exported(store, "ndjson").await;
    let events = lines.iter().map(|line| {
        let mut event: Json = serde_json::from_str(line).unwrap();
        let members = event.as_object_mut().unwrap();
        members.retain(|name, _| name != "seq" && name != "received");
        (event["id"].as_str().unwrap().to_owned(), event)
    });
    events.collect()
}

/// The events by their ids with what the store keeps of them; the encoding of a record may be another one.
fn kept(events: Vec<Event>) -> BTreeMap<u128, Event> {
    let without = |event: Event| Event {
        received: RECEIVED,
        has_exported_id: false,
        origin: Arc::default(),
        record: Bytes::new(),
        ..event
    };
    let mut kept = BTreeMap::new();
    // Of one id the first is kept.
    events.into_iter().for_each(|event| {
        kept.entry(event.id.0).or_insert_with(|| without(event));
    });
    kept
}

/// Exports events in each format that an import reads, and imports them into an empty store: over OTLP, as a receiver
/// takes them, and without a server.
async fn check(originals: Vec<Event>) {
    let store = store_of(originals.clone()).await;
    let wanted = contents(&store).await;
    let originals = kept(originals);
    assert_eq!(wanted.len(), originals.len());
    for format in ["ndjson", "otlp-json"] {
        let mut batch = Batch::default();
        for line in exported(&store, format).await {
            let items = line::read(line.as_bytes(), Some(1), &Mapping::built_in(), IMPORTED)
                .unwrap_or_else(|e| panic!("{e}: {line}"));
            assert_eq!((items.items.len(), items.rejected), (1, 0), "{:?}: {line}", items.problem);
            batch.items.extend(items.items);
        }
        let decoded = decode_protobuf(batch.request()).unwrap();
        assert_eq!(decoded.rejected.total(), 0, "{:?}", decoded.rejected.message());
        let sent = events(decoded, IMPORTED.into());
        for (way, imported) in [("over OTLP", sent), ("into a store", batch.into_events().0)] {
            let copy = store_of(imported.clone()).await;
            assert_eq!(kept(imported), originals, "{format}, {way}");
            assert_eq!(contents(&copy).await, wanted, "{format}, {way}");
            // An export of the copy is that of the original.
            assert_eq!(
                exported(&copy, "otlp-json").await,
                exported(&store, "otlp-json").await,
                "{format}, {way}"
            );
        }
    }
}

#[track_caller]
pub(crate) fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn exports_hold_the_events_whatever_they_are(
        records in prop::collection::vec(encoded(), 1..4),
        resource in prop::sample::select(vec![&b"orders"[..], b"ord\xffers"]),
        is_behind in any::<bool>(),
    ) {
        let ahead = if is_behind { 2 * NANOS_PER_DAY } else { 0 };
        let received = Received { clock: RECEIVED, latest: RECEIVED.saturating_add(ahead) };
        run(check(events(decode_protobuf(request(&records, resource)).unwrap(), received)));
    }
}

/// Requests in JSON that were received somewhere as they stand.
#[test]
fn exports_hold_what_odd_senders_wrote() {
    let kept = |member: Json| {
        let mut record = json!({"eventName": "odd.step", "timeUnixNano": "1795420700000000000"});
        record.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
        record
    };
    let value = |value: Json| kept(json!({"attributes": [{"key": "k", "value": value}]}));
    let records = json!([
        kept(json!({"attributes": [{"key": "cloudevents.event_id", "value": {"stringValue": "1"}}]})),
        {"eventName": "no.time"},
        {"eventName": "no.time"},
        kept(json!({"timeUnixNano": "1795420700000000000000000", "observedTimeUnixNano": "1795420700000000001"})),
        kept(json!({"timeUnixNano": "-1", "observedTimeUnixNano": "soon"})),
        value(json!({"bytesValue": {"type": "Buffer", "data": [104, 105]}})),
        value(json!({"bytesValue": "%%"})),
        value(json!({"value": {"stringValue": "x"}})),
        value(json!({"intValue": "many"})),
        value(json!({"doubleValue": "NaN"})),
        value(json!({"stringValue": "\u{0}\u{feff}\u{2028}"})),
        value(json!({"stringValueStrindex": 3})),
        kept(json!({"attributes": [{"keyStrindex": 3, "value": {"stringValue": "x"}}, {"key": ""}, {}]})),
        kept(json!({"attributes": [{"key": "error", "value": {"boolValue": false}}]})),
        kept(json!({"traceId": "ab".repeat(32), "spanId": "01"})),
        kept(json!({"traceId": "S/kvNXezTaajzpKdDg5HNg==", "spanId": "zz"})),
        kept(json!({"severityText": "ERROR", "severityNumber": 0})),
        kept(json!({"severityNumber": "SEVERITY_NUMBER_INFO", "traceId": "", "spanId": ""})),
        kept(json!({"attributes": [{"key": "session.id", "value": {"stringValue": "s".repeat(9_000)}}]})),
        kept(json!({"body": {"kvlistValue": [{"key": "a", "value": {"stringValue": "x"}}]}})),
        kept(json!({"body": {"arrayValue": {"values": [{}, {"kvlistValue": {"values": [{"key": "a"}]}}]}}})),
    ]);
    let sent = json!({"resourceLogs": [{"resource": {"attributes": [{"key": "n", "value": {"intValue": "x"}}]},
        "scopeLogs": [{"scope": 7, "logRecords": records}]}]});
    // A half of a surrogate pair is no character.
    let sent = sent.to_string().replace("\"error\"", "\"err\\ud800or\"");
    let originals = events(decode_json(sent.as_bytes()).unwrap(), RECEIVED.into());
    assert_eq!(originals.len(), 21);
    let mut flags = Flags::default();
    originals.iter().for_each(|event| flags.insert(event.flags));
    for flag in
        [Flags::UTF8_REPAIRED, Flags::STRING_REFERENCE, Flags::VALUE_UNREADABLE, Flags::TIME_IMPLAUSIBLE]
    {
        assert!(flags.contains(flag), "{flags:?}");
    }
    run(check(originals));
}
