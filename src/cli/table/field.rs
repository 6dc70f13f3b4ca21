//! What a table, or a line of JSON, can show of an event.

use serde_json::Value;
use steplog_model::column::{Column, ColumnKind};
use steplog_query::nearest::nearest;

use crate::cli::api::Row;
use crate::cli::clock::Clock;
use crate::cli::words::{self, printable};

/// What a table can show of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Field {
    Id,
    Seq,
    Time,
    Received,
    Duration,
    /// The words around a hit of the search text.
    Snippet,
    Of(Column),
    /// An attribute; the name is that of the API, `attr.KEY`.
    Attribute(&'static str),
}

/// Before the key in the name of an attribute.
const ATTRIBUTE: &str = "attr.";

impl Field {
    /// All that can be asked for by name.
    pub(in crate::cli) fn all() -> impl Iterator<Item = Self> {
        let own = [Self::Id, Self::Seq, Self::Time, Self::Received, Self::Duration];
        own.into_iter().chain(Column::ALL.iter().copied().map(Self::Of))
    }

    /// The field of a name.
    ///
    /// # Errors
    /// What to write instead.
    pub(in crate::cli) fn named(name: &str) -> Result<Self, String> {
        if name.starts_with(ATTRIBUTE) {
            // A command has few of them and needs them to its end.
            return Ok(Self::Attribute(Box::leak(name.to_owned().into_boxed_str())));
        }
        Self::all().find(|field| field.name() == name).ok_or_else(|| {
            match nearest(name, Self::all().map(Self::name)) {
                Some(near) => format!("there is no such column; did you mean {near:?}?"),
                None => {
                    let names: Vec<_> = Self::all().map(Self::name).collect();
                    format!("there is no such column; there are {}, and attr.KEY", names.join(", "))
                }
            }
        })
    }

    /// The name in the API, but for `duration`, which is `duration_nanos` there.
    pub(in crate::cli) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Seq => "seq",
            Self::Time => "time",
            Self::Received => "received",
            Self::Duration => "duration",
            Self::Snippet => "snippet",
            Self::Of(column) => column.name(),
            Self::Attribute(name) => name,
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Id => "Event ID",
            Self::Seq => "No.",
            Self::Time => "Time",
            Self::Received => "Received",
            Self::Duration => "Duration",
            Self::Snippet => "Found",
            Self::Of(column) => column.label(),
            Self::Attribute(name) => name,
        }
    }

    /// Whether it is shortened where there is no room. Identifiers and times never are: they are to be copied.
    pub(super) const fn is_cut(self) -> bool {
        matches!(self, Self::Snippet | Self::Attribute(_))
            || matches!(self, Self::Of(column) if !is_identifier(column))
    }

    /// Whether it takes the room that others leave.
    pub(super) const fn is_rest(self) -> bool {
        matches!(self, Self::Snippet | Self::Of(Column::Reason))
    }

    /// What a person reads.
    pub(super) fn shown(self, row: &Row, clock: &Clock) -> String {
        let time = |name| {
            let (day, moment) = clock.moment(words::text(row, name));
            format!("{day} {moment}").trim().to_owned()
        };
        match self {
            Self::Id => words::text(row, "id").to_owned(),
            Self::Seq => row.get("seq").map(Value::to_string).unwrap_or_default(),
            Self::Time => time("time"),
            Self::Received => time("received"),
            Self::Duration => {
                row.get("duration_nanos").and_then(Value::as_i64).map(words::length).unwrap_or_default()
            }
            Self::Snippet => {
                let snippet = row.get("snippet").and_then(Value::as_object);
                printable(snippet.map(|snippet| words::text(snippet, "text")).unwrap_or_default())
            }
            Self::Of(Column::Status) => {
                let status = words::text(row, "status");
                format!("{} {}", words::icon(status), printable(status)).trim().to_owned()
            }
            Self::Of(column) => printable(words::text(row, column.name())),
            Self::Attribute(name) => printable(&words::values(row, name)),
        }
    }
}

const fn is_identifier(column: Column) -> bool {
    matches!(column.kind(), ColumnKind::Identifier) || matches!(column, Column::ObjectId | Column::ElementId)
}

/// All columns of the API: what a whole row has.
pub(in crate::cli) fn all_columns() -> String {
    Column::ALL.iter().map(|column| column.name()).collect::<Vec<_>>().join(",")
}

/// The parameter `columns` of the API that these fields need.
pub(in crate::cli) fn further_columns(fields: &[Field]) -> String {
    let columns = fields.iter().filter_map(|field| match field {
        Field::Of(column) => Some(column.name().to_owned()),
        Field::Attribute(name) => Some(steplog_query::columns::listed(name)),
        _ => None,
    });
    columns.collect::<Vec<_>>().join(",")
}

/// The chosen members of a row as a line of JSON, in their order; those that the event lacks are left out.
pub(in crate::cli) fn chosen(row: &Row, fields: &[Field]) -> serde_json::Result<String> {
    let mut line = String::from("{");
    for field in fields {
        let name = if *field == Field::Duration { "duration_nanos" } else { field.name() };
        if let Some(value) = row.get(name) {
            let separator = if line.len() > 1 { "," } else { "" };
            line.push_str(&format!("{separator}\"{name}\":{}", serde_json::to_string(value)?));
        }
    }
    Ok(line + "}")
}
