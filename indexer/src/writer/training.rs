//! Gathers samples of a tenant's events and trains a dictionary on them.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, Weak};
use std::thread::Builder;

use steplog_model::ids::Tenant;

use crate::config::TRAINING_BYTES;
use crate::log::dictionary::{Dictionary, Use};
use crate::log::frame::FrameEncoder;
use crate::state::StoreState;

/// Samples of one tenant at a time: the first that has no dictionary.
#[derive(Debug, Default)]
pub(super) struct Training {
    tenant: Option<Tenant>,
    samples: Vec<u8>,
    lengths: Vec<usize>,
    /// Tenants that were trained: once until the next start.
    done: BTreeSet<Tenant>,
}

/// The job of training, for the background thread.
pub(crate) struct TrainingJob {
    tenant: Tenant,
    samples: Vec<u8>,
    lengths: Vec<usize>,
    level: i32,
}

impl Training {
    /// Takes samples from a frame that uses no dictionary.
    pub(super) fn gather(&mut self, tenant: &Tenant, frame: &FrameEncoder) {
        let other = self.tenant.as_ref().is_some_and(|mine| mine != tenant);
        if other || self.samples.len() >= TRAINING_BYTES || self.done.contains(tenant) {
            return;
        }
        self.tenant.get_or_insert_with(|| tenant.clone());
        frame.copy_events(&mut self.samples, &mut self.lengths);
    }

    pub(super) fn take_job(&mut self, level: i32) -> Option<TrainingJob> {
        if self.samples.len() < TRAINING_BYTES {
            return None;
        }
        let tenant = self.tenant.take()?;
        self.done.insert(tenant.clone());
        let samples = std::mem::take(&mut self.samples);
        Some(TrainingJob { tenant, samples, lengths: std::mem::take(&mut self.lengths), level })
    }
}

impl TrainingJob {
    /// Trains in a thread of its own, which nobody joins and which holds nothing of the store. Training takes a second
    /// of a core, ten on a busy machine, and cannot be cancelled; a stop may take nine.
    pub(crate) fn start(self, state: &Arc<StoreState>) {
        let state = Arc::downgrade(state);
        let started = Builder::new().name("steplog-train".to_owned()).spawn(move || self.run(&state));
        if let Err(error) = started {
            tracing::warn!(%error, "no dictionary is trained until the next start");
        }
    }

    /// Stores the dictionary for the writer, if the store still exists.
    fn run(self, state: &Weak<StoreState>) {
        match Dictionary::train(Use::Rows, &self.samples, &self.lengths, self.level) {
            Ok(dictionary) => {
                let Some(state) = state.upgrade() else { return };
                tracing::info!(id = dictionary.id, "trained a dictionary for records");
                state.trained.lock().unwrap_or_else(PoisonError::into_inner).push((self.tenant, dictionary));
            }
            // Training fails where events are all alike. They compress well without a dictionary.
            Err(error) => tracing::info!(%error, "no dictionary could be trained"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::StoreSettings;
    use crate::disk::SimDisk;
    use crate::store::open::StoreParts;

    #[test]
    fn training_keeps_no_store_open() {
        let disk = SimDisk::default();
        let parts = StoreParts::open(StoreSettings::at("data"), Arc::new(disk), Clock::system()).unwrap();
        let events: Vec<String> =
            (0..50_000).map(|n| format!("event {n} of person {}", n * 7_919 % 10_007)).collect();
        let job = TrainingJob {
            tenant: Tenant::default(),
            lengths: events.iter().map(String::len).collect(),
            samples: events.concat().into_bytes(),
            level: 3,
        };
        let state = Arc::downgrade(&parts.state);
        job.start(&parts.state);
        drop(parts);
        // Long before the training ends.
        assert!(state.upgrade().is_none());
    }
}
