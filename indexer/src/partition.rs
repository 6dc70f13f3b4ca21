//! One day of one tenant: its record log, its index, and how far the two have come.

mod opening;
mod question;
mod states;
mod waiting;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

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

use opening::{new_index, open_index};
pub(crate) use question::{QuestionRecords, UnreadableRecords};
use states::{DayLife, IndexWorth, Life, WorthOfIndex};
use waiting::Waiting;

/// One day of one tenant.
pub(crate) struct Partition {
    pub(crate) key: DayKey,
    /// Tells partitions apart, also a day from the same day after it was dropped.
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
    /// Answers are complete once the index has reached this seq.
    complete_from: AtomicU64,
    worth: WorthOfIndex,
    /// What the day has lost, for operators. Answers about it are not complete, whatever its index has.
    missing: OnceLock<String>,
    /// Set where a question failed: the index is to be checked.
    check_wanted: AtomicBool,
    life: DayLife,
    /// Set where the writer is to leave the last log file.
    seal_wanted: AtomicBool,
    /// The last seq of the files that the writer has left.
    sealed_up_to: AtomicU64,
}

#[derive(Clone)]
struct CurrentIndex {
    index: Arc<DayIndex>,
    /// Rises when the index is replaced.
    generation: u64,
}

/// A partition that was just opened, with what its writer needs.
pub(crate) struct OpenedPartition {
    pub(crate) partition: Arc<Partition>,
    pub(crate) tail: Option<Tail>,
    /// What an operator should know.
    pub(crate) notices: Vec<String>,
    /// Those of them that are about the record log, which no new index mends.
    pub(crate) log_notices: Vec<String>,
}

impl Partition {
    /// Opens a day, recovers its log and, where it must be, starts its index anew.
    pub(crate) fn open(env: &StoreEnv, key: DayKey) -> Result<OpenedPartition, OpenError> {
        let directory = env.directory(&key);
        let disk = &*env.disk;
        let (mut index, mut notices) = open_index(env, &directory)?;
        let mut log_notices = Vec::new();
        let recover = |checkpoint| recover_log(disk, &directory, checkpoint, &env.verifying);
        let mut log = recover(index.checkpoint())?;
        // Of a log file that is gone, or is another one, nothing is left but what the index knows of it.
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
        let missing = damage::told(disk, &directory).map_err(at)?;
        notices.extend(missing.clone());
        let missing = missing.map_or_else(OnceLock::new, OnceLock::from);
        let records = LogRecords::new(&env.disk, &env.dictionaries, &env.cache, &directory, table);
        // Whether an event that the index lacks was seen before cannot be known: the index may have been
        // replaced. Answers say that they are incomplete until it has all of them.
        let complete_from = records.last_seq();
        // Where it is behind it may yet get them.
        let lacking = match index.checkpoint() >= complete_from {
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
        ids.begin(0, index.checkpoint(), complete_from);
        let partition = Self {
            key,
            number: records.number(),
            records,
            waiting: Waiting::default(),
            ids,
            env: env.clone(),
            directory,
            index: RwLock::new(CurrentIndex { index: Arc::new(index), generation: 0 }),
            replacing: RwLock::default(),
            complete_from: AtomicU64::new(complete_from),
            worth: WorthOfIndex::new(if lacking > 0 { IndexWorth::Lacking } else { IndexWorth::Whole }),
            missing,
            check_wanted: AtomicBool::new(false),
            life: DayLife::default(),
            seal_wanted: AtomicBool::new(false),
            sealed_up_to: AtomicU64::new(0),
        };
        Ok(OpenedPartition { partition: Arc::new(partition), tail, notices, log_notices })
    }

    /// Makes a day that is not there yet, so that it lasts.
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
        let current = self.index.read().unwrap_or_else(PoisonError::into_inner);
        (Arc::clone(&current.index), current.generation)
    }

    /// What a question reads, and whether that is all that it must see.
    pub(crate) fn view(&self) -> (Arc<DaySnapshot>, bool) {
        let snapshot = self.index().0.snapshot();
        let complete = self.has_all(&snapshot);
        (snapshot, complete)
    }

    /// Where an event with this id may be, and whether that is all that must be searched.
    pub(crate) fn find_id(&self, id: EventId) -> Result<(Vec<Seq>, bool), IndexError> {
        let (mut snapshot, mut complete) = self.view();
        loop {
            let error = match snapshot.find_id(id) {
                Ok(found) => return Ok((found, complete)),
                // Its files went away under the question: nothing of it is kept any more.
                Err(_) if self.is_dropped() => return Ok((Vec::new(), true)),
                Err(error) => error,
            };
            let now = self.view();
            if Arc::ptr_eq(&now.0, &snapshot) {
                self.note(&error);
                self.want_check();
                return Err(error);
            }
            // A merge has taken the place of what was to be read.
            (snapshot, complete) = now;
        }
    }

    /// Whether this is what questions read now.
    pub(crate) fn is_current(&self, snapshot: &Arc<DaySnapshot>) -> bool {
        !self.is_dropped() && Arc::ptr_eq(snapshot, &self.index().0.snapshot())
    }

    /// Runs `work` on the index while it cannot be replaced; `None` where it was, since `generation`.
    pub(crate) fn with_index<T>(&self, generation: u64, work: impl FnOnce(&DayIndex) -> T) -> Option<T> {
        let _held = self.replacing.read().unwrap_or_else(PoisonError::into_inner);
        let (index, current) = self.index();
        (current == generation && !self.is_dropped()).then(|| work(&index))
    }

