//! The embedded store: the parts put together, driven by threads, behind the contract of stores.

mod arrivals;
mod background;
mod index_inbox;
mod offline;
pub(crate) mod open;
#[cfg(test)]
mod tests;
mod threads;
mod views;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use steplog_model::counted::counted;
use steplog_model::event::{EventBatch, StoredEvent};
use steplog_model::ids::{EventId, Tenant};
use steplog_model::query::{
    Arrivals, ArrivalsRequest, Count, FacetRequest, Facets, Histogram, HistogramRequest, Hotspots,
    HotspotsRequest, Page, PageRequest, Period, Query, SpellingsRequest,
};
use steplog_model::store::{Budget, EventStore, Health, IngestError, IngestFuture, StoreError, in_full};
use steplog_model::time::{Received, UnixNanos, UtcDay};

use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::disk::Disk;
use crate::error::OpenError;
use crate::partition::{Partition, QuestionRecords};
use crate::queue::{Queue, QueueLimits};
use crate::search::{self, Day, Records};
use crate::state::StoreState;
use background::Background;
use index_inbox::IndexInbox;
pub use offline::compact;
use open::StoreParts;
use threads::{Links, Threads};

/// How often a question is tried whose files are removed during it.
const MAX_TRIES: u32 = 5;

/// How many events that may have an id are read between two looks at the budget.
const CANDIDATES_AT_ONCE: usize = 64;

/// Keeps events in a directory of this machine.
///
/// Opening recovers what a crash left; from then on threads of its own write, index, commit and compact
/// (`store/threads.rs` has all of them). [`close`](Self::close) ends them in order; dropping the store does the same.
pub struct EmbeddedStore {
    state: Arc<StoreState>,
    queue: Arc<Queue>,
    inbox: Arc<IndexInbox>,
    background: Arc<Background>,
    stopping: AtomicBool,
    threads: Mutex<Option<Threads>>,
}

impl std::fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EmbeddedStore({})", self.state.env.data.display())
    }
}

impl EmbeddedStore {
    /// Opens the store of a directory, which is made where it is absent, and starts its threads.
    ///
    /// # Errors
    /// Where another process uses the directory, a newer program wrote it, or the disk fails. Damage
    /// is no error: it is set aside and reported in [`Health::notices`].
    pub fn open(settings: StoreSettings, disk: Arc<dyn Disk>) -> Result<Self, OpenError> {
        Self::open_at(settings, disk, Clock::system())
    }

    fn open_at(settings: StoreSettings, disk: Arc<dyn Disk>, clock: Clock) -> Result<Self, OpenError> {
        let StoreParts { state, writer, indexing } = StoreParts::open(settings, disk, clock)?;
        let limits = QueueLimits {
            bytes: state.settings.store_queue_bytes,
            group_bytes: state.settings.store_group_bytes,
            group_wait: Duration::from_millis(state.settings.store_group_wait_millis),
        };
        let queue = Arc::new(Queue::new(limits));
        let inbox = Arc::new(IndexInbox::new(state.settings.store_index_queue_bytes));
        let background = Arc::new(Background::default());
        let links = Links {
            state: Arc::clone(&state),
            queue: Arc::clone(&queue),
            inbox: Arc::clone(&inbox),
            background: Arc::clone(&background),
        };
        let threads = Threads::start(links, writer, indexing)
            .map_err(|source| OpenError::Io { path: state.env.data.clone(), source })?;
        let stopping = AtomicBool::new(false);
        Ok(Self { state, queue, inbox, background, stopping, threads: Mutex::new(Some(threads)) })
    }

