//! Changed bytes and cut files of an index: no answer, no "no such event" and no "stored before" rests on them without
//! saying so, and what is found damaged is built anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _};
use steplog_model::column::Column;
use steplog_model::query::{Expr, FacetRequest, HistogramRequest, Order, Phrase, Query};
use steplog_model::query::{PageRequest, Start};
use steplog_model::store::EventStore as _;

use super::harness::{all, budget, events, ingest, open, settle, tenant, tiny, try_ingest};
use crate::config::StoreSettings;
use crate::disk::{Disk as _, OpenMode, RealDisk, SimDisk, read_file};
use crate::store::EmbeddedStore;
use crate::testing::DAY_START;

const EVENTS: u64 = 60;

/// Flips for each kind of file.
const FLIPS: usize = 110;

/// A store of one day with several segments, one of them merged.
fn fill(store: &EmbeddedStore) {
    for start in (0..EVENTS).step_by(10) {
        ingest(store, &events(start..start + 10));
        settle(store);
    }
}

fn with_text(text: Expr) -> Query {
    Query { text: Some(text), ..all() }
}

/// An answer in words, `None` where the store says that it is not complete, or fails.
fn answers(store: &EmbeddedStore) -> Vec<Option<String>> {
    let mut answers = Vec::new();
    let words = [Expr::Phrase(Phrase::new("journey")), Expr::Phrase(Phrase::new("the journey"))];
    let texts = words.into_iter().chain([Expr::Prefix("w".to_owned())]).map(with_text);
    for query in texts.chain([all()]) {
        let count = store.count(&query, &budget());
        answers.push(count.ok().filter(|count| count.complete).map(|count| count.events.to_string()));
        let (order, start) = (Order::OldestFirst, Start::First);
        let request = PageRequest { query, order, start, limit: 100, bytes: 1 << 20 };
        let page = store.page(&request, &budget());
        answers.push(page.ok().filter(|page| page.complete).map(|page| format!("{:?}", page.events)));
    }
    let facets = FacetRequest {
        query: all(),
        columns: Column::facets().collect(),
        part: String::new(),
        named: vec![],
        limit: 100,
    };
    let facets = store.facets(&facets, &budget());
    answers.push(facets.ok().filter(|facets| facets.complete).map(|facets| format!("{facets:?}")));
    let bars = HistogramRequest { query: all(), start: DAY_START, step_nanos: 7_000_000, buckets: 20 };
    let bars = store.histogram(&bars, &budget());
    answers.push(bars.ok().filter(|bars| bars.complete).map(|bars| format!("{bars:?}")));
    for event in events(0..EVENTS) {
        let found = store.event(&tenant(), event.id, &budget());
        answers.push(found.ok().map(|found| format!("{:?}", found.map(|found| found.event))));
    }
    answers
}

/// What is wrong although the store says nothing.
fn silently_wrong(store: &EmbeddedStore, want: &[Option<String>]) -> Option<String> {
    for (place, (found, want)) in answers(store).iter().zip(want).enumerate() {
        if found.is_some() && found != want {
            return Some(format!("answer {place} is {found:?} instead of {want:?}"));
        }
    }
    // A refusal is no loss: the sender comes again.
    let again = try_ingest(store, &events(0..EVENTS));
    again.ok().filter(|again| again.stored > 0).map(|again| format!("{again:?}: stored twice"))
}

/// The files of the index by their kind.
fn by_kind(files: Vec<PathBuf>) -> BTreeMap<String, Vec<PathBuf>> {
    let mut kinds = BTreeMap::<_, Vec<_>>::new();
    for path in files.into_iter().filter(|path| path.parent().is_some_and(|dir| dir.ends_with("index"))) {
        let kind = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        kinds.entry(kind).or_default().push(path);
    }
    kinds
}

fn flip(disk: &SimDisk, path: &Path, place: usize, bit: u32) {
    let mut byte = [0];
    let file = disk.open(path, OpenMode::Write).unwrap();
    assert_eq!(file.read_at(&mut byte, place as u64).unwrap(), 1);
    file.write_at(&[byte[0] ^ (1 << bit)], place as u64).unwrap();
}

#[test]
fn no_changed_byte_misleads_in_silence() {
    let disk = SimDisk::default();
    let store = open(&disk);
    fill(&store);
    let want = answers(&store);
    assert!(want.iter().all(Option::is_some));
    drop(store);
    let kinds = by_kind(disk.files());
    // Those that Tantivy makes, our two, meta file and journal.
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    let mut random = rand::rngs::StdRng::seed_from_u64(16);
    let (mut flips, mut told) = (0, BTreeMap::<&str, usize>::new());
    for (kind, files) in &kinds {
        for number in 0..FLIPS {
            let path = &files[random.random_range(0..files.len())];
            let disk = disk.after_kill();
            // Before the start as often as under the open store.
            let early = (number % 2 == 1).then(|| open(&disk));
            // What the open store has written anew meanwhile may be shorter, or gone by a merge.
            let Ok(bytes) = read_file(&disk, path) else { continue };
            let (place, bit) = (random.random_range(0..bytes.len()), random.random_range(0..8));
            flip(&disk, path, place, bit);
            let store = early.unwrap_or_else(|| open(&disk));
            let wrong = silently_wrong(&store, &want);
            assert_eq!(wrong, None, "bit {bit} of byte {place} of {}", path.display());
            *told.entry(kind).or_default() += usize::from(!store.health().notices.is_empty());
            flips += 1;
        }
    }
    assert!(flips >= 1_000, "{flips}");
    // Not for nothing: of most kinds nearly every byte is one that some question reads.
    assert!(told.values().sum::<usize>() > flips / 4, "{told:?}");
}

/// Waits until all answers are complete and right again.
fn wait_until_whole(store: &EmbeddedStore, want: &[Option<String>], damage: &str) {
    let ends = Instant::now() + Duration::from_secs(60);
    loop {
        settle(store);
        let found = answers(store);
        if found == want {
            return;
        }
        assert!(Instant::now() < ends, "{damage}: {:?}", store.health());
        std::thread::yield_now();
    }
}

#[test]
fn files_that_are_cut_under_an_open_store_end_questions_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let settings = StoreSettings { data: directory.path().join("data"), ..tiny() };
    let store = EmbeddedStore::open(settings.clone(), Arc::new(RealDisk)).unwrap();
    fill(&store);
    let want = answers(&store);
    drop(store);
    let index = settings.data.join(tenant().as_str()).join(DAY_START.day().to_string()).join("index");
    for kind in ["term", "idx", "pos", "fast", "fieldnorm", "store", "exact", "side", "json", "txt"] {
        let store = EmbeddedStore::open(settings.clone(), Arc::new(RealDisk)).unwrap();
        wait_until_whole(&store, &want, kind);
        let listed = RealDisk.list(&index).unwrap();
        for file in
            listed.iter().filter(|file| Path::new(&file.name).extension().is_some_and(|of| of == kind))
        {
            let file = RealDisk.open(&index.join(&file.name), OpenMode::Write).unwrap();
            file.set_len(file.len().unwrap() / 2).unwrap();
        }
        // What was read before may still be answered from memory.
        store.state.env.index_cache.rest();
        store.state.env.index_cache.rest();
        assert_eq!(silently_wrong(&store, &want), None, "{kind}");
        wait_until_whole(&store, &want, kind);
    }
}
