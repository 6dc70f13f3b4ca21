//! The results of decoding other than records: rejections, warnings, the one fatal error.

use std::fmt::Write as _;

use steplog_model::event::Flags;
use steplog_model::limits;
use steplog_model::record::wire::WireError;

use super::signal::Signal;

/// How many rejections are described in words; all of them are counted.
const MAX_SAMPLES: usize = 4;

/// The longest description of one rejection, in bytes.
const MAX_SAMPLE_BYTES: usize = 200;

/// A request whose outermost message cannot be read. Sending it again does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request is no {} in {encoding}: {what}, at byte {offset}", signal.request())]
pub struct DecodeError {
    /// What the request should have carried.
    pub signal: Signal,
    /// `protobuf` or `JSON`.
    pub encoding: &'static str,
    /// What is wrong.
    pub what: String,
    /// Where, counted from 0 in the decompressed request.
    pub offset: usize,
}

/// Why a record was refused, as metrics count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RejectReason {
    /// Bytes or JSON that are no log record.
    Malformed,
    /// Values nest deeper than [`limits::MAX_VALUE_DEPTH`].
    TooDeep,
    /// More attributes than [`limits::MAX_ATTRIBUTES`].
    TooManyAttributes,
    /// An attribute key longer than [`limits::MAX_KEY_BYTES`].
    KeyTooLong,
    /// Larger than [`limits::MAX_RECORD_BYTES`].
    TooLarge,
    /// Behind the first [`limits::MAX_REQUEST_RECORDS`] of its request.
    TooManyRecords,
    /// Of an origin behind the first [`limits::max_origin_bytes`] of its request.
    TooManyOrigins,
}

impl RejectReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::Malformed,
        Self::TooDeep,
        Self::TooManyAttributes,
        Self::KeyTooLong,
        Self::TooLarge,
        Self::TooManyRecords,
        Self::TooManyOrigins,
    ];

    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooDeep => "too_deep",
            Self::TooManyAttributes => "too_many_attributes",
            Self::KeyTooLong => "key_too_long",
            Self::TooLarge => "too_large",
            Self::TooManyRecords => "too_many_records",
            Self::TooManyOrigins => "too_many_origins",
        }
    }
}

/// What is wrong with a record, its resource or its scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No protobuf message.
    #[error("malformed: {0}")]
    Wire(#[from] WireError),
    /// A known field has another wire type, as in a message of another kind.
    #[error("malformed: field {field} of {message} has the wrong wire type")]
    WireType {
        /// The message's name.
        message: &'static str,
        /// The field's number.
        field: u32,
    },
    /// JSON that is no log record.
    #[error("malformed: {0}")]
    Json(String),
    /// Values nest too deep.
    #[error("values nest deeper than {} levels", limits::MAX_VALUE_DEPTH)]
    TooDeep,
    /// Too many attributes.
    #[error("more than {} attributes", limits::MAX_ATTRIBUTES)]
    TooManyAttributes,
    /// A key is too long.
    #[error("an attribute key of {0} bytes; at most {max}", max = limits::MAX_KEY_BYTES)]
    KeyTooLong(usize),
    /// The record, resource or scope is too large.
    #[error("{0} bytes; at most {max}", max = limits::MAX_RECORD_BYTES)]
    TooLarge(usize),
    /// The request has too many records.
    #[error("behind the first {max} records; send smaller batches", max = limits::MAX_REQUEST_RECORDS)]
    TooManyRecords,
    /// Spans, rewritten as log records, are far larger than their request.
    #[error("its spans would become more than {0} bytes of events; send smaller batches")]
    TooMuchGrowth(usize),
    /// The request has too many large origins.
    #[error(
        "a resource is stored with each of its scopes, and those of this request come to more than {0} bytes; send \
         smaller resources or fewer scopes"
    )]
    TooManyOrigins(usize),
}

impl Problem {
    /// The reason that metrics count.
    #[must_use]
    pub const fn reason(&self) -> RejectReason {
        match self {
            Self::Wire(_) | Self::WireType { .. } | Self::Json(_) => RejectReason::Malformed,
            Self::TooDeep => RejectReason::TooDeep,
            Self::TooManyAttributes => RejectReason::TooManyAttributes,
            Self::KeyTooLong(_) => RejectReason::KeyTooLong,
            Self::TooLarge(_) => RejectReason::TooLarge,
            Self::TooManyRecords | Self::TooMuchGrowth(_) => RejectReason::TooManyRecords,
            Self::TooManyOrigins(_) => RejectReason::TooManyOrigins,
        }
    }
}

/// The records of a request that were refused: counts are exact, descriptions are a few samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejections {
    counts: [u64; RejectReason::ALL.len()],
    samples: Vec<String>,
}

impl Rejections {
    /// Counts `count` records refused for one problem; `place` says where, as in `log record 3`.
    pub(crate) fn add(&mut self, problem: &Problem, count: u64, place: impl FnOnce() -> String) {
        if count == 0 {
            return;
        }
        self.counts[problem.reason() as usize] += count;
        if self.samples.len() < MAX_SAMPLES {
            let mut sample = format!("{}: {problem}", place());
            sample.truncate(sample.floor_char_boundary(MAX_SAMPLE_BYTES));
            self.samples.push(sample);
        }
    }

    /// Whether more of them are only counted.
    pub(crate) fn is_told(&self) -> bool {
        self.samples.len() == MAX_SAMPLES
    }

    /// Adds the rejections of `earlier`, whose samples come first.
    pub(crate) fn prepend(&mut self, earlier: Self) {
        for (count, more) in self.counts.iter_mut().zip(earlier.counts) {
            *count += more;
        }
        let later = std::mem::replace(&mut self.samples, earlier.samples);
        self.samples.extend(later);
        self.samples.truncate(MAX_SAMPLES);
    }

