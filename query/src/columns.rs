//! What a row can show: an event's own facts, its columns, any attribute of its record.

use std::str::FromStr;

use serde::ser::{Serialize, Serializer};
use steplog_model::column::Column;
use steplog_model::content::visit_attributes;
use steplog_model::event::{Event, Flags, StoredEvent};
use steplog_model::query::Target;
use steplog_model::record::LogRecordRef;
use steplog_model::record::value::AnyValue;
use steplog_model::time::UnixNanos;

use crate::record::PlainValue;
use crate::zone::Zone;

/// The start of an attribute's name.
pub(crate) const ATTRIBUTE: &str = "attr.";

/// The name by which a filter asks for this.
pub(crate) fn name_of(target: &Target) -> String {
    match target {
        Target::Column(column) => column.name().to_owned(),
        Target::Attribute(key) => format!("{ATTRIBUTE}{key}"),
    }
}

/// One thing that a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowColumn {
    /// The event's id.
    Id,
    /// Its arrival number.
    Seq,
    /// When it happened.
    Time,
    /// When it was received.
    Received,
    /// How long the step took; in files in milliseconds.
    Duration,
    /// What was noticed about it, of what tells that it is not as it was sent; names with spaces between them.
    Flags,
    /// The body as a text, that of a list or of keys and values as JSON.
    Body,
    /// A column.
    Column(Column),
    /// The attribute of this dotted key, of record, scope or resource.
    Attribute(String),
}

/// The names of fields of events that are no columns.
const FACTS: [(&str, RowColumn); 7] = [
    ("id", RowColumn::Id),
    ("seq", RowColumn::Seq),
    ("time", RowColumn::Time),
    ("received", RowColumn::Received),
    ("duration", RowColumn::Duration),
    ("flags", RowColumn::Flags),
    ("body", RowColumn::Body),
];

/// How many of them stand before the columns; the others stand behind these.
const FACTS_BEFORE: usize = 5;

/// What the duration is called in files, where it has a unit.
const DURATION_MS: &str = "duration_ms";

impl RowColumn {
    /// The name in the API and in files.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Column(column) => column.name().to_owned(),
            Self::Attribute(key) => format!("{ATTRIBUTE}{key}"),
            fact => FACTS
                .iter()
                .find(|(_, known)| known == fact)
                .map(|(name, _)| *name)
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// All that there are, each with its name, without attributes.
    pub(crate) fn known() -> impl Iterator<Item = (&'static str, Self)> + Clone {
        let (before, behind) = FACTS.split_at(FACTS_BEFORE);
        let columns = Column::ALL.iter().map(|column| (column.name(), Self::Column(*column)));
        before.iter().cloned().chain(columns).chain(behind.iter().cloned())
    }

    /// The names that there are, without attributes.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
        Self::known().map(|(name, _)| name)
    }

    /// The name at the head of a file's column: with the unit, and with the zone of times that have one.
    pub(crate) fn head(&self, zone: Option<&Zone>) -> String {
        match (self, zone) {
            (Self::Duration, _) => DURATION_MS.to_owned(),
            (Self::Time | Self::Received, Some(zone)) => format!("{} ({})", self.name(), zone.name()),
            _ => self.name(),
        }
    }

    /// The value as a text; `None` where the event has none. `attributes` are the event's. Times are in UTC with
    /// nine digits, or as a spreadsheet reads them in a zone.
    pub(crate) fn text(
        &self,
        stored: &StoredEvent,
        attributes: &Attributes<'_>,
        zone: Option<&Zone>,
    ) -> Option<String> {
        let event = &stored.event;
        let moment = |moment: UnixNanos| zone.map_or_else(|| moment.to_string(), |zone| zone.text(moment));
        match self {
            Self::Id => Some(event.id.to_string()),
            Self::Seq => Some(stored.seq.to_string()),
            Self::Time => Some(moment(event.time)),
            Self::Received => Some(moment(event.received)),
            Self::Duration => event.duration_nanos.map(millis),
            Self::Flags => {
                let names: Vec<_> = event.flags.within(Flags::WARNINGS).names().collect();
                Some(names.join(" ")).filter(|names| !names.is_empty())
            }
            Self::Body => body_text(event),
            Self::Column(column) => event.value(*column).map(str::to_owned),
            Self::Attribute(key) => attributes.get(key).map(Values::text),
        }
    }
}

impl FromStr for RowColumn {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        if let Some(key) = name.strip_prefix(ATTRIBUTE) {
            return Ok(Self::Attribute(key.to_owned()));
        }
        if name == DURATION_MS {
            return Ok(Self::Duration);
        }
        if let Some((_, fact)) = FACTS.iter().find(|(known, _)| *known == name) {
            return Ok(fact.clone());
        }
        Column::from_str(name).map(Self::Column).map_err(drop)
    }
}

