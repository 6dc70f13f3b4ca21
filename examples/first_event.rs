//! The first event of your own service: the OpenTelemetry SDK, and steplog as the place it exports to.
//!
//! `cargo run --example first_event [INTERACTION]` sends to `OTEL_EXPORTER_OTLP_ENDPOINT`, or to a steplog on this machine.

use opentelemetry::logs::{LogRecord, Logger, LoggerProvider};
use opentelemetry_otlp::LogExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let interaction = std::env::args().nth(1).unwrap_or_else(|| "first-interaction".to_owned());

    // These two lines connect a service to steplog.
    let exporter = LogExporter::builder().with_tonic().build()?;
    let provider = SdkLoggerProvider::builder()
        .with_resource(Resource::builder().with_service_name("first-service").build())
        .with_batch_exporter(exporter)
        .build();

    let logger = provider.logger("first-service");
    let mut event = logger.create_log_record();
    event.set_event_name("order.confirmed");
    event.set_body("The order was confirmed and the customer was told".into());
    event.add_attribute("steplog.interaction.id", interaction);
    event.add_attribute("steplog.person.id", "person-1");
    event.add_attribute("steplog.event.status", "success");
    event.add_attribute("order.number", 4711);
    logger.emit(event);

    // Sends what is still waiting: without it the last events of a process are lost.
    provider.shutdown()?;
    Ok(())
}
