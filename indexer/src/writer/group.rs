//! A group of batches that are written together: which events go to which day, and what each sender gets as a reply.

use std::collections::HashSet;
use std::sync::Arc;

use rapidhash::RapidHashMap;
use steplog_model::event::{Event, Flags, StoredEvent, TimeSource};
use steplog_model::ids::{EventId, Seq, Tenant};
use steplog_model::store::{IngestError, Ingested};
use steplog_model::time::UtcDay;

use super::origin_copies::OriginCopies;
use super::{DayGroup, GroupOutcome};
use crate::env::DayKey;
use crate::partition::Partition;

/// Batches that are written and synced together.
#[derive(Default)]
pub(super) struct Group {
    pub(super) days: Vec<GroupDay>,
    tenants: Vec<Tenant>,
    /// Senders choose ids, so the hasher has a random key.
    ids: HashSet<(usize, EventId)>,
    /// Tenants whose snapshots were all refreshed.
    refreshed: Vec<usize>,
    results: Vec<Result<Ingested, IngestError>>,
    /// What the current batch may still use.
    copies: OriginCopies,
    /// Whether each day's events get consecutive seqs.
    by_day: bool,
    /// The number of new events.
    pub(super) total: u64,
}

/// The new events of one day.
pub(super) struct GroupDay {
    pub(super) key: DayKey,
    tenant: usize,
    partition: Arc<Partition>,
    /// With their places in the whole group.
    pub(super) events: Vec<(u64, Event)>,
    pub(super) stored: Vec<StoredEvent>,
    previous: Seq,
}

impl GroupDay {
    fn number_events(&mut self, seq: impl Fn(u64) -> Seq) {
        let stored = self.events.drain(..).map(|(place, event)| StoredEvent { seq: seq(place), event });
        self.stored.extend(stored);
    }
}

impl Group {
    /// Starts the next batch; returns the number of its tenant.
    pub(super) fn begin_batch(&mut self, tenant: Tenant, events: &[Event]) -> usize {
        self.copies = OriginCopies::of(events);
        self.results.push(Ok(Ingested::default()));
        self.tenants.iter().position(|known| *known == tenant).unwrap_or_else(|| {
            self.tenants.push(tenant);
            self.tenants.len() - 1
        })
    }

    /// Refuses a batch of which nothing was added. Its sender retries.
    pub(super) fn refuse_batch(&mut self, error: IngestError) {
        self.results.push(Err(error));
    }

    pub(super) fn tenant(&self, number: usize) -> &Tenant {
        self.tenants.get(number).expect("numbers come from begin_batch")
    }

    /// The slot of a day that is part of the group already.
    pub(super) fn slot(&self, tenant: usize, day: UtcDay) -> Option<usize> {
        self.days.iter().rposition(|known| known.key.1 == day && known.tenant == tenant)
    }

    pub(super) fn open_slot(&mut self, tenant: usize, key: DayKey, partition: &Arc<Partition>) -> usize {
        let previous = partition.records.last_seq();
        let partition = Arc::clone(partition);
        let (events, stored) = (Vec::new(), Vec::new());
        self.days.push(GroupDay { key, tenant, partition, events, stored, previous });
        self.days.len() - 1
    }

    /// Whether the group has an event of this id.
    pub(super) fn holds(&self, tenant: usize, id: EventId) -> bool {
        self.ids.contains(&(tenant, id))
    }

    /// Whether the tenant's snapshots are to be refreshed: once a group.
    pub(super) fn refresh_all_days(&mut self, tenant: usize) -> bool {
        let first = !self.refreshed.contains(&tenant);
        if first {
            self.refreshed.push(tenant);
        }
        first
    }

    /// Gives the events their seqs, from `first` on, in the order of arrival over all days. Where events with large
    /// origins alternate between days, each day's seqs are consecutive instead: frames have no gaps, so every event
    /// would get a frame, and a copy of its origin, of its own.
    pub(super) fn number_events(&mut self, first: Seq) {
        let mut next = first;
        for day in &mut self.days {
            let places: RapidHashMap<u64, Seq> = if self.by_day {
                (next..).zip(&day.events).map(|(seq, (place, _))| (*place, seq)).collect()
            } else {
                RapidHashMap::default()
            };
            next += day.events.len() as Seq;
            day.number_events(|place| places.get(&place).copied().unwrap_or(first + place));
        }
    }

    /// Why the batch may not have one more event of a day.
    pub(super) fn refusal(&mut self, event: &Event) -> Option<String> {
        let refusal = self.copies.refusal(event);
        self.by_day |= self.copies.come_by_turns();
        refusal
    }

    pub(super) fn add(&mut self, slot: usize, tenant: usize, event: Event) {
        self.ids.insert((tenant, event.id));
        if let Some(day) = self.days.get_mut(slot) {
            day.events.push((self.total, event));
            self.total += 1;
        }
        if let Some(Ok(result)) = self.results.last_mut() {
            result.stored += 1;
        }
    }

    /// Refuses the current batch and removes its events, which the group got after it had `mark`. Its sender retries.
    pub(super) fn take_back_batch(&mut self, mark: u64, error: IngestError) {
        for day in &mut self.days {
            let kept = day.events.partition_point(|(place, _)| *place < mark);
            for (_, event) in day.events.drain(kept..) {
                self.ids.remove(&(day.tenant, event.id));
            }
        }
        self.total = mark;
        if let Some(result) = self.results.last_mut() {
            *result = Err(error);
        }
    }

    pub(super) fn count_duplicate(&mut self) {
        if let Some(Ok(result)) = self.results.last_mut() {
            result.duplicates += 1;
        }
    }

    pub(super) fn reject(&mut self, place: usize, reason: String) {
        if let Some(Ok(result)) = self.results.last_mut() {
            result.rejected.push((place, reason));
        }
    }

    pub(super) fn into_outcome(self) -> GroupOutcome {
        let taken = || self.results.iter().flatten();
        let duplicates: usize = taken().map(|result| result.duplicates).sum();
        let rejected: usize = taken().map(|result| result.rejected.len()).sum();
        metrics::counter!("steplog_append_duplicates_total").increment(duplicates as u64);
        metrics::counter!("steplog_append_rejected_total").increment(rejected as u64);
        let days = self.days.into_iter().filter(|day| !day.stored.is_empty());
        let appended =
            days.map(|day| DayGroup { partition: day.partition, previous: day.previous, events: day.stored });
        GroupOutcome { results: self.results, appended: appended.collect() }
    }
}

/// Whether a duplicate of the event can only be in the same day: the event has its own time, and its id is a hash of
/// its content. An event that names itself may be sent again with another time. One that an export names, or whose time
/// is ahead, may be stored under the day of its receipt, by a clock that found its time implausible.
pub(super) fn own_day_only(event: &Event) -> bool {
    event.time_source != TimeSource::Received
        && !event.has_exported_id
        && !event.flags.contains(Flags::TIME_AHEAD)
        && !event.flags.contains(Flags::EXPLICIT_ID)
        && !event.flags.contains(Flags::TIME_IMPLAUSIBLE)
}
