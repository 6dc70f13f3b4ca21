//! Commits, merges, opening again, and the files that they leave.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use steplog_model::ids::TermHasher;

use super::super::{DayIndex, IndexError, directory, meta};
use super::{assert_holds_up_to, commit, event, merge_all, open, seqs, stored};
use crate::disk::SimDisk;
use crate::pace::Pace;

/// Asserts that the directory has the files of committed segments, the meta file and the journal, and no other.
#[track_caller]
fn assert_tidy(disk: &SimDisk, index: &DayIndex) {
    let mut found: Vec<String> =
        disk.files().iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    found.sort();
    let mut want = vec!["segments.txt".to_owned(), meta::FILE.to_owned()];
    for view in &index.snapshot().segments {
        for extension in directory::EXTENSIONS.into_iter().chain([directory::SIDE_EXTENSION]) {
            want.push(directory::file_name(view.segment.id(), extension).to_str().unwrap().to_owned());
        }
    }
    want.sort();
    assert_eq!(found, want);
}

#[test]
fn commits_last_and_merges_tidy_up() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    assert_eq!((index.checkpoint(), index.merge_due()), (0, false));
    for number in 0..9 {
        commit(&index, number * 3 + 1, number * 3 + 3).unwrap();
        assert_eq!(index.checkpoint(), number * 3 + 3);
    }
    assert!(index.merge_due());
    let held = index.snapshot();
    merge_all(&index).unwrap();
    assert!(index.snapshot().segments.len() < 6);
    assert_holds_up_to(&index, 27);
    assert_tidy(&disk, &index);
    // What was held before the merge is whole, although its files are gone.
    assert_eq!((held.segments.len(), seqs(&held)), (9, (1..=27).collect()));
    assert_eq!(held.find_id(event(5).id), Ok(vec![5]));
    drop(index);
    let index = open(&disk).unwrap();
    assert_eq!(index.checkpoint(), 27);
    assert_holds_up_to(&index, 27);
    assert_eq!(index.verify(), Ok(()));
    assert_tidy(&disk, &index);
}

#[test]
fn a_segment_that_is_committed_while_the_living_are_listed_is_among_them() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    commit(&index, 1, 3).unwrap();
    let mut builder = index.builder().unwrap();
    builder.add(&stored(4)).unwrap();
    let living = index.living_with(|| index.commit(builder, 4).unwrap());
    let snapshot = index.snapshot();
    assert_eq!(snapshot.segments.len(), 2);
    assert!(snapshot.segments.iter().all(|view| living.contains(&view.segment.id())), "{living:?}");
}

#[test]
fn a_merge_that_is_called_off_anywhere_leaves_all_as_it_was() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    (0..8).for_each(|number| commit(&index, number * 3 + 1, number * 3 + 3).unwrap());
    let segments = index.snapshot().segments.len();
    let mut called_off = 0;
    loop {
        let parts = AtomicUsize::new(called_off);
        let fewer = |left: usize| left.checked_sub(1);
        let pace = Pace::new(move || parts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok());
        if index.merge(&pace).unwrap() {
            break;
        }
        called_off += 1;
        assert!(index.merge_due());
        assert_eq!(index.snapshot().segments.len(), segments);
        assert_holds_up_to(&index, 24);
        assert_tidy(&disk, &index);
    }
    assert!(called_off >= 6, "each file is a place to stop: {called_off}");
    assert!(index.snapshot().segments.len() < segments);
    assert_holds_up_to(&index, 24);
    assert_tidy(&disk, &index);
}

#[test]
fn checkpoints_move_without_events_and_never_fall() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    index.commit(index.builder().unwrap(), 7).unwrap();
    index.commit(index.builder().unwrap(), 5).unwrap();
    assert_eq!((index.checkpoint(), index.snapshot().segments.len()), (7, 0));
    assert_eq!(open(&disk).unwrap().checkpoint(), 7);
}

#[test]
fn events_out_of_order_are_refused() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    let mut builder = index.builder().unwrap();
    builder.add(&stored(4)).unwrap();
    for seq in [4, 3] {
        assert_eq!(builder.add(&stored(seq)), Err(IndexError::OutOfOrder { seq, after: 4 }));
    }
    assert_eq!(builder.num_events(), 1);
    index.commit(builder, 4).unwrap();
    assert_eq!(commit(&index, 3, 5), Err(IndexError::OutOfOrder { seq: 3, after: 4 }));
    commit(&index, 5, 6).unwrap();
    assert_eq!((seqs(&index.snapshot()), index.checkpoint()), (vec![4, 5, 6], 6));
    // What was refused is removed at the next opening.
    drop(index);
    assert_tidy(&disk, &open(&disk).unwrap());
}

