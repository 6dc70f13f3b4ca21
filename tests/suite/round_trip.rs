//! What an export holds is the same events again for whoever imports it, whatever they are.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use proptest::prelude::*;
use prost::Message as _;
use steplog::import::line;
use steplog_exporter::decode::decode_protobuf;
use steplog_exporter::map::{Mapped, Mapping};
use steplog_model::event::{Event, EventBatch, Flags, TimeSource};
use steplog_model::ids::Tenant;
use steplog_model::store::EventStore;
use steplog_model::testing::scan_store::ScanStore;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};
use steplog_query::{Beside, Local, QuerySettings};

use crate::support::otlp::{attribute, request, string, value};

/// When the events were received first.
const RECEIVED: UnixNanos = UnixNanos(1_795_420_800_000_000_000);
/// When they are imported: later, and so that no time becomes plausible or implausible by that.
const IMPORTED: UnixNanos = UnixNanos(RECEIVED.0 + 3_600 * NANOS_PER_SECOND);

/// A time: none, right, of another unit, of 1970, a year ahead, beyond the range.
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

/// The events of one request, each record twice: equal ones are different events.
fn events(records: &[LogRecord]) -> Vec<Event> {
    let records = records.iter().flat_map(|record| [record.clone(), record.clone()]).collect();
    let decoded = decode_protobuf(Bytes::from(request(records).encode_to_vec())).unwrap();
    let mapping = Mapping::built_in();
    let mut mapper = mapping.mapper(RECEIVED);
    let mapped = decoded.records.into_iter().map(|record| match mapper.map(record) {
        Mapped::Event(event) => event,
        Mapped::Filtered(reason) => panic!("{reason:?}"),
    });
    mapped.collect()
}

/// The lines of an export of all that a store holds.
async fn exported(store: &Arc<ScanStore>, format: &str) -> Vec<String> {
    let asked = Arc::clone(store) as Arc<dyn EventStore>;
    let api = Local::new(asked, &QuerySettings::default(), Beside::default());
    let address = format!("/api/v1/export?format={format}&from=0001-01-01T00:00:00Z&sort=time");
    let body = api.get(&address).await.unwrap().into_body();
    let chunks: Vec<Bytes> = body.try_collect().await.unwrap();
    let text = String::from_utf8(chunks.concat()).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The record as far as it is to be the same: without an id that was stated to keep it, and without the time of
/// observation where the moment of receipt stands there now.
fn kept(event: &Event, original: &Event) -> LogRecord {
    let mut record = LogRecord::decode(event.record.clone()).unwrap();
    let stated = string(&original.id.to_string());
    record.attributes.retain(|pair| !(pair.key == "log.record.uid" && pair.value.as_ref() == Some(&stated)));
    if original.time_source == TimeSource::Received {
        (record.time_unix_nano, record.observed_time_unix_nano) = (0, 0);
    }
    record
}

/// What an event says of itself, but for that its id was stated, and that an id of another length could not be read:
/// OTLP/JSON has no place for such an id, so it travels as an attribute.
fn flags(event: &Event) -> u32 {
    event.flags.0 & !Flags::EXPLICIT_ID.0 & !Flags::DUPLICATE_KEYS.0 & !Flags::VALUE_UNREADABLE.0
}

async fn check(records: Vec<LogRecord>) {
    let originals = events(&records);
    let store = Arc::new(ScanStore::new());
    let tenant = Tenant::default();
    store.ingest(EventBatch { tenant, events: originals.clone() }).await.unwrap();
    let mapping = Mapping::built_in();
    for format in ["ndjson", "otlp-json"] {
        let lines = exported(&store, format).await;
        let mut ids: Vec<_> = originals.iter().map(|event| event.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(lines.len(), ids.len(), "{format}");
        for line in lines {
            let items = line::read(line.as_bytes(), None, &mapping, IMPORTED)
                .unwrap_or_else(|e| panic!("{e}: {line}"));
            assert_eq!((items.items.len(), items.rejected), (1, 0), "{:?}: {line}", items.problem);
            let imported = items.items[0].event.clone().unwrap();
            let original = originals.iter().find(|event| event.id == imported.id);
            let original = original.unwrap_or_else(|| panic!("{format}: another id: {line}"));
            assert_eq!(imported.time, original.time, "{format}: {line}");
            assert_eq!(flags(&imported), flags(original), "{format}: {line}");
            assert_eq!(imported.cells, original.cells, "{format}: {line}");
            let (found, want) = (kept(&imported, original), kept(original, original));
            // Not a number is not equal to itself.
            assert_eq!(found.encode_to_vec(), want.encode_to_vec(), "{format}: {line}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn exports_hold_the_events_whatever_they_are(records in prop::collection::vec(record(), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(records));
    }
}
