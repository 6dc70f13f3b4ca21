//! The threads of a store: one writes, one indexes, one commits, one merges and drops expired days, one compacts closed
//! days, and one reads the ids of events that an index lacks.
//!
//! They end in the order in which events pass them: the writer once the queue is closed and empty, the indexing once
//! the writer has ended and everything is committed, then the others.
//!
//! All but the writer only wait. Their work needs hundreds of MiB, so it runs in threads that end with it ([`apart`]).

mod ids;
mod index;

use std::io;
use std::sync::mpsc::{Receiver, sync_channel};
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

use super::background::{Background, Work};
use super::index_inbox::IndexInbox;
use ids::read_ids_loop;
use index::IndexLoop;

/// How often an idle writer checks whether a full disk has room again.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// How often the background thread looks for work if nothing wakes it.
const BACKGROUND_EVERY: Duration = Duration::from_secs(5);
/// How often it looks for expired days, at most.
const RETENTION_EVERY: Duration = Duration::from_secs(5);
/// How often the compaction looks for days that have ended.
const COMPACT_EVERY: Duration = Duration::from_secs(5);
/// How long the compaction works between pauses.
const WORK_BEFORE_REST: Duration = Duration::from_millis(5);
/// How many times longer than it works the compaction pauses: a day that has ended can wait.
const REST_FACTOR: u32 = 3;
/// How long it pauses, beyond that, while events wait to be written.
const YIELD_STEP: Duration = Duration::from_millis(5);
const YIELD_STEPS: u32 = 10;

/// What the threads of a store share.
#[derive(Clone)]
pub(super) struct Links {
    pub(super) state: Arc<StoreState>,
    pub(super) queue: Arc<Queue>,
    pub(super) inbox: Arc<IndexInbox>,
    pub(super) background: Arc<Background>,
}

/// The running threads.
pub(super) struct Threads {
    links: Links,
    front: Vec<JoinHandle<()>>,
    background: Vec<JoinHandle<()>>,
}

impl Threads {
    pub(super) fn start(links: Links, writer: Writer, indexing: Indexing) -> io::Result<Self> {
        let (jobs, job_receiver) = sync_channel(1);
        let background = vec![
            links.background(
                "steplog-background",
                "expired days stay, nothing is merged",
                background_loop,
            )?,
            links.background("steplog-compact", "closed days are not compacted", compact_loop)?,
            links.background("steplog-ids", "events of some days are not taken", read_ids_loop)?,
        ];
        let front = vec![
            links.front("steplog-writer", move |links| write_loop(writer, links))?,
            links.front("steplog-index", move |links| IndexLoop::new(indexing, links, jobs).run())?,
            links.front("steplog-commit", move |links| commit_loop(&job_receiver, &links.inbox))?,
        ];
        Ok(Self { links, front, background })
    }

    /// Waits until all have ended; the queue must be closed.
    pub(super) fn join(self) {
        for thread in self.front {
            // Its guard has reported a panic.
            let _ = thread.join();
        }
        self.links.background.close();
        for thread in self.background {
            let _ = thread.join();
        }
    }
}

impl Links {
    /// Spawns a thread without which no event is taken: a panic in it ends writing.
    fn front(&self, name: &str, work: impl FnOnce(&Self) + Send + 'static) -> io::Result<JoinHandle<()>> {
        let links = self.clone();
        Builder::new().name(name.to_owned()).spawn(move || {
            let guard = FrontGuard(links);
            work(&guard.0);
        })
    }

    /// Spawns a thread without which events are still taken and found. `missing` says what ends with it.
    fn background(
        &self,
        name: &str,
        missing: &'static str,
        work: impl FnOnce(&Self) + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let links = self.clone();
        Builder::new().name(name.to_owned()).spawn(move || {
            let guard = BackgroundGuard(links, missing);
            work(&guard.0);
        })
    }
}

