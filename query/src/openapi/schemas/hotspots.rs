//! Hot-spots.

use serde_json::{Value, json};

use super::{Fields, complete, count, list, moment, named, nanos, object, or_null, share, text, truth};

pub(super) fn all() -> Fields {
    let with_stats = |about: &str, own: Fields, sometimes: Fields| {
        object(about, own.into_iter().chain(stats()).collect(), sometimes)
    };
    let elements = ("elements", list("By failures, where elements are told.", named("HotspotElement")));
    let version = with_stats(
        "A version of an object.",
        vec![("version", or_null(text("The version.")))],
        vec![elements],
    );
    let element = with_stats("An element of a version.", named_element(), vec![]);
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
        ("HotspotStats", object("Counts, rates and durations of events.", stats(), vec![])),
        ("ComparedVersion", side),
        ("Comparison", comparison()),
    ]
}

fn hotspots() -> Value {
    object(
        "Objects by failures.",
        vec![
            ("from", moment("Where the period begins.")),
            ("to", moment("Where it ends.")),
            ("objects", list("The worst first.", named("HotspotObject"))),
            ("more", truth("Whether there are more than `limit`.")),
            ("complete", complete()),
        ],
        vec![("compare", named("Comparison"))],
    )
}

fn named_element() -> Fields {
    vec![
        ("element", or_null(text("The element."))),
        ("element_type", or_null(text("What kind of element it is."))),
    ]
}

fn stats() -> Fields {
    vec![
        ("events", count("Events.")),
        ("interactions", count("Interactions; estimated where there are many.")),
        ("failures", count("Events that failed or timed out.")),
        ("rate", share("Failures by events.")),
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
        ("a", or_null(named("HotspotStats"))),
        ("b", or_null(named("HotspotStats"))),
        (
            "change",
            json!({"type": ["number", "null"], "description": "The rate of b less that of a; `null` where either has too few."}),
        ),
        ("few", truth("Whether either side has fewer than 30 events.")),
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
