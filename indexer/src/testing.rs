//! What the crate's own tests share.

use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::UnixNanos;

/// 2026-11-23T00:00:00Z.
pub(crate) const DAY_START: UnixNanos = UnixNanos(1_795_392_000_000_000_000);

/// An event like those that are sent, different for each number; 1,000 of them in a second.
pub(crate) fn event(number: u64) -> Event {
    builder(number).build()
}

/// Like [`event`], with about 2 KB that cannot be compressed much.
pub(crate) fn bulky_event(number: u64) -> Event {
    let noise = (0..100_u64).map(|place| {
        let mixed = (number * 100 + place + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{:016x} ", (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9))
    });
    builder(number).attribute("app.noise", &noise.collect::<String>()).build()
}

fn builder(number: u64) -> EventBuilder {
    let time = DAY_START.saturating_add(number as i64 * 1_000_000);
    EventBuilder::new(0x5eed_0000_0000_0000_u128 << 64 | u128::from(number), time)
        .cell(Column::Event, ["step.started", "step.finished", "message.sent"][number as usize % 3])
        .cell(Column::Person, &format!("person-{}", number % 97))
        .derived(Column::Interaction, &format!("interaction-{}", number / 7), "trace_id")
        .attribute("app.number", &number.to_string())
        .body(&format!("step {number} of the journey went well"))
}
