//! What the crate's own tests share.

use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::UnixNanos;

/// 2026-11-23T00:00:00Z.
pub(crate) const DAY_START: UnixNanos = UnixNanos(1_795_392_000_000_000_000);

/// An event like those that are sent, different for each number; 1,000 of them in a second.
pub(crate) fn event(number: u64) -> Event {
    let time = DAY_START.saturating_add(number as i64 * 1_000_000);
    EventBuilder::new(0x5eed_0000_0000_0000_u128 << 64 | u128::from(number), time)
        .cell(Column::Event, ["step.started", "step.finished", "message.sent"][number as usize % 3])
        .cell(Column::Person, &format!("person-{}", number % 97))
        .derived(Column::Interaction, &format!("interaction-{}", number / 7), "trace_id")
        .attribute("app.number", &number.to_string())
        .body(&format!("step {number} of the journey went well"))
        .build()
}
