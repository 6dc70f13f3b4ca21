//! Inputs to begin with that follow from the formats: files as the store writes them, requests as senders do. Made anew
//! each time, so that they stay right when a format changes.

use std::sync::LazyLock;

use bytes::Bytes;
use steplog::config::settings;
use steplog_exporter::decode::decode_protobuf;
use steplog_indexer::fuzzing::{frame_seed, index_seed, log_seed, pieces_seed};
use steplog_load::generate::stream::{Plan, Stream, Times};
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::time::UnixNanos;

use crate::{NOW, shown};

/// A request of so many realistic events.
pub(crate) fn request(events: usize) -> Bytes {
    let from = UnixNanos(NOW.0 - 3_600_000_000_000);
    let times = Times::Spread { from, to: NOW, events: events as u64 };
    Stream::new(Plan { seed: 7, persons: 5, times, uids: true }).batch(events, NOW).request
}

/// So many events of such a request.
pub(crate) fn some_events(events: usize) -> Vec<Event> {
    let decoded = decode_protobuf(request(events)).expect("a request");
    shown::events(decoded.records)
}

/// A few events.
pub(crate) fn events() -> Vec<Event> {
    static EVENTS: LazyLock<Vec<Event>> = LazyLock::new(|| some_events(12));
    EVENTS.clone()
}

/// The inputs of a target.
#[must_use]
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let events = events();
    match target {
        "otlp" => vec![request(1).to_vec(), request(3).to_vec()],
        "files" => log(&events).into_iter().chain(index_seed(&events).expect("an index")).collect(),
        "store" => store(&events),
        "request" => vec![b"/health/ready".to_vec()],
        "settings" => vec![b"demo = true".to_vec()],
        "json" | "import" => vec![JSON_REQUEST.to_vec()],
        _ => vec![b"order".to_vec()],
    }
}

const JSON_REQUEST: &[u8] =
    br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.b","timeUnixNano":"1795420700000000000"}]}]}]}"#;

fn log(events: &[Event]) -> Vec<Vec<u8>> {
    let with_head = |count: usize, plain_bytes: usize, bytes: &[u8]| {
        let [low, high, ..] = plain_bytes.to_le_bytes();
        [&[count as u8, low, high], bytes].concat()
    };
    let few = &events[..3];
    let many: Vec<Event> = few.iter().cycle().take(48).cloned().collect();
    let (pieces, plain_bytes) = pieces_seed(&many).expect("many alike are worth it");
    let (file, table) = log_seed(few).expect("a log");
    let rows = frame_seed(few);
    vec![
        with_head(few.len(), 0, &rows),
        with_head(many.len(), plain_bytes, &pieces),
        file,
        table[..table.len() - 4].to_vec(),
    ]
}

fn store(events: &[Event]) -> Vec<Vec<u8>> {
    let (file, table) = log_seed(events).expect("a log");
    let files: [&[u8]; 6] = [
        br#"{"format":3,"next_seq":100}"#,
        br#"{"present":1795420800000000000,"wall":1795420800000000000,"uptime":5,"for_clock":0,"against_clock":0,"before":null,"receipts":{}}"#,
        br#"{"first_day":"2026-11-01"}"#,
        br#"{"files":{"7":100}}"#,
        &file,
        &table,
    ];
    let with_length = |content: &&[u8]| [&(content.len() as u16).to_le_bytes(), *content].concat();
    vec![files.iter().flat_map(with_length).collect()]
}

/// Words that the parsers of a target know, as libFuzzer reads them: nobody guesses a name.
#[must_use]
pub fn dictionary(target: &str) -> String {
    let columns = || Column::ALL.iter().map(|column| column.name().to_owned());
    let words: Vec<String> = match target {
        "text" => columns()
            .map(|name| name + ":")
            .chain(SEARCH.into_iter().chain(WORDS).map(str::to_owned))
            .collect(),
        "request" => columns().map(|name| format!("&{name}=")).chain(REQUEST.map(str::to_owned)).collect(),
        "settings" => {
            let keys = settings()
                .into_iter()
                .filter_map(|setting| setting.get_long().map(|long| long.replace('-', "_")));
            keys.chain(columns()).chain(SETTINGS.map(str::to_owned)).collect()
        }
        "json" | "import" => JSON.map(|name| format!("\"{name}\":")).to_vec(),
        "otlp" => ATTRIBUTES.map(str::to_owned).to_vec(),
        "values" => VALUES.map(str::to_owned).to_vec(),
        _ => FILES.map(str::to_owned).to_vec(),
    };
    let escaped = |word: &String| word.bytes().map(|byte| format!("\\x{byte:02X}")).collect::<String>();
    words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect()
}

