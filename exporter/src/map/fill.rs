//! Filling the columns of one event from what the walk found.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use steplog_model::column::Column;
use steplog_model::event::Cell;
use steplog_model::record::value::AnyValue;

use super::FilterReason;
use super::source::{Compiled, Input, Meaning, Source, Words};
use super::table::Form;
use super::text::{self, endings, fold, is_tracing_default};
use super::walk::{Found, Hit, HitValue};

/// The columns of an event.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Sorted by column, none twice, none empty.
    pub(super) cells: Vec<Cell>,
    /// Whether a value was cut.
    pub(super) truncated: bool,
}

/// Fills the columns, unless the record is left out.
pub(super) fn fill(
    compiled: &Compiled,
    found: &Found<'_>,
    record: &Bytes,
    order: &mut Vec<u64>,
) -> Result<Columns, FilterReason> {
    order.clear();
    order.extend(found.hits.iter().enumerate().map(|(place, hit)| order_key(hit, place)));
    order.sort_unstable();
    let hits = || order.iter().map(|key| &found.hits[hit_place(*key)]);
    let mut filler = Filler {
        record,
        body: found.body,
        cells: Vec::with_capacity(20),
        filled: 0,
        also: Vec::new(),
        truncated: false,
        no_default_names: compiled.filter.tracing_default_names,
        default_name: false,
        folded: String::new(),
        scratch: String::new(),
    };
    let mut named = false;
    for hit in hits().take_while(|hit| hit.source < compiled.name_sources) {
        let source = &compiled.sources[hit.source as usize];
        named |= filler.try_hit(source, hit) && !source.derived;
    }
    filtered(compiled, found, named, &filler)?;
    for hit in hits().skip_while(|hit| hit.source < compiled.name_sources) {
        filler.try_hit(&compiled.sources[hit.source as usize], hit);
    }
    Ok(filler.finish())
}

/// Sorts by source, then by place, then the later attribute first: of equal ones the last one counts.
fn order_key(hit: &Hit<'_>, place: usize) -> u64 {
    u64::from(hit.source) << 32 | (hit.place as u64) << 30 | (LATEST - place as u64)
}

/// More than the hits of any record: attributes and body members are bounded by [`limits::MAX_ATTRIBUTES`].
const LATEST: u64 = (1 << 30) - 1;

fn hit_place(key: u64) -> usize {
    (LATEST - (key & LATEST)) as usize
}

fn filtered(
    compiled: &Compiled,
    found: &Found<'_>,
    named: bool,
    filler: &Filler<'_>,
) -> Result<(), FilterReason> {
    let filter = &compiled.filter;
    if filter.keeps_all {
        return Ok(());
    }
    // Who fills columns by steplog's own attributes means an event, named or not.
    if filler.default_name && !named && !found.states_columns {
        return Err(FilterReason::TracingDefaultName);
    }
    match filler.value(Column::Event) {
        None if filter.unnamed && !found.states_columns => Err(FilterReason::Unnamed),
        Some(name) if filter.names.iter().any(|pattern| pattern.matches(name)) => {
            Err(FilterReason::ExcludedName)
        }
        Some(name) if filter.repeats.iter().any(|repeat| repeat.matches(name, found.marks)) => {
            Err(FilterReason::Repeat)
        }
        _ => Ok(()),
    }
}

/// A text on its way into a column.
enum Text<'a> {
    /// A slice of the record.
    Slice(&'a str),
    /// A text of its own.
    Own(ByteString),
}

impl Text<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Slice(text) => text,
            Self::Own(text) => text,
        }
    }
}

struct Filler<'a> {
    record: &'a Bytes,
    body: Option<&'a str>,
    cells: Vec<Cell>,
    /// One bit for each column that has a value.
    filled: u64,
    /// Values for columns that nothing else fills.
    also: Vec<Cell>,
    truncated: bool,
    /// Whether the tracing bridge's default name is none.
    no_default_names: bool,
    /// Whether one was found, and passed over.
    default_name: bool,
    folded: String,
    scratch: String,
}

const fn bit(column: Column) -> u64 {
    1 << column.number()
}

impl<'a> Filler<'a> {
    fn value(&self, column: Column) -> Option<&str> {
        self.cells.iter().find(|cell| cell.column == column).map(|cell| &*cell.value)
    }

    /// Fills the source's column with what was hit, where the column is empty and the hit counts.
    fn try_hit(&mut self, source: &Source, hit: &Hit<'a>) -> bool {
        if self.filled & bit(source.column) != 0 || !self.conditions_hold(source) {
            return false;
        }
        let (text, rule) = match &source.input {
            Input::NameEnding(words) => match self.name_ending(words) {
                Some(Meaning { value, rule }) => (Text::Own(value), rule),
                None => return false,
            },
            Input::NameStart(words) => match self.name_start(words) {
                Some(Meaning { value, rule }) => (Text::Own(value), rule),
                None => return false,
            },
            Input::Column(column) => match self.cells.iter().find(|cell| cell.column == *column) {
                Some(cell) => (Text::Own(cell.value.clone()), source.rule(hit.place)),
                None => return false,
            },
            Input::Walked => match self.hit_text(&hit.value, source.value.is_some()) {
                Some(text) => (text, source.rule(hit.place)),
                None => return false,
            },
        };
        self.convert_and_put(source, text, rule)
    }

    fn conditions_hold(&self, source: &Source) -> bool {
        source.conditions.iter().all(|condition| {
            let value = self.value(condition.column);
            let one_of = value.is_some_and(|value| condition.values.iter().any(|one| one == value));
            one_of == condition.has
        })
    }

