//! The mapping table as it is written in TOML.

mod field;
mod overrides;
mod spans;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use steplog_model::column::Column;
use toml::Spanned;

pub(super) use field::RecordField;
pub(super) use overrides::{SettingsText, UnknownWords};
pub(super) use spans::{Names, RepeatTable, SpansTable};

/// The whole table.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) columns: BTreeMap<ColumnName, Sources>,
    pub(super) duration: Durations,
    pub(super) filter: FilterTable,
    pub(super) spans: SpansTable,
    /// Where settings say anything of spans, in their text.
    #[serde(skip)]
    pub(super) spans_at: Option<usize>,
    pub(super) words: BTreeMap<String, WordTable>,
    /// What settings added to the tables of words.
    #[serde(skip)]
    pub(super) added_words: Vec<AddedWords>,
}

/// Words that settings add.
#[derive(Clone, Debug)]
pub(super) struct AddedWords {
    pub(super) table: String,
    pub(super) canonical: String,
    pub(super) words: Vec<String>,
    /// Where the table stands in the settings' text.
    pub(super) at: usize,
}

/// Canonical value to the words that mean it.
pub(super) type WordTable = BTreeMap<String, Vec<String>>;

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sources {
    pub(super) sources: Vec<SourceTable>,
}

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Durations {
    pub(super) sources: Vec<DurationTable>,
}

/// Where a duration stands, and in which unit.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DurationTable {
    pub(super) attribute: String,
    pub(super) unit: Unit,
    /// Where it stands in the settings' text; `None` where it is built in.
    #[serde(skip)]
    pub(super) at: Option<usize>,
}

#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub(super) enum Unit {
    #[serde(rename = "ns")]
    Nanoseconds,
    #[serde(rename = "us")]
    Microseconds,
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "s")]
    Seconds,
}

impl Unit {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
        }
    }
}

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilterTable {
    pub(super) tracing_default_names: bool,
    pub(super) unnamed: bool,
    pub(super) names: Vec<String>,
    #[serde(default)]
    pub(super) repeats: Vec<RepeatTable>,
    /// Where settings say each of the four, in their text.
    #[serde(skip)]
    pub(super) at: [Option<usize>; 4],
}

/// One source of a column. `when`, `unless`, `words` and the like are explained in `mapping.toml`.
#[derive(Clone, Debug, Default)]
pub(super) struct SourceTable {
    pub(super) input: InputTable,
    pub(super) words: Option<Spanned<String>>,
    pub(super) only_words: bool,
    pub(super) at_least: Option<f64>,
    pub(super) below: Option<f64>,
    pub(super) value: Option<String>,
    pub(super) prefix: String,
    pub(super) form: Form,
    pub(super) except: Vec<String>,
    pub(super) when: BTreeMap<EarlyColumn, Vec<String>>,
    pub(super) unless: BTreeMap<EarlyColumn, Vec<String>>,
    pub(super) also: BTreeMap<ColumnName, String>,
    pub(super) own: bool,
    pub(super) derived: bool,
    /// Where it stands in the settings' text; `None` where it is built in.
    pub(super) at: Option<usize>,
}

/// What a source looks at.
#[derive(Clone, Debug)]
pub(super) enum InputTable {
    Attribute(String),
    Field(RecordField),
    Column(EarlyColumn),
    NameEnding(Spanned<String>),
    NameStart(Spanned<String>),
}

impl Default for InputTable {
    fn default() -> Self {
        Self::Attribute(String::new())
    }
}

/// How a value is written into its column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// As it is.
    #[default]
    Exact,
    /// On one line and short.
    Line,
    /// The same, only if it is for people.
    Sentence,
    /// Only if it looks like a dotted name.
    Name,
    /// With the body's first part before it, where the body is `first.VALUE`.
    AfterBody,
    /// The member `model` of what is JSON.
    Model,
}

