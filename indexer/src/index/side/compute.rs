//! Side data from a segment, however it came to be: built or merged.

use std::io;
use std::sync::Arc;

use steplog_model::column::Column;
use tantivy::columnar::{ColumnValues, StrColumn};

use super::super::columns::Columns;
use super::super::exact::ExactTerms;
use super::super::filter::IdFilter;
use super::super::schema::facet_place;
use super::{ABSENT, BLOCK_DOCS, Block, FacetCounts, Side, StatusCounts, Values};
use crate::index::checked::FileSums;

/// The side data of the segment with these columns and terms.
pub(in super::super) fn compute(
    columns: &Columns,
    exact: &ExactTerms,
    files: Vec<Arc<FileSums>>,
) -> io::Result<Side> {
    let num_docs = columns.num_docs;
    let side = Side {
        num_docs,
        last_seq: columns.seq()?.get_val(num_docs.saturating_sub(1)),
        blocks: blocks(columns)?,
        statuses: statuses(columns)?,
        facets: (0..Column::facets().count())
            .map(|place| facet_counts(columns.facet(place)?.as_ref()))
            .collect::<io::Result<_>>()?,
        filter: filter(exact, num_docs)?,
        files,
        ..Side::default()
    };
    Ok(side.complete())
}

fn block_starts(num_docs: u32) -> impl Iterator<Item = u32> {
    (0..num_docs).step_by(BLOCK_DOCS as usize)
}

fn blocks(columns: &Columns) -> io::Result<Vec<Block>> {
    let (time, seq) = (columns.time()?, columns.seq()?);
    let mut times = [0; BLOCK_DOCS as usize];
    let block = |start: u32| {
        let len = (columns.num_docs - start).min(BLOCK_DOCS) as usize;
        let times = &mut times[..len];
        time.get_range(u64::from(start), times);
        let (min, max) = times.iter().fold((i64::MAX, i64::MIN), |(min, max), t| (min.min(*t), max.max(*t)));
        Block { min, max, first_seq: seq.get_val(start) }
    };
    Ok(block_starts(columns.num_docs).map(block).collect())
}

fn statuses(columns: &Columns) -> io::Result<StatusCounts> {
    let mut found = StatusCounts::default();
    let column = facet_place(Column::Status).map_or(Ok(None), |place| columns.facet(place))?;
    let mut ords: Vec<u64> = Vec::new();
    for start in block_starts(columns.num_docs) {
        let end = columns.num_docs.min(start + BLOCK_DOCS);
        ords.clear();
        if let Some(column) = &column {
            let rows = column.ords().index.docid_range_to_rowids(start..end);
            ords.resize(rows.len(), 0);
            column.ords().values.get_range(u64::from(rows.start), &mut ords);
        }
        ords.sort_unstable();
        let absent = (end - start) as usize - ords.len();
        let counted = ords.chunk_by(|a, b| a == b).map(|equal| (equal[0] as u32, equal.len() as u16));
        found.counts.extend(counted);
        if absent > 0 {
            found.counts.push((ABSENT, absent as u16));
        }
        found.ends.push(found.counts.len() as u32);
    }
    Ok(found)
}

fn facet_counts(column: Option<&StrColumn>) -> io::Result<FacetCounts> {
    let Some(column) = column else {
        return Ok(FacetCounts { counts: Vec::new(), values: Some(Values::default()) });
    };
    let ords = &column.ords().values;
    let mut counts = vec![0_u32; column.num_terms()];
    let mut chunk = [0; 1_024];
    let num_rows = ords.num_vals() as usize;
    for start in (0..num_rows).step_by(chunk.len()) {
        let len = chunk.len().min(num_rows - start);
        ords.get_range(start as u64, &mut chunk[..len]);
        for ord in &chunk[..len] {
            if let Some(count) = counts.get_mut(*ord as usize) {
                *count += 1;
            }
        }
    }
    let mut values = Values::default();
    let mut stream = column.dictionary().stream()?;
    while !values.is_full() && stream.advance() {
        values.push(std::str::from_utf8(stream.key()).unwrap_or_default());
    }
    let values = (!values.is_full()).then_some(values);
    Ok(FacetCounts { counts, values })
}

fn filter(exact: &ExactTerms, num_docs: u32) -> io::Result<IdFilter> {
    let mut filter = IdFilter::with_room_for(num_docs as usize);
    exact.visit_ids(|id| filter.insert(id))?;
    Ok(filter)
}
