//! What a row can show: an event's own facts, its columns, any attribute of its record.

use std::str::FromStr;

use steplog_model::column::Column;
use steplog_model::content::visit_attributes;
use steplog_model::event::{Event, StoredEvent};

/// The start of an attribute's name.
pub(crate) const ATTRIBUTE: &str = "attr.";

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
    /// How long the step took, in nanoseconds.
    Duration,
    /// A column.
    Column(Column),
    /// The attribute of this dotted key, of record, scope or resource.
    Attribute(String),
}

/// The names of what every event has, beside its columns.
const FACTS: [(&str, RowColumn); 5] = [
    ("id", RowColumn::Id),
    ("seq", RowColumn::Seq),
    ("time", RowColumn::Time),
    ("received", RowColumn::Received),
    ("duration", RowColumn::Duration),
];

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

    /// The names that there are, without attributes.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
        FACTS.iter().map(|(name, _)| *name).chain(Column::ALL.iter().map(|column| column.name()))
    }

    /// The value as a text; `None` where the event has none. `attributes` are the event's.
    pub(crate) fn text(&self, stored: &StoredEvent, attributes: &Attributes<'_>) -> Option<String> {
        let event = &stored.event;
        match self {
            Self::Id => Some(event.id.to_string()),
            Self::Seq => Some(stored.seq.to_string()),
            Self::Time => Some(event.time.to_string()),
            Self::Received => Some(event.received.to_string()),
            Self::Duration => event.duration_nanos.map(|nanos| nanos.to_string()),
            Self::Column(column) => event.value(*column).map(str::to_owned),
            Self::Attribute(key) => attributes.get(key).map(str::to_owned),
        }
    }
}

impl FromStr for RowColumn {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        if let Some(key) = name.strip_prefix(ATTRIBUTE).filter(|key| !key.is_empty()) {
            return Ok(Self::Attribute(key.to_owned()));
        }
        if let Some((_, fact)) = FACTS.iter().find(|(known, _)| *known == name) {
            return Ok(fact.clone());
        }
        Column::from_str(name).map(Self::Column).map_err(drop)
    }
}

/// The values of those attributes of an event that are shown.
pub(crate) struct Attributes<'a>(Vec<(&'a str, String)>);

impl<'a> Attributes<'a> {
    /// Of several values of one key the first counts: the record's, then the scope's, then the resource's.
    pub(crate) fn of(event: &Event, columns: &'a [RowColumn]) -> Self {
        let keys = columns.iter().filter_map(|column| match column {
            RowColumn::Attribute(key) => Some(key.as_str()),
            _ => None,
        });
        let keys: Vec<&'a str> = keys.collect();
        let mut found: Vec<(&'a str, String)> = Vec::new();
        if !keys.is_empty() {
            visit_attributes(event, &mut |key, value| {
                if let Some(key) = keys.iter().find(|wanted| **wanted == key)
                    && !found.iter().any(|(known, _)| known == key)
                {
                    found.push((*key, value.to_owned()));
                }
            });
        }
        Self(found)
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (*key, value.as_str()))
    }
}
