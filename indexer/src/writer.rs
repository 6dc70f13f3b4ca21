//! Writes groups of batches: removes duplicates, gives arrival numbers, appends, syncs.
//!
//! There is one writer, and everything here happens in one thread: what it knows about days needs
//! no locks.

mod day;
mod frame;
mod group;
mod housekeeping;
mod origin_copies;
mod rollback;
mod training;
mod unread;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use rapidhash::RapidHashMap;
use steplog_model::counted::counted;
use steplog_model::event::{EventBatch, StoredEvent};
use steplog_model::ids::{EventId, Seq, Tenant};
use steplog_model::store::{IngestError, Ingested};
use steplog_model::time::UtcDay;

use crate::env::DayKey;
use crate::health::cannot_write;
use crate::log::dictionary::Dictionary;
use crate::log::file_name::LogFile;
use crate::log::frame::{Compressor, FrameEncoder};
use crate::partition::{OpenedPartition, Partition};
use crate::seqs::SeqSource;
use crate::state::StoreState;
use day::DayWriter;
use frame::Framing;
use group::Group;
use training::Training;
pub(crate) use training::TrainingJob;
use unread::unready;

/// The one writer of a store.
pub(crate) struct Writer {
    state: Arc<StoreState>,
    seqs: SeqSource,
    days: BTreeMap<DayKey, DayWriter>,
    drops: u64,
    encoder: FrameEncoder,
    compressor: Compressor,
    training: Training,
    dictionaries: RapidHashMap<Tenant, Arc<Dictionary>>,
    /// Log files that were filled up. Their tables are to be stored.
    filled: Vec<(Arc<Partition>, LogFile)>,
    /// Days of which it is not known yet which events they have.
    unread: Vec<DayKey>,
    /// Groups so far.
    groups: u64,
}

/// What became of a group.
pub(crate) struct GroupOutcome {
    /// For each batch, in their order.
    pub(crate) results: Vec<Result<Ingested, IngestError>>,
    /// The durable events, to be indexed.
    pub(crate) appended: Vec<DayGroup>,
}

/// Durable events of one day, in the order of their seqs.
pub(crate) struct DayGroup {
    pub(crate) partition: Arc<Partition>,
    /// The day's last seq before these.
    pub(crate) previous: Seq,
    pub(crate) events: Vec<StoredEvent>,
}

/// Why a group was not written.
#[derive(Debug)]
enum GroupError {
    /// Nothing of it is on the disk; it can be tried again.
    Refused(String),
    /// Nobody knows what is on the disk.
    Poisoned(String),
}

/// Why the events of a batch cannot be sorted into their days.
enum SortError {
    /// No batch could be: the disk takes no new day, or there is no room for ids.
    Group(String),
    /// What a day has cannot be read. Batches for other days are taken meanwhile.
    Batch(String),
}

impl Writer {
    pub(crate) fn new(
        state: Arc<StoreState>,
        seqs: SeqSource,
        opened: Vec<OpenedPartition>,
    ) -> io::Result<Self> {
        let compressor = Compressor::new(state.settings.store_zstd_level)?;
        let drops = state.drops();
        let mut writer = Self {
            state,
            seqs,
            days: BTreeMap::new(),
            drops,
            encoder: FrameEncoder::default(),
            compressor,
            training: Training::default(),
            dictionaries: RapidHashMap::default(),
            filled: Vec::new(),
            unread: Vec::new(),
            groups: 0,
        };
        for opened in opened {
            let key = opened.partition.key.clone();
            let mut day = DayWriter::new(&writer.state, opened);
            if let Some(dictionary) = day.dictionary_on_disk(&writer.state.env)? {
                // Days come in order: the newest day's stays.
                writer.dictionaries.insert(key.0.clone(), dictionary);
            }
            writer.days.insert(key, day);
        }
        Ok(writer)
    }

