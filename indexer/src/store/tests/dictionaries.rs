//! Records that are compressed with a dictionary trained on their tenant's events.

use std::sync::PoisonError;

use steplog_model::store::EventStore as _;
use steplog_model::testing::contract::eventually;

use super::harness::{events, ingest, open, read_all, settle};
use crate::disk::{Disk as _, SimDisk};

fn dictionary(disk: &SimDisk) -> Option<std::path::PathBuf> {
    disk.files().into_iter().find(|path| path.extension().is_some_and(|found| found == "zdict"))
}

#[test]
fn records_survive_a_crash_with_their_dictionary_and_are_reported_lost_without() {
    let disk = SimDisk::default();
    let store = open(&disk);
    let groups = 10;
    for group in 0..groups {
        ingest(&store, &events(group * 1_000..group * 1_000 + 1_000));
    }
    eventually("a dictionary is trained", || {
        let trained = store.state.trained.lock().unwrap_or_else(PoisonError::into_inner);
        !trained.is_empty() || dictionary(&disk).is_some()
    });
    ingest(&store, &events(10_000..10_500));
    let named = dictionary(&disk).expect("the next group is compressed with it");
    for seed in 0..3 {
        let crashed = disk.after_power_cut(seed);
        let store = open(&crashed);
        assert_eq!(store.health().notices, Vec::<String>::new());
        assert_eq!(ingest(&store, &events(9_900..10_600)), (100, 600));
        settle(&store);
        assert_eq!(read_all(&store).0.len(), 10_600);
    }
    settle(&store);
    drop(store);
    let bare = disk.after_kill();
    bare.remove_file(&named).unwrap();
    let store = open(&bare);
    let (found, complete) = read_all(&store);
    assert!(
        !complete && (1_000..=10_000).contains(&found.len()),
        "{} events, complete: {complete}",
        found.len()
    );
}
