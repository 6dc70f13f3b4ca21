//! Throttles and cancels long background work.

use std::fmt;
use std::sync::Arc;

/// Long work calls it between its parts. It may pause the work, to leave time for others, or end it.
#[derive(Clone)]
pub(crate) struct Pace(Arc<dyn Fn() -> bool + Send + Sync>);

impl Pace {
    /// `goes_on` pauses where that is due; it returns `false` to end the work.
    pub(crate) fn new(goes_on: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(goes_on))
    }

    /// A pace without pauses or end.
    pub(crate) fn full() -> Self {
        Self::new(|| true)
    }

    /// The same pace, which also ends the work once `also` is `false`.
    pub(crate) fn while_also(&self, also: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let pace = self.clone();
        Self::new(move || also() && pace.goes_on())
    }

    /// Pauses where that is due; `false` where the work is to end.
    pub(crate) fn goes_on(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pace")
    }
}
