//! The ids of events that are in a day's log and not in its index. Together with the index they show whether an event
//! is a duplicate.
//!
//! A start without an index, or with an old one, does not read the whole log before it takes events. Ids are read in
//! the background, the newest day first. Until a day's ids are known, its senders are asked to retry. Where the ids of
//! a day do not fit into memory, the day waits until the index has enough of them.
//!
//! An entry has eight bytes: 40 bits of the id's hash, and the event's place. A candidate is compared with its record.

mod room;
mod run;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use steplog_model::ids::{EventId, Seq};

use crate::workers::{side_by_side, threads};

pub(crate) use room::IdRoom;
use run::{MOST_PLACES, Run};

/// The size of an entry.
const ID_BYTES: usize = size_of::<u64>();

/// Runs of the writer's events are joined up to this many: finding an id costs one search for each run.
const RUN_IDS: usize = 1 << 20;

/// Whether to continue reading. It is called between blocks.
pub(crate) type GoesOn<'a> = dyn Fn() -> bool + Sync + 'a;

/// The events of a day's log.
pub(crate) trait Records: Sync {
    /// About how many events lie above a seq.
    fn events_after(&self, seq: Seq) -> u64;

    /// The ids of the next events above a seq, in order, and the seq to continue from: the same one at the end.
    fn ids_after(&self, seq: Seq) -> io::Result<(Vec<(EventId, Seq)>, Seq)>;
}

/// The ids of one day.
#[derive(Debug)]
pub(crate) struct UnindexedIds {
    room: Arc<IdRoom>,
    state: RwLock<State>,
    /// Whether senders wait for the ids of the day.
    wanted: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// Of the index that lacks the events.
    generation: u64,
    /// The last event that the log had when that index began.
    upto: Seq,
    /// Whether the ids of the events up to there are known.
    read: bool,
    /// Of the log, and of what the writer handed over.
    runs: Vec<Run>,
    /// The seq up to which ids were removed.
    forgotten: Seq,
    /// Whether the room counts the day.
    counted: bool,
}

impl State {
    fn bytes(&self) -> usize {
        self.runs.iter().map(Run::bytes).sum()
    }

    fn is_known(&self, checkpoint: Seq) -> bool {
        self.read || checkpoint >= self.upto
    }
}

impl UnindexedIds {
    pub(crate) fn new(room: &Arc<IdRoom>) -> Self {
        let state = RwLock::new(State { read: true, ..State::default() });
        Self { room: Arc::clone(room), state, wanted: AtomicBool::new(false) }
    }

    /// Begins with an index of this generation and checkpoint; the log has events up to `upto`, none of them known.
    pub(crate) fn begin(&self, generation: u64, checkpoint: Seq, upto: Seq) {
        self.change(|state| {
            let read = checkpoint >= upto;
            *state = State { generation, upto, read, counted: state.counted, ..State::default() };
        });
    }

    /// Whether the day is to be looked at: something is unknown, or kept.
    pub(crate) fn is_in_use(&self) -> bool {
        self.locked().counted
    }

    /// Whether every event is known that an index of this generation lacks above its checkpoint.
    pub(crate) fn is_known(&self, generation: u64, checkpoint: Seq) -> bool {
        let state = self.locked();
        state.generation == generation && state.is_known(checkpoint)
    }

