//! One interaction from start to end: its events in order, and what can be said of them together.

mod details;
mod lanes;
mod pages;
mod spans;
mod summary;
mod transcript;

use serde::Serialize;
use steplog_model::catalogue::Catalogue;
use steplog_model::column::Column;

use crate::columns::RowColumn;
use crate::row::Row;
use lanes::{Lane, Lanes};
pub(crate) use pages::{Part, Question};
use spans::Span;
use summary::{Failure, Gap, Object, Outcome, Times};
pub(crate) use transcript::said_in;
use transcript::{Message, Transcript};

/// Columns of an interaction's rows beyond those of every row.
const COLUMNS: &[RowColumn] = &[
    RowColumn::Column(Column::Channel),
    RowColumn::Column(Column::ObjectId),
    RowColumn::Column(Column::ElementId),
    RowColumn::Column(Column::ElementType),
    RowColumn::Column(Column::PerformedByType),
    RowColumn::Column(Column::SpanId),
    RowColumn::Column(Column::Parent),
    RowColumn::Column(Column::Sequence),
];

/// An interaction, or a page of one that has more than 10,000 events: then `complete` is `false`, and all
/// that is said of it is about the events of the page. `complete` is also `false` where a part of
/// the store could not be read.
#[derive(Serialize)]
pub(crate) struct Interaction<'a> {
    interaction: &'a str,
    complete: bool,
    next: Option<String>,
    prev: Option<String>,
    outcome: Outcome<'a>,
    #[serde(flatten)]
    times: Times,
    first_failure: Option<Failure>,
    people: Vec<&'a str>,
    conversations: Vec<&'a str>,
    contexts: Vec<&'a str>,
    objects: Vec<Object<'a>>,
    versions: Vec<Object<'a>>,
    lanes: Vec<Lane<'a>>,
    gaps: Vec<Gap>,
    spans: Vec<Span<'a>>,
    messages: Vec<Message<'a>>,
    /// Log records that are shown as one step with their span.
    folded: usize,
    /// Steps of agents and models whose records do not hold what was said.
    unrecorded: usize,
    events: Vec<Step<'a>>,
}

/// An event in its lane.
#[derive(Serialize)]
struct Step<'a> {
    lane: usize,
    #[serde(flatten)]
    row: Row<'a>,
}

impl<'a> Interaction<'a> {
    /// What can be said of the events of a page.
    pub(crate) fn new(id: &'a str, part: &'a Part, names: &Catalogue) -> Self {
        let (events, complete) = (&part.events[..], part.is_whole());
        let Lanes { lanes, of_event } = Lanes::of(events);
        let spans = spans::join(events, &of_event, names);
        let objects = summary::objects(events);
        let Transcript { messages, unrecorded } = transcript::transcript(events, &part.details, names);
        let step = |(stored, lane)| Step { lane, row: Row { stored, columns: COLUMNS, marks: None } };
        Self {
            interaction: id,
            complete,
            next: part.next.clone(),
            prev: part.prev.clone(),
            outcome: Outcome::new(events, &spans, complete),
            times: Times::new(events),
            first_failure: Failure::first(events),
            people: summary::values(events, Column::Person),
            conversations: summary::values(events, Column::Conversation),
            contexts: summary::values(events, Column::OccurredIn),
            versions: summary::versions(&objects),
            objects,
            lanes,
            gaps: summary::gaps(events),
            spans,
            messages,
            folded: part.details.events.len(),
            unrecorded,
            events: events.iter().zip(of_event).map(step).collect(),
        }
    }
}
