//! A journey: a person enters, an element sends a message, a wait ends, the journey is over.

#[path = "shared/service.rs"]
mod service;

use service::{Service, interaction};
use std::time::Duration;

use steplog_exporter::emit::{Automation, Context, Status};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Service::new("journey-engine")?;
    let journey = Automation::new(Context::Journey, "Welcome").object_id("jrn-11").version("15");
    let run = journey.interaction(interaction()).person("person-1");
    run.step("journey.entered")
        .text("The person signed up and met the entry condition")
        .emit(&service.logger);
    run.step("journey.message.sent")
        .element("Send greeting")
        .element_type("message")
        .text("The greeting was handed over for delivery")
        .emit(&service.logger);
    run.step("journey.wait.ended")
        .element("Wait for opening")
        .took(Duration::from_secs(93))
        .text("The person opened the greeting")
        .emit(&service.logger);
    run.step("journey.api.called")
        .element("Tell loyalty programme")
        .status(Status::Failure)
        .reason("the other system answered with 503")
        .text("The loyalty programme was told about the new member")
        .attribute("http.response.status_code", 503)
        .emit(&service.logger);
    run.step("journey.ended").text("The person reached the end of the journey").emit(&service.logger);
    service.finish()
}
