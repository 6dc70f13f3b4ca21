//! Interactions.

use serde_json::Value;

use super::events::{head, row};
use super::{
    Fields, complete, count, event_id, list, moment, named, nanos, object, one_of, or_null, text, truth,
};

pub(super) fn all() -> Fields {
    let mut step = head();
    step.push(("lane", lane_place()));
    let step = object("An event in its lane.", step, row());
    vec![
        ("Interaction", interaction()),
        ("Step", step),
        ("Lane", lane()),
        ("Span", span()),
        ("Gap", gap()),
        ("Message", message()),
        ("Party", party()),
        ("InteractionObject", part()),
    ]
}

fn lane_place() -> Value {
    count("Its place in `lanes`.")
}

fn interaction() -> Value {
    let texts = |about: &str| list(about, text("A value."));
    let outcome = object(
        "How it ended, as far as its events say.",
        vec![
            (
                "finished",
                truth("Whether all that began has ended; `false` too where not all events were read."),
            ),
            ("failures", count("Steps that failed or timed out.")),
            ("last_status", or_null(text("The status of the last event that has one."))),
        ],
        vec![],
    );
    let failure = object(
        "The first step that failed.",
        vec![("id", event_id("The event.")), ("place", count("Its place in `events`."))],
        vec![],
    );
    object(
        "An interaction, or a page of a long one: then all that is said is about the events of the page.",
        vec![
            ("interaction", text("The interaction's id.")),
            ("complete", complete()),
            ("next", or_null(text("The cursor of the page after this one."))),
            ("prev", or_null(text("The cursor of the page before this one."))),
            ("outcome", outcome),
            (
                "started",
                moment(
                    "When the first of its steps began: an event that tells how long its step took is its end.",
                ),
            ),
            ("ended", moment("The time of the last event.")),
            ("took_nanos", nanos("From the one to the other.")),
            ("busy_nanos", nanos("The same without the gaps.")),
            ("first_failure", or_null(failure)),
            ("people", texts("The persons, in the order in which they first occur.")),
            ("conversations", texts("The conversations, in the order in which they first occur.")),
            ("contexts", texts("The contexts, in the order in which they first occur.")),
            ("objects", list("What took part.", named("InteractionObject"))),
            ("versions", list("Those of `objects` with a version, each once.", named("InteractionObject"))),
            ("lanes", list("Who took part beside whom, by first event.", named("Lane"))),
            ("gaps", list("Stretches in which nothing happened.", named("Gap"))),
            ("spans", list("What took time, by start.", named("Span"))),
            ("messages", list("Who said what to whom.", named("Message"))),
            ("folded", count("How many log records are told as one with the span whose details they are.")),
            ("unrecorded", count("How many steps of agents and models do not hold what was said.")),
            ("events", list("The events, the oldest first.", named("Step"))),
        ],
        vec![],
    )
}

fn part() -> Value {
    object(
        "A journey, chatbot, agent, … in one version.",
        vec![("object", text("Its name."))],
        vec![("version", text("Its version.")), ("occurred_in", text("Its context."))],
    )
}

fn lane() -> Value {
    object(
        "All events of one context, object and version.",
        vec![
            ("context", or_null(text("The context."))),
            ("object", or_null(text("The object."))),
            ("version", or_null(text("Its version."))),
            ("events", count("How many events it has.")),
            ("failures", count("How many of them failed or timed out.")),
        ],
        vec![],
    )
}

fn span() -> Value {
    object(
        "A start with its finish.",
        vec![
            ("lane", lane_place()),
            ("start", event_id("The event that starts it.")),
            ("finish", or_null(event_id("The event that finishes it; `null` while it is open."))),
            ("from", moment("When it started.")),
            ("to", or_null(moment("When it was finished."))),
            ("duration_nanos", or_null(nanos("How long it took."))),
            ("joined_by", or_null(one_of("What made them one.", &["span_id", "name"]))),
            ("open", truth("Whether it has no finish.")),
            ("event", or_null(text("The name of the start."))),
            ("status", or_null(text("The status of the finish, or of the start while it is open."))),
            ("occurred_in", or_null(text("The context."))),
            ("object", or_null(text("The object."))),
            ("element", or_null(text("The element."))),
        ],
        vec![],
    )
}

fn gap() -> Value {
    object(
        "A stretch of more than 30 s in which nothing happened.",
        vec![
            ("after", event_id("The event before it.")),
            ("from", moment("Where it begins.")),
            ("to", moment("Where it ends.")),
            ("nanos", nanos("How long it is.")),
        ],
        vec![],
    )
}

fn party() -> Value {
    object(
        "One who speaks or is spoken to.",
        vec![
            ("role", one_of("Who that is.", &["person", "bot", "ai_agent", "agent", "tool", "system"])),
            ("name", or_null(text("The name, where one is known."))),
        ],
        vec![],
    )
}

fn message() -> Value {
    let states = ["accepted", "sent", "failed", "delivered", "seen", "clicked"];
    object(
        "Something that was said.",
        vec![
            ("id", event_id("The event that says it, or the first of its delivery.")),
            ("time", moment("When it was said.")),
            ("from", named("Party")),
            ("to", or_null(named("Party"))),
            ("channel", or_null(text("The channel."))),
            ("kind", one_of("What it is.", &["words", "tool_call", "tool_result"])),
            ("tool", or_null(text("The tool that is called, or whose result it is."))),
            ("text", text("The words; of a tool its arguments or its result.")),
            ("delivery", or_null(one_of("How far it came.", &states))),
            ("delivery_time", or_null(moment("When it came so far."))),
            ("delivery_event", or_null(event_id("The event that says so."))),
            ("reason", or_null(text("Why it failed."))),
        ],
        vec![],
    )
}
