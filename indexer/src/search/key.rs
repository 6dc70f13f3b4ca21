//! Places in the order of a walk as plain numbers.

use steplog_model::query::{Period, Position};
use steplog_model::time::UnixNanos;

/// The order of a walk. Smaller [`Key`]s come first in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Newest first.
    Down,
    /// Oldest first.
    Up,
}

/// Time and arrival number of an event, comparable in the order of one direction.
pub(super) type Key = u128;

impl Direction {
    pub(super) const fn key(self, time: i64, seq: u64) -> Key {
        let up = (((time ^ i64::MIN) as u64 as u128) << 64) | seq as u128;
        match self {
            Self::Up => up,
            Self::Down => !up,
        }
    }

    /// The position of a key of this direction.
    pub(super) const fn position(self, key: Key) -> Position {
        let up = match self {
            Self::Up => key,
            Self::Down => !key,
        };
        Position { time: UnixNanos((up >> 64) as u64 as i64 ^ i64::MIN), seq: up as u64 }
    }

    pub(super) const fn opposite(self) -> Self {
        match self {
            Self::Down => Self::Up,
            Self::Up => Self::Down,
        }
    }

    /// All keys of a period; `None` where it is empty.
    pub(super) fn span(self, period: Period) -> Option<Span> {
        let last = period.to.0.checked_sub(1)?;
        if last < period.from.0 {
            return None;
        }
        let ends = [self.key(period.from.0, 0), self.key(last, u64::MAX)];
        Some(Span { first: ends[0].min(ends[1]), last: ends[0].max(ends[1]) })
    }
}

/// Keys from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: Key,
    pub(super) last: Key,
}

impl Span {
    /// The part after a key.
    pub(super) fn after(self, key: Key) -> Option<Self> {
        let first = self.first.max(key.checked_add(1)?);
        (first <= self.last).then_some(Self { first, ..self })
    }

    /// The part from a key on.
    pub(super) fn from(self, key: Key) -> Option<Self> {
        let first = self.first.max(key);
        (first <= self.last).then_some(Self { first, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_like_positions() {
        let places =
            [(i64::MIN, 0), (i64::MIN, u64::MAX), (-1, 5), (0, 0), (0, 1), (7, 0), (i64::MAX, u64::MAX)];
        for direction in [Direction::Up, Direction::Down] {
            let keys: Vec<Key> = places.iter().map(|(time, seq)| direction.key(*time, *seq)).collect();
            assert!(keys.is_sorted_by(|a, b| if direction == Direction::Up { a < b } else { a > b }));
            for ((time, seq), key) in places.iter().zip(keys) {
                assert_eq!(direction.position(key), Position { time: UnixNanos(*time), seq: *seq });
            }
        }
    }

    #[test]
    fn empty_spans_are_none() {
        let period = |from, to| Period { from: UnixNanos(from), to: UnixNanos(to) };
        assert_eq!(Direction::Up.span(period(5, 5)), None);
        assert_eq!(Direction::Up.span(period(i64::MIN, i64::MIN)), None);
        let span = Direction::Down.span(period(0, 2)).unwrap();
        assert_eq!(span.after(span.last), None);
        assert_eq!(span.from(span.last).unwrap().first, span.last);
    }
}