    /// Notes that a sender waits for the day.
    pub(crate) fn want(&self) {
        self.wanted.store(true, Ordering::Release);
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Acquire)
    }

    /// The events that may have this id; `None` where that is not known.
    pub(crate) fn candidates(&self, id: EventId, generation: u64, checkpoint: Seq) -> Option<Vec<Seq>> {
        let state = self.locked();
        if state.generation != generation || !state.is_known(checkpoint) {
            return None;
        }
        let mut found = Vec::new();
        if !state.runs.is_empty() {
            let hash = self.room.hash(id);
            state.runs.iter().for_each(|run| run.find(hash, &mut found));
        }
        Some(found)
    }

    /// Removes events that the index of this generation has.
    pub(crate) fn forget_up_to(&self, generation: u64, checkpoint: Seq) {
        {
            let state = self.locked();
            if state.generation != generation || checkpoint <= state.forgotten {
                return;
            }
        }
        self.change(|state| {
            if state.generation == generation {
                state.forgotten = checkpoint;
                state.read |= checkpoint >= state.upto;
                state.runs.iter_mut().for_each(|run| run.forget_up_to(checkpoint));
                state.runs.retain(|run| !run.is_empty());
            }
        });
    }

    /// Takes events from the writer, so that each needs less memory.
    pub(crate) fn absorb(&self, events: impl Iterator<Item = (EventId, Seq)>) {
        let mut events: Vec<_> = events.collect();
        events.sort_unstable_by_key(|(_, seq)| *seq);
        self.change(|state| {
            let mut last = state.runs.pop_if(|run| run.len() < RUN_IDS).unwrap_or_default();
            for (id, seq) in events {
                let hash = self.room.hash(id);
                if !last.push(hash, seq) {
                    last.sort();
                    state.runs.push(std::mem::take(&mut last));
                    last.push(hash, seq);
                }
            }
            last.sort();
            state.runs.push(last);
            state.runs.retain(|run| !run.is_empty());
        });
    }

    /// Reads the ids of the events that an index of this generation lacks. `false` where there is no memory for them,
    /// or `goes_on` ended the work.
    pub(crate) fn read(
        &self,
        records: &impl Records,
        (generation, checkpoint): (u64, Seq),
        goes_on: &GoesOn<'_>,
    ) -> io::Result<bool> {
        let upto = {
            let state = self.locked();
            if state.generation != generation || state.is_known(checkpoint) {
                return Ok(true);
            }
            state.upto
        };
        let events = usize::try_from(records.events_after(checkpoint)).unwrap_or(usize::MAX);
        if !self.room.has(events.saturating_mul(ID_BYTES)) {
            return Ok(false);
        }
        let read = side_by_side(parts(checkpoint, upto), |part| self.read_part(records, part, goes_on));
        let Some(runs) = read.into_iter().collect::<io::Result<Option<Vec<_>>>>()? else { return Ok(false) };
        self.change(|state| {
            if state.generation == generation {
                state.runs.extend(runs.into_iter().flatten().filter(|run| !run.is_empty()));
                // The index may have got some of these meanwhile.
                state.forgotten = 0;
                state.read = true;
            }
        });
        Ok(true)
    }

    /// The ids of the events above `after` and up to `last`; `None` where `goes_on` ended the work.
    fn read_part(
        &self,
        records: &impl Records,
        (after, last): (Seq, Seq),
        goes_on: &GoesOn<'_>,
    ) -> io::Result<Option<Vec<Run>>> {
        let events = records.events_after(after).saturating_sub(records.events_after(last));
        // In one allocation: growing would need three times the memory for a moment.
        let mut run = Run::with_capacity(usize::try_from(events.min(MOST_PLACES)).unwrap_or_default());
        let mut runs = Vec::new();
        let mut seq = after;
        while seq < last {
            if !goes_on() {
                return Ok(None);
            }
            let (ids, next) = records.ids_after(seq)?;
            if next == seq {
                break;
            }
            for (id, seq) in ids.into_iter().filter(|(_, seq)| *seq <= last) {
                let hash = self.room.hash(id);
                if !run.push(hash, seq) {
                    run.sort();
                    runs.push(std::mem::take(&mut run));
                    run.push(hash, seq);
                }
            }
            seq = next;
        }
        run.sort();
        runs.push(run);
        Ok(Some(runs))
    }

    fn locked(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known, and tells the room.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state: RwLockWriteGuard<'_, State> =
            self.state.write().unwrap_or_else(PoisonError::into_inner);
        let (bytes, counted) = (state.bytes(), state.counted);
        change(&mut state);
        state.counted = !state.read || !state.runs.is_empty();
        if state.read {
            self.wanted.store(false, Ordering::Release);
        }
        self.room.changed((bytes, state.bytes()), (counted, state.counted));
    }
}

impl Drop for UnindexedIds {
    fn drop(&mut self) {
        self.change(|state| *state = State { read: true, ..State::default() });
    }
}

/// The arrival numbers above one and up to another, in parts that are read side by side. As many as there are threads,
/// whatever the numbers are: a damaged log may state any.
fn parts(after: Seq, last: Seq) -> Vec<(Seq, Seq)> {
    let step = ((last - after) / threads() as u64).saturating_add(1);
    let mut parts = Vec::new();
    let mut from = after;
    while from < last {
        let end = from.saturating_add(step).min(last);
        parts.push((from, end));
        from = end;
    }
    parts
}
