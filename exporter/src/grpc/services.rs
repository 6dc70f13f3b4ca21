//! The services beside those that take signals: health and reflection.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use steplog_model::store::EventStore;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic_health::pb::health_server::HealthServer;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use super::EXPORT_SERVICES;
use super::health::StoreHealth;

const HEALTH: &str = "grpc.health.v1.Health";
const REFLECTION: &str = "grpc.reflection.v1.ServerReflection";
const REFLECTION_ALPHA: &str = "grpc.reflection.v1alpha.ServerReflection";

/// A service that tonic serves.
pub(super) type Service = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

/// Services by name.
#[derive(Clone)]
pub(super) struct Services {
    by_name: Arc<[(&'static str, Service)]>,
}

impl Services {
    pub(super) fn new(
        store: Arc<dyn EventStore>,
        stopping: CancellationToken,
    ) -> Result<Self, tonic_reflection::server::Error> {
        let health = HealthServer::new(StoreHealth::new(store, stopping));
        let reflection = || {
            let names = EXPORT_SERVICES.map(|(name, _)| name).into_iter();
            let names = names.chain([HEALTH, REFLECTION, REFLECTION_ALPHA]);
            let builder = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(opentelemetry_proto::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
                .include_reflection_service(false);
            // Only what is served is listed; the descriptors know of profiles too.
            names.fold(builder, tonic_reflection::server::Builder::with_service_name)
        };
        let by_name = Arc::new([
            (HEALTH, BoxCloneSyncService::new(health)),
            (REFLECTION, BoxCloneSyncService::new(reflection().build_v1()?)),
            (REFLECTION_ALPHA, BoxCloneSyncService::new(reflection().build_v1alpha()?)),
        ]);
        Ok(Self { by_name })
    }

    /// The service whose method has this path.
    pub(super) fn find(&self, path: &str) -> Option<&Service> {
        let (name, _) = path.strip_prefix('/')?.split_once('/')?;
        self.by_name.iter().find(|(known, _)| *known == name).map(|(_, service)| service)
    }

    pub(super) async fn call(service: &Service, request: Request<Incoming>) -> Response<Body> {
        let Ok(response) = service.clone().oneshot(request).await;
        response
    }
}
