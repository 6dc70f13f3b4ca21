//! The store as its users see it, on a disk in memory and on a real one.

use std::sync::Arc;

use steplog_model::testing::contract;

use super::EmbeddedStore;
use crate::config::StoreSettings;
use crate::disk::SimDisk;

/// Settings under which every test crosses the borders of files, frames and commits.
pub(super) fn tiny() -> StoreSettings {
    StoreSettings { store_log_file_bytes: 8 << 10, store_commit_millis: 5, ..StoreSettings::at("/data") }
}

#[test]
fn the_store_keeps_the_contract() {
    contract::check_all(|check| {
        let store = EmbeddedStore::open(tiny(), Arc::new(SimDisk::default())).unwrap();
        check(&store);
        store.close();
    });
}
