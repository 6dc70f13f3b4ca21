//! Words that somebody may have meant who wrote another.

use super::Period;
use crate::ids::Tenant;

/// A question for words of texts that are spelled nearly as another is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpellingsRequest {
    /// Whose events.
    pub tenant: Tenant,
    /// When they happened.
    pub period: Period,
    /// The word, folded as [`crate::text`] folds words.
    pub word: String,
    /// The most edits between the two: 1 or 2, and 1 where the first letter is another. A character more, less or another
    /// is one, and so are two that changed places side by side.
    pub edits: u8,
}
