//! Log messages about records that were not stored as they were sent. They contain nothing of the records.

use steplog_net::{Client, Refusals};

use super::Summary;
use crate::decode::RejectReason;
use crate::map::FilterReason;

/// How the store's reason begins where a record's day is not kept any more.
const TOO_OLD: &str = "too old";

/// Records of one kind, and what to do about their sender.
struct Kind {
    name: &'static str,
    records: u64,
    to_do: &'static str,
}

impl Summary {
    /// Counts what was not taken as it was sent, and tells operators of the first of each kind.
    pub(crate) fn tell(&self, sender: Client, refusals: &Refusals) {
        for Kind { name, records, to_do } in self.kinds() {
            if records > 0 && refusals.note(sender, name, records) {
                tracing::warn!(
                    kind = name,
                    %sender,
                    records,
                    to_do,
                    "records are not taken as they were sent; more of this kind from there are counted only, for \
                     a minute"
                );
            }
        }
    }

    fn kinds(&self) -> impl Iterator<Item = Kind> {
        let rejected = self.rejected.by_reason().map(|(reason, records)| Kind {
            name: rejected_name(reason),
            records,
            to_do: rejected_to_do(reason),
        });
        let filtered = self.filtered.iter().filter_map(|(reason, records)| {
            let (name, to_do) = filtered_words(*reason)?;
            Some(Kind { name, records: *records, to_do })
        });
        let too_old = self.store_reasons.iter().any(|reason| reason.starts_with(TOO_OLD));
        let (name, to_do) = match too_old {
            true => (
                "too_old",
                "refused: their day is not kept any more; look at the sender's clock, or keep events longer",
            ),
            false => ("store", "refused by the store; the sender's answer tells why"),
        };
        let stored = Kind { name, records: self.store_rejected, to_do };
        let implausible = Kind {
            name: "implausible_time",
            records: self.implausible_times,
            to_do: "stored under another time: theirs is before 2000, more than a day ahead or not in nanoseconds; look \
                    at the sender's clock and unit of time",
        };
        let beyond_room = Kind {
            name: "request_beyond_limits",
            records: self.beyond_room,
            to_do: "refused: one request's records take more memory than it may have; let the sender make smaller batches",
        };
        let metrics = Kind {
            name: "metrics",
            records: self.points,
            to_do: "left out: steplog keeps events; send metrics elsewhere, or set OTEL_METRICS_EXPORTER=none",
        };
        let unlisted = Kind {
            name: "span_not_listed",
            records: self.unlisted,
            to_do: "left out: spans of no agent, message or pipeline; name those to keep under [mapping.spans]",
        };
        rejected
            .chain(filtered)
            .chain([beyond_room, stored, implausible, metrics, unlisted])
            .chain(self.noticed())
    }

    fn noticed(&self) -> [Kind; 4] {
        let kind = |name, records, to_do| Kind { name, records, to_do };
        [
            kind(
                "not_understood",
                self.not_understood.count(),
                "nothing is stored of it: it is no log record of OTLP; look at what the sender sends, and to where",
            ),
            kind(
                "value_unreadable",
                self.warnings.unreadable,
                "stored, with a value that cannot be read; the attribute steplog.unreadable of the event has it as it was sent",
            ),
            kind(
                "time_ahead",
                self.times_ahead,
                "stored under a time that is more than a minute ahead; set the sender's clock and time zone right",
            ),
            kind(
                "duplicate",
                self.duplicates,
                "stored before: the sender sends them again, or gives one log.record.uid to several events",
            ),
        ]
    }
}

const fn rejected_name(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::Malformed => "record_malformed",
        RejectReason::TooDeep | RejectReason::TooManyAttributes | RejectReason::KeyTooLong => {
            "record_beyond_limits"
        }
        RejectReason::TooLarge => "record_too_large",
        _ => "request_beyond_limits",
    }
}

const fn rejected_to_do(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::Malformed => "refused: no log record can be read there; look at the sender's encoding",
        RejectReason::TooDeep | RejectReason::TooManyAttributes | RejectReason::KeyTooLong => {
            "refused: nested too deep, too many attributes or too long keys; the README has the limits"
        }
        RejectReason::TooLarge => {
            "refused: larger than a record may be; let the sender keep large contents elsewhere"
        }
        _ => "refused: the request has more than one may have; let the sender make smaller batches",
    }
}

/// `None` for what the settings leave out by name.
const fn filtered_words(reason: FilterReason) -> Option<(&'static str, &'static str)> {
    match reason {
        FilterReason::Unnamed => Some((
            "unnamed",
            "left out: they have no event name; let the sender name its events, or filter before steplog",
        )),
        FilterReason::TracingDefaultName => Some((
            "tracing_default_name",
            "left out: their only name is the tracing bridge's default, event FILE:LINE; let the sender name its events",
        )),
        FilterReason::ExcludedName | FilterReason::Repeat => None,
    }
}
