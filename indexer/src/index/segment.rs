//! One committed segment, opened for reading.

use std::io::Write as _;
use std::sync::Arc;

use steplog_model::column::Column;
use steplog_model::ids::Seq;
use tantivy::columnar::{Cardinality, Column as NumberColumn, ColumnValues, StrColumn};
use tantivy::directory::{TerminatingWrite as _, WritePtr};
use tantivy::fastfield::FastFieldReaders;
use tantivy::index::{InvertedIndexReader, Segment, SegmentComponent};
use tantivy::schema::Field;
use tantivy::{Directory as _, HasLen as _, SegmentReader};

use super::directory::{EXACT_EXTENSION, EXTENSIONS, SIDE_EXTENSION, SegmentDirectory, file_name};
use super::error::IndexOpenError;
use super::exact::ExactTerms;
use super::schema::{DURATION_NAME, FACET, INTERACTION_NAME, SEQ_NAME, TEXT, TIME_NAME};
use super::side::{self, FileMark, Side};

/// The fast columns of a segment. Documents lie in the order of arrival, so `seq` rises.
pub(crate) struct Columns {
    pub(crate) num_docs: u32,
    pub(crate) time: Arc<dyn ColumnValues<i64>>,
    pub(crate) seq: Arc<dyn ColumnValues<u64>>,
    /// How long steps took, as [`steplog_model::sketch::duration_step`], where told.
    pub(crate) durations: Option<NumberColumn<u64>>,
    /// [`steplog_model::sketch::Distinct::bits`] of interactions, where there are any.
    pub(crate) interactions: Option<NumberColumn<u64>>,
    /// In the order of [`Column::facets`]; `None` where no event has a value.
    pub(crate) facets: Vec<Option<StrColumn>>,
}

/// A segment and all that questions need of it.
pub(crate) struct SegmentView {
    pub(super) segment: Segment,
    pub(crate) columns: Columns,
    pub(crate) side: Side,
    pub(crate) exact: ExactTerms,
    text: Arc<InvertedIndexReader>,
    facet: Arc<InvertedIndexReader>,
}

impl SegmentView {
    /// Computes and writes the side file of a segment that was just written, and opens it.
    pub(super) fn create(segment: Segment, directory: &SegmentDirectory) -> Result<Self, IndexOpenError> {
        let make = |columns: &Columns, exact: &ExactTerms| {
            let side = side::compute(columns, exact, marks(&segment, directory)?)?;
            let mut file = open_own(&mut segment.clone(), SIDE_EXTENSION)?;
            file.write_all(&side.encode())?;
            file.terminate()?;
            Ok(side)
        };
        Self::with_side(segment.clone(), make).map_err(|error| blame(error, &segment))
    }

    /// Opens a segment; notices a side file that is damaged, files that are cut or mixed up.
    pub(super) fn open(segment: Segment, directory: &SegmentDirectory) -> Result<Self, IndexOpenError> {
        let path = file_name(segment.id(), SIDE_EXTENSION);
        let damaged = || IndexOpenError::Damaged(format!("{} is not what was written", path.display()));
        if !segment.index().directory().validate_checksum(&path)? {
            return Err(damaged());
        }
        let file = segment.open_read(SegmentComponent::Custom(SIDE_EXTENSION.to_owned()))?;
        let side = Side::decode(&file.read_bytes()?).ok_or_else(damaged)?;
        let now = marks(&segment, directory)?;
        if let Some(place) = (0..EXTENSIONS.len()).find(|place| side.files.get(*place) != now.get(*place)) {
            let path = file_name(segment.id(), EXTENSIONS[place]);
            return Err(IndexOpenError::Damaged(format!("{} is not what was written", path.display())));
        }
        Self::with_side(segment.clone(), |_, _| Ok(side)).map_err(|error| blame(error, &segment))
    }

