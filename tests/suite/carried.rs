//! Steps by types, of two services: the interaction goes along into tasks and, by W3C headers, into the other service.

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry::context::FutureExt as _;
use opentelemetry::logs::LoggerProvider as _;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_otlp::{LogExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::propagation::BaggagePropagator;
use serde_json::Value;
use steplog_exporter::emit::{Automation, Context, Status};

use crate::support::{Server, eventually};

fn service(server: &Server, name: &'static str) -> SdkLoggerProvider {
    let endpoint = format!("http://{}", server.address("grpc"));
    let exporter = LogExporter::builder().with_tonic().with_endpoint(endpoint).build().unwrap();
    let resource = Resource::builder().with_service_name(name).build();
    SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build()
}

/// Another service, which knows of the request no more than its headers.
async fn pay(headers: &HashMap<String, String>, logger: &SdkLogger) {
    let payments = Automation::new(Context::Other("payment".to_owned()), "Payments");
    let work = async {
        tokio::task::yield_now().await;
        payments.step("payment.taken").emit(logger);
    };
    work.with_context(BaggagePropagator::new().extract(headers)).await;
}

async fn order(orders: SdkLogger, payments: &SdkLogger) {
    let journey = Automation::new(Context::Journey, "Orders");
    let mut call = journey.step("order.packed").element("Pack").begin(&orders);
    call.tell(|step| step.attribute("parcels", 2_i64));
    let logger = orders.clone();
    let helper = async move {
        let notices = Automation::new(Context::Message, "Notices");
        notices.step("message.sent").emit(&logger);
        notices.step("message.sent").id("stated").emit(&logger);
        notices.interaction("i-other").step("message.seen").emit(&logger);
    };
    // Another thread may run it.
    tokio::spawn(helper.with_current_context()).await.unwrap();
    let mut headers = HashMap::new();
    BaggagePropagator::new().inject(&mut headers);
    pay(&headers, payments).await;
    call.finish();
    journey.step("order.charged").measure(&orders).fail("HTTP 503");
    journey.step("order.weighed").measure(&orders).end(Status::Skipped);
    // Whoever waits gives up: the future is dropped, and the step in it.
    let logger = orders.clone();
    let never = async {
        let _call = journey.step("order.called").id("called").begin_as("order.calling", &logger);
        std::future::pending::<()>().await;
    };
    assert!(tokio::time::timeout(Duration::from_millis(1), never).await.is_err());
    let panics = tokio::spawn(async move {
        let _call = Automation::new(Context::Journey, "Orders").step("order.broken").measure(&orders);
        std::panic::resume_unwind(Box::new("broken"));
    });
    assert!(panics.await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interaction_goes_along_and_steps_tell_how_long_they_took() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path()).await;
    let (orders, payments) = (service(&server, "orders"), service(&server, "payments"));
    let visit =
        Automation::new(Context::Journey, "Orders").interaction("i-way").person("Zoë, 7").conversation("c 1");
    visit.carry(order(orders.logger("orders"), &payments.logger("payments"))).await;
    Automation::new(Context::Journey, "Orders").step("order.after").emit(&orders.logger("orders"));
    let shut =
        [orders, payments].map(|provider| tokio::task::spawn_blocking(move || provider.shutdown().unwrap()));
    for one in shut {
        one.await.unwrap();
    }
    let names = "columns=event,status,reason,person,conversation,interaction,service,element&sort=time";
    let page = eventually("all events are found", async || {
        let page = server.get(&format!("/api/v1/events?{names}")).await;
        (page["events"].as_array().unwrap().len() == 12).then_some(page)
    })
    .await;
    let events = page["events"].as_array().unwrap();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    let all = |event: &Value| {
        ["interaction", "person", "conversation"]
            .map(|column| event[column].as_str().unwrap_or_default().to_owned())
    };
    let way = ["i-way", "Zoë, 7", "c 1"].map(str::to_owned);
    for name in
        ["order.packed", "message.sent", "payment.taken", "order.charged", "order.calling", "order.called"]
    {
        assert!(
            !of(name).is_empty() && of(name).into_iter().all(|event| all(event) == way),
            "{name}: {events:?}"
        );
    }
    assert_eq!(of("payment.taken")[0]["service"], "payments");
    assert_eq!(of("message.seen")[0]["interaction"], "i-other", "what is stated counts");
    assert_eq!(all(of("order.after")[0]), [const { String::new() }; 3], "it ends with the future");
    let told = |name: &str| {
        let events = of(name).into_iter();
        let told = events.map(|event| (event["status"].as_str().unwrap(), event["duration_nanos"].as_i64()));
        told.collect::<Vec<_>>()
    };
    let packed = told("order.packed");
    assert!(packed.contains(&("in_progress", None)) && packed.len() == 2, "{packed:?}");
    assert!(packed.iter().any(|(status, nanos)| *status == "success" && nanos.unwrap() > 0), "{packed:?}");
    for (name, status, reason) in [
        ("order.charged", "failure", "HTTP 503"),
        ("order.weighed", "skipped", ""),
        ("order.called", "cancelled", "it was left before its end was told"),
        ("order.broken", "failure", "the program panicked in it"),
    ] {
        let [event] = of(name)[..] else { panic!("{name}: {events:?}") };
        assert_eq!(
            (event["status"].as_str().unwrap(), event["reason"].as_str().unwrap_or_default()),
            (status, reason)
        );
        assert!(event["duration_nanos"].as_i64().unwrap() > 0, "{event}");
    }
    let interaction = server.get("/api/v1/interactions/i-way").await;
    let spans = interaction["spans"].as_array().unwrap();
    let packed = spans.iter().find(|span| span["event"] == "order.packed").unwrap();
    assert_eq!((&packed["open"], &packed["status"]), (&Value::Bool(false), &"success".into()), "{packed}");
    server.stop().await;
}
