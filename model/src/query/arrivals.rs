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
    /// The most events, fewer where they are large; 0 asks for the newest position only.
    pub limit: usize,
}

/// The answer to an [`ArrivalsRequest`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrivals {
    /// The events, in the order of their arrival numbers.
    pub events: Vec<StoredEvent>,
    /// This answer and those before contain all events up to this arrival number: the next request starts here. Never
    /// below the request's `after`; a request for a number that does not exist yet gets the newest one.
    pub upto: Seq,
    /// About how many events there are after the request's `after`; they are not read for it.
    pub behind: u64,
    /// `false` where a part of the store could not be read.
    pub complete: bool,
}
