//! Decides what to do about each place in a log file: the same for recovery, check and compaction.

use super::frame::FrameHeader;
use super::read::Scanned;
use super::table::FramePlace;

/// What is known of a file in addition to its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// Whether it is the last file. Only that can end in a torn append.
    pub(crate) is_last: bool,
    /// Up to where it is known to have been synced, by its table.
    pub(crate) synced: u64,
    /// Whether all events that the index has were found before this place.
    pub(crate) reached_checkpoint: bool,
}

/// What to do about a place in a log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A frame of events, to be kept.
    Keep(FrameHeader, FramePlace),
    /// A hole that an earlier recovery left.
    Skip,
    /// The file ends here.
    End,
    /// The file ends here, although more was written to it.
    EndsEarly,
    /// The last append is incomplete, as after a crash: cut it off.
    CutOff,
    /// The bytes up to the next frame are damaged: set them aside.
    SetAside {
        /// The next whole frame.
        next: Option<u64>,
    },
}

/// Decides about what the reader found at a position.
pub(crate) fn judge(scanned: Scanned, position: u64, known: Known) -> Fate {
    match scanned {
        Scanned::Frame(header, place) => Fate::Keep(header, place),
        Scanned::Hole => Fate::Skip,
        Scanned::Clean if position < known.synced => Fate::EndsEarly,
        Scanned::Clean => Fate::End,
        Scanned::TornTail { .. } if known.is_last && position >= known.synced && known.reached_checkpoint => {
            Fate::CutOff
        }
        Scanned::TornTail { next } | Scanned::Corrupt { next } => Fate::SetAside { next },
    }
}
