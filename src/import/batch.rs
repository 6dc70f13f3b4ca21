//! Records gathered up into batches, each of which is sent or stored in one go.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Context as _;
use bytes::Bytes;
use steplog_exporter::map::Mapping;
use steplog_model::event::Event;
use steplog_model::ids::EventId;
use steplog_model::record::wire::put_bytes_field;
use steplog_model::record::wire::put_message_field;
use steplog_model::time::UnixNanos;

use super::input::{Input, MAX_LINE_BYTES, Next, refuse_directory};
use super::line::{self, Item};

/// The most events of a batch, and about the most bytes.
const MOST_EVENTS: usize = 2_048;
const MOST_BYTES: usize = 2 << 20;
/// How many problems of a batch are spelled out.
const MOST_PROBLEMS: usize = 4;

/// Some records, and where in which file they end.
#[derive(Debug, Default)]
pub struct Batch {
    /// The records, none of them twice.
    pub items: Vec<Item>,
    /// Those that stood twice.
    pub duplicates: u64,
    /// Those that cannot be read.
    pub rejected: u64,
    /// Why, of the first of them.
    pub problems: Vec<String>,
    /// Spans that are no events by the rules of the mapping.
    pub left_out: u64,
    /// The file, by its place among all.
    pub file: usize,
    /// The last line of it that is in this batch or an earlier one.
    pub line: u64,
    ids: HashSet<EventId>,
    bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        // Skipped ones count too: else a file of nothing else would be one batch without any progress.
        let records = self.items.len() as u64 + self.duplicates + self.rejected + self.left_out;
        records >= MOST_EVENTS as u64 || self.bytes >= MOST_BYTES
    }

    fn problem(&mut self, rejected: u64, problem: String) {
        self.rejected += rejected;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn push(&mut self, item: Item) {
        // A receiver tells equal records of one request apart by counting them; here they are one record read twice.
        if item.id().is_some_and(|id| !self.ids.insert(id)) {
            self.duplicates += 1;
            return;
        }
        self.bytes += item.record.record.len();
        self.items.push(item);
    }

    /// The events for a store, and how many records the mapping leaves out.
    pub fn into_events(self) -> (Vec<Event>, u64) {
        let all = self.items.len();
        let events: Vec<Event> = self.items.into_iter().filter_map(|item| item.event).collect();
        let left_out = (all - events.len()) as u64;
        (events, left_out)
    }

    /// The records as an encoded `ExportLogsServiceRequest`. Neighbours of one origin share it.
    #[must_use]
    pub fn request(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.bytes + self.bytes / 4);
        for group in self.items.chunk_by(|one, other| one.record.origin.hash == other.record.origin.hash) {
            let Some(first) = group.first() else { continue };
            let origin = &first.record.origin.origin;
            put_message_field(&mut out, 1, |out| {
                put_bytes_field(out, 1, &origin.resource);
                put_message_field(out, 2, |out| {
                    put_bytes_field(out, 1, &origin.scope);
                    group.iter().for_each(|item| put_bytes_field(out, 2, &item.sent()));
                    put_bytes_field(out, 3, origin.scope_schema_url.as_bytes());
                });
                put_bytes_field(out, 3, origin.resource_schema_url.as_bytes());
            });
        }
        Bytes::from(out)
    }
}

/// Reads files into batches.
#[derive(Debug)]
pub struct Batches {
    files: std::iter::Enumerate<std::vec::IntoIter<PathBuf>>,
    mapping: Mapping,
    read_bytes: Arc<AtomicU64>,
    /// Lines of the first file that are passed over.
    skip: u64,
    current: Option<(usize, Input)>,
    line: Vec<u8>,
    /// Why the file cannot be read on, kept back until what came before is handed out.
    failed: Option<anyhow::Error>,
}

impl Batches {
    /// The batches of files, without the first `skip` lines of the first one.
    #[must_use]
    pub fn new(files: Vec<PathBuf>, skip: u64, mapping: Mapping, read_bytes: Arc<AtomicU64>) -> Self {
        let files = files.into_iter().enumerate();
        Self { files, mapping, read_bytes, skip, current: None, line: Vec::new(), failed: None }
    }

    /// The next batch; `None` after the last. None spans two files.
    ///
    /// # Errors
    /// Where a file cannot be read, after all that came before that place. A line that is no event is none: it is
    /// counted in its batch.
    pub fn next_batch(&mut self) -> anyhow::Result<Option<Batch>> {
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let (place, mut input) = match self.current.take() {
                Some(current) => current,
                None => match self.files.next() {
                    Some((place, path)) => (place, Input::open(&path, Arc::clone(&self.read_bytes))?),
                    None => return Ok(None),
                },
            };
            let mut batch = Batch { file: place, ..Batch::default() };
            let mut ended = false;
            while !batch.is_full() && !ended {
                let next = match input.next_line(&mut self.line) {
                    Ok(next) => next,
                    Err(error) => {
                        self.failed = Some(error);
                        Next::End
                    }
                };
                ended = next == Next::End;
                let is_passed_over = place == 0 && input.number() <= self.skip;
                if !ended && !is_passed_over {
                    self.read_line(next, &input, &mut batch);
                }
            }
            if ended && input.number() == 0 && self.failed.is_none() {
                batch.problem(0, format!("{} is empty", input.name()));
            }
            batch.line = input.number();
            if !ended {
                self.current = Some((place, input));
            }
            let has_any = batch.rejected + batch.duplicates + batch.left_out > 0;
            if !batch.items.is_empty() || has_any || !batch.problems.is_empty() {
                return Ok(Some(batch));
            }
        }
    }

    fn read_line(&self, next: Next, input: &Input, batch: &mut Batch) {
        let place = || format!("line {} of {}", input.number(), input.name());
        if next == Next::TooLong {
            batch.problem(1, format!("{}: it is longer than {} MiB", place(), MAX_LINE_BYTES >> 20));
            return;
        }
        match line::read(&self.line, Some(input.number()), &self.mapping, UnixNanos::now()) {
            Ok(items) => {
                if items.rejected > 0 {
                    let why = items.problem.unwrap_or_default();
                    batch.problem(items.rejected, format!("{}: {why}", place()));
                }
                batch.left_out += items.left_out;
                items.items.into_iter().for_each(|item| batch.push(item));
            }
            Err(error) => batch.problem(1, format!("{}: {error}", place())),
        }
    }
}

/// The bytes of all files together; `None` where one of them is no file, such as standard input.
///
/// # Errors
/// Where a file is missing, before anything is imported.
pub fn total_bytes(files: &[PathBuf]) -> anyhow::Result<Option<u64>> {
    let mut total = Some(0);
    for path in files {
        if path.as_os_str() == "-" {
            total = None;
            continue;
        }
        refuse_directory(path)?;
        let metadata = std::fs::metadata(path).with_context(|| format!("cannot open {}", path.display()))?;
        total = total.filter(|_| metadata.is_file()).map(|total| total + metadata.len());
    }
    Ok(total)
}
