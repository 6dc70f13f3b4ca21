//! Events in the order of arrival, over all days.

use std::sync::Arc;

use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;
use steplog_model::query::{Arrivals, ArrivalsRequest};
use steplog_model::store::{Budget, StoreError};

use crate::partition::{Partition, Progress, UnreadableRecords};
use crate::state::StoreState;

/// The most bytes of events of one answer, unless one event is larger. It bounds the memory of each listener.
const MAX_BYTES: usize = 1 << 20;

pub(super) fn arrivals(
    state: &StoreState,
    request: &ArrivalsRequest,
    budget: &Budget,
) -> Result<Arrivals, StoreError> {
    let (days, written) = state.written_days(&request.tenant);
    let behind = days.iter().map(|day| day.records.events_after(request.after)).sum();
    if request.limit == 0 {
        let upto = days.iter().fold(written, |upto, day| upto.min(newest(day, written)));
        return Ok(Arrivals { events: Vec::new(), upto, behind, complete: true });
    }
    let visible = days.iter().fold(written, |upto, day| upto.min(visible(day, request.after, written)));
    let upto = visible.max(request.after);
    let mut found = Arrivals { events: Vec::new(), upto, behind, complete: true };
    for day in days.iter().filter(|day| day.records.last_seq() > request.after) {
        let read_to = read_day(day, request, visible, &mut found, budget)?;
        found.upto = found.upto.min(read_to);
    }
    // A day that was not read to its end may have earlier events than other days gave.
    found.events.retain(|stored| stored.seq <= found.upto);
    found.events.sort_unstable_by_key(|stored| stored.seq);
    cut(&mut found, request.limit);
    Ok(found)
}

/// Keeps as many events as were requested and fit into [`MAX_BYTES`], one at least.
fn cut(found: &mut Arrivals, limit: usize) {
    let mut bytes = 0;
    let fits = found.events.iter().take_while(|stored| {
        bytes += stored.event.size_bytes();
        bytes <= MAX_BYTES
    });
    let kept = fits.count().max(1).min(limit);
    if kept < found.events.len() || found.events.len() >= limit {
        found.events.truncate(kept);
        found.upto = found.events.last().map_or(found.upto, |last| last.seq);
    }
}

/// The seq up to which all events of a day after `after` can be searched, so that a listener can open each of them.
/// A day whose index is being rebuilt delays only listeners that have not received its events yet.
fn visible(day: &Partition, after: Seq, written: Seq) -> Seq {
    let Progress { last_seq, checkpoint, .. } = day.progress();
    if last_seq > checkpoint && last_seq > after { checkpoint } else { written }
}

/// Where a new listener starts. Events that a backfill adds to an index arrived before, and are not sent again.
fn newest(day: &Partition, written: Seq) -> Seq {
    let Progress { last_seq, checkpoint, backfill_to } = day.progress();
    let checkpoint = checkpoint.max(backfill_to);
    if last_seq > checkpoint { checkpoint } else { written }
}

/// Adds a day's events, as many as the request could use; returns the seq up to which the day was read.
fn read_day(
    day: &Arc<Partition>,
    request: &ArrivalsRequest,
    visible: Seq,
    found: &mut Arrivals,
    budget: &Budget,
) -> Result<Seq, StoreError> {
    let mut after = request.after;
    let (mut count, mut bytes) = (0, 0);
    while count < request.limit && bytes <= MAX_BYTES && after < visible {
        budget.check()?;
        let (read, next) = match day.records.read_after(after) {
            Ok(read) => read,
            // The day was dropped, and its files removed, during the question.
            Err(_) if day.is_dropped() => return Ok(visible),
            Err(source) => return Err(StoreError::failed(UnreadableRecords { day: day.label(), source })),
        };
        if next == after {
            return Ok(visible);
        }
        found.complete &= read.damaged == 0;
        let wanted = |stored: &StoredEvent| stored.seq <= visible;
        for stored in read.events.into_iter().filter(wanted) {
            count += 1;
            bytes += stored.event.size_bytes();
            found.events.push(stored);
        }
        after = next;
    }
    Ok(after)
}
