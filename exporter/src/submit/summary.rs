//! What became of the records of one request: the numbers for its sender and for the metrics.

mod told;

use steplog_model::event::{Event, Flags};
use steplog_model::store::Ingested;

use crate::decode::{NotUnderstood, Rejections, Signal, Warnings};
use crate::map::FilterReason;
use crate::reply::{Accepted, MAX_PARTIAL_BYTES, bounded};

/// How many refusals of the store the reply spells out.
const MAX_STORE_REASONS: usize = 3;

/// Why metrics are not kept, and how a sender stops sending them.
const METRICS: &str = "steplog keeps events (log records and spans), no metrics; send them elsewhere, or set \
                       OTEL_METRICS_EXPORTER=none";
/// Why spans are left out, and how they are kept.
const UNLISTED: &str = "none of the attributes of agents, models, tools, workflows, messaging or pipelines; \
                        name such spans in the settings under [mapping.spans] to keep them";

/// The fate of a request's records.
#[derive(Debug)]
pub(crate) struct Summary {
    signal: Signal,
    /// The spans that are no events by the rules.
    pub(super) unlisted: u64,
    /// The spans that came more than once in the request, beyond the first.
    pub(super) repeated: u64,
    /// Data points of metrics, none of which is kept.
    points: u64,
    rejected: Rejections,
    warnings: Warnings,
    not_understood: NotUnderstood,
    implausible_times: u64,
    times_ahead: u64,
    /// Records for which the request had no room.
    beyond_room: u64,
    /// Few reasons, so a list.
    filtered: Vec<(FilterReason, u64)>,
    stored: u64,
    duplicates: u64,
    store_rejected: u64,
    store_reasons: Vec<String>,
}

impl Summary {
    pub(crate) fn new(
        signal: Signal,
        rejected: Rejections,
        (warnings, not_understood): (Warnings, NotUnderstood),
    ) -> Self {
        Self {
            signal,
            unlisted: 0,
            repeated: 0,
            points: 0,
            rejected,
            warnings,
            not_understood,
            implausible_times: 0,
            times_ahead: 0,
            beyond_room: 0,
            filtered: Vec::new(),
            stored: 0,
            duplicates: 0,
            store_rejected: 0,
            store_reasons: Vec::new(),
        }
    }

    /// Of metrics, whose data points are all left out: they are no events.
    pub(crate) fn of_points(points: u64) -> Self {
        Self { points, ..Self::new(Signal::Metrics, Rejections::default(), Default::default()) }
    }

    /// Takes note of an event that is about to be ingested.
    pub(crate) fn note(&mut self, event: &Event) {
        self.implausible_times += u64::from(event.flags.contains(Flags::TIME_IMPLAUSIBLE));
        self.times_ahead += u64::from(event.flags.contains(Flags::TIME_AHEAD));
    }

    pub(crate) fn filtered(&mut self, reason: FilterReason) {
        match self.filtered.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.filtered.push((reason, 1)),
        }
    }

    /// Takes note of records that the request has no room for.
    pub(crate) fn beyond_room(&mut self, records: u64) {
        self.beyond_room = records;
    }

    /// Duplicates were accepted by an earlier request; only what the store refuses for good is rejected.
    pub(crate) fn ingested(&mut self, ingested: &Ingested) {
        self.stored = ingested.stored as u64;
        self.duplicates = ingested.duplicates as u64;
        self.store_rejected = ingested.rejected.len() as u64;
        for (_, reason) in &ingested.rejected {
            if self.store_reasons.len() < MAX_STORE_REASONS && !self.store_reasons.contains(reason) {
                self.store_reasons.push(reason.clone());
            }
        }
    }

    /// What became of records, and what was noticed about them, by the names that metrics have; rejections and what is
    /// left out are apart.
    const fn outcomes(&self) -> [(&'static str, u64); 8] {
        [
            ("stored", self.stored),
            ("duplicate", self.duplicates + self.repeated),
            ("span_not_listed", self.unlisted),
            ("data_point", self.points),
            ("time_implausible", self.implausible_times),
            ("time_ahead", self.times_ahead),
            ("value_unreadable", self.warnings.unreadable),
            ("not_understood", self.not_understood.count()),
        ]
    }

    pub(crate) fn count(&self) {
        for (outcome, count) in self.outcomes().into_iter().filter(|(_, count)| *count > 0) {
            metrics::counter!("steplog_receive_records_total", "outcome" => outcome).increment(count);
        }
        for (reason, count) in &self.filtered {
            metrics::counter!("steplog_map_filtered_total", "reason" => reason.name()).increment(*count);
        }
        for (reason, count) in self.rejected.by_reason() {
            metrics::counter!("steplog_decode_rejected_total", "reason" => reason.name()).increment(count);
        }
        if self.beyond_room > 0 {
            metrics::counter!("steplog_decode_rejected_total", "reason" => "memory")
                .increment(self.beyond_room);
        }
        if self.store_rejected > 0 {
            metrics::counter!("steplog_decode_rejected_total", "reason" => "store")
                .increment(self.store_rejected);
        }
    }

    pub(crate) fn into_accepted(self) -> Accepted {
        let counted = |count| self.signal.counted(count);
        let mut sentences: Vec<String> = self.rejected.message_of(self.signal).into_iter().collect();
        if self.points > 0 {
            sentences.push(METRICS.to_owned());
        }
        if self.unlisted > 0 {
            sentences.push(format!("{} left out on purpose: {UNLISTED}", counted(self.unlisted)));
        }
        if self.repeated > 0 {
            sentences
                .push(format!("{} sent more than once in this request; kept once", counted(self.repeated)));
        }
        if self.beyond_room > 0 {
            sentences.push(format!(
                "{} refused: one request's records take more memory than it may have; send smaller batches",
                counted(self.beyond_room)
            ));
        }
        if self.store_rejected > 0 {
            let reasons = self.store_reasons.join("; ");
            sentences.push(format!("{} refused by the store: {reasons}", counted(self.store_rejected)));
        }
        sentences.extend(self.not_understood.message());
        for (reason, count) in &self.filtered {
            sentences.push(format!("{} left out on purpose: {}", counted(*count), reason.words()));
        }
        if self.implausible_times > 0 {
            sentences.push(format!(
                "{} with an implausible time (before 2000, more than a day ahead, or not in nanoseconds since 1970); \
                 stored under the next time that is plausible",
                counted(self.implausible_times)
            ));
        }
        if self.times_ahead > 0 {
            sentences.push(format!(
                "{} with a time more than a minute ahead of this machine's clock; set the sender's clock and time \
                 zone right",
                counted(self.times_ahead)
            ));
        }
        if self.duplicates > 0 {
            let (were, are) = if self.duplicates == 1 { ("was", "is") } else { ("were", "are") };
            sentences.push(format!(
                "{} {were} stored before and {are} not stored again: what has the same log.record.uid, or the same \
                 content and time, is kept",
                counted(self.duplicates)
            ));
        }
        sentences.extend(self.warnings.message_of(self.signal));
        Accepted {
            signal: self.signal,
            rejected: self.rejected.total() + self.beyond_room + self.store_rejected + self.points,
            message: bounded(&sentences.join(". "), MAX_PARTIAL_BYTES),
        }
    }
}