    /// Reports in its health from now on that it stops. Events and questions are still taken, so load balancers can
    /// remove the server before its ports close.
    pub fn announce_close(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Ends the store: takes no more events, writes and acknowledges those that wait, makes them
    /// searchable, and ends the threads. Questions are still answered. Only the first call does anything.
    pub fn close(&self) {
        self.announce_close();
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(threads) = threads {
            self.queue.close();
            threads.join();
        }
    }

    /// Waits until every event that was acknowledged before the call is searchable; `false` where
    /// that takes longer than `limit`.
    #[must_use]
    pub fn wait_until_searchable(&self, limit: Duration) -> bool {
        self.inbox.wait_until_indexed(limit)
    }

    /// Removes a day of a tenant with all of its events; `false` where there is none. Questions that
    /// read it go on, and arrival numbers are not used again.
    ///
    /// # Errors
    /// As the disk says. The day is then either whole or gone from all answers.
    pub fn drop_day(&self, tenant: &Tenant, day: UtcDay) -> std::io::Result<bool> {
        self.state.drop_day(&(tenant.clone(), day))
    }

    /// Asks the partitions that `query` is about; returns the answer and whether it is complete.
    fn ask<T>(
        &self,
        query: &Query,
        question: impl Fn(&[Day]) -> Result<T, StoreError>,
    ) -> Result<(T, bool), StoreError> {
        let mut tries = 1;
        loop {
            let partitions = self.asked(query);
            let (answer, is_current) = Self::ask_once(&partitions, &question);
            match answer {
                // A merge or a drop removed files during the question. Their replacement is whole.
                Err(StoreError::Failed(_)) if !is_current && tries < MAX_TRIES => tries += 1,
                Err(StoreError::Failed(cause)) => {
                    metrics::counter!("steplog_search_failures_total").increment(1);
                    tracing::error!(
                        reason = in_full(&cause),
                        "a question failed; the indexes that it asked are checked"
                    );
                    partitions.iter().for_each(|partition| partition.request_check());
                    self.background.wake();
                    return Err(StoreError::Failed(cause));
                }
                other => return other,
            }
        }
    }

    /// The partitions that a query is about.
    fn asked(&self, query: &Query) -> Vec<Arc<Partition>> {
        let Period { from, to } = query.period;
        let last = UnixNanos(to.0.saturating_sub(1)).day();
        if from < to { self.state.days(&query.tenant, from.day(), last) } else { Vec::new() }
    }

    /// Asks once; also returns whether the snapshots were still current at the end.
    fn ask_once<T>(
        partitions: &[Arc<Partition>],
        question: impl Fn(&[Day]) -> Result<T, StoreError>,
    ) -> (Result<(T, bool), StoreError>, bool) {
        let mut complete = true;
        let records: Vec<_> = partitions.iter().map(|one| Arc::new(QuestionRecords::new(one))).collect();
        let day = |(partition, records): (&Arc<Partition>, &Arc<QuestionRecords>)| {
            let (snapshot, has_all) = partition.view();
            complete &= has_all;
            Day { day: partition.key.1, snapshot, records: Arc::clone(records) as Arc<dyn Records> }
        };
        let days: Vec<Day> = partitions.iter().zip(&records).map(day).collect();
        let answer = question(&days);
        complete &= !records.iter().any(|records| records.left_some_out());
        let is_current =
            partitions.iter().zip(&days).all(|(partition, day)| partition.is_current(&day.snapshot));
        (answer.map(|answer| (answer, complete)), is_current)
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.close();
    }
}

impl EventStore for EmbeddedStore {
    fn ingest(&self, batch: EventBatch) -> IngestFuture {
        // A refusal is cheap and comes at once, also from a store that cannot write.
        let pushed = match self.state.health.poisoned() {
            Some(error) => Err(error),
            None => self.queue.push(batch),
        };
        Box::pin(async move {
            match pushed?.await {
                Ok(result) => result,
                // The writer ended without a reply.
                Err(_) => Err(IngestError::Stopping),
            }
        })
    }

    fn page(&self, request: &PageRequest, budget: &Budget) -> Result<Page, StoreError> {
        let (page, complete) = self.ask(&request.query, |days| search::page(days, request, budget))?;
        Ok(Page { complete: page.complete && complete, ..page })
    }

    fn event(
        &self,
        tenant: &Tenant,
        id: EventId,
        budget: &Budget,
    ) -> Result<Option<StoredEvent>, StoreError> {
        let (mut unread, mut failed) = (None, None);
        for partition in self.state.days(tenant, UtcDay(i32::MIN), UtcDay(i32::MAX)) {
            budget.check()?;
            match find_in(&partition, id, budget) {
                Ok((Some(found), _)) => return Ok(Some(found)),
                Ok((None, true)) => {}
                Ok((None, false)) => {
                    unread.get_or_insert_with(|| partition.label());
                }
                Err(StoreError::Failed(cause)) => {
                    // Other days can still be read.
                    self.background.wake();
                    failed.get_or_insert(cause);
                }
                Err(over) => return Err(over),
            }
        }
        match (failed, unread) {
            (Some(cause), _) => Err(StoreError::Failed(cause)),
            // The event may be in one of them, so "not found" would be a guess.
            (None, Some(label)) => Err(StoreError::failed(format!(
                "not found, but not all events of {label} can be searched and read; ask later, or see /health/ready"
            ))),
            (None, None) => Ok(None),
        }
    }

    fn is_waiting(&self, tenant: &Tenant, id: EventId) -> bool {
        let days = self.state.days(tenant, UtcDay(i32::MIN), UtcDay(i32::MAX));
        days.iter().any(|day| day.is_waiting(id))
    }

