//! Search texts, parsed: what each part of one means.

use super::Target;
use crate::column::Column;
use crate::content;
use crate::event::Event;
use crate::text::{Token, spellings, visit_tokens};

/// A parsed search text. How it is written is the business of whoever parses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// All of these; of none, every event.
    And(Vec<Expr>),
    /// One of these at least; of none, no event.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// The column has exactly this value.
    Column(Column, String),
    /// The attribute with this dotted key has exactly this value.
    Attribute(String, String),
    /// The column or attribute has a value, whatever it is.
    Has(Target),
    /// These words stand together.
    Phrase(Phrase),
    /// These words stand together, and right behind them a word that starts with this; or its identifiers and words are
    /// there, and an identifier that starts with this. The phrase has a word at least.
    Begun(Phrase, String),
    /// A word that starts with this, folded as [`crate::text`] folds words; or an identifier that does, see
    /// [`content::has_beginning`].
    Prefix(String),
    /// The value of this column, or of one of [`content::ENDING_COLUMNS`], ends with this, whatever its case. Of at most
    /// [`content::MAX_ENDING_CHARS`] characters.
    Ending(Option<Column>, String),
}

/// What a word or a quoted phrase of a search box asks for, cut as texts are cut.
///
/// An event matches if one of its texts has the words side by side in this order, and each
/// identifier occurs in the event. Without words and identifiers it asks for nothing and every
/// event matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase {
    /// Folded words.
    pub words: Vec<String>,
    /// Identifiers, in lower case.
    pub identifiers: Vec<String>,
}

impl Phrase {
    /// The phrase that `text` asks for. An identifier between words does not part them.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut phrase = Self::default();
        visit_tokens(text, &mut |token, _| match token {
            Token::Word(word) => phrase.words.push(word.to_owned()),
            Token::Identifier(run) => phrase.identifiers.push(run.to_owned()),
        });
        phrase
    }

    /// Whether it asks for nothing, so that every event matches.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty() && self.identifiers.is_empty()
    }

    /// Whether the event has it.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        self.identifiers_match(event) && (self.words.is_empty() || self.words_match(event))
    }

    fn identifiers_match(&self, event: &Event) -> bool {
        let mut missing: Vec<Vec<String>> = self.identifiers.iter().map(|run| spellings(run)).collect();
        if !missing.is_empty() {
            content::visit_identifiers(event, &mut |identifier| {
                missing.retain(|spellings| !spellings.iter().any(|spelling| spelling == identifier));
            });
        }
        missing.is_empty()
    }

    fn words_match(&self, event: &Event) -> bool {
        let mut found = false;
        content::visit_texts(event, &mut |text| {
            let words = words_of(text);
            found |= words.windows(self.words.len()).any(|window| window == self.words);
        });
        found
    }

    /// Whether the event has it with a beginning behind it: see [`Expr::Begun`].
    fn is_begun(&self, event: &Event, start: &str) -> bool {
        let (mut behind, mut identifier) = (false, false);
        content::visit_texts(event, &mut |text| {
            identifier |= content::has_identifier_beginning(text, start);
            let words = words_of(text);
            behind |= words.windows(self.words.len() + 1).any(|window| {
                window.starts_with(&self.words) && window.last().is_some_and(|last| last.starts_with(start))
            });
        });
        self.identifiers_match(event) && (behind || identifier && self.words_match(event))
    }
}

/// The words of a text in order; identifiers between them are passed over and do not part them.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    visit_tokens(text, &mut |token, _| {
        if let Token::Word(word) = token {
            words.push(word.to_owned());
        }
    });
    words
}

impl Expr {
    /// Whether the event matches.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(event)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(event)),
            Self::Not(part) => !part.matches(event),
            Self::Column(column, value) => event.value(*column) == Some(value),
            Self::Attribute(key, value) => super::has_attribute(event, key, value),
            Self::Has(target) => target.is_in(event),
            Self::Phrase(phrase) => phrase.matches(event),
            Self::Prefix(prefix) => {
                let mut found = false;
                content::visit_texts(event, &mut |text| found |= content::has_beginning(text, prefix));
                found
            }
            Self::Begun(phrase, start) => phrase.is_begun(event, start),
            Self::Ending(column, ending) => {
                let mut columns = content::ENDING_COLUMNS.iter();
                columns.any(|of| column.is_none_or(|column| column == *of) && ends_with(event, *of, ending))
            }
        }
    }
}

/// Whether the value of a column ends with this, whatever its case.
pub(super) fn ends_with(event: &Event, column: Column, ending: &str) -> bool {
    let wanted = content::reversed_ending(ending);
    event.value(column).is_some_and(|value| content::reversed_ending(value).starts_with(&wanted))
}
