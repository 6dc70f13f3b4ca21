//! Where the saved views of tenants are kept.

use std::io;

use crate::ids::Tenant;

/// Keeps one small document for each tenant: its saved views, whose form is the caller's.
///
/// All methods block the calling thread.
pub trait ViewsStore: Send + Sync + 'static {
    /// The document as it was last replaced; `None` where there is none.
    ///
    /// # Errors
    /// As the disk says.
    fn read(&self, tenant: &Tenant) -> io::Result<Option<Vec<u8>>>;

    /// Replaces the document. After a power cut there is the old one or the new one, and once this returns the new one.
    ///
    /// # Errors
    /// As the disk says; the old document is still there.
    fn replace(&self, tenant: &Tenant, document: &[u8]) -> io::Result<()>;

    /// Moves a document that cannot be understood out of the way, next to earlier ones; what was there and where it is
    /// now, for an operator.
    ///
    /// # Errors
    /// As the disk says; the document stays.
    fn set_aside(&self, tenant: &Tenant) -> io::Result<String>;

    /// Where the document is, for an operator.
    fn place(&self, tenant: &Tenant) -> String;
}
