//! The documents of one term, rising: a count, then blocks of 128 packed differences with a table to skip by, then the
//! rest as varints.
//!
//! ```text
//! count      varint
//! skips      for each whole block: u32 its last document, u32 where it ends in the blocks; little-endian
//! blocks     differences less one to the document before, packed by `bitpacking`
//! rest       differences less one, a varint each
//! ```

use bitpacking::{BitPacker as _, BitPacker4x};
use steplog_model::record::wire::put_varint;
use tantivy::directory::OwnedBytes;
use tantivy::{DocId, TERMINATED};

/// Documents per block.
const BLOCK: usize = BitPacker4x::BLOCK_LEN;
/// Bytes of a skip.
const SKIP_BYTES: usize = 8;

/// Writes lists, with room to use again.
pub(super) struct ListWriter {
    packer: BitPacker4x,
    packed: Vec<u8>,
}

impl Default for ListWriter {
    fn default() -> Self {
        Self { packer: BitPacker4x::new(), packed: vec![0; BLOCK * 4] }
    }
}

impl ListWriter {
    /// Appends the list of these documents, which rise.
    pub(super) fn put(&mut self, out: &mut Vec<u8>, docs: &[DocId]) {
        put_varint(out, docs.len() as u64);
        let (blocks, rest) = docs.as_chunks::<BLOCK>();
        let skips = out.len();
        out.resize(skips + blocks.len() * SKIP_BYTES, 0);
        let start = out.len();
        let mut before = None;
        for (place, block) in blocks.iter().enumerate() {
            let bits = self.packer.num_bits_strictly_sorted(before, block);
            let len = self.packer.compress_strictly_sorted(before, block, &mut self.packed, bits);
            out.extend_from_slice(&self.packed[..len]);
            let [.., last] = *block;
            let end = (out.len() - start) as u32;
            let skip = skips + place * SKIP_BYTES;
            out[skip..skip + 4].copy_from_slice(&last.to_le_bytes());
            out[skip + 4..skip + SKIP_BYTES].copy_from_slice(&end.to_le_bytes());
            before = Some(last);
        }
        for doc in rest {
            put_varint(out, u64::from(doc - before.map_or(0, |before| before + 1)));
            before = Some(*doc);
        }
    }
}

/// The documents of a term.
#[derive(Clone, Debug)]
pub(crate) enum DocList {
    /// One, as for most terms.
    One(DocId),
    /// Several.
    Many(Many),
}

impl DocList {
    /// How many there are.
    pub(crate) const fn len(&self) -> u32 {
        match self {
            Self::One(_) => 1,
            Self::Many(many) => many.len,
        }
    }

    /// Appends all of them, each raised by `raise`; `None` where it is not what was written: too short, or not rising.
    pub(super) fn collect_into(
        &self,
        docs: &mut Vec<DocId>,
        raise: DocId,
        block: &mut Vec<DocId>,
    ) -> Option<()> {
        let many = match self {
            Self::One(doc) => {
                docs.push(doc.checked_add(raise)?);
                return Some(());
            }
            Self::Many(many) => many,
        };
        let start = docs.len();
        for place in 0..=many.num_blocks() {
            many.load(place, block);
            docs.extend(block.iter().map(|doc| doc.saturating_add(raise)));
        }
        let new = docs.get(start..)?;
        (new.len() == many.len as usize && new.is_sorted_by(|a, b| a < b)).then_some(())
    }
}

/// A list as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Many {
    len: u32,
    /// Behind the count.
    bytes: OwnedBytes,
}

impl Many {
    /// The list that begins where `bytes` do; `None` where that is none.
    pub(super) fn read(bytes: OwnedBytes) -> Option<Self> {
        let mut at = 0;
        let len = u32::try_from(read_varint(&bytes, &mut at)?).ok()?;
        let many = Self { len, bytes: bytes.slice(at..bytes.len()) };
        (many.bytes.len() >= many.num_blocks() * SKIP_BYTES).then_some(many)
    }

    const fn num_blocks(&self) -> usize {
        self.len as usize / BLOCK
    }

