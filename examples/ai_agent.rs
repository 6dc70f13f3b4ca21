//! An AI agent, told by the GenAI conventions of OpenTelemetry alone: no attribute of steplog names its context.

#[path = "shared/emitter.rs"]
mod emitter;

use emitter::Emitter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let agent = Emitter::new(
        "agents",
        &[
            ("gen_ai.agent.name", "Care agent"),
            ("gen_ai.agent.version", "2026-11"),
            ("gen_ai.conversation.id", "conversation-1"),
        ],
    )?;
    agent.step(
        "gen_ai.client.inference.operation.details",
        "The model decided to look up the order",
        vec![
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.request.model", "atlas-large".into()),
            ("gen_ai.usage.input_tokens", 1_240.into()),
        ],
    );
    agent.step(
        "gen_ai.tool.called",
        "The order was looked up",
        vec![("gen_ai.operation.name", "execute_tool".into()), ("gen_ai.tool.name", "look_up_order".into())],
    );
    agent.failure(
        "gen_ai.tool.called",
        "The carrier was asked where the parcel is",
        "the carrier did not answer",
        vec![("gen_ai.operation.name", "execute_tool".into()), ("gen_ai.tool.name", "track_parcel".into())],
    );
    agent.finish()
}
