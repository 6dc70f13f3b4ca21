//! The saved views of tenants: a file next to the tenant's days, replaced whole.

use std::io;
use std::path::PathBuf;

use steplog_model::ids::Tenant;
use steplog_model::views::ViewsStore;

use super::EmbeddedStore;
use crate::disk::{read_file, replace_file};
use crate::log::file_name;

impl EmbeddedStore {
    fn views_file(&self, tenant: &Tenant) -> PathBuf {
        self.state.env.data.join(tenant.as_str()).join(file_name::VIEWS_FILE)
    }
}

impl ViewsStore for EmbeddedStore {
    fn read(&self, tenant: &Tenant) -> io::Result<Option<Vec<u8>>> {
        match read_file(&*self.state.env.disk, &self.views_file(tenant)) {
            Ok(document) => Ok(Some(document)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, tenant: &Tenant, document: &[u8]) -> io::Result<()> {
        let (disk, data) = (&*self.state.env.disk, &self.state.env.data);
        disk.create_dir(&data.join(tenant.as_str()))?;
        disk.sync_dir(data)?;
        replace_file(disk, &self.views_file(tenant), document)
    }

    fn set_aside(&self, tenant: &Tenant) -> io::Result<String> {
        let (disk, path) = (&*self.state.env.disk, self.views_file(tenant));
        // The time in the name keeps an earlier file.
        let aside = path.with_file_name(file_name::damaged_views(self.state.retention.now()));
        disk.rename(&path, &aside)?;
        disk.sync_dir(&self.state.env.data.join(tenant.as_str()))?;
        Ok(format!("{} is {} now", path.display(), aside.display()))
    }

    fn place(&self, tenant: &Tenant) -> String {
        self.views_file(tenant).display().to_string()
    }
}
