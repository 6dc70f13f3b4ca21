//! A data directory whose lock was taken away: another process may have it, so no file of it is changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use steplog_model::event::EventBatch;
use steplog_model::ids::Tenant;
use steplog_model::time::NANOS_PER_DAY;

use super::harness::{bulky, tiny};
use crate::clock::Clock;
use crate::compaction::{Compaction, Step};
use crate::config::StoreSettings;
use crate::disk::RealDisk;
use crate::expiry::drop_old_days;
use crate::indexing::merge_step;
use crate::pace::Pace;
use crate::store::open::StoreParts;
use crate::testing::DAY_START;
use crate::writer::DayGroup;

/// Each file below the directory, with what it has.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

/// The names of files that are gone or have other bytes.
fn changed(before: &BTreeMap<PathBuf, Vec<u8>>, directory: &Path) -> Vec<PathBuf> {
    let after = files(directory);
    before.keys().filter(|name| after.get(*name) != before.get(*name)).cloned().collect()
}

fn append(parts: &mut StoreParts, numbers: std::ops::Range<u64>) -> Option<Vec<DayGroup>> {
    let batch = EventBatch { tenant: Tenant::default(), events: bulky(numbers) };
    let mut outcome = parts.writer.append_group(vec![batch]);
    outcome.results.remove(0).ok().map(|_| outcome.appended)
}

fn index(parts: &mut StoreParts, groups: &[DayGroup]) {
    let now = Instant::now();
    groups.iter().for_each(|group| parts.indexing.index_group(group, now));
    let job = parts.indexing.take_job(now).unwrap();
    parts.indexing.finish(job.run(), now);
}

#[test]
fn a_store_whose_lock_was_taken_away_changes_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    // A day that is to be compacted and merged, by a clock that is a month further.
    let settings = StoreSettings {
        data: data.to_owned(),
        store_retention_days: 400,
        store_compact_after_hours: 1,
        ..tiny()
    };
    let clock = Arc::new(AtomicI64::new(DAY_START.0));
    let mut parts =
        StoreParts::open(settings, Arc::new(RealDisk), Clock::manual(Arc::clone(&clock))).unwrap();
    for first in (0..200).step_by(10) {
        let groups = append(&mut parts, first..first + 10).unwrap();
        index(&mut parts, &groups);
    }
    let waiting = append(&mut parts, 200..210).unwrap();
    parts.writer.tidy_up();
    clock.fetch_add(30 * NANOS_PER_DAY, Ordering::SeqCst);
    let lock = data.join("lock");
    let taken = directory.path().with_extension("taken");
    fs::rename(&lock, &taken).unwrap();
    fs::write(&lock, "").unwrap();
    let before = files(data);

    assert!(append(&mut parts, 210..220).is_none());
    index(&mut parts, &waiting);
    assert!(parts.state.health.notices().iter().any(|notice| notice.contains("lock")));
    parts.writer.rest();
    assert!(parts.state.health.not_writable().is_some_and(|why| why.contains("lock")));
    let due = parts.state.partitions().iter().any(|partition| partition.index().0.merge_due());
    assert!(due && !merge_step(&parts.state, &Pace::full()));
    assert_eq!(Compaction::new(Arc::clone(&parts.state)).step(&Pace::full()), Step::Rested);
    assert!(drop_old_days(&parts.state).is_err());
    assert!(parts.writer.close().is_err());
    // Segments that were begun have names that nobody else gives, and nothing refers to them.
    assert_eq!(changed(&before, data), Vec::<PathBuf>::new());

    // With its lock back it goes on where it was.
    fs::rename(&taken, &lock).unwrap();
    parts.writer.rest();
    assert_eq!(parts.state.health.not_writable(), None);
    assert!(append(&mut parts, 200..220).is_some());
    while Compaction::new(Arc::clone(&parts.state)).step(&Pace::full()) == Step::Worked {}
    drop_old_days(&parts.state).unwrap();
    parts.writer.close().unwrap();
    assert_ne!(changed(&before, data), Vec::<PathBuf>::new());
}
