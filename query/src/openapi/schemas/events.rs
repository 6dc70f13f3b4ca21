//! Events, and their records.

use serde_json::{Value, json};
use steplog_model::column::Column;

use super::{
    Fields, complete, count, event_id, list, map, moment, named, nanos, object, one_of, or_null, text,
};

pub(super) fn all() -> Fields {
    let mut all = vec![
        ("Events", events()),
        (
            "Row",
            with_attributes(object("An event as a row. Columns that it lacks are left out.", head(), row())),
        ),
        ("Snippet", snippet()),
        ("Event", event()),
        ("Link", link()),
    ];
    all.extend(record());
    all
}

fn events() -> Value {
    let why = object(
        "What there would be without one condition.",
        vec![
            ("without", text("The parameter; `period` for `from` and `to`.")),
            ("events", count("How many events there would be.")),
            ("complete", complete()),
        ],
        vec![],
    );
    let near = object(
        "What to write instead of a condition.",
        vec![
            ("parameter", text("The parameter.")),
            ("value", text("What was asked for.")),
            ("instead", text("What finds something, as the parameter has it.")),
            ("events", count("How many events.")),
        ],
        vec![],
    );
    let hint = object(
        "What to know about a value by which nothing is found.",
        vec![
            ("parameter", text("The parameter.")),
            ("value", text("What was asked for.")),
            ("hint", text("Why nothing is found by it, and what to do.")),
        ],
        vec![],
    );
    object(
        "A page of events.",
        vec![
            ("events", list("The events in the order asked for.", named("Row"))),
            ("next", or_null(text("The cursor of the page after this one."))),
            ("prev", or_null(text("The cursor of the page before this one."))),
            ("complete", complete()),
        ],
        vec![
            (
                "hints",
                list(
                    "Of an empty page: values by which nothing is found as they were written (a part of an id, a star in a value, a time or a duration in the search text); with `why=1` also what no event has, and how many events were received and are not searchable yet.",
                    hint,
                ),
            ),
            ("why", list("Of an empty page, where it was asked for.", why)),
            ("near", list("Of an empty page, where it was asked for: what finds something.", near)),
        ],
    )
}

/// What every event has.
pub(super) fn head() -> Fields {
    vec![
        ("id", event_id("The event's id: the same id is the same event.")),
        ("seq", count("Its arrival number.")),
        ("time", moment("When it happened.")),
        ("received", moment("When it was received.")),
    ]
}

/// A row with the attributes that were asked for.
fn with_attributes(mut row: Value) -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}, "minItems": 2});
    let about = "The attribute of this key: a text, or a list of texts where it has several values.";
    row["patternProperties"] =
        json!({"^attr\\.": {"description": about, "anyOf": [{"type": "string"}, texts]}});
    row
}

fn columns() -> impl Iterator<Item = (&'static str, Value)> {
    Column::ALL.iter().map(|column| (column.name(), text(column.label())))
}

/// What a row may have.
pub(super) fn row() -> Fields {
    let beside = [
        ("duration_nanos", nanos("How long it took.")),
        ("body", text("The body, where it was asked for: a list, or keys and values, as JSON.")),
        ("snippet", named("Snippet")),
        ("flags", list("What was repaired, replaced or is odd; absent where nothing is.", text("A flag."))),
    ];
    columns().chain(beside).collect()
}

fn snippet() -> Value {
    let hit =
        json!({"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2});
    object(
        "The words around what was searched for.",
        vec![
            ("text", text("A part of the event's texts; … where it was cut.")),
            ("hits", list("Beginning and end of each hit, in characters from 0.", hit)),
        ],
        vec![],
    )
}

fn event() -> Value {
    let mut always = head();
    always.extend([
        ("time_source", one_of("Which time is its time.", &["record", "observed", "received"])),
        ("derived", map("The rules that filled columns which the sender did not state.", text("A rule."))),
        ("flags", list("What was repaired or replaced.", text("A flag."))),
        ("record", named("Record")),
        ("links", list("Where more is known.", named("Link"))),
    ]);
    let said = text("What is said in it, where it is a message: 4 KiB at most, the record has the whole.");
    let sometimes =
        columns().chain([("duration_nanos", nanos("How long it took.")), ("said", said)]).collect();
    object("All that is known about an event.", always, sometimes)
}

fn link() -> Value {
    object(
        "A link to where more is known.",
        vec![
            ("kind", super::page::link_kind()),
            ("label", text("What to call it.")),
            ("url", json!({"type": "string", "format": "uri", "description": "Where it leads."})),
        ],
        vec![],
    )
}

/// OTLP/JSON.
fn record() -> Fields {
    let attributes = || list("Keys and values.", named("KeyValue"));
    let number = || count("As in OTLP.");
    let entity = object(
        "A reference to what the resource describes.",
        vec![("idKeys", list("Keys.", text("A key."))), ("descriptionKeys", list("Keys.", text("A key.")))],
        vec![("schemaUrl", text("As in OTLP.")), ("type", text("As in OTLP."))],
    );
    let resource = object(
        "Where it comes from.",
        vec![("attributes", attributes())],
        vec![
            ("droppedAttributesCount", number()),
            ("entityRefs", list("As in OTLP.", entity)),
            ("schemaUrl", text("As in OTLP.")),
        ],
    );
    let scope = object(
        "What emitted it.",
        vec![("attributes", attributes())],
        vec![
            ("name", text("As in OTLP.")),
            ("version", text("As in OTLP.")),
            ("droppedAttributesCount", number()),
            ("schemaUrl", text("As in OTLP.")),
        ],
    );
    let whole = object(
        "Resource, scope and log record, nothing left out.",
        vec![("resource", resource), ("scope", scope), ("logRecord", log_record(attributes()))],
        vec![],
    );
    let pair =
        object("A key and its value.", vec![("key", text("The key.")), ("value", named("Value"))], vec![]);
    vec![("Record", whole), ("KeyValue", pair), ("Value", value())]
}

fn log_record(attributes: Value) -> Value {
    let digits = |about| json!({"type": "string", "pattern": "^[0-9]+$", "description": about});
    object(
        "The log record in the form of OTLP/JSON. What the sender left unset is left out.",
        vec![("attributes", attributes)],
        vec![
            ("timeUnixNano", digits("Nanoseconds since 1970.")),
            ("observedTimeUnixNano", digits("Nanoseconds since 1970.")),
            ("severityNumber", json!({"type": "integer", "description": "As in OTLP."})),
            ("severityText", text("As in OTLP.")),
            ("eventName", text("As in OTLP.")),
            ("body", named("Value")),
            ("droppedAttributesCount", count("As in OTLP.")),
            ("flags", count("As in OTLP.")),
            ("traceId", text("Hex digits.")),
            ("spanId", text("Hex digits.")),
        ],
    )
}

fn value() -> Value {
    let values = |of: &str| object("Values.", vec![("values", list("The values.", named(of)))], vec![]);
    let double =
        json!({"type": ["number", "string"], "description": "A number, `NaN`, `Infinity` or `-Infinity`."});
    let int = json!({"type": "string", "pattern": "^-?[0-9]+$", "description": "A 64-bit integer."});
    object(
        "A value: one of its fields, or none for no value.",
        vec![],
        vec![
            ("stringValue", text("A text.")),
            ("boolValue", super::truth("A truth.")),
            ("intValue", int),
            ("doubleValue", double),
            ("arrayValue", values("Value")),
            ("kvlistValue", values("KeyValue")),
            ("bytesValue", json!({"type": "string", "contentEncoding": "base64", "description": "Bytes."})),
        ],
    )
}