    fn facets(&self, request: &FacetRequest, budget: &Budget) -> Result<Facets, StoreError> {
        let (facets, complete) = self.ask(&request.query, |days| search::facets(days, request, budget))?;
        Ok(Facets { complete: facets.complete && complete, ..facets })
    }

    fn histogram(&self, request: &HistogramRequest, budget: &Budget) -> Result<Histogram, StoreError> {
        let asked = self.ask(&request.query, |days| search::histogram(days, request, budget));
        let (histogram, complete) = asked?;
        Ok(Histogram { complete: histogram.complete && complete, ..histogram })
    }

    fn spellings(&self, request: &SpellingsRequest, budget: &Budget) -> Result<Vec<String>, StoreError> {
        let of_period = Query::all(request.tenant.clone(), request.period);
        Ok(self.ask(&of_period, |days| search::spellings(days, request, budget))?.0)
    }

    fn count(&self, query: &Query, budget: &Budget) -> Result<Count, StoreError> {
        let (count, complete) = self.ask(query, |days| search::count(days, query, budget))?;
        Ok(Count { complete: count.complete && complete, ..count })
    }

    fn hotspots(&self, request: &HotspotsRequest, budget: &Budget) -> Result<Hotspots, StoreError> {
        let (hotspots, complete) =
            self.ask(&request.query, |days| search::hotspots(days, request, budget))?;
        Ok(Hotspots { complete: hotspots.complete && complete, ..hotspots })
    }

    fn arrivals(&self, request: &ArrivalsRequest, budget: &Budget) -> Result<Arrivals, StoreError> {
        arrivals::arrivals(&self.state, request, budget)
    }

    fn received(&self) -> Received {
        self.state.retention.received()
    }

    fn health(&self) -> Health {
        let partitions = self.state.partitions();
        let stopping = || self.stopping.load(Ordering::Acquire).then(|| "steplog is stopping".to_owned());
        Health {
            not_writable: self.state.health.not_writable().or_else(stopping),
            not_searchable: not_searchable(&partitions),
            notices: self.state.health.notices(),
            events: partitions.iter().map(|partition| partition.records.events()).sum(),
            unindexed_events: partitions.iter().map(|partition| partition.unindexed_events()).sum(),
            queued_bytes: self.queue.bytes() as u64,
        }
    }
}

/// The event of an id in a day, and whether all of the day was looked at.
fn find_in(
    partition: &Arc<Partition>,
    id: EventId,
    budget: &Budget,
) -> Result<(Option<StoredEvent>, bool), StoreError> {
    let (candidates, complete) = partition.find_id(id)?;
    let records = QuestionRecords::new(partition);
    for some in candidates.chunks(CANDIDATES_AT_ONCE) {
        budget.check()?;
        let found = records.read(some)?.into_iter().find(|stored| stored.event.id == id);
        if found.is_some() {
            return Ok((found, true));
        }
    }
    Ok((None, complete && !records.left_some_out()))
}

/// What answers lack: days whose index is damaged, being built, or could not be written.
fn not_searchable(partitions: &[Arc<Partition>]) -> Option<String> {
    let incomplete = partitions.iter().filter(|partition| !partition.is_complete());
    let (missing, behind): (Vec<_>, Vec<_>) = incomplete.partition(|partition| partition.missing().is_some());
    let missing = missing.iter().filter_map(|partition| partition.missing().map(str::to_owned));
    let reports: Vec<String> = missing.chain(not_indexed(&behind)).chain(not_taken(partitions)).collect();
    (!reports.is_empty()).then(|| reports.join("; "))
}

fn not_indexed(behind: &[&Arc<Partition>]) -> Option<String> {
    let (first, days) = (behind.first()?, behind.len());
    let events: u64 = behind.iter().map(|partition| partition.unindexed_events()).sum();
    let all: u64 = behind.iter().map(|partition| partition.records.events()).sum();
    let label = first.label();
    let days = if days == 1 {
        format!("in {label}")
    } else {
        format!("in {label} and {}", counted(days as u64 - 1, "more day"))
    };
    let all = counted(all, "event");
    Some(format!("{events} of {all} {days} are kept and not searchable yet: answers are incomplete"))
}

/// Describes the days that take no events yet, because their stored ids are not known.
fn not_taken(partitions: &[Arc<Partition>]) -> Option<String> {
    let unread: Vec<_> = partitions.iter().filter(|partition| !partition.knows_ids()).collect();
    let first = unread.last()?;
    let more = match unread.len() {
        1 => String::new(),
        days => format!(" and {}", counted(days as u64 - 1, "more day")),
    };
    Some(format!(
        "events of {}{more} are taken once it is known which of them are there: senders come again",
        first.label()
    ))
}
