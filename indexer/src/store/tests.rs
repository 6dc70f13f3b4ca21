//! The store as its users see it, on a disk in memory and on a real one.

mod changed_bytes;
mod dictionaries;
mod duplicates;
mod faults;
mod harness;
mod index_files;
mod lost_index;
mod missing;
mod model;
mod place;
mod price;
mod slow_syncs;
mod views;
mod visibility;

use std::sync::Arc;

use steplog_model::testing::contract;

use super::EmbeddedStore;
use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::{RealDisk, SimDisk};
use harness::tiny;

#[test]
fn the_store_keeps_the_contract() {
    contract::check_all(|check| {
        let store = EmbeddedStore::open(tiny(), Arc::new(SimDisk::default())).unwrap();
        check(&store);
        store.close();
    });
}

#[test]
fn the_store_keeps_the_contract_while_its_days_are_compacted() {
    contract::check_all(|check| {
        // All days are long over, and are compacted as soon as they are searchable.
        let settings = StoreSettings { store_commit_millis: 1, store_compact_after_hours: 0, ..tiny() };
        let clock = Clock::manual(Arc::new(i64::MAX.into()));
        let store = EmbeddedStore::open_at(settings, Arc::new(SimDisk::default()), clock).unwrap();
        check(&store);
        store.close();
    });
}

#[test]
fn the_store_keeps_the_contract_on_a_real_disk() {
    contract::check_all(|check| {
        let directory = tempfile::tempdir().unwrap();
        let settings = StoreSettings { data: directory.path().join("data"), ..tiny() };
        let store = EmbeddedStore::open(settings, Arc::new(RealDisk)).unwrap();
        check(&store);
        store.close();
    });
}
