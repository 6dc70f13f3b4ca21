//! A set of documents of one segment.

use tantivy::{DocId, TERMINATED};

pub(super) struct Bits {
    words: Vec<u64>,
    len: u32,
}

impl Bits {
    /// An empty set for documents below `num_docs`.
    pub(super) fn new(num_docs: u32) -> Self {
        Self { words: vec![0; num_docs.div_ceil(64) as usize], len: 0 }
    }

    pub(super) fn insert(&mut self, doc: DocId) {
        if let Some(word) = self.words.get_mut(doc as usize / 64) {
            let bit = 1 << (doc % 64);
            self.len += u32::from(*word & bit == 0);
            *word |= bit;
        }
    }

    pub(super) const fn len(&self) -> u32 {
        self.len
    }

    /// The first document of the set from `target` on.
    pub(super) fn seek(&self, target: DocId) -> DocId {
        let first = target as usize / 64;
        let Some(rest) = self.words.get(first..) else { return TERMINATED };
        let mut words = rest.iter().enumerate();
        let word_at = |place: usize, word: u64| (first + place) as u32 * 64 + word.trailing_zeros();
        if let Some((place, word)) = words.next() {
            let word = word & (u64::MAX << (target % 64));
            if word != 0 {
                return word_at(place, word);
            }
        }
        words.find(|(_, word)| **word != 0).map_or(TERMINATED, |(place, word)| word_at(place, *word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeks_from_anywhere() {
        let docs = [0, 3, 63, 64, 200, 299];
        let mut bits = Bits::new(300);
        docs.iter().chain(&docs).for_each(|doc| bits.insert(*doc));
        assert_eq!(bits.len(), 6);
        for target in 0..400 {
            let want = docs.iter().find(|doc| **doc >= target).copied().unwrap_or(TERMINATED);
            assert_eq!(bits.seek(target), want, "{target}");
        }
        assert_eq!(Bits::new(0).seek(0), TERMINATED);
    }
}
