//! Power cuts at every change that commits and merges make on the disk.

use super::{IndexError, assert_holds_up_to, commit, merge_all, open};
use crate::disk::SimDisk;

/// Commits and merges until something fails.
fn work(disk: &SimDisk) -> Result<(), IndexError> {
    let index = open(disk)?;
    for number in 0..5 {
        commit(&index, number * 2 + 1, number * 2 + 2)?;
    }
    merge_all(&index)?;
    commit(&index, 11, 11)
}

#[test]
fn an_index_is_whole_after_a_power_cut_anywhere() {
    let all = SimDisk::default();
    work(&all).unwrap();
    for operation in 0..all.operations() {
        let disk = SimDisk::default();
        disk.cut_power_at(operation);
        assert!(work(&disk).is_err());
        for seed in 0..4 {
            let found = disk.after_power_cut(seed);
            let index = open(&found).unwrap_or_else(|error| panic!("cut at {operation}, {seed}: {error}"));
            let checkpoint = index.checkpoint();
            assert_holds_up_to(&index, checkpoint);
            assert_eq!(index.verify(), Ok(()));
            // It goes on from there.
            commit(&index, checkpoint + 1, 20).unwrap();
            merge_all(&index).unwrap();
            assert_holds_up_to(&index, 20);
        }
    }
}

#[test]
fn what_a_commit_acknowledged_survives_a_kill() {
    let all = SimDisk::default();
    work(&all).unwrap();
    assert_holds_up_to(&open(&all.after_kill()).unwrap(), 11);
}
