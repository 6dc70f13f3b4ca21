//! Steps by types: who it is about goes along by itself, and what takes time tells how long.
//!
//! docs/instrument.md has this program as it stands here.

use opentelemetry::logs::LoggerProvider as _;
use opentelemetry_otlp::LogExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use steplog_exporter::emit::{Automation, Context};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let exporter = LogExporter::builder().with_tonic().build()?;
    let resource = Resource::builder().with_service_name("orders").build();
    let provider = SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
    let steps = provider.logger("orders");

    // Once for each customer's way through your service; what is called inside, at any depth, knows the person.
    let who = Automation::new(Context::Journey, "Orders").interaction("order-4711").person("customer-7");
    who.carry(ship(&steps)).await;

    provider.shutdown()?; // at the end of the process: sends what waits
    Ok(())
}

async fn ship(steps: &SdkLogger) {
    // Once for each step: it begins, and ends with how long it took. Left by `?` or an aborted task, it was cancelled.
    let orders = Automation::new(Context::Journey, "Orders");
    let shipping = orders.step("order.shipped").element("Ship").text("Parcel handed over").begin(steps);
    tokio::task::yield_now().await; // the work itself
    shipping.finish();
}
