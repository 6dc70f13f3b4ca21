//! A data directory with files of any content: it opens, or says why not, and answers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use steplog_indexer::fuzzing::sealed_log;
use steplog_indexer::{Disk, EmbeddedStore, OpenMode, SimDisk, StoreSettings};
use steplog_model::ids::Tenant;
use steplog_model::query::{Order, PageRequest, Period, Query};
use steplog_model::store::{Budget, EventStore as _};

const DATA: &str = "/data";
const DAY: &str = "/data/default/2026-11-23";

/// The files that an input is divided among, in this order: a length in two bytes before each.
pub(crate) const FILES: [&str; 7] = [
    "/data/store.json",
    "/data/clock.json",
    "/data/retention.json",
    "/data/default/2026-11-23/compacted.json",
    "/data/default/2026-11-23/log-00000000000000000007.frames",
    "/data/default/2026-11-23/log-00000000000000000007.table",
    "/data/default/2026-11-23/log-00000000000000001000.frames",
];

pub(crate) fn run(input: &[u8]) {
    let disk = SimDisk::default();
    disk.create_dir(Path::new(DAY)).expect("a directory");
    let mut rest = input;
    for name in FILES {
        let Some((length, behind)) = rest.split_first_chunk() else { break };
        let length = u16::from_le_bytes(*length);
        // The highest bit leaves a file out.
        let (content, behind) = behind.split_at(usize::from(length & 0x3fff).min(behind.len()));
        rest = behind;
        if length & 0x8000 == 0 {
            let content = if length & 0x4000 == 0 { content.to_vec() } else { sealed_log(content) };
            let file = disk.open(Path::new(name), OpenMode::CreateNew).expect("a new file");
            file.write_at(&content, 0).expect("room");
        }
    }
    let settings = StoreSettings {
        store_commit_millis: 1,
        // The present is kept where days go some day; this one has not come.
        store_retention_days: 36_500,
        store_compact_after_hours: u32::MAX,
        ..StoreSettings::at(DATA)
    };
    let Ok(store) = EmbeddedStore::open(settings, Arc::new(disk)) else { return };
    let budget = Budget::new(Duration::from_secs(60));
    let _ = store.health();
    let query = Query::all(Tenant::default(), Period::ALL);
    let _ = store.count(&query, &budget);
    let request = PageRequest::first(query, Order::OldestFirst, 100);
    let _ = store.page(&request, &budget);
    assert!(store.wait_until_searchable(Duration::from_secs(60)) || !store.health().notices.is_empty());
    let _ = store.page(&request, &budget);
    store.close();
}
