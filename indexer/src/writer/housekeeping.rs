//! What the writer does between groups, while it is idle, and at the end.

use std::io;

use crate::config::MAX_OPEN_LOGS;
use crate::disk::OpenMode;
use crate::log::file_name;

use super::day::DayWriter;
use super::{TrainingJob, Writer};

/// Room that a disk must have for writing to be tried again by itself.
const PROBE_BYTES: usize = 64 << 10;

impl Writer {
    /// Work that can wait until the senders have their replies.
    pub(crate) fn tidy_up(&mut self) {
        for (partition, file) in std::mem::take(&mut self.filled) {
            if partition.is_dropped() {
                continue;
            }
            // Without the table the next start takes longer.
            if let Err(error) = partition.records.store_table(file) {
                tracing::warn!(partition = partition.label(), %error, "cannot keep a log's table");
            }
        }
        self.close_idle_logs(MAX_OPEN_LOGS);
        self.seal_requested_logs();
    }

    /// Whether a seal of a day's log is requested.
    pub(crate) fn has_logs_to_seal(&self) -> bool {
        self.days.values().any(|writer| writer.partition.is_seal_requested())
    }

    /// Seals the logs of days that are to be compacted.
    pub(super) fn seal_requested_logs(&mut self) {
        if self.state.health.poisoned().is_some() {
            return;
        }
        for writer in self.days.values_mut().filter(|writer| writer.partition.is_seal_requested()) {
            match writer.appender.seal() {
                Ok(()) => writer.partition.note_sealed(),
                Err(error) => {
                    tracing::warn!(partition = writer.partition.label(), %error, "cannot close a record log yet");
                }
            }
        }
    }

    /// Closes the least recently written logs where more than `limit` are open.
    fn close_idle_logs(&mut self, limit: usize) {
        let is_open = |writer: &&mut DayWriter| writer.appender.is_open();
        let mut open: Vec<&mut DayWriter> = self.days.values_mut().filter(is_open).collect();
        if open.len() <= limit || self.state.health.poisoned().is_some() {
            return;
        }
        open.sort_unstable_by_key(|writer| writer.last_group);
        let idle = open.len() - limit / 2;
        for writer in open.into_iter().take(idle) {
            if let Err(error) = writer.appender.close() {
                // Its frames are synced. Only preallocated zeros stay behind them.
                tracing::warn!(partition = writer.partition.label(), %error, "cannot tidy a record log");
            }
        }
    }

    /// The job to train a tenant's dictionary, once enough samples are gathered.
    pub(crate) fn take_training(&mut self) -> Option<TrainingJob> {
        self.training.take_job(self.state.env.dictionaries.level())
    }

    /// Idle work: releases dropped days, and probes whether a disk that refused a group takes writes again.
    pub(crate) fn rest(&mut self) {
        self.forget_dropped_days();
        if let Err(reason) = self.state.check_place() {
            self.state.health.would_refuse(reason);
            return;
        }
        self.seal_requested_logs();
        self.look_for_unread();
        self.probe();
    }

    fn probe(&mut self) {
        if self.state.health.poisoned().is_some() {
            return;
        }
        if !self.state.health.is_refusing() {
            // Writes may have succeeded for long enough to report that.
            self.state.health.accept();
            return;
        }
        let disk = &*self.state.env.disk;
        let path = self.state.env.data.join(file_name::PROBE_FILE);
        // A crash may have left one.
        let _ = disk.remove_file(&path);
        let written = disk.open(&path, OpenMode::CreateNew).and_then(|file| {
            file.write_at(&vec![0x55; PROBE_BYTES], 0)?;
            file.sync_data()
        });
        if disk.remove_file(&path).is_ok() && written.is_ok() && self.settle().is_ok() {
            self.state.health.accept();
        }
    }

    /// An orderly stop: cuts off preallocated zeros, stores tables and the exact lowest free seq.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        self.state.check_place().map_err(io::Error::other)?;
        self.tidy_up();
        if self.state.health.poisoned().is_some() {
            return Ok(());
        }
        self.forget_dropped_days();
        for writer in self.days.values_mut() {
            writer.close(&*self.state.env.disk)?;
        }
        self.state.retention.close(&self.state.env)?;
        self.seqs.give_back()
    }

    pub(super) fn forget_dropped_days(&mut self) {
        let drops = self.state.drops();
        if drops != self.drops {
            self.days.retain(|_, writer| !writer.partition.is_dropped());
            self.drops = drops;
        }
    }
}
