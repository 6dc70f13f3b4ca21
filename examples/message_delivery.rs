//! The delivery of a message: accepted, not delivered on one channel, delivered on the next one.

#[path = "shared/service.rs"]
mod service;

use service::{Service, interaction};
use steplog_exporter::emit::{Automation, Context, Status};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Service::new("message-delivery")?;
    let notice = Automation::new(Context::Message, "Parcel notice");
    let delivery = notice.interaction(interaction()).person("person-1");
    let push = delivery.clone().channel("push");
    push.step("message.accepted")
        .attribute("message.id", "message-1")
        .text("The notice was accepted for delivery")
        .emit(&service.logger);
    push.step("message.undelivered")
        .attribute("message.id", "message-1")
        .status(Status::Failure)
        .reason("the device is not registered any more")
        .text("The notice did not reach the phone")
        .attribute("provider.code", 410)
        .emit(&service.logger);
    let sms = delivery.channel("sms");
    sms.step("message.delivered")
        .attribute("message.id", "message-1")
        .text("The notice was delivered")
        .emit(&service.logger);
    service.finish()
}
