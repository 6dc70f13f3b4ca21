//! Input made to hurt: only the offending record is refused, memory stays bounded, the server lives.

use std::process::{Command, Stdio};

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use proptest::prelude::*;
use prost::Message as _;
use steplog_model::event::Flags;
use steplog_model::limits;
use steplog_model::record::wire::put_bytes_field;
use tonic::Code;

use crate::support::clients::{export, export_raw, framed, post, post_json, post_protobuf};
use crate::support::compress::gzip_bomb;
use crate::support::requests::{attribute, names, one, record, record_of, request, request_of_bytes, string};
use crate::support::start;

/// Set in the process that runs the bombs alone, so that its memory can be told from that of other tests.
const BOMB_PROCESS: &str = "STEPLOG_TEST_BOMB_PROCESS";
/// What a bomb may cost beyond an idle server: the request limit, once, and some room.
const BOMB_MEMORY_BYTES: u64 = 128 << 20;

/// 10 GiB of zeros in each encoding whose bodies can be that small, over both protocols.
#[test]
fn bombs_stop_early_and_cost_little() {
    if std::env::var_os(BOMB_PROCESS).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(throw_bombs());
        return;
    }
    let test = std::env::current_exe().unwrap();
    let mut alone = Command::new(test);
    alone.args(["--exact", "hostile::bombs_stop_early_and_cost_little", "--nocapture"]);
    let output = alone.env(BOMB_PROCESS, "1").stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

async fn throw_bombs() {
    let server = start().await;
    let zeros = vec![0; 64 << 20];
    let zstd = zstd::encode_all(&zeros[..], 3).unwrap().repeat(160);
    let lz4 = crate::support::compress::compress("lz4", &zeros).repeat(40);
    drop(zeros);
    let gzip = gzip_bomb(640);
    assert!(gzip.len() < 12 << 20 && zstd.len() < 12 << 20 && lz4.len() < 12 << 20);
    export(server.grpc, one("warm")).await.unwrap();
    // Senders hold their bodies before the count begins.
    let bombs = [("gzip", gzip), ("zstd", zstd), ("lz4", lz4)]
        .map(|(name, bomb)| (name, framed(true, &bomb), Bytes::from(bomb)));
    let before = peak_memory_bytes();
    for (name, framed, bomb) in bombs {
        let headers = [("content-type", "application/x-protobuf"), ("content-encoding", name)];
        let answer = post(&server.logs_url(), &headers, bomb).await;
        assert_eq!(answer.status, 413, "{name}");
        if name != "lz4" {
            let status = export_raw(server.grpc, &[("grpc-encoding", name)], framed).await.unwrap_err();
            assert_eq!(status.code(), Code::ResourceExhausted, "{name}");
        }
    }
    let cost = peak_memory_bytes().saturating_sub(before);
    assert!(cost < BOMB_MEMORY_BYTES, "the bombs cost {} MiB", cost >> 20);
    export(server.grpc, one("still.alive")).await.unwrap();
}

/// The most memory that this process ever had, in bytes; 0 where the system does not say.
fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

fn nested(levels: usize) -> AnyValue {
    (0..levels).fold(string("core"), |inner, level| {
        let value = if level % 2 == 0 {
            Value::ArrayValue(ArrayValue { values: vec![inner] })
        } else {
            Value::KvlistValue(KeyValueList { values: vec![attribute("k", inner)] })
        };
        AnyValue { value: Some(value) }
    })
}

/// A record with one attribute of this value.
fn with(name: &str, value: AnyValue) -> LogRecord {
    LogRecord { attributes: vec![attribute("k", value)], ..record(name) }
}

