//! Joins events that start something with those that finish it.
//!
//! An event starts something if the catalogue knows names that finish it, or if its status is
//! `in_progress`. Its finish is looked for twice: among the later events of the same span id, and
//! then by names, among the later events of the same object and element; of the same object, where
//! the whole of it starts. A start without a finish is still open.

use std::collections::HashMap;

use serde::Serialize;
use steplog_model::catalogue::Catalogue;
use steplog_model::column::Column;
use steplog_model::event::{Event, StoredEvent};
use steplog_model::ids::EventId;
use steplog_model::status;
use steplog_model::time::UnixNanos;

use crate::shown::{Shown, shown};

/// What made a start and a finish one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum JoinedBy {
    SpanId,
    Name,
}

/// Something that took time.
#[derive(Serialize)]
pub(super) struct Span<'a> {
    /// The lane of its start.
    lane: usize,
    #[serde(serialize_with = "shown")]
    start: EventId,
    /// `null` where it is still open.
    finish: Option<Shown<EventId>>,
    #[serde(serialize_with = "shown")]
    from: UnixNanos,
    to: Option<Shown<UnixNanos>>,
    duration_nanos: Option<i64>,
    joined_by: Option<JoinedBy>,
    open: bool,
    event: Option<&'a str>,
    /// The status of the finish, or of the start while it is open.
    status: Option<&'a str>,
    occurred_in: Option<&'a str>,
    object: Option<&'a str>,
    element: Option<&'a str>,
}

impl Span<'_> {
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }
}

/// The spans of events that are in order, in the order of their starts.
///
/// `lanes` are those of the events.
pub(super) fn join<'a>(events: &'a [StoredEvent], lanes: &[usize], names: &Catalogue) -> Vec<Span<'a>> {
    let starts: Vec<bool> = events.iter().map(|stored| starts_something(&stored.event, names)).collect();
    let mut finishes: Vec<Option<(usize, JoinedBy)>> = vec![None; events.len()];
    let mut taken = vec![false; events.len()];
    join_by_span_id(events, &starts, names, &mut |start, finish| {
        finishes[start] = Some((finish, JoinedBy::SpanId));
        taken[finish] = true;
    });
    let free = |place: usize| !taken[place];
    let open = |place: usize| starts[place] && finishes[place].is_none();
    for (start, finish) in join_by_name(events, names, open, free) {
        finishes[start] = Some((finish, JoinedBy::Name));
    }
    let started = events.iter().zip(lanes).zip(starts).zip(finishes).filter(|((_, starts), _)| *starts);
    started.map(|(((stored, lane), _), finish)| span(events, &stored.event, *lane, finish)).collect()
}

fn starts_something(event: &Event, names: &Catalogue) -> bool {
    let known = event.value(Column::Event).and_then(|name| names.get(name));
    match known {
        Some(known) if !known.finished_by.is_empty() => true,
        // What finishes something else starts nothing, whatever its status.
        Some(known) if known.finishes.is_some() => false,
        _ => event.value(Column::Status) == Some(status::IN_PROGRESS),
    }
}

fn finishes_by_name(start: &Event, finish: &Event, names: &Catalogue) -> bool {
    let (Some(from), Some(to)) = (start.value(Column::Event), finish.value(Column::Event)) else {
        return false;
    };
    names.get(from).is_some_and(|known| known.finished_by.iter().any(|name| name == to))
}

/// Within one span id: the first later event that finishes the start by name, else the last one
/// that is not in progress. Reads each list of a span id's events from its end.
fn join_by_span_id(
    events: &[StoredEvent],
    starts: &[bool],
    names: &Catalogue,
    joined: &mut impl FnMut(usize, usize),
) {
    let mut of_span: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, stored) in events.iter().enumerate() {
        if let Some(span_id) = stored.event.value(Column::SpanId) {
            of_span.entry(span_id).or_default().push(place);
        }
    }
    for places in of_span.values() {
        // A span has one beginning; logs inside of a long span must not make this quadratic.
        let Some(first) = places.iter().position(|place| starts[*place]) else { continue };
        let (start, later) = (places[first], &places[first + 1..]);
        let by_name = |place: &&usize| finishes_by_name(&events[start].event, &events[**place].event, names);
        let ended = |place: &&usize| {
            let status = events[**place].event.value(Column::Status);
            !starts[**place] && status.is_some_and(|status| status != status::IN_PROGRESS)
        };
        if let Some(finish) = later.iter().find(by_name).or_else(|| later.iter().rev().find(ended)) {
            joined(start, *finish);
        }
    }
}

/// What a start and its finish have in common when they are joined by name.
type Place<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// `start` is the name of the start, `event` the start itself or what may finish it.
fn place_of<'a>(start: &'a str, event: &'a Event, names: &Catalogue) -> Place<'a> {
    let whole = names.get(start).is_some_and(|known| known.whole);
    let element = || event.value(Column::ElementId).or_else(|| event.value(Column::Element));
    (start, event.value(Column::Object), if whole { None } else { element() })
}

/// Pairs by name: a finish ends the latest open start of its kind. An event that is in progress is
/// also ended by one of its own name that is not.
fn join_by_name(
    events: &[StoredEvent],
    names: &Catalogue,
    open: impl Fn(usize) -> bool,
    free: impl Fn(usize) -> bool,
) -> Vec<(usize, usize)> {
    let mut waiting: HashMap<Place<'_>, Vec<usize>> = HashMap::new();
    let mut pairs = Vec::new();
    for (place, stored) in events.iter().enumerate() {
        let event = &stored.event;
        let Some(name) = event.value(Column::Event) else { continue };
        if open(place) {
            waiting.entry(place_of(name, event, names)).or_default().push(place);
            continue;
        }
        if !free(place) || event.value(Column::Status) == Some(status::IN_PROGRESS) {
            continue;
        }
        let starter = names.get(name).and_then(|known| known.finishes.as_deref()).unwrap_or(name);
        if let Some(start) = waiting.get_mut(&place_of(starter, event, names)).and_then(Vec::pop) {
            pairs.push((start, place));
        }
    }
    pairs
}

fn span<'a>(
    events: &'a [StoredEvent],
    start: &'a Event,
    lane: usize,
    finish: Option<(usize, JoinedBy)>,
) -> Span<'a> {
    let end = finish.and_then(|(place, _)| events.get(place)).map(|stored| &stored.event);
    let status = |event: &'a Event| event.value(Column::Status);
    Span {
        lane,
        start: start.id,
        finish: end.map(|event| Shown(event.id)),
        from: start.time,
        to: end.map(|event| Shown(event.time)),
        duration_nanos: end.map(|event| event.time.0.saturating_sub(start.time.0)),
        joined_by: finish.map(|(_, by)| by),
        open: end.is_none(),
        event: start.value(Column::Event),
        status: end.map_or_else(|| status(start), status),
        occurred_in: start.value(Column::OccurredIn),
        object: start.value(Column::Object),
        element: start.value(Column::Element),
    }
}
