//! What is said of an interaction as a whole.

use std::collections::HashSet;

use serde::Serialize;
use steplog_model::column::Column;
use steplog_model::event::StoredEvent;
use steplog_model::ids::EventId;
use steplog_model::status;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use super::spans::Span;
use crate::shown::shown;

/// Stretches without any event that are longer than this are gaps.
const GAP_NANOS: i64 = 30 * NANOS_PER_SECOND;

/// When it ran and how long.
#[derive(Serialize)]
pub(super) struct Times {
    #[serde(serialize_with = "shown")]
    started: UnixNanos,
    #[serde(serialize_with = "shown")]
    ended: UnixNanos,
    took_nanos: i64,
    /// What it took, the gaps left out.
    busy_nanos: i64,
}

impl Times {
    pub(super) fn new(events: &[StoredEvent]) -> Self {
        let started = events.iter().map(begin_of).min().unwrap_or_default();
        let ended = events.last().map(|stored| stored.event.time).unwrap_or_default();
        let took_nanos = ended.0.saturating_sub(started.0);
        let idle: i64 = gaps(events).iter().map(|gap| gap.nanos).fold(0, i64::saturating_add);
        Self { started, ended, took_nanos, busy_nanos: took_nanos.saturating_sub(idle) }
    }
}

/// When the step of an event began: an event with a duration is sent at the end of its step.
fn begin_of(stored: &StoredEvent) -> UnixNanos {
    let took_nanos =
        stored.event.duration_nanos.and_then(|nanos| i64::try_from(nanos).ok()).unwrap_or_default();
    UnixNanos(stored.event.time.0.saturating_sub(took_nanos))
}

/// A stretch of more than 30 s in which nothing happened.
#[derive(Serialize)]
pub(super) struct Gap {
    /// The event before it.
    #[serde(serialize_with = "shown")]
    after: EventId,
    #[serde(serialize_with = "shown")]
    from: UnixNanos,
    #[serde(serialize_with = "shown")]
    to: UnixNanos,
    nanos: i64,
}

/// The gaps, in order. A model call of a minute, whose event comes at its end, is no gap.
pub(super) fn gaps(events: &[StoredEvent]) -> Vec<Gap> {
    let mut found = Vec::new();
    let mut later_begin = UnixNanos(i64::MAX);
    for pair in events.windows(2).rev() {
        let [before, next] = pair else { continue };
        later_begin = later_begin.min(begin_of(next));
        let from = before.event.time;
        let nanos = later_begin.0.saturating_sub(from.0);
        if nanos > GAP_NANOS {
            found.push(Gap { after: before.event.id, from, to: later_begin, nanos });
        }
    }
    found.reverse();
    found
}

/// How it ended, as far as the events say.
#[derive(Serialize)]
pub(super) struct Outcome<'a> {
    /// Whether all that began has ended; `false` too where not all events were read.
    finished: bool,
    /// Steps that failed or timed out.
    failures: usize,
    /// The status of the last event that has one.
    last_status: Option<&'a str>,
}

impl<'a> Outcome<'a> {
    pub(super) fn new(events: &'a [StoredEvent], spans: &[Span<'_>], complete: bool) -> Self {
        let statuses = || events.iter().filter_map(|stored| stored.event.value(Column::Status));
        Self {
            finished: complete && !spans.iter().any(Span::is_open),
            failures: statuses().filter(|status| status::is_failure(status)).count(),
            last_status: statuses().next_back(),
        }
    }
}

/// A step that failed.
#[derive(Serialize)]
pub(super) struct Failure {
    #[serde(serialize_with = "shown")]
    id: EventId,
    /// Its place among the events, from 0.
    place: usize,
}

impl Failure {
    pub(super) fn first(events: &[StoredEvent]) -> Option<Self> {
        let failed =
            |stored: &StoredEvent| stored.event.value(Column::Status).is_some_and(status::is_failure);
        let place = events.iter().position(failed)?;
        events.get(place).map(|stored| Self { id: stored.event.id, place })
    }
}

/// The values of a column, each once, in the order in which they first occur.
pub(super) fn values(events: &[StoredEvent], column: Column) -> Vec<&str> {
    let mut seen = HashSet::new();
    let values = events.iter().filter_map(|stored| stored.event.value(column));
    values.filter(|value| seen.insert(*value)).collect()
}

/// A journey, chatbot, agent, … that took part, in one version.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Object<'a> {
    object: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_in: Option<&'a str>,
}

impl<'a> Object<'a> {
    fn of(stored: &'a StoredEvent) -> Option<Self> {
        let event = &stored.event;
        let (version, occurred_in) = (event.value(Column::Version), event.value(Column::OccurredIn));
        Some(Self { object: event.value(Column::Object)?, version, occurred_in })
    }
}

/// The objects that took part, each once, in the order in which they first occur.
pub(super) fn objects(events: &[StoredEvent]) -> Vec<Object<'_>> {
    let mut seen = HashSet::new();
    events.iter().filter_map(Object::of).filter(|object| seen.insert(*object)).collect()
}

/// The versions among the objects, each once.
pub(super) fn versions<'a>(objects: &[Object<'a>]) -> Vec<Object<'a>> {
    let mut seen = HashSet::new();
    let versions = objects.iter().filter(|object| object.version.is_some());
    versions.copied().filter(|object| seen.insert((object.object, object.version))).collect()
}
