//! An inbox in which people answer: a conversation is queued, taken, answered and closed.

#[path = "shared/emitter.rs"]
mod emitter;

use emitter::Emitter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inbox = Emitter::new(
        "inbox",
        &[
            ("steplog.context.type", "conversation"),
            ("steplog.object.name", "Care team"),
            ("steplog.conversation.id", "conversation-1"),
        ],
    )?;
    let colleague = || vec![("steplog.actor.name", "Ana".into()), ("steplog.actor.type", "agent".into())];
    inbox.step("conversation.created", "The agent could not help and asked for a colleague", vec![]);
    inbox.failure(
        "conversation.assignment.failed",
        "Nobody who speaks the person's language was free",
        "all colleagues busy",
        vec![],
    );
    inbox.step("conversation.assigned", "Ana took the conversation", colleague());
    inbox.step("conversation.message.sent", "Your parcel arrives tomorrow before noon", colleague());
    inbox.step("conversation.closed", "The question was answered", colleague());
    inbox.finish()
}
