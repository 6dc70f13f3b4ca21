//! One day of one tenant: its record log, its index, and how far the two have come.

mod condition;
mod life;
mod log_end;
mod opening;
mod question;
mod waiting;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use steplog_model::counted::counted;
use steplog_model::ids::{EventId, Seq};

use crate::damage;
use crate::env::{DayKey, StoreEnv};
use crate::error::OpenError;
use crate::index::{DayIndex, DaySnapshot, IndexError};
use crate::log::append::Tail;
use crate::log::records::LogRecords;
use crate::pace::Pace;
use crate::recovery::{RecoveredLog, recover_log};
use crate::unindexed_ids::UnindexedIds;

use condition::{Condition, Coverage};
use life::{DayLife, Life};
use log_end::LogEnd;
use opening::{new_index, open_index};
pub(crate) use question::{QuestionRecords, UnreadableRecords};
use waiting::Waiting;

/// One day of one tenant.
pub(crate) struct Partition {
    pub(crate) key: DayKey,
    /// Differs between partitions, also between a day and the same day created again after a drop.
    pub(crate) number: u64,
    pub(crate) directory: PathBuf,
    pub(crate) records: LogRecords,
    pub(crate) waiting: Waiting,
    /// Ids of events that the index does not have.
    pub(crate) ids: UnindexedIds,
    env: StoreEnv,
    index: RwLock<CurrentIndex>,
    /// Held for reading by commits and merges, for writing while the index is replaced.
    replacing: RwLock<()>,
    /// What the day has lost, for operators. Answers about it are not complete, whatever its index has.
    missing: OnceLock<String>,
    life: DayLife,
    log_end: LogEnd,
}

/// All of it changes under one lock: nobody sees an index with the condition of another.
struct CurrentIndex {
    index: Arc<DayIndex>,
    /// Rises when the index is replaced.
    generation: u64,
    condition: Condition,
}

/// How far the log and the index of a day have come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// The last seq that can be read.
    pub(crate) last_seq: Seq,
    /// The last seq that can be searched.
    pub(crate) checkpoint: Seq,
    /// The last seq that an index which is being built again is to have before answers are complete.
    pub(crate) backfill_to: Seq,
}

/// A partition that was just opened, with what its writer needs.
pub(crate) struct OpenedPartition {
    pub(crate) partition: Arc<Partition>,
    pub(crate) tail: Option<Tail>,
    /// Notices for operators.
    pub(crate) notices: Vec<String>,
    /// Those notices that concern the record log. A new index does not resolve them.
    pub(crate) log_notices: Vec<String>,
}

impl Partition {
    /// Opens a day, recovers its log, and replaces its index where that is damaged or has lost events.
    pub(crate) fn open(env: &StoreEnv, key: DayKey) -> Result<OpenedPartition, OpenError> {
        let directory = env.directory(&key);
        let disk = &*env.disk;
        let (mut index, mut notices) = open_index(env, &directory)?;
        let mut log_notices = Vec::new();
        let recover = |checkpoint| recover_log(disk, &directory, checkpoint, &env.verifying);
        let mut log = recover(index.checkpoint())?;
        // Only the index still knows of a log file that is gone or was replaced by another one.
        let (known, found) = (index.snapshot().num_events(), log.table.events_up_to(index.checkpoint()));
        if found < known && !log.lost_indexed {
            log.lost_indexed = true;
            let problem = format!(
                "of what the index has, {} can be found in no log file any more",
                counted(known - found, "event")
            );
            let at = |source| OpenError::Io { path: directory.clone(), source };
            damage::note(disk, &directory, index.checkpoint(), &problem).map_err(at)?;
            log.damage.push(format!("{}: {problem}", directory.display()));
        }
        if log.lost_indexed {
            log_notices.append(&mut log.damage);
            drop(index);
            index = new_index(env, &directory)?;
            log = recover(0)?;
        }
        let RecoveredLog { table, tail, damage, .. } = log;
        log_notices.extend(damage);
        notices.extend(log_notices.iter().cloned());
        let at = |source| OpenError::Io { path: directory.clone(), source };
        damage::mark_closed(disk, &directory).map_err(at)?;
        let missing = damage::report(disk, &directory).map_err(at)?;
        notices.extend(missing.clone());
        let missing = missing.map_or_else(OnceLock::new, OnceLock::from);
        let records = LogRecords::new(&env.disk, &env.dictionaries, &env.cache, &directory, table);
        // The index may be a new one. Events that it does not have yet may have been in answers before, so answers
        // are incomplete until the index has reached the end of the log.
        let last_seq = records.last_seq();
        // An index that has not reached the end may still get the missing events.
        let lacking = match index.checkpoint() >= last_seq {
            true => records.events().saturating_sub(index.snapshot().num_events()),
            false => 0,
        };
        if lacking > 0 {
            notices.push(format!(
                "{}: the index lacks {}, whose records could not be read when it was built; where they \
                 can be read again, `steplog check --rebuild` brings them back",
                directory.display(),
                counted(lacking, "event")
            ));
        }
        let ids = UnindexedIds::new(&env.ids);
        ids.begin(0, index.checkpoint(), last_seq);
        let coverage = if lacking > 0 { Coverage::Lacking } else { Coverage::Whole };
        let condition = Condition::new(last_seq, coverage);
        let partition = Self {
            key,
            number: records.number(),
            records,
            waiting: Waiting::default(),
            ids,
            env: env.clone(),
            directory,
            index: RwLock::new(CurrentIndex { index: Arc::new(index), generation: 0, condition }),
            replacing: RwLock::default(),
            missing,
            life: DayLife::default(),
            log_end: LogEnd::default(),
        };
        Ok(OpenedPartition { partition: Arc::new(partition), tail, notices, log_notices })
    }

