//! The metrics that steplog gives: each with its kind, its labels and what it says. `docs/metrics.md` is made of them.

use std::fmt::Write as _;

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// What becomes of a number over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from 0 at the start.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts of values by size.
    Histogram,
}

impl Kind {
    /// The name in Prometheus' text format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric: one series, or one for each combination of the values of its labels.
#[derive(Clone, Copy, Debug)]
pub struct Series {
    /// The name, unit and all.
    pub name: &'static str,
    /// The kind.
    pub kind: Kind,
    /// The names of its labels. All have few values, and none of them comes from an event.
    pub labels: &'static [&'static str],
    /// What it says.
    pub about: &'static str,
}

macro_rules! series {
    ($($kind:ident $name:literal [$($label:literal)*] $about:literal;)*) => {
        /// All metrics, in the order of the data's way.
        pub const SERIES: &[Series] = &[$(Series {
            name: $name,
            kind: Kind::$kind,
            labels: &[$($label),*],
            about: $about,
        }),*];

        /// Registers all metrics, and starts those without labels at 0, so that "did not happen yet" differs from "not
        /// measured".
        pub(super) fn begin() {
            for series in SERIES {
                match series.kind {
                    Kind::Counter => {
                        describe_counter!(series.name, series.about);
                        if series.labels.is_empty() {
                            metrics::counter!(series.name).increment(0);
                        }
                    }
                    Kind::Gauge => {
                        describe_gauge!(series.name, series.about);
                        if series.labels.is_empty() {
                            metrics::gauge!(series.name).increment(0.0);
                        }
                    }
                    Kind::Histogram => describe_histogram!(series.name, series.about),
                }
            }
            let build = [("version", env!("CARGO_PKG_VERSION")), ("commit", env!("BUILD_COMMIT"))];
            metrics::gauge!("steplog_build_info", &build).set(1.0);
        }
    };
}

