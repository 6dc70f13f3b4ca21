//! The columns as `catalog` tells them, so that who shows events need not keep a list of their own.

use serde::{Serialize, Serializer};
use steplog_model::column::{Column, ColumnKind};

use crate::columns::RowColumn;
use crate::row::is_in_every_row;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Few distinct values, which can be listed and counted.
    Facet,
    /// Each tells one thing from all others.
    Identifier,
    /// Any text.
    Text,
    /// A moment.
    Time,
    /// How long something took.
    Duration,
    /// A number.
    Number,
}

/// Where a column stands among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// The log shows it.
    Log,
    /// The log can show it.
    Further,
    /// It is for who looks into the machine.
    Machine,
    /// It says more of another column, and is read beside that.
    Remark,
    /// What each event has, whatever happened. There is no filter of its name.
    Fact,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Facet, Self::Identifier, Self::Text, Self::Time, Self::Duration, Self::Number];

    /// Its name in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Facet => "facet",
            Self::Identifier => "identifier",
            Self::Text => "text",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Number => "number",
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Group {
    pub(crate) const ALL: [Self; 5] = [Self::Log, Self::Further, Self::Machine, Self::Remark, Self::Fact];

    /// Its name in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Further => "further",
            Self::Machine => "machine",
            Self::Remark => "remark",
            Self::Fact => "fact",
        }
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A column as `catalog` tells it.
#[derive(Debug, Serialize)]
pub(crate) struct CatalogColumn {
    name: &'static str,
    label: &'static str,
    kind: Kind,
    group: Group,
    /// Whether each row has it without being asked for it, where the event has a value.
    in_every_row: bool,
}

/// What a row can show, in the order in which `columns` has it; of attributes nothing is known before they come.
pub(crate) fn columns() -> impl Iterator<Item = CatalogColumn> {
    RowColumn::known().filter_map(|(name, column)| {
        let (label, kind, group) = match column {
            RowColumn::Column(column) => (column.label(), kind(column), group(column)),
            RowColumn::Id => ("Event ID", Kind::Identifier, Group::Fact),
            RowColumn::Seq => ("Arrival number", Kind::Number, Group::Fact),
            RowColumn::Time => ("Timestamp", Kind::Time, Group::Fact),
            RowColumn::Received => ("Received", Kind::Time, Group::Fact),
            RowColumn::Duration => ("Duration", Kind::Duration, Group::Fact),
            RowColumn::Flags => ("Noticed", Kind::Text, Group::Fact),
            RowColumn::Body => ("Body", Kind::Text, Group::Fact),
            RowColumn::Attribute(_) => return None,
        };
        Some(CatalogColumn { name, label, kind, group, in_every_row: is_in_every_row(&column) })
    })
}

/// Some identifiers are further detail of an event, which no index of identifiers has: they are identifiers all the same.
const fn kind(column: Column) -> Kind {
    match (column, column.kind()) {
        (Column::ObjectId | Column::ElementId, _) | (_, ColumnKind::Identifier) => Kind::Identifier,
        (_, ColumnKind::Facet) => Kind::Facet,
        (_, ColumnKind::Detail) => Kind::Text,
    }
}

const fn group(column: Column) -> Group {
    match column {
        Column::Event
        | Column::Status
        | Column::OccurredIn
        | Column::Object
        | Column::Version
        | Column::Element
        | Column::PerformedBy
        | Column::Person
        | Column::Interaction
        | Column::Conversation => Group::Log,
        Column::Channel | Column::Service => Group::Further,
        Column::Severity
        | Column::ObjectId
        | Column::ElementId
        | Column::TraceId
        | Column::SpanId
        | Column::Parent
        | Column::Sequence
        | Column::StatusRaw
        | Column::OccurredInRaw => Group::Machine,
        Column::Reason | Column::ElementType | Column::PerformedByType => Group::Remark,
    }
}
