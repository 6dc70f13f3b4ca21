//! The mapping table as it is written in TOML: the built-in one, and what settings change of it.

mod field;
mod spans;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use steplog_model::column::Column;
use steplog_model::ids::Tenant;
use toml::Spanned;

pub(super) use field::RecordField;
pub(super) use spans::{RepeatTable, SpansTable};

use spans::SpansOverride;

/// The whole table.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) columns: BTreeMap<ColumnName, Sources>,
    pub(super) duration: Durations,
    pub(super) filter: FilterTable,
    pub(super) spans: SpansTable,
    pub(super) words: BTreeMap<String, WordTable>,
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

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilterTable {
    pub(super) tracing_default_names: bool,
    pub(super) unnamed: bool,
    pub(super) names: Vec<String>,
    #[serde(default)]
    pub(super) repeats: Vec<RepeatTable>,
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
    pub(super) when: BTreeMap<EarlyColumn, Vec<String>>,
    pub(super) unless: BTreeMap<EarlyColumn, Vec<String>>,
    pub(super) also: BTreeMap<ColumnName, String>,
    pub(super) own: bool,
    pub(super) derived: bool,
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
    /// Only if it looks like a dotted name.
    Name,
    /// With the body's first part before it, where the body is `first.VALUE`.
    AfterBody,
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
            when: fields.when,
            unless: fields.unless,
            also: fields.also,
            own: fields.own,
            derived: fields.derived,
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

/// A settings text, of which only `[mapping]` is read here.
#[derive(serde::Deserialize)]
pub(super) struct SettingsText {
    #[serde(default)]
    pub(super) mapping: CommonOverrides,
}

/// `[mapping]`.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommonOverrides {
    #[serde(default)]
    columns: BTreeMap<ColumnName, ListOverride<SourceTable>>,
    duration: Option<ListOverride<DurationTable>>,
    filter: Option<FilterOverride>,
    spans: Option<SpansOverride>,
    #[serde(default)]
    words: BTreeMap<Spanned<String>, WordTable>,
    #[serde(default)]
    pub(super) tenant: BTreeMap<TenantName, Overrides>,
}

/// `[mapping.tenant.NAME]`.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overrides {
    #[serde(default)]
    columns: BTreeMap<ColumnName, ListOverride<SourceTable>>,
    duration: Option<ListOverride<DurationTable>>,
    filter: Option<FilterOverride>,
    spans: Option<SpansOverride>,
    #[serde(default)]
    words: BTreeMap<Spanned<String>, WordTable>,
}

impl CommonOverrides {
    /// What holds for all tenants, and what for single ones.
    pub(super) fn split(self) -> (Overrides, BTreeMap<TenantName, Overrides>) {
        let Self { columns, duration, filter, spans, words, tenant } = self;
        (Overrides { columns, duration, filter, spans, words }, tenant)
    }
}

#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Deserialize<'de>"))]
struct ListOverride<T> {
    #[serde(default = "Vec::new")]
    prepend: Vec<T>,
    #[serde(default = "Vec::new")]
    append: Vec<T>,
    sources: Option<Vec<T>>,
}

impl<T> ListOverride<T> {
    fn apply(self, list: &mut Vec<T>) {
        let kept = self.sources.unwrap_or_else(|| std::mem::take(list));
        *list = self.prepend.into_iter().chain(kept).chain(self.append).collect();
    }
}

#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterOverride {
    tracing_default_names: Option<bool>,
    unnamed: Option<bool>,
    names: Option<Vec<String>>,
    repeats: Option<Vec<RepeatTable>>,
}

/// A tenant by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TenantName(pub(super) Tenant);

impl<'de> Deserialize<'de> for TenantName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(de::Error::custom)
    }
}

/// A table of words that does not exist, and where it is named.
#[derive(Debug)]
pub(super) struct UnknownWords {
    pub(super) name: Spanned<String>,
    pub(super) known: Vec<String>,
}

impl Table {
    /// Changes the table as settings say.
    pub(super) fn apply(&mut self, overrides: Overrides) -> Result<(), UnknownWords> {
        for (column, list) in overrides.columns {
            let sources = self.columns.entry(column).or_insert_with(|| Sources { sources: Vec::new() });
            list.apply(&mut sources.sources);
        }
        if let Some(list) = overrides.duration {
            list.apply(&mut self.duration.sources);
        }
        if let Some(filter) = overrides.filter {
            let own = &mut self.filter;
            own.tracing_default_names = filter.tracing_default_names.unwrap_or(own.tracing_default_names);
            own.unnamed = filter.unnamed.unwrap_or(own.unnamed);
            own.names = filter.names.unwrap_or_else(|| std::mem::take(&mut own.names));
            own.repeats = filter.repeats.unwrap_or_else(|| std::mem::take(&mut own.repeats));
        }
        if let Some(spans) = overrides.spans {
            spans.apply(&mut self.spans);
        }
        for (name, added) in overrides.words {
            let known = self.words.keys().cloned().collect();
            let Some(words) = self.words.get_mut(name.get_ref()) else {
                return Err(UnknownWords { name, known });
            };
            for (canonical, more) in added {
                // A word means what it was last said to mean.
                words.values_mut().for_each(|old| old.retain(|word| !more.contains(word)));
                words.entry(canonical).or_default().extend(more);
            }
        }
        Ok(())
    }
}
