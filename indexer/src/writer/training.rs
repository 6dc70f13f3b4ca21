//! Gathers samples of a tenant's events and makes a dictionary of them.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use steplog_model::ids::Tenant;

use crate::config::TRAINING_BYTES;
use crate::log::dictionary::{Dictionary, Use};
use crate::log::payload::FrameEncoder;
use crate::shared::Shared;

/// Samples of one tenant at a time: the first one that has no dictionary.
#[derive(Debug, Default)]
pub(super) struct Training {
    tenant: Option<Tenant>,
    samples: Vec<u8>,
    lengths: Vec<usize>,
    /// Whose samples were used up: once is enough until the next start.
    done: BTreeSet<Tenant>,
}

/// The work of training, for a thread that has time.
pub(crate) struct TrainingJob {
    tenant: Tenant,
    samples: Vec<u8>,
    lengths: Vec<usize>,
    level: i32,
}

impl Training {
    /// Takes the events of a frame that goes without a dictionary.
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
    /// Trains the dictionary and leaves it for the writer. Takes about a second.
    pub(crate) fn run(self, shared: &Shared) {
        match Dictionary::train(Use::Rows, &self.samples, &self.lengths, self.level) {
            Ok(dictionary) => {
                tracing::info!(id = dictionary.id, "trained a dictionary for records");
                shared.trained.lock().unwrap_or_else(PoisonError::into_inner).push((self.tenant, dictionary));
            }
            // Events that are all alike compress well without.
            Err(error) => tracing::info!(%error, "no dictionary could be trained"),
        }
    }
}
