//! An inbox in which people answer: a conversation is queued, taken, answered and closed.

#[path = "shared/service.rs"]
mod service;

use service::{Service, interaction};
use steplog_exporter::emit::{Actor, Automation, Context, Status, Step};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Service::new("inbox")?;
    let inbox = Automation::new(Context::Conversation, "Care team");
    let case = inbox.interaction(interaction()).person("person-1").conversation("conversation-1");
    let by_ana = |step: Step| step.by(Actor::Agent, "ana").actor_name("Ana");
    case.step("conversation.created")
        .text("The agent could not help and asked for a colleague")
        .emit(&service.logger);
    case.step("conversation.assignment.failed")
        .status(Status::Failure)
        .reason("all colleagues busy")
        .text("Nobody who speaks the person's language was free")
        .emit(&service.logger);
    by_ana(case.step("conversation.assigned")).text("Ana took the conversation").emit(&service.logger);
    by_ana(case.step("conversation.message.sent"))
        .text("Your parcel arrives tomorrow before noon")
        .emit(&service.logger);
    by_ana(case.step("conversation.closed")).text("The question was answered").emit(&service.logger);
    service.finish()
}