const SEARCH: [&str; 12] = [
    " OR ",
    " AND ",
    "NOT ",
    "attr.",
    ":*",
    "*0041",
    "\"",
    "\\",
    "person:*",
    "550e8400-e29b-41d4-a716-446655440000",
    "1.5e-7",
    "deadbeef00112233",
];

const REQUEST: [&str; 38] = [
    "/api/v1/events?",
    "/api/v1/events/",
    "/api/v1/interactions/",
    "/api/v1/facets?",
    "/api/v1/histogram?",
    "/api/v1/hotspots?",
    "/api/v1/count?",
    "/api/v1/export?",
    "/api/v1/tail?",
    "/api/v1/catalog",
    "/api/v1/links",
    "/api/v1/views",
    "/health/ready",
    "&q=",
    "&typing=1",
    "&from=",
    "&to=",
    "&sort=time",
    "&limit=",
    "&cursor=",
    "&columns=",
    "&why=1",
    "&format=csv",
    "&format=ndjson",
    "&format=otlp-json",
    "&tz=",
    "&bom=1",
    "&prefix=",
    "&buckets=",
    "&elements=1",
    "&compare_a=",
    "&compare_b=",
    "&last_event_id=",
    "&attr.",
    "now-30d",
    "%2B05:45",
    "Europe/Zagreb",
    "0001-01-01T00:00:00Z",
];

const SETTINGS: [&str; 14] = [
    "[mapping]",
    "[mapping.person]",
    "[links]",
    "[links.person]",
    "attributes = [\"",
    "label = \"",
    "url = \"https://",
    "{person}",
    "labels",
    "values",
    "patterns",
    "default",
    "spans",
    "include",
];

const JSON: [&str; 44] = [
    "resourceLogs",
    "resource_logs",
    "resourceSpans",
    "resourceMetrics",
    "resource",
    "schemaUrl",
    "scopeLogs",
    "scope",
    "scopeSpans",
    "logRecords",
    "spans",
    "attributes",
    "key",
    "value",
    "stringValue",
    "intValue",
    "doubleValue",
    "boolValue",
    "bytesValue",
    "arrayValue",
    "kvlistValue",
    "values",
    "timeUnixNano",
    "observedTimeUnixNano",
    "severityNumber",
    "severityText",
    "body",
    "traceId",
    "spanId",
    "flags",
    "eventName",
    "droppedAttributesCount",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "parentSpanId",
    "events",
    "links",
    "status",
    "code",
    "record",
    "logRecord",
    "received",
    "time_source",
    "id",
];

const ATTRIBUTES: [&str; 20] = [
    "log.record.uid",
    "steplog.person.id",
    "steplog.interaction.id",
    "event.name",
    "session.id",
    "user.id",
    "service.name",
    "gen_ai.operation.name",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.tool.name",
    "gen_ai.conversation.id",
    "gen_ai.agent.name",
    "error",
    "error.type",
    "exception.message",
    "messaging.message.id",
    "cloudevents.event_id",
    "steplog.unreadable",
    "duration_ms",
];

const FILES: [&str; 16] = [
    "SLOG",
    "SLT1",
    "SLT2",
    "\"format\":3",
    "\"next_seq\":",
    "\"present\":",
    "\"wall\":",
    "\"counted\":",
    "\"differs_since\":",
    "\"before\":",
    "\"receipts\":",
    "\"files\":",
    "\"segments\":",
    "\"payload\":",
    "18446744073709551615",
    "-9223372036854775808",
];

const VALUES: [&str; 16] = [
    "now",
    "now-24h",
    "+05:45",
    "Europe/Zagreb",
    "America/St_Johns",
    "UTC",
    "2026-10-25T02:30:00+02:00",
    "T24:00:00Z",
    "1795420800000000000",
    "-9223372036854775808",
    "https://",
    "{person}",
    "%41",
    "attr.",
    "[u-ca=hebrew]",
    "\\,",
];

const WORDS: [&str; 16] = [
    "\u{130}",
    "\u{307}",
    "½",
    "\u{2044}",
    "ß",
    "Σ",
    "メ",
    "ﾒ",
    "👍🏽",
    "❤\u{fe0f}",
    "\u{200d}",
    "\u{1b}[32m",
    "\\u00fc",
    "{\"a\":\"",
    "550e8400-e29b-41d4-a716-446655440000",
    "\u{110c}\u{116e}",
];
