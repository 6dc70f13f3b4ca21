//! A chatbot: it is asked, does not understand, asks back, understands.

#[path = "shared/service.rs"]
mod service;

use service::{Service, interaction};
use steplog_exporter::emit::{Actor, Automation, Context, Status};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Service::new("chatbot")?;
    let chatbot = Automation::new(Context::Chatbot, "Order assistant").version("20");
    let visit = chatbot.interaction(interaction()).person("person-1").conversation("conversation-1");
    visit.step("chatbot.session.started").text("The person opened the chat").emit(&service.logger);
    visit
        .step("chatbot.message.received")
        .by(Actor::User, "person-1")
        .text("Where is my parcel?")
        .emit(&service.logger);
    visit
        .step("chatbot.intent.not_matched")
        .element("Understand")
        .status(Status::Failure)
        .reason("no intent above the threshold")
        .text("The question was not understood")
        .attribute("intent.confidence", 0.41)
        .emit(&service.logger);
    visit
        .step("chatbot.message.sent")
        .element("Ask back")
        .text("Do you mean the order 4711?")
        .emit(&service.logger);
    visit.step("chatbot.session.ended").text("The person was handed to the agent").emit(&service.logger);
    service.finish()
}
