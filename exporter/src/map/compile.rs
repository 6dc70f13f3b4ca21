//! Compiles the mapping table.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytestring::ByteString;
use steplog_model::column::Column;
use toml::Spanned;

use super::source::{
    Compiled, Condition, Filter, Input, MOST_MARKS, Meaning, NamePattern, Repeat, Source, Target, Words,
};
use super::table::{
    EarlyColumn, FilterTable, InputTable, Names, SourceTable, Sources, Table, Unit, UnknownWords, WordTable,
};
use super::text::fold;

/// The attribute by which a sender names an event, for everybody and for ever. What is unique only among the events of
/// one source, such as `cloudevents.event_id`, is none: the same one of another source is another event.
const ID_ATTRIBUTE: &str = "log.record.uid";

/// Attributes whose names start so state a column.
const OWN_NAMESPACE: &str = "steplog.";

/// The columns in the order in which they are filled.
fn filling_order() -> impl Iterator<Item = Column> {
    let late = Column::ALL.iter().copied().filter(|column| !EarlyColumn::ALL.contains(column));
    EarlyColumn::ALL.into_iter().chain(late)
}

/// Compiles a table.
pub(super) fn compile(table: &Table) -> Result<Compiled, UnknownWords> {
    let filter = filter(&table.filter);
    let mut compiled = Compiled { filter, spans: table.spans.rules(), ..Compiled::default() };
    for (mark, attribute) in (0..).zip(&compiled.filter.marks) {
        compiled.attributes.entry(attribute.as_str().into()).or_default().push(Target::Mark(mark));
    }
    let words: BTreeMap<&str, Arc<Words>> = table
        .words
        .iter()
        .map(|(name, words)| (name.as_str(), Arc::new(compile_words(words, None))))
        .collect();
    for column in filling_order() {
        let listed = table.columns.iter().find(|(name, _)| name.0 == column);
        for source in listed.map_or(&[][..], |(_, Sources { sources })| sources) {
            add_source(&mut compiled, &words, table, (column, source))?;
        }
    }
    compiled.name_sources = (0..)
        .zip(&compiled.sources)
        .take_while(|(_, s)| s.column == Column::Event)
        .map(|(n, _)| n + 1)
        .last()
        .unwrap_or(0);
    for (rank, source) in (0..).zip(&table.duration.sources) {
        let unit = match source.unit {
            Unit::Nanoseconds => 1,
            Unit::Microseconds => 1_000,
            Unit::Milliseconds => 1_000_000,
            Unit::Seconds => 1_000_000_000,
        };
        let attribute = compiled.attributes.entry(source.attribute.as_str().into()).or_default();
        attribute.push(Target::Duration(rank, unit));
    }
    compiled.attributes.entry(ID_ATTRIBUTE.into()).or_default().push(Target::Id);
    Ok(compiled)
}

fn filter(table: &FilterTable) -> Filter {
    let pattern = |name: &String| match name.strip_suffix('*') {
        Some(start) => NamePattern::StartingWith(start.to_owned()),
        None => NamePattern::Exactly(name.clone()),
    };
    let mut marks: Vec<String> = Vec::new();
    let mut bit = |attribute: &String| {
        let known = marks.iter().position(|mark| mark == attribute);
        let place = known.unwrap_or_else(|| {
            marks.push(attribute.clone());
            marks.len() - 1
        });
        1_u64.checked_shl(place as u32).unwrap_or(0)
    };
    let mut bits = |names: &Names| names.0.iter().fold(0, |bits, name| bits | bit(name));
    let repeats = table.repeats.iter().map(|repeat| Repeat {
        event: repeat.event.clone(),
        having: bits(&repeat.having),
        lacking: bits(&repeat.lacking),
    });
    let repeats = repeats.collect();
    marks.truncate(MOST_MARKS);
    Filter {
        keeps_all: false,
        repeats,
        marks,
        tracing_default_names: table.tracing_default_names,
        unnamed: table.unnamed,
        names: table.names.iter().map(pattern).collect(),
    }
}

