//! Events as the plain bytes of a frame, and back. What is in there, in this order:
//!
//! - the events, one after the other: id, times, duration, flags, place of the origin, record, cells.
//!   A cell's value is a span of the record or origin where it is a slice of their bytes (most
//!   are), else it stands there itself;
//! - the tables: base times, length of each event, distinct origins, distinct mapping rules;
//! - where the tables start, in four bytes.
//!
//! Numbers are LEB128; times are differences to those of the frame's first event.

mod decode;
mod encode;

pub(crate) use decode::DecodedFrame;
pub(crate) use encode::FrameEncoder;

/// Where a cell's value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Right there.
    Here = 0,
    /// In the record.
    Record = 1,
    /// In the origin's resource.
    Resource = 2,
    /// In the origin's scope.
    Scope = 3,
}

/// Bit of an event's third byte group: it has a duration. The two bits below it are the time source.
const HAS_DURATION: u8 = 1 << 2;
const TIME_SOURCE_BITS: u8 = 0b11;

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zigzag_round_trips() {
        for value in [0, 1, -1, 63, -64, i64::MAX, i64::MIN] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
        assert_eq!(zigzag(-1), 1);
    }
}
