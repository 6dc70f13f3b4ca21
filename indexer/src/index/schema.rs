//! The fields of an index, the terms in them, and Tantivy's settings.

use steplog_model::column::Column;
use steplog_model::content::reversed_ending;
use tantivy::index::IndexSettings;
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, Term};

use super::tokens::{FacetTokenizer, WordTokenizer, push_facet};

/// The format of index and side files together. An index with another number is rebuilt from its records.
pub(crate) const FORMAT: u32 = 11;

/// Nanoseconds since 1970; fast.
pub(super) const TIME: Field = Field::from_field_id(0);
/// The arrival number; fast.
pub(super) const SEQ: Field = Field::from_field_id(1);
/// Words with positions.
pub(crate) const TEXT: Field = Field::from_field_id(2);
/// The values of all facet columns, each behind a letter for its column; and behind other letters the endings of ids,
/// the beginnings of identifiers and the shapes of events. They are in no phrase, so they have no positions.
pub(crate) const FACET: Field = Field::from_field_id(3);
/// How long the step took, as [`steplog_model::sketch::duration_step`]; fast, where known.
pub(super) const DURATION: Field = Field::from_field_id(4);
/// [`steplog_model::sketch::Distinct::bits`] of the interaction; fast, where there is one.
pub(super) const INTERACTION: Field = Field::from_field_id(5);
/// The first of the fast fields with facet columns, in the order of [`Column::facets`].
pub(super) const FIRST_COLUMN: u32 = 6;

pub(super) const TIME_NAME: &str = "time";
pub(super) const SEQ_NAME: &str = "seq";
pub(super) const DURATION_NAME: &str = "duration";
pub(super) const INTERACTION_NAME: &str = "interaction_bits";
const WORDS_TOKENIZER: &str = "steplog_words";
const FACETS_TOKENIZER: &str = "steplog_facets";

/// The place of a facet column among them.
pub(crate) fn facet_place(column: Column) -> Option<usize> {
    Column::facets().position(|facet| facet == column)
}

pub(super) fn schema() -> Schema {
    let mut builder = SchemaBuilder::default();
    let fast = NumericOptions::default().set_fast();
    builder.add_i64_field(TIME_NAME, fast.clone());
    builder.add_u64_field(SEQ_NAME, fast.clone());
    builder.add_text_field("text", text(WORDS_TOKENIZER, IndexRecordOption::WithFreqsAndPositions));
    builder.add_text_field("facet", text(FACETS_TOKENIZER, IndexRecordOption::Basic));
    builder.add_u64_field(DURATION_NAME, fast.clone());
    builder.add_u64_field(INTERACTION_NAME, fast);
    for column in Column::facets() {
        builder.add_text_field(column.name(), TextOptions::default().set_fast("raw"));
    }
    builder.build()
}

fn text(tokenizer: &str, option: IndexRecordOption) -> TextOptions {
    let indexing =
        TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option).set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

pub(super) fn settings() -> IndexSettings {
    // Nothing is stored, but that is said of each document: compressed it is as good as nothing. And a segment writer
    // shall not start a thread for it.
    IndexSettings {
        docstore_compression: Compressor::Zstd(ZstdCompressor::default()),
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}

pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(WORDS_TOKENIZER, WordTokenizer);
    manager.register(FACETS_TOKENIZER, FacetTokenizer);
    manager
}

/// Whether an index has the fields that this version writes.
pub(super) fn is_ours(index: &Index) -> bool {
    index.schema() == schema() && *index.settings() == settings()
}

/// The letter that stands before the values of a facet column.
pub(super) fn facet_letter(column: Column) -> char {
    char::from(b'A' + column.number())
}

/// The letter that stands before the terms of [`push_shape`]; behind those of all columns.
const SHAPE_LETTER: char = '~';
/// The range of these terms.
pub(crate) const SHAPES: std::ops::Range<&str> = "~".."\u{7f}";
/// Characters for each key in a shape.
const KEY_CHARS: usize = 5;

/// Appends the event's shape for [`super::tokens::FacetTokenizer`]: which columns and attributes it has, as
/// [`steplog_model::ids::key_hash`] tells them, in rising order. Events of one kind have few shapes, so that knowing
/// which have an attribute costs a term for each event and not one for each of its attributes.
pub(super) fn push_shape(out: &mut String, keys: &[u32]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |key: u32, place: usize| char::from(DIGITS[(key >> (6 * place)) as usize & 63]);
    let mut shape = String::with_capacity(keys.len() * KEY_CHARS);
    for key in keys {
        (0..KEY_CHARS).rev().for_each(|place| shape.push(digit(*key, place)));
    }
    push_facet(out, SHAPE_LETTER, &shape);
}

/// Whether a shape, as the term of [`push_shape`], has a key.
pub(crate) fn shape_has(term: &[u8], key: u32) -> bool {
    let mut text = String::new();
    push_shape(&mut text, &[key]);
    let wanted = text.as_bytes();
    let wanted = wanted.get(wanted.len().saturating_sub(KEY_CHARS)..).unwrap_or_default();
    term.get(SHAPE_LETTER.len_utf8()..).unwrap_or_default().chunks(KEY_CHARS).any(|chunk| chunk == wanted)
}

/// The letter that stands before the beginnings of identifiers; before those of all columns.
pub(super) const BEGINNING_LETTER: char = '#';

/// With what the terms begin that stand for identifiers with this beginning.
pub(crate) fn beginning_start(beginning: &str) -> String {
    format!("{BEGINNING_LETTER}{beginning}")
}

/// The letter that stands before the endings of a column's values, last character first.
pub(super) fn ending_letter(column: Column) -> char {
    char::from(b'a' + column.number())
}

/// With what the terms begin that stand for values of a column with this ending.
pub(crate) fn ending_start(column: Column, ending: &str) -> String {
    let mut start = reversed_ending(ending);
    start.insert(0, ending_letter(column));
    start
}

/// The term of a facet column's value.
pub(crate) fn facet_term(column: Column, value: &str) -> Term {
    let mut text = String::with_capacity(value.len() + 1);
    text.push(facet_letter(column));
    text.push_str(value);
    Term::from_field_text(FACET, &text)
}
