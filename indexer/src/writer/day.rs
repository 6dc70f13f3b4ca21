//! The writer's state of one day.

use std::io;
use std::sync::Arc;

use steplog_model::event::StoredEvent;
use steplog_model::ids::{EventId, Seq};

use crate::config::DICTIONARY_AFTER_BYTES;
use crate::damage;
use crate::disk::Disk;
use crate::env::StoreEnv;
use crate::index::{DaySnapshot, IndexError};
use crate::log::append::Appender;
use crate::log::dictionary::Dictionary;
use crate::log::file_name;
use crate::partition::{OpenedPartition, Partition};
use crate::state::StoreState;
use crate::unindexed_ids::IdRoom;

/// How many candidates for an id are read at once. It bounds the memory.
const READ_AT_ONCE: usize = 64;

/// With fewer ids, moving them to the smaller form gains nothing.
const FEWEST_HANDED_OVER: usize = 256;

/// See the module.
pub(super) struct DayWriter {
    pub(super) partition: Arc<Partition>,
    pub(super) appender: Appender,
    /// Bytes of events of the day before compression, since the start.
    pub(super) plain_bytes: u64,
    dictionary: Option<Arc<Dictionary>>,
    /// Whether the dictionary's name is known to be durable: a killed process may not have synced it.
    dictionary_lasts: bool,
    /// The number of the writer's group that wrote to the day last.
    pub(super) last_group: u64,
    /// Whether the day's directory has the mark of an open log.
    marked_open: bool,
    room: Arc<IdRoom>,
    snapshot: Arc<DaySnapshot>,
    generation: u64,
}

impl DayWriter {
    pub(super) fn new(state: &StoreState, opened: OpenedPartition) -> Self {
        let OpenedPartition { partition, tail, .. } = opened;
        let disk = Arc::clone(&state.env.disk);
        let file_bytes = state.settings.store_log_file_bytes;
        let appender = Appender::new(disk, &partition.directory, file_bytes, tail);
        let (index, generation) = partition.index();
        Self {
            appender,
            plain_bytes: 0,
            dictionary: None,
            dictionary_lasts: false,
            last_group: 0,
            marked_open: false,
            room: Arc::clone(&state.env.ids),
            snapshot: index.snapshot(),
            generation,
            partition,
        }
    }

    /// Takes the current snapshot of the index.
    pub(super) fn refresh(&mut self) {
        let (index, generation) = self.partition.index();
        let snapshot = index.snapshot();
        let checkpoint = snapshot.checkpoint;
        let waiting = &self.partition.waiting;
        let whole = waiting.len();
        if checkpoint != self.snapshot.checkpoint || generation != self.generation {
            waiting.forget_up_to(checkpoint);
        }
        (self.snapshot, self.generation) = (snapshot, generation);
        let (ids, room) = (&self.partition.ids, &self.room);
        if ids.is_in_use() {
            ids.forget_up_to(generation, checkpoint);
        }
        if waiting.len() >= FEWEST_HANDED_OVER && room.is_crowded() {
            waiting.hand_over(ids);
        }
        room.whole_changed(whole, waiting.len());
    }

    /// Reads the ids of the day if they are unknown and of at most `most` events; subtracts what it reads.
    pub(super) fn read_few_ids(&mut self, most: &mut u64) -> io::Result<()> {
        let events = self.partition.records.events_after(self.snapshot.checkpoint);
        if !self.knows_ids() && events <= *most {
            *most -= events;
            self.partition.read_ids(&|| true)?;
        }
        Ok(())
    }

    /// Whether the ids of all events of the day are known.
    pub(super) fn knows_ids(&self) -> bool {
        self.partition.ids.is_known(self.generation, self.snapshot.checkpoint)
    }

