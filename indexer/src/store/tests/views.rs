//! Saved views last through what a disk can do.

use steplog_model::views::ViewsStore as _;

use super::harness::{open, tenant};
use crate::disk::SimDisk;

#[test]
fn after_a_power_cut_there_are_the_old_views_or_the_new_ones() {
    let mut cut_short = 0;
    for operation in 0..40 {
        let disk = SimDisk::default();
        let store = open(&disk);
        store.replace(&tenant(), b"old").unwrap();
        disk.cut_power_at(operation);
        let replaced = store.replace(&tenant(), b"new");
        cut_short += u32::from(replaced.is_err());
        drop(store);
        for seed in 0..10 {
            let read = open(&disk.after_power_cut(seed)).read(&tenant()).unwrap();
            let read = String::from_utf8(read.unwrap()).unwrap();
            assert!(read == "new" || (read == "old" && replaced.is_err()), "{operation}/{seed}: {read}");
        }
    }
    assert!((5..40).contains(&cut_short), "{cut_short}");
}

#[test]
fn what_is_set_aside_stays_and_makes_room() {
    let disk = SimDisk::default();
    let store = open(&disk);
    assert_eq!(store.read(&tenant()).unwrap(), None);
    store.replace(&tenant(), b"damaged").unwrap();
    let told = store.set_aside(&tenant()).unwrap();
    assert!(told.contains("views.json.damaged-"), "{told}");
    assert_eq!(store.read(&tenant()).unwrap(), None);
    store.replace(&tenant(), b"whole").unwrap();
    let names: Vec<_> =
        disk.files().into_iter().filter(|path| path.display().to_string().contains("views")).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}
