//! The contract suite: every promise of [`EventStore`], checked on any store through its interface alone.
//!
//! A check panics with what it expected and found. What a store answers is compared with the events
//! that were given to it, read by [`Query::matches`].

mod corpus;
mod counting;
mod ingesting;
mod paging;
mod reading;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

pub use corpus::corpus;

use crate::event::{Event, EventBatch};
use crate::ids::Tenant;
use crate::query::{Period, Query};
use crate::store::{Budget, EventStore, Ingested};

/// How long acknowledged events may take to become visible before a check gives up.
const VISIBLE_WITHIN: Duration = Duration::from_secs(30);

/// One check: its name, and what runs it on a store without events.
pub type Check = (&'static str, fn(&dyn EventStore));

/// All checks. Each one wants a store of its own.
pub const CHECKS: &[Check] = &[
    ("ingest counts are exact", ingesting::counts_are_exact),
    ("an empty batch is fine", ingesting::empty_batch_is_fine),
    ("batches sent at once and again are stored once", ingesting::concurrent_retries_store_once),
    ("a dropped outcome undoes nothing twice", ingesting::dropped_outcomes_store_once),
    ("arrival numbers rise", ingesting::arrival_numbers_rise),
    ("events come back whole, by id", reading::events_come_back_whole),
    ("what was seen stays seen", reading::seen_stays_seen),
    ("budgets end every question", reading::budgets_end_questions),
    ("tenants are apart", reading::tenants_are_apart),
    ("every question equals a scan", reading::questions_equal_a_scan),
    ("words that are spelled nearly so are found", reading::spellings_are_near),
    ("health counts events", reading::health_counts_events),
    ("pages join without gap or overlap", paging::pages_join),
    ("pages from the middle say what is around them", paging::pages_from_the_middle),
    ("pages end at their bytes and go on without a gap", paging::pages_end_at_their_bytes),
    ("paging is exact while events arrive", paging::exact_while_events_arrive),
    ("facets are exact", counting::facets_are_exact),
    ("histograms are exact", counting::histograms_are_exact),
    ("arrivals are told once, in order, while events arrive", ingesting::arrivals_are_told_once),
    ("groups are exact", counting::groups_are_exact),
    ("empty periods have no events", counting::empty_periods_are_empty),
];

/// Runs all [`CHECKS`], each through `with_fresh_store`, which makes a store, hands it to the
/// function that it is given, and tidies up.
///
/// # Panics
/// With the name of the check in the message, where the store breaks a promise.
pub fn check_all(with_fresh_store: impl Fn(&dyn Fn(&dyn EventStore))) {
    for (name, check) in CHECKS {
        let ran = std::cell::Cell::new(false);
        with_fresh_store(&|store| {
            // Tests capture standard error: it tells which check a panic belongs to.
            #[expect(clippy::print_stderr, reason = "names the check that a panic belongs to")]
            {
                eprintln!("contract: {name}");
            }
            check(store);
            ran.set(true);
        });
        assert!(ran.get(), "the store of the check {name:?} was never made");
    }
}

/// Waits for a future on this thread, without any runtime.
pub fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}

/// A budget that no check needs to the end.
#[must_use]
pub fn ample() -> Budget {
    Budget::new(VISIBLE_WITHIN)
}

/// Ingests the events for a tenant and waits for the acknowledgement.
///
/// # Panics
/// Where the store refuses them.
pub fn ingest(store: &dyn EventStore, tenant: &Tenant, events: &[Event]) -> Ingested {
    let batch = EventBatch { tenant: tenant.clone(), events: events.to_vec() };
    let done = wait(store.ingest(batch)).expect("a store with room takes events");
    assert_eq!(done.stored + done.duplicates + done.rejected.len(), events.len(), "{done:?}");
    done
}

/// Waits until `seen` says yes. Asks again and again, with a pause of a millisecond in between:
/// a store does not tell when events become visible.
///
/// # Panics
/// When that takes more than 30 s.
pub fn eventually(what: &str, mut seen: impl FnMut() -> bool) {
    let deadline = Instant::now() + VISIBLE_WITHIN;
    while !seen() {
        assert!(Instant::now() < deadline, "{what}: not within {VISIBLE_WITHIN:?}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// Ingests the events and waits until all of the tenant's `total` events are visible.
///
/// # Panics
/// Where the store refuses them or does not show them.
pub fn ingest_visibly(store: &dyn EventStore, tenant: &Tenant, events: &[Event], total: u64) {
    ingest(store, tenant, events);
    let all = Query::all(tenant.clone(), Period::ALL);
    eventually("acknowledged events become visible", || {
        let count = store.count(&all, &ample()).expect("a count is answered");
        assert!(count.events <= total, "{} events visible, {total} were given", count.events);
        count.events == total
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan_store::ScanStore;

    #[test]
    fn the_scanning_store_keeps_the_contract() {
        check_all(|check| check(&ScanStore::new()));
    }
}