    fn skip(&self, block: usize, part: usize) -> u32 {
        let at = block * SKIP_BYTES + part * 4;
        self.bytes
            .get(at..)
            .and_then(|bytes| bytes.first_chunk())
            .map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn last_of(&self, block: usize) -> DocId {
        self.skip(block, 0)
    }

    /// Where a block ends among the blocks.
    fn end_of(&self, block: usize) -> usize {
        self.skip(block, 1) as usize
    }

    fn before(&self, block: usize) -> Option<DocId> {
        block.checked_sub(1).map(|before| self.last_of(before))
    }

    /// The first block from `from` on that reaches `target`; the number of blocks where none does.
    fn block_of(&self, from: usize, target: DocId) -> usize {
        // Mostly it is near: ever larger steps, then halves.
        let (mut low, mut step) = (from, 1);
        let end = self.num_blocks();
        while low + step <= end && self.last_of(low + step - 1) < target {
            low += step;
            step *= 2;
        }
        let mut high = (low + step).min(end);
        while low < high {
            let middle = low.midpoint(high);
            if self.last_of(middle) < target { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Takes the place of `docs` with a block, or behind the last one with the rest.
    fn load(&self, block: usize, docs: &mut Vec<DocId>) {
        let blocks = self.num_blocks() * SKIP_BYTES;
        let start = block.checked_sub(1).map_or(0, |before| self.end_of(before));
        docs.clear();
        if block < self.num_blocks() {
            let packed = self.bytes.get(blocks + start..blocks + self.end_of(block)).unwrap_or_default();
            let bits = packed.len() * 8 / BLOCK;
            docs.resize(BLOCK, 0);
            BitPacker4x::new().decompress_strictly_sorted(self.before(block), packed, docs, bits as u8);
            return;
        }
        let mut at = blocks + start;
        let mut next = self.before(block).map_or(0, |before| before + 1);
        for _ in 0..self.len as usize % BLOCK {
            let Some(gap) = read_varint(&self.bytes, &mut at) else { return };
            let doc = next.saturating_add(gap as u32);
            docs.push(doc);
            next = doc.saturating_add(1);
        }
    }
}

fn read_varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// A place in a list. Only ever goes forward.
pub(crate) struct DocCursor {
    /// What it walks beyond `docs`; `None` for a single document.
    many: Option<Many>,
    /// The block in `docs`.
    block: usize,
    docs: Vec<DocId>,
    at: usize,
}

impl DocCursor {
    /// A cursor before the first document.
    pub(crate) fn new(list: &DocList) -> Self {
        let (many, docs) = match list {
            DocList::One(doc) => (None, vec![*doc]),
            DocList::Many(many) => {
                let mut docs = Vec::with_capacity(BLOCK.min(many.len as usize));
                many.load(0, &mut docs);
                (Some(many.clone()), docs)
            }
        };
        Self { many, block: 0, docs, at: 0 }
    }

    /// The first document at or after `target`, [`TERMINATED`] where there is none. Targets never fall.
    pub(crate) fn seek(&mut self, target: DocId) -> DocId {
        if self.docs.last().is_none_or(|last| *last < target) && !self.turn_to(target) {
            return TERMINATED;
        }
        let rest = self.docs.get(self.at..).unwrap_or_default();
        // The very next one, as often as not.
        self.at += match rest {
            [first, ..] if *first >= target => 0,
            [_, second, ..] if *second >= target => 1,
            _ => rest.partition_point(|doc| *doc < target),
        };
        self.docs.get(self.at).copied().unwrap_or(TERMINATED)
    }

    /// Turns to the block that has the first document at or after `target`; `false` where none has.
    fn turn_to(&mut self, target: DocId) -> bool {
        let Some(many) = &self.many else { return false };
        let end = many.num_blocks();
        if self.block < end {
            self.block = many.block_of(self.block + 1, target);
            many.load(self.block, &mut self.docs);
            self.at = 0;
        }
        self.docs.last().is_some_and(|last| *last >= target)
    }
}
