//! Log records that tell details of a step that has a span of its own.
//!
//! Instrumentations send a model call as a span, and what was said in it as log records with the span's id. Where both
//! came, they are one step: the span's event, which knows how long it took. The log records stay events; what they say
//! is in the transcript.

use rapidhash::RapidHashMap;
use steplog_model::column::Column;
use steplog_model::event::{Event, StoredEvent};
use steplog_model::ids::EventId;
use steplog_model::record::LogRecordRef;

/// The attribute that only events of spans have.
const SPAN: &str = "steplog.span.status";

/// Events that are details of steps, and the step of each.
#[derive(Default)]
pub(super) struct Details {
    pub(super) events: Vec<StoredEvent>,
    pub(super) of_step: RapidHashMap<EventId, EventId>,
}

impl Details {
    /// Takes the details out of the events of an interaction.
    pub(super) fn take(events: &mut Vec<StoredEvent>) -> Self {
        if !events.iter().any(|stored| may_be_detail(&stored.event)) {
            return Self::default();
        }
        let steps = steps_by_span(events);
        let step_of = |event: &Event| {
            let step = event.value(Column::SpanId).and_then(|span| steps.get(span).copied());
            step.filter(|step| may_be_detail(event) && *step != event.id)
        };
        let of_step: RapidHashMap<_, _> =
            events.iter().filter_map(|stored| Some((stored.event.id, step_of(&stored.event)?))).collect();
        let (details, steps) =
            std::mem::take(events).into_iter().partition(|stored| of_step.contains_key(&stored.event.id));
        *events = steps;
        Self { events: details, of_step }
    }
}

/// Whether an event is a log record by the GenAI conventions that goes with a span.
fn may_be_detail(event: &Event) -> bool {
    let name = event.value(Column::Event).unwrap_or_default();
    name.starts_with("gen_ai.") && event.value(Column::SpanId).is_some()
}

fn steps_by_span(events: &[StoredEvent]) -> RapidHashMap<String, EventId> {
    let is_span = |event: &Event| LogRecordRef::new(&event.record).attributes().any(|(key, _)| key == SPAN);
    let of_spans = events.iter().map(|stored| &stored.event).filter(|event| is_span(event));
    of_spans.filter_map(|event| Some((event.value(Column::SpanId)?.to_owned(), event.id))).collect()
}
