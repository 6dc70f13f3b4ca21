//! Map: from a log record to an event. Which attribute fills which column is data: a built-in table
//! (`map/mapping.toml`) that settings extend or override, per tenant where wanted.
//!
//! Pure: the time of receipt is an argument.
//!
//! A cell's rule says what filled it: nothing where the sender stated the column by its own attribute or
//! field; else the name of the attribute (`user.id`), field (`severity_number`) or column (`column
//! conversation`), with ` >= NUMBER` where a number had to be reached, and with ` (body)`, ` (scope)` or
//! ` (resource)` where it was not among the record's attributes. Guesses start with `derived: `, as in
//! `derived: name ending failed`.

mod compile;
mod error;
mod fill;
mod identity;
mod page;
mod remap;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod told;
mod traces;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use rapidhash::RapidHashMap;
use steplog_model::column::Column;
use steplog_model::content;
use steplog_model::event::{Event, Flags};
use steplog_model::ids::Tenant;
use steplog_model::record::LogRecordRef;
use steplog_model::record::exported::Exported;
use steplog_model::time::Received;

use crate::decode::{HashedOrigin, LogRecord, SpanRules};
use source::Compiled;
use table::{Form, SettingsText, Table};
use walk::OriginHit;

pub use error::MappingError;
pub use page::page;
pub use remap::Remapper;
pub use told::{Told, told};
pub use traces::share_conversations;

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
    /// Its only name, in whatever place, is the Rust tracing bridge's default, `event FILE:LINE`.
    TracingDefaultName,
    /// It has no name.
    Unnamed,
    /// The settings leave out its name.
    ExcludedName,
    /// Another record of the same step says it.
    Repeat,
}

impl FilterReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::TracingDefaultName, Self::Unnamed, Self::ExcludedName, Self::Repeat];

    /// Why, and what to do about it, after "left out on purpose:", of one record or many.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::TracingDefaultName => {
                "the only name is the tracing bridge's default, event FILE:LINE; name the event to keep it"
            }
            Self::Unnamed => {
                "there is no event name; set the field event_name or the attribute event.name, or unnamed = false in \
                 [mapping.filter]"
            }
            Self::Repeat => {
                "another record of the same step says it; `repeats = []` under [mapping.filter] in the settings keeps them"
            }
            Self::ExcludedName => "the settings leave out this event name",
        }
    }

    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TracingDefaultName => "tracing_default_name",
            Self::Unnamed => "unnamed",
            Self::ExcludedName => "excluded_name",
            Self::Repeat => "repeat",
        }
    }
}

/// The mapping of each tenant.
#[derive(Clone, Debug)]
pub struct Mappings {
    common: Mapping,
    tenants: BTreeMap<Tenant, Mapping>,
}

impl Mappings {
    /// The built-in table for every tenant.
    #[must_use]
    pub fn built_in() -> Self {
        Self { common: Mapping::built_in(), tenants: BTreeMap::new() }
    }

    /// The built-in table, changed by the `[mapping]` and `[mapping.tenant.NAME]` of a settings text.
    /// What else the text holds is not looked at.
    ///
    /// # Errors
    /// [`MappingError`] for an unknown column, key or table of words, and for text that is no TOML.
    pub fn with_overrides(settings: &str) -> Result<Self, MappingError> {
        let text: SettingsText =
            toml::from_str(settings).map_err(|error| MappingError::toml(settings, &error))?;
        let (common, tenants) = text.mapping.split();
        let unknown_words = |unknown| MappingError::unknown_words(settings, &unknown);
        let mut table = built_in_table();
        table.apply(common).map_err(unknown_words)?;
        let mut mappings = BTreeMap::new();
        for (tenant, overrides) in tenants {
            let mut own = table.clone();
            own.apply(overrides).map_err(unknown_words)?;
            mappings.insert(tenant.0, Mapping::new(&own).map_err(unknown_words)?);
        }
        Ok(Self { common: Mapping::new(&table).map_err(unknown_words)?, tenants: mappings })
    }

    /// The tenant's own mapping, or the common one.
    #[must_use]
    pub fn for_tenant(&self, tenant: &Tenant) -> &Mapping {
        self.tenants.get(tenant).unwrap_or(&self.common)
    }
}

fn built_in_table() -> Table {
    toml::from_str(include_str!("map/mapping.toml"))
        .expect("the built-in table is well-formed, tests read it")
}

