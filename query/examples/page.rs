//! Serves the page and the API over a store in memory with a day of made-up events.
//!
//! `cargo run -p steplog-query --example page -- --listen 127.0.0.1:0`

use std::error::Error;
use std::sync::Arc;

use clap::Parser;
use steplog_model::column::Column;
use steplog_model::event::{Event, EventBatch};
use steplog_model::ids::Tenant;
use steplog_model::store::EventStore;
use steplog_model::testing::build::EventBuilder;
use steplog_model::testing::scan_store::ScanStore;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};
use steplog_query::QuerySettings;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    query: QuerySettings,
    /// How many events there are
    #[arg(long, default_value_t = 3_000)]
    events: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let flags = Flags::parse();
    let store = ScanStore::new();
    let now = UnixNanos::now();
    let events = (0..flags.events).map(|number| event(number, flags.events, now)).collect();
    store.ingest(EventBatch { tenant: Tenant::default(), events }).await?;
    let server = steplog_query::bind(Arc::new(store), &flags.query).await?;
    #[expect(clippy::print_stdout, reason = "the address to open is the example's output")]
    {
        println!("http://{}", server.address());
    }
    server.run(std::future::pending()).await;
    Ok(())
}

const KINDS: [(&str, &str, &str, &str); 8] = [
    ("message.delivered", "message", "Order shipped", "v6"),
    ("ai_agent.responded", "ai_agent", "Order concierge", "r118"),
    ("journey.api.called", "journey", "Order updates", "v14"),
    ("journey.entered", "journey", "Order updates", "v14"),
    ("message.seen", "message", "Welcome offer", "v3"),
    ("chatbot.intent.matched", "chatbot", "Parcel helper", "v22"),
    ("journey.wait.started", "journey", "Cart reminder", "v9"),
    ("acme.loyalty.points.added", "loyalty", "Points <b>2x</b>", "v1"),
];

/// One of the events: about twenty people, more failures in the last hour.
fn event(number: usize, count: usize, now: UnixNanos) -> Event {
    let age = (count - number) as i64 * 86_000 / count as i64;
    let time = now.saturating_add(-age * NANOS_PER_SECOND - (number as i64 * 7_919 % 1_000) * 1_000_000);
    let (name, context, object, version) = KINDS[number * 5 % KINDS.len()];
    let status = match number % 23 {
        _ if name == "journey.wait.started" => "in_progress",
        3 | 7 | 11 | 15 if age < 3_600 => "failure",
        5 => "failure",
        9 => "timed_out",
        13 => "skipped",
        _ => "success",
    };
    let person = format!("3859{:08}{:04}", number * 31 % 20, number * 31 % 20 + 217);
    let mut builder = EventBuilder::new(number as u128 + 1, time)
        .cell(Column::Event, name)
        .cell(Column::Status, status)
        .cell(Column::OccurredIn, context)
        .cell(Column::Object, object)
        .cell(Column::Version, version)
        .derived(Column::PerformedBy, "System", "fallback: no actor was sent")
        .cell(Column::Person, &person)
        .cell(Column::Interaction, &format!("7f3a06b2-51c8-4e0d-9b7f-20aa6c19{:04x}", number * 31 % 97))
        .body("Carrier lookup for parcel PX-20418: upstream answered <script>alert(1)</script>")
        .attribute("http.request.method", "GET")
        .attribute("url.full", "https://carriers.example.test/v2/lookup?parcel=PX-20418");
    if context != "message" {
        builder = builder.cell(Column::Element, "Look up carrier").duration_nanos(2_020_000_000);
    }
    if status == "failure" {
        builder = builder.cell(Column::Reason, "HTTP 503");
    }
    builder.build()
}
