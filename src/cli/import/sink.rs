//! Where an import goes to.

use anyhow::bail;
use steplog_exporter::map::Mapping;
use steplog_load::otlp_client::reply::Reply;
use steplog_load::otlp_client::retry::{RetryPolicy, deliver};
use steplog_load::otlp_client::{Message, Sender, Target};
use steplog_model::event::EventBatch;
use steplog_model::ids::Tenant;
use steplog_model::store::IngestError;

use crate::app::Offline;
use crate::cli::output;
use crate::import::batch::Batch;

/// A receiver, or a store of this process.
pub(super) enum Sink {
    Receiver { sender: Box<Sender>, mapping: Mapping },
    Store { store: Box<Offline>, tenant: Tenant },
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Durable.
    pub(super) acknowledged: u64,
    /// Of these, stored now, where that is known.
    pub(super) new: Option<u64>,
    pub(super) duplicates: u64,
    pub(super) rejected: u64,
    pub(super) left_out: u64,
    /// Why records were rejected.
    pub(super) problem: Option<String>,
}

impl Sink {
    pub(super) fn of_receiver(target: Target) -> Self {
        // The receiver maps again. Only ids are compared here, and they depend on no settings.
        Self::Receiver { sender: Box::new(Sender::new(target)), mapping: Mapping::built_in() }
    }

    pub(super) fn of_store(store: Offline) -> Self {
        Self::Store { store: Box::new(store), tenant: Tenant::default() }
    }

    pub(super) fn mapping(&self) -> Mapping {
        match self {
            Self::Receiver { mapping, .. } => mapping.clone(),
            Self::Store { store, tenant } => store.mappings().for_tenant(tenant).clone(),
        }
    }

    /// Hands a batch over and waits until it is durable. `tell` hears why that takes longer.
    pub(super) async fn take(&mut self, batch: Batch, tell: impl FnMut(&str)) -> anyhow::Result<Outcome> {
        match self {
            Self::Receiver { sender, .. } => send(sender, &batch, tell).await,
            Self::Store { store, tenant } => ingest(store, tenant, batch).await,
        }
    }

    /// Waits until all can be found, where that is this process's to do; `false` where it takes too long.
    pub(super) async fn close(self) -> anyhow::Result<bool> {
        let Self::Store { store, .. } = self else { return Ok(true) };
        let searchable = store.searchable().await?;
        if !searchable {
            output::tell(format_args!(
                "all events are stored; the next start makes the last of them searchable"
            ));
        }
        Ok(searchable)
    }
}

async fn send(sender: &mut Sender, batch: &Batch, mut tell: impl FnMut(&str)) -> anyhow::Result<Outcome> {
    let items = batch.items.len() as u64;
    let message = Message::new(batch.request(), sender.target().compression)?;
    let policy = RetryPolicy::default();
    let patience = policy.give_up_after.unwrap_or_default().as_secs();
    let mut is_first = true;
    let (address, protocol) = (sender.target().authority.clone(), sender.target().protocol);
    let on_retry = |reason: &str| {
        // Once in full, then that it goes on.
        if std::mem::take(&mut is_first) {
            tell(&format!(
                "nothing is taken at {address} yet: {reason}; trying again for up to {patience} s. Is the address right \
                 (--server, --endpoint), and does it speak OTLP over {} (--protocol)?",
                protocol.name()
            ));
        } else {
            tell(&format!("trying again: {reason}"));
        }
    };
    match deliver(sender, &message, &policy, on_retry).await.reply {
        Reply::Accepted { rejected, message } => {
            let problem = (!message.is_empty()).then_some(message);
            let acknowledged = items.saturating_sub(rejected);
            Ok(Outcome { acknowledged, rejected, problem, ..Outcome::default() })
        }
        Reply::Retry { reason, .. } => bail!("the receiver takes nothing: {reason}"),
        Reply::Refused { reason } => bail!("the receiver refuses the records: {reason}"),
    }
}

async fn ingest(store: &Offline, tenant: &Tenant, batch: Batch) -> anyhow::Result<Outcome> {
    let (events, left_out) = batch.into_events();
    let batch = EventBatch { tenant: tenant.clone(), events };
    loop {
        match store.store().ingest(batch.clone()).await {
            Ok(ingested) => {
                let problem = ingested.rejected.first().map(|(_, why)| why.clone());
                return Ok(Outcome {
                    acknowledged: (ingested.stored + ingested.duplicates) as u64,
                    new: Some(ingested.stored as u64),
                    duplicates: ingested.duplicates as u64,
                    rejected: ingested.rejected.len() as u64,
                    left_out,
                    problem,
                });
            }
            Err(IngestError::Busy { retry_after } | IngestError::Unready { retry_after, .. }) => {
                tokio::time::sleep(retry_after).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
