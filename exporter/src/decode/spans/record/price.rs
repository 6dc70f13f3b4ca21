//! What a span takes in memory, told before it is taken.

use steplog_model::record::wire::{Field, Reader};

use super::super::rules::SpanRules;
use super::{Span, SpanEvent};

/// What reading a span takes for a moment: the places of its attributes, span events and links.
pub(in super::super) fn scratch_bytes(bytes: &[u8]) -> usize {
    // A list may have twice the places that it needs, and the span events are listed once more.
    const PART: usize = 2 * size_of::<&[u8]>();
    let event_bytes = |event| {
        let attributes =
            Reader::new(event).valid_fields().filter(|field| matches!(field, (3, Field::Bytes(_))));
        2 * size_of::<SpanEvent<'_>>() + PART + PART * attributes.count()
    };
    let fields = Reader::new(bytes).valid_fields().map(|field| match field {
        (9 | 13, Field::Bytes(_)) => PART,
        (11, Field::Bytes(event)) => event_bytes(event),
        _ => 0,
    });
    fields.sum()
}

impl Span<'_> {
    /// How many log records it becomes at most, and of how many bytes about, where it has `sent_bytes` itself.
    pub(in super::super) fn about(&self, sent_bytes: usize, rules: &SpanRules) -> (usize, usize) {
        // The names of what log records have no fields for.
        const NAMES_BYTES: usize = 512;
        // Two ids in hexadecimal, times, and names of members.
        const PART_BYTES: usize = 160;
        let shared = if self.events.is_empty() { Vec::new() } else { self.shared(rules) };
        let event_bytes = PART_BYTES + shared.iter().map(|pair| pair.len() + 4).sum::<usize>();
        let bytes =
            NAMES_BYTES + sent_bytes + self.events.len() * event_bytes + self.links.len() * PART_BYTES;
        (self.events.len() + 1, bytes)
    }
}
