//! The bytes of all requests being received and decoded: one bound for both protocols.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What every request is charged whatever its size: its task, headers and buffers.
pub(crate) const REQUEST_BYTES: usize = 8 << 10;

/// The bound on bytes in flight.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    free: Arc<Semaphore>,
    total_bytes: usize,
}

impl InFlight {
    pub(crate) fn new(total_bytes: usize) -> Self {
        let total_bytes = total_bytes.min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(total_bytes)), total_bytes }
    }

    /// Charges a request that says it has `declared_bytes`; `None` where there is no room for them now.
    ///
    /// Only what has arrived is charged later on, so that a sender cannot hold room that it does not use.
    pub(crate) fn begin(&self, declared_bytes: usize) -> Option<Charge> {
        if self.free.available_permits() < declared_bytes.saturating_add(REQUEST_BYTES) {
            return None;
        }
        let permit = Arc::clone(&self.free).try_acquire_many_owned(REQUEST_BYTES as u32).ok()?;
        Some(Charge { permit })
    }

    /// The most that one request's events are charged beyond their bytes, so that a request that is
    /// within the limit can always be taken: the bound is at least twice that limit.
    pub(crate) fn most_for_events_bytes(&self) -> usize {
        self.total_bytes / 2 - REQUEST_BYTES
    }

    pub(crate) fn used_bytes(&self) -> usize {
        self.total_bytes.saturating_sub(self.free.available_permits())
    }
}

/// What one request holds of the bound; given back when dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    permit: OwnedSemaphorePermit,
}

impl Charge {
    /// Charges `bytes` more; `false` where there is no room now.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let Ok(count) = u32::try_from(bytes) else { return false };
        let Ok(more) = Arc::clone(self.permit.semaphore()).try_acquire_many_owned(count) else {
            return false;
        };
        self.permit.merge(more);
        true
    }

    /// Gives `bytes` back.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        drop(self.permit.split(bytes));
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.permit.num_permits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_add_up_and_come_back() {
        let in_flight = InFlight::new(3 * REQUEST_BYTES);
        assert!(in_flight.begin(2 * REQUEST_BYTES + 1).is_none());
        let mut first = in_flight.begin(2 * REQUEST_BYTES).unwrap();
        assert!(first.grow(REQUEST_BYTES));
        let second = in_flight.begin(0).unwrap();
        assert!(!first.grow(1));
        assert!(in_flight.begin(0).is_none());
        assert_eq!(in_flight.used_bytes(), 3 * REQUEST_BYTES);
        first.shrink(10);
        assert_eq!(in_flight.used_bytes(), 3 * REQUEST_BYTES - 10);
        drop((first, second));
        assert_eq!(in_flight.used_bytes(), 0);
    }
}
