//! Who is behind a request.

use crate::ids::Tenant;

/// Who is behind a request, after authentication. Nothing else says whose events are sent or asked for.
///
/// The default is who comes where no keys are asked for: the default tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Asker {
    /// Whose events.
    pub tenant: Tenant,
}
