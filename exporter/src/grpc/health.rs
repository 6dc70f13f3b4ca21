//! `grpc.health.v1`: whether events are taken now, asked of the store each time.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use steplog_model::store::EventStore;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::EXPORT_SERVICES;

/// How often a watcher's status is looked at again.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Answers health checks.
#[derive(Clone)]
pub(super) struct StoreHealth {
    store: Arc<dyn EventStore>,
    stopping: CancellationToken,
}

impl StoreHealth {
    pub(super) fn new(store: Arc<dyn EventStore>, stopping: CancellationToken) -> Self {
        Self { store, stopping }
    }

    fn knows(service: &str) -> bool {
        service.is_empty() || EXPORT_SERVICES.iter().any(|(name, _)| *name == service)
    }

    fn status(&self) -> ServingStatus {
        if self.stopping.is_cancelled() || self.store.health().not_writable.is_some() {
            ServingStatus::NotServing
        } else {
            ServingStatus::Serving
        }
    }
}

type Watch = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Health for StoreHealth {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = &request.get_ref().service;
        if Self::knows(service) {
            return Ok(response(self.status()));
        }
        Err(Status::not_found(format!(
            "there is no service of this name; ask for {:?} or \"\"",
            EXPORT_SERVICES[0].0
        )))
    }

    type WatchStream = Watch;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Watch>, Status> {
        let known = Self::knows(&request.get_ref().service);
        let watcher = Watcher { health: self.clone(), known, told: None };
        let changes = stream::unfold(watcher, |mut watcher| async {
            let status = watcher.next().await?;
            Some((Ok(HealthCheckResponse { status: status.into() }), watcher))
        });
        Ok(Response::new(Box::pin(changes)))
    }
}

fn response(status: ServingStatus) -> Response<HealthCheckResponse> {
    Response::new(HealthCheckResponse { status: status.into() })
}

struct Watcher {
    health: StoreHealth,
    known: bool,
    told: Option<ServingStatus>,
}

impl Watcher {
    /// The next status that differs from the one told; `None` at the end, which is when the receiver stops.
    async fn next(&mut self) -> Option<ServingStatus> {
        loop {
            let stopping = self.health.stopping.is_cancelled();
            let status = if self.known { self.health.status() } else { ServingStatus::ServiceUnknown };
            if self.told != Some(status) {
                self.told = Some(status);
                return Some(status);
            }
            if stopping {
                return None;
            }
            // Woken early by the stop; the time-out is the ordinary way on.
            let stop = self.health.stopping.cancelled();
            let _ = tokio::time::timeout(WATCH_INTERVAL, stop).await;
        }
    }
}
