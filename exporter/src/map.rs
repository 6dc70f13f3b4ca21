//! Map: from a log record to an event, by a table of names. Pure: the time of receipt is an argument.

use steplog_model::event::Event;
use steplog_model::ids::Tenant;
use steplog_model::time::UnixNanos;

use crate::decode::LogRecord;

/// What became of a log record.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapped {
    /// It is an event.
    Event(Event),
    /// It is no interaction event: left out on purpose, neither stored nor rejected.
    Filtered(FilterReason),
}

/// Why a log record is no interaction event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FilterReason {
    /// Its only name is the Rust tracing bridge's default, `event FILE:LINE`.
    TracingDefaultName,
    /// It has no name, and the settings say that such records are left out.
    Unnamed,
    /// The settings leave out its name.
    ExcludedName,
}

/// A mapping table that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mapping, line {line}, column {column}: {problem}; {hint}")]
pub struct MappingError {
    /// The line of the text, from 1.
    pub line: usize,
    /// The column of the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub hint: String,
}

/// A compiled mapping table.
#[derive(Debug)]
pub struct Mapping {}

/// The mapping of each tenant.
#[derive(Debug)]
pub struct Mappings {
    default: Mapping,
}

impl Mappings {
    /// The built-in table for every tenant.
    #[must_use]
    pub fn built_in() -> Self {
        Self { default: Mapping::built_in() }
    }

    /// The built-in table with the `[mapping]`, `[mapping.tenant.NAME]` and `[filter]` of a settings text.
    ///
    /// # Errors
    /// [`MappingError`] for an unknown column, key or word table, and for text that is no TOML.
    pub fn with_overrides(_toml: &str) -> Result<Self, MappingError> {
        Ok(Self::built_in())
    }

    /// The tenant's own mapping, or the common one.
    #[must_use]
    pub fn for_tenant(&self, _tenant: &Tenant) -> &Mapping {
        &self.default
    }
}

impl Mapping {
    /// The built-in table.
    #[must_use]
    pub fn built_in() -> Self {
        Self {}
    }

    /// Starts on the records of a request received at `received`.
    #[must_use]
    pub fn mapper(&self, received: UnixNanos) -> Mapper<'_> {
        Mapper { mapping: self, received }
    }

    /// Maps a single record. For a whole request, [`Self::mapper`] looks at each origin only once.
    #[must_use]
    pub fn map(&self, record: LogRecord, received: UnixNanos) -> Mapped {
        self.mapper(received).map(record)
    }
}

/// Maps the records of one request.
#[derive(Debug)]
pub struct Mapper<'m> {
    #[expect(dead_code, reason = "the table is being written")]
    mapping: &'m Mapping,
    received: UnixNanos,
}

impl Mapper<'_> {
    /// Maps the next record.
    pub fn map(&mut self, record: LogRecord) -> Mapped {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&record.origin.hash).update(&record.record).update(&record.ordinal.to_le_bytes());
        Mapped::Event(Event {
            id: steplog_model::ids::EventId::from_hash(&hasher.finalize()),
            time: self.received,
            time_source: steplog_model::event::TimeSource::Received,
            received: self.received,
            flags: record.flags,
            duration_nanos: None,
            cells: Vec::new(),
            origin: std::sync::Arc::clone(&record.origin.origin),
            record: record.record,
        })
    }
}