/// A word of senders for a column's value: the column, the word as words are compared, the value.
pub type Word = (Column, String, String);

/// A compiled mapping table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mapping {
    compiled: Arc<Compiled>,
}

impl Mapping {
    /// The built-in table.
    #[must_use]
    pub fn built_in() -> Self {
        Self::new(&built_in_table()).expect("the built-in table names only its own words, tests compile it")
    }

    fn new(table: &Table) -> Result<Self, table::UnknownWords> {
        Ok(Self { compiled: Arc::new(compile::compile(table)?) })
    }

    /// Which spans are events.
    #[must_use]
    pub fn spans(&self) -> &SpanRules {
        &self.compiled.spans
    }

    /// The words that senders may write for the values of columns.
    #[must_use]
    pub fn words(&self) -> Vec<Word> {
        let sources = self.compiled.sources.iter();
        let tables = sources.filter_map(|source| Some((source.column, source.words.as_ref()?)));
        let words = tables.flat_map(|(column, words)| {
            words.iter().map(move |(word, meaning)| (column, word.to_string(), meaning.value.to_string()))
        });
        let mut words: Vec<Word> = words.collect();
        words.sort();
        words.dedup();
        words
    }

    /// Starts on the records of a request received at `received`.
    #[must_use]
    pub fn mapper(&self, received: impl Into<Received>) -> Mapper<'_> {
        Mapper {
            compiled: &self.compiled,
            received: received.into(),
            sending: None,
            origins: RapidHashMap::default(),
            order: Vec::new(),
        }
    }

    /// Maps a single record. For a whole request, [`Self::mapper`] looks at each origin only once.
    #[must_use]
    pub fn map(&self, record: LogRecord, received: impl Into<Received>) -> Mapped {
        self.mapper(received).map(record)
    }
}

/// Maps the records of one request.
#[derive(Debug)]
pub struct Mapper<'m> {
    compiled: &'m Compiled,
    received: Received,
    sending: Option<u128>,
    /// By address; the origin is kept too, so that no other one can have its address.
    origins: RapidHashMap<usize, (Arc<HashedOrigin>, Vec<OriginHit>)>,
    order: Vec<u64>,
}

impl Mapper<'_> {
    /// Tells this sending from any other by `number`: a record that states neither an id nor a time is another event
    /// each time it is sent. Without a number equal ones are the same event.
    #[must_use]
    pub fn of_sending(mut self, number: u128) -> Self {
        self.sending = Some(number);
        self
    }

    /// Maps the next record.
    pub fn map(&mut self, record: LogRecord) -> Mapped {
        let address = Arc::as_ptr(&record.origin).addr();
        let (_, origin) = self.origins.entry(address).or_insert_with(|| {
            (Arc::clone(&record.origin), walk::walk_origin(self.compiled, &record.origin))
        });
        let view = LogRecordRef::new(&record.record);
        let found = walk::walk_record(self.compiled, &view, record.flags, origin);
        let columns = match fill::fill(self.compiled, &found, &record.record, &mut self.order) {
            Ok(columns) => columns,
            Err(reason) => return Mapped::Filtered(reason),
        };
        let exported = record.exported.as_deref();
        let sent = (view.time_unix_nano, view.observed_time_unix_nano);
        let chosen = times::choose_exported(exported, sent, self.received);
        let timeless = view.time_unix_nano == 0 && view.observed_time_unix_nano == 0;
        let (id, id_flags) = identity::event_id(&record, found.uid, self.sending.filter(|_| timeless));
        let mut flags = record.flags;
        flags.insert(id_flags);
        if let Some(exported) = exported {
            flags.insert(exported.flags.without(Exported::OF_TIME));
        }
        if chosen.implausible {
            flags.insert(Flags::TIME_IMPLAUSIBLE);
        }
        if chosen.ahead {
            flags.insert(Flags::TIME_AHEAD);
        }
        if columns.truncated {
            flags.insert(Flags::VALUE_TRUNCATED);
        }
        let mut event = Event {
            id,
            time: chosen.time,
            time_source: chosen.source,
            received: self.received.clock,
            flags,
            has_exported_id: exported.is_some_and(|exported| exported.id.is_some()),
            duration_nanos: found.duration_nanos,
            cells: columns.cells,
            origin: Arc::clone(&record.origin.origin),
            record: record.record,
        };
        if content::exceeds_index(&event) {
            event.flags.insert(Flags::INDEX_TRUNCATED);
        }
        Mapped::Event(event)
    }
}
