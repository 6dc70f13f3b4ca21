//! The embedded event store: record log, day partitions, search.

mod check;
mod clock;
mod compaction;
mod config;
mod damage;
mod disk;
mod env;
mod error;
mod expiry;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod health;
mod index;
mod indexing;
mod log;
mod pace;
mod partition;
mod place;
mod queue;
mod recovery;
mod retention;
mod search;
mod seqs;
#[cfg(feature = "stages")]
pub mod stages;
mod state;
mod store;
#[cfg(test)]
mod testing;
mod unindexed_ids;
mod workers;
mod writer;

pub use check::{
    CheckProgress, CheckReport, CheckStage, DamagedPlace, DayReport, DiskBytes, IndexState, LogState, Remap,
    check, rebuild_remapped,
};
pub use config::StoreSettings;
pub use disk::{DirEntry, Disk, DiskFile, OpenMode, RealDisk};
#[cfg(any(test, feature = "testing"))]
pub use disk::{HeldSyncs, SimDisk};
pub use error::OpenError;
pub use store::{EmbeddedStore, compact};
