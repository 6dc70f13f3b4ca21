//! The threads of a store: one writes, one indexes, one commits, one does what has time, one compacts closed days, and
//! one reads the ids of events that an index lacks.
//!
//! They end in the order in which events go: the writer once the queue is closed and empty, the
//! indexing once the writer has ended and all is committed, then the others.
//!
//! But for the writer they only wait: the work, which needs memory by the hundred MiB, is done in threads that end
//! with it ([`apart`]).

mod ids;

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crate::compaction::{Compaction, Step};
use crate::expiry::drop_old_days;
use crate::indexing::{CommitJob, Indexing, merge_step};
use crate::pace::Pace;
use crate::queue::{Queue, Taken};
use crate::state::StoreState;
use crate::workers::apart;
use crate::writer::Writer;

use super::inbox::Inbox;
use super::open::StoreParts;

/// How often a writer with nothing to write sees whether a full disk has room again.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// How often the background thread looks for work without being told.
const BACKGROUND_EVERY: Duration = Duration::from_secs(5);
/// How often it looks for days that are too old, at most.
const RETENTION_EVERY: Duration = Duration::from_secs(5);
/// How often the compaction looks for closed days.
const COMPACT_EVERY: Duration = Duration::from_secs(5);
/// How long the compaction works before it rests, if it can be stopped there.
const WORK_BEFORE_REST: Duration = Duration::from_millis(5);
/// How many times longer than it works the compaction rests: a closed day can wait.
const REST_FACTOR: u32 = 3;
/// How long it waits, beyond that, while events wait to be written.
const YIELD_STEP: Duration = Duration::from_millis(5);
const YIELD_STEPS: u32 = 10;
/// How long an orderly end tries to make the last events searchable. They are durable anyway.
const LAST_COMMITS: Duration = Duration::from_secs(5);

/// The running threads.
pub(super) struct Threads {
    inbox: Arc<Inbox>,
    front: Vec<JoinHandle<()>>,
    background: Vec<JoinHandle<()>>,
}

impl Threads {
    pub(super) fn start(parts: StoreParts, queue: &Arc<Queue>, inbox: &Arc<Inbox>) -> io::Result<Self> {
        let StoreParts { state, writer, indexing } = parts;
        let (jobs, job_receiver) = sync_channel(1);
        let background = {
            let (state, inbox) = (Arc::clone(&state), Arc::clone(inbox));
            spawn("steplog-background", move || {
                let _guard =
                    BackgroundGuard(Arc::clone(&state), "days that are too old stay, nothing is merged");
                background_loop(&state, &inbox);
            })?
        };
        let compaction = {
            let (state, inbox, queue) = (Arc::clone(&state), Arc::clone(inbox), Arc::clone(queue));
            spawn("steplog-compact", move || {
                let _guard = BackgroundGuard(Arc::clone(&state), "closed days are not compacted");
                compact_loop(&state, &inbox, &queue);
            })?
        };
        let ids = {
            let (state, inbox) = (Arc::clone(&state), Arc::clone(inbox));
            spawn("steplog-ids", move || {
                let _guard = BackgroundGuard(Arc::clone(&state), "events of some days are not taken");
                ids::read_ids_loop(&state, &inbox);
            })?
        };
        let background = vec![background, compaction, ids];
        let guard =
            || Guard { state: Arc::clone(&state), queue: Arc::clone(queue), inbox: Arc::clone(inbox) };
        let mut front = Vec::new();
        {
            let (guard, queue, inbox) = (guard(), Arc::clone(queue), Arc::clone(inbox));
            front.push(spawn("steplog-writer", move || {
                let _guard = guard;
                write_loop(writer, &queue, &inbox);
            })?);
        }
        {
            let (guard, inbox) = (guard(), Arc::clone(inbox));
            front.push(spawn("steplog-index", move || {
                let _guard = guard;
                IndexLoop { indexing, inbox, jobs, taken: 0, submitted: 0, ends: None }.run();
            })?);
        }
        {
            let (guard, inbox) = (guard(), Arc::clone(inbox));
            front.push(spawn("steplog-commit", move || {
                let _guard = guard;
                commit_loop(&job_receiver, &inbox);
            })?);
        }
        Ok(Self { inbox: Arc::clone(inbox), front, background })
    }