    /// The pace for as long as the index is to stay: who replaces it waits for the merge to end.
    pub(crate) fn pace_of_merges(self: &Arc<Self>, pace: &Pace) -> Pace {
        let partition = Arc::clone(self);
        let stays = move || !partition.is_suspect() && !partition.is_leaving();
        pace.while_also(stays)
    }

    /// Removes the index and begins a new one, to be filled from the records.
    pub(crate) fn replace_index(&self) -> Result<(), OpenError> {
        let _held = self.replacing.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_dropped() {
            return Ok(());
        }
        self.complete_from.fetch_max(self.records.last_seq(), Ordering::AcqRel);
        let index = Arc::new(new_index(&self.env, &self.directory)?);
        let mut current = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let generation = current.generation + 1;
        self.ids.begin(generation, index.checkpoint(), self.records.last_seq());
        *current = CurrentIndex { index, generation };
        drop(current);
        self.worth.begin_anew();
        Ok(())
    }

    /// Notes what an error says about the index.
    pub(crate) fn note(&self, error: &IndexError) {
        if matches!(error, IndexError::Damaged(_)) && self.worth.lower(IndexWorth::Suspect) {
            metrics::counter!("steplog_index_damages_total").increment(1);
            tracing::error!(directory = %self.directory.display(), %error, "the index will be built anew");
        }
    }

    /// Notes that the index goes over records that cannot be read.
    pub(crate) fn note_unread(&self) {
        self.worth.lower(IndexWorth::Lacking);
    }

    /// Whether the index is to be replaced.
    pub(crate) fn is_suspect(&self) -> bool {
        self.worth.get() == IndexWorth::Suspect
    }

    /// Has the index checked soon: a question about it failed.
    pub(crate) fn want_check(&self) {
        self.check_wanted.store(true, Ordering::Release);
    }

    /// Checks every byte of the index where that is wanted.
    pub(crate) fn check_if_wanted(&self) {
        if self.check_wanted.swap(false, Ordering::AcqRel)
            && let Err(error) = self.index().0.verify()
        {
            self.note(&error.into());
        }
    }

    /// Answers are incomplete until the index has all that is in the log now.
    pub(crate) fn fell_behind(&self) {
        self.complete_from.fetch_max(self.records.last_seq(), Ordering::AcqRel);
    }

    /// Whether the index has all events that it must have for an answer to be complete.
    pub(crate) fn is_complete(&self) -> bool {
        self.view().1
    }

    fn has_all(&self, snapshot: &DaySnapshot) -> bool {
        let reached = snapshot.checkpoint >= self.complete_from();
        reached && self.missing().is_none() && self.worth.get() == IndexWorth::Whole
    }

    /// Answers are incomplete until the index has all events up to this arrival number.
    pub(crate) fn complete_from(&self) -> Seq {
        self.complete_from.load(Ordering::Acquire)
    }

    /// What the day has lost, for operators.
    pub(crate) fn missing(&self) -> Option<&str> {
        self.missing.get().map(String::as_str)
    }

    /// Notes that records could not be read, so that every start tells it. The first of them is enough.
    pub(crate) fn note_damaged_records(&self, near: Seq) {
        if self.is_dropped() || self.missing().is_some() {
            return;
        }
        let problem = format!("records near arrival number {near} are damaged, `steplog check` tells where");
        let noted = damage::note(&*self.env.disk, &self.directory, near, &problem);
        let told = noted.and_then(|()| damage::told(&*self.env.disk, &self.directory));
        let told = told.inspect_err(|error| {
            tracing::warn!(partition = self.label(), %error, "the next start will not know of damaged records");
        });
        let told = told.ok().flatten().unwrap_or(problem);
        if self.missing.set(told).is_ok() {
            tracing::error!(partition = self.label(), near, "damaged records");
        }
    }

    /// Durable events that are not searchable.
    pub(crate) fn unindexed_events(&self) -> u64 {
        self.records.events().saturating_sub(self.index().0.snapshot().num_events())
    }

    /// Whether the day was dropped: nothing of it is wanted any more.
    pub(crate) fn is_dropped(&self) -> bool {
        self.life.get() == Life::Dropped
    }

    /// Whether the day is being dropped, or was.
    pub(crate) fn is_leaving(&self) -> bool {
        self.life.get() != Life::Kept
    }

    /// Ends commits and merges of the day, once `set_aside` has taken its directory away; `false` where another did.
    pub(crate) fn drop_with(&self, set_aside: impl FnOnce() -> io::Result<()>) -> io::Result<bool> {
        // A merge that rests as long as it must would hold up the drop for minutes: it ends now.
        self.life.begin_to_leave();
        let _held = self.replacing.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_dropped() {
            return Ok(false);
        }
        let set_aside = set_aside();
        self.life.settle(set_aside.is_ok());
        set_aside.map(|()| true)
    }

    /// Asks the writer to leave the last log file, so that it can be compacted.
    pub(crate) fn want_seal(&self) {
        self.seal_wanted.store(true, Ordering::Release);
    }

    /// Whether the writer was asked, and has not answered.
    pub(crate) fn is_seal_wanted(&self) -> bool {
        self.seal_wanted.load(Ordering::Acquire)
    }

    /// Notes that the writer has left all files that there are.
    pub(crate) fn seal(&self) {
        self.sealed_up_to.store(self.records.last_seq(), Ordering::Release);
        self.seal_wanted.store(false, Ordering::Release);
    }

    /// The last seq of the files that the writer has left.
    pub(crate) fn sealed_up_to(&self) -> Seq {
        self.sealed_up_to.load(Ordering::Acquire)
    }

    /// What to call the partition in a notice.
    pub(crate) fn label(&self) -> String {
        format!("{}/{}", self.key.0, self.key.1)
    }
}
