//! How events look in JSON. Written straight from the event, without maps in between.

use serde::ser::{Serialize, SerializeMap, Serializer};
use steplog_model::column::Column;
use steplog_model::event::{Event, Flags, StoredEvent};
use steplog_model::time::UnixNanos;

use crate::columns::{ATTRIBUTE, Attributes, RowColumn, body_text};
use crate::links::Links;
use crate::record::Record;
use crate::shown::Shown;
use crate::snippet::Marks;

/// The columns of every row, in their order.
const COLUMNS: [Column; 11] = [
    Column::Event,
    Column::Status,
    Column::OccurredIn,
    Column::Object,
    Column::Version,
    Column::Element,
    Column::PerformedBy,
    Column::Person,
    Column::Interaction,
    Column::Conversation,
    Column::Reason,
];

/// Whether each row has this, where its event does.
pub(crate) fn is_in_every_row(column: &RowColumn) -> bool {
    match column {
        RowColumn::Column(column) => COLUMNS.contains(column),
        RowColumn::Id
        | RowColumn::Seq
        | RowColumn::Time
        | RowColumn::Received
        | RowColumn::Duration
        | RowColumn::Flags => true,
        RowColumn::Body | RowColumn::Attribute(_) => false,
    }
}

/// A moment as RFC 3339 in UTC with nine digits.
pub(crate) fn moment(time: UnixNanos) -> Shown<UnixNanos> {
    Shown(time)
}

/// An event as one row of a page.
pub(crate) struct Row<'a> {
    pub(crate) stored: &'a StoredEvent,
    /// What is shown beyond the columns of every row.
    pub(crate) columns: &'a [RowColumn],
    /// What a search text looks for.
    pub(crate) marks: Option<&'a Marks>,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put_head(&mut map, self.stored)?;
        let event = &self.stored.event;
        let further = self.columns.iter().filter_map(|column| match column {
            RowColumn::Column(column) if !COLUMNS.contains(column) => Some(column),
            _ => None,
        });
        put_columns(&mut map, event, COLUMNS.iter().chain(further))?;
        if self.columns.contains(&RowColumn::Body)
            && let Some(body) = body_text(event)
        {
            map.serialize_entry("body", &body)?;
        }
        for (key, value) in Attributes::of(event, self.columns).iter() {
            map.serialize_entry(&format_args!("{ATTRIBUTE}{key}"), &value)?;
        }
        if let Some(snippet) = self.marks.and_then(|marks| marks.snippet(event)) {
            map.serialize_entry("snippet", &snippet)?;
        }
        // That a sender named its event is no wonder.
        let noticed = event.flags.within(Flags::WARNINGS);
        if noticed != Flags::default() {
            map.serialize_entry("flags", &Names(noticed))?;
        }
        map.end()
    }
}

/// An event with everything that is known about it.
pub(crate) struct Details<'a> {
    pub(crate) stored: &'a StoredEvent,
    pub(crate) links: &'a Links,
    /// What is said in it, where it is a message.
    pub(crate) said: Option<String>,
}

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = &self.stored.event;
        let mut map = serializer.serialize_map(None)?;
        put_head(&mut map, self.stored)?;
        map.serialize_entry("time_source", event.time_source.name())?;
        let further = Column::ALL.iter().filter(|column| !COLUMNS.contains(column));
        put_columns(&mut map, event, COLUMNS.iter().chain(further))?;
        map.serialize_entry("derived", &Derived(event))?;
        map.serialize_entry("flags", &Names(event.flags))?;
        map.serialize_entry("record", &Record(event))?;
        map.serialize_entry("links", &self.links.of(event))?;
        if let Some(said) = &self.said {
            map.serialize_entry("said", said)?;
        }
        map.end()
    }
}

fn put_head<M: SerializeMap>(map: &mut M, stored: &StoredEvent) -> Result<(), M::Error> {
    let event = &stored.event;
    map.serialize_entry("id", &Shown(event.id))?;
    map.serialize_entry("seq", &stored.seq)?;
    map.serialize_entry("time", &moment(event.time))?;
    map.serialize_entry("received", &moment(event.received))?;
    if let Some(nanos) = event.duration_nanos {
        map.serialize_entry("duration_nanos", &nanos)?;
    }
    Ok(())
}

fn put_columns<'a, M: SerializeMap>(
    map: &mut M,
    event: &Event,
    columns: impl Iterator<Item = &'a Column>,
) -> Result<(), M::Error> {
    for column in columns {
        if let Some(value) = event.value(*column) {
            map.serialize_entry(column.name(), value)?;
        }
    }
    Ok(())
}

/// The rules that filled columns which the sender did not state.
struct Derived<'a>(&'a Event);

impl Serialize for Derived<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rules = self.0.cells.iter().filter_map(|cell| Some((cell.column.name(), cell.rule.as_deref()?)));
        serializer.collect_map(rules)
    }
}

struct Names(Flags);

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.names())
    }
}
