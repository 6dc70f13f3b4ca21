//! Saved views that nobody keeps: they last as long as the process.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use steplog_model::ids::Tenant;
use steplog_model::views::ViewsStore;

/// Documents in memory.
#[derive(Debug, Default)]
pub(crate) struct InMemory(Mutex<HashMap<Tenant, Vec<u8>>>);

impl InMemory {
    fn documents(&self) -> MutexGuard<'_, HashMap<Tenant, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ViewsStore for InMemory {
    fn read(&self, tenant: &Tenant) -> io::Result<Option<Vec<u8>>> {
        Ok(self.documents().get(tenant).cloned())
    }

    fn replace(&self, tenant: &Tenant, document: &[u8]) -> io::Result<()> {
        self.documents().insert(tenant.clone(), document.to_vec());
        Ok(())
    }

    fn set_aside(&self, tenant: &Tenant) -> io::Result<String> {
        self.documents().remove(tenant);
        Ok("they were in memory alone, and are gone".to_owned())
    }

    fn place(&self, _: &Tenant) -> String {
        "memory".to_owned()
    }
}
