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

/// A document's id, and its other terms.
type Document = (u64, Vec<u64>);

fn terms_of((id, others): &Document) -> (ExactTerm, Vec<ExactTerm>) {
    let others = others.iter().map(|number| term(number & (FIRST_ID - 1))).collect();
    (term(FIRST_ID | id), others)
}

/// The file of documents that have these terms, and what is in it.
fn built(documents: &[Document]) -> (ExactTerms, Want) {
    let (mut builder, mut want) = (ExactBuilder::default(), Want::new());
    for (doc, document) in (0..).zip(documents) {
        let (id, terms) = terms_of(document);
        builder.add(id, &terms);
        for term in terms.into_iter().chain([id]) {
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
    list.collect_into(&mut docs, 7, &mut Vec::new()).unwrap();
    assert_eq!(docs.len(), list.len() as usize);
    docs.iter().map(|doc| doc - 7).collect()
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
    let mut found = Vec::new();
    exact.visit_ids(|id| found.push(id)).unwrap();
    assert_eq!(found, ids);
}

fn documents() -> impl Strategy<Value = Vec<Document>> {
    // Few terms that many have, many that few have, and neighbours.
    let one = prop_oneof![0..6_u64, any::<u64>(), (0..40_u64).prop_map(|number| number << 49)];
    prop::collection::vec((prop_oneof![0..9_u64, any::<u64>()], prop::collection::vec(one, 0..8)), 0..40)
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
        let numbered = files.iter().zip(&parts).map(|(exact, part)| (exact, part.len() as u32));
        let file = merge(numbered, Vec::new()).unwrap();
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
        for document in &documents {
            let (id, terms) = terms_of(document);
            builder.add(id, &terms);
            all.extend(terms.into_iter().chain([id]));
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
                        let Ok(Some(list)) = exact.find(*term) else { continue };
                        let _ = list.collect_into(&mut Vec::new(), 0, &mut Vec::new());
                        let (mut cursor, mut doc) = (DocCursor::new(&list), 0);
                        while doc < TERMINATED {
                            doc = cursor.seek(doc + 1);
                        }
                    }
                    let _ = merge([(&exact, documents.len() as u32)], Vec::new());
                }
            });
        }
    }
}

#[test]
fn a_merge_takes_no_documents_that_a_part_does_not_have() {
    let (exact, _) = built(&[(1, vec![5]), (2, vec![5])]);
    assert!(merge([(&exact, 2)], Vec::new()).is_ok());
    let error = merge([(&exact, 1)], Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}

#[test]
fn a_list_that_ends_too_early_or_falls_is_noticed() {
    let docs: Vec<DocId> = (0..200).map(|number| number * 3).collect();
    let mut bytes = Vec::new();
    ListWriter::default().put(&mut bytes, &docs);
    let whole = bytes.len();
    for len in [whole - 1, whole - 40] {
        let many = Many::read(OwnedBytes::new(bytes[..len].to_vec())).unwrap();
        assert_eq!(DocList::Many(many).collect_into(&mut Vec::new(), 0, &mut Vec::new()), None);
    }
    // Gaps as large as can be: documents beyond all numbers.
    bytes.truncate(whole - 72);
    bytes.extend(std::iter::repeat_n([0xff, 0xff, 0xff, 0xff, 0x0f], 72).flatten());
    let many = DocList::Many(Many::read(OwnedBytes::new(bytes)).unwrap());
    assert_eq!(many.collect_into(&mut Vec::new(), 0, &mut Vec::new()), None);
}

#[test]
fn terms_of_ids_lie_behind_all_others_and_evenly() {
    let counted: Vec<u64> = (0..1_000).map(|number| ExactTerm::of_id(EventId(number)).bits()).collect();
    assert!(counted.iter().all(|term| *term >= FIRST_ID && *term < 1 << TERM_BITS));
    assert!(ExactTerm::of_hash(u64::MAX).bits() < FIRST_ID);
    let low = counted.iter().filter(|term| **term < FIRST_ID + FIRST_ID / 2).count();
    assert!((400..600).contains(&low), "{low}");
}
