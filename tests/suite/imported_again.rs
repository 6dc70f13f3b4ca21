//! What is imported again, on another day, or beside its sender who sends it again, is stored once.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use steplog::import::batch::Batch;
use steplog::import::line;
use steplog_exporter::decode::decode_protobuf;
use steplog_exporter::map::Mapping;
use steplog_indexer::{EmbeddedStore, RealDisk, StoreSettings};
use steplog_model::event::{Event, EventBatch};
use steplog_model::ids::Tenant;
use steplog_model::query::{Period, Query};
use steplog_model::store::{Budget, EventStore as _};
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, UnixNanos};

use crate::round_trip::{RECEIVED, encoded, events, exported, request, run, store_of};

/// Moments at which exports are imported: by a clock that is hours behind, and days later.
const IMPORTED: [UnixNanos; 3] = [
    UnixNanos(RECEIVED.0 - 3 * 3_600 * NANOS_PER_SECOND),
    UnixNanos(RECEIVED.0 + 3 * NANOS_PER_DAY),
    UnixNanos(RECEIVED.0 + 4 * NANOS_PER_DAY),
];
const RESENT: UnixNanos = UnixNanos(RECEIVED.0 + NANOS_PER_SECOND);

/// What a receiver makes of the lines of an export.
fn imported(lines: &[String], now: UnixNanos) -> Vec<Event> {
    let mut batch = Batch::default();
    for line in lines {
        batch.items.extend(line::read(line.as_bytes(), Some(1), &Mapping::built_in(), now).unwrap().items);
    }
    events(decode_protobuf(batch.request()).unwrap(), now.into())
}

async fn check(records: &[Vec<u8>], format: &str, is_live_first: bool) {
    let live = |now: UnixNanos| events(decode_protobuf(request(records, b"orders")).unwrap(), now.into());
    let lines = exported(&store_of(live(RECEIVED)).await, format).await;
    let directory = tempfile::tempdir().unwrap();
    let settings = StoreSettings {
        // The days of the events are kept whenever this runs.
        store_retention_days: 36_500,
        ..StoreSettings::at(directory.path())
    };
    let store = EmbeddedStore::open(settings, Arc::new(RealDisk)).unwrap();
    let mut sendings = vec![live(RESENT)];
    let imports = IMPORTED.into_iter().skip(usize::from(is_live_first)).map(|now| imported(&lines, now));
    sendings.splice(0..0, imports);
    if is_live_first {
        sendings.insert(0, live(RECEIVED));
    }
    for events in sendings {
        store.ingest(EventBatch { tenant: Tenant::default(), events }).await.unwrap();
    }
    let store = Arc::new(store);
    let counted = tokio::task::spawn_blocking(move || {
        assert!(store.wait_until_searchable(Duration::from_secs(60)));
        let all = Query::all(Tenant::default(), Period::ALL);
        let counted = store.count(&all, &Budget::new(Duration::from_secs(60))).unwrap();
        store.close();
        counted.events
    });
    assert_eq!(counted.await.unwrap(), lines.len() as u64, "{format}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn an_event_is_stored_once_over_days(
        records in prop::collection::vec(encoded(), 1..4),
        format in prop::sample::select(vec!["ndjson", "otlp-json"]),
        is_live_first in any::<bool>(),
    ) {
        run(check(&records, format, is_live_first));
    }
}