    /// Waits until all have ended; the queue must be closed.
    pub(super) fn join(self) {
        for thread in self.front {
            // A panic was told where it happened.
            let _ = thread.join();
        }
        self.inbox.close_background();
        for thread in self.background {
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(work)
}

/// What to tell where this thread is about to end in a panic.
fn ended_by_a_panic() -> Option<String> {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    std::thread::panicking().then(|| format!("an internal failure ended the thread {name}"))
}

/// Ends writing where a thread panics, and lets go of everybody who would wait for it.
struct Guard {
    state: Arc<StoreState>,
    queue: Arc<Queue>,
    inbox: Arc<Inbox>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(ended) = ended_by_a_panic() {
            self.state.health.poison(format!("{ended}: restart steplog"));
            self.queue.abandon();
            self.inbox.abandon();
        }
    }
}

/// Tells operators where a thread panics without which events are still taken and found.
struct BackgroundGuard(Arc<StoreState>, &'static str);

impl Drop for BackgroundGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            let notice =
                format!("an internal failure ended the thread {thread}: {} until the restart", self.1);
            tracing::error!(notice, "a thread ended");
            self.0.health.notice(&format!("thread {thread}"), notice);
        }
    }
}

fn write_loop(mut writer: Writer, queue: &Queue, inbox: &Inbox) {
    loop {
        let waiting = match queue.take_group(PROBE_EVERY) {
            Taken::Closed => break,
            Taken::Idle => {
                writer.rest();
                continue;
            }
            Taken::Group(waiting) => waiting,
        };
        let (batches, replies): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|one| (one.batch, one.reply)).unzip();
        let outcome = writer.append_group(batches);
        inbox.announce(outcome.appended.len());
        for (reply, result) in replies.into_iter().zip(outcome.results) {
            // Whoever went away does not want to know.
            let _ = reply.send(result);
        }
        for group in outcome.appended {
            inbox.send(group);
        }
        writer.tidy_up();
        if let Some(job) = writer.take_training() {
            inbox.train(job);
        }
    }
    if let Err(error) = writer.close() {
        tracing::warn!(%error, "could not tidy the record logs; the next start takes a little longer");
    }
    inbox.close();
}

struct IndexLoop {
    indexing: Indexing,
    inbox: Arc<Inbox>,
    jobs: SyncSender<CommitJob>,
    /// Groups taken from the inbox, and those of them that the last job has.
    taken: u64,
    submitted: u64,
    /// When to give up once the writer has ended.
    ends: Option<Instant>,
}

impl IndexLoop {
    fn run(mut self) {
        loop {
            let mut ended = false;
            apart("steplog-index", || ended = self.work());
            if ended {
                return;
            }
            while !self.inbox.wait_for_mail(PROBE_EVERY) && !self.indexing.has_suspects() {}
        }
    }

    /// Indexes until the end, or until there was nothing to do for a while; returns whether it is the end.
    fn work(&mut self) -> bool {
        let mut more = true;
        loop {
            let now = Instant::now();
            let until = if more { Some(now) } else { self.wait_until(now) };
            let idle = !more && self.ends.is_none() && self.indexing.is_idle();
            let mail = self.inbox.receive(until, !self.indexing.is_full(), self.ends.is_some());
            if idle && mail.is_empty() {
                return false;
            }
            let now = Instant::now();
            if let Some(outcome) = mail.outcome {
                self.indexing.finish(outcome, now);
                self.inbox.wake_background();
                self.note(self.submitted);
            }
            self.taken += mail.groups.len() as u64;
            for group in &mail.groups {
                self.indexing.index_group(group, now);
            }
            drop(mail.groups);
            self.indexing.forget_dropped_days();
            self.indexing.replace_suspects(now);
            more = !self.indexing.is_full() && self.indexing.catch_up(now);
            if mail.closed && self.ends.is_none() {
                self.ends = Some(now + LAST_COMMITS);
            }
            let at_end = self.ends.is_some() && !more;
            if (self.indexing.commit_due(now) || at_end)
                && let Some(job) = self.indexing.take_job(now)
            {
                self.submitted = self.taken;
                if self.jobs.send(job).is_err() {
                    return true;
                }
            }
            if self.indexing.is_idle() {
                self.note(self.taken);
            }
            let given_up = self.ends.is_some_and(|ends| now >= ends);
            if self.ends.is_some() && (self.indexing.is_idle() || given_up) {
                return true;
            }
        }
    }

