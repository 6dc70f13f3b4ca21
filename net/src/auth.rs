//! Who asks: what a check of keys in front of a port finds out, and what the port reads.

use http::Extensions;
use steplog_model::asker::Asker;

/// The asker of a request. A layer that checks keys puts an [`Asker`] into the request's extensions; without one
/// everybody is the default tenant.
#[must_use]
pub fn asker(extensions: &Extensions) -> Asker {
    extensions.get().cloned().unwrap_or_default()
}
