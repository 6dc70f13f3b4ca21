//! Saved views: named questions of the page, kept beside the store.
//!
//! All views are in one small file, which is replaced whole with each change: after a power cut there is the
//! old list or the new one, and a change is told as done only once it lasts.

mod file;

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use steplog_model::time::UnixNanos;

use file::{Kept, Loaded, load, replace};

/// The most characters of a name.
pub const MAX_NAME_CHARS: usize = 120;
/// The most bytes of a query.
pub const MAX_QUERY_BYTES: usize = 16 << 10;
/// The most views.
pub const MAX_VIEWS: usize = 1_000;

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

/// Why the views of an installation cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenViewsError {
    /// The disk fails.
    #[error("cannot read the saved views in {path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the disk says.
        error: io::Error,
    },
    /// A newer program wrote the file.
    #[error("{path} was written by a newer steplog (format {format}); start that one, or move the file away")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
}

/// The saved views of one tenant.
#[derive(Debug, Default)]
pub struct Views {
    /// `None`: kept for as long as the process runs.
    path: Option<PathBuf>,
    kept: Mutex<Kept>,
    notice: Option<String>,
}

impl Views {
    /// The views in the file at `path`, whose directory is made where it is absent. A file that cannot
    /// be understood is set aside under another name, which `notice` tells.
    ///
    /// # Errors
    /// [`OpenViewsError`]; damage is none.
    pub fn open(path: PathBuf) -> Result<Self, OpenViewsError> {
        let (kept, notice) = match load(&path) {
            Ok(Loaded::Kept(kept)) => (kept, None),
            Ok(Loaded::SetAside(notice)) => (Kept::default(), Some(notice)),
            Ok(Loaded::Newer(format)) => return Err(OpenViewsError::Newer { path, format }),
            Err(error) => return Err(OpenViewsError::Io { path, error }),
        };
        if let Some(notice) = &notice {
            tracing::error!(notice, "saved views are lost");
        }
        Ok(Self { path: Some(path), kept: Mutex::new(kept), notice })
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
            kept.next_id += 1;
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
        if let Some(path) = &self.path {
            replace(path, &changed)?;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn new(name: &str) -> NewView {
        NewView { name: name.to_owned(), query: "status=failure".to_owned() }
    }

    #[test]
    fn views_last_and_their_ids_are_given_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("default").join("views.json");
        let views = Views::open(path.clone()).unwrap();
        let first = views.add(new("a"), UnixNanos(1)).unwrap();
        let second = views.add(new("b"), UnixNanos(2)).unwrap();
        views.remove(&second.id).unwrap();
        let third = views.add(new(" b "), UnixNanos(3)).unwrap();
        assert_ne!(third.id, second.id);
        let changed = views.update(&first.id, new("c"), UnixNanos(4)).unwrap();
        assert_eq!((&changed.created, &*changed.name), (&first.created, "c"));
        drop(views);
        let again = Views::open(path).unwrap();
        assert_eq!(again.list(), [third, changed]);
        assert_eq!(again.notice(), None);
    }

    #[test]
    fn names_are_unique_and_bounded() {
        let views = Views::default();
        let view = views.add(new("a"), UnixNanos(1)).unwrap();
        assert!(matches!(views.add(new("a"), UnixNanos(1)), Err(ViewError::NameTaken(_))));
        assert!(views.update(&view.id, new("a"), UnixNanos(1)).is_ok(), "its own name");
        assert!(matches!(views.update("9", new("z"), UnixNanos(1)), Err(ViewError::NotFound(_))));
        for bad in ["", "  ", "a\nb", &"x".repeat(121)] {
            assert!(matches!(views.add(new(bad), UnixNanos(1)), Err(ViewError::Invalid(_))), "{bad:?}");
        }
        for number in 1..MAX_VIEWS {
            views.add(new(&number.to_string()), UnixNanos(1)).unwrap();
        }
        assert!(matches!(views.add(new("one more"), UnixNanos(1)), Err(ViewError::TooMany)));
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("views.json");
        for damaged in ["", "{\"format\":1,\"next_id\":", "[]", "\u{0}"] {
            std::fs::write(&path, damaged).unwrap();
            let views = Views::open(path.clone()).unwrap();
            assert!(views.notice().unwrap().contains("views.json"), "{damaged:?}");
            views.add(new("a"), UnixNanos(1)).unwrap();
            assert_eq!(Views::open(path.clone()).unwrap().list().len(), 1);
        }
        let aside = std::fs::read_dir(directory.path()).unwrap();
        let names = aside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(names.filter(|name| name.contains("damaged")).count(), 4);
    }

    #[test]
    fn a_file_of_a_newer_program_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("views.json");
        std::fs::write(&path, r#"{"format":9,"anything":[]}"#).unwrap();
        assert!(matches!(Views::open(path.clone()), Err(OpenViewsError::Newer { format: 9, .. })));
        assert!(path.exists());
    }

    #[test]
    fn a_change_that_does_not_last_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a").join("views.json");
        let views = Views::open(path).unwrap();
        views.add(new("a"), UnixNanos(1)).unwrap();
        std::fs::remove_dir_all(directory.path().join("a")).unwrap();
        std::fs::write(directory.path().join("a"), "no directory").unwrap();
        assert!(matches!(views.add(new("b"), UnixNanos(1)), Err(ViewError::Disk(_))));
        assert_eq!(views.list().len(), 1);
    }
}
