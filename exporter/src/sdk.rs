//! An exporter of the OpenTelemetry SDK that keeps events in a store of the same process: for a service that
//! embeds steplog instead of sending to one.
//!
//! Records take the way that they would take over the wire: encoded as OTLP, decoded, mapped, ingested. So an
//! event has the same id, columns and record either way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use prost::Message as _;
use steplog_model::event::EventBatch;
use steplog_model::ids::Tenant;
use steplog_model::store::{EventStore, IngestError, Ingested};
use tokio::sync::oneshot;

use crate::decode::Signal;
use crate::map::Mappings;
use crate::reply::Accepted;
use crate::submit::events::{EventRoom, decode_and_map};
use crate::wire::media_type::Format;

/// How long a batch is offered to a store that is busy before it is given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(30);

/// Exports log records into a store.
///
/// A batch is done once its events are durable. While the store is busy the batch is offered again for 30 s;
/// after that, and where records are rejected, the export fails and says so in the SDK's own log.
pub struct StoreLogExporter {
    store: Arc<dyn EventStore>,
    mappings: Arc<Mappings>,
    tenant: Tenant,
    resource: ResourceAttributesWithSchema,
    give_up_after: Duration,
}

impl std::fmt::Debug for StoreLogExporter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("StoreLogExporter").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl StoreLogExporter {
    /// An exporter into `store` for the default tenant.
    #[must_use]
    pub fn new(store: Arc<dyn EventStore>, mappings: Arc<Mappings>) -> Self {
        Self {
            store,
            mappings,
            tenant: Tenant::default(),
            resource: ResourceAttributesWithSchema::default(),
            give_up_after: GIVE_UP_AFTER,
        }
    }

    /// Keeps the events for another tenant.
    #[must_use]
    pub fn with_tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// How long a batch is offered to a busy store; 30 s unless set.
    #[must_use]
    pub fn with_give_up_after(mut self, limit: Duration) -> Self {
        self.give_up_after = limit;
        self
    }

    async fn ingest(&self, events: EventBatch) -> Result<Ingested, IngestError> {
        let give_up_at = Instant::now() + self.give_up_after;
        loop {
            match self.store.ingest(events.clone()).await {
                Ok(ingested) => return Ok(ingested),
                Err(error) => {
                    let pause = error.retry_after();
                    if matches!(error, IngestError::Stopping) || Instant::now() + pause >= give_up_at {
                        return Err(error);
                    }
                    wait(pause).await;
                }
            }
        }
    }
}

impl LogExporter for StoreLogExporter {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let resource_logs = group_logs_by_resource_and_scope(&batch, &self.resource);
        let bytes = Bytes::from(ExportLogsServiceRequest { resource_logs }.encode_to_vec());
        let failed = |what: String| OTelSdkError::InternalFailure(format!("steplog: {what}"));
        let mapping = self.mappings.for_tenant(&self.tenant);
        let signal = (Signal::Logs, Format::Protobuf);
        let received = self.store.received();
        let prepared = decode_and_map(mapping, signal, bytes, received, &mut EventRoom::unbounded());
        let (events, mut summary) = prepared.map_err(|error| failed(error.to_string()))?;
        if !events.is_empty() {
            let batch = EventBatch { tenant: self.tenant.clone(), events };
            let ingested = self.ingest(batch).await.map_err(|error| failed(error.to_string()))?;
            summary.ingested(&ingested);
        }
        summary.count();
        let Accepted { rejected, message, .. } = summary.into_accepted();
        if rejected == 0 {
            Ok(())
        } else {
            Err(failed(format!("{} rejected: {message}", Signal::Logs.counted(rejected))))
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

/// A pause without any runtime: the SDK drives exporters from threads of its own. A store is seldom busy.
async fn wait(pause: Duration) {
    let (done, waited) = oneshot::channel();
    std::thread::spawn(move || {
        std::thread::sleep(pause);
        // Nobody waits any more where the export was dropped.
        let _ = done.send(());
    });
    let _ = waited.await;
}
