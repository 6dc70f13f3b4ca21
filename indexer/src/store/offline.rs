//! Compacts a store that no server uses.

use std::sync::Arc;
use std::time::Instant;

use super::open::StoreParts;
use crate::clock::Clock;
use crate::compaction::{Compaction, Step};
use crate::config::StoreSettings;
use crate::disk::{Disk, RealDisk};
use crate::error::OpenError;
use crate::pace::Pace;

/// Compacts every day that has ended, without pauses, while it holds the store's lock. It opens the store as a start
/// does: first it recovers and indexes what a crash left. `progress` gets the number of finished log files and merges
/// after each. Returns notices for operators: damage that was set aside or left.
///
/// # Errors
/// Those of opening a store, and [`OpenError::Io`] where something could not be indexed or compacted; the day is
/// then whole, and as it was or compacted in part.
pub fn compact(settings: &StoreSettings, progress: &mut dyn FnMut(u64)) -> Result<Vec<String>, OpenError> {
    compact_on(Arc::new(RealDisk), settings, Clock::system(), progress)
}

fn compact_on(
    disk: Arc<dyn Disk>,
    settings: &StoreSettings,
    clock: Clock,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<String>, OpenError> {
    // No day is dropped, and the floor of the dropped days stays.
    let settings = StoreSettings { store_compact_after_hours: 0, keep_all_days: true, ..settings.clone() };
    let data = settings.data.clone();
    let mut parts = StoreParts::open(settings, disk, clock)?;
    let failed =
        |problem: String| OpenError::Io { path: data.clone(), source: std::io::Error::other(problem) };
    while !parts.indexing.is_idle() {
        let now = Instant::now();
        let mut worked = parts.indexing.catch_up(now);
        if let Some(job) = parts.indexing.take_job(now) {
            parts.indexing.finish(job.run(), now);
            worked = true;
        }
        if !worked {
            // A server would retry later. This command reports the failure and ends.
            return Err(failed(parts.state.health.notices().join("; ")));
        }
    }
    let mut compaction = Compaction::new(Arc::clone(&parts.state));
    let mut done = 0;
    loop {
        match compaction.step(&Pace::full()) {
            Step::Worked => done += 1,
            Step::Failed => {
                return Err(failed(compaction.take_failure().unwrap_or_default()));
            }
            // The step may have requested a seal of a day's last log file.
            Step::Rested if parts.writer.has_logs_to_seal() => parts.writer.tidy_up(),
            Step::Rested => return Ok(parts.state.health.notices()),
        }
        progress(done);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use steplog_model::event::{Event, EventBatch};
    use steplog_model::ids::Tenant;
    use steplog_model::time::NANOS_PER_DAY;

    use super::*;
    use crate::disk::SimDisk;
    use crate::testing::{DAY_START, event};

    #[test]
    fn a_store_that_was_left_in_the_middle_is_compacted_and_whole() {
        let disk = SimDisk::default();
        let settings = StoreSettings {
            store_log_file_bytes: 8 << 10,
            store_retention_days: 0,
            ..StoreSettings::at("/data")
        };
        let clock = || Clock::manual(Arc::new(AtomicI64::new(DAY_START.saturating_add(NANOS_PER_DAY + 1).0)));
        let mut parts = StoreParts::open(settings.clone(), Arc::new(disk.clone()), clock()).unwrap();
        let events: Vec<Event> = (0..200).map(event).collect();
        let outcome = parts.writer.append_group(vec![EventBatch { tenant: Tenant::default(), events }]);
        assert_eq!(outcome.results[0].as_ref().unwrap().stored, 200);
        // The index has none of the events.
        drop((outcome, parts));
        let disk = disk.after_kill();
        let mut reported = Vec::new();
        let notices =
            compact_on(Arc::new(disk.clone()), &settings, clock(), &mut |done| reported.push(done)).unwrap();
        assert_eq!(notices, Vec::<String>::new());
        assert!(reported.last().is_some_and(|done| *done > 0), "{reported:?}");
        let parts = StoreParts::open(settings, Arc::new(disk), clock()).unwrap();
        let day = parts.state.partitions().remove(0);
        assert_eq!((parts.state.health.notices(), day.view().0.num_events()), (Vec::new(), 200));
        let (read, last) = day.records.read_after(0).unwrap();
        assert_eq!((read.damaged, read.events.is_empty(), last > 0), (0, false, true));
        let compacted =
            crate::compaction::CompactedFiles::load(&*parts.state.env.disk, &day.directory).unwrap();
        for table in day.records.files_up_to(u64::MAX) {
            assert_eq!(compacted.bytes_of(table.file, table.end), table.end);
        }
    }
}
