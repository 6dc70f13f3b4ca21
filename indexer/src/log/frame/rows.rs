//! Events as rows: the plain bytes of a frame. What is in there, in this order:
//!
//! - the events, one after the other: id, times, duration, flags, place of the origin, record, cells.
//!   An id that a text of the record states is the number of that text. A cell's value is the number of
//!   a text of the record (its event name, or an attribute), or the record's trace or span id, or else a
//!   range of the record or origin where it is a slice of their bytes; what is none of these stands there itself.
//!   Numbers are the same in event after event, where ranges shift with every text before them;
//! - the tables: base times, length of each event, distinct origins, distinct mapping rules;
//! - where the tables start, in four bytes. Their highest bit says that events name parts of their records.
//!
//! Days that are compacted hold the same in [`super::pieces`]. Numbers are LEB128; times are differences to those of the
//! frame's first event.

mod encode;
pub(super) mod parts;
#[cfg(test)]
pub(super) mod tests;

pub(crate) use encode::FrameEncoder;

/// Where a cell's value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Right there.
    Here = 0,
    /// In the record.
    Record = 1,
    /// In the origin's resource.
    Resource = 2,
    /// In the origin's scope.
    Scope = 3,
    /// A text of the record: its number takes the place of a length, and no offset follows.
    Text = 4,
    /// The record's trace id, in hex digits. Nothing follows.
    Trace = 5,
    /// The record's span id, likewise.
    Span = 6,
}

/// Bits of the number that a cell begins with that tell the place.
pub(super) const PLACE_BITS: u32 = 3;
/// As many in files of version 1, which have no other places.
pub(super) const FIRST_PLACE_BITS: u32 = 2;

/// Bit of an event's third byte group: it has a duration. The two bits below it are the time source.
pub(super) const HAS_DURATION: u8 = 1 << 2;
pub(super) const TIME_SOURCE_BITS: u8 = 0b11;
/// Bit of where the tables start: events name parts of their records. Frames in files of version 1 do not.
pub(super) const NAMES_PARTS: u32 = 1 << 31;

pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Where `part` lies in `whole`, if its bytes are some of the very bytes of `whole`.
fn offset_in(whole: &[u8], part: &[u8]) -> Option<usize> {
    let offset = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    let inside = offset.checked_add(part.len()).is_some_and(|end| end <= whole.len());
    inside.then_some(offset)
}
