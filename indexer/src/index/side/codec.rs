//! The side file: little-endian numbers behind a magic and the format's number. Its checksum is
//! Tantivy's footer, which every file of an index ends with.

use std::sync::Arc;

use steplog_model::column::Column;

use super::super::checked::FileSums;
use super::super::directory::EXTENSIONS;
use super::super::filter::IdFilter;
use super::super::schema::{FORMAT, facet_place};
use super::{BLOCK_DOCS, Block, FacetCounts, Side, StatusCounts, Values};

const MAGIC: u32 = 0x7370_6c73;

impl Side {
    pub(in super::super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.blocks.len() * 32 + self.num_docs as usize * 2 + 4_096);
        [MAGIC, FORMAT, BLOCK_DOCS, self.num_docs].iter().for_each(|number| put_u32(&mut out, *number));
        put_u64(&mut out, self.last_seq);
        for file in &self.files {
            put_u64(&mut out, file.len);
            file.sums.iter().for_each(|sum| put_u32(&mut out, *sum));
        }
        for block in &self.blocks {
            put_u64(&mut out, block.min as u64);
            put_u64(&mut out, block.max as u64);
            put_u64(&mut out, block.first_seq);
        }
        self.statuses.ends.iter().for_each(|end| put_u32(&mut out, *end));
        for (ord, count) in &self.statuses.counts {
            put_u32(&mut out, *ord);
            out.extend_from_slice(&count.to_le_bytes());
        }
        self.facets.iter().for_each(|facet| put_facet(&mut out, facet));
        put_u32(&mut out, self.filter.words().len() as u32);
        self.filter.words().for_each(|word| put_u32(&mut out, word));
        out
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` where it is something else.
    pub(in super::super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Input { rest: bytes };
        for want in [MAGIC, FORMAT, BLOCK_DOCS] {
            if input.u32()? != want {
                return None;
            }
        }
        let num_docs = input.u32()?;
        let last_seq = input.u64()?;
        let files = EXTENSIONS.iter().map(|_| input.sums().map(Arc::new)).collect::<Option<Vec<_>>>()?;
        let num_blocks = num_docs.div_ceil(BLOCK_DOCS) as usize;
        let blocks = input.many(num_blocks, 24, |input| {
            Some(Block { min: input.u64()? as i64, max: input.u64()? as i64, first_seq: input.u64()? })
        })?;
        let ends = input.many(num_blocks, 4, Input::u32)?;
        let num_counts = ends.last().map_or(0, |end| *end as usize);
        let counts = input.many(num_counts, 6, |input| Some((input.u32()?, input.u16()?)))?;
        let facets = Column::facets().map(|_| input.facet()).collect::<Option<Vec<_>>>()?;
        let num_words = input.u32()? as usize;
        let filter = IdFilter::from_words(&input.many(num_words, 4, Input::u32)?)?;
        let statuses = StatusCounts { ends, counts };
        let side = Self { num_docs, last_seq, blocks, statuses, facets, filter, files, ..Self::default() };
        (input.rest.is_empty() && side.makes_sense()).then(|| side.complete())
    }

    /// Whether the numbers can be those of a segment, so that nobody computes with nonsense.
    fn makes_sense(&self) -> bool {
        let first_seqs = || self.blocks.iter().map(|block| block.first_seq).chain([self.last_seq + 1]);
        let status = facet_place(Column::Status).and_then(|place| self.facets.get(place));
        let statuses = status.map_or(0, |facet| facet.counts.len());
        self.num_docs > 0
            && self.last_seq < u64::MAX
            && first_seqs().is_sorted_by(|a, b| a < b)
            && self.blocks.iter().all(|block| block.min <= block.max)
            && self.statuses.ends.is_sorted()
            && self.statuses.counts.iter().all(|(ord, _)| *ord == super::ABSENT || (*ord as usize) < statuses)
    }
}

fn put_u32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_u64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_facet(out: &mut Vec<u8>, facet: &FacetCounts) {
    put_u32(out, facet.counts.len() as u32);
    facet.counts.iter().for_each(|count| put_u32(out, *count));
    put_u32(out, u32::from(facet.values.is_some()));
    if let Some(values) = &facet.values {
        values.ends.iter().for_each(|end| put_u32(out, *end));
        out.extend_from_slice(values.text.as_bytes());
    }
}

struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// `count` things of `bytes` bytes each; room is made only for as many as there can be.
    fn many<T>(
        &mut self,
        count: usize,
        bytes: usize,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        if count > self.rest.len() / bytes {
            return None;
        }
        (0..count).map(|_| read(self)).collect()
    }

    fn sums(&mut self) -> Option<FileSums> {
        let len = self.u64()?;
        let num_blocks = usize::try_from(FileSums::num_blocks(len)).ok()?;
        Some(FileSums { len, sums: self.many(num_blocks, 4, Self::u32)? })
    }

    fn facet(&mut self) -> Option<FacetCounts> {
        let num_values = self.u32()? as usize;
        let counts = self.many(num_values, 4, Self::u32)?;
        match self.u32()? {
            0 => return Some(FacetCounts { counts, values: None }),
            1 => {}
            _ => return None,
        }
        let ends = self.many(num_values, 4, Self::u32)?;
        let length = ends.last().map_or(0, |end| *end as usize);
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        let values = Values { text: std::str::from_utf8(text).ok()?.to_owned(), ends };
        // Every value must be there: nothing checks again.
        (0..num_values).all(|ord| values.get(ord).is_some()).then_some(())?;
        Some(FacetCounts { counts, values: Some(values) })
    }
}
