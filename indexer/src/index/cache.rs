//! The cache of verified blocks and columns of index files, over all days.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use tantivy::columnar::DynamicColumn;
use tantivy::directory::{FileHandle, OwnedBytes};

/// The number of an open file, and which of its blocks.
pub(super) type BlocksKey = (u64, usize, usize);
/// The number of a segment's columns, and which of them.
pub(super) type ColumnKey = (u64, usize);

/// How many index files are open, over all days: a segment has seven, and days have dozens of segments.
const OPEN_FILES: usize = if cfg!(test) { 16 } else { 128 };

/// The overhead of an entry.
const ENTRY_BYTES: u64 = 128;

/// A column that is open, and the bytes that it takes.
#[derive(Clone)]
pub(super) struct OpenColumn {
    pub(super) column: DynamicColumn,
    pub(super) bytes: u64,
}

/// Blocks and columns of index files; the least recently used are evicted.
pub(crate) struct IndexCache {
    blocks: Cache<BlocksKey, OwnedBytes, Bytes>,
    columns: Cache<ColumnKey, OpenColumn, Bytes>,
    /// Open files by their numbers.
    files: Cache<u64, Arc<dyn FileHandle>>,
    /// Longer ranges are not cached: they would evict everything else.
    max_kept_bytes: usize,
    next_number: AtomicU64,
    /// How often something was looked up, now and when [`Self::rest`] was called last.
    asked: AtomicU64,
    asked_before: AtomicU64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<BlocksKey, OwnedBytes> for Bytes {
    fn weight(&self, _: &BlocksKey, bytes: &OwnedBytes) -> u64 {
        bytes.len() as u64 + ENTRY_BYTES
    }
}

impl Weighter<ColumnKey, OpenColumn> for Bytes {
    fn weight(&self, _: &ColumnKey, column: &OpenColumn) -> u64 {
        column.bytes + ENTRY_BYTES
    }
}

impl std::fmt::Debug for IndexCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexCache")
    }
}

impl IndexCache {
    /// A cache of about so many bytes: a third of them for blocks, the rest for columns.
    pub(crate) fn new(bytes: u64) -> Self {
        let (blocks, columns) = (bytes / 3, bytes - bytes / 3);
        let entries = |bytes: u64, each: u64| usize::try_from(bytes / each).unwrap_or(usize::MAX).max(32);
        // One shard: a column may have many megabytes, and entries larger than a shard are not cached.
        let whole = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(entries(columns, 256 << 10))
            .weight_capacity(columns)
            .build();
        let columns = match whole {
            Ok(options) => Cache::with_options(
                options,
                Bytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            Err(_) => Cache::with_weighter(32, columns, Bytes),
        };
        Self {
            blocks: Cache::with_weighter(entries(blocks, 16 << 10), blocks, Bytes),
            columns,
            files: Cache::new(OPEN_FILES),
            max_kept_bytes: usize::try_from(blocks / 8).unwrap_or(usize::MAX),
            next_number: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            asked_before: AtomicU64::new(0),
        }
    }

    /// A new number.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn file(&self, number: u64) -> Option<Arc<dyn FileHandle>> {
        self.files.get(&number)
    }

    pub(super) fn keep_file(&self, number: u64, file: &Arc<dyn FileHandle>) {
        self.files.insert(number, Arc::clone(file));
    }

    pub(super) fn forget_file(&self, number: u64) {
        self.files.remove(&number);
    }

    pub(super) fn blocks(&self, key: &BlocksKey) -> Option<OwnedBytes> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.blocks.get(key)
    }

    pub(super) fn keep_blocks(&self, key: BlocksKey, bytes: &OwnedBytes) {
        if bytes.len() <= self.max_kept_bytes {
            self.blocks.insert(key, bytes.clone());
        }
    }

    pub(super) fn column(&self, key: &ColumnKey) -> Option<OpenColumn> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.columns.get(key)
    }

    pub(super) fn keep_column(&self, key: ColumnKey, column: &OpenColumn) {
        self.columns.insert(key, column.clone());
    }

    pub(super) fn forget_column(&self, key: &ColumnKey) {
        self.columns.remove(key);
    }

    /// Evicts everything if nothing was looked up since the last call. The page cache still has the bytes.
    pub(crate) fn rest(&self) {
        let asked = self.asked.load(Ordering::Relaxed);
        if self.asked_before.swap(asked, Ordering::Relaxed) == asked {
            self.blocks.clear();
            self.columns.clear();
        }
    }
}
