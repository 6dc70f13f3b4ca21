//! A chatbot: it is asked, does not understand, asks back, understands.

#[path = "shared/emitter.rs"]
mod emitter;

use emitter::Emitter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chatbot = Emitter::new(
        "chatbot",
        &[
            ("steplog.context.type", "chatbot"),
            ("steplog.object.name", "Order assistant"),
            ("steplog.object.version", "20"),
            ("steplog.conversation.id", "conversation-1"),
        ],
    )?;
    chatbot.step("chatbot.session.started", "The person opened the chat", vec![]);
    chatbot.step(
        "chatbot.message.received",
        "Where is my parcel?",
        vec![("steplog.actor.id", "person-1".into()), ("steplog.actor.type", "user".into())],
    );
    chatbot.failure(
        "chatbot.intent.not_matched",
        "The question was not understood",
        "no intent above the threshold",
        vec![("steplog.element.name", "Understand".into()), ("intent.confidence", 0.41.into())],
    );
    chatbot.step(
        "chatbot.message.sent",
        "Do you mean the order 4711?",
        vec![("steplog.element.name", "Ask back".into())],
    );
    chatbot.step("chatbot.session.ended", "The person was handed to the agent", vec![]);
    chatbot.finish()
}