/// Nanoseconds as milliseconds, exactly: `12.345678`.
fn millis(nanos: u64) -> String {
    let (whole, rest) = (nanos / 1_000_000, nanos % 1_000_000);
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The body of an event as a text; `None` where it has none.
pub(crate) fn body_text(event: &Event) -> Option<String> {
    let body = LogRecordRef::new(&event.record).body_value()?;
    let mut scratch = String::new();
    match body {
        AnyValue::Array(_) | AnyValue::KvList(_) => serde_json::to_string(&PlainValue::of(body)).ok(),
        scalar => scalar.scalar_text(&mut scratch).filter(|text| !text.is_empty()).map(str::to_owned),
    }
}

/// The parts of a list of columns. Commas part them, spaces around them count for nothing, and a backslash takes the
/// next character as it is: `attr.size\, cm` is one.
#[must_use]
pub fn split(list: &str) -> Vec<String> {
    let (mut parts, mut part, mut kept) = (Vec::new(), String::new(), 0);
    let mut chars = list.chars();
    let end = |part: &mut String, kept: &mut usize| {
        let rest = part.split_off(*kept);
        *kept = 0;
        std::mem::take(part) + rest.trim_end()
    };
    while let Some(next) = chars.next() {
        match next {
            ',' => parts.push(end(&mut part, &mut kept)),
            '\\' => {
                part.push(chars.next().unwrap_or('\\'));
                kept = part.len();
            }
            space if space.is_whitespace() && part.is_empty() => {}
            other => part.push(other),
        }
    }
    parts.push(end(&mut part, &mut kept));
    parts
}

/// Writes a column's name so that [`split`] reads it as one.
#[must_use]
pub fn listed(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let inner = name.trim();
    let begin = name.len() - name.trim_start().len();
    for (place, next) in name.char_indices() {
        let outside = place < begin || place >= begin + inner.len();
        if outside || matches!(next, ',' | '\\') {
            out.push('\\');
        }
        out.push(next);
    }
    out
}

/// The values of those attributes of an event that are shown.
pub(crate) struct Attributes<'a>(Vec<(&'a str, Vec<String>)>);

impl<'a> Attributes<'a> {
    /// All values of a key, each once: the record's, then the scope's, then the resource's.
    pub(crate) fn of(event: &Event, columns: &'a [RowColumn]) -> Self {
        let keys = columns.iter().filter_map(|column| match column {
            RowColumn::Attribute(key) => Some(key.as_str()),
            _ => None,
        });
        let keys: Vec<&'a str> = keys.collect();
        let mut found: Vec<(&'a str, Vec<String>)> = Vec::new();
        if !keys.is_empty() {
            visit_attributes(event, &mut |key, value| {
                let Some(key) = keys.iter().find(|wanted| **wanted == key) else { return };
                match found.iter_mut().find(|(known, _)| known == key) {
                    Some((_, values)) if values.iter().any(|known| known == value) => {}
                    Some((_, values)) => values.push(value.to_owned()),
                    None => found.push((*key, vec![value.to_owned()])),
                }
            });
        }
        Self(found)
    }

    /// The values of a key, where it has any.
    pub(crate) fn get(&self, key: &str) -> Option<Values<'_>> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, values)| Values(values))
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Values<'_>)> {
        self.0.iter().map(|(key, values)| (*key, Values(values)))
    }
}

/// The values of one key: a text where it is one, else a list of texts.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a>(&'a [String]);

impl Values<'_> {
    /// As the text of one cell: that of a list is JSON.
    fn text(self) -> String {
        match self.0 {
            [single] => single.clone(),
            several => serde_json::Value::from(several).to_string(),
        }
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [single] => serializer.serialize_str(single),
            several => serializer.collect_seq(several),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_in_milliseconds() {
        let check = |nanos, want| assert_eq!(millis(nanos), want);
        check(0, "0");
        check(12_345_678, "12.345678");
        check(1_500_000, "1.5");
        check(1, "0.000001");
        check(90_000_000_000, "90000");
    }

    #[test]
    fn commas_part_and_backslashes_keep() {
        assert_eq!(split("a, b ,c"), ["a", "b", "c"]);
        assert_eq!(split("attr.size\\, cm,b"), ["attr.size, cm", "b"]);
        assert_eq!(split("a,"), ["a", ""]);
        assert_eq!(split("\\ a\\ "), [" a "]);
        assert_eq!(split("a\\\\,b\\"), ["a\\", "b\\"]);
    }

    proptest! {
        #[test]
        fn every_key_can_be_listed(keys in prop::collection::vec("[a ,\\\\:é\"\t]{0,6}", 1..5)) {
            let list: Vec<String> = keys.iter().map(|key| listed(key)).collect();
            prop_assert_eq!(&split(&list.join(",")), &keys);
            prop_assert_eq!(split(&list.join(" , ")), keys);
        }
    }
}
