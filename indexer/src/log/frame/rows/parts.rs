//! Parts of a record that say what its event says again, so that the event need only name them.

use std::ops::Range;

use steplog_model::ids::EventId;
use steplog_model::record::LogRecordRef;
use steplog_model::record::value::AnyValue;

/// Where the texts are that columns and ids mostly come from, with room to use again: number 0 is the event name,
/// those behind it are the attributes in their order.
#[derive(Debug, Default)]
pub(in crate::log::frame) struct RecordParts {
    texts: Vec<Range<usize>>,
    trace: Option<[u8; 32]>,
    span: Option<[u8; 16]>,
}

impl RecordParts {
    /// Takes the place of what was there with the parts of a record.
    pub(in crate::log::frame) fn read(&mut self, record: &[u8]) {
        let read = LogRecordRef::new(record);
        self.texts.clear();
        self.texts.push(range_in(record, read.event_name.as_bytes()));
        self.texts.extend(read.attributes().map(|(_, value)| match value {
            AnyValue::String(text) => range_in(record, text.as_bytes()),
            // Counted all the same.
            _ => 0..0,
        }));
        self.trace = read.trace_id.try_into().ok().map(|id| hex(u128::from_be_bytes(id)));
        self.span = read.span_id.try_into().ok().map(|id| hex(u128::from(u64::from_be_bytes(id))));
    }

    /// The number of the text that lies at these bytes of the record.
    pub(in crate::log::frame) fn number_of(&self, range: &Range<usize>) -> Option<usize> {
        // An empty one has no place.
        if range.is_empty() { None } else { self.texts.iter().position(|text| text == range) }
    }

    /// Where a text is.
    pub(in crate::log::frame) fn text(&self, number: usize) -> Option<Range<usize>> {
        self.texts.get(number).filter(|range| !range.is_empty()).cloned()
    }

    /// The number of a text that states the id: its digits in lower case, perhaps with the hyphens of a UUID.
    pub(in crate::log::frame) fn number_of_id(&self, id: EventId, record: &[u8]) -> Option<usize> {
        let digits: [u8; 32] = hex(id.0);
        let states = |text: &[u8]| match text.len() {
            32 => *text == digits,
            36 => text.iter().filter(|byte| **byte != b'-').eq(&digits),
            _ => false,
        };
        let place = self.texts.iter().position(|range| record.get(range.clone()).is_some_and(states))?;
        // What the reader makes of it decides.
        (self.id(place, record) == Some(id)).then_some(place)
    }

    /// The id that a text states.
    pub(in crate::log::frame) fn id(&self, number: usize, record: &[u8]) -> Option<EventId> {
        let text = std::str::from_utf8(record.get(self.text(number)?)?).ok()?;
        Some(EventId::from_uid(text))
    }

    /// The record's trace id in hex digits, if it has one of 16 bytes.
    pub(in crate::log::frame) fn trace(&self) -> Option<&[u8]> {
        self.trace.as_ref().map(<[u8; 32]>::as_slice)
    }

    /// The record's span id in hex digits, if it has one of 8 bytes.
    pub(in crate::log::frame) fn span(&self) -> Option<&[u8]> {
        self.span.as_ref().map(<[u8; 16]>::as_slice)
    }
}

/// Where `part` lies in `whole`; empty where it is none of its bytes.
fn range_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    super::offset_in(whole, part).map_or(0..0, |start| start..start + part.len())
}

/// The lowest `DIGITS` hex digits.
fn hex<const DIGITS: usize>(bits: u128) -> [u8; DIGITS] {
    std::array::from_fn(|place| b"0123456789abcdef"[(bits >> (4 * (DIGITS - 1 - place))) as usize & 15])
}