    /// Makes the batches durable. Their events can be read from then on, and searched once they are indexed.
    pub(crate) fn append_group(&mut self, batches: Vec<EventBatch>) -> GroupOutcome {
        let number = batches.len();
        let refused =
            |error: IngestError| GroupOutcome { results: vec![Err(error); number], appended: Vec::new() };
        if let Some(error) = self.state.health.poisoned() {
            return refused(error);
        }
        let state = Arc::clone(&self.state);
        let _no_drop = state.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.forget_dropped_days();
        self.take_trained();
        match self.try_group(batches) {
            Ok(outcome) => {
                self.state.health.accept();
                outcome
            }
            Err(GroupError::Refused(reason)) => refused(self.state.health.refuse(reason)),
            Err(GroupError::Poisoned(reason)) => {
                self.state.health.poison(reason);
                refused(self.state.health.poisoned().unwrap_or(IngestError::Stopping))
            }
        }
    }

    fn try_group(&mut self, batches: Vec<EventBatch>) -> Result<GroupOutcome, GroupError> {
        self.state.check_place().map_err(GroupError::Refused)?;
        self.settle()?;
        let mut group = Group::default();
        self.look_for_unread();
        for batch in batches {
            if let Some(error) = self.unread_refusal(&batch) {
                group.refuse_batch(error);
                continue;
            }
            let mark = group.total;
            match self.sort_in(&mut group, batch) {
                Ok(()) => {}
                Err(SortError::Group(reason)) => return Err(GroupError::Refused(reason)),
                Err(SortError::Batch(reason)) => {
                    tracing::error!(reason, "a batch is refused");
                    group.take_back_batch(mark, unready(reason));
                }
            }
        }
        let total = group.total;
        if total == 0 {
            return Ok(group.into_outcome());
        }
        let full = |error: io::Error| GroupError::Refused(cannot_write(&self.state.env.data, &error));
        let events = group.days.iter().flat_map(|day| day.events.iter().map(|(_, event)| event));
        self.state.retention.note_events(events, &self.state.env).map_err(full)?;
        let first = self.seqs.take(total).map_err(full)?;
        group.number_events(first);
        let start = Instant::now();
        if let Err(error) = self.write_group(&group) {
            let reason = cannot_write(&self.state.env.data, &error);
            return Err(self.take_back(&group, reason));
        }
        if let Some(reason) = self.misplaced(&group) {
            return Err(self.take_back(&group, reason));
        }
        let written = Instant::now();
        self.sync_group(&mut group)?;
        self.state.note_written(first + total - 1);
        metrics::histogram!("steplog_append_group_seconds").record((written - start).as_secs_f64());
        metrics::histogram!("steplog_sync_group_seconds").record(written.elapsed().as_secs_f64());
        metrics::counter!("steplog_append_events_total").increment(total);
        Ok(group.into_outcome())
    }

    /// Assigns each event of the batch to its day, unless it is stored already.
    fn sort_in(&mut self, group: &mut Group, batch: EventBatch) -> Result<(), SortError> {
        let tenant = group.begin_batch(batch.tenant, &batch.events);
        let kept_from = self.state.retention.kept_from(group.tenant(tenant));
        for (place, event) in batch.events.into_iter().enumerate() {
            let day = event.time.day();
            let own_day_only = group::own_day_only(&event);
            // Before a day is opened: a duplicate with another time must not create a day.
            if group.holds(tenant, event.id)
                || (!own_day_only
                    && self.is_stored_anywhere(group, tenant, event.id).map_err(SortError::Batch)?)
            {
                group.count_duplicate();
                continue;
            }
            if day < kept_from {
                metrics::counter!("steplog_append_too_old_total").increment(1);
                let reason = self.state.retention.refusal(group.tenant(tenant), day);
                group.reject(place, reason);
                continue;
            }
            if let Some(reason) = group.refusal(&event) {
                group.reject(place, reason);
                continue;
            }
            let Some(slot) = self.slot(group, tenant, day).map_err(SortError::Group)? else {
                group.reject(
                    place,
                    format!(
                        "the store keeps events of at most {}; {day} would be one more",
                        counted(self.state.settings.store_max_days as u64, "day")
                    ),
                );
                continue;
            };
            let key = (group.tenant(tenant).clone(), day);
            let is_stored = |day: &DayWriter| day.holds(event.id).map_err(SortError::Batch);
            if own_day_only && self.days.get(&key).map_or(Ok(false), is_stored)? {
                group.count_duplicate();
            } else {
                group.add(slot, tenant, event);
            }
        }
        Ok(())
    }

