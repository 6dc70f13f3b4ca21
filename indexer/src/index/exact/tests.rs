//! Terms that are written, merged, looked up and walked.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tantivy::directory::OwnedBytes;
use tantivy::{DocId, TERMINATED};

use super::list::{ListWriter, Many};
use super::read::Walk;
use super::*;

type Want = BTreeMap<u64, Vec<DocId>>;

fn term(number: u64) -> ExactTerm {
    ExactTerm(number & ((1 << TERM_BITS) - 1))
}

/// The file of documents that have these terms, and what is in it.
fn built(documents: &[Vec<u64>]) -> (ExactTerms, Want) {
    let (mut builder, mut want) = (ExactBuilder::default(), Want::new());
    for (doc, terms) in (0..).zip(documents) {
        let terms: Vec<ExactTerm> = terms.iter().map(|number| term(*number)).collect();
        builder.add(&terms);
        for term in terms {
            let docs = want.entry(term.bits()).or_default();
            if docs.last() != Some(&doc) {
                docs.push(doc);
            }
        }
    }
    let file = builder.write(Vec::new()).unwrap();
    (ExactTerms::open(OwnedBytes::new(file)).unwrap(), want)
}

fn docs_of(list: &DocList) -> Vec<DocId> {
    let mut docs = Vec::new();
    list.collect_into(&mut docs);
    assert_eq!(docs.len(), list.len() as usize);
    docs
}

#[track_caller]
fn check(exact: &ExactTerms, want: &Want) {
    for (number, docs) in want {
        assert_eq!(docs_of(&exact.find(term(*number)).unwrap().unwrap()), *docs, "{number:x}");
        for near in [number.wrapping_sub(1), number + 1].map(|near| term(near).bits()) {
            assert_eq!(exact.find(term(near)).unwrap().is_some(), want.contains_key(&near), "{near:x}");
        }
    }
    let (mut walk, mut walked) = (Walk::new(exact), Want::new());
    while let Some((number, list)) = walk.next().unwrap() {
        assert_eq!(walked.insert(number, docs_of(&list)), None);
    }
    assert_eq!(walked, *want);
    let ids: Vec<u64> = want.keys().copied().filter(|term| *term >= FIRST_ID).collect();
    assert_eq!(exact.ids().collect::<Vec<_>>(), ids);
}

fn documents() -> impl Strategy<Value = Vec<Vec<u64>>> {
    // Few terms that many have, many that few have, ids and neighbours among them.
    let one = prop_oneof![0..6_u64, any::<u64>(), (0..40_u64).prop_map(|n| n << 50), FIRST_ID..FIRST_ID + 9];
    prop::collection::vec(prop::collection::vec(one, 0..8), 0..40)
}

proptest! {
    #[test]
    fn what_was_written_is_found(documents in documents()) {
        let (exact, want) = built(&documents);
        check(&exact, &want);
    }

    #[test]
    fn parts_become_one_in_their_order(parts in prop::collection::vec(documents(), 0..5)) {
        let files: Vec<ExactTerms> = parts.iter().map(|part| built(part).0).collect();
        let mut first_doc = 0;
        let merged_parts: Vec<Part<'_>> = files.iter().zip(&parts).map(|(exact, part)| {
            let one = Part { exact, first_doc };
            first_doc += part.len() as DocId;
            one
        }).collect();
        let file = merge(&merged_parts, Vec::new()).unwrap();
        let (_, want) = built(&parts.concat());
        check(&ExactTerms::open(OwnedBytes::new(file)).unwrap(), &want);
    }

    #[test]
    fn a_cursor_goes_where_a_scan_does(
        mut docs in prop::collection::btree_set(0..3_000_u32, 2..900),
        dense in any::<bool>(),
        targets in prop::collection::vec(0..3_100_u32, 1..60),
    ) {
        if dense {
            docs.extend(1_000..1_700);
        }
        let docs: Vec<DocId> = docs.into_iter().collect();
        let mut bytes = Vec::new();
        ListWriter::default().put(&mut bytes, &docs);
        let list = DocList::Many(Many::read(OwnedBytes::new(bytes)).unwrap());
        prop_assert_eq!(docs_of(&list), docs.clone());
        let mut targets = targets;
        targets.sort_unstable();
        let mut cursor = DocCursor::new(&list);
        for target in targets {
            let want = docs.iter().copied().find(|doc| *doc >= target).unwrap_or(TERMINATED);
            prop_assert_eq!(cursor.seek(target), want, "{}", target);
        }
    }

    #[test]
    fn a_file_that_was_cut_or_changed_never_ends_in_a_loop(
        documents in documents(), cut in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(),
    ) {
        let (mut builder, mut all) = (ExactBuilder::default(), Vec::new());
        for terms in &documents {
            let terms: Vec<ExactTerm> = terms.iter().map(|number| term(*number)).collect();
            builder.add(&terms);
            all.extend(terms);
        }
        let file = builder.write(Vec::new()).unwrap();
        let mut changed = file.clone();
        let place = flip.index(file.len());
        changed[place] ^= 0x55;
        for bytes in [file[..cut.index(file.len())].to_vec(), changed] {
            // A panic is as good as an error: who reads an index is guarded against both.
            let _ = std::panic::catch_unwind(|| {
                if let Ok(exact) = ExactTerms::open(OwnedBytes::new(bytes)) {
                    for term in &all {
                        let _ = exact.find(*term).map(|list| list.map(|list| docs_of(&list)));
                    }
                }
            });
        }
    }
}

#[test]
fn terms_of_ids_lie_behind_all_others_and_evenly() {
    let counted: Vec<u64> = (0..1_000).map(|number| ExactTerm::of_id(EventId(number)).bits()).collect();
    assert!(counted.iter().all(|term| *term >= FIRST_ID && *term < 1 << TERM_BITS));
    assert!(ExactTerm::of_hash(u64::MAX).bits() < FIRST_ID);
    let low = counted.iter().filter(|term| **term < FIRST_ID + FIRST_ID / 2).count();
    assert!((400..600).contains(&low), "{low}");
}
