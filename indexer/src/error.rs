//! Why a store cannot be opened.

use std::io;
use std::path::PathBuf;

use crate::recovery::RecoveryError;

/// Why a store cannot be opened; says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses the directory.
    #[error("{} is used by another steplog process: stop that one, or name another directory with --data", path.display())]
    Locked {
        /// The data directory.
        path: PathBuf,
    },
    /// The directory cannot be used.
    #[error("cannot use {}; check that it exists, is writable and that its disk is well", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// A newer program wrote the directory.
    #[error("{} has format {format}, which this version of steplog does not know: use the version that wrote it", path.display())]
    Newer {
        /// The file or directory.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
}

impl From<RecoveryError> for OpenError {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::Io { path, source } => Self::Io { path, source },
            RecoveryError::Newer { path, version } => Self::Newer { path, format: u32::from(version) },
        }
    }
}