    /// How many records were refused.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The reasons that occurred, with how many records each refused.
    pub fn by_reason(&self) -> impl Iterator<Item = (RejectReason, u64)> {
        RejectReason::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    /// A sentence for the sender, under 1 KiB; `None` where nothing was refused.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        self.message_of(Signal::Logs)
    }

    /// The same about the items of any signal.
    pub(crate) fn message_of(&self, signal: Signal) -> Option<String> {
        let total = self.total();
        (total > 0).then(|| {
            let more = if total > self.samples.len() as u64 { "; …" } else { "" };
            format!("{} rejected: {}{more}", signal.counted(total), self.samples.join("; "))
        })
    }
}

/// What was noticed about records that are kept, in numbers of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// [`Flags::UTF8_REPAIRED`].
    pub utf8_repaired: u64,
    /// [`Flags::DUPLICATE_KEYS`].
    pub duplicate_keys: u64,
    /// [`Flags::STRING_REFERENCE`].
    pub string_references: u64,
    /// [`Flags::VALUE_UNREADABLE`].
    pub unreadable: u64,
    /// JSON that is written in another form than OTLP's and read as it is meant.
    pub foreign: u64,
}

impl Warnings {
    /// Counts a kept record with these flags.
    pub(crate) fn count(&mut self, flags: Flags) {
        self.utf8_repaired += u64::from(flags.contains(Flags::UTF8_REPAIRED));
        self.duplicate_keys += u64::from(flags.contains(Flags::DUPLICATE_KEYS));
        self.string_references += u64::from(flags.contains(Flags::STRING_REFERENCE));
        self.unreadable += u64::from(flags.contains(Flags::VALUE_UNREADABLE));
    }

    /// A sentence for the sender; `None` where there is nothing to say.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        self.message_of(Signal::Logs)
    }

    /// The same about the items of any signal.
    pub(crate) fn message_of(&self, signal: Signal) -> Option<String> {
        let mut text = String::new();
        let mut add = |count: u64, what: &str| {
            if count > 0 {
                let separator = if text.is_empty() { "" } else { "; " };
                // Writing to a String cannot fail.
                let _ = write!(text, "{separator}{} {what}", signal.counted(count));
            }
        };
        add(self.utf8_repaired, "held invalid UTF-8, which was replaced");
        add(
            self.duplicate_keys,
            "with a key more than once among its attributes or in a value of them; all are kept, and the last one counts",
        );
        add(
            self.string_references,
            "with references to a string table, which logs do not have; read as absent",
        );
        let unreadable = "with a value that cannot be read (a number that is none or out of range, an id of another \
                          length, bytes, an unknown kind) or stands where another one counts (two kinds of value, a \
                          name that comes twice). Each is kept as it was sent: find these events by \
                          attr.steplog.unreadable.NAME:* or the flag value_unreadable, open one, and compare its \
                          attribute steplog.unreadable, which has each such value by its name, with what was to be sent";
        add(self.unreadable, unreadable);
        let foreign = "or groups of them not written as OTLP/JSON writes them (values bare or wrapped, names in \
                       other letters, instrumentationLibraryLogs), and read as they are meant";
        add(self.foreign, foreign);
        (!text.is_empty()).then_some(text)
    }
}

/// Content that is none of OTLP's logs: nothing is stored of it, and nobody knows how many records it would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotUnderstood {
    count: u64,
    samples: Vec<String>,
}

impl NotUnderstood {
    /// Counts one message or member; `what` describes it.
    pub(crate) fn add(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.samples.len() < MAX_SAMPLES {
            let mut sample = what();
            sample.truncate(sample.floor_char_boundary(MAX_SAMPLE_BYTES));
            self.samples.push(sample);
        }
    }

    /// How often that was.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// A sentence for the sender; `None` where all was understood.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        (self.count > 0).then(|| {
            let more = if self.count > self.samples.len() as u64 { "; …" } else { "" };
            let samples = self.samples.join("; ");
            format!("nothing was understood of some content, and nothing stored: {samples}{more}. OTLP/JSON has log \
                     records in resourceLogs[].scopeLogs[].logRecords[], spans in resourceSpans[].scopeSpans[].spans[]")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_are_counted_exactly_and_described_briefly() {
        let mut rejections = Rejections::default();
        assert_eq!(rejections.message(), None);
        for place in 0..100 {
            rejections.add(&Problem::Json("ä".repeat(500)), 1, || format!("log record {place}"));
        }
        rejections.add(&Problem::TooDeep, 7, || "resource 0".to_owned());
        assert_eq!(rejections.total(), 107);
        let reasons: Vec<_> = rejections.by_reason().collect();
        assert_eq!(reasons, [(RejectReason::Malformed, 100), (RejectReason::TooDeep, 7)]);
        let message = rejections.message().unwrap();
        assert!(message.starts_with("107 log records rejected: log record 0: malformed: ää"), "{message}");
        assert!(message.ends_with('…') && message.len() < 1_024, "{message}");
    }

    #[test]
    fn warnings_name_what_was_noticed() {
        let mut warnings = Warnings::default();
        assert_eq!(warnings.message(), None);
        let mut flags = Flags::UTF8_REPAIRED;
        flags.insert(Flags::DUPLICATE_KEYS);
        warnings.count(flags);
        let message = warnings.message().unwrap();
        assert!(
            message.contains("1 log record held invalid UTF-8") && message.contains("; 1 log"),
            "{message}"
        );
    }
}
