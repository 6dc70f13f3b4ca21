//! How fast long work in the background goes, and whether it goes on.

use std::fmt;
use std::sync::Arc;

/// Asked between the parts of long work. It may wait there, to leave time for others, or end the work.
#[derive(Clone)]
pub(crate) struct Pace(Arc<dyn Fn() -> bool + Send + Sync>);

impl Pace {
    /// `goes_on` returns after a rest, if one is due: `false` where the work is to end.
    pub(crate) fn new(goes_on: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(goes_on))
    }

    /// Without a rest, to the end.
    pub(crate) fn full() -> Self {
        Self::new(|| true)
    }

    /// The same, for as long as `also` holds.
    pub(crate) fn while_also(&self, also: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let pace = self.clone();
        Self::new(move || also() && pace.goes_on())
    }

    /// Waits for as long as is due; `false` where the work is to end.
    pub(crate) fn goes_on(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pace")
    }
}