    /// Creates a day, durably.
    pub(crate) fn create(env: &StoreEnv, key: DayKey) -> Result<OpenedPartition, OpenError> {
        let directory = env.directory(&key);
        let tenant = env.data.join(key.0.as_str());
        let at = |source| OpenError::Io { path: directory.clone(), source };
        env.disk.create_dir(&directory).map_err(at)?;
        env.disk.sync_dir(&tenant).map_err(at)?;
        env.disk.sync_dir(&env.data).map_err(at)?;
        Self::open(env, key)
    }

    /// The index, and a number that rises when it is replaced.
    pub(crate) fn index(&self) -> (Arc<DayIndex>, u64) {
        let current = self.current();
        (Arc::clone(&current.index), current.generation)
    }

    fn current(&self) -> RwLockReadGuard<'_, CurrentIndex> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn current_mut(&self) -> RwLockWriteGuard<'_, CurrentIndex> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The snapshot that a question reads, and whether an answer from it is complete.
    pub(crate) fn view(&self) -> (Arc<DaySnapshot>, bool) {
        let current = self.current();
        let snapshot = current.index.snapshot();
        let complete = current.condition.is_complete(snapshot.checkpoint) && self.missing().is_none();
        (snapshot, complete)
    }

    /// How far log and index have come. The numbers may miss what is appended and committed during the call.
    pub(crate) fn progress(&self) -> Progress {
        let last_seq = self.records.last_seq();
        let current = self.current();
        let checkpoint = current.index.checkpoint();
        Progress { last_seq, checkpoint, backfill_to: current.condition.backfill_to() }
    }

    /// The seqs of events that may have this id, and whether the answer is complete.
    pub(crate) fn find_id(&self, id: EventId) -> Result<(Vec<Seq>, bool), IndexError> {
        let (mut snapshot, mut complete) = self.view();
        loop {
            let error = match snapshot.find_id(id) {
                Ok(found) => return Ok((found, complete)),
                // The day was dropped, and its files removed, during the question.
                Err(_) if self.is_dropped() => return Ok((Vec::new(), true)),
                Err(error) => error,
            };
            let now = self.view();
            if Arc::ptr_eq(&now.0, &snapshot) {
                self.note(&error);
                self.request_check();
                return Err(error);
            }
            // A merge removed the files of the old snapshot.
            (snapshot, complete) = now;
        }
    }

    /// Whether questions read this snapshot now.
    pub(crate) fn is_current(&self, snapshot: &Arc<DaySnapshot>) -> bool {
        !self.is_dropped() && Arc::ptr_eq(snapshot, &self.index().0.snapshot())
    }

    /// Runs `work` on the index while it cannot be replaced; `None` where it was, since `generation`.
    pub(crate) fn with_index<T>(&self, generation: u64, work: impl FnOnce(&DayIndex) -> T) -> Option<T> {
        let _held = self.replacing.read().unwrap_or_else(PoisonError::into_inner);
        let (index, current) = self.index();
        (current == generation && !self.is_dropped()).then(|| work(&index))
    }

    /// A pace that ends a merge once the index is to be replaced or dropped: both wait for the merge.
    pub(crate) fn pace_of_merges(self: &Arc<Self>, pace: &Pace) -> Pace {
        let partition = Arc::clone(self);
        let stays = move || !partition.is_index_damaged() && !partition.is_leaving();
        pace.while_also(stays)
    }

