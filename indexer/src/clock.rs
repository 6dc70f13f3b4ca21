//! What time it is.

use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::{AtomicI64, Ordering};

use rustix::time::{ClockId, clock_gettime};
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

/// Tells the time; tests have one that they set.
#[derive(Clone)]
pub(crate) struct Clock {
    wall: Arc<dyn Fn() -> UnixNanos + Send + Sync>,
    elapsed_nanos: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Clock {
    /// The machine's clock.
    pub(crate) fn system() -> Self {
        let elapsed_nanos = || {
            // It counts while the machine sleeps, and cannot be set.
            #[cfg(target_os = "linux")]
            let now = clock_gettime(ClockId::Boottime);
            #[cfg(not(target_os = "linux"))]
            let now = clock_gettime(ClockId::Monotonic);
            now.tv_sec.saturating_mul(NANOS_PER_SECOND).saturating_add(now.tv_nsec)
        };
        Self { wall: Arc::new(UnixNanos::now), elapsed_nanos: Arc::new(elapsed_nanos) }
    }

    /// A clock that shows what the number holds, in Unix nanoseconds, and is right: as much time passes.
    #[cfg(test)]
    pub(crate) fn manual(nanos: Arc<AtomicI64>) -> Self {
        Self::apart(Arc::clone(&nanos), nanos)
    }

    /// A clock that shows one number, while time passes as another has it.
    #[cfg(test)]
    pub(crate) fn apart(wall: Arc<AtomicI64>, elapsed: Arc<AtomicI64>) -> Self {
        let wall = move || UnixNanos(wall.load(Ordering::SeqCst));
        Self { wall: Arc::new(wall), elapsed_nanos: Arc::new(move || elapsed.load(Ordering::SeqCst)) }
    }

    /// The time since some moment, independent of the clock. Only differences within one process have a meaning.
    pub(crate) fn elapsed_nanos(&self) -> i64 {
        (self.elapsed_nanos)()
    }

    pub(crate) fn now(&self) -> UnixNanos {
        (self.wall)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
