//! What the store says about itself: why it does not take events, and what else an operator should know.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use steplog_model::store::IngestError;

use crate::index::IndexError;

/// More notices than this help nobody.
const MAX_NOTICES: usize = 64;
/// When to come again while the disk is full: soon, for it may have room any moment.
const RETRY_FULL: Duration = Duration::from_secs(1);
/// When to come again while a restart is needed.
const RETRY_RESTART: Duration = Duration::from_secs(5);

/// The health of one store, told to and asked by all of its parts.
#[derive(Debug, Default)]
pub(crate) struct HealthState {
    /// Set once; ends writing until the restart.
    poison: OnceLock<String>,
    /// Why the last group was refused; `None` once one is taken again.
    refused: Mutex<Option<String>>,
    /// By what they are about.
    notices: Mutex<BTreeMap<String, String>>,
}

impl HealthState {
    /// Ends writing until the restart.
    pub(crate) fn poison(&self, reason: String) {
        metrics::gauge!("steplog_append_poisoned").set(1.0);
        tracing::error!(reason, "no events are taken until the restart");
        // Only the first reason counts; later ones follow from it.
        let _ = self.poison.set(reason);
    }

    /// The answer to whoever wants to write after [`Self::poison`].
    pub(crate) fn poisoned(&self) -> Option<IngestError> {
        let reason = self.poison.get()?.clone();
        Some(IngestError::Unwritable { reason, retry_after: RETRY_RESTART })
    }

    /// Notes that a group was refused and returns the answer for its senders.
    pub(crate) fn refuse(&self, reason: String) -> IngestError {
        metrics::counter!("steplog_append_refused_groups_total").increment(1);
        self.would_refuse(reason.clone());
        IngestError::Unwritable { reason, retry_after: RETRY_FULL }
    }

    /// Notes that groups would be refused, although none is there.
    pub(crate) fn would_refuse(&self, reason: String) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.as_ref() != Some(&reason) {
            tracing::error!(reason, "events are refused");
        }
        *refused = Some(reason);
    }

    /// Whether the last group was refused.
    pub(crate) fn is_refusing(&self) -> bool {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Notes that a group was taken.
    pub(crate) fn accept(&self) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.take().is_some() {
            tracing::info!("events are taken again");
        }
    }

    /// Why events are not taken now.
    pub(crate) fn not_writable(&self) -> Option<String> {
        let refused = || self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.poison.get().cloned().or_else(refused)
    }

    /// Keeps a notice about something, in place of the last one about it; says whether it is another one, so that
    /// what is tried again and again is told once.
    pub(crate) fn notice(&self, about: &str, text: String) -> bool {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = notices.get(about) != Some(&text);
        if notices.len() < MAX_NOTICES || notices.contains_key(about) {
            notices.insert(about.to_owned(), text);
        }
        is_news
    }

    /// Takes a notice back.
    pub(crate) fn clear_notice(&self, about: &str) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).remove(about);
    }

    /// All notices.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// What to tell operators where a day's events cannot be indexed.
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

/// What to tell senders and operators where the data directory refuses a write.
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
