//! Room in memory for what reading a request makes beside the request itself. Records of two bytes become a hundred,
//! scopes of ten bytes several hundred: that is taken before it is made, and what has no room is left out and counted.

/// Bytes are taken so many at a time at least.
const STEP_BYTES: usize = 4 << 10;

/// What a request may take in memory.
pub(crate) trait Room {
    /// Takes `bytes` more. `false` where it may not: nothing is made of what would need them.
    fn take(&mut self, bytes: usize) -> bool;

    /// Gives back bytes that were taken.
    fn give_back(&mut self, bytes: usize);

    /// Takes the room for as many of `wanted` records as there is room for, of `each_bytes` and what becomes of them;
    /// gives how many.
    fn take_records(&mut self, wanted: usize, each_bytes: usize) -> usize;
}

/// Room without a bound, where a process reads what it wrote itself.
pub(super) struct Unbounded;

impl Room for Unbounded {
    fn take(&mut self, _: usize) -> bool {
        true
    }

    fn give_back(&mut self, _: usize) {}

    fn take_records(&mut self, wanted: usize, _: usize) -> usize {
        wanted
    }
}

/// Takes room for small things in steps.
#[derive(Debug, Default)]
pub(super) struct Meter {
    ahead_bytes: usize,
}

impl Meter {
    /// Whether there is room for `bytes` more.
    pub(super) fn take(&mut self, bytes: usize, room: &mut dyn Room) -> bool {
        if self.ahead_bytes < bytes {
            let step = bytes.max(STEP_BYTES);
            if !room.take(step) {
                return false;
            }
            self.ahead_bytes += step;
        }
        self.ahead_bytes -= bytes;
        true
    }
}

/// A buffer whose capacity is taken before it grows.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    taken_bytes: usize,
}

impl Buffer {
    /// Whether `more_bytes` can be appended.
    pub(super) fn make_room(&mut self, more_bytes: usize, room: &mut dyn Room) -> bool {
        // What was appended may have been more than was expected.
        let unpaid = self.bytes.capacity().saturating_sub(self.taken_bytes);
        if unpaid > 0 && !room.take(unpaid) {
            return false;
        }
        self.taken_bytes += unpaid;
        let left = self.bytes.capacity() - self.bytes.len();
        if left >= more_bytes {
            return true;
        }
        let step = more_bytes.max(self.bytes.capacity() / 2).max(STEP_BYTES);
        if !room.take(step) {
            return false;
        }
        self.taken_bytes += step;
        self.bytes.reserve_exact(left + step);
        true
    }

    /// Ends with what it holds, and gives its room back.
    pub(super) fn give_back(self, room: &mut dyn Room) {
        room.give_back(self.taken_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Room for so many bytes.
    struct Left(usize);

    impl Room for Left {
        fn take(&mut self, bytes: usize) -> bool {
            let left = self.0.checked_sub(bytes);
            self.0 = left.unwrap_or(self.0);
            left.is_some()
        }

        fn give_back(&mut self, bytes: usize) {
            self.0 += bytes;
        }

        fn take_records(&mut self, wanted: usize, each_bytes: usize) -> usize {
            let fitting = wanted.min(self.0 / each_bytes);
            self.0 -= fitting * each_bytes;
            fitting
        }
    }

    #[test]
    fn a_buffer_never_has_more_than_was_taken() {
        let mut room = Left(100_000);
        let mut buffer = Buffer::default();
        while buffer.make_room(1_000, &mut room) {
            buffer.bytes.extend_from_slice(&[0; 1_000]);
            assert!(buffer.bytes.capacity() + room.0 <= 100_000);
        }
        assert!(buffer.bytes.len() > 60_000);
        buffer.give_back(&mut room);
        assert_eq!(room.0, 100_000);
    }

    #[test]
    fn what_was_appended_beyond_is_taken_later() {
        let mut room = Left(100_000);
        let mut buffer = Buffer::default();
        assert!(buffer.make_room(10, &mut room));
        buffer.bytes.extend_from_slice(&[0; 50_000]);
        assert!(buffer.make_room(0, &mut room));
        assert!(room.0 <= 50_000);
    }
}
