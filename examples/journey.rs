//! A journey: a person enters, an element sends a message, a wait ends, the journey is over.

#[path = "shared/emitter.rs"]
mod emitter;

use emitter::Emitter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let journey = Emitter::new(
        "journey-engine",
        &[
            ("steplog.context.type", "journey"),
            ("steplog.object.id", "jrn-11"),
            ("steplog.object.name", "Welcome"),
            ("steplog.object.version", "15"),
        ],
    )?;
    journey.step("journey.entered", "The person signed up and met the entry condition", vec![]);
    journey.step(
        "journey.message.sent",
        "The greeting was handed over for delivery",
        vec![("steplog.element.name", "Send greeting".into()), ("steplog.element.type", "message".into())],
    );
    journey.step(
        "journey.wait.ended",
        "The person opened the greeting",
        vec![
            ("steplog.element.name", "Wait for opening".into()),
            ("steplog.event.duration", 93_000_000_000_i64.into()),
        ],
    );
    journey.failure(
        "journey.api.called",
        "The loyalty programme was told about the new member",
        "the other system answered with 503",
        vec![
            ("steplog.element.name", "Tell loyalty programme".into()),
            ("http.response.status_code", 503.into()),
        ],
    );
    journey.step("journey.ended", "The person reached the end of the journey", vec![]);
    journey.finish()
}