series! {
    Gauge "steplog_build_info" ["version" "commit"] "1, with the version of the program and the commit that it was built from.";
    Counter "steplog_panics_total" [] "Failures within, caught or not; the log names the place of each.";
    Gauge "steplog_receive_connections" [] "Connections of senders that are open.";
    Counter "steplog_receive_connections_total" ["outcome"] "Connections of senders, by what became of them.";
    Counter "steplog_receive_requests_total" ["protocol" "outcome"] "Requests of senders: accepted, partial, or why they were refused or sent away.";
    Histogram "steplog_receive_request_seconds" ["protocol"] "From the head of a request to its reply.";
    Counter "steplog_receive_bytes_total" ["protocol"] "Bytes of requests as they were sent, compressed or not.";
    Counter "steplog_receive_records_total" ["outcome"] "Log records and spans: stored, duplicate, and what was noticed about them: a time that is implausible or ahead of the clock, a value that cannot be read, content that is none of OTLP at all; spans that are no events, data points of metrics.";
    Gauge "steplog_receive_in_flight_bytes" [] "Bytes that requests hold which are received, decoded or waited for.";
    Counter "steplog_decode_bytes_total" [] "Bytes of requests after decompression.";
    Histogram "steplog_decode_seconds" [] "Decoding one request.";
    Counter "steplog_decode_rejected_total" ["reason"] "Log records that were refused for good.";
    Histogram "steplog_map_seconds" [] "Filling the columns of one request's events.";
    Counter "steplog_map_filtered_total" ["reason"] "Log records that are no events of an interaction, and are left out.";
    Gauge "steplog_queue_waiting_bytes" [] "Bytes of events that wait to be appended.";
    Counter "steplog_queue_refused_batches_total" [] "Batches that the full queue sent away, to be sent again.";
    Histogram "steplog_append_group_seconds" [] "Writing one group of events to the record log.";
    Counter "steplog_append_events_total" [] "Events that were written and synced.";
    Counter "steplog_append_duplicates_total" [] "Events that were there already.";
    Counter "steplog_append_rejected_total" [] "Events that the store refused for good.";
    Counter "steplog_append_too_old_total" [] "Events that were refused because their day is not kept any more.";
    Counter "steplog_append_unready_batches_total" [] "Batches that were sent away, to be sent again: after a start it is not known yet whether their events are there already.";
    Counter "steplog_append_refused_groups_total" [] "Groups that could not be written, to be sent again.";
    Gauge "steplog_append_unready_days" [] "Days whose events are not taken yet, as of the last group: their indexes are being built.";
    Gauge "steplog_append_poisoned" [] "1 after a failed sync: nothing is written until a restart.";
    Histogram "steplog_sync_group_seconds" [] "Bringing one group to disk: what a sender waits for.";
    Counter "steplog_index_events_total" [] "Events that were put into an index, again after a rebuild.";
    Gauge "steplog_index_waiting_events" [] "Acknowledged events that cannot be searched yet.";
    Counter "steplog_index_queue_waits_total" [] "How often the writer waited for the index.";
    Counter "steplog_index_damages_total" [] "Indexes that were damaged and are built anew.";
    Histogram "steplog_commit_seconds" [] "Making events searchable, for one commit.";
    Counter "steplog_commit_failures_total" [] "Commits that failed and are tried again.";
    Histogram "steplog_merge_seconds" [] "One merge of segments.";
    Counter "steplog_merge_failures_total" [] "Merges that failed.";
    Gauge "steplog_compaction_waiting_days" [] "Closed days that may still be compacted.";
    Counter "steplog_compaction_merges_total" [] "Merges of the index of a closed day.";
    Histogram "steplog_compaction_merge_seconds" [] "One such merge.";
    Counter "steplog_compaction_files_total" [] "Files of record logs that were written anew, denser.";
    Counter "steplog_compaction_read_bytes_total" [] "Bytes of these files before.";
    Counter "steplog_compaction_written_bytes_total" [] "Bytes of these files after.";
    Counter "steplog_compaction_failures_total" [] "Compactions that failed and are tried again.";
    Counter "steplog_search_requests_total" ["route" "status"] "Requests to API and page, by route and HTTP status.";
    Histogram "steplog_search_request_seconds" ["route"] "From the head of a request to the head of its answer.";
    Gauge "steplog_search_running" [] "Questions that are being answered.";
    Counter "steplog_search_refused_total" ["why"] "Questions, answers, exports, followers and connections that found no place.";
    Counter "steplog_search_failures_total" [] "Questions that failed in the store.";
    Counter "steplog_search_damaged_frames_total" [] "Frames that could not be read for an answer.";
    Gauge "steplog_search_answer_bytes" [] "Bytes of answers that are being made or wait for their readers.";
    Gauge "steplog_search_connections" [] "Connections to API and page that are open, those for health and metrics alone left out.";
    Counter "steplog_search_connections_crowded_total" [] "Connections that were cut off because others needed the room of one who asked nothing, or took nothing of an answer.";
    Counter "steplog_search_connections_broken_total" [] "Connections to API and page that ended early.";
    Counter "steplog_search_connections_stuck_total" [] "Connections that were broken off because the client took nothing.";
    Gauge "steplog_export_open" [] "Exports that are being made or read.";
    Counter "steplog_export_events_total" [] "Events that were exported.";
    Counter "steplog_export_cut_short_total" [] "Exports that ended before their end.";
    Gauge "steplog_tail_followers" [] "Clients that follow what arrives.";
    Counter "steplog_tail_incomplete_total" [] "Times that a tail passed over arrivals that cannot be read, each of them told.";
    Counter "steplog_tail_missed_total" [] "Events that slow followers missed, each of them told.";
    Gauge "steplog_store_writable" [] "1 while events are taken.";
    Gauge "steplog_store_notices" [] "What an operator should know, how many; `/health/ready` says what.";
    Gauge "steplog_store_events" [] "Events that are kept.";
    Gauge "steplog_store_days" [] "Days that are kept.";
    Gauge "steplog_store_bytes" [] "Bytes on disk, as of the last look; 0 before the first.";
    Counter "steplog_retention_dropped_days_total" ["reason"] "Days that were dropped, by age or size.";
    Counter "steplog_retention_dropped_events_total" [] "Events of the days that were dropped.";
    Counter "steplog_retention_dropped_bytes_total" [] "Bytes of the days that were dropped.";
    Counter "steplog_recovery_torn_tails_total" [] "Last appends of record logs that were not whole and were cut off by a start.";
    Counter "steplog_recovery_damages_total" [] "Damages of record logs that a start met and set aside.";
}

/// The table of `docs/metrics.md`.
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| Metric | Kind | Labels | Says |\n|---|---|---|---|\n");
    for Series { name, kind, labels, about } in SERIES {
        let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| `{name}` | {} | {} | {about} |", kind.name(), labels.join(", "));
    }
    table
}
