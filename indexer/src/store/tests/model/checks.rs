//! What is compared: records, answers, and that all work ends.

use super::*;

impl Model {
    /// All records, whether indexed or not.
    pub(super) fn check_records(&mut self) {
        let mut found = BTreeSet::new();
        for partition in self.parts.state.partitions() {
            let mut seq = 0;
            loop {
                let (read, next) = partition.records.read_after(seq).unwrap();
                assert_eq!(read.damaged, 0);
                for stored in read.events {
                    let key = (partition.key.0.clone(), stored.event.id);
                    self.own(&key.0, &stored);
                    let versions = self.sent.get(&key).expect("only what was sent is stored");
                    assert!(versions.contains(&stored.event), "{:?} has changed", key.1);
                    assert_eq!(stored.event.time.day(), partition.key.1);
                    assert!(found.insert(key), "{} is stored twice", stored.event.id);
                }
                if next == seq {
                    break;
                }
                seq = next;
            }
        }
        let lost: Vec<_> = self.acknowledged.difference(&found).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    }

    /// What is searchable: never less than before, unless the answer says that it is incomplete.
    pub(super) fn look(&mut self) {
        let mut complete = true;
        let mut now = BTreeSet::new();
        for partition in self.parts.state.partitions() {
            let (snapshot, has_all) = partition.view();
            complete &= has_all;
            let seqs: Vec<Seq> = snapshot
                .segments
                .iter()
                .flat_map(|view| (0..view.columns.num_docs).map(|doc| view.seq_of(doc)))
                .collect();
            let read = partition.records.read(&seqs).unwrap();
            assert_eq!((read.events.len(), read.damaged), (seqs.len(), 0), "indexed without a record");
            for stored in read.events {
                assert_eq!(snapshot.find_id(stored.event.id).unwrap(), [stored.seq]);
                assert!(now.insert((partition.key.0.clone(), stored.event.id)), "searchable twice");
            }
        }
        if complete {
            let gone: Vec<_> = self.visible.difference(&now).collect();
            assert!(gone.is_empty(), "seen and gone: {gone:?}");
            self.visible = now;
        }
    }

    /// Without failures everything that is stored becomes searchable.
    pub(super) fn settle(&mut self) {
        for _ in 0..200 {
            self.now += Duration::from_secs(10);
            self.parts.indexing.catch_up(self.now);
            self.take_job();
            self.run_job();
            if self.parts.indexing.is_idle() {
                break;
            }
        }
        assert!(self.parts.indexing.is_idle(), "indexing does not come to an end");
        self.look();
        let missing: Vec<_> = self.acknowledged.difference(&self.visible).collect();
        assert!(missing.is_empty(), "stored and not searchable: {missing:?}");
        assert!(self.parts.state.partitions().iter().all(|partition| partition.is_complete()));
    }
}
