//! Whether the writer still appends to the last log file of a day.

use std::sync::{Mutex, MutexGuard, PoisonError};

use steplog_model::ids::Seq;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The writer appends to the last file.
    #[default]
    Open,
    /// The writer is asked to close the last file for good.
    SealRequested,
    /// Nobody appends any more to a file that has events up to this seq. Later events begin another file.
    SealedUpTo(Seq),
}

/// The end of a day's log: compaction requests a seal, the writer seals.
#[derive(Debug, Default)]
pub(super) struct LogEnd(Mutex<State>);

impl LogEnd {
    /// Whether files with events up to `seq` are sealed.
    pub(super) fn is_sealed_up_to(&self, seq: Seq) -> bool {
        matches!(*self.locked(), State::SealedUpTo(sealed) if sealed >= seq)
    }

    pub(super) fn request_seal(&self) {
        *self.locked() = State::SealRequested;
    }

    pub(super) fn is_seal_requested(&self) -> bool {
        *self.locked() == State::SealRequested
    }

    /// Notes that the writer has closed the files with events up to `seq`.
    pub(super) fn seal(&self, seq: Seq) {
        *self.locked() = State::SealedUpTo(seq);
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_answers_its_request_and_covers_no_later_event() {
        let end = LogEnd::default();
        assert!(!end.is_sealed_up_to(1) && !end.is_seal_requested());
        end.request_seal();
        assert!(!end.is_sealed_up_to(1) && end.is_seal_requested());
        end.seal(7);
        assert!(!end.is_seal_requested());
        assert_eq!([6, 7, 8].map(|seq| end.is_sealed_up_to(seq)), [true, true, false]);
        end.request_seal();
        assert!(end.is_seal_requested());
    }
}