    fn name_ending(&mut self, words: &Words) -> Option<Meaning> {
        self.fold_name();
        endings(&self.folded).find_map(|ending| words.get(ending)).cloned()
    }

    fn name_start(&mut self, words: &Words) -> Option<Meaning> {
        self.fold_name();
        words.get(self.folded.split('.').next()?).cloned()
    }

    fn fold_name(&mut self) {
        let mut folded = std::mem::take(&mut self.folded);
        fold(self.value(Column::Event).unwrap_or_default(), &mut folded);
        self.folded = folded;
    }

    /// The text of a hit; a list has none, and counts where its presence is all that matters.
    fn hit_text(&mut self, value: &HitValue<'a>, presence: bool) -> Option<Text<'a>> {
        match value {
            HitValue::Record(AnyValue::Array(values)) if presence => {
                values.clone().next().map(|_| Text::Slice(""))
            }
            HitValue::Record(AnyValue::String(text)) => Some(Text::Slice(text)),
            HitValue::Record(value) => {
                value.scalar_text(&mut self.scratch).map(|text| Text::Own(ByteString::from(text)))
            }
            HitValue::Text(text) => Some(Text::Own(text.clone())),
            HitValue::Column => None,
        }
    }

    fn convert_and_put(&mut self, source: &Source, text: Text<'a>, rule: Option<Arc<str>>) -> bool {
        if source.column == Column::Event && self.no_default_names && is_tracing_default(text.as_str()) {
            self.default_name = true;
            return false;
        }
        if !source.except.is_empty() {
            fold(text.as_str(), &mut self.folded);
            if source.except.iter().any(|value| **value == *self.folded) {
                return false;
            }
        }
        if let Some(least) = source.at_least {
            let number = text.as_str().trim().parse::<f64>();
            if !number.is_ok_and(|number| number >= least) {
                return false;
            }
        }
        if let Some(bound) = source.below {
            let number = text.as_str().trim().parse::<f64>();
            if !number.is_ok_and(|number| number < bound) {
                return false;
            }
        }
        let converted = if let Some(value) = &source.value {
            Some(Text::Own(value.clone()))
        } else if let Some(words) = &source.words {
            self.translate(source, words, text, &rule)
        } else {
            self.in_form(source.form, text)
        };
        let Some(mut text) = converted else { return false };
        if !source.prefix.is_empty() {
            text = Text::Own(ByteString::from(format!("{}{}", source.prefix, text.as_str())));
        }
        if !self.put(source.column, text, rule.clone()) {
            return false;
        }
        let also = source.also.iter();
        self.also.extend(also.map(|(column, value)| Cell {
            column: *column,
            value: value.clone(),
            rule: rule.clone(),
        }));
        true
    }

    /// What a word means; the word as sent goes into a column of its own where they differ.
    fn translate(
        &mut self,
        source: &Source,
        words: &Words,
        text: Text<'a>,
        rule: &Option<Arc<str>>,
    ) -> Option<Text<'a>> {
        fold(text.as_str(), &mut self.folded);
        let Some(meaning) = words.get(self.folded.as_str()) else {
            return (!source.only_words).then_some(text);
        };
        let value = meaning.value.clone();
        let raw = match source.column {
            Column::Status => Some(Column::StatusRaw),
            Column::OccurredIn => Some(Column::OccurredInRaw),
            _ => None,
        };
        if let Some(raw) = raw
            && !source.only_words
            && value != text.as_str()
        {
            self.put(raw, text, rule.clone());
        }
        Some(Text::Own(value))
    }

    fn in_form(&self, form: Form, text: Text<'a>) -> Option<Text<'a>> {
        match form {
            Form::Exact => Some(text),
            Form::Line => match text {
                Text::Slice(text) => match text::line(text)? {
                    Cow::Borrowed(line) => Some(Text::Slice(line)),
                    Cow::Owned(line) => Some(Text::Own(line.into())),
                },
                Text::Own(text) => text::line(&text).map(|line| Text::Own(ByteString::from(&*line))),
            },
            Form::Sentence if !text::looks_like_sentence(text.as_str()) => None,
            Form::Sentence => self.in_form(Form::Line, text),
            Form::Name => text::looks_like_name(text.as_str()).then_some(text),
            Form::AfterBody => {
                Some(text::name_after_body(text.as_str(), self.body).map_or(text, Text::Slice))
            }
            Form::Model => text::model(text.as_str()).map(|model| Text::Own(ByteString::from(model))),
        }
    }

    /// Puts a value into an empty column, in the length that the column takes.
    fn put(&mut self, column: Column, text: Text<'a>, rule: Option<Arc<str>>) -> bool {
        if text.as_str().is_empty() || self.filled & bit(column) != 0 {
            return false;
        }
        let value = match (column.kept(text.as_str()), &text) {
            (Cow::Owned(shortened), _) => {
                self.truncated = true;
                ByteString::from(shortened)
            }
            // The slice is UTF-8: it was a text before.
            (Cow::Borrowed(_), Text::Slice(text)) => {
                ByteString::try_from(self.record.slice_ref(text.as_bytes())).unwrap_or_default()
            }
            (Cow::Borrowed(_), Text::Own(text)) => text.clone(),
        };
        self.filled |= bit(column);
        self.cells.push(Cell { column, value, rule });
        true
    }

    fn finish(mut self) -> Columns {
        for cell in std::mem::take(&mut self.also) {
            self.put(cell.column, Text::Own(cell.value), cell.rule);
        }
        self.cells.sort_unstable_by_key(|cell| cell.column);
        // Most events have a few columns: places for all of them would be a kilobyte each, held until they are stored.
        self.cells.shrink_to_fit();
        Columns { cells: self.cells, truncated: self.truncated }
    }
}
