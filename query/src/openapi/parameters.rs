//! How parameters are described.

use serde_json::{Value, json};
use steplog_model::column::Column;
use steplog_model::limits;

use super::PathPart;
use crate::columns::RowColumn;
use crate::params::MAX_ROW_COLUMNS;
use crate::params::accepted::{Accepted, Kind, Parameter};

/// A moment, as [`crate::params`] reads it.
const MOMENT: &str = r"^(now([+-]\d{1,9}[smhdw])?|-?\d{18,19}|0|\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))$";
/// A column's filter: anything but the empty text and a `!` with nothing after it. An attribute's may be those, too.
const FILTER: &str = r"^(![\s\S]|[^!])";

/// A part of a path.
pub(super) fn path_part(part: &PathPart) -> Value {
    json!({
        "name": part.name,
        "in": "path",
        "required": true,
        "description": part.about,
        "schema": {"type": "string", "pattern": part.pattern},
    })
}

/// All parameters of a question.
pub(super) fn of(accepted: &Accepted) -> Vec<Value> {
    let columns = Column::ALL.iter().filter(|_| accepted.filters).map(|column| filter(*column));
    let attributes = accepted.filters.then(attributes);
    accepted.own.iter().map(|parameter| own("query", parameter)).chain(columns).chain(attributes).collect()
}

/// A header.
pub(super) fn header(parameter: &Parameter) -> Value {
    own("header", parameter)
}

fn own(place: &str, parameter: &Parameter) -> Value {
    let mut described = json!({
        "name": parameter.name,
        "in": place,
        "description": parameter.about,
        "schema": schema(parameter.kind),
    });
    match parameter.kind {
        Kind::Columns(_) | Kind::RowColumns => {
            described["style"] = json!("form");
            described["explode"] = json!(false);
        }
        Kind::Choice(_) => described["required"] = json!(true),
        _ => {}
    }
    described
}

fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string", "minLength": 1}),
        Kind::Search => json!({"type": "string", "minLength": 1, "maxLength": limits::MAX_SEARCH_BYTES}),
        Kind::Moment => json!({"type": "string", "pattern": MOMENT, "examples": ["now-24h"]}),
        Kind::Number { default, most } => {
            let mut number = json!({"type": "integer", "minimum": 1, "maximum": most});
            if let Some(default) = default {
                number["default"] = json!(default);
            }
            number
        }
        Kind::Zone => {
            json!({"type": "string", "minLength": 1, "default": "UTC", "examples": ["Europe/Zagreb"]})
        }
        Kind::Place => json!({"type": "string", "pattern": "^[0-9]{1,19}$"}),
        Kind::Choice(values) => json!({"type": "string", "enum": values}),
        Kind::OneOf(values) => {
            json!({"type": "string", "enum": values, "default": values.first()})
        }
        Kind::Columns(fits) => {
            let fitting = Column::ALL.iter().filter(|column| fits(**column));
            let names: Vec<_> = fitting.map(|column| column.name()).collect();
            json!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": names}})
        }
        Kind::RowColumns => {
            let names: Vec<_> = RowColumn::names().collect();
            let attribute = json!({"type": "string", "pattern": r"^attr\..*$"});
            let name = json!({"anyOf": [{"type": "string", "enum": names}, attribute]});
            json!({"type": "array", "minItems": 1, "maxItems": MAX_ROW_COLUMNS, "items": name})
        }
    }
}

fn filter(column: Column) -> Value {
    let about = format!(
        "{}: exactly this value, or what people call it. Repeated: any of them. `!value`: none of them. `*`: any value. \
         `!*`: none at all. `\\!value`: the value `!value`, `\\*` the value `*`.",
        column.label()
    );
    json!({
        "name": column.name(),
        "in": "query",
        "description": about,
        "style": "form",
        "explode": true,
        "schema": {
            "type": "array",
            "items": {"type": "string", "pattern": FILTER},
        },
    })
}

/// Attributes have names of their senders: an object whose members are parameters of their own.
fn attributes() -> Value {
    json!({
        "name": "attributes",
        "in": "query",
        "description": "`attr.KEY`: exactly this value of an attribute of the record, its scope or its resource, as for \
                        columns, also the empty one. Numbers are compared as numbers. Each member of the object is a parameter.",
        "style": "form",
        "explode": true,
        "schema": {
            "type": "object",
            "propertyNames": {"pattern": r"^attr\."},
            "additionalProperties": {"type": "string"},
            "examples": [{"attr.http.response.status_code": "503"}],
        },
    })
}
