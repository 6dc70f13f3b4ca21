//! Reading an interaction from the store, 10,000 events at a time, fewer where they are large.

use steplog_model::column::Column;
use steplog_model::event::StoredEvent;
use steplog_model::ids::Tenant;
use steplog_model::limits;
use steplog_model::query::{Filter, Order, PageRequest, Period, Position, Query, Start, Target};
use steplog_model::store::{Budget, EventStore};

use super::details::Details;
use crate::answers::Paper;
use crate::cursor::{Cursor, Direction, fingerprint};
use crate::params::parse_start;
use crate::problem::Problem;

/// The most events of one interaction that are read at once.
const MOST_EVENTS: usize = 10_000;

/// A question for a page of an interaction.
pub(crate) struct Question {
    query: Query,
    start: Start,
    fingerprint: u64,
}

/// Some events of an interaction that follow each other, in order.
///
/// Events of one time are in the order of the sender's own count where they have one, then of arrival.
pub(crate) struct Part {
    pub(super) events: Vec<StoredEvent>,
    /// Those of them that are details of others.
    pub(super) details: Details,
    /// The cursor of the events after these, if there are any.
    pub(super) next: Option<String>,
    /// The cursor of the events before these, if there are any.
    pub(super) prev: Option<String>,
    /// Whether all of the store could be read.
    readable: bool,
}

impl Question {
    /// The interaction of an id over all of time; the only parameter is `cursor`.
    ///
    /// # Errors
    /// A [`Problem`] with everything that is wrong with the parameters.
    pub(crate) fn new(tenant: Tenant, id: &str, pairs: &[(String, String)]) -> Result<Self, Problem> {
        let target = Target::Column(Column::Interaction);
        let id = Column::Interaction.kept(id).into_owned();
        let filter = Filter { any_of: vec![id], ..Filter::on(target) };
        let mut query = Query { filters: vec![filter], ..Query::all(tenant, Period::ALL) };
        let fingerprint = fingerprint(&query, Order::OldestFirst, None, None);
        let start = parse_start(pairs, &mut query, fingerprint)?;
        Ok(Self { query, start, fingerprint })
    }

    /// The events, read in pages of `page_bytes` and charged to `paper`: by default 10,000 of 1.6 kilobytes.
    ///
    /// # Errors
    /// A [`Problem`] of the store, or that there is no room for them.
    pub(crate) fn ask(
        self,
        store: &dyn EventStore,
        budget: &Budget,
        page_bytes: usize,
        paper: &mut Paper,
    ) -> Result<Part, Problem> {
        let most_bytes = paper.most_events_bytes();
        let back = matches!(self.start, Start::Before(_));
        let mut request = PageRequest {
            query: self.query,
            order: Order::OldestFirst,
            start: self.start,
            limit: limits::MAX_PAGE,
            bytes: page_bytes,
        };
        let mut events: Vec<StoredEvent> = Vec::new();
        let mut bytes = 0;
        let (mut more_before, mut more_after, mut readable) = (None, None, true);
        let (mut first, mut last): (Option<Position>, Option<Position>) = (None, None);
        loop {
            let page = store.page(&request, budget)?;
            readable &= page.complete;
            let ends = page.events.first().zip(page.events.last());
            let ends = ends.map(|(first, last)| (Position::from(first), Position::from(last)));
            // Each page lies beyond the one before: what is on the other side is known already.
            if back || more_before.is_none() {
                first = ends.map_or(first, |(page_first, _)| Some(page_first));
                more_before = Some(page.more_before);
            }
            if !back || more_after.is_none() {
                last = ends.map_or(last, |(_, page_last)| Some(page_last));
                more_after = Some(page.more_after);
            }
            bytes += paper.hold(&page.events)?;
            events.extend(page.events);
            request.bytes = page_bytes.min(most_bytes.saturating_sub(bytes));
            let more = if back { page.more_before } else { page.more_after };
            match ends {
                Some((page_first, page_last)) if more && events.len() < MOST_EVENTS && bytes < most_bytes => {
                    request.start = if back { Start::Before(page_first) } else { Start::After(page_last) };
                }
                _ => break,
            }
        }
        events.sort_by_key(|stored| (stored.event.time, count(stored), stored.seq));
        let cursor = |direction, position| {
            Cursor { direction, period: Period::ALL, position }.encode(self.fingerprint)
        };
        let next = last.filter(|_| more_after == Some(true)).map(|last| cursor(Direction::After, last));
        let prev = first.filter(|_| more_before == Some(true)).map(|first| cursor(Direction::Before, first));
        let details = Details::take(&mut events);
        Ok(Part { events, details, next, prev, readable })
    }
}

impl Part {
    /// Whether these are all events of the interaction.
    pub(super) const fn is_whole(&self) -> bool {
        self.readable && self.next.is_none() && self.prev.is_none()
    }

    /// Whether the interaction surely has no event.
    pub(crate) const fn is_nothing(&self) -> bool {
        self.events.is_empty() && self.is_whole()
    }
}

/// The sender's own count of an event. Events without one come after those of their time that have one.
fn count(stored: &StoredEvent) -> u64 {
    stored.event.value(Column::Sequence).and_then(|text| text.parse().ok()).unwrap_or(u64::MAX)
}
