//! The lanes of the timeline: one for each object in one version and context.

use std::collections::HashMap;

use serde::Serialize;
use steplog_model::column::Column;
use steplog_model::event::StoredEvent;
use steplog_model::status;

/// All events of one context, object and version.
#[derive(Serialize)]
pub(super) struct Lane<'a> {
    context: Option<&'a str>,
    object: Option<&'a str>,
    version: Option<&'a str>,
    events: usize,
    /// Those that failed or timed out.
    failures: usize,
}

/// The lanes of an interaction, in the order of their first events, and the lane of each event.
pub(super) struct Lanes<'a> {
    pub(super) lanes: Vec<Lane<'a>>,
    /// By place of the event.
    pub(super) of_event: Vec<usize>,
}

impl<'a> Lanes<'a> {
    pub(super) fn of(events: &'a [StoredEvent]) -> Self {
        let mut places = HashMap::new();
        let mut lanes: Vec<Lane<'a>> = Vec::new();
        let mut of_event = Vec::with_capacity(events.len());
        for stored in events {
            let value = |column| stored.event.value(column);
            let key = (value(Column::OccurredIn), value(Column::Object), value(Column::Version));
            let place = *places.entry(key).or_insert_with(|| {
                let (context, object, version) = key;
                lanes.push(Lane { context, object, version, events: 0, failures: 0 });
                lanes.len() - 1
            });
            lanes[place].events += 1;
            lanes[place].failures += usize::from(value(Column::Status).is_some_and(status::is_failure));
            of_event.push(place);
        }
        Self { lanes, of_event }
    }
}
