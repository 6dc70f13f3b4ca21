//! Hot-spots.

use serde_json::{Value, json};

use super::{Fields, complete, count, list, moment, named, nanos, object, or_null, share, text, truth};

pub(super) fn all() -> Fields {
    let with_stats = |about: &str, own: Fields, sometimes: Fields| {
        object(about, own.into_iter().chain(stats()).collect(), sometimes)
    };
    let elements = ("elements", list("By first failures, where elements are told.", named("HotspotElement")));
    let version = with_stats(
        "A version of an object.",
        vec![("version", or_null(text("The version.")))],
        vec![elements],
    );
    let element = with_stats(
        "An element of a version.",
        named_element().into_iter().chain(first_failed()).collect(),
        vec![],
    );
    let own = vec![
        ("object", or_null(text("The object."))),
        ("occurred_in", or_null(text("Its context."))),
        ("versions", list("The one that ran last first.", named("HotspotVersion"))),
    ];
    let side = with_stats("A version that is compared.", vec![("version", text("The version."))], vec![]);
    vec![
        ("Hotspots", hotspots()),
        ("HotspotObject", with_stats("An object.", own, vec![])),
        ("HotspotVersion", version),
        ("HotspotElement", element),
        ("ComparedStats", with_stats("An element in one of the versions.", first_failed(), vec![])),
        ("Onset", onset()),
        ("ComparedVersion", side),
        ("Comparison", comparison()),
    ]
}

fn hotspots() -> Value {
    object(
        "Objects by interactions that failed.",
        vec![
            ("from", moment("Where the period begins.")),
            ("to", moment("Where it ends.")),
            ("objects", list("The worst first.", named("HotspotObject"))),
            ("more", truth("Whether there are more than `limit`.")),
            ("complete", complete()),
        ],
        vec![
            ("compare", named("Comparison")),
            (
                "onsets",
                list("What began to fail, where one object is asked for and no status.", named("Onset")),
            ),
        ],
    )
}

fn named_element() -> Fields {
    vec![
        ("element", or_null(text("The element."))),
        ("element_type", or_null(text("What kind of element it is."))),
    ]
}

fn first_failed() -> Fields {
    vec![(
        "first_failed",
        count(
            "Interactions whose first failure this was. Those of all elements make the `failed_interactions` of all.",
        ),
    )]
}

fn onset() -> Value {
    object(
        "A stretch of time in which an element failed more often than before.",
        vec![
            ("element", text("The element.")),
            ("since", moment("Its first failure in that stretch.")),
            ("until", or_null(moment("Where it is over; `null` where it lasts."))),
            ("interactions", count("Interactions of that stretch.")),
            ("failed_interactions", count("Those of them in which the element failed.")),
            ("rate", share("Those by these.")),
            ("rate_before", share("The same rate from the beginning of the period up to `since`.")),
        ],
        vec![],
    )
}

fn stats() -> Fields {
    vec![
        ("events", count("Events.")),
        ("failures", count("Events that failed or timed out, but for `waits_over`.")),
        (
            "waits_over",
            count(
                "Waits of a journey that ran out. They are no failures: nobody answering in time may be the plan.",
            ),
        ),
        (
            "interactions",
            count("Interactions; an event that belongs to none counts as one. Estimated above 1,024."),
        ),
        ("failed_interactions", count("Those of them in which something failed.")),
        ("rate", share("Interactions that failed by interactions.")),
        ("rate_low", share("The lower end of the rate's 95 % interval.")),
        ("rate_high", share("The upper end of the rate's 95 % interval.")),
        ("duration_p50_nanos", or_null(nanos("Half of the durations are not longer."))),
        ("duration_p95_nanos", or_null(nanos("95 % of the durations are not longer."))),
        ("durations", count("Events that have a duration.")),
        ("first", or_null(moment("The first event."))),
        ("last", or_null(moment("The last event."))),
    ]
}

fn comparison() -> Value {
    let mut element = named_element();
    element.extend([
        ("a", or_null(named("ComparedStats"))),
        ("b", or_null(named("ComparedStats"))),
        (
            "change",
            json!({"type": ["number", "null"], "description": "The rate of b less that of a; `null` where either has too few interactions."}),
        ),
        ("few", truth("Whether either side has fewer than 30 interactions.")),
    ]);
    object(
        "Two versions side by side.",
        vec![
            ("object", text("Whose versions they are.")),
            ("a", named("ComparedVersion")),
            ("b", named("ComparedVersion")),
            ("elements", list("What got worse first.", object("An element in both.", element, vec![]))),
        ],
        vec![],
    )
}
