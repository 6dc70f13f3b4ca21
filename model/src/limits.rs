//! Every fixed bound on events and questions, with its unit and its reason. Bounds that can be set stand with their settings.

/// How deep values may nest (arrays and key-value lists), counted from an attribute or body.
/// Deep trees help nobody and cost stack; the record is rejected.
pub const MAX_VALUE_DEPTH: usize = 64;

/// The most attributes (record, scope and resource each) of one log record. More: the record is rejected.
pub const MAX_ATTRIBUTES: usize = 4_096;

/// The longest attribute key, in bytes. Longer: the record is rejected.
pub const MAX_KEY_BYTES: usize = 4_096;

/// The largest encoded log record, in bytes: one record never fills a frame's bound. Larger: rejected.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

/// The longest value of a column, in bytes. Longer ones are shortened to their beginning and a hash of the whole
/// ([`crate::column::Column::kept`]); the record keeps them.
pub const MAX_CELL_BYTES: usize = 1_024;

/// The longest value of a column of identifiers, in bytes, such as a signed token that serves as a session's id.
/// Longer ones are shortened likewise.
pub const MAX_ID_BYTES: usize = 8 << 10;

/// How many leaves of an event are indexed as exact terms; the rest is kept and shown.
pub const MAX_INDEXED_LEAVES: usize = 1_024;

/// How many bytes of text of an event are indexed; the rest is kept and shown.
pub const MAX_INDEXED_TEXT_BYTES: usize = 64 << 10;

/// The longest attribute value, in bytes, that `attr.KEY` finds.
pub const MAX_INDEXED_VALUE_BYTES: usize = 8 << 10;

/// The longest word, in bytes, that the index keeps as a word; longer runs are found as identifiers.
pub const MAX_WORD_BYTES: usize = 64;

/// The longest search text, in bytes.
pub const MAX_SEARCH_BYTES: usize = 4 << 10;

/// How deep parentheses may nest in a search text: the parser recurses.
pub const MAX_SEARCH_DEPTH: usize = 32;

/// The most values and clauses of one question, over all filters.
pub const MAX_CLAUSES: usize = 256;

/// The most events of one page.
pub const MAX_PAGE: usize = 1_000;

/// The most bytes of the events of one page, as [`crate::event::Event::whole_bytes`] counts them; a page ends
/// early there, and the next one goes on. A thousand of the largest events would fill any memory.
pub const MAX_PAGE_BYTES: usize = 16 << 20;

/// The most words that one prefix may stand for in one segment of a partition's index; above it the
/// question is refused.
pub const MAX_PREFIX_WORDS: usize = 20_000;

/// The most words that are told of those spelled nearly as another is.
pub const MAX_SPELLINGS: usize = 16;

/// The most values of one column's value list in one answer.
pub const MAX_FACET_VALUES: usize = 1_000;

/// The most bars of a histogram.
pub const MAX_BUCKETS: usize = 1_000;

/// The most groups of object, version and element of one answer; a question with more is refused.
pub const MAX_GROUPS: usize = 1 << 14;

/// The most durations and interactions that all groups of one answer keep apart: tens of megabytes.
/// A question with more is refused.
pub const MAX_GROUP_ENTRIES: usize = 1 << 21;

/// The most log records of one request; the rest is rejected. A record of nothing takes two bytes in a
/// request and a hundred times that as an event.
pub const MAX_REQUEST_RECORDS: usize = 1 << 18;

/// The most bytes of all different origins (resource and scope) of a request of so many bytes, each counted whole: a
/// resource is stored with each of its scopes, so that a large one with many scopes would multiply.
#[must_use]
pub fn max_origin_bytes(request_bytes: usize) -> usize {
    // A usual resource of a thousand bytes may have hundreds of scopes, whatever the rest of the request.
    const ALWAYS: usize = 256 << 10;
    const NEVER_MORE: usize = 64 << 20;
    request_bytes.saturating_mul(4).clamp(ALWAYS, NEVER_MORE)
}
