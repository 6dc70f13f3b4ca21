//! The pause after a failure, which grows with each further one.

use std::time::{Duration, Instant};

/// Retries come after 1, 2, 4, then every 5 seconds.
const LONGEST: Duration = Duration::from_secs(5);

/// When to retry something that failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pause {
    failures: u32,
    until: Option<Instant>,
}

impl Pause {
    /// Notes a failure.
    pub(super) fn begin(&mut self, now: Instant) {
        let wait = Duration::from_secs(1 << self.failures.min(3)).min(LONGEST);
        self.failures += 1;
        self.until = Some(now + wait);
    }

    /// Notes that a retry begins. Its outcome is not known yet.
    pub(super) fn end(&mut self) {
        self.until = None;
    }

    /// Notes a success.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether a retry is due.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    /// When a retry is due; `None` where nothing failed.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }
}
