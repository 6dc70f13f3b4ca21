//! Events in the order in which they arrived.

use crate::event::StoredEvent;
use crate::ids::{Seq, Tenant};

/// A question for what arrived after something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivalsRequest {
    /// Whose events.
    pub tenant: Tenant,
    /// Events with a higher arrival number.
    pub after: Seq,
    /// How many at most, fewer where they are large; with 0 only the place that there is to go on from is told.
    pub limit: usize,
}

/// The answer to an [`ArrivalsRequest`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrivals {
    /// The events, in the order of their arrival numbers.
    pub events: Vec<StoredEvent>,
    /// All events up to this arrival number were told, by this answer and those before: ask on from
    /// here. Never below the request's `after`, except that a request for what is to come gets the
    /// newest place there is.
    pub upto: Seq,
    /// How many events there are after the request's `after`, as near as can be told without reading them.
    pub behind: u64,
    /// `false` where a part of the store could not be read.
    pub complete: bool,
}
