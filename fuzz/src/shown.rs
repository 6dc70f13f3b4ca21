//! What becomes of events whatever they hold: every answer about them, and every export, which imported is the same
//! events again.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;
use steplog::import::batch::Batch;
use steplog::import::line;
use steplog_exporter::decode::{LogRecord, decode_protobuf};
use steplog_exporter::map::{Mapped, Mapping, share_conversations};
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use crate::api::{Api, encoded};
use crate::{MAX_INPUT_BYTES, NOW};

/// So many events of an input are shown one by one.
const MOST_SHOWN: usize = 3;
/// Its store has the events of one input at a time.
static API: LazyLock<Api> = LazyLock::new(Api::new);
/// The mapping without settings.
pub(crate) static MAPPING: LazyLock<Mapping> = LazyLock::new(Mapping::built_in);
/// When exports are imported: a time that was to come is over by then.
const LATER: UnixNanos = UnixNanos(NOW.0 + 2 * NANOS_PER_DAY);
const PERIOD: &str = "from=0001-01-01T00:00:00Z";

/// The events of records, as a receiver makes them.
pub(crate) fn events(records: Vec<LogRecord>) -> Vec<Event> {
    let mut mapper = MAPPING.mapper(NOW).of_sending(1);
    let mut events = Vec::new();
    for record in records {
        if let Mapped::Event(event) = mapper.map(record) {
            events.push(event);
        }
    }
    share_conversations(&mut events);
    events
}

/// Shows events in every way there is.
pub(crate) fn check(mut events: Vec<Event>) {
    let mut ids = HashSet::new();
    events.retain(|event| ids.insert(event.id));
    if events.is_empty() {
        return;
    }
    API.put(events.clone());
    answers(&events);
    for format in ["ndjson", "otlp-json"] {
        round_trip(&events, format);
    }
    API.clear();
}

fn answers(events: &[Event]) {
    let json = |address: &str| {
        let body = API.must_get(address);
        serde_json::from_slice::<Value>(&body).unwrap_or_else(|error| panic!("{address:?}: {error}"))
    };
    let page = json(&format!("/api/v1/events?{PERIOD}&limit=1000&columns=body,attr.a,attr.session.id"));
    assert_eq!(page["events"].as_array().map(Vec::len), Some(events.len().min(1_000)), "{page}");
    json(&format!("/api/v1/facets?{PERIOD}"));
    json(&format!("/api/v1/hotspots?{PERIOD}&elements=1"));
    json(&format!("/api/v1/histogram?{PERIOD}&buckets=10&tz=Europe/Zagreb"));
    API.must_get(&format!("/api/v1/export?format=csv&{PERIOD}&tz=Europe/Zagreb"));
    for event in events.iter().take(MOST_SHOWN) {
        json(&format!("/api/v1/events/{}", event.id));
        let interaction = event.value(Column::Interaction).map(encoded);
        // One of other letters may be longer than an address.
        if let Some(interaction) = interaction.filter(|interaction| interaction.len() < MAX_INPUT_BYTES / 2) {
            json(&format!("/api/v1/interactions/{interaction}"));
        }
    }
}

fn lines(format: &str) -> Vec<String> {
    let body = API.must_get(&format!("/api/v1/export?format={format}&{PERIOD}&sort=time"));
    let text = String::from_utf8(body.to_vec()).expect("an export is UTF-8");
    text.lines().map(str::to_owned).collect()
}

fn round_trip(events: &[Event], format: &str) {
    let lines = lines(format);
    assert_eq!(lines.len(), events.len(), "{format}");
    for line in lines {
        let items = line::read(line.as_bytes(), None, &MAPPING, LATER);
        let items = items.unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!((items.items.len(), items.rejected), (1, 0), "{:?}: {line}", items.problem);
        let mut batch = Batch::default();
        batch.items.extend(items.items);
        let sent = decode_protobuf(batch.request()).expect("a request of records");
        let Some(Mapped::Event(imported)) =
            sent.records.into_iter().next().map(|sent| MAPPING.map(sent, LATER))
        else {
            panic!("no event: {line}")
        };
        let original = events.iter().find(|event| event.id == imported.id);
        let original = original.unwrap_or_else(|| panic!("{format}: another id: {line}"));
        assert_eq!(imported.time, original.time, "{format}: {line}");
        assert_eq!(imported.time_source, original.time_source, "{format}: {line}");
        assert_eq!(imported.flags, original.flags, "{format}: {line}");
        assert_eq!(imported.duration_nanos, original.duration_nanos, "{format}: {line}");
    }
}
