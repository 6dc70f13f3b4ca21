//! What a byte of a request costs: extremes of which much more is made than was sent, each of the largest size.

use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use peak_alloc::PeakAlloc;
use steplog_model::record::value::put_string_attribute;
use steplog_model::record::wire::{put_bytes_field, put_message_field};

use crate::support::clients::{post, post_protobuf};
use crate::support::requests::request_of_bytes;
use crate::support::start;
use crate::support::store::Answer;

/// What all of this program's tests allocate.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Set in the process that sends the extremes, so that its memory can be told from that of other tests.
const ALONE: &str = "STEPLOG_TEST_PRICE_PROCESS";
/// A request that is as large as it may be.
const LARGEST_BYTES: usize = 15 << 20;
/// What one request may cost: the bytes in flight of the default settings.
const MOST_BYTES: usize = 144 << 20;

/// Repeats what `part` writes of a number until the largest request is full.
fn fill(mut part: impl FnMut(&mut Vec<u8>, u32)) -> Vec<u8> {
    let mut out = Vec::with_capacity(LARGEST_BYTES + 4_096);
    for number in 0.. {
        if out.len() > LARGEST_BYTES {
            break;
        }
        part(&mut out, number);
    }
    out
}

fn around(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    put_bytes_field(&mut out, number, bytes);
    out
}

/// Records with no more than a name, each in a scope of its own.
fn scopes() -> Vec<u8> {
    around(
        1,
        &fill(|out, number| {
            put_message_field(out, 2, |out| {
                put_message_field(out, 1, |out| {
                    put_bytes_field(out, 1, &number.to_be_bytes().map(|b| b & 0x7f))
                });
                put_message_field(out, 2, |out| put_bytes_field(out, 12, b"a"));
            });
        }),
    )
}

/// The same, each of a resource of its own.
fn resources() -> Vec<u8> {
    fill(|out, number| {
        put_message_field(out, 1, |out| {
            put_message_field(out, 1, |out| put_string_attribute(out, 1, "k", &number.to_string()));
            put_message_field(out, 2, |out| {
                put_message_field(out, 2, |out| put_bytes_field(out, 12, b"a"));
            });
        });
    })
}

/// A span of an agent with what `parts` writes of it.
fn span(parts: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut span = around(1, &[7; 16]);
    put_bytes_field(&mut span, 2, &[7; 8]);
    put_string_attribute(&mut span, 9, "gen_ai.operation.name", "chat");
    put_string_attribute(&mut span, 9, "gen_ai.conversation.id", &"c".repeat(400));
    parts(&mut span);
    around(1, &around(2, &around(2, &span)))
}

/// JSON with as many of `element` as log records.
fn json(element: &str) -> Vec<u8> {
    let head = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#;
    let elements = fill(|out, _| out.extend_from_slice(element.as_bytes()));
    [head.as_bytes(), &elements, b"0]}]}]}"].concat()
}

/// Names, signals and bodies.
fn extremes() -> Vec<(&'static str, &'static str, Bytes)> {
    let tiny = vec![around(12, b"a"); LARGEST_BYTES / 5];
    let tiny = request_of_bytes(tiny.iter().map(|record| &record[..]));
    let nothing = |number| span(|out| out.extend(fill(|out, _| put_bytes_field(out, number, b""))));
    let attribute = around(3, &around(1, b"k"));
    let attributes = fill(|out, _| out.extend_from_slice(&attribute));
    let attributes = span(|out| put_bytes_field(out, 11, &attributes));
    [
        ("tiny records", "logs", tiny),
        ("scopes", "logs", scopes()),
        ("resources", "logs", resources()),
        ("records that are none", "logs", json("0,{},")),
        ("values that cannot be read", "logs", json(r#"{"traceId":0},"#)),
        ("tiny JSON", "logs", json(r#"{"eventName":"a"},"#)),
        ("span events of nothing", "traces", nothing(11)),
        ("span attributes of nothing", "traces", nothing(9)),
        ("links of nothing", "traces", nothing(13)),
        ("attributes of a span event", "traces", attributes),
    ]
    .map(|(name, signal, body)| (name, signal, Bytes::from(body)))
    .to_vec()
}

#[test]
fn a_request_costs_no_more_than_it_may() {
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(send_extremes());
        return;
    }
    let mut alone = Command::new(std::env::current_exe().unwrap());
    alone.args(["--exact", "price::a_request_costs_no_more_than_it_may", "--nocapture"]);
    let output = alone.env(ALONE, "1").stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

async fn send_extremes() {
    let server = start().await;
    // Nothing is kept, so that what one costs is gone before the next.
    server.store.answer(Answer::Busy(Duration::ZERO));
    for (name, signal, body) in extremes() {
        let kind = if body.starts_with(b"{") { "application/json" } else { "application/x-protobuf" };
        let sent = body.len();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let answer =
            post(&format!("http://{}/v1/{signal}", server.http), &[("content-type", kind)], body).await;
        assert!(matches!(answer.status, 200 | 429), "{name}: {}", answer.status);
        let cost = MEMORY.peak_usage().saturating_sub(before);
        assert!(cost < MOST_BYTES, "{name} of {} MiB cost {} MiB", sent >> 20, cost >> 20);
    }
}

/// A request of many events is several batches of the store, and one answer. A store that is busy in between costs it
/// nothing.
#[tokio::test]
async fn a_request_of_many_events_is_ingested_in_parts() {
    const COUNT: u32 = 100_000;
    let server = start().await;
    server.store.answer(Answer::Hold);
    let records: Vec<_> = (0..COUNT).map(|number| around(12, format!("event.{number}").as_bytes())).collect();
    let body = request_of_bytes(records.iter().map(|record| &record[..]));
    let url = server.logs_url();
    let sending = tokio::spawn(async move { post_protobuf(&url, body).await });
    server.store.wait_for_batches(1).await;
    server.store.answer(Answer::Busy(Duration::from_millis(1)));
    server.store.wait_for_batches(3).await;
    server.store.answer(Answer::Take);
    let answer = sending.await.unwrap();
    assert_eq!(answer.exported().partial_success, None);
    let names = crate::support::requests::names(&server.store.events());
    assert_eq!(names, (0..COUNT).map(|number| format!("event.{number}")).collect::<Vec<_>>());
}
