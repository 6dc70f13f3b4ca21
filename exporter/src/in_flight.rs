//! The bytes of all requests being received and decoded: one room for both protocols.

use http::HeaderMap;
use steplog_net::{Charge, Client, Room};

/// What every request is charged whatever its size: its task and its place in the connection.
pub(crate) const REQUEST_BYTES: usize = 4 << 10;
/// What a request with a large head is charged before its body comes.
const HEAD_BYTES: usize = 16 << 10;
/// The overhead of a header, without its name and value.
const HEADER_BYTES: usize = 64;

/// The bound on bytes in flight.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    room: Room,
    most_for_events_bytes: usize,
}

impl InFlight {
    /// A bound of so many bytes, for requests of up to `request_bytes`.
    pub(crate) fn new(bytes: usize, request_bytes: usize) -> Self {
        let gauge = metrics::gauge!("steplog_receive_in_flight_bytes");
        let request = request_bytes + HEAD_BYTES;
        let room = Room::new(bytes, least_bytes(request_bytes), gauge);
        Self { most_for_events_bytes: room.most_of_one().saturating_sub(request), room }
    }

    /// Charges a request for its head, where there is room for the body that it declares as well; `None` where there is
    /// none now.
    ///
    /// Of the body only what has arrived is charged later on, so that a sender cannot hold room that it does not use.
    pub(crate) fn begin(&self, sender: Client, head: &HeaderMap, declared_bytes: usize) -> Option<Charge> {
        let headers: usize =
            head.iter().map(|(name, value)| name.as_str().len() + value.len() + HEADER_BYTES).sum();
        self.room.take(sender, REQUEST_BYTES + headers, declared_bytes)
    }

    /// The most that one request's events may take beyond their bytes: what a sender alone may have, but for the largest
    /// body.
    pub(crate) const fn most_for_events_bytes(&self) -> usize {
        self.most_for_events_bytes
    }
}

/// The least room that any request of up to `request_bytes` can be taken in: it is held compressed and decompressed.
pub(crate) const fn least_bytes(request_bytes: usize) -> usize {
    2 * (request_bytes + HEAD_BYTES)
}
