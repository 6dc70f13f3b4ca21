//! A question as logic over terms, the same for all segments.

use steplog_model::column::{Column, ColumnKind};
use steplog_model::content::ENDING_COLUMNS;
use steplog_model::ids::{EventId, TermKind, key_hash};
use steplog_model::query::{Expr, Filter, Phrase, Presence, Query, Target};
use steplog_model::record::value::number_text;
use steplog_model::text::spellings;
use tantivy::Term;

use crate::index::{ExactValue, TEXT, ending_start, facet_term};

/// Which events of a period a question asks for.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) logic: Logic,
    /// Whether terms take part that other values may share: hits are to be compared with their records.
    /// Counts are not compared, and an excluded term takes along what shares it: of 2^48 terms, two
    /// values share one about never.
    pub(super) hashed: bool,
}

/// Logic over terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Logic {
    All,
    Nothing,
    Term(Term),
    /// A hashed value.
    Exact(ExactValue),
    /// The id of an event, hashed.
    Id(EventId),
    /// At least two words side by side.
    Phrase(Vec<Term>),
    /// Words, and identifiers, that start with this.
    Prefix(String),
    /// Words side by side, and right behind them one that starts with this; or the words, and an identifier that does.
    Begun(Vec<Term>, String),
    /// What has a column or attribute, by its [`key_hash`].
    Has(u32),
    /// Ids whose ending, reversed and behind the letter of its column, starts with this.
    Ending(String),
    And(Vec<Logic>),
    Or(Vec<Logic>),
    Not(Box<Logic>),
}

impl Plan {
    pub(super) fn new(query: &Query) -> Self {
        let mut plan = Self { logic: Logic::All, hashed: false };
        let mut parts: Vec<Logic> = query.filters.iter().map(|filter| plan.filter(filter)).collect();
        parts.extend(query.text.as_ref().map(|text| plan.expr(text)));
        plan.logic = and(parts);
        plan
    }

    /// Whether every event of the period is asked for.
    pub(super) fn is_all(&self) -> bool {
        self.logic == Logic::All
    }

    fn filter(&mut self, filter: &Filter) -> Logic {
        let mut one_of = |values: &[String], endings: &[String]| {
            let whole = values.iter().map(|value| match &filter.target {
                Target::Column(column) => self.column(*column, value),
                Target::Attribute(key) => self.attribute(key, value),
            });
            let ends = endings.iter().filter_map(|ending| match &filter.target {
                Target::Column(column) => Some(Logic::Ending(ending_start(*column, ending))),
                Target::Attribute(_) => None,
            });
            or(whole.chain(ends).collect())
        };
        let excluded = not(one_of(&filter.none_of, &filter.endings.none_of));
        let any = one_of(&filter.any_of, &filter.endings.any_of);
        match filter.presence {
            Presence::Any if !filter.names_values() => excluded,
            Presence::Any => and(vec![any, excluded]),
            Presence::Present => and(vec![self.has(&filter.target), excluded]),
            Presence::Missing => and(vec![or(vec![any, not(self.has(&filter.target))]), excluded]),
        }
    }

    fn expr(&mut self, expr: &Expr) -> Logic {
        match expr {
            Expr::And(parts) => and(parts.iter().map(|part| self.expr(part)).collect()),
            Expr::Or(parts) => or(parts.iter().map(|part| self.expr(part)).collect()),
            Expr::Not(part) => not(self.expr(part)),
            Expr::Column(column, value) => self.column(*column, value),
            Expr::Attribute(key, value) => self.attribute(key, value),
            Expr::Has(target) => self.has(target),
            Expr::Phrase(phrase) => self.phrase(phrase),
            Expr::Prefix(prefix) => Logic::Prefix(prefix.clone()),
            Expr::Begun(phrase, start) => {
                let mut parts = self.identifiers(phrase);
                parts.push(Logic::Begun(terms(&phrase.words), start.clone()));
                and(parts)
            }
            Expr::Ending(column, ending) => or(ENDING_COLUMNS
                .into_iter()
                .filter(|of| column.is_none_or(|column| column == *of))
                .map(|of| Logic::Ending(ending_start(of, ending)))
                .collect()),
        }
    }

    fn column(&mut self, column: Column, value: &str) -> Logic {
        if column.kind() == ColumnKind::Facet {
            return Logic::Term(facet_term(column, value));
        }
        self.hashed(TermKind::Column, column.name(), value)
    }

    /// A text as it is, a number by its one text.
    fn attribute(&mut self, key: &str, value: &str) -> Logic {
        let text = self.hashed(TermKind::Attribute, key, value);
        match number_text(value) {
            Some(number) => or(vec![text, self.hashed(TermKind::Number, key, &number)]),
            None => text,
        }
    }

    fn has(&mut self, target: &Target) -> Logic {
        self.hashed = true;
        Logic::Has(match target {
            Target::Column(column) => key_hash(TermKind::Column, column.name()),
            Target::Attribute(key) => key_hash(TermKind::Attribute, key),
        })
    }

    fn hashed(&mut self, kind: TermKind, key: &str, value: &str) -> Logic {
        self.hashed = true;
        Logic::Exact(ExactValue::new(kind, key, value))
    }

    fn identifiers(&mut self, phrase: &Phrase) -> Vec<Logic> {
        phrase.identifiers.iter().map(|run| self.identifier(run)).collect()
    }

    fn phrase(&mut self, phrase: &Phrase) -> Logic {
        let mut parts = self.identifiers(phrase);
        let mut words = terms(&phrase.words);
        match words.len() {
            0 => {}
            1 => parts.extend(words.pop().map(Logic::Term)),
            _ => parts.push(Logic::Phrase(words)),
        }
        and(parts)
    }

    fn identifier(&mut self, run: &str) -> Logic {
        let mut any = Vec::new();
        for spelling in spellings(run) {
            any.push(self.hashed(TermKind::Identifier, "", &spelling));
            // An event's own id is an identifier of it, which the index keeps by itself.
            any.extend(spelling.parse().ok().map(|id: EventId| Logic::Id(id)));
        }
        or(any)
    }
}

fn terms(words: &[String]) -> Vec<Term> {
    words.iter().map(|word| Term::from_field_text(TEXT, word)).collect()
}

fn and(parts: Vec<Logic>) -> Logic {
    let mut kept = Vec::new();
    for part in parts {
        match part {
            Logic::All => {}
            Logic::Nothing => return Logic::Nothing,
            Logic::And(inner) => kept.extend(inner),
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 => Logic::All,
        1 => kept.remove(0),
        _ => Logic::And(kept),
    }
}

fn or(parts: Vec<Logic>) -> Logic {
    let mut kept = Vec::new();
    for part in parts {
        match part {
            Logic::Nothing => {}
            Logic::All => return Logic::All,
            Logic::Or(inner) => kept.extend(inner),
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 => Logic::Nothing,
        1 => kept.remove(0),
        _ => Logic::Or(kept),
    }
}

fn not(part: Logic) -> Logic {
    match part {
        Logic::All => Logic::Nothing,
        Logic::Nothing => Logic::All,
        Logic::Not(inner) => *inner,
        other => Logic::Not(Box::new(other)),
    }
}
