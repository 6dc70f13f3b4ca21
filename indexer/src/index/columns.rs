//! The fast columns of a segment, opened on demand. Documents lie in the order of arrival, so `seq` rises.

use std::io;
use std::sync::Arc;

use steplog_model::column::Column;
use tantivy::SegmentReader;
use tantivy::columnar::{
    Cardinality, Column as NumberColumn, ColumnType, ColumnValues, DynamicColumn, DynamicColumnHandle,
    HasAssociatedColumnType, StrColumn,
};

use super::cache::{IndexCache, OpenColumn};
use super::error::IndexOpenError;
use super::schema::{DURATION_NAME, INTERACTION_NAME, SEQ_NAME, TIME_NAME};

const TIME: usize = 0;
const SEQ: usize = 1;
const DURATIONS: usize = 2;
const INTERACTIONS: usize = 3;
const FIRST_FACET: usize = 4;

/// The columns of one segment. An open column lies in memory as a whole, so they are held in a cache and by whoever
/// reads them.
pub(crate) struct Columns {
    pub(crate) num_docs: u32,
    handles: Vec<Option<DynamicColumnHandle>>,
    cache: Arc<IndexCache>,
    number: u64,
}

impl Columns {
    pub(super) fn new(reader: &SegmentReader, cache: &Arc<IndexCache>) -> Result<Self, IndexOpenError> {
        let fast = reader.fast_fields();
        let numbers = [
            (TIME_NAME, ColumnType::I64),
            (SEQ_NAME, ColumnType::U64),
            (DURATION_NAME, ColumnType::U64),
            (INTERACTION_NAME, ColumnType::U64),
        ];
        let facets = Column::facets().map(|column| (column.name(), ColumnType::Str));
        let handle = |(name, kind)| fast.dynamic_column_handle(name, kind);
        let handles = numbers.into_iter().chain(facets).map(handle).collect::<Result<_, _>>()?;
        let num_docs = reader.max_doc();
        let columns = Self { num_docs, handles, cache: Arc::clone(cache), number: cache.next_number() };
        if num_docs == 0 {
            return Err(incomplete().into());
        }
        Ok(columns)
    }

    /// The column at a place; `None` where no event has a value.
    fn open(&self, place: usize) -> io::Result<Option<DynamicColumn>> {
        let Some(handle) = self.handles.get(place).and_then(Option::as_ref) else { return Ok(None) };
        let key = (self.number, place);
        if let Some(known) = self.cache.column(&key) {
            return Ok(Some(known.column));
        }
        let bytes = handle.num_bytes().get_bytes();
        let opened = OpenColumn { column: handle.open()?, bytes };
        self.cache.keep_column(key, &opened);
        Ok(Some(opened.column))
    }

    /// A column in which every event has a value.
    fn full<T>(&self, place: usize) -> io::Result<Arc<dyn ColumnValues<T>>>
    where
        T: PartialOrd + Copy + HasAssociatedColumnType + Send + Sync + 'static,
        DynamicColumn: Into<Option<NumberColumn<T>>>,
    {
        let column: Option<NumberColumn<T>> = self.open(place)?.and_then(Into::into);
        let column = column.filter(|column| {
            column.get_cardinality() == Cardinality::Full && column.num_docs() == self.num_docs
        });
        column.map(|column| column.values).ok_or_else(incomplete)
    }

    fn numbers(&self, place: usize) -> io::Result<Option<NumberColumn<u64>>> {
        Ok(self.open(place)?.and_then(Into::into))
    }

    /// The times of all events.
    pub(crate) fn time(&self) -> io::Result<Arc<dyn ColumnValues<i64>>> {
        self.full(TIME)
    }

    /// Their arrival numbers.
    pub(crate) fn seq(&self) -> io::Result<Arc<dyn ColumnValues<u64>>> {
        self.full(SEQ)
    }

    /// How long steps took, as [`steplog_model::sketch::duration_step`], where known.
    pub(crate) fn durations(&self) -> io::Result<Option<NumberColumn<u64>>> {
        self.numbers(DURATIONS)
    }

    /// [`steplog_model::sketch::Distinct::bits`] of interactions, where there are any.
    pub(crate) fn interactions(&self) -> io::Result<Option<NumberColumn<u64>>> {
        self.numbers(INTERACTIONS)
    }

    /// The facet column at a place in the order of [`Column::facets`]; `None` where no event has a value.
    pub(crate) fn facet(&self, place: usize) -> io::Result<Option<StrColumn>> {
        Ok(self.open(FIRST_FACET + place)?.and_then(Into::into))
    }
}

impl Drop for Columns {
    fn drop(&mut self) {
        (0..self.handles.len()).for_each(|place| self.cache.forget_column(&(self.number, place)));
    }
}

fn incomplete() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a segment lacks times or arrival numbers")
}
