//! How far answers can rely on a day's index.

use steplog_model::ids::Seq;

/// Whether the bytes of an index can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Trusted,
    /// A question failed: every byte of the index is to be checked.
    CheckRequested,
    /// Damage was found: the index is to be replaced.
    Damaged,
}

/// Whether an index has every record that it went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    Whole,
    /// Some records could not be read. Answers lack their events until the index is built again.
    Lacking,
}

/// The condition of one index, from its opening until another index replaces it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition {
    /// Answers are complete once the checkpoint has reached this seq. Until then the index is backfilled from the log.
    backfill_to: Seq,
    trust: Trust,
    coverage: Coverage,
}

impl Condition {
    /// An index that lacks events up to `backfill_to`, at most.
    pub(super) const fn new(backfill_to: Seq, coverage: Coverage) -> Self {
        Self { backfill_to, trust: Trust::Trusted, coverage }
    }

    /// That of an empty index which replaces this one, where the log ends at `last_seq`.
    pub(super) fn of_replacement(self, last_seq: Seq) -> Self {
        Self::new(self.backfill_to.max(last_seq), Coverage::Whole)
    }

    pub(super) const fn backfill_to(self) -> Seq {
        self.backfill_to
    }

    /// Whether the index is to be replaced.
    pub(super) fn is_damaged(self) -> bool {
        self.trust == Trust::Damaged
    }

    /// Whether an answer from an index with this checkpoint has all events that it must have.
    pub(super) fn is_complete(self, checkpoint: Seq) -> bool {
        checkpoint >= self.backfill_to && !self.is_damaged() && self.coverage == Coverage::Whole
    }

    /// Marks answers as incomplete until the index has all events up to `last_seq`.
    pub(super) fn fall_behind(&mut self, last_seq: Seq) {
        self.backfill_to = self.backfill_to.max(last_seq);
    }

    /// Notes that the index goes over records that cannot be read.
    pub(super) fn lack_records(&mut self) {
        self.coverage = Coverage::Lacking;
    }

    /// Notes damage; returns whether none was known.
    pub(super) fn find_damage(&mut self) -> bool {
        let was_damaged = self.is_damaged();
        self.trust = Trust::Damaged;
        !was_damaged
    }

    /// Requests a check, unless damage is known already.
    pub(super) fn request_check(&mut self) {
        if self.trust == Trust::Trusted {
            self.trust = Trust::CheckRequested;
        }
    }

    /// Takes the request for a check; returns whether there was one.
    pub(super) fn take_check_request(&mut self) -> bool {
        let is_requested = self.trust == Trust::CheckRequested;
        if is_requested {
            self.trust = Trust::Trusted;
        }
        is_requested
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_complete_once_it_has_reached_the_end_of_the_backfill() {
        let mut condition = Condition::new(7, Coverage::Whole);
        assert_eq!([6, 7, 8].map(|checkpoint| condition.is_complete(checkpoint)), [false, true, true]);
        condition.fall_behind(9);
        condition.fall_behind(8);
        assert_eq!([8, 9].map(|checkpoint| condition.is_complete(checkpoint)), [false, true]);
        condition.lack_records();
        assert!(!condition.is_complete(9), "some records could not be read");
        let replaced = condition.of_replacement(5);
        assert_eq!([8, 9].map(|checkpoint| replaced.is_complete(checkpoint)), [false, true]);
    }

    #[test]
    fn damage_stays_until_the_index_is_replaced() {
        let mut condition = Condition::new(0, Coverage::Whole);
        condition.request_check();
        assert!(condition.take_check_request() && !condition.take_check_request());
        condition.request_check();
        assert!(condition.is_complete(0), "a check that finds nothing changes no answer");
        assert!(condition.find_damage() && !condition.find_damage(), "damage is news once");
        condition.request_check();
        assert!(!condition.take_check_request() && condition.is_damaged() && !condition.is_complete(0));
        assert!(!condition.of_replacement(0).is_damaged());
    }
}