    fn note(&self, groups: u64) {
        self.inbox.note_indexed(groups, self.indexing.is_idle());
    }

    /// Until when to wait for mail. Suspects are looked for once in a while.
    fn wait_until(&self, now: Instant) -> Option<Instant> {
        let look = now + PROBE_EVERY;
        let due = self.indexing.next_due().map_or(look, |due| due.min(look));
        Some(self.ends.map_or(due, |ends| due.min(ends)))
    }
}

fn commit_loop(jobs: &Receiver<CommitJob>, inbox: &Inbox) {
    for job in jobs {
        apart("steplog-commit", || inbox.finish(job.run()));
    }
}

fn background_loop(state: &Arc<StoreState>, inbox: &Arc<Inbox>) {
    let until_the_end = {
        let inbox = Arc::clone(inbox);
        Pace::new(move || inbox.pause(Duration::ZERO))
    };
    let mut look_for_old_days = Instant::now();
    loop {
        let mail = inbox.receive_background(BACKGROUND_EVERY);
        if mail.closed {
            return;
        }
        if let Some(job) = mail.training {
            job.start(state);
        }
        apart("steplog-background", || {
            let now = Instant::now();
            if now >= look_for_old_days {
                if let Err(error) = drop_old_days(state) {
                    tracing::warn!(%error, "days that are too old cannot be dropped yet");
                }
                // Sizes of many days take time to look at.
                look_for_old_days = Instant::now() + RETENTION_EVERY.max(now.elapsed() * 100);
            }
            for partition in state.partitions() {
                partition.check_if_wanted();
            }
            state.env.cache.rest();
            state.env.index_cache.rest();
            if merge_step(state, &until_the_end) {
                // Perhaps there is another; first see whether the store ends.
                inbox.wake_background();
            }
        });
    }
}

fn compact_loop(state: &Arc<StoreState>, inbox: &Arc<Inbox>, queue: &Arc<Queue>) {
    let mut compaction = Compaction::new(Arc::clone(state));
    let mut idle = COMPACT_EVERY.min(Duration::from_millis(state.settings.store_commit_millis * 5));
    while inbox.pause(idle) {
        let start = Instant::now();
        let mut step = Step::Rested;
        apart("steplog-compact", || step = compaction.step(&gentle_pace(inbox, queue)));
        idle = match step {
            Step::Worked => start.elapsed().min(COMPACT_EVERY),
            Step::Failed => COMPACT_EVERY * 12,
            Step::Rested => COMPACT_EVERY.min(Duration::from_millis(state.settings.store_commit_millis * 5)),
        };
    }
}

/// Rests for longer than it works, and for longer still while events wait to be written; ends with the store.
fn gentle_pace(inbox: &Arc<Inbox>, queue: &Arc<Queue>) -> Pace {
    let (inbox, queue) = (Arc::clone(inbox), Arc::clone(queue));
    let since = Mutex::new(Instant::now());
    Pace::new(move || {
        let mut since = since.lock().unwrap_or_else(PoisonError::into_inner);
        let worked = since.elapsed();
        if worked < WORK_BEFORE_REST {
            return true;
        }
        let go_on = inbox.pause(worked * REST_FACTOR);
        let mut steps = 0;
        while queue.bytes() > 0 && steps < YIELD_STEPS && inbox.pause(YIELD_STEP) {
            steps += 1;
        }
        *since = Instant::now();
        go_on
    })
}
