//! An AI agent, told by the GenAI conventions of OpenTelemetry alone: no attribute of steplog names its context.

#[path = "shared/service.rs"]
mod service;

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, Severity};
use service::{Service, interaction};

/// What an agent that was instrumented elsewhere emits.
fn emit(service: &Service, name: &'static str, text: &'static str, attributes: &[(&'static str, AnyValue)]) {
    let mut record = service.logger.create_log_record();
    record.set_event_name(name);
    #[expect(clippy::disallowed_methods, reason = "a service of its own asks its own clock")]
    record.set_timestamp(std::time::SystemTime::now());
    record.set_severity_number(Severity::Info);
    record.set_body(text.into());
    record.add_attribute("gen_ai.agent.name", "Care agent");
    record.add_attribute("gen_ai.agent.version", "2026-11");
    record.add_attribute("gen_ai.conversation.id", "conversation-1");
    // The conventions have no name for these two.
    record.add_attribute("steplog.interaction.id", interaction());
    record.add_attribute("steplog.person.id", "person-1");
    record.add_attributes(attributes.iter().cloned());
    service.logger.emit(record);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Service::new("agents")?;
    let thinking = [
        ("gen_ai.operation.name", "chat".into()),
        ("gen_ai.request.model", "atlas-large".into()),
        ("gen_ai.usage.input_tokens", 1_240.into()),
    ];
    let text = "The model decided to look up the order";
    emit(&service, "gen_ai.client.inference.operation.details", text, &thinking);
    let looking_up =
        [("gen_ai.operation.name", "execute_tool".into()), ("gen_ai.tool.name", "look_up_order".into())];
    emit(&service, "gen_ai.tool.called", "The order was looked up", &looking_up);
    let tracking = [
        ("gen_ai.operation.name", "execute_tool".into()),
        ("gen_ai.tool.name", "track_parcel".into()),
        ("error.type", "timeout".into()),
        ("error.message", "the carrier did not answer".into()),
    ];
    emit(&service, "gen_ai.tool.called", "The carrier was asked where the parcel is", &tracking);
    service.finish()
}
