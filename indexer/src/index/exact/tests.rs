//! Terms that are written, merged, looked up and walked.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use steplog_model::ids::{TermHasher, TermKind};
use tantivy::directory::{FileSlice, OwnedBytes};
use tantivy::{DocId, TERMINATED};

use super::list::{ListWriter, Many};
use super::read::Walk;
use super::*;

/// Values by what they are in an event, and the events that have them so.
type Want = BTreeMap<(String, String), Vec<DocId>>;

/// A document's id, and its other values with what they are.
type Document = (EventId, Vec<(String, String)>);

const HASHER: TermHasher = TermHasher::new(9);

fn id_term(id: EventId) -> ExactTerm {
    ExactTerm::of_id(&HASHER, id)
}

fn terms_of((id, values): &Document) -> EventTerms {
    let mut terms = EventTerms::new(HASHER);
    terms.begin(*id);
    for (key, value) in values {
        terms.add(TermKind::Attribute, key, value);
    }
    terms.end();
    terms
}

fn value(key: &str, value: &str) -> ExactValue {
    ExactValue::new(TermKind::Attribute, key, value)
}

fn open(file: Vec<u8>) -> ExactTerms {
    ExactTerms::open(FileSlice::from(file), HASHER).unwrap()
}

fn built(documents: &[Document]) -> ExactTerms {
    let mut builder = ExactBuilder::default();
    documents.iter().for_each(|document| builder.add(&terms_of(document)));
    open(builder.write(Vec::new()).unwrap())
}

fn docs_of(list: &DocList) -> Vec<DocId> {
    let mut docs = Vec::new();
    list.collect_into(&mut docs, 7, &mut Vec::new()).unwrap();
    assert_eq!(docs.len(), list.len() as usize);
    docs.iter().map(|doc| doc - 7).collect()
}

fn docs_of_all(lists: &[DocList]) -> Vec<DocId> {
    let docs: BTreeSet<DocId> = lists.iter().flat_map(docs_of).collect();
    docs.into_iter().collect()
}

/// Asserts that every value and id is found in the documents that have it, and nowhere else.
#[track_caller]
fn check(exact: &ExactTerms, documents: &[Document]) {
    let (mut want, mut ids) = (Want::new(), BTreeMap::<EventId, Vec<DocId>>::new());
    for (doc, (id, values)) in (0..).zip(documents) {
        ids.entry(*id).or_default().push(doc);
        for named in values {
            let docs = want.entry(named.clone()).or_default();
            if docs.last() != Some(&doc) {
                docs.push(doc);
            }
        }
    }
    for (key, text) in want.keys() {
        for other in KEYS.iter().map(ToString::to_string).chain([key.clone()]) {
            let docs = want.get(&(other.clone(), text.clone())).cloned().unwrap_or_default();
            let found = exact.find(&value(&other, text)).unwrap();
            assert_eq!(docs_of_all(&found), docs, "{other} {text}");
        }
        assert_eq!(exact.find(&value(key, &format!("{text}.{text}"))).unwrap().len(), 0);
    }
    for (id, docs) in &ids {
        assert_eq!(docs_of_all(&exact.find_id(*id).unwrap()), *docs, "{id}");
    }
    let (mut walk, mut before) = (Walk::new(exact), None);
    while let Some((term, set, _)) = walk.next().unwrap() {
        assert!(before < Some((term, set)));
        before = Some((term, set));
    }
    let want_ids: BTreeSet<u64> = ids.keys().map(|id| id_term(*id).bits()).collect();
    let mut found = BTreeSet::new();
    exact.visit_ids(|id| _ = found.insert(id)).unwrap();
    assert_eq!(found, want_ids);
}

const KEYS: [&str; 4] = ["a", "b", "c", "d"];

fn documents() -> impl Strategy<Value = Vec<Document>> {
    // Few ids and values that many have, in roles of all combinations; values that state an id in both forms, in
    // capitals, or that of another event.
    let id =
        prop_oneof![(0..5_u128).prop_map(|number| number << 64 | number), any::<u128>()].prop_map(EventId);
    let text = prop_oneof![
        (0..4_u8).prop_map(|number| format!("a longer value {number}")),
        (0..4_u8).prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| format!("{number:020}")),
    ];
    let named = (prop::sample::select(&KEYS[..]), text).prop_map(|(key, text)| (key.to_owned(), text));
    let form = (prop::sample::select(&KEYS[..]), 0..4_u8);
    let one = (id, prop::collection::vec(named, 0..8), prop::collection::vec(form, 0..4));
    let one = one.prop_map(|(id, mut values, forms)| {
        for (key, form) in forms {
            let text = match form {
                0 => id.to_string(),
                1 => uuid(id),
                2 => uuid(id).to_uppercase(),
                _ => EventId(1 << 64 | 1).to_string(),
            };
            values.push((key.to_owned(), text));
        }
        (id, values)
    });
    prop::collection::vec(one, 0..40)
}

