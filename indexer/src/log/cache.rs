//! The cache of blocks and open files, which the days of a store share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::block::DecodedBlock;
use super::table::FileKey;
use crate::disk::DiskFile;

/// Open files that are kept for reading, over all days.
const OPEN_FILES: usize = 256;

/// The number of a day's log, the file, and the block's offset in it.
type BlockKey = (u64, FileKey, u64);

/// Blocks and files that days share, by the number of the day's log.
#[derive(Debug)]
pub(crate) struct ReadCache {
    blocks: quick_cache::sync::Cache<BlockKey, Arc<DecodedBlock>, BlockBytes>,
    pub(super) files: quick_cache::sync::Cache<(u64, FileKey), Arc<dyn DiskFile>>,
    next_number: AtomicU64,
    /// How often a block was looked up, now and when [`Self::rest`] was called last.
    asked: AtomicU64,
    asked_before: AtomicU64,
}

#[derive(Clone, Debug)]
struct BlockBytes;

impl quick_cache::Weighter<BlockKey, Arc<DecodedBlock>> for BlockBytes {
    fn weight(&self, _: &BlockKey, block: &Arc<DecodedBlock>) -> u64 {
        block.size_bytes() as u64
    }
}

impl ReadCache {
    /// A cache of about so many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        // Frames of the usual size, to size the cache's own tables.
        let blocks = usize::try_from(bytes >> 15).unwrap_or(usize::MAX).max(16);
        Self {
            blocks: quick_cache::sync::Cache::with_weighter(blocks, bytes, BlockBytes),
            files: quick_cache::sync::Cache::new(OPEN_FILES),
            next_number: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            asked_before: AtomicU64::new(0),
        }
    }

    /// Evicts all blocks if none was looked up since the last call. The page cache still has their bytes.
    pub(crate) fn rest(&self) {
        let asked = self.asked.load(Ordering::Relaxed);
        if self.asked_before.swap(asked, Ordering::Relaxed) == asked && !self.blocks.is_empty() {
            self.blocks.clear();
        }
    }

    /// A block, if it is cached.
    pub(super) fn block(&self, key: &BlockKey) -> Option<Arc<DecodedBlock>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.blocks.get(key)
    }

    /// Caches a block.
    pub(super) fn keep(&self, key: BlockKey, block: &Arc<DecodedBlock>) {
        self.blocks.insert(key, Arc::clone(block));
    }

    /// A new number for a day's log.
    pub(crate) fn next_number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::file_name::LogFile;

    #[test]
    fn blocks_are_evicted_once_unused_for_a_while() {
        let cache = ReadCache::new(1 << 20);
        let key = (0, FileKey { file: LogFile(1), generation: 0 }, 32);
        cache.keep(key, &Arc::new(DecodedBlock::empty(1)));
        assert!(cache.block(&key).is_some());
        cache.rest();
        assert!(cache.block(&key).is_some(), "it was asked for before");
        cache.rest();
        cache.rest();
        assert!(cache.block(&key).is_none());
    }
}
