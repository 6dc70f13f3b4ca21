//! The table for people: each rule as it would stand in the settings file, with the place that says it.

use toml::Value;

use super::error::MappingError;
use super::table::{
    ColumnName, DurationTable, FilterTable, InputTable, Names, RepeatTable, SettingsText, SourceTable,
    Sources, Table,
};
use super::{Form, built_in_table};

/// One rule of the mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The table and key of the settings file that it belongs to, such as `mapping.columns.person.sources`.
    pub key: String,
    /// The rule in TOML.
    pub value: String,
    /// The line of the settings that says it; `None` where it is built in.
    pub line: Option<usize>,
}

/// All rules of the mapping that the settings make, in the order in which they are tried. Those of a tenant follow, as
/// far as they are other ones.
///
/// # Errors
/// As [`super::Mappings::with_overrides`].
pub fn told(settings: &str) -> Result<Vec<Told>, MappingError> {
    let text: SettingsText =
        toml::from_str(settings).map_err(|error| MappingError::toml(settings, &error))?;
    let (common, tenants) = text.mapping.split();
    let unknown_words = |unknown| MappingError::unknown_words(settings, &unknown);
    let mut table = built_in_table();
    table.apply(common).map_err(unknown_words)?;
    let mut teller = Teller { settings, told: Vec::new() };
    teller.table("mapping", &table, &|_| true);
    for (tenant, overrides) in tenants {
        let columns: Vec<ColumnName> = overrides.columns().collect();
        let mut own = table.clone();
        own.apply(overrides).map_err(unknown_words)?;
        teller.table(&format!("mapping.tenant.{}", tenant.0), &own, &|column| columns.contains(&column));
    }
    Ok(teller.told)
}

struct Teller<'a> {
    settings: &'a str,
    told: Vec<Told>,
}

impl Teller<'_> {
    fn tell(&mut self, key: String, value: String, at: Option<usize>) {
        let line = at.map(|at| {
            let before = self.settings.as_bytes().get(..at).unwrap_or_default();
            before.iter().filter(|byte| **byte == b'\n').count() + 1
        });
        self.told.push(Told { key, value, line });
    }

    fn table(&mut self, prefix: &str, table: &Table, wanted: &dyn Fn(ColumnName) -> bool) {
        let columns = table.columns.iter().filter(|(column, _)| wanted(**column));
        for (column, Sources { sources }) in columns {
            for source in sources {
                self.tell(format!("{prefix}.columns.{}.sources", column.0), source_toml(source), source.at);
            }
        }
        for duration in &table.duration.sources {
            self.tell(format!("{prefix}.duration.sources"), duration_toml(duration), duration.at);
        }
        let FilterTable { tracing_default_names, unnamed, names, repeats, at } = &table.filter;
        let [default_names_at, unnamed_at, names_at, repeats_at] = *at;
        let key = |name: &str| format!("{prefix}.filter.{name}");
        self.tell(key("tracing_default_names"), tracing_default_names.to_string(), default_names_at);
        self.tell(key("unnamed"), unnamed.to_string(), unnamed_at);
        self.tell(key("names"), list(names), names_at);
        for repeat in repeats {
            self.tell(key("repeats"), repeat_toml(repeat), repeats_at);
        }
        for (name, values) in table.spans.lists() {
            self.tell(format!("{prefix}.spans.{name}"), list(values), table.spans_at);
        }
        for added in &table.added_words {
            let key = format!("{prefix}.words.{}.{}", added.table, added.canonical);
            self.tell(key, list(&added.words), Some(added.at));
        }
        if prefix == "mapping" {
            for (name, words) in &built_in_table().words {
                for (canonical, words) in words {
                    self.tell(format!("{prefix}.words.{name}.{canonical}"), list(words), None);
                }
            }
        }
    }
}

fn text(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|one| text(one)).collect::<Vec<_>>().join(", "))
}

fn duration_toml(duration: &DurationTable) -> String {
    format!("{{ attribute = {}, unit = {} }}", text(&duration.attribute), text(duration.unit.name()))
}

fn repeat_toml(repeat: &RepeatTable) -> String {
    let mut members = vec![format!("event = {}", text(&repeat.event))];
    for (key, Names(names)) in [("having", &repeat.having), ("lacking", &repeat.lacking)] {
        members.extend((!names.is_empty()).then(|| format!("{key} = {}", list(names))));
    }
    format!("{{ {} }}", members.join(", "))
}

/// A source as the settings file takes it.
pub(super) fn source_toml(source: &SourceTable) -> String {
    let mut members = vec![match &source.input {
        InputTable::Attribute(name) => format!("attribute = {}", text(name)),
        InputTable::Field(field) => format!("field = {}", text(field.name())),
        InputTable::Column(column) => format!("column = {}", text(column.0.name())),
        InputTable::NameEnding(words) => format!("name_ending = {}", text(words.get_ref())),
        InputTable::NameStart(words) => format!("name_start = {}", text(words.get_ref())),
    }];
    if !source.except.is_empty() {
        members.push(format!("except = {}", list(&source.except)));
    }
    members.extend(source.at_least.map(|least| format!("at_least = {least:?}")));
    members.extend(source.below.map(|bound| format!("below = {bound:?}")));
    members.extend(source.words.as_ref().map(|words| format!("words = {}", text(words.get_ref()))));
    members.extend(source.value.as_ref().map(|value| format!("value = {}", text(value))));
    if !source.prefix.is_empty() {
        members.push(format!("prefix = {}", text(&source.prefix)));
    }
    if source.form != Form::Exact {
        members.push(format!("form = {}", text(source.form.name())));
    }
    for (name, conditions) in [("when", &source.when), ("unless", &source.unless)] {
        if !conditions.is_empty() {
            let one = conditions.iter().map(|(column, values)| format!("{} = {}", column.0, list(values)));
            members.push(format!("{name} = {{ {} }}", one.collect::<Vec<_>>().join(", ")));
        }
    }
    if !source.also.is_empty() {
        let one = source.also.iter().map(|(column, value)| format!("{} = {}", column.0, text(value)));
        members.push(format!("also = {{ {} }}", one.collect::<Vec<_>>().join(", ")));
    }
    for (name, set) in [("only_words", source.only_words), ("own", source.own), ("derived", source.derived)] {
        members.extend(set.then(|| format!("{name} = true")));
    }
    match (&source.input, members.as_slice()) {
        (InputTable::Attribute(name), [_]) => text(name),
        _ => format!("{{ {} }}", members.join(", ")),
    }
}
