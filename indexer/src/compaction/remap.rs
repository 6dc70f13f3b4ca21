//! Changes the columns of a day's stored events: rewrites and replaces each log file.

use std::io;

use steplog_model::event::Event;

use super::CompactedFiles;
use super::rewrite::{Rewrite, Rewritten};
use crate::env::StoreEnv;
use crate::log::file_name;
use crate::pace::Pace;
use crate::partition::Partition;

/// Calls `change` for every event of the day, which may change its cells, duration and flags. No other thread may use
/// the day, and its index must be built afterwards. An interruption leaves each file old or new. Returns reports of
/// files that stay as they were because they are damaged.
pub(crate) fn remap_day(
    env: &StoreEnv,
    partition: &Partition,
    change: &mut dyn FnMut(&mut Event),
) -> io::Result<Vec<String>> {
    let disk = &*env.disk;
    let mut compacted = CompactedFiles::load(disk, &partition.directory)?;
    let dictionary = match compacted.compressed_with {
        Some(trained) => match env.dictionaries.get(disk, &partition.directory, trained.dictionary) {
            Ok(dictionary) => Some(dictionary),
            // Without a dictionary the files are larger.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let mut rewrite = Rewrite::new(env, partition, dictionary.as_deref())?.changing(change);
    let mut left = Vec::new();
    for table in partition.records.files_up_to(partition.records.last_seq()) {
        if table.blocks.is_empty() {
            continue;
        }
        match rewrite.run(&table, &Pace::full())? {
            Rewritten::Done(replaced) => {
                compacted.note(&replaced);
                compacted.store(disk, &partition.directory)?;
            }
            Rewritten::CalledOff => return Err(io::Error::other("the rewriting was called off")),
            Rewritten::Damaged => {
                let file = file_name::log(table.file);
                left.push(format!("{}: {file} is damaged and not mapped anew", partition.label()));
            }
        }
    }
    Ok(left)
}