/// The words by what they are folded to. A canonical value means itself.
fn compile_words(table: &WordTable, rule: Option<&str>) -> Words {
    let mut compiled = Words::default();
    for (canonical, words) in table {
        let value = ByteString::from(canonical.as_str());
        for word in words.iter().chain([canonical]) {
            let folded = folded(word);
            let rule = rule.map(|rule| Arc::from(format!("{rule}{folded}")));
            compiled.insert(folded, Meaning { value: value.clone(), rule });
        }
    }
    compiled
}

fn look_up<'t, T>(tables: &'t BTreeMap<&str, T>, name: &Spanned<String>) -> Result<&'t T, UnknownWords> {
    tables.get(name.get_ref().as_str()).ok_or_else(|| UnknownWords {
        name: name.clone(),
        known: tables.keys().map(|name| (*name).to_owned()).collect(),
    })
}

fn add_source(
    compiled: &mut Compiled,
    words: &BTreeMap<&str, Arc<Words>>,
    tables: &Table,
    (column, source): (Column, &SourceTable),
) -> Result<(), UnknownWords> {
    // The text of 4 billion sources does not fit into memory.
    let number = u32::try_from(compiled.sources.len()).unwrap_or(u32::MAX);
    let guess = if source.derived { "derived: " } else { "" };
    let name_words = |name: &Spanned<String>, what: &str| {
        look_up(words, name)?;
        Ok(compile_words(&tables.words[name.get_ref()], Some(&format!("{guess}{what} "))))
    };
    let mut own = source.own;
    let (input, rule) = match &source.input {
        InputTable::Attribute(name) => {
            own |= name.starts_with(OWN_NAMESPACE);
            match name.strip_suffix('*') {
                Some(family) if family.ends_with('.') => compiled.families.push((family.into(), number)),
                _ => {
                    let targets = compiled.attributes.entry(name.as_str().into()).or_default();
                    targets.push(Target::Source(number));
                }
            }
            (Input::Walked, name.clone())
        }
        InputTable::Field(field) => {
            match field.span_attribute() {
                Some(name) => {
                    compiled.attributes.entry(name.into()).or_default().push(Target::Source(number))
                }
                None => compiled.fields[*field as usize].push(number),
            }
            (Input::Walked, field.name().to_owned())
        }
        InputTable::Column(EarlyColumn(from)) => (Input::Column(*from), format!("column {from}")),
        InputTable::NameEnding(name) => {
            (Input::NameEnding(name_words(name, "name ending")?), "name ending".to_owned())
        }
        InputTable::NameStart(name) => {
            (Input::NameStart(name_words(name, "name start")?), "name start".to_owned())
        }
    };
    if matches!(input, Input::Column(_) | Input::NameEnding(_) | Input::NameStart(_)) {
        compiled.computed.push(number);
    }
    let words = source.words.as_ref().map(|name| look_up(words, name).cloned()).transpose()?;
    let columns = source.also.iter().map(|(column, value)| (column.0, ByteString::from(value.as_str())));
    let made = Source {
        words,
        only_words: source.only_words,
        at_least: source.at_least,
        below: source.below,
        value: source.value.as_deref().map(ByteString::from),
        prefix: source.prefix.as_str().into(),
        form: source.form,
        except: source.except.iter().map(|value| folded(value)).collect(),
        conditions: conditions(source),
        also: columns.collect(),
        own,
        derived: source.derived,
        ..Source::new(column, input)
    };
    compiled.sources.push(made.with_rule(&rule));
    Ok(())
}

fn folded(word: &str) -> Box<str> {
    let mut folded = String::new();
    fold(word, &mut folded);
    folded.into()
}

fn conditions(source: &SourceTable) -> Vec<Condition> {
    let lists = [(&source.when, true), (&source.unless, false)];
    let conditions = lists.into_iter().flat_map(|(list, has)| {
        list.iter().map(move |(column, values)| Condition { column: column.0, values: values.clone(), has })
    });
    conditions.collect()
}
