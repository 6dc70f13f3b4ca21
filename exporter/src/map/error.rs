//! What is wrong with a mapping table, and where.

use std::ops::Range;

use super::table::UnknownWords;

/// A mapping table that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mapping, line {line}, column {column}: {problem}")]
pub struct MappingError {
    /// The line of the text, from 1.
    pub line: usize,
    /// The place in the line, in characters, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub problem: String,
}

impl MappingError {
    /// An error at a byte range of `text`.
    pub(super) fn at(text: &str, span: Option<Range<usize>>, problem: String) -> Self {
        let start = text.floor_char_boundary(span.map_or(0, |span| span.start));
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        Self { line, column: before[line_start..].chars().count() + 1, problem }
    }

    pub(super) fn toml(text: &str, error: &toml::de::Error) -> Self {
        Self::at(text, error.span(), error.message().to_owned())
    }

    pub(super) fn unknown_words(text: &str, unknown: &UnknownWords) -> Self {
        let problem = format!(
            "there is no table of words `{}`; the tables are {}",
            unknown.name.get_ref(),
            unknown.known.join(", ")
        );
        Self::at(text, Some(unknown.name.span()), problem)
    }
}