    /// Replaces the index by an empty one, to be backfilled from the log.
    pub(crate) fn replace_index(&self) -> Result<(), OpenError> {
        let _held = self.replacing.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_dropped() {
            return Ok(());
        }
        // Where the new index cannot be made, the old one stays, and answers are incomplete.
        self.fall_behind();
        let index = Arc::new(new_index(&self.env, &self.directory)?);
        let last_seq = self.records.last_seq();
        let mut current = self.current_mut();
        let (generation, condition) = (current.generation + 1, current.condition.of_replacement(last_seq));
        self.ids.begin(generation, index.checkpoint(), last_seq);
        *current = CurrentIndex { index, generation, condition };
        Ok(())
    }

    /// Notes damage of the index, if the error reports that.
    pub(crate) fn note(&self, error: &IndexError) {
        if matches!(error, IndexError::Damaged(_)) && self.current_mut().condition.find_damage() {
            metrics::counter!("steplog_index_damages_total").increment(1);
            tracing::error!(directory = %self.directory.display(), %error, "the index will be rebuilt");
        }
    }

    /// Notes that the index skips records that cannot be read.
    pub(crate) fn note_unread(&self) {
        self.current_mut().condition.lack_records();
    }

    /// Whether the index is to be replaced.
    pub(crate) fn is_index_damaged(&self) -> bool {
        self.current().condition.is_damaged()
    }

    /// Requests a check of the index: a question about it failed.
    pub(crate) fn request_check(&self) {
        self.current_mut().condition.request_check();
    }

    /// Checks every byte of the index where that was requested.
    pub(crate) fn check_if_requested(&self) {
        let index = {
            let mut current = self.current_mut();
            current.condition.take_check_request().then(|| Arc::clone(&current.index))
        };
        if let Some(Err(error)) = index.map(|index| index.verify()) {
            self.note(&error.into());
        }
    }

    /// Marks answers as incomplete until the index has every event that the log has now.
    pub(crate) fn fall_behind(&self) {
        let last_seq = self.records.last_seq();
        self.current_mut().condition.fall_behind(last_seq);
    }

    /// Whether the index has all events that it must have for an answer to be complete.
    pub(crate) fn is_complete(&self) -> bool {
        self.view().1
    }

    /// What the day has lost, for operators.
    pub(crate) fn missing(&self) -> Option<&str> {
        self.missing.get().map(String::as_str)
    }

    /// Notes durably that records could not be read, so that every start reports it. One note a day is enough.
    pub(crate) fn note_damaged_records(&self, near: Seq) {
        if self.is_dropped() || self.missing().is_some() {
            return;
        }
        let problem = format!("records near arrival number {near} are damaged, `steplog check` tells where");
        let noted = damage::note(&*self.env.disk, &self.directory, near, &problem);
        let report = noted.and_then(|()| damage::report(&*self.env.disk, &self.directory));
        let report = report.inspect_err(|error| {
            tracing::warn!(partition = self.label(), %error, "the next start will not know of damaged records");
        });
        let report = report.ok().flatten().unwrap_or(problem);
        if self.missing.set(report).is_ok() {
            tracing::error!(partition = self.label(), near, "damaged records");
        }
    }

    /// The number of durable events that are not searchable.
    pub(crate) fn unindexed_events(&self) -> u64 {
        self.records.events().saturating_sub(self.index().0.snapshot().num_events())
    }

    /// Whether the day was dropped.
    pub(crate) fn is_dropped(&self) -> bool {
        self.life.get() == Life::Dropped
    }

    /// Whether the day is being dropped, or was.
    pub(crate) fn is_leaving(&self) -> bool {
        self.life.get() != Life::Kept
    }

    /// Drops the day: waits for commits and merges to end, then calls `set_aside` to move its directory away. `false`
    /// where the day was dropped before.
    pub(crate) fn drop_with(&self, set_aside: impl FnOnce() -> io::Result<()>) -> io::Result<bool> {
        // Ends a running merge. With its pauses it would delay the drop by minutes.
        self.life.begin_to_leave();
        let _held = self.replacing.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_dropped() {
            return Ok(false);
        }
        let set_aside = set_aside();
        self.life.settle(set_aside.is_ok());
        set_aside.map(|()| true)
    }

    /// Asks the writer to close the last log file for good, so that it can be compacted.
    pub(crate) fn request_seal(&self) {
        self.log_end.request_seal();
    }

    /// Whether a seal is requested and not done.
    pub(crate) fn is_seal_requested(&self) -> bool {
        self.log_end.is_seal_requested()
    }

    /// Notes that the writer has closed all log files for good.
    pub(crate) fn note_sealed(&self) {
        self.log_end.seal(self.records.last_seq());
    }

    /// Whether the log files with events up to a seq are closed for good.
    pub(crate) fn is_sealed_up_to(&self, seq: Seq) -> bool {
        self.log_end.is_sealed_up_to(seq)
    }

    /// The name of the partition in notices.
    pub(crate) fn label(&self) -> String {
        format!("{}/{}", self.key.0, self.key.1)
    }
}
