//! A compact set of ids that answers "surely not" or "perhaps": a split block Bloom filter, as the
//! Parquet format describes it, 16 bits for each id. A look-up touches one cache line.

use super::exact::mix;

/// Bits for each id. The false positive rate is one or two in a thousand.
const BITS_PER_ID: usize = 16;

const WORDS: usize = 8;

/// Odd multipliers, one for each word of a block; those of the Parquet format.
const SALTS: [u32; WORDS] =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

type Block = [u32; WORDS];

/// The filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdFilter {
    blocks: Vec<Block>,
}

impl IdFilter {
    /// A filter for `ids` ids.
    pub(super) fn with_room_for(ids: usize) -> Self {
        Self { blocks: vec![Block::default(); (ids * BITS_PER_ID).div_ceil(WORDS * 32)] }
    }

    pub(super) fn insert(&mut self, id: u64) {
        let hash = mix(id);
        let place = self.place(hash);
        if let Some(block) = self.blocks.get_mut(place) {
            for (word, mask) in block.iter_mut().zip(masks(hash)) {
                *word |= mask;
            }
        }
    }

    /// Whether the id may be among those inserted.
    pub(crate) fn may_hold(&self, id: u64) -> bool {
        let hash = mix(id);
        let held = |block: &Block| block.iter().zip(masks(hash)).all(|(word, mask)| word & mask != 0);
        self.blocks.get(self.place(hash)).is_some_and(held)
    }

    fn place(&self, hash: u64) -> usize {
        (((hash >> 32) * self.blocks.len() as u64) >> 32) as usize
    }

    /// The words of the filter, to be stored.
    pub(super) fn words(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        (0..self.blocks.len() * WORDS).map(|place| self.blocks[place / WORDS][place % WORDS])
    }

    /// The filter of stored words; `None` where there are not as many as one has.
    pub(super) fn from_words(words: &[u32]) -> Option<Self> {
        let (blocks, rest) = words.as_chunks::<WORDS>();
        rest.is_empty().then(|| Self { blocks: blocks.to_vec() })
    }
}

fn masks(hash: u64) -> impl Iterator<Item = u32> {
    let low = hash as u32;
    SALTS.into_iter().map(move |salt| 1 << (low.wrapping_mul(salt) >> 27))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_denies_what_it_holds_and_seldom_says_perhaps() {
        let mut filter = IdFilter::with_room_for(10_000);
        (0..10_000).for_each(|id| filter.insert(id));
        assert!((0..10_000).all(|id| filter.may_hold(id)));
        let wrong = (10_000..110_000).filter(|id| filter.may_hold(*id)).count();
        assert!(wrong < 250, "{wrong} of 100000");
        let words: Vec<u32> = filter.words().collect();
        assert_eq!(IdFilter::from_words(&words[1..]), None);
        assert_eq!(IdFilter::from_words(&words), Some(filter));
        assert!(!IdFilter::with_room_for(0).may_hold(1));
    }
}
