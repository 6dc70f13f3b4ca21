//! Value lists, bars, counts.

use serde_json::{Value, json};

use super::{Fields, complete, count, list, map, moment, object, or_null, text, truth};

pub(super) fn all() -> Fields {
    let sum = object(
        "How many events there are.",
        vec![("count", count("The events.")), ("complete", complete())],
        vec![(
            "interactions",
            count(
                "Their interactions, where asked for; an event that belongs to none counts as one. Estimated above 1,024.",
            ),
        )],
    );
    vec![("Facets", facets()), ("Histogram", histogram()), ("Count", sum)]
}

fn facets() -> Value {
    let value = object(
        "A value of the column.",
        vec![
            ("value", text("The value.")),
            ("count", count("Events of the period that have it.")),
            ("matching", count("Those of them that meet all filters but the column's own.")),
        ],
        vec![],
    );
    let values = object(
        "The values of a column.",
        vec![
            ("values", list("The most frequent first.", value)),
            ("more", truth("Whether there are more than `limit`.")),
        ],
        vec![],
    );
    object(
        "Value lists by column.",
        vec![("facets", map("By column.", values)), ("complete", complete())],
        vec![],
    )
}

fn histogram() -> Value {
    let bar = object(
        "One bar.",
        vec![("time", moment("Where it begins.")), ("counts", map("Events by status.", count("Events.")))],
        vec![],
    );
    let ahead = object(
        "What an open period has behind its last bar: the clocks of its senders are ahead. `null` where there is nothing.",
        vec![
            ("from", moment("Where the last bar ends.")),
            ("last", moment("The newest of them.")),
            ("counts", map("Events by status.", count("Events."))),
        ],
        vec![],
    );
    object(
        "Bars of one width.",
        vec![
            (
                "from",
                moment("Where the period begins; one from 1970 or before: at the first event that is kept."),
            ),
            (
                "to",
                moment("Where it ends; an open one: now, or behind the newest event where all are ahead."),
            ),
            (
                "step",
                json!({"type": "string", "pattern": "^[0-9]+$", "description": "The width of a bar in nanoseconds, but for those that a change of summer time makes longer or shorter."}),
            ),
            ("buckets", list("The bars in the order of time: each ends where the next one begins.", bar)),
            ("end", moment("Where the last bar ends.")),
            ("ahead", or_null(ahead)),
            ("total", count("The events of all bars, and those ahead.")),
            ("complete", complete()),
        ],
        vec![],
    )
}
