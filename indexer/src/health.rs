//! What the store says about itself: why it does not take events, and what else an operator should know.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use steplog_model::store::IngestError;

use crate::index::IndexError;

/// The most notices: more do not help.
const MAX_NOTICES: usize = 64;
/// When to retry while the disk is full: soon, since it may have room at any moment.
const RETRY_FULL: Duration = Duration::from_secs(1);
/// When to retry while a restart is needed.
const RETRY_RESTART: Duration = Duration::from_secs(5);
/// How long no group must be refused before the log reports recovery: a disk that is almost full takes small groups and
/// refuses the next.
const SETTLED: Duration = Duration::from_secs(60);
/// The most reasons that are logged while events are refused.
const MAX_REASONS: usize = 8;

/// The health of one store. All of its parts report here.
#[derive(Debug, Default)]
pub(crate) struct HealthState {
    /// Set once; ends writing until the restart.
    poison: OnceLock<String>,
    refused: Mutex<Refused>,
    /// By subject.
    notices: Mutex<BTreeMap<String, String>>,
}

/// Whether events are refused now, and what the log has of it.
#[derive(Debug, Default)]
struct Refused {
    /// Why the last group was refused; `None` once a group is taken.
    reason: Option<String>,
    /// The reasons that were logged since the refusals began; none once they are over for [`SETTLED`].
    logged: BTreeSet<String>,
    taken_since: Option<Instant>,
}

impl Refused {
    /// Notes a refusal; returns whether to log it.
    fn begin(&mut self, reason: String) -> bool {
        self.taken_since = None;
        let is_news = self.logged.len() < MAX_REASONS && self.logged.insert(reason.clone());
        self.reason = Some(reason);
        is_news
    }

    /// Notes that events are taken; returns whether to log the recovery.
    fn end(&mut self, now: Instant) -> bool {
        self.reason = None;
        let since = *self.taken_since.get_or_insert(now);
        let is_over = !self.logged.is_empty() && now.saturating_duration_since(since) >= SETTLED;
        if is_over {
            self.logged.clear();
        }
        is_over
    }
}

impl HealthState {
    fn refused(&self) -> MutexGuard<'_, Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends writing until the restart.
    pub(crate) fn poison(&self, reason: String) {
        metrics::gauge!("steplog_append_poisoned").set(1.0);
        tracing::error!(reason, "no events are taken until the restart");
        // The first reason is the cause. Later ones follow from it.
        let _ = self.poison.set(reason);
    }

    /// The reply to writes after [`Self::poison`].
    pub(crate) fn poisoned(&self) -> Option<IngestError> {
        let reason = self.poison.get()?.clone();
        Some(IngestError::Unwritable { reason, retry_after: RETRY_RESTART })
    }

    /// Notes that a group was refused, and returns the reply for its senders.
    pub(crate) fn refuse(&self, reason: String) -> IngestError {
        metrics::counter!("steplog_append_refused_groups_total").increment(1);
        self.would_refuse(reason.clone());
        IngestError::Unwritable { reason, retry_after: RETRY_FULL }
    }

    /// Notes that a group would be refused.
    pub(crate) fn would_refuse(&self, reason: String) {
        if self.refused().begin(reason.clone()) {
            tracing::error!(reason, "events are refused");
        }
    }

    /// Whether the last group was refused.
    pub(crate) fn is_refusing(&self) -> bool {
        self.refused().reason.is_some()
    }

    /// Notes that a group was or would be taken.
    pub(crate) fn accept(&self) {
        if self.refused().end(Instant::now()) {
            tracing::info!("events are taken again, and have been for a minute");
        }
    }

    /// Why events are not taken now.
    pub(crate) fn not_writable(&self) -> Option<String> {
        self.poison.get().cloned().or_else(|| self.refused().reason.clone())
    }

    /// Sets the notice about a subject; returns whether its text is new, so that retries log it once.
    pub(crate) fn notice(&self, about: &str, text: String) -> bool {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = notices.get(about) != Some(&text);
        if notices.len() < MAX_NOTICES || notices.contains_key(about) {
            notices.insert(about.to_owned(), text);
        }
        is_news
    }

    /// Removes a notice.
    pub(crate) fn clear_notice(&self, about: &str) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).remove(about);
    }

    /// All notices.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// The notice for operators where a day's events cannot be indexed.
pub(crate) fn cannot_index(label: &str, data: &Path, error: &IndexError) -> String {
    let data = data.display();
    match error {
        IndexError::NoRoom(_) => format!(
            "events of {label} are not searchable yet: the disk of {data} is full; make room, they become searchable \
             by themselves"
        ),
        other => format!("events of {label} are not searchable yet: {other}; it is tried again"),
    }
}

/// The message for senders and operators where the data directory refuses a write.
pub(crate) fn cannot_write(data: &Path, error: &io::Error) -> String {
    let data = data.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("the disk of {data} is full: make room, events are taken again by themselves")
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            format!("{data} is read-only: make it writable, events are taken again by themselves")
        }
        _ if matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE)) => format!(
            "no more files can be opened in {data}: raise the limit (ulimit -n, LimitNOFILE) or allow fewer \
             connections; events are taken again by themselves"
        ),
        _ => format!("writing to {data} failed: {error}; check the disk"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_refusals_and_their_end_are_each_logged_once() {
        let (start, mut refused) = (Instant::now(), Refused::default());
        let at = |millis| start + Duration::from_millis(millis);
        assert!(!refused.end(at(0)));
        // A disk that has room for a probe and none for a group, for five minutes.
        let logged = (0..200).filter(|round| {
            let begins = refused.begin("full".to_owned());
            assert_eq!(refused.reason.as_deref(), Some("full"));
            assert!(!refused.end(at(1_000 + round * 1_500)));
            assert_eq!(refused.reason, None);
            begins
        });
        assert_eq!(logged.count(), 1);
        // Another reason is news; reasons without end are not.
        assert_eq!((0..100).filter(|number| refused.begin(number.to_string())).count(), MAX_REASONS - 1);
        let over = (0..100).filter(|second| refused.end(at(600_000 + second * 1_000)));
        assert_eq!(over.collect::<Vec<_>>(), [60]);
        assert!(refused.begin("full".to_owned()));
    }
}
