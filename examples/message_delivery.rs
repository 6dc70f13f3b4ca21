//! The delivery of a message: accepted, not delivered on one channel, delivered on the next one.

#[path = "shared/emitter.rs"]
mod emitter;

use emitter::Emitter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let delivery = Emitter::new(
        "message-delivery",
        &[
            ("steplog.context.type", "message"),
            ("steplog.object.name", "Parcel notice"),
            ("message.id", "message-1"),
        ],
    )?;
    delivery.step(
        "message.accepted",
        "The notice was accepted for delivery",
        vec![("steplog.channel", "push".into())],
    );
    delivery.failure(
        "message.undelivered",
        "The notice did not reach the phone",
        "the device is not registered any more",
        vec![("steplog.channel", "push".into()), ("provider.code", 410.into())],
    );
    delivery.step("message.delivered", "The notice was delivered", vec![("steplog.channel", "sms".into())]);
    delivery.finish()
}
