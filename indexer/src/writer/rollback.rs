//! What the writer does about a group that it cannot write, or whose files were taken away: takes it back, now or later.

use crate::health::cannot_write;

use super::group::Group;
use super::{GroupError, Writer};

impl Writer {
    /// Takes a group back and says what became of it. What cannot be taken back now, for want of descriptors for
    /// example, is before the next group; only a sync that failed is for good.
    pub(super) fn take_back(&mut self, group: &Group, reason: String) -> GroupError {
        self.encoder.clear();
        for day in &group.days {
            if let Some(writer) = self.days.get_mut(&day.key) {
                // Whether it was is seen below and by the next group.
                let _ = writer.appender.roll_back();
            }
        }
        self.failed_sync().map_or(GroupError::Refused(reason), GroupError::Poisoned)
    }

    /// Takes back what earlier groups left.
    pub(super) fn settle(&mut self) -> Result<(), GroupError> {
        let mut left = None;
        for writer in self.days.values_mut().filter(|writer| writer.appender.is_unsettled()) {
            if let Err(error) = writer.appender.roll_back() {
                left = Some(error);
            }
        }
        if let Some(reason) = self.failed_sync() {
            return Err(GroupError::Poisoned(reason));
        }
        left.map_or(Ok(()), |error| Err(GroupError::Refused(cannot_write(&self.state.env.data, &error))))
    }

    fn failed_sync(&self) -> Option<String> {
        let failed = self.days.values().find(|writer| writer.appender.sync_failed())?;
        Some(format!(
            "a sync of the record log of {} failed: whether the last events are on the disk cannot be known; check \
             the disk, then restart steplog",
            failed.partition.label()
        ))
    }

    /// What to tell where a log file that the group was written to is not found under its name any more: nobody could
    /// read the events again.
    pub(super) fn misplaced(&self, group: &Group) -> Option<String> {
        let mut written = group.days.iter().filter_map(|day| self.days.get(&day.key));
        let writer = written.find(|writer| !writer.appender.is_in_place())?;
        self.state.check_place().err().or_else(|| {
            let directory = writer.partition.directory.display();
            Some(format!(
                "files of {directory} were removed or replaced while steplog runs: put them back, or restart \
                 steplog; no event of that day is taken meanwhile"
            ))
        })
    }
}
