//! Fills the columns of a day's stored events anew: each log file is written once more, and takes the old one's place.

use std::io;

use steplog_model::event::Event;

use super::CompactedFiles;
use super::rewrite::{Rewrite, Rewritten};
use crate::env::StoreEnv;
use crate::log::file_name;
use crate::pace::Pace;
use crate::partition::Partition;

/// Gives every event of the day to `change`, which may fill its cells, duration and flags anew. Nobody else uses the
/// day, and its index is to be built afterwards. Wherever it is cut off, each file is the old or the new one. Returns
/// what stays as it was since it is damaged, for people.
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
            // Without it the files are larger.
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
