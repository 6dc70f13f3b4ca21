//! The event: one stored step of an automation.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;

use crate::column::Column;
use crate::ids::{EventId, Seq, Tenant};
use crate::time::UnixNanos;

/// Which clock an event's time comes from, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TimeSource {
    /// The log record's own time.
    Record = 0,
    /// The time at which the sender's logger or Collector saw it.
    Observed = 1,
    /// The time at which steplog received it.
    Received = 2,
}

impl TimeSource {
    /// The source of a number on disk.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Record),
            1 => Some(Self::Observed),
            2 => Some(Self::Received),
            _ => None,
        }
    }

    /// The source of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Record, Self::Observed, Self::Received].into_iter().find(|source| source.name() == name)
    }

    /// `record`, `observed` or `received`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Observed => "observed",
            Self::Received => "received",
        }
    }
}

macro_rules! flags {
    ($($constant:ident $bit:literal $name:literal $doc:literal;)*) => {
        /// What was noticed about an event; shown with it. A set of bits.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Flags(pub u32);

        impl Flags {
            $(#[doc = $doc] pub const $constant: Self = Self(1 << $bit);)*

            /// The bit of a name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$constant),)*
                    _ => None,
                }
            }

            /// The names of the bits that are set.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                [$((Self::$constant, $name)),*]
                    .into_iter()
                    .filter(move |(flag, _)| self.contains(*flag))
                    .map(|(_, name)| name)
            }
        }
    };
}

flags! {
    TIME_IMPLAUSIBLE 0 "time_implausible" "A time in the record was not believable; the next source was used.";
    UTF8_REPAIRED 1 "utf8_repaired" "A text held bytes that are no UTF-8; they were replaced.";
    DUPLICATE_KEYS 2 "duplicate_keys" "A key occurs more than once among the attributes or in a value of them; the last one fills the columns.";
    INDEX_TRUNCATED 3 "index_truncated" "Too large to index whole: kept and shown, searchable in its first part.";
    EXPLICIT_ID 4 "explicit_id" "The sender named the event (`log.record.uid`).";
    STRING_REFERENCE 5 "string_reference" "Held references into a string table, which log records cannot have; read as absent.";
    VALUE_TRUNCATED 6 "value_truncated" "A value of a column was longer than a column takes and was shortened there, to its beginning and a hash of the whole; the record has it whole.";
    VALUE_UNREADABLE 7 "value_unreadable" "A value could not be read, or another one stands in its place: a trace or span id in the record, or what `steplog.unreadable` keeps as it was sent.";
    TIME_AHEAD 8 "time_ahead" "Its time is more than a minute ahead of its receipt: the sender's clock is fast, or its time zone is mistaken.";
}

impl Flags {
    /// Flags that warn: the event is not as it was sent, or not as its sender meant it.
    pub const WARNINGS: Self = Self(!Self::EXPLICIT_ID.0);

    /// Those of the bits that `other` has, too.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Adds the bits of `other`.
    pub fn insert(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The bits that `other` does not have.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Where log records come from: the resource and the scope around them. Shared by many events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The encoded `opentelemetry.proto.resource.v1.Resource`.
    pub resource: Bytes,
    /// The schema URL of the resource, empty where there is none.
    pub resource_schema_url: ByteString,
    /// The encoded `opentelemetry.proto.common.v1.InstrumentationScope`.
    pub scope: Bytes,
    /// The schema URL of the scope and its records, empty where there is none.
    pub scope_schema_url: ByteString,
}

impl Origin {
    /// The bytes of all of it.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let urls = self.resource_schema_url.len() + self.scope_schema_url.len();
        self.resource.len() + self.scope.len() + urls
    }

    /// The same in memory of its own.
    fn detached(&self) -> Self {
        Self {
            resource: Bytes::copy_from_slice(&self.resource),
            resource_schema_url: ByteString::from(&*self.resource_schema_url),
            scope: Bytes::copy_from_slice(&self.scope),
            scope_schema_url: ByteString::from(&*self.scope_schema_url),
        }
    }
}

/// The value of one column and what filled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The column.
    pub column: Column,
    /// The value, never empty.
    pub value: ByteString,
    /// The mapping rule that derived the value; `None` where the sender stated it in the column's own attribute.
    pub rule: Option<Arc<str>>,
}

/// One step of an automation as it is stored.
///
/// Cloning is cheap: texts and bytes are slices of shared buffers.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Same id, same event.
    pub id: EventId,
    /// When it happened; decides the partition and the order.
    pub time: UnixNanos,
    /// Which clock `time` is from.
    pub time_source: TimeSource,
    /// When steplog received it.
    pub received: UnixNanos,
    /// What was noticed about it.
    pub flags: Flags,
    /// Whether its id comes from an export: the same event may have been stored under another day, so that all days are
    /// looked through for it. Neither stored nor shown.
    pub has_exported_id: bool,
    /// How long the step took, in nanoseconds.
    pub duration_nanos: Option<u64>,
    /// The columns that have a value, each at most once, sorted by column.
    pub cells: Vec<Cell>,
    /// The resource and scope of the log record.
    pub origin: Arc<Origin>,
    /// The encoded `opentelemetry.proto.logs.v1.LogRecord`: as sent, or repaired where `flags` say so.
    /// Well-formed, with valid UTF-8 in all texts and within the limits of [`crate::limits`].
    pub record: Bytes,
}

impl Event {
    /// The column's value.
    #[must_use]
    pub fn value(&self, column: Column) -> Option<&str> {
        self.cell(column).map(|cell| &*cell.value)
    }