#[tokio::test]
async fn only_the_offending_record_is_refused() {
    let server = start().await;
    let many_attributes =
        (0..10_000).map(|n| attribute(&format!("key.{n}"), string("v"))).collect::<Vec<_>>();
    let hostile = [
        (LogRecord { attributes: many_attributes, ..record("attributes") }, true),
        (
            LogRecord {
                attributes: vec![attribute(&"k".repeat(limits::MAX_KEY_BYTES + 1), string("v"))],
                ..record("key")
            },
            true,
        ),
        (with("deep", nested(200)), true),
        (LogRecord { body: Some(nested(200)), ..record("deep.body") }, true),
        (with("large", string(&"x".repeat(limits::MAX_RECORD_BYTES))), true),
        (with("nested", nested(limits::MAX_VALUE_DEPTH - 1)), false),
        (with("mebibyte", string(&"x".repeat(1 << 20))), false),
        (with("nan", AnyValue { value: Some(Value::DoubleValue(f64::NAN)) }), false),
        (LogRecord { severity_number: -7, ..record("severity") }, false),
    ];
    for (offending, refused) in hostile {
        let name = offending.event_name.clone();
        let before = server.store.events().len();
        let batch = vec![record("good.1"), offending, record("good.2")];
        let answer = export(server.grpc, request(batch)).await.unwrap();
        let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_log_records);
        assert_eq!(rejected, i64::from(refused), "{name}");
        let kept = names(&server.store.events()[before..]);
        let want: &[&str] = if refused { &["good.1", "good.2"] } else { &["good.1", &name, "good.2"] };
        assert_eq!(kept, want);
    }
}

#[tokio::test]
async fn every_depth_is_taken_or_refused_alone() {
    let server = start().await;
    for levels in 1..=200 {
        let before = server.store.events().len();
        let deep = with("deep", nested(levels)).encode_to_vec();
        let good = record("good").encode_to_vec();
        let body = request_of_bytes([&good[..], &deep]);
        let answer = post_protobuf(&server.logs_url(), body).await.exported();
        let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_log_records);
        assert_eq!(rejected, i64::from(levels > limits::MAX_VALUE_DEPTH), "{levels} levels");
        assert_eq!(server.store.events().len(), before + 2 - usize::try_from(rejected).unwrap());
    }
}

#[tokio::test]
async fn deep_json_is_refused_alone() {
    let server = start().await;
    for levels in [1, 60, 65, 127, 200, 5_000] {
        let before = server.store.events().len();
        let value = format!(
            "{}{{\"stringValue\":\"core\"}}{}",
            "{\"arrayValue\":{\"values\":[".repeat(levels),
            "]}}".repeat(levels)
        );
        let body = format!(
            "{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{{\"eventName\":\"good.1\"}},\
             {{\"eventName\":\"deep\",\"body\":{value}}},{{\"eventName\":\"good.2\"}}]}}]}}]}}"
        );
        let answer = post_json(&server.logs_url(), body).await;
        assert_eq!(answer.status, 200, "{levels}");
        let rejected =
            answer.json()["partialSuccess"]["rejectedLogRecords"].as_str().map_or(0, |n| n.parse().unwrap());
        assert_eq!(rejected, usize::from(levels > limits::MAX_VALUE_DEPTH), "{levels} levels");
        assert_eq!(server.store.events().len(), before + 3 - rejected);
    }
}

#[tokio::test]
async fn invalid_utf8_is_repaired_and_told() {
    let server = start().await;
    let mut bad = Vec::new();
    put_bytes_field(&mut bad, 12, b"bad.\xff\xfe.name");
    let good = record("good").encode_to_vec();
    let body = framed(false, &request_of_bytes([&bad[..], &good]));
    let partial = export_raw(server.grpc, &[], body).await.unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 0);
    assert!(partial.error_message.contains("invalid UTF-8"), "{}", partial.error_message);
    let events = server.store.events();
    assert!(
        events[0].flags.contains(Flags::UTF8_REPAIRED) && !events[1].flags.contains(Flags::UTF8_REPAIRED)
    );
    let name = record_of(&events[0]).event_name;
    assert!(name.starts_with("bad.") && name.ends_with(".name") && name.contains('\u{fffd}'), "{name}");
}

#[tokio::test]
async fn empty_envelopes_cost_nothing() {
    let server = start().await;
    // A mebibyte of empty ResourceLogs.
    let answer = post_protobuf(&server.logs_url(), [0x0a, 0].repeat(512 << 10)).await;
    assert_eq!(answer.exported().partial_success, None);
    assert_eq!(server.store.batches(), 0);
}

