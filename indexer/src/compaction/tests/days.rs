//! Several days: which one comes first, and the dictionaries that they share.

use std::collections::BTreeSet;
use std::sync::Arc;

use steplog_model::event::Event;
use steplog_model::time::NANOS_PER_DAY;

use super::super::CompactedFiles;
use super::super::done::TrainedOn;
use super::{EVENTS, Store, open, settings};
use crate::check::{DayReport, LogState, check_on};
use crate::disk::{Disk as _, SimDisk, read_file, replace_file};
use crate::log::file_name;
use crate::testing::event;

const DAYS: i64 = 10;

/// Ten closed days, compacted.
fn ten_days() -> Store {
    let disk = SimDisk::default();
    let parts = open(&disk, DAYS * 24);
    let mut store = Store { disk, parts };
    for day in 0..DAYS {
        let first = day as u64 * EVENTS;
        for first in (first..first + EVENTS).step_by(10) {
            store.send_events(events_of(day, first..first + 10));
        }
    }
    store.compact();
    store
}

fn events_of(day: i64, numbers: std::ops::Range<u64>) -> Vec<Event> {
    let later = |event: Event| Event { time: event.time.saturating_add(day * NANOS_PER_DAY), ..event };
    numbers.map(event).map(later).collect()
}

#[test]
fn newest_days_come_first_and_days_share_a_dictionary_for_a_week() {
    let store = ten_days();
    let partitions = store.parts.state.partitions();
    let mut trained_on = BTreeSet::new();
    for partition in &partitions {
        let compacted = CompactedFiles::load(&store.disk, &partition.directory).unwrap();
        let TrainedOn { dictionary, day } = compacted.compressed_with.unwrap();
        assert!(partition.key.1.0.abs_diff(day) <= 7, "{} has that of {day}", partition.key.1.0);
        trained_on.insert(day);
        read_file(&store.disk, &partition.directory.join(file_name::pieces_dictionary(dictionary))).unwrap();
        let read = partition.records.read_after(0).unwrap().0;
        assert_eq!((read.damaged, read.events.is_empty()), (0, false));
    }
    // The last day's serves a week before it, too; the first one that has none near trains the next.
    let first = partitions.first().unwrap().key.1.0;
    assert_eq!((partitions.len(), trained_on), (DAYS as usize, BTreeSet::from([first + 1, first + 9])));
}

/// The places of the days whose records a check finds damaged.
fn damaged_days(disk: &SimDisk, rebuild: bool) -> Vec<usize> {
    let report = check_on(Arc::new(disk.after_kill()), &settings(), rebuild, &mut |_| {}).unwrap();
    assert_eq!(report.days.len(), DAYS as usize);
    let damaged = |(place, day): (usize, &DayReport)| match day.log {
        LogState::Damaged { .. } => Some(place),
        _ => None,
    };
    report.days.iter().enumerate().filter_map(damaged).collect()
}

#[test]
fn a_lost_dictionary_is_reported_and_copied_from_a_neighbour() {
    const LOST: usize = 5;
    let mut store = ten_days();
    assert_eq!(damaged_days(&store.disk, false), Vec::<usize>::new());
    let directory = store.parts.state.partitions()[LOST].directory.clone();
    let name = store.disk.list(&directory).unwrap().into_iter().map(|entry| entry.name);
    let path = directory.join(name.into_iter().find(|name| file_name::is_pieces_dictionary(name)).unwrap());
    let content = read_file(&store.disk, &path).unwrap();
    store.disk.remove_file(&path).unwrap();
    assert_eq!(damaged_days(&store.disk, false), [LOST]);

    // Here it is still known: the next compaction of the day keeps it there again.
    let first = DAYS as u64 * EVENTS;
    store.send_events(events_of(LOST as i64, first..first + EVENTS));
    assert!(store.compact() > 0);
    assert_eq!(read_file(&store.disk, &path).unwrap(), content);
    assert_eq!(damaged_days(&store.disk, false), Vec::<usize>::new());
}

#[test]
fn an_index_that_was_built_from_unreadable_records_is_incomplete_until_it_is_built_again() {
    let store = ten_days();
    let disk = store.disk.after_kill();
    let paths = disk.files().into_iter();
    let dictionaries: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "zdict")).collect();
    assert_eq!(dictionaries.len(), DAYS as usize);
    let contents: Vec<_> = dictionaries.iter().map(|path| read_file(&disk, path).unwrap()).collect();
    for path in &dictionaries {
        disk.remove_file(path).unwrap();
    }
    let report = check_on(Arc::new(disk.clone()), &settings(), true, &mut |_| {}).unwrap();
    assert!(report.days.iter().all(|day| !day.is_sound() && !day.damage.is_empty()));
    for (path, content) in dictionaries.iter().zip(contents) {
        replace_file(&disk, path, &content).unwrap();
    }
    let parts = open(&disk, DAYS * 24);
    assert!(parts.state.partitions().iter().all(|day| !day.view().1));
    assert!(parts.state.health.notices().iter().all(|notice| notice.contains("the index lacks ")));
    drop(parts);
    let disk = disk.after_kill();
    let report = check_on(Arc::new(disk.clone()), &settings(), true, &mut |_| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
    let parts = open(&disk, DAYS * 24);
    assert!(parts.state.partitions().iter().all(|day| day.view().1 && day.unindexed_events() == 0));
    assert_eq!(parts.state.health.notices(), Vec::<String>::new());
}
