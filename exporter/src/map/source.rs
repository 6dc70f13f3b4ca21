//! The compiled form of the mapping table.

use std::sync::Arc;

use bytestring::ByteString;
use rapidhash::RapidHashMap;
use steplog_model::column::Column;

use super::table::{Form, RecordField};
use crate::decode::SpanRules;

/// Where an attribute was found, in the order of look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Place {
    Record = 0,
    Body = 1,
    Scope = 2,
    Resource = 3,
}

impl Place {
    pub(super) const ALL: [Self; 4] = [Self::Record, Self::Body, Self::Scope, Self::Resource];

    /// What a rule says about it, after the attribute's name.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Record => "",
            Self::Body => " (body)",
            Self::Scope => " (scope)",
            Self::Resource => " (resource)",
        }
    }
}

/// Folded word to what it means.
pub(super) type Words = RapidHashMap<Box<str>, Meaning>;

/// What a word of the event name or of a value means.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub(super) value: ByteString,
    /// The rule, where the word itself is part of it.
    pub(super) rule: Option<Arc<str>>,
}

/// What a source looks at.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// An attribute or a field of the record, which the walk over them finds.
    Walked,
    /// A column that is filled before.
    Column(Column),
    /// The last words of the event name.
    NameEnding(Words),
    /// The first part of the event name.
    NameStart(Words),
}

/// `{ column = [values] }`.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) column: Column,
    pub(super) values: Vec<String>,
    /// Whether the column must have one of the values, or none of them.
    pub(super) has: bool,
}

/// One source of a column.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) column: Column,
    pub(super) input: Input,
    pub(super) words: Option<Arc<Words>>,
    pub(super) only_words: bool,
    pub(super) at_least: Option<f64>,
    pub(super) below: Option<f64>,
    pub(super) value: Option<ByteString>,
    pub(super) prefix: Box<str>,
    pub(super) form: Form,
    /// Folded values that do not count.
    pub(super) except: Vec<Box<str>>,
    pub(super) conditions: Vec<Condition>,
    pub(super) also: Vec<(Column, ByteString)>,
    pub(super) own: bool,
    pub(super) derived: bool,
    /// The rule by place; `None` where the sender states the column by this source.
    pub(super) rules: [Option<Arc<str>>; Place::ALL.len()],
}

impl Source {
    /// The parts of `self` with the rules for its name.
    pub(super) fn with_rule(mut self, name: &str) -> Self {
        if !self.own {
            let guess = if self.derived { "derived: " } else { "" };
            let least = self.at_least.map_or_else(String::new, |least| format!(" >= {least}"));
            let below = self.below.map_or_else(String::new, |below| format!(" < {below}"));
            let rule = |place: Place| Arc::from(format!("{guess}{name}{least}{below}{}", place.suffix()));
            self.rules = Place::ALL.map(|place| Some(rule(place)));
        }
        self
    }

    /// A source of `column` that takes what it looks at as it is.
    pub(super) fn new(column: Column, input: Input) -> Self {
        Self {
            column,
            input,
            words: None,
            only_words: false,
            at_least: None,
            below: None,
            value: None,
            prefix: Box::from(""),
            form: Form::Exact,
            except: Vec::new(),
            conditions: Vec::new(),
            also: Vec::new(),
            own: false,
            derived: false,
            rules: [const { None }; Place::ALL.len()],
        }
    }

    /// Whether a truth value counts: it is no text, and nobody's name or reason. Only a source that says what it means,
    /// or steplog's own attribute, makes a value of it.
    pub(super) const fn takes_truth(&self) -> bool {
        self.own || self.words.is_some() || self.value.is_some()
    }

    /// What a cell filled by this source says about where its value is from.
    pub(super) fn rule(&self, place: Place) -> Option<Arc<str>> {
        self.rules[place as usize].clone()
    }
}

/// What an attribute is looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A source, by its number.
    Source(u32),
    /// A duration: its rank, and the nanoseconds of one unit.
    Duration(u16, u32),
    /// The event's id.
    Id,
    /// Tells whether a record repeats another one: its number among [`Filter::marks`].
    Mark(u8),
}

/// What is left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// Whether nothing is left out, as of what is stored.
    pub(super) keeps_all: bool,
    pub(super) tracing_default_names: bool,
    pub(super) unnamed: bool,
    pub(super) names: Vec<NamePattern>,
    pub(super) repeats: Vec<Repeat>,
    /// The attributes that tell repeats, at most [`MOST_MARKS`].
    pub(super) marks: Vec<String>,
}

/// How many attributes may tell repeats: one bit each.
pub(super) const MOST_MARKS: usize = 64;

/// Events that repeat what another event says.
#[derive(Clone, Debug)]
pub(super) struct Repeat {
    pub(super) event: String,
    /// The marks that such a record has and lacks, as bits.
    pub(super) having: u64,
    pub(super) lacking: u64,
}

impl Repeat {
    /// Whether an event of this name with these marks is one.
    pub(super) fn matches(&self, name: &str, marks: u64) -> bool {
        self.event == name && marks & self.having == self.having && marks & self.lacking == 0
    }
}

/// Names that are left out.
#[derive(Clone, Debug)]
pub(super) enum NamePattern {
    Exactly(String),
    StartingWith(String),
}

impl NamePattern {
    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exactly(exact) => name == exact,
            Self::StartingWith(start) => name.starts_with(start.as_str()),
        }
    }
}

/// The table, compiled: one look-up by attribute name gives all that the attribute is good for.
#[derive(Clone, Debug, Default)]
pub(super) struct Compiled {
    /// All sources, numbered in the order in which they are tried: column by column, the early columns first.
    pub(super) sources: Vec<Source>,
    /// Attribute name to what it is looked up for.
    pub(super) attributes: RapidHashMap<Box<str>, Vec<Target>>,
    /// Beginnings of attribute names (`messaging.`), each with its source.
    pub(super) families: Vec<(Box<str>, u32)>,
    /// The sources that look at a field of the record, by field.
    pub(super) fields: [Vec<u32>; RecordField::ALL.len()],
    /// The sources that look at columns; tried for every record.
    pub(super) computed: Vec<u32>,
    /// How many of the first sources are for the event's name.
    pub(super) name_sources: u32,
    pub(super) filter: Filter,
    pub(super) spans: SpanRules,
}