    fn with_side(
        segment: Segment,
        side: impl FnOnce(&Columns, &ExactTerms) -> Result<Side, IndexOpenError>,
    ) -> Result<Self, IndexOpenError> {
        let reader = SegmentReader::open(&segment)?;
        let columns = Columns::open(&reader)?;
        let exact = segment.open_read(SegmentComponent::Custom(EXACT_EXTENSION.to_owned()))?;
        let exact = ExactTerms::open(exact.read_bytes()?)?;
        let side = side(&columns, &exact)?;
        if side.num_docs != columns.num_docs {
            let id = segment.id().uuid_string();
            return Err(IndexOpenError::Damaged(format!("segment {id} has another number of events")));
        }
        let [text, facet] = [TEXT, FACET].map(|field| reader.inverted_index(field));
        Ok(Self { segment, columns, side, exact, text: text?, facet: facet? })
    }

    /// The terms and postings of an indexed field.
    pub(crate) fn inverted(&self, field: Field) -> &InvertedIndexReader {
        match field {
            FACET => &self.facet,
            _ => &self.text,
        }
    }

    /// The arrival number of a document.
    pub(crate) fn seq_of(&self, doc: u32) -> Seq {
        self.columns.seq.get_val(doc)
    }

    /// Checks every byte of every file.
    pub(super) fn verify(&self) -> Result<(), IndexOpenError> {
        check_files(&self.segment)
    }
}

fn check_files(segment: &Segment) -> Result<(), IndexOpenError> {
    for extension in EXTENSIONS.into_iter().chain([SIDE_EXTENSION]) {
        let path = file_name(segment.id(), extension);
        if !segment.index().directory().validate_checksum(&path)? {
            return Err(IndexOpenError::Damaged(format!("{} is not what was written", path.display())));
        }
    }
    Ok(())
}

/// A file of our own of a segment, to be written.
pub(super) fn open_own(segment: &mut Segment, extension: &str) -> Result<WritePtr, tantivy::TantivyError> {
    Ok(segment.open_write(SegmentComponent::Custom(extension.to_owned()))?)
}

/// Tantivy tells much of what makes no sense to it as an I/O error: it is the disk's fault only where
/// the files are what was written.
fn blame(error: IndexOpenError, segment: &Segment) -> IndexOpenError {
    match error {
        IndexOpenError::Io(reason) => match check_files(segment) {
            Err(IndexOpenError::Damaged(damage)) => IndexOpenError::Damaged(format!("{damage}: {reason}")),
            _ => IndexOpenError::Io(reason),
        },
        other => other,
    }
}

impl Columns {
    fn open(reader: &SegmentReader) -> Result<Self, IndexOpenError> {
        let fast: &FastFieldReaders = reader.fast_fields();
        let (time, seq) = (fast.i64(TIME_NAME)?, fast.u64(SEQ_NAME)?);
        let num_docs = reader.max_doc();
        let full = [(time.get_cardinality(), time.num_docs()), (seq.get_cardinality(), seq.num_docs())];
        if full.iter().any(|found| *found != (Cardinality::Full, num_docs)) || num_docs == 0 {
            return Err(IndexOpenError::Damaged("a segment lacks times or arrival numbers".to_owned()));
        }
        let facets = Column::facets().map(|column| fast.str(column.name())).collect::<Result<_, _>>()?;
        let number = |name| fast.column_opt::<u64>(name);
        let (durations, interactions) = (number(DURATION_NAME)?, number(INTERACTION_NAME)?);
        Ok(Self { num_docs, time: time.values, seq: seq.values, durations, interactions, facets })
    }
}

/// How the segment's files look now, in the order of [`EXTENSIONS`].
fn marks(segment: &Segment, directory: &SegmentDirectory) -> Result<Vec<FileMark>, IndexOpenError> {
    let mark = |extension: &str| {
        let file = directory.open_read(&file_name(segment.id(), extension))?;
        let tail = file.read_bytes_slice(file.len().saturating_sub(FileMark::TAIL_BYTES)..file.len())?;
        Ok(FileMark { len: file.len() as u64, tail_crc: crc32c::crc32c(&tail) })
    };
    EXTENSIONS.into_iter().map(mark).collect()
}
