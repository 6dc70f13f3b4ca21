//! One committed segment, opened for reading.

use std::io::{self, Write as _};
use std::sync::Arc;

use steplog_model::ids::TermHasher;
use tantivy::SegmentReader;
use tantivy::directory::{TerminatingWrite as _, WritePtr};
use tantivy::index::{InvertedIndexReader, Segment, SegmentComponent};
use tantivy::schema::Field;

use super::checked::FileSums;
use super::columns::Columns;
use super::directory::{EXACT_EXTENSION, EXTENSIONS, SIDE_EXTENSION, SegmentDirectory, file_name};
use super::error::IndexOpenError;
use super::exact::ExactTerms;
use super::schema::{FACET, TEXT};
use super::side::{self, Side};

/// A segment, with all that questions need of it.
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
    pub(super) fn create(
        segment: Segment,
        directory: &SegmentDirectory,
        hasher: TermHasher,
    ) -> Result<Self, IndexOpenError> {
        let make = |columns: &Columns, exact: &ExactTerms| {
            let side = side::compute(columns, exact, written(&segment, directory)?)?;
            let mut file = open_own(&mut segment.clone(), SIDE_EXTENSION)?;
            file.write_all(&side.encode())?;
            file.terminate()?;
            Ok(side)
        };
        Self::with_side(segment.clone(), directory, hasher, make)
            .map_err(|error| blame(error, &segment, directory))
    }

    /// Opens a segment; notices a side file that is damaged, files that are missing, cut or mixed up.
    pub(super) fn open(
        segment: Segment,
        directory: &SegmentDirectory,
        hasher: TermHasher,
    ) -> Result<Self, IndexOpenError> {
        let path = file_name(segment.id(), SIDE_EXTENSION);
        let damaged = || IndexOpenError::Damaged(format!("{} is not what was written", path.display()));
        if !segment.index().directory().validate_checksum(&path)? {
            return Err(damaged());
        }
        let file = segment.open_read(SegmentComponent::Custom(SIDE_EXTENSION.to_owned()))?;
        let side = Side::decode(&file.read_bytes()?).ok_or_else(damaged)?;
        for (extension, sums) in EXTENSIONS.into_iter().zip(&side.files) {
            directory.expect(&file_name(segment.id(), extension), sums);
        }
        Self::with_side(segment.clone(), directory, hasher, |_, _| Ok(side))
            .map_err(|error| blame(error, &segment, directory))
    }

    fn with_side(
        segment: Segment,
        directory: &SegmentDirectory,
        hasher: TermHasher,
        side: impl FnOnce(&Columns, &ExactTerms) -> Result<Side, IndexOpenError>,
    ) -> Result<Self, IndexOpenError> {
        let reader = SegmentReader::open(&segment)?;
        let columns = Columns::new(&reader, directory.cache())?;
        let exact = segment.open_read(SegmentComponent::Custom(EXACT_EXTENSION.to_owned()))?;
        let exact = ExactTerms::open(exact, hasher)?;
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
    #[cfg(test)]
    pub(crate) fn seq_of(&self, doc: u32) -> steplog_model::ids::Seq {
        self.columns.seq().unwrap().get_val(doc)
    }

    /// Checks every byte of every file.
    pub(super) fn verify(&self, directory: &SegmentDirectory) -> Result<(), IndexOpenError> {
        check_files(&self.segment, directory)
    }
}

fn check_files(segment: &Segment, directory: &SegmentDirectory) -> Result<(), IndexOpenError> {
    for extension in EXTENSIONS {
        let path = file_name(segment.id(), extension);
        // What was never written whole is no damage of what was.
        let Some(sums) = directory.sums(&path) else { continue };
        directory.open_checked(&path, sums)?.verify()?;
    }
    let side = file_name(segment.id(), SIDE_EXTENSION);
    if !segment.index().directory().validate_checksum(&side)? {
        return Err(IndexOpenError::Damaged(format!("{} is not what was written", side.display())));
    }
    Ok(())
}

/// A file of our own of a segment, to be written.
pub(super) fn open_own(segment: &mut Segment, extension: &str) -> Result<WritePtr, tantivy::TantivyError> {
    Ok(segment.open_write(SegmentComponent::Custom(extension.to_owned()))?)
}

/// Tantivy reports files that make no sense as I/O errors. It is an I/O error only where the files are what was
/// written.
fn blame(error: IndexOpenError, segment: &Segment, directory: &SegmentDirectory) -> IndexOpenError {
    match error {
        IndexOpenError::Io(reason) => match check_files(segment, directory) {
            Err(IndexOpenError::Damaged(damage)) => IndexOpenError::Damaged(format!("{damage}: {reason}")),
            _ => IndexOpenError::Io(reason),
        },
        other => other,
    }
}

/// What the segment's files were when they were written, in the order of [`EXTENSIONS`].
fn written(segment: &Segment, directory: &SegmentDirectory) -> io::Result<Vec<Arc<FileSums>>> {
    let sums = |extension| {
        let path = file_name(segment.id(), extension);
        let missing = || io::Error::other(format!("{} was not written", path.display()));
        directory.sums(&path).ok_or_else(missing)
    };
    EXTENSIONS.into_iter().map(sums).collect()
}