    /// The group's slot for a day; `None` where the tenant may have no more days.
    fn slot(&mut self, group: &mut Group, tenant: usize, day: UtcDay) -> Result<Option<usize>, String> {
        if let Some(slot) = group.slot(tenant, day) {
            return Ok(Some(slot));
        }
        let key = (group.tenant(tenant).clone(), day);
        if !self.days.contains_key(&key) {
            let opened = match self.state.create_partition(&key) {
                Ok(Some(opened)) => opened,
                Ok(None) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            };
            self.days.insert(key.clone(), DayWriter::new(&self.state, opened));
        }
        let Some(writer) = self.days.get_mut(&key) else { return Ok(None) };
        writer.refresh();
        if self.state.env.ids.is_full() {
            let label = writer.partition.label();
            return Err(format!(
                "the index of {label} is too far behind: events are taken again once it follows"
            ));
        }
        Ok(Some(group.open_slot(tenant, key, &writer.partition)))
    }

    /// Whether any day of the tenant has an event of this id: one that names itself, or has no time of
    /// its own, may come again with another time.
    fn is_stored_anywhere(&mut self, group: &mut Group, tenant: usize, id: EventId) -> Result<bool, String> {
        let name = group.tenant(tenant).clone();
        let all_days = (name.clone(), UtcDay(i32::MIN))..=(name, UtcDay(i32::MAX));
        if group.refresh_all_days(tenant) {
            for (_, writer) in self.days.range_mut(all_days.clone()) {
                writer.refresh();
            }
        }
        for (_, writer) in self.days.range(all_days).rev() {
            if writer.holds(id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn write_group(&mut self, group: &Group) -> io::Result<()> {
        self.groups += 1;
        for day in &group.days {
            let Some(writer) = self.days.get_mut(&day.key) else { continue };
            writer.last_group = self.groups;
            writer.mark_open(&self.state.env)?;
            let dictionary = writer.choose_dictionary(&self.state.env, self.dictionaries.get(&day.key.0));
            let mut framing = Framing {
                writer,
                training: &mut self.training,
                tenant: &day.key.0,
                encoder: &mut self.encoder,
                compressor: &mut self.compressor,
                dictionary: dictionary.as_deref(),
            };
            framing.append(&day.stored)?;
            writer.appender.write()?;
        }
        Ok(())
    }

    fn sync_group(&mut self, group: &mut Group) -> Result<(), GroupError> {
        let days = group.days.iter().filter(|day| !day.stored.is_empty());
        let mut synced = Vec::new();
        for day in days {
            let Some(writer) = self.days.get_mut(&day.key) else { continue };
            let frames = writer.appender.sync().map_err(|error| {
                GroupError::Poisoned(format!(
                    "a sync of the record log of {} failed ({error}): whether the last events are on the disk \
                     cannot be known; check the disk, then restart steplog",
                    writer.partition.label()
                ))
            })?;
            synced.push((day, frames));
        }
        // After all syncs: a reader never sees a part of a group.
        for (day, (frames, filled)) in synced {
            let Some(writer) = self.days.get_mut(&day.key) else { continue };
            writer.partition.records.publish(&frames);
            writer.remember(&day.stored);
            self.filled.extend(filled.into_iter().map(|file| (Arc::clone(&writer.partition), file)));
        }
        Ok(())
    }

    fn take_trained(&mut self) {
        let trained = std::mem::take(&mut *self.state.trained.lock().unwrap_or_else(PoisonError::into_inner));
        for (tenant, dictionary) in trained {
            self.dictionaries.insert(tenant, self.state.env.dictionaries.add(dictionary));
        }
    }
}
