//! Syncs of a directory that take as long as a test wants.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Which directory's syncs are held, and how many wait.
#[derive(Debug, Default)]
struct State {
    directory: Option<PathBuf>,
    waiting: usize,
}

/// Where syncs wait.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

impl Gate {
    /// Waits for as long as syncs of the directory are held.
    pub(super) fn pass(&self, directory: &Path) {
        let mut state = self.locked();
        let is_held = |state: &mut State| state.directory.as_deref() == Some(directory);
        if !is_held(&mut state) {
            return;
        }
        state.waiting += 1;
        self.changed.notify_all();
        state = self.changed.wait_while(state, is_held).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
    }

    pub(super) fn hold(self: &Arc<Self>, directory: &Path) -> HeldSyncs {
        self.locked().directory = Some(directory.to_owned());
        HeldSyncs(Arc::clone(self))
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds the syncs of a directory until it is dropped.
#[derive(Debug)]
pub struct HeldSyncs(Arc<Gate>);

impl HeldSyncs {
    /// Waits until a sync is held up.
    pub fn wait_for_one(&self) {
        let nobody = |state: &mut State| state.waiting == 0;
        drop(self.0.changed.wait_while(self.0.locked(), nobody).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for HeldSyncs {
    fn drop(&mut self) {
        self.0.locked().directory = None;
        self.0.changed.notify_all();
    }
}
