//! What time it is.

use std::sync::Arc;

use steplog_model::time::UnixNanos;

/// Tells the time; tests have one that they set.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> UnixNanos + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub(crate) fn system() -> Self {
        Self(Arc::new(UnixNanos::now))
    }

    /// A clock that shows what the number holds, in Unix nanoseconds.
    #[cfg(test)]
    pub(crate) fn manual(nanos: Arc<std::sync::atomic::AtomicI64>) -> Self {
        Self(Arc::new(move || UnixNanos(nanos.load(std::sync::atomic::Ordering::SeqCst))))
    }

    pub(crate) fn now(&self) -> UnixNanos {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