    /// The column's cell.
    #[must_use]
    pub fn cell(&self, column: Column) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.column == column)
    }

    /// About how many bytes the event occupies in memory, its share of the origin left out.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        size_of::<Self>() + self.around_bytes() + self.record.len()
    }

    /// The same with its origin, unless that is the one of the event before.
    #[must_use]
    pub fn size_bytes_after(&self, before: Option<&Self>) -> usize {
        let is_counted = before.is_some_and(|before| Arc::ptr_eq(&before.origin, &self.origin));
        self.size_bytes() + if is_counted { 0 } else { self.origin.size_bytes() }
    }

    /// The memory of its columns without the record: their capacity, and the texts that are not slices of the record.
    #[must_use]
    pub fn around_bytes(&self) -> usize {
        let record = self.record.as_ptr_range();
        let own = self.cells.iter().filter(|cell| !record.contains(&cell.value.as_ptr()));
        self.cells.capacity() * size_of::<Cell>() + own.map(|cell| cell.value.len()).sum::<usize>()
    }

    /// About how many bytes the event has with its origin, which an answer repeats for each event.
    #[must_use]
    pub fn whole_bytes(&self) -> usize {
        let event = size_of::<Self>() + self.cells.len() * size_of::<Cell>() + self.record.len();
        event + self.origin.resource.len() + self.origin.scope.len()
    }
}

/// An event with its place in the order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// The arrival number.
    pub seq: Seq,
    /// The event.
    pub event: Event,
}

/// The events of one request, all of one tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct EventBatch {
    /// The tenant that the sender's credential stands for.
    pub tenant: Tenant,
    /// The events, in the order of the request.
    pub events: Vec<Event>,
}

impl EventBatch {
    /// About how many bytes the batch occupies in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        size_bytes(&self.events)
    }
}

/// About how many bytes events occupy in memory with their origins, each counted once for events that follow each other.
pub fn size_bytes<'e>(events: impl IntoIterator<Item = &'e Event>) -> usize {
    let mut last = None;
    let sizes = events.into_iter().map(|event| {
        let size = event.size_bytes_after(last);
        last = Some(event);
        size
    });
    sizes.sum()
}

/// Copies events into memory of their own, so that they keep nothing else of the request that they are slices of.
pub fn detach(events: &mut [Event]) {
    let mut last: Option<(Arc<Origin>, Arc<Origin>)> = None;
    for event in events {
        let origin = match &last {
            Some((shared, detached)) if Arc::ptr_eq(shared, &event.origin) => Arc::clone(detached),
            _ => Arc::new(event.origin.detached()),
        };
        last = Some((Arc::clone(&event.origin), Arc::clone(&origin)));
        let record = Bytes::copy_from_slice(&event.record);
        for cell in &mut event.cells {
            let start = (cell.value.as_ptr() as usize).wrapping_sub(event.record.as_ptr() as usize);
            let end = start.saturating_add(cell.value.len());
            // The same place of the copy, or a text of its own.
            let slice = (end <= record.len()).then(|| ByteString::try_from(record.slice(start..end)).ok());
            cell.value = slice.flatten().unwrap_or_else(|| ByteString::from(&*cell.value));
        }
        (event.record, event.origin) = (record, origin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(request: &Bytes, origin: &Arc<Origin>, record: std::ops::Range<usize>) -> Event {
        let text = |range| ByteString::try_from(request.slice(range)).unwrap();
        let cell = |column, value| Cell { column, value, rule: None };
        let within = text(record.start + 1..record.start + 3);
        let cells = vec![
            cell(Column::Object, within),
            cell(Column::ObjectId, text(0..2)),
            cell(Column::Person, ByteString::from_static("own")),
        ];
        Event {
            id: EventId(7),
            time: UnixNanos(1),
            time_source: TimeSource::Record,
            received: UnixNanos(2),
            flags: Flags::default(),
            has_exported_id: false,
            duration_nanos: None,
            cells,
            origin: Arc::clone(origin),
            record: request.slice(record),
        }
    }

    #[test]
    fn detached_events_are_equal_and_keep_nothing_of_their_request() {
        let request = Bytes::from("resource and record, and another record".repeat(100));
        let resource = request.slice(0..8);
        let origin = Arc::new(Origin { resource, ..Origin::default() });
        let mut events = vec![event(&request, &origin, 13..19), event(&request, &origin, 25..32)];
        let sent = events.clone();
        detach(&mut events);
        assert_eq!(events, sent);
        assert!(Arc::ptr_eq(&events[0].origin, &events[1].origin));
        let here = request.as_ptr_range();
        for event in &events {
            assert!(
                !here.contains(&event.record.as_ptr()) && !here.contains(&event.origin.resource.as_ptr())
            );
            assert!(event.cells.iter().all(|cell| !here.contains(&cell.value.as_ptr())));
            // Still a slice: columns of the record cost nothing of their own.
            assert!(event.record.as_ptr_range().contains(&event.cells[0].value.as_ptr()));
        }
    }

    #[test]
    fn an_origin_counts_once_for_its_events() {
        let request = Bytes::from("x".repeat(100_000));
        let origin = Arc::new(Origin { resource: request.slice(0..50_000), ..Origin::default() });
        let other = Arc::new(Origin::clone(&origin));
        let one = event(&request, &origin, 0..100);
        let own = one.size_bytes();
        let events = [one.clone(), one, event(&request, &other, 0..100)];
        assert_eq!(size_bytes(&events), 3 * own + 2 * 50_000);
    }
}
