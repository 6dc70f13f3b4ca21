//! What a byte that is received may cost on the disk, over requests of extremes.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use steplog_model::event::{Event, Origin};
use steplog_model::record::wire::put_bytes_field;
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use super::harness::{settle, try_ingest};
use crate::config::StoreSettings;
use crate::disk::{RealDisk, dir_bytes};
use crate::store::EmbeddedStore;
use crate::testing::DAY_START;

/// So many bytes on the disk for one that was received.
const MOST_FOR_A_BYTE: u64 = 8;
/// Beside that for each day, once: the files of its log and its index, however little is in them.
const DAY_BYTES: u64 = 32 << 10;

/// Digits that no compression makes less than half of.
fn noise(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    let mut text: String = (0..bytes.div_ceil(16)).map(|_| next()).collect();
    text.truncate(bytes);
    text
}

fn resource(bytes: usize) -> Bytes {
    let mut attribute = Vec::new();
    put_bytes_field(&mut attribute, 1, b"noise");
    let mut value = Vec::new();
    put_bytes_field(&mut value, 1, noise(bytes as u64, bytes).as_bytes());
    put_bytes_field(&mut attribute, 2, &value);
    let mut resource = Vec::new();
    put_bytes_field(&mut resource, 1, &attribute);
    resource.into()
}

fn origins(resource: &Bytes, scopes: usize) -> Vec<Arc<Origin>> {
    let origin = |number: usize| Origin {
        resource: resource.clone(),
        scope_schema_url: ByteString::from(format!("scope {number}")),
        ..Origin::default()
    };
    (0..scopes).map(|number| Arc::new(origin(number))).collect()
}

/// So many events over so many days, by turns of these origins, each as `fill` makes it.
fn events(
    number: u64,
    days: u64,
    origins: &[Arc<Origin>],
    fill: impl Fn(u64, EventBuilder) -> EventBuilder,
) -> Vec<Event> {
    let event = |number: u64| {
        let time =
            DAY_START.saturating_add((number % days) as i64 * NANOS_PER_DAY + number as i64 * 1_000_000);
        let id = u128::from_str_radix(&noise(number + 1, 32), 16).unwrap();
        let origin = Arc::clone(&origins[number as usize % origins.len()]);
        fill(number, EventBuilder::new(id, UnixNanos(time.0)).origin(origin)).build()
    };
    (0..number).map(event).collect()
}

fn named(number: u64, event: EventBuilder) -> EventBuilder {
    event.attribute("event.name", "cart.opened").attribute("user.id", &format!("p{}", number % 100))
}

/// Bytes received, bytes on the disk, days, events that were rejected with a reason.
fn price(events: Vec<Event>) -> (u64, u64, u64, usize) {
    let directory = tempfile::tempdir().unwrap();
    let settings = StoreSettings {
        data: directory.path().join("data"),
        store_retention_days: 0,
        store_compact_after_hours: u32::MAX,
        ..StoreSettings::at("")
    };
    let store = EmbeddedStore::open(settings, Arc::new(RealDisk)).unwrap();
    let mut known: Vec<&Arc<Origin>> = Vec::new();
    let mut received = 0;
    for event in &events {
        received += event.record.len();
        if !known.iter().any(|origin| Arc::ptr_eq(origin, &event.origin)) {
            received += event.origin.scope.len();
            if !known.iter().any(|origin| origin.resource == event.origin.resource) {
                received += event.origin.resource.len();
            }
            known.push(&event.origin);
        }
    }
    let done = try_ingest(&store, &events).unwrap();
    assert_eq!(done.stored + done.rejected.len(), events.len());
    assert!(
        done.rejected.iter().all(|(_, reason)| reason.contains("smaller resource")),
        "{:?}",
        done.rejected
    );
    settle(&store);
    let days = store.state.partitions().len() as u64;
    store.close();
    let bytes = dir_bytes(&RealDisk, &directory.path().join("data")).unwrap();
    (received as u64, bytes, days, done.rejected.len())
}

#[track_caller]
fn check(what: &str, events: Vec<Event>) -> usize {
    let (received, stored, days, rejected) = price(events);
    let most = received * MOST_FOR_A_BYTE + days * DAY_BYTES;
    assert!(stored <= most, "{what}: {received} bytes became {stored} in {days} days, {rejected} rejected");
    rejected
}

#[test]
fn a_byte_received_is_eight_on_the_disk_at_most() {
    let small = origins(&resource(300), 1);
    assert_eq!(check("records of a few bytes", events(20_000, 1, &small, named)), 0);
    assert_eq!(check("many days", events(2_000, 100, &small, named)), 0);
    let keys = |number: u64, event: EventBuilder| {
        (0..300)
            .fold(event, |event, key| event.attribute(&format!("key.{key}"), &noise(number * 300 + key, 12)))
    };
    assert_eq!(check("many keys", events(100, 1, &small, keys)), 0);
    let body = |number: u64, event: EventBuilder| event.body(&noise(number, 60_000));
    assert_eq!(check("large bodies", events(40, 1, &small, body)), 0);
    let words = |number: u64, event: EventBuilder| {
        let words: Vec<String> = (0..6_000).map(|word| noise(number * 6_000 + word, 7)).collect();
        event.body(&words.join(" "))
    };
    assert_eq!(check("many words", events(40, 1, &small, words)), 0);
}

#[test]
fn a_large_resource_is_not_paid_for_by_each_of_its_records() {
    let large = resource(400_000);
    assert_eq!(check("a large resource", events(5_000, 1, &origins(&large, 1), named)), 0);
    assert_eq!(check("by turns of scopes", events(3_000, 1, &origins(&large, 4), named)), 0);
    let some = resource(7_900);
    assert_eq!(check("smaller ones by turns of scopes", events(3_000, 1, &origins(&some, 30), named)), 0);
    assert!(check("a large resource on many days", events(1_000, 100, &origins(&large, 1), named)) > 500);
}
