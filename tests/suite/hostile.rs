//! Input made to hurt, through the real program: only what offends is refused or flagged, neighbours are found,
//! memory stays bounded, and the process lives.

use std::io::Write as _;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Kind;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use steplog_load::otlp_client::Protocol;
use steplog_load::otlp_client::reply::Reply;
use steplog_model::limits;
use steplog_model::time::NANOS_PER_DAY;

use crate::support::Server;
use crate::support::otlp::{attribute, message, now, record, request, string, value};

/// What all of this may cost beyond an idle server: a request at its limit, compressed and not, and some room.
const MEMORY_BYTES: u64 = 256 << 20;

fn nested(levels: usize) -> AnyValue {
    (0..levels).fold(string("core"), |inner, level| match level % 2 {
        0 => value(Kind::ArrayValue(ArrayValue { values: vec![inner] })),
        _ => value(Kind::KvlistValue(KeyValueList { values: vec![attribute("k", inner)] })),
    })
}

fn with(name: &str, hurt: AnyValue) -> LogRecord {
    let mut record = record(name, "i-hostile");
    record.attributes.push(attribute("hurt", hurt));
    record
}

/// A record between two good ones; whether it is refused.
fn offenders() -> Vec<(LogRecord, bool)> {
    let mut many = record("attributes", "i-hostile");
    many.attributes.extend((0..10_000).map(|n| attribute(&format!("key.{n}"), string("v"))));
    let mut twice = with("twice", string("first"));
    twice.attributes.push(attribute("hurt", string("second")));
    vec![
        (many, true),
        (with("deep", nested(200)), true),
        (with("large", string(&"x".repeat(limits::MAX_RECORD_BYTES))), true),
        (with("mebibyte", string(&"x".repeat(1 << 20))), false),
        (with("nested", nested(limits::MAX_VALUE_DEPTH - 1)), false),
        (with("nan", value(Kind::DoubleValue(f64::NAN))), false),
        (twice, false),
    ]
}

#[tokio::test]
async fn only_the_offending_record_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let mut want = Vec::new();
    for (protocol, suffix) in [(Protocol::Grpc, "grpc"), (Protocol::Http, "http")] {
        let mut sender = server.sender(protocol);
        for (mut offender, refused) in offenders() {
            let name = format!("{}.{suffix}", offender.event_name);
            offender.event_name.clone_from(&name);
            let neighbours = ["before", "after"].map(|place| format!("{place}.{name}"));
            let [before, after] = neighbours.each_ref().map(|name| record(name, "i-hostile"));
            let reply = sender.send(&message(&request(vec![before, offender, after]))).await;
            let Reply::Accepted { rejected, message } = reply else { panic!("{name}: {reply:?}") };
            assert_eq!(rejected, u64::from(refused), "{name}: {message}");
            want.extend(neighbours);
            want.extend((!refused).then_some(name));
        }
    }
    server.searchable().await;
    let page = server.get("/api/v1/events?interaction=i-hostile&limit=1000").await;
    let mut found: Vec<_> =
        page["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    found.sort_unstable();
    want.sort_unstable();
    assert_eq!(found, want);
    server.stop().await;
}

#[tokio::test]
async fn bad_text_is_repaired_and_flagged() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let mut bytes = request(vec![with("utf8", string("<here>"))]).encode_to_vec();
    let place = bytes.windows(6).position(|window| window == b"<here>").unwrap();
    bytes[place..place + 6].copy_from_slice(b"a\xff\xfe\xc3(b");
    let message =
        steplog_load::otlp_client::Message::new(bytes.into(), steplog_load::otlp_client::Compression::Gzip);
    let reply = server.sender(Protocol::Grpc).send(&message.unwrap()).await;
    assert!(matches!(reply, Reply::Accepted { rejected: 0, .. }), "{reply:?}");
    server.searchable().await;
    let page = server.get("/api/v1/events?interaction=i-hostile").await;
    let event = server.event(page["events"][0]["id"].as_str().unwrap()).await;
    assert_eq!(event["flags"], serde_json::json!(["utf8_repaired"]));
    let hurt = &event["record"]["logRecord"]["attributes"][1]["value"]["stringValue"];
    assert_eq!(hurt, "a\u{fffd}\u{fffd}\u{fffd}(b");
    server.stop().await;
}

