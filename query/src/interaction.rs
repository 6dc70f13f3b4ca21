//! One interaction from start to end: its events in order, and what can be said of them together.

mod spans;
mod summary;

use serde::Serialize;
use serde::ser::Serializer;
use steplog_model::catalogue::Catalogue;
use steplog_model::column::Column;
use steplog_model::event::StoredEvent;
use steplog_model::ids::Tenant;
use steplog_model::limits;
use steplog_model::query::{Filter, Order, PageRequest, Period, Position, Query, Start, Target};
use steplog_model::store::{Budget, EventStore, StoreError};

use crate::row::Row;
use spans::Span;
use summary::{Failure, Gap, Object, Outcome, Times};

/// The most events of one interaction that are read.
pub(crate) const MOST_EVENTS: usize = 10_000;

/// Columns of an interaction's rows beyond those of every row.
const COLUMNS: &[Column] = &[
    Column::Channel,
    Column::ObjectId,
    Column::ElementId,
    Column::ElementType,
    Column::PerformedByType,
    Column::SpanId,
    Column::Parent,
    Column::Sequence,
];

/// An interaction. `complete` is `false` where it has more than 10,000 events, of which these are
/// the first, or where a part of the store could not be read.
#[derive(Serialize)]
pub(crate) struct Interaction<'a> {
    interaction: &'a str,
    complete: bool,
    outcome: Outcome<'a>,
    #[serde(flatten)]
    times: Times,
    first_failure: Option<Failure>,
    people: Vec<&'a str>,
    conversations: Vec<&'a str>,
    contexts: Vec<&'a str>,
    objects: Vec<Object<'a>>,
    gaps: Vec<Gap>,
    spans: Vec<Span<'a>>,
    #[serde(serialize_with = "rows")]
    events: &'a [StoredEvent],
}

fn rows<S: Serializer>(events: &[StoredEvent], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(events.iter().map(|stored| Row { stored, columns: COLUMNS, marks: None }))
}

/// The events of an interaction over all time, in order, and whether these are all.
///
/// Events of one time are in the order of the sender's own count where they have one, then of arrival.
///
/// # Errors
/// Any [`StoreError`].
pub(crate) fn read(
    store: &dyn EventStore,
    tenant: &Tenant,
    id: &str,
    budget: &Budget,
) -> Result<(Vec<StoredEvent>, bool), StoreError> {
    let filter = Filter {
        target: Target::Column(Column::Interaction),
        any_of: vec![id.to_owned()],
        none_of: Vec::new(),
    };
    let query = Query { filters: vec![filter], ..Query::all(tenant.clone(), Period::ALL) };
    let mut events: Vec<StoredEvent> = Vec::new();
    let mut request =
        PageRequest { query, order: Order::OldestFirst, start: Start::First, limit: limits::MAX_PAGE };
    let mut complete = true;
    loop {
        let page = store.page(&request, budget)?;
        complete &= page.complete;
        let last = page.events.last().map(Position::from);
        events.extend(page.events);
        match last {
            Some(last) if page.more_after && events.len() < MOST_EVENTS => request.start = Start::After(last),
            _ => {
                complete &= !page.more_after;
                break;
            }
        }
    }
    events.sort_by_key(|stored| (stored.event.time, count(stored), stored.seq));
    Ok((events, complete))
}

/// The sender's own count of an event. Events without one come after those of their time that have one.
fn count(stored: &StoredEvent) -> u64 {
    stored.event.value(Column::Sequence).and_then(|text| text.parse().ok()).unwrap_or(u64::MAX)
}

impl<'a> Interaction<'a> {
    /// What can be said of events that are in order.
    pub(crate) fn new(id: &'a str, events: &'a [StoredEvent], complete: bool, names: &Catalogue) -> Self {
        let spans = spans::join(events, names);
        Self {
            interaction: id,
            complete,
            outcome: Outcome::new(events, &spans, complete),
            times: Times::new(events),
            first_failure: Failure::first(events),
            people: summary::values(events, Column::Person),
            conversations: summary::values(events, Column::Conversation),
            contexts: summary::values(events, Column::OccurredIn),
            objects: summary::objects(events),
            gaps: summary::gaps(events),
            spans,
            events,
        }
    }
}
