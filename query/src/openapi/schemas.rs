//! What answers look like, as JSON Schema 2020-12: by name, each as its serializer writes it.

mod events;
mod hotspots;
mod interactions;
mod page;
mod summaries;

use serde_json::{Map, Value, json};

use crate::problem::ProblemKind;

/// The fields of an object.
type Fields = Vec<(&'static str, Value)>;

/// All schemas by name.
pub(super) fn all() -> Map<String, Value> {
    let parts = [events::all(), interactions::all(), summaries::all(), hotspots::all(), page::all()];
    let schemas = parts.into_iter().flatten();
    schemas.chain(errors()).map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// A schema by its name.
pub(super) fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn errors() -> Fields {
    let error = object(
        "One thing that is wrong with a parameter.",
        vec![
            ("parameter", text("Its name, as it was written; empty where all of them together are meant.")),
            ("problem", text("What is wrong.")),
            ("hint", text("What to do about it.")),
        ],
        vec![(
            "position",
            count("Where in its value, in characters from 0; absent where all of it is meant."),
        )],
    );
    vec![("ParameterError", error), ("Problem", problem(ProblemKind::ALL))]
}

/// A problem of one of some kinds.
pub(super) fn problem(kinds: &[ProblemKind]) -> Value {
    let types: Vec<_> = kinds.iter().map(|kind| kind.uri()).collect();
    let mut statuses: Vec<_> = kinds.iter().map(|kind| kind.status().as_u16()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    object(
        "What went wrong, as problem details (RFC 9457).",
        vec![
            (
                "type",
                json!({"type": "string", "enum": types, "description": "Its kind: stable, to be compared."}),
            ),
            ("title", text("The kind in words.")),
            ("status", json!({"type": "integer", "enum": statuses, "description": "The HTTP status."})),
            ("detail", text("What happened this time, and what to do.")),
        ],
        vec![("errors", list("Every parameter that is wrong.", named("ParameterError")))],
    )
}

/// An object with fields that it always and fields that it sometimes has.
fn object(about: &str, always: Fields, sometimes: Fields) -> Value {
    let required: Vec<_> = always.iter().map(|(name, _)| *name).collect();
    let fields = always.into_iter().chain(sometimes);
    let properties: Map<_, _> = fields.map(|(name, schema)| (name.to_owned(), schema)).collect();
    let mut object = json!({"type": "object", "description": about, "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// An object whose names are open.
fn map(about: &str, of: Value) -> Value {
    json!({"type": "object", "description": about, "additionalProperties": of})
}

fn list(about: &str, of: Value) -> Value {
    json!({"type": "array", "description": about, "items": of})
}

fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

fn one_of(about: &str, values: &[&str]) -> Value {
    json!({"type": "string", "enum": values, "description": about})
}

fn count(about: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": about})
}

fn nanos(about: &str) -> Value {
    json!({"type": "integer", "format": "int64", "description": about})
}

fn share(about: &str) -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1, "description": about})
}

fn truth(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

fn moment(about: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": about})
}

fn event_id(about: &str) -> Value {
    json!({"type": "string", "pattern": "^[0-9a-f]{32}$", "description": about})
}

/// A schema, or `null`.
fn or_null(mut schema: Value) -> Value {
    if let Some(kind) = schema.get("type").cloned() {
        schema["type"] = json!([kind, "null"]);
        if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
            values.push(Value::Null);
        }
        return schema;
    }
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn complete() -> Value {
    truth("Whether nothing is missing.")
}
