//! How the files of a store are named: the only place that writes or reads these names, but for those within an index.
//!
//! ```text
//! <data>/store.json                              format, floor of the arrival numbers
//! <data>/lock                                    held while a process uses the directory
//! <data>/retention.json                          the first day that the size limit left
//! <data>/clock.json                              what time it is as far as retention is concerned
//! <data>/probe                                   written and removed to see whether the disk takes writes again
//! <data>/<tenant>/views.json                     saved views: of the API, not of the store
//! <data>/<tenant>/.dropped-<day>-<number>/       a day on its way out
//! <data>/<tenant>/<YYYY-MM-DD>/
//!     open                                       there while the log may be written to
//!     log-<first seq, 20 digits>.frames          file header, frames, zeros up to the preallocated end
//!     log-<first seq, 20 digits>.table           where the frames of that file are; rebuilt when absent
//!     log-<first seq, 20 digits>.compacting      what is to take the place of that file
//!     dictionary-<checksum, 8 hex digits>.zdict  what frames that name it were compressed with
//!     pieces-<checksum, 8 hex digits>.zdict      the same, for the frames of compacted files
//!     compacted.json                             which log files were compacted
//!     index/                                     Tantivy's files and their side files; rebuilt when absent
//!     damaged/log-<first seq>-<offset>.bytes     bytes that were no frames, set aside by recovery
//!     damaged/missing-<seq, 20 digits>.txt       a note that events are missing behind that seq
//! ```

use serde::{Deserialize, Serialize};
use steplog_model::ids::Seq;
use steplog_model::time::UnixNanos;

/// The index's directory in a day's.
pub(crate) const INDEX_DIR: &str = "index";
/// Where damage is set aside in a day's directory.
pub(crate) const DAMAGED_DIR: &str = "damaged";
/// Lies in a day's directory while its log may be written to.
pub(crate) const OPEN_FILE: &str = "open";
/// What the store knows about itself.
pub(crate) const STORE_FILE: &str = "store.json";
/// The saved views of a tenant.
pub(crate) const VIEWS_FILE: &str = "views.json";
/// The first day that the size limit left.
pub(crate) const RETENTION_FILE: &str = "retention.json";
/// What time it is as far as retention is concerned.
pub(crate) const CLOCK_FILE: &str = "clock.json";
/// Which log files of a day were compacted.
pub(crate) const COMPACTED_FILE: &str = "compacted.json";
/// Locked while a process uses the store.
pub(crate) const LOCK_FILE: &str = "lock";
/// Written and removed to see whether the disk takes writes again.
pub(crate) const PROBE_FILE: &str = "probe";
/// Starts the name of a day's directory that is being removed.
const DROPPED_PREFIX: &str = ".dropped-";

/// Which log file of a day: its name has the first seq that it was made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct LogFile(pub(crate) Seq);

/// Saved views that could not be understood, and when that was found.
pub(crate) fn damaged_views(found: UnixNanos) -> String {
    format!("{VIEWS_FILE}.damaged-{}", found.0)
}

/// The events of a log file.
pub(crate) fn log(LogFile(first): LogFile) -> String {
    format!("log-{first:020}.frames")
}

/// The log file of a name.
pub(crate) fn parse_log(name: &str) -> Option<LogFile> {
    parse_seq(name.strip_prefix("log-")?.strip_suffix(".frames")?).map(LogFile)
}

/// The table of a log file's frames.
pub(crate) fn table(LogFile(first): LogFile) -> String {
    format!("log-{first:020}.table")
}

/// Whether a name is that of a table.
pub(crate) fn is_table(name: &str) -> bool {
    let digits = name.strip_prefix("log-").and_then(|rest| rest.strip_suffix(".table"));
    digits.and_then(parse_seq).is_some()
}

/// What will take the place of a log file.
pub(crate) fn compacting(LogFile(first): LogFile) -> String {
    format!("log-{first:020}.compacting")
}

/// Whether a name is that of a file that was to take the place of a log file.
pub(crate) fn is_compacting(name: &str) -> bool {
    let digits = name.strip_prefix("log-").and_then(|rest| rest.strip_suffix(".compacting"));
    digits.and_then(parse_seq).is_some()
}

/// The copy of damaged bytes of a log file.
pub(crate) fn damaged(LogFile(first): LogFile, offset: u64) -> String {
    format!("log-{first:020}-{offset}.bytes")
}

/// A note that events are missing behind a seq.
pub(crate) fn missing(after: Seq) -> String {
    format!("missing-{after:020}.txt")
}

/// Whether a name is that of such a note.
pub(crate) fn is_missing(name: &str) -> bool {
    let digits = name.strip_prefix("missing-").and_then(|rest| rest.strip_suffix(".txt"));
    digits.and_then(parse_seq).is_some()
}

/// A dictionary, by its checksum.
pub(crate) fn dictionary(id: u32) -> String {
    format!("dictionary-{id:08x}.zdict")
}

/// The checksum in a dictionary's name.
pub(crate) fn parse_dictionary(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("dictionary-")?.strip_suffix(".zdict")?;
    let id = u32::from_str_radix(digits, 16).ok()?;
    (dictionary(id) == name).then_some(id)
}

/// A dictionary for frames in pieces, by its checksum.
pub(crate) fn pieces_dictionary(id: u32) -> String {
    format!("pieces-{id:08x}.zdict")
}

/// Whether a name is that of a dictionary for frames in pieces.
pub(crate) fn is_pieces_dictionary(name: &str) -> bool {
    let digits = name.strip_prefix("pieces-").and_then(|rest| rest.strip_suffix(".zdict"));
    digits.is_some_and(|digits| digits.len() == 8 && u32::from_str_radix(digits, 16).is_ok())
}

/// A day's directory on its way out; `number` tells it from the same day dropped before.
pub(crate) fn dropped(day: &str, number: u64) -> String {
    format!("{DROPPED_PREFIX}{day}-{number}")
}

/// Whether a name is that of a day's directory on its way out.
pub(crate) fn is_dropped(name: &str) -> bool {
    name.starts_with(DROPPED_PREFIX)
}

fn parse_seq(digits: &str) -> Option<Seq> {
    let all_digits = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for file in [0, 1, 4_711, Seq::MAX].map(LogFile) {
            assert_eq!(parse_log(&log(file)), Some(file));
        }
        for id in [1, 0xdead_beef, u32::MAX] {
            assert_eq!(parse_dictionary(&dictionary(id)), Some(id));
        }
    }

    #[test]
    fn names_sort_like_their_numbers() {
        assert!([9, 10, Seq::MAX].map(LogFile).map(log).is_sorted());
    }

    #[test]
    fn other_spellings_name_nothing() {
        for name in
            ["log-1.frames", "log-+0000000000000000001.frames", "log-99999999999999999999.frames", "x"]
        {
            assert_eq!(parse_log(name), None, "{name}");
        }
        for name in ["dictionary-1.zdict", "dictionary-DEADBEEF.zdict", "dictionary-.zdict"] {
            assert_eq!(parse_dictionary(name), None, "{name}");
        }
    }
}
