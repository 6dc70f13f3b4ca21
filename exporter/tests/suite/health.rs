//! Health and reflection over gRPC.

use std::time::Duration;

use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::support::clients::{channel, export};
use crate::support::requests::one;
use crate::support::start;
use crate::support::store::Answer;

const LOGS: &str = "opentelemetry.proto.collector.logs.v1.LogsService";

fn ask(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

fn status(response: tonic::Response<HealthCheckResponse>) -> ServingStatus {
    response.into_inner().status()
}

#[tokio::test]
async fn checks_follow_the_store() {
    let server = start().await;
    let mut client = HealthClient::new(channel(server.grpc).await);
    for service in ["", LOGS] {
        server.store.answer(Answer::Take);
        assert_eq!(status(client.check(ask(service)).await.unwrap()), ServingStatus::Serving);
        server.store.answer(Answer::Unwritable(Duration::from_secs(1)));
        assert_eq!(status(client.check(ask(service)).await.unwrap()), ServingStatus::NotServing);
    }
    let unknown = client.check(ask("no.such.Service")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn watchers_see_changes_and_the_stop() {
    let mut server = start().await;
    let mut client = HealthClient::new(channel(server.grpc).await);
    let mut changes = client.watch(ask(LOGS)).await.unwrap().into_inner();
    let mut unknown = client.watch(ask("no.such.Service")).await.unwrap().into_inner();
    let first = unknown.message().await.unwrap().unwrap();
    assert_eq!(first.status(), ServingStatus::ServiceUnknown);
    for (answer, want) in [
        (Answer::Take, ServingStatus::Serving),
        (Answer::Unwritable(Duration::from_secs(1)), ServingStatus::NotServing),
        (Answer::Take, ServingStatus::Serving),
    ] {
        server.store.answer(answer);
        assert_eq!(changes.message().await.unwrap().unwrap().status(), want);
    }
    // The stop is told before the connection ends.
    server.begin_stop();
    assert_eq!(changes.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert_eq!(changes.message().await.unwrap(), None);
    server.stopped().await;
}

#[tokio::test]
async fn a_draining_receiver_says_so_on_connections_it_still_has() {
    let mut server = start().await;
    server.store.answer(Answer::Hold);
    let channel = channel(server.grpc).await;
    let held = tokio::spawn(export(server.grpc, one("a.b")));
    server.store.wait_for_batches(1).await;
    let mut client = HealthClient::new(channel);
    let mut changes = client.watch(ask("")).await.unwrap().into_inner();
    assert_eq!(changes.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    server.begin_stop();
    assert_eq!(changes.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert!(!held.is_finished());
    server.store.answer(Answer::Take);
    held.await.unwrap().unwrap();
    server.stopped().await;
}

/// The same questions to both versions of the reflection service.
macro_rules! reflects {
    ($test:ident, $version:ident) => {
        #[tokio::test]
        async fn $test() {
            use prost::Message as _;
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

            let server = start().await;
            let mut client = ServerReflectionClient::new(channel(server.grpc).await);
            let questions = [
                MessageRequest::ListServices(String::new()),
                MessageRequest::FileContainingSymbol(LOGS.to_owned()),
                MessageRequest::FileByFilename("opentelemetry/proto/logs/v1/logs.proto".to_owned()),
            ];
            let questions = questions.map(|question| ServerReflectionRequest {
                host: String::new(),
                message_request: Some(question),
            });
            let asked = futures_util::stream::iter(questions);
            let mut answers = client.server_reflection_info(asked).await.unwrap().into_inner();
            let mut next = async || answers.message().await.unwrap().unwrap().message_response.unwrap();
            let MessageResponse::ListServicesResponse(services) = next().await else { panic!() };
            let mut names: Vec<_> = services.service.into_iter().map(|service| service.name).collect();
            names.sort();
            let want = [
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
                LOGS,
                "opentelemetry.proto.collector.metrics.v1.MetricsService",
                "opentelemetry.proto.collector.trace.v1.TraceService",
            ];
            assert_eq!(names, want);
            for want in [
                "opentelemetry/proto/collector/logs/v1/logs_service.proto",
                "opentelemetry/proto/logs/v1/logs.proto",
            ] {
                let MessageResponse::FileDescriptorResponse(files) = next().await else { panic!() };
                let file = &files.file_descriptor_proto[0];
                // The file's name is its first field.
                let name = String::decode(&file[..2 + want.len()]).unwrap();
                assert_eq!(name, want);
            }
        }
    };
}

reflects!(reflection_v1, v1);
reflects!(reflection_v1alpha, v1alpha);