#[tokio::test]
async fn impossible_times_are_replaced_and_flagged() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let sent = now();
    let ahead = sent + 3_650 * NANOS_PER_DAY.cast_unsigned();
    // None; 1970; 2262, the last nanosecond of i64; beyond it; in ten years; seconds in place of nanoseconds.
    let times = [
        (0, false),
        (1, true),
        (i64::MAX as u64, true),
        (u64::MAX, true),
        (ahead, true),
        (sent / 1_000_000_000, true),
    ];
    let records = times.iter().enumerate().map(|(number, (time, _))| LogRecord {
        time_unix_nano: *time,
        ..record(&format!("time.{number}"), "i-time")
    });
    let reply = server.sender(Protocol::Http).send(&message(&request(records.collect()))).await;
    assert!(matches!(reply, Reply::Accepted { rejected: 0, .. }), "{reply:?}");
    server.searchable().await;
    // Each is found where it was received, so in the last 24 hours.
    for (number, (time, flagged)) in times.into_iter().enumerate() {
        let page = server.get(&format!("/api/v1/events?interaction=i-time&event=time.{number}")).await;
        let event = server.event(page["events"][0]["id"].as_str().unwrap()).await;
        assert_eq!(event["time"], event["received"], "{number}");
        assert_eq!(event["time_source"], "received");
        let names = event["flags"].as_array().unwrap().iter();
        assert_eq!(names.clone().any(|name| name == "time_implausible"), flagged, "{number}: {event}");
        let kept = event["record"]["logRecord"]["timeUnixNano"].as_str().map(|time| time.parse().unwrap());
        assert_eq!(kept, (time != 0).then_some(time), "the original stays in the record");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_older_than_retention_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let days_ago = |days: u64| now() - days * NANOS_PER_DAY.cast_unsigned();
    let records = [0, 29, 32, 3_000]
        .map(|days| LogRecord { time_unix_nano: days_ago(days), ..record(&format!("days.{days}"), "i-old") });
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let reply = server.sender(protocol).send(&message(&request(records.to_vec()))).await;
        let Reply::Accepted { rejected: 2, message } = &reply else { panic!("{reply:?}") };
        assert!(message.contains("too old") && message.contains("store_retention_days"), "{message}");
    }
    server.searchable().await;
    let page = server.get("/api/v1/events?interaction=i-old&from=2000-01-01T00:00:00Z").await;
    let names: Vec<_> = page["events"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["days.0", "days.29"]);
    server.stop().await;
}

/// A gigabyte of zeros, compressed.
fn bomb(encoding: &str) -> Vec<u8> {
    let zeros = vec![0; 1 << 20];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    if encoding == "gzip" {
        (0..1_024).for_each(|_| gzip.write_all(&zeros).unwrap());
        return gzip.finish().unwrap();
    }
    zstd::encode_all(&zeros[..], 1).unwrap().repeat(1_024)
}

#[tokio::test]
async fn bombs_are_refused_and_memory_stays_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let idle = server.peak_memory_bytes();
    let url = format!("http://{}/v1/logs", server.address("http"));
    let client = reqwest::Client::new();
    for encoding in ["gzip", "zstd"] {
        let bomb = bomb(encoding);
        assert!(bomb.len() < 16 << 20);
        for _ in 0..4 {
            let post = client.post(&url).header("content-type", "application/x-protobuf");
            let answer = post.header("content-encoding", encoding).body(bomb.clone()).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 413, "{encoding}");
        }
    }
    let cost = server.peak_memory_bytes().saturating_sub(idle);
    assert!(cost < MEMORY_BYTES, "the bombs cost {} MiB", cost >> 20);
    let reply =
        server.sender(Protocol::Grpc).send(&message(&request(vec![record("alive", "i-alive")]))).await;
    assert!(matches!(reply, Reply::Accepted { rejected: 0, .. }), "{reply:?}");
    server.stop().await;
}

#[tokio::test]
async fn questions_made_to_hurt_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let parentheses = format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000));
    let clauses = vec!["a"; 2_000].join("+OR+");
    let words: String = (0..1_000).map(|n| format!("{n}+")).collect();
    let nested = format!("{}a{}", "(".repeat(100), ")".repeat(100));
    for (what, text) in [("depth", &nested), ("words", &words), ("clauses", &clauses[..4_000].to_owned())] {
        let (status, problem) = server.ask(&format!("/api/v1/events?q={text}")).await;
        assert_eq!(status, 400, "{what}: {problem}");
        assert_eq!(problem["errors"][0]["parameter"], "q", "{what}: {problem}");
    }
    let filters: String = (0..1_000).map(|n| format!("&person={n}")).collect();
    let (status, problem) = server.ask(&format!("/api/v1/events?limit=1{filters}")).await;
    assert_eq!(status, 400, "{problem}");
    // Longer than an address may be at all.
    let (status, problem) = server.ask(&format!("/api/v1/events?q={parentheses}")).await;
    assert!(status == 400 || status == 414, "{status}: {problem}");
    let wide = server_with_long_addresses().await;
    for text in [parentheses, vec!["a"; 10_000].join("+OR+")] {
        let (status, problem) = wide.0.ask(&format!("/api/v1/events?q={text}")).await;
        assert_eq!(status, 400, "{problem}");
    }
    server.get("/api/v1/events").await;
    server.stop().await;
}

/// A server that lets 10,000 clauses through to the parser.
async fn server_with_long_addresses() -> (Server, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (Server::start_with(directory.path(), &["--query-address-bytes", "60000"]).await, directory)
}
