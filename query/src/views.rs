//! Saved views: named questions of the page.
//!
//! All views of a tenant are in one small document, which each change replaces as a whole: after a power cut there is
//! the old list or the new one. A change is confirmed only once it is durable.

mod document;
mod memory;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use steplog_model::ids::Tenant;
use steplog_model::time::UnixNanos;
use steplog_model::views::ViewsStore;

use document::{Kept, Loaded, load};
pub(crate) use memory::InMemory;

/// The most characters of a name.
pub(crate) const MAX_NAME_CHARS: usize = 120;
/// The most bytes of a query.
pub(crate) const MAX_QUERY_BYTES: usize = 16 << 10;
/// The most views.
pub(crate) const MAX_VIEWS: usize = 1_000;

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The query string of the page.
    pub(crate) query: String,
    /// RFC 3339.
    pub(crate) created: String,
    /// RFC 3339.
    pub(crate) updated: String,
}

/// A view as somebody sends it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewView {
    pub(crate) name: String,
    pub(crate) query: String,
}

/// Why a view was not saved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ViewError {
    #[error("there is no view {0:?}; `GET /api/v1/views` lists them")]
    NotFound(String),
    #[error("there is a view {0:?} already; choose another name, or change that one")]
    NameTaken(String),
    #[error("there are {MAX_VIEWS} views; delete one that nobody needs")]
    TooMany,
    #[error("{0}")]
    Invalid(&'static str),
    #[error("the view cannot be kept: {0}")]
    Disk(#[from] io::Error),
}

/// Why the views of a tenant cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenViewsError {
    /// The disk fails.
    #[error("cannot read the saved views in {place}: {error}")]
    Io {
        /// Where they are.
        place: String,
        /// What the disk says.
        #[source]
        error: io::Error,
    },
    /// A newer program wrote them.
    #[error(
        "{place} was written by a newer steplog (format {format}); start that one, or move the file away"
    )]
    Newer {
        /// Where they are.
        place: String,
        /// Their format.
        format: u64,
    },
}

/// The saved views of one tenant.
pub(crate) struct Views {
    store: Arc<dyn ViewsStore>,
    tenant: Tenant,
    kept: Mutex<Kept>,
    notice: Option<String>,
}

impl Views {
    /// The views that the store has. What cannot be understood is set aside, which `notice` tells. Blocks.
    ///
    /// # Errors
    /// [`OpenViewsError`]; damage is none.
    pub(crate) fn open(store: Arc<dyn ViewsStore>, tenant: Tenant) -> Result<Self, OpenViewsError> {
        let (kept, notice) = match load(&*store, &tenant) {
            Ok(Loaded::Kept(kept)) => (kept, None),
            Ok(Loaded::SetAside(notice)) => (Kept::default(), Some(notice)),
            Ok(Loaded::Newer(format)) => {
                return Err(OpenViewsError::Newer { place: store.place(&tenant), format });
            }
            Err(error) => return Err(OpenViewsError::Io { place: store.place(&tenant), error }),
        };
        if let Some(notice) = &notice {
            tracing::error!(notice, "saved views are lost");
        }
        Ok(Self { store, tenant, kept: Mutex::new(kept), notice })
    }

    /// What an operator should know.
    pub(crate) fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// All views, by name.
    pub(crate) fn list(&self) -> Vec<View> {
        let mut views = self.kept().views.clone();
        views.sort_by(|a, b| a.name.cmp(&b.name));
        views
    }

    pub(crate) fn add(&self, new: NewView, now: UnixNanos) -> Result<View, ViewError> {
        let new = checked(new)?;
        self.change(|kept| {
            if kept.views.len() >= MAX_VIEWS {
                return Err(ViewError::TooMany);
            }
            kept.check_name(&new.name, None)?;
            let id = kept.next_id.to_string();
            kept.next_id = kept.next_id.checked_add(1).ok_or(ViewError::TooMany)?;
            let now = now.to_string();
            let view = View { id, name: new.name, query: new.query, created: now.clone(), updated: now };
            kept.views.push(view.clone());
            Ok(view)
        })
    }

    pub(crate) fn update(&self, id: &str, new: NewView, now: UnixNanos) -> Result<View, ViewError> {
        let new = checked(new)?;
        self.change(|kept| {
            let place = kept.place(id)?;
            kept.check_name(&new.name, Some(id))?;
            let view = &mut kept.views[place];
            view.name = new.name;
            view.query = new.query;
            view.updated = now.to_string();
            Ok(view.clone())
        })
    }

    pub(crate) fn remove(&self, id: &str) -> Result<(), ViewError> {
        self.change(|kept| {
            let place = kept.place(id)?;
            kept.views.remove(place);
            Ok(())
        })
    }

    /// Changes the list; it stays as it was where the change cannot be made to last.
    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> Result<T, ViewError>) -> Result<T, ViewError> {
        let mut kept = self.kept();
        let mut changed = kept.clone();
        let done = change(&mut changed)?;
        self.store.replace(&self.tenant, &changed.to_document()?)?;
        *kept = changed;
        Ok(done)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn place(&self, id: &str) -> Result<usize, ViewError> {
        let place = self.views.iter().position(|view| view.id == id);
        place.ok_or_else(|| ViewError::NotFound(crate::params::shortened(id)))
    }

    fn check_name(&self, name: &str, of: Option<&str>) -> Result<(), ViewError> {
        let taken = self.views.iter().any(|view| view.name == name && Some(&*view.id) != of);
        if taken { Err(ViewError::NameTaken(name.to_owned())) } else { Ok(()) }
    }
}

fn checked(new: NewView) -> Result<NewView, ViewError> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.contains(char::is_control) {
        return Err(ViewError::Invalid("`name` needs 1 to 120 characters, none of them a control character"));
    }
    if new.query.len() > MAX_QUERY_BYTES || new.query.contains(char::is_control) {
        return Err(ViewError::Invalid("`query` has at most 16 KiB and no control characters"));
    }
    Ok(NewView { name, query: new.query.trim_start_matches('?').to_owned() })
}
