//! A disk that refuses what retention asks of it, keeps it waiting, or has other numbers in its file.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use steplog_model::time::{NANOS_PER_DAY, UtcDay};

use super::{Store, day, events_of};
use crate::clock::Clock;
use crate::disk::{Disk as _, OpenMode, SimDisk};
use crate::expiry::drop_old_days;
use crate::partition::QuestionRecords;
use crate::retention::present::Present;
use crate::search::Records as _;
use crate::testing::DAY_START;

#[test]
fn a_day_that_cannot_be_dropped_keeps_no_other_and_goes_later() {
    let by_age = |store: &mut Store| {
        store.clock.fetch_add(6 * NANOS_PER_DAY, Ordering::SeqCst);
    };
    let by_size = |store: &mut Store| {
        store.settings.store_retention_bytes = Some(1);
        store.reopen(store.disk.after_kill());
    };
    for (asked, kept) in [(&by_age as &dyn Fn(&mut Store), 6..10), (&by_size, 9..10)] {
        for failing in 0..4 {
            let mut store = Store::new(9, None);
            asked(&mut store);
            let path = store.settings.data.join("default").join(day(failing).to_string());
            store.disk.hold_name(Some(&path));
            assert!(drop_old_days(&store.parts.state).is_err());
            let left: Vec<_> = [failing].into_iter().chain(kept.clone()).map(day).collect();
            assert_eq!(store.days(), left, "{failing}");
            // It is whole until it goes.
            let whole = store.parts.state.partitions().remove(0);
            let seqs: Vec<u64> = (failing as u64 * 20 + 1..=failing as u64 * 20 + 20).collect();
            assert_eq!(QuestionRecords::new(&whole).read(&seqs).unwrap().len(), 20);
            drop(whole);
            store.disk.hold_name(None);
            drop_old_days(&store.parts.state).unwrap();
            assert_eq!(store.days(), kept.clone().map(day).collect::<Vec<_>>());
            assert_eq!(store.send(events_of(failing)).2.len(), 20);
        }
    }
}

#[test]
fn nobody_who_asks_what_time_it_is_waits_for_the_file_of_the_clock() {
    let (disk, data) = (SimDisk::default(), Path::new("/data"));
    disk.create_dir(data).unwrap();
    let clock = Clock::manual(Arc::new(AtomicI64::new(DAY_START.0)));
    let (present, _) = Present::load(&disk, data, clock, None).unwrap();
    let held = disk.hold_syncs_of(data);
    std::thread::scope(|scope| {
        let noted = scope.spawn(|| present.note_receipt(DAY_START.day(), &disk, data));
        held.wait_for_one();
        // Each of these would hang.
        assert_eq!(present.earliest(), DAY_START);
        assert_eq!(present.received().clock, DAY_START);
        assert_eq!(present.difference_days(), 0);
        present.witness([DAY_START].into_iter());
        assert!(!present.holds(DAY_START.day(), 30), "it is known once it lasts");
        drop(held);
        noted.join().unwrap().unwrap();
    });
    assert!(present.holds(DAY_START.day(), 30));
}

#[test]
fn whatever_numbers_the_clock_file_has_nothing_fails() {
    let far = [i64::MIN, -1, i64::MAX];
    for (number, other) in far.into_iter().flat_map(|one| far.map(|other| (one, other))) {
        let disk = SimDisk::default();
        let data = Path::new("/data");
        disk.create_dir(data).unwrap();
        let kept = format!(
            r#"{{"present":{number},"wall":{other},"counted":{number},"differs_since":{other},"for_clock":9,
                "against_clock":1,"before":[{other},{number}],"receipts":{{"5":{other}}}}}"#
        );
        let file = disk.open(&data.join("clock.json"), OpenMode::CreateNew).unwrap();
        file.write_at(kept.as_bytes(), 0).unwrap();
        let (present, damage) = Present::load(&disk, data, Clock::system(), None).unwrap();
        assert_eq!(damage, None, "{kept}");
        present.witness([UtcDay(5).start()].into_iter());
        let _ = (present.difference_days(), present.earliest(), present.received());
        present.note_receipt(UtcDay(5), &disk, data).unwrap();
        assert!(present.holds(UtcDay(5), 30) || number != other);
        present.keep(&disk, data, || BTreeSet::from([UtcDay(5)])).unwrap();
        present.close(&disk, data).unwrap();
    }
}
