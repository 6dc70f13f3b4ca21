//! Damage to every file is noticed: when the index is opened, or by reading all of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use steplog_model::column::Column;
use steplog_model::ids::{Seq, Tenant};
use steplog_model::query::{Expr, Filter, Order, PageRequest, Period, Phrase, Query, Target};
use steplog_model::store::{Budget, StoreError};
use steplog_model::testing::arbitrary::FIRST;

use super::super::directory::EXTENSIONS;
use super::super::{DayIndex, IndexOpenError};
use super::{StoredEvent, commit, merge_all, open, stored};
use crate::disk::{Disk as _, OpenMode, SimDisk, read_file};
use crate::search::{self, Day, Records};

/// An index with a merged segment and another one.
fn whole() -> SimDisk {
    let disk = SimDisk::default();
    let index = open(&disk).unwrap();
    for number in 0..4 {
        commit(&index, number * 5 + 1, number * 5 + 5).unwrap();
    }
    merge_all(&index).unwrap();
    commit(&index, 21, 30).unwrap();
    assert_eq!(index.snapshot().segments.len(), 2);
    disk
}

struct Made;

impl Records for Made {
    fn read_within(&self, seqs: &[Seq], _: usize) -> Result<(Vec<StoredEvent>, usize), StoreError> {
        Ok((seqs.iter().filter(|seq| **seq <= 30).map(|seq| stored(*seq)).collect(), seqs.len()))
    }
}

/// Asks for pages, whatever comes of it: nothing may end the process.
fn ask(index: &DayIndex) {
    let day = || Day { day: FIRST.day(), snapshot: index.snapshot(), records: std::sync::Arc::new(Made) };
    let all = Query::all(Tenant::default(), Period::ALL);
    let any_of = vec!["step.started".to_owned()];
    let filter = Filter { any_of, ..Filter::on(Target::Column(Column::Event)) };
    let texts = [Expr::Phrase(Phrase::new("the journey")), Expr::Prefix("w".to_owned())];
    let queries = texts.map(|text| Query { text: Some(text), ..all.clone() });
    let budget = Budget::new(Duration::from_secs(10));
    for query in queries.into_iter().chain([Query { filters: vec![filter], ..all }]) {
        let _ = search::count(&[day()], &query, &budget);
        let request = PageRequest::first(query, Order::NewestFirst, 10);
        let _ = search::page(&[day()], &request, &budget);
    }
    let _ = index.snapshot().find_id(stored(3).event.id);
}

/// Asserts that the index is not taken for what was written.
#[track_caller]
fn assert_noticed(disk: &SimDisk, damage: &str) {
    match open(disk) {
        Err(IndexOpenError::Damaged(_) | IndexOpenError::OtherFormat(_)) => {}
        Err(error) => panic!("{damage}: {error}"),
        Ok(index) => {
            ask(&index);
            // Without its meta file the index is a new one, to be filled from the records.
            let is_new = index.checkpoint() == 0 && index.snapshot().segments.is_empty();
            assert!(is_new || index.verify().is_err(), "{damage} was not noticed");
        }
    }
}

fn overwrite(disk: &SimDisk, path: &Path, bytes: &[u8]) {
    let file = disk.open(path, OpenMode::Write).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
    file.write_at(bytes, 0).unwrap();
}

fn each_file(check: impl Fn(&SimDisk, &PathBuf, &[u8])) {
    let whole = whole();
    let files = whole.files();
    // The meta file and the journal; of each segment its files and the side file.
    assert_eq!(files.len(), 2 + 2 * (EXTENSIONS.len() + 1));
    for path in &files {
        check(&whole, path, &read_file(&whole, path).unwrap());
    }
}

/// Whether a byte belongs to the version that Tantivy notes behind a side file: another one changes nothing of what is
/// read. In other files it is part of their marks.
fn is_side_version(path: &Path, bytes: &[u8], place: usize) -> bool {
    let note = bytes.windows(11).rposition(|part| part == br#"{"version":"#);
    let end = bytes.windows(7).rposition(|part| part == br#","crc":"#);
    path.extension().is_some_and(|kind| kind == "side")
        && note.zip(end).is_some_and(|(note, end)| (note..end).contains(&place))
}

#[test]
fn flipped_bits_are_noticed() {
    each_file(|whole, path, bytes| {
        // Small files whole, others all over.
        let stride = bytes.len().div_ceil(60).max(1);
        for place in (0..bytes.len()).step_by(stride).chain(bytes.len().saturating_sub(24)..bytes.len()) {
            if is_side_version(path, bytes, place) {
                continue;
            }
            let disk = whole.after_kill();
            let mut bytes = bytes.to_vec();
            bytes[place] ^= 1 << (place % 8);
            overwrite(&disk, path, &bytes);
            assert_noticed(&disk, &format!("a bit of byte {place} of {}", path.display()));
        }
    });
}

#[test]
fn cut_and_missing_files_are_noticed() {
    each_file(|whole, path, bytes| {
        let stride = bytes.len().div_ceil(30).max(1);
        for length in (0..bytes.len()).step_by(stride).chain([bytes.len() - 1]) {
            let disk = whole.after_kill();
            overwrite(&disk, path, &bytes[..length]);
            assert_noticed(&disk, &format!("{} cut to {length} bytes", path.display()));
        }
        let disk = whole.after_kill();
        disk.remove_file(path).unwrap();
        assert_noticed(&disk, &format!("{} missing", path.display()));
        let disk = whole.after_kill();
        overwrite(&disk, path, &[bytes, b"more"].concat());
        assert_noticed(&disk, &format!("{} with more at its end", path.display()));
    });
}

#[test]
fn files_of_another_segment_are_noticed() {
    let whole = whole();
    let files = whole.files();
    for one in &files {
        for other in files.iter().filter(|other| *other != one && other.extension() == one.extension()) {
            let bytes = read_file(&whole, other).unwrap();
            if bytes == read_file(&whole, one).unwrap() {
                continue;
            }
            let disk = whole.after_kill();
            overwrite(&disk, one, &bytes);
            assert_noticed(&disk, &format!("{} in place of {}", other.display(), one.display()));
        }
    }
}

#[test]
fn a_disk_that_fails_is_no_damage() {
    let disk = whole();
    let index = open(&disk).unwrap();
    disk.fail_syncs(1);
    let failed = commit(&index, 31, 31);
    assert!(matches!(failed, Err(super::IndexError::Io(_))), "{failed:?}");
    commit(&index, 31, 31).unwrap();
    assert_eq!(index.checkpoint(), 31);
}
