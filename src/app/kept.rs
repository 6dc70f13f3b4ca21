//! What a store holds when it is opened: what the greeting tells, and from where the demo goes on.

use std::time::Duration;

use steplog_model::ids::Tenant;
use steplog_model::query::{Order, PageRequest, Period, Query};
use steplog_model::store::{Budget, EventStore};
use steplog_model::time::UnixNanos;

/// A start does not wait longer than this for the ends of what is kept.
const LOOK_WITHIN: Duration = Duration::from_secs(1);

/// What a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many events.
    pub events: u64,
    /// The time of the oldest one that can be found already.
    pub oldest: Option<UnixNanos>,
    /// The time of the newest one that can be found already.
    pub newest: Option<UnixNanos>,
}

impl Kept {
    /// Asks a store that was just opened.
    pub(super) fn of(store: &dyn EventStore) -> Self {
        let end = |order| {
            let query = Query::all(Tenant::default(), Period::ALL);
            let request = PageRequest::first(query, order, 1);
            let page = store.page(&request, &Budget::new(LOOK_WITHIN)).ok()?;
            page.events.first().map(|stored| stored.event.time)
        };
        let (oldest, newest) = (end(Order::OldestFirst), end(Order::NewestFirst));
        Self { events: store.health().events, oldest, newest }
    }
}