#[test]
fn a_builder_that_is_dropped_leaves_nothing() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    commit(&index, 1, 2).unwrap();
    let mut builder = index.builder().unwrap();
    builder.add(&stored(3)).unwrap();
    drop(builder);
    assert_holds_up_to(&index, 2);
    drop(index);
    let index = open(&disk).unwrap();
    assert_tidy(&disk, &index);
    commit(&index, 3, 3).unwrap();
    assert_holds_up_to(&index, 3);
}

#[test]
fn a_merge_leaves_the_files_of_builders_alone() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    for seq in 1..=4 {
        commit(&index, seq, seq).unwrap();
    }
    let mut builder = index.builder().unwrap();
    builder.add(&stored(5)).unwrap();
    merge_all(&index).unwrap();
    index.commit(builder, 5).unwrap();
    assert_holds_up_to(&index, 5);
    assert_eq!(index.verify(), Ok(()));
}

#[test]
fn a_full_disk_loses_nothing_and_does_not_fill_up_further() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    for seq in 1..=4 {
        commit(&index, seq, seq).unwrap();
    }
    let used = disk.used_bytes();
    for room in (0..6_000).step_by(500) {
        disk.set_capacity(Some(used + room));
        for attempt in 0..3 {
            let (commits, merges) = (commit(&index, 5, 5), index.merge(&Pace::full()));
            disk.set_capacity(None);
            if commits.is_ok() || merges.is_ok() {
                assert!(room > 0);
                let last = index.checkpoint();
                assert_eq!(last, if commits.is_ok() { 5 } else { 4 });
                merge_all(&index).unwrap();
                assert_holds_up_to(&index, last);
                assert_tidy(&disk, &index);
                return;
            }
            assert!(matches!(commits, Err(IndexError::NoRoom(_))), "{commits:?}");
            assert!(matches!(merges, Err(IndexError::NoRoom(_))), "{merges:?}");
            assert_eq!(index.checkpoint(), 4);
            assert!(disk.used_bytes() <= used + 8 * 1_024, "attempt {attempt} left files");
            assert_holds_up_to(&index, 4);
            disk.set_capacity(Some(used + room));
        }
    }
    panic!("neither a commit nor a merge needs so much room");
}

#[test]
fn every_id_of_large_and_small_segments_is_found() {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    let mut last = 0;
    for events in [1, 3, 40, 700, 2, 5_000] {
        commit(&index, last + 1, last + events).unwrap();
        last += events;
    }
    assert_holds_up_to(&index, last);
    merge_all(&index).unwrap();
    assert_holds_up_to(&index, last);
}

#[test]
fn ids_that_share_a_term_are_all_found() {
    let disk = SimDisk::default();
    // Two terms for all ids.
    let index = open(&disk).unwrap().with_hasher(TermHasher::blunt(1));
    for seq in 1..=20 {
        commit(&index, seq, seq).unwrap();
    }
    let find = |seq: u64| index.snapshot().find_id(event(seq).id).unwrap();
    let (first, other) = (find(1), find((1..=20).find(|seq| !find(1).contains(seq)).unwrap()));
    assert_eq!(first.len() + other.len(), 20);
    for seq in 1..=20 {
        assert_eq!(&find(seq), if first.contains(&seq) { &first } else { &other });
    }
    merge_all(&index).unwrap();
    assert_eq!(find(1), first);
}

#[test]
fn each_index_has_a_key_of_its_own_and_keeps_it() {
    let (one, other) = (SimDisk::default(), SimDisk::default());
    let key = |disk: &SimDisk| open(disk).unwrap().hasher;
    assert_ne!(key(&one), key(&other));
    assert_eq!(key(&one), key(&one));
}

#[test]
fn commits_merges_and_questions_run_concurrently() {
    const COMMITS: u64 = 150;
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..COMMITS {
                commit(&index, number * 2 + 1, number * 2 + 2).unwrap();
            }
            done.store(true, Ordering::Release);
        });
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                index.merge(&Pace::full()).unwrap();
                std::thread::yield_now();
            }
        });
        let mut seen = 0;
        while !done.load(Ordering::Acquire) {
            let checkpoint = index.checkpoint();
            let snapshot = index.snapshot();
            let last = snapshot.num_events();
            assert!(last >= seen, "events that were seen are gone");
            assert!(last + 2 >= checkpoint);
            assert_eq!(seqs(&snapshot), (1..=last).collect::<Vec<_>>());
            for seq in [1, last / 2, last].into_iter().filter(|seq| (1..=last).contains(seq)) {
                assert_eq!(snapshot.find_id(event(seq).id), Ok(vec![seq]));
            }
            assert_eq!(index.verify(), Ok(()));
            seen = last;
        }
    });
    merge_all(&index).unwrap();
    assert_holds_up_to(&index, COMMITS * 2);
    assert_tidy(&disk, &index);
}