    /// Whether the day has an event of this id.
    pub(super) fn holds(&self, id: EventId) -> Result<bool, String> {
        if self.partition.waiting.holds(id) {
            return Ok(true);
        }
        let mut candidates = self
            .find_id(id)
            .map_err(|error| format!("cannot look for duplicates in {}: {error}", self.partition.label()))?;
        let unindexed = self.partition.ids.candidates(id, self.generation, self.snapshot.checkpoint);
        candidates.extend(unindexed.ok_or_else(|| unread(&self.partition))?);
        for some in candidates.chunks(READ_AT_ONCE) {
            let read = self.partition.records.read(some);
            let read = read.map_err(|error| format!("cannot read {}: {error}", self.partition.label()))?;
            if read.events.iter().any(|stored| stored.event.id == id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn find_id(&self, id: EventId) -> Result<Vec<Seq>, IndexError> {
        let known = self.snapshot.find_id(id);
        if known.is_err()
            && !self.partition.is_current(&self.snapshot)
            && self.partition.index().1 == self.generation
        {
            // A merge removed the files of the old snapshot. The new one has the same events.
            return Ok(self.partition.find_id(id)?.0);
        }
        known.inspect_err(|error| self.partition.note(error))
    }

    /// Remembers durable events until the index has them.
    pub(super) fn remember(&mut self, events: &[StoredEvent]) {
        let waiting = &self.partition.waiting;
        let whole = waiting.len();
        waiting.extend(events.iter().map(|stored| (stored.event.id, stored.seq)));
        self.room.whole_changed(whole, waiting.len());
    }

    /// Marks the day's log as open.
    pub(super) fn mark_open(&mut self, env: &StoreEnv) -> io::Result<()> {
        if !self.marked_open {
            damage::mark_open(&*env.disk, &self.partition.directory)?;
            self.marked_open = true;
        }
        Ok(())
    }

    /// The dictionary for the next frames. A day takes its tenant's once it has enough events. Where that fails, frames
    /// use none.
    pub(super) fn choose_dictionary(
        &mut self,
        env: &StoreEnv,
        tenants: Option<&Arc<Dictionary>>,
    ) -> Option<Arc<Dictionary>> {
        if self.dictionary.is_none()
            && self.plain_bytes >= DICTIONARY_AFTER_BYTES
            && let Some(dictionary) = tenants
        {
            // It must be durable before a frame refers to it.
            match dictionary.store(&*env.disk, &self.partition.directory) {
                Ok(()) => {
                    self.dictionary = Some(Arc::clone(dictionary));
                    self.dictionary_lasts = true;
                }
                Err(error) => {
                    tracing::warn!(partition = self.partition.label(), %error, "cannot keep a dictionary");
                }
            }
        }
        if self.dictionary.is_some() && !self.dictionary_lasts {
            self.dictionary_lasts = env.disk.sync_dir(&self.partition.directory).is_ok();
        }
        self.dictionary.clone().filter(|_| self.dictionary_lasts)
    }

    /// The dictionary that the day had when the store was opened.
    pub(super) fn dictionary_on_disk(&mut self, env: &StoreEnv) -> io::Result<Option<Arc<Dictionary>>> {
        let entries = env.disk.list(&self.partition.directory)?;
        let ids = entries.iter().filter_map(|entry| file_name::parse_dictionary(&entry.name));
        for id in ids {
            match env.dictionaries.get(&*env.disk, &self.partition.directory, id) {
                Ok(dictionary) => {
                    self.dictionary = Some(Arc::clone(&dictionary));
                    return Ok(Some(dictionary));
                }
                // Readers of frames that need it report the damage.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Closes the log at an orderly stop.
    pub(super) fn close(&mut self, disk: &dyn Disk) -> io::Result<()> {
        self.appender.close()?;
        if let Some(file) = self.partition.records.last_file().filter(|_| self.plain_bytes > 0) {
            self.partition.records.store_table(file)?;
        }
        damage::mark_closed(disk, &self.partition.directory)
    }
}

impl Drop for DayWriter {
    fn drop(&mut self) {
        self.room.whole_changed(self.partition.waiting.len(), 0);
    }
}

/// The message for senders of events that may be stored already, while that is not known.
pub(super) fn unread(partition: &Partition) -> String {
    format!(
        "the index of {} is being built, and which events it has is not known yet: send again soon",
        partition.label()
    )
}
