//! The document of a tenant's saved views: JSON with a format number.

use std::io;

use serde::{Deserialize, Serialize};
use steplog_model::ids::Tenant;
use steplog_model::views::ViewsStore;

use super::View;

/// The format that this program writes.
const FORMAT: u64 = 1;

/// What the document holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    format: u64,
    /// The id of the next view: ids are given once.
    pub(super) next_id: u64,
    pub(super) views: Vec<View>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { format: FORMAT, next_id: 1, views: Vec::new() }
    }
}

/// What came of reading the document.
pub(super) enum Loaded {
    Kept(Kept),
    /// It was damaged; where it is now, in words.
    SetAside(String),
    /// Its format is a later one.
    Newer(u64),
}

#[derive(Deserialize)]
struct Format {
    format: u64,
}

/// Reads what the store has of a tenant; an absent document holds nothing.
pub(super) fn load(store: &dyn ViewsStore, tenant: &Tenant) -> io::Result<Loaded> {
    let Some(document) = store.read(tenant)? else { return Ok(Loaded::Kept(Kept::default())) };
    if let Ok(Format { format }) = serde_json::from_slice(&document)
        && format > FORMAT
    {
        return Ok(Loaded::Newer(format));
    }
    match serde_json::from_slice(&document) {
        Ok(kept) => Ok(Loaded::Kept(kept)),
        Err(error) => {
            let aside = store.set_aside(tenant)?;
            Ok(Loaded::SetAside(format!("the saved views could not be read ({error}): {aside}")))
        }
    }
}

impl Kept {
    /// The document that `load` reads.
    pub(super) fn to_document(&self) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }
}
