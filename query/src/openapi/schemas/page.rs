//! What the page needs other than events, and what operators look at.

use serde_json::{Value, json};

use super::{Fields, count, list, moment, named, object, one_of, text, truth};
use crate::catalog::{Group, Kind};
use crate::links::LinkKind;
use crate::views::{MAX_NAME_CHARS, MAX_QUERY_BYTES};

pub(super) fn all() -> Fields {
    let views = object("The saved views.", vec![("views", list("By name.", named("View")))], vec![]);
    let live = object("It answers.", vec![("status", one_of("Always this.", &["live"]))], vec![]);
    vec![
        ("Catalog", catalog()),
        ("Links", links()),
        ("Views", views),
        ("View", view()),
        ("NewView", new_view()),
        ("Live", live),
        ("Ready", ready()),
        ("Text", json!({"type": "string"})),
        ("Description", json!({"type": "object", "additionalProperties": true})),
    ]
}

pub(super) fn link_kind() -> Value {
    one_of("What it leads to.", &LinkKind::ALL.map(LinkKind::name))
}

fn catalog() -> Value {
    let states = ["accepted", "sent", "failed", "delivered", "seen", "clicked"];
    let name = object(
        "An event name.",
        vec![
            ("name", text("As senders write it.")),
            ("label", text("What the page calls it.")),
            ("description", text("One sentence on it.")),
            ("context", text("The context that it belongs to.")),
            ("icon", text("The page's icon.")),
        ],
        vec![
            ("finishes", text("The name of the event that this one ends.")),
            ("finished_by", list("The names of the events that end this one.", text("A name."))),
            ("said_by", one_of("Who speaks, where it is something said.", &["person", "company"])),
            ("delivery", one_of("What it says of a message on its way.", &states)),
        ],
    );
    let lists = vec![
        ("columns", list("What a row can show, in the order of `columns`.", catalog_column())),
        ("events", list("By context, then by name.", name)),
    ];
    object("The columns, and the known event names.", lists, vec![])
}

fn catalog_column() -> Value {
    object(
        "A column.",
        vec![
            ("name", text("Its name in parameters and answers; a duration is `duration_nanos` in answers.")),
            ("label", text("What the page calls it.")),
            (
                "kind",
                one_of(
                    "What its values are. Those of a `facet` can be listed and counted.",
                    &Kind::ALL.map(Kind::name),
                ),
            ),
            (
                "group",
                one_of(
                    "Where it stands among the others. A `fact` has no filter of its name.",
                    &Group::ALL.map(Group::name),
                ),
            ),
            (
                "in_every_row",
                truth("Whether each row has it, where its event does, without being asked for it."),
            ),
        ],
        vec![],
    )
}

fn links() -> Value {
    let template = object(
        "A template.",
        vec![
            ("kind", link_kind()),
            ("label", text("What to call the link.")),
            ("template", text("An address with placeholders such as {person}.")),
        ],
        vec![],
    );
    object("The templates of links.", vec![("links", list("At most one of a kind.", template))], vec![])
}

fn view() -> Value {
    object(
        "A saved view.",
        vec![
            ("id", text("Its id.")),
            ("name", text("Its name.")),
            ("query", text("The query string of the page.")),
            ("created", moment("When it was saved first.")),
            ("updated", moment("When it was changed last.")),
        ],
        vec![],
    )
}

fn new_view() -> Value {
    // Names are trimmed: something must be left.
    let name = json!({
        "type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS, "pattern": r"[^\s\u0000-\u001f\u007f-\u009f]",
        "description": "A name that no other view has, without control characters.",
    });
    let query = json!({
        "type": "string", "maxLength": MAX_QUERY_BYTES,
        "description": "The query string of the page: 16 KiB at most, without control characters.",
    });
    let mut view = object("A view as it is sent.", vec![("name", name), ("query", query)], vec![]);
    view["additionalProperties"] = json!(false);
    view
}

fn ready() -> Value {
    let addresses = vec![
        ("grpc", text("OTLP over gRPC: an IP address and a port.")),
        ("http", text("OTLP over HTTP: an IP address and a port.")),
    ];
    let receivers = object("Where events are received, where this process does that.", addresses, vec![]);
    let refused = json!({
        "type": "object", "additionalProperties": count("How many since the start."),
        "description": "What the servers refused, or did not take as it was sent, by kind: connections, requests and log records.",
    });
    object(
        "Events are taken.",
        vec![
            ("status", one_of("Degraded where answers lack events that are kept.", &["ready", "degraded"])),
            ("notices", list("What an operator should know.", text("A notice."))),
            ("events", count("Events that are kept.")),
            ("unindexed_events", count("Those that cannot be searched yet.")),
            ("queued_bytes", count("Bytes that wait to be written.")),
        ],
        vec![
            ("not_searchable", text("Which events that are kept do not show in answers.")),
            ("receivers", receivers),
            ("refused", refused),
        ],
    )
}