impl Form {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Line => "line",
            Self::Sentence => "sentence",
            Self::Name => "name",
            Self::AfterBody => "after_body",
            Self::Model => "model",
        }
    }
}

/// A source as a table; a source may also be a text, the attribute's name.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFields {
    attribute: Option<String>,
    field: Option<RecordField>,
    column: Option<EarlyColumn>,
    name_ending: Option<Spanned<String>>,
    name_start: Option<Spanned<String>>,
    words: Option<Spanned<String>>,
    #[serde(default)]
    only_words: bool,
    at_least: Option<f64>,
    below: Option<f64>,
    value: Option<String>,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    when: BTreeMap<EarlyColumn, Vec<String>>,
    #[serde(default)]
    unless: BTreeMap<EarlyColumn, Vec<String>>,
    #[serde(default)]
    also: BTreeMap<ColumnName, String>,
    #[serde(default)]
    own: bool,
    #[serde(default)]
    derived: bool,
}

impl TryFrom<SourceFields> for SourceTable {
    type Error = &'static str;

    fn try_from(fields: SourceFields) -> Result<Self, Self::Error> {
        let inputs = [
            fields.attribute.map(InputTable::Attribute),
            fields.field.map(InputTable::Field),
            fields.column.map(InputTable::Column),
            fields.name_ending.map(InputTable::NameEnding),
            fields.name_start.map(InputTable::NameStart),
        ];
        let mut inputs = inputs.into_iter().flatten();
        let (Some(input), None) = (inputs.next(), inputs.next()) else {
            return Err("a source has exactly one of attribute, field, column, name_ending and name_start");
        };
        if matches!(&input, InputTable::Attribute(name) if name.is_empty()) {
            return Err("the name of an attribute is empty; write the attribute that the sender uses");
        }
        if fields.value.as_deref() == Some("") {
            return Err("`value` is empty; leave it out to take the value of the source");
        }
        if fields.only_words && fields.words.is_none() {
            return Err("`only_words` needs `words`; name the table of words");
        }
        Ok(Self {
            input,
            words: fields.words,
            only_words: fields.only_words,
            at_least: fields.at_least,
            below: fields.below,
            value: fields.value,
            prefix: fields.prefix,
            form: fields.form,
            except: fields.except,
            when: fields.when,
            unless: fields.unless,
            also: fields.also,
            own: fields.own,
            derived: fields.derived,
            at: None,
        })
    }
}

impl<'de> Deserialize<'de> for SourceTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

struct SourceVisitor;

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = SourceTable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an attribute, or a table such as { attribute = \"acme.id\" }")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<SourceTable, E> {
        if name.is_empty() {
            return Err(E::custom(
                "the name of an attribute is empty; write the attribute that the sender uses",
            ));
        }
        Ok(SourceTable { input: InputTable::Attribute(name.to_owned()), ..SourceTable::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SourceTable, A::Error> {
        let fields = SourceFields::deserialize(MapAccessDeserializer::new(map))?;
        SourceTable::try_from(fields).map_err(de::Error::custom)
    }
}

/// A column by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ColumnName(pub(super) Column);

impl<'de> Deserialize<'de> for ColumnName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map(Self).map_err(|_| {
            let names: Vec<_> = Column::ALL.iter().map(|column| column.name()).collect();
            de::Error::custom(format!("there is no column `{name}`; the columns are {}", names.join(", ")))
        })
    }
}

/// A column that is filled before the others, so that their sources can look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EarlyColumn(pub(super) Column);

impl EarlyColumn {
    /// In the order in which they are filled.
    pub(super) const ALL: [Column; 4] =
        [Column::Event, Column::OccurredIn, Column::Status, Column::Conversation];
}

impl<'de> Deserialize<'de> for EarlyColumn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::ALL.into_iter().find(|column| column.name() == name).map(Self).ok_or_else(|| {
            let names = Self::ALL.map(Column::name).join(", ");
            de::Error::custom(format!("a source cannot look at `{name}` here; it can look at {names}"))
        })
    }
}