#[test]
fn any_bytes_get_an_answer_and_the_server_lives() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(start());
    let whole = one("a.b").encode_to_vec();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(150));
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let strategy = (bytes, 0..whole.len(), any::<u8>(), any::<bool>());
    let result = runner.run(&strategy, |(noise, place, flip, damaged)| {
        let body = if damaged {
            let mut body = whole.clone();
            body[place] ^= flip;
            body
        } else {
            noise
        };
        runtime.block_on(async {
            let protobuf = post_protobuf(&server.logs_url(), body.clone()).await;
            let json = post_json(&server.logs_url(), body.clone()).await;
            let grpc = export_raw(server.grpc, &[], framed(false, &body)).await;
            assert!([200, 400].contains(&protobuf.status), "{}", protobuf.status);
            assert!([200, 400].contains(&json.status), "{}", json.status);
            let malformed = grpc.is_err_and(|status| status.code() == Code::InvalidArgument);
            assert_eq!(malformed, protobuf.status == 400);
        });
        Ok(())
    });
    result.unwrap();
    runtime.block_on(async { export(server.grpc, one("still.alive")).await.unwrap() });
}

/// `count` times the same bytes as field `number`, after `head`.
fn repeated(head: &[u8], number: u32, bytes: &[u8], count: usize) -> Vec<u8> {
    let mut one = Vec::new();
    put_bytes_field(&mut one, number, bytes);
    [head, &one.repeat(count)].concat()
}

/// A message with one field.
fn around(number: u32, bytes: &[u8]) -> Vec<u8> {
    repeated(&[], number, bytes, 1)
}

#[tokio::test]
async fn records_of_next_to_nothing_are_bounded_in_number() {
    let server = start().await;
    let surplus = 100_000;
    // With no more than a name, which makes it an event.
    let scope_logs = repeated(&[], 2, &around(12, b"a"), limits::MAX_REQUEST_RECORDS + surplus);
    let answer = post_protobuf(&server.logs_url(), around(1, &around(2, &scope_logs))).await;
    let partial = answer.exported().partial_success.unwrap();
    // More may be rejected: records are charged what they take in memory, and a request has a share of it.
    let rejected = usize::try_from(partial.rejected_log_records).unwrap();
    assert!(rejected >= surplus, "{rejected}");
    assert!(partial.error_message.contains("smaller batches"), "{}", partial.error_message);
    assert_eq!(server.store.events().len() + rejected, limits::MAX_REQUEST_RECORDS + surplus);
}

#[tokio::test]
async fn a_large_resource_is_not_paid_for_by_each_scope() {
    let server = start().await;
    let large = attribute("k", string(&"x".repeat(8 << 20))).encode_to_vec();
    let resource = around(1, &around(1, &large));
    let record = record("a.b").encode_to_vec();
    // The same scope 50,000 times: read once. 400 GB if it were not.
    let scope_logs = around(2, &record);
    let body = around(1, &repeated(&resource, 2, &scope_logs, 50_000));
    let answer = post_protobuf(&server.logs_url(), body).await;
    assert_eq!(answer.exported().partial_success, None);
    let events = server.store.events();
    assert_eq!(events.len(), 50_000);
    assert!(events.iter().all(|event| std::sync::Arc::ptr_eq(&event.origin, &events[0].origin)));
    // As many scopes of their own: each would be stored with the resource, so few are taken.
    let server = start().await;
    let mut body = resource;
    for n in 0..50_000_u32 {
        let scope = around(1, format!("scope {n}").as_bytes());
        put_bytes_field(&mut body, 2, &[around(1, &scope), around(2, &record)].concat());
    }
    let answer = post_protobuf(&server.logs_url(), around(1, &body)).await;
    let partial = answer.exported().partial_success.unwrap();
    let kept = server.store.events().len();
    assert!((1..100).contains(&kept), "{kept}");
    assert_eq!(partial.rejected_log_records, i64::try_from(50_000 - kept).unwrap());
}