fn uuid(id: EventId) -> String {
    let digits = id.to_string();
    let groups = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    groups.join("-")
}

proptest! {
    #[test]
    fn what_was_written_is_found(documents in documents()) {
        check(&built(&documents), &documents);
    }

    #[test]
    fn parts_become_one_in_their_order(parts in prop::collection::vec(documents(), 0..5)) {
        let files: Vec<ExactTerms> = parts.iter().map(|part| built(part)).collect();
        let numbered = files.iter().zip(&parts).map(|(exact, part)| (exact, part.len() as u32));
        check(&open(merge(numbered, Vec::new()).unwrap()), &parts.concat());
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
        let mut builder = ExactBuilder::default();
        documents.iter().for_each(|document| builder.add(&terms_of(document)));
        let file = builder.write(Vec::new()).unwrap();
        let mut changed = file.clone();
        let place = flip.index(file.len());
        changed[place] ^= 0x55;
        for bytes in [file[..cut.index(file.len())].to_vec(), changed] {
            // A panic is as good as an error: who reads an index is guarded against both.
            let _ = std::panic::catch_unwind(|| {
                if let Ok(exact) = ExactTerms::open(FileSlice::from(bytes), HASHER) {
                    let values = documents.iter().flat_map(|(_, values)| values);
                    let values = values.map(|(key, text)| exact.find(&value(key, text)));
                    let ids = documents.iter().map(|(id, _)| exact.find_id(*id));
                    for list in values.chain(ids).filter_map(Result::ok).flatten() {
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
    let exact = built(&[(EventId(1), vec![]), (EventId(2), vec![])]);
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
    let counted: Vec<u64> = (0..1_000).map(|number| id_term(EventId(number)).bits()).collect();
    assert!(counted.iter().all(|term| *term >= FIRST_ID && *term < 1 << TERM_BITS));
    assert!(ExactTerm::of_value(u64::MAX).bits() < FIRST_ID);
    assert!(ExactTerm::of_hash(u64::MAX).bits() < FIRST_SHARED);
    let low = counted.iter().filter(|term| **term < FIRST_ID + FIRST_ID / 2).count();
    assert!((400..600).contains(&low), "{low}");
}

#[test]
fn a_value_that_nobody_else_has_is_one_term_whatever_its_roles() {
    let id = EventId(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    let own = [("a", id.to_string()), ("b", id.to_string()), ("c", uuid(id))];
    let others =
        [("a", "interaction-1".to_owned()), ("b", "interaction-1".to_owned()), ("c", "short".to_owned())];
    let named = |(key, text): (&str, String)| (key.to_owned(), text);
    let document = (id, own.into_iter().chain(others).map(named).collect());
    let exact = built(&[document]);
    let (mut walk, mut walked) = (Walk::new(&exact), Vec::new());
    while let Some((term, set, _)) = walk.next().unwrap() {
        walked.push((term, set));
    }
    // The short value, the interaction, the id.
    assert_eq!(walked.len(), 3, "{walked:?}");
    assert!(walked[0].0 < FIRST_SHARED && walked[1].0 < FIRST_ID && walked[2].0 >= FIRST_ID);
    assert_eq!(walked.iter().map(|(_, set)| *set).collect::<Vec<_>>(), [0, 2, 1]);
}

#[test]
fn a_set_that_comes_twice_with_a_term_is_not_what_was_written() {
    let written = |second: &[DocId]| {
        let mut writer = write::ExactWriter::new(Vec::new());
        for docs in [&[5, 6], second] {
            writer.push(9, 0, docs).unwrap();
        }
        open(writer.finish(&sets::RoleSets::default()).unwrap())
    };
    let merged = |second: &[DocId]| merge([(&written(second), 10)], Vec::new()).map(|_| ());
    assert!(merged(&[7, 8]).is_ok());
    for falling in [&[1, 2][..], &[6], &[6, 7]] {
        assert_eq!(merged(falling).unwrap_err().kind(), std::io::ErrorKind::InvalidData, "{falling:?}");
    }
}
