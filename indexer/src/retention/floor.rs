//! The floors that a size limit made, one for each tenant, on disk.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use steplog_model::ids::Tenant;
use steplog_model::time::UtcDay;

use crate::disk::{Disk, read_file, replace_file};
use crate::log::file_name;

/// The first days that a size limit left, by tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Floors(BTreeMap<Tenant, UtcDay>, Option<UtcDay>);

impl Floors {
    /// A tenant's floor.
    pub(super) fn of(&self, tenant: &Tenant) -> UtcDay {
        self.0.get(tenant).copied().or(self.1).unwrap_or(UtcDay(i32::MIN))
    }

    /// Raises a tenant's floor.
    pub(super) fn raise(&mut self, tenant: Tenant, floor: UtcDay) {
        self.0.insert(tenant, floor);
    }
}

/// The content of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FloorFile {
    /// The first days that were kept.
    pub(super) floors: Floors,
    /// The limit under which they were.
    pub(super) bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Written {
    /// The floor of tenants that are not named, in files of older programs, which had one floor for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept_from: Option<String>,
    #[serde(default)]
    tenants: BTreeMap<String, String>,
    retention_bytes: u64,
}

/// Why the floor is not known.
#[derive(Debug)]
pub(crate) enum FloorFileError {
    /// The file makes no sense.
    Damaged(PathBuf, String),
    /// The disk failed.
    Io(PathBuf, io::Error),
}

impl fmt::Display for FloorFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(path, why) => write!(f, "{} was damaged ({why})", path.display()),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl FloorFile {
    /// The file of a data directory; `Ok(None)` where there is none.
    pub(super) fn load(disk: &dyn Disk, data: &Path) -> Result<Option<Self>, FloorFileError> {
        let path = data.join(file_name::RETENTION_FILE);
        let bytes = match read_file(disk, &path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FloorFileError::Io(path, error)),
        };
        let damaged = |why: String| FloorFileError::Damaged(path.clone(), why);
        let written: Written = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        let day = |text: &String| text.parse().map_err(|_| damaged(format!("{text:?} is no day")));
        let named = written.tenants.iter().map(|(tenant, floor)| {
            let tenant = tenant.parse().map_err(|_| damaged(format!("{tenant:?} is no tenant")))?;
            Ok((tenant, day(floor)?))
        });
        let floors =
            Floors(named.collect::<Result<_, _>>()?, written.kept_from.as_ref().map(day).transpose()?);
        Ok(Some(Self { floors, bytes: written.retention_bytes }))
    }

    /// Removes the file, so that it stays removed.
    pub(super) fn remove(disk: &dyn Disk, data: &Path) -> Result<(), FloorFileError> {
        let path = data.join(file_name::RETENTION_FILE);
        let removed = disk.remove_file(&path).and_then(|()| disk.sync_dir(data));
        removed.map_err(|error| FloorFileError::Io(path, error))
    }

    /// Stores the floors.
    pub(super) fn store(&self, disk: &dyn Disk, data: &Path) -> io::Result<()> {
        let Floors(named, rest) = &self.floors;
        let written = Written {
            kept_from: rest.map(|floor| floor.to_string()),
            tenants: named.iter().map(|(tenant, floor)| (tenant.to_string(), floor.to_string())).collect(),
            retention_bytes: self.bytes,
        };
        replace_file(disk, &data.join(file_name::RETENTION_FILE), &serde_json::to_vec(&written)?)
    }
}
