//! The indexing thread: adds durable events to segment builders, and sends the builders to the commit thread.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::{Background, IndexInbox, Links, PROBE_EVERY};
use crate::indexing::{CommitJob, Indexing};
use crate::store::index_inbox::Mail;
use crate::workers::apart;

/// How long an orderly end tries to make the last events searchable. They are durable already.
const LAST_COMMITS: Duration = Duration::from_secs(5);

/// The state of the indexing thread.
pub(super) struct IndexLoop {
    indexing: Indexing,
    inbox: Arc<IndexInbox>,
    background: Arc<Background>,
    jobs: SyncSender<CommitJob>,
    /// How many groups of events the inbox has delivered.
    delivered: u64,
    phase: Phase,
}

/// Whether the writer can still send events.
#[derive(Clone, Copy)]
enum Phase {
    Running,
    /// It cannot: what was sent is committed, or given up at this time.
    Ending(Instant),
}

/// Why a run of work is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// Nothing has come for a while.
    Idle,
    /// The thread is to end.
    End,
}

impl IndexLoop {
    pub(super) fn new(indexing: Indexing, links: &Links, jobs: SyncSender<CommitJob>) -> Self {
        let (inbox, background) = (Arc::clone(&links.inbox), Arc::clone(&links.background));
        Self { indexing, inbox, background, jobs, delivered: 0, phase: Phase::Running }
    }

    /// Works until the end. While it waits, the memory of the last work is free.
    pub(super) fn run(mut self) {
        let mut pause = Pause::Idle;
        while pause != Pause::End {
            apart("steplog-index", || pause = self.work());
            while pause == Pause::Idle && !self.has_work_within(PROBE_EVERY) {}
        }
    }

    fn has_work_within(&self, limit: Duration) -> bool {
        self.inbox.wait_for_mail(limit) || self.indexing.has_damaged()
    }

    fn work(&mut self) -> Pause {
        let mut busy = true;
        loop {
            let Some(mail) = self.receive(busy) else { return Pause::Idle };
            let now = Instant::now();
            self.take_in(mail, now);
            self.indexing.forget_dropped_days();
            self.indexing.replace_damaged(now);
            busy = !self.indexing.is_full() && self.indexing.catch_up(now);
            let can_commit = self.commit(busy, now);
            if self.indexing.is_idle() {
                self.note_progress();
            }
            if !can_commit || self.is_over(now) {
                return Pause::End;
            }
        }
    }

    /// What has come. Waits for it unless there is other work; `None` where nothing comes and nothing is left to do.
    fn receive(&self, busy: bool) -> Option<Mail> {
        let now = Instant::now();
        let until = if busy { now } else { self.wait_until(now) };
        let is_ending = matches!(self.phase, Phase::Ending(_));
        let may_rest = !busy && !is_ending && self.indexing.is_idle();
        let mail = self.inbox.receive(until, !self.indexing.is_full(), is_ending);
        (!may_rest || !mail.is_empty()).then_some(mail)
    }

    /// Until when to wait for mail. Damaged indexes are looked for once in a while.
    fn wait_until(&self, now: Instant) -> Instant {
        let look = now + PROBE_EVERY;
        let due = self.indexing.next_due().map_or(look, |due| due.min(look));
        match self.phase {
            Phase::Running => due,
            Phase::Ending(give_up) => due.min(give_up),
        }
    }

    fn take_in(&mut self, mail: Mail, now: Instant) {
        if let Some(outcome) = mail.outcome {
            self.indexing.finish(outcome, now);
            self.background.wake();
            self.note_progress();
        }
        self.delivered += mail.groups.len() as u64;
        for group in &mail.groups {
            self.indexing.index_group(group, now);
        }
        if mail.closed && matches!(self.phase, Phase::Running) {
            self.phase = Phase::Ending(now + LAST_COMMITS);
        }
    }

    /// Sends the builders to be committed where that is due, and at the end once nothing is left to add to them;
    /// `false` where nobody is there to commit.
    fn commit(&mut self, busy: bool, now: Instant) -> bool {
        let is_last = matches!(self.phase, Phase::Ending(_)) && !busy;
        let is_due = self.indexing.commit_due(now) || is_last;
        let job = is_due.then(|| self.indexing.take_job(now)).flatten();
        job.is_none_or(|job| self.jobs.send(job).is_ok())
    }

    fn is_over(&self, now: Instant) -> bool {
        match self.phase {
            Phase::Running => false,
            Phase::Ending(give_up) => self.indexing.is_idle() || now >= give_up,
        }
    }

    fn note_progress(&self) {
        self.inbox.note_progress(self.delivered, self.indexing.is_idle());
    }
}