/// Ends writing where its thread panics, and releases everybody who waits for the thread.
struct FrontGuard(Links);

impl Drop for FrontGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            let reason = format!("an internal failure ended the thread {thread}: restart steplog");
            self.0.state.health.poison(reason);
            self.0.queue.abandon();
            self.0.inbox.abandon();
        }
    }
}

/// Adds a notice for operators where its thread panics.
struct BackgroundGuard(Links, &'static str);

impl Drop for BackgroundGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            let notice =
                format!("an internal failure ended the thread {thread}: {} until the restart", self.1);
            tracing::error!(notice, "a thread ended");
            self.0.state.health.notice(&format!("thread {thread}"), notice);
        }
    }
}

fn write_loop(mut writer: Writer, links: &Links) {
    let Links { queue, inbox, background, .. } = links;
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
            // Nobody receives the reply where the request was cancelled.
            let _ = reply.send(result);
        }
        for group in outcome.appended {
            inbox.send(group);
        }
        writer.tidy_up();
        if let Some(job) = writer.take_training() {
            background.train(job);
        }
    }
    if let Err(error) = writer.close() {
        tracing::warn!(%error, "could not tidy the record logs; the next start takes a little longer");
    }
    inbox.close();
}

fn commit_loop(jobs: &Receiver<CommitJob>, inbox: &IndexInbox) {
    for job in jobs {
        apart("steplog-commit", || inbox.finish(job.run()));
    }
}

fn background_loop(links: &Links) {
    let Links { state, background, .. } = links;
    let until_the_end = {
        let background = Arc::clone(background);
        Pace::new(move || background.is_open())
    };
    let mut look_for_old_days = Instant::now();
    while let Work::Look { training } = background.next_work(BACKGROUND_EVERY) {
        if let Some(job) = training {
            job.start(state);
        }
        apart("steplog-background", || {
            let now = Instant::now();
            if now >= look_for_old_days {
                if let Err(error) = drop_old_days(state) {
                    tracing::warn!(%error, "days that are too old cannot be dropped yet");
                }
                // Finding the sizes of many days takes time.
                look_for_old_days = Instant::now() + RETENTION_EVERY.max(now.elapsed() * 100);
            }
            for partition in state.partitions() {
                partition.check_if_requested();
            }
            state.env.cache.rest();
            state.env.index_cache.rest();
            if merge_step(state, &until_the_end) {
                // There may be another, unless the store ends.
                background.wake();
            }
        });
    }
}

fn compact_loop(links: &Links) {
    let state = &links.state;
    let mut compaction = Compaction::new(Arc::clone(state));
    let mut idle = COMPACT_EVERY.min(Duration::from_millis(state.settings.store_commit_millis * 5));
    while links.background.pause(idle) {
        let start = Instant::now();
        let mut step = Step::Rested;
        apart("steplog-compact", || step = compaction.step(&gentle_pace(links)));
        idle = match step {
            Step::Worked => start.elapsed().min(COMPACT_EVERY),
            Step::Failed => COMPACT_EVERY * 12,
            Step::Rested => COMPACT_EVERY.min(Duration::from_millis(state.settings.store_commit_millis * 5)),
        };
    }
}

/// Pauses for longer than it works, and for longer still while events wait to be written. Ends with the store.
fn gentle_pace(links: &Links) -> Pace {
    let (background, queue) = (Arc::clone(&links.background), Arc::clone(&links.queue));
    let since = Mutex::new(Instant::now());
    Pace::new(move || {
        let mut since = since.lock().unwrap_or_else(PoisonError::into_inner);
        let worked = since.elapsed();
        if worked < WORK_BEFORE_REST {
            return true;
        }
        let go_on = background.pause(worked * REST_FACTOR);
        let mut steps = 0;
        while queue.bytes() > 0 && steps < YIELD_STEPS && background.pause(YIELD_STEP) {
            steps += 1;
        }
        *since = Instant::now();
        go_on
    })
}
